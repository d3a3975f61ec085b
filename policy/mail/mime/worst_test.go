package mime

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail/archive"
)

// mostHeld is what one message may hold, in octets: while its body comes, and afterwards by its facts.
const mostHeld = 3 << 20

// worst is a message that is meant to take more than its share.
type worst struct {
	name   string
	header policy.Header
	body   func(w io.Writer)
	limits []Limit // those that are reached
	check  func(c *Content) error
}

func typed(s string) policy.Header { return policy.Header{{Name: "Content-Type", Value: " " + s}} }

// repeat writes a piece until so many octets are written.
func repeat(w io.Writer, piece string, octets int) {
	p := []byte(piece)
	for n := 0; n < octets; n += len(p) {
		w.Write(p)
	}
}

// namesZip is a zip file of so many empty entries with names of that length.
func namesZip(entries, length int) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := range entries {
		z.Create(fmt.Sprintf("%0*d", length, i))
	}
	z.Close()
	return buf.Bytes()
}

// bomb is a zip file whose entries expand to a thousand times their size, and say that they are more.
func bomb() []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	zeros := make([]byte, 1<<20)
	for i := range 20 {
		f, _ := z.Create(fmt.Sprintf("word/_rels/%d.xml.rels", i))
		for range 4 {
			f.Write(zeros)
		}
	}
	z.Create("[Content_Types].xml")
	z.Close()
	return buf.Bytes()
}

// sevenZip is a 7z file that declares a directory in LZMA of that size, of noise.
func sevenZip(size int) []byte {
	b := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00"), make([]byte, 20)...)
	tail := []byte{0x17, 0x06, 0xc0, 0, 0, 1, 0x09, 0xc0, 0, 0x40, 0, 0x07, 0x0b, 1, 0, 1, 0x23, 0x03, 0x01, 0x01, 5, 0x5d, 0, 0, 0x80, 0, 0x0c, 0xe0, byte(size), byte(size >> 8), byte(size >> 16), 0, 0}
	b[12], b[13], b[20] = 0, 0x40, byte(len(tail))
	return append(append(b, noise(0x4000)...), tail...)
}

func attached(data []byte) string {
	return "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(data) + "\r\n"
}

// worsts lists them.
func worsts() []worst {
	mixedType := typed("multipart/mixed; boundary=b")
	l := DefaultLimits()
	long := func(n int) string { return strings.Repeat("x", n) }
	names := func() string {
		var s strings.Builder
		for i := range MaxNames {
			fmt.Fprintf(&s, ";\r\n name=\"%s%d\"", strings.Repeat("\x83\x65", MaxName/2-1), i)
		}
		return s.String()
	}()
	fields := strings.Repeat("a:\r\n", 4000)
	bombs := strings.Repeat("<</Type/ObjStm/Filter/Fl>>stream\n"+deflated(9, strings.Repeat("/A ", 1<<20)), 100)
	// five blocks of the fixed code, each with its end only; together they are whole octets, and none is the last
	emptyBlocks := string([]byte{0x02, 0x08, 0x20, 0x80, 0x00, 0x02, 0x08, 0x20, 0x80, 0x00})
	most := func(what string, have, limit int) error {
		if have > limit {
			return fmt.Errorf("%d %s, at most %d are wanted", have, what, limit)
		}
		return nil
	}
	return []worst{
		{"10,000 parts", mixedType, func(w io.Writer) { repeat(w, "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 10000*35) }, []Limit{LimitParts},
			func(c *Content) error { return most("parts", len(c.Parts), l.Parts) }},
		{"parts with long headers", mixedType, func(w io.Writer) {
			repeat(w, "--b\r\nContent-Type: a/"+long(8000)+"; charset="+long(8000)+"\r\n\r\nx\r\n", 10<<20)
		}, []Limit{LimitParts}, nil},
		{"parts with long names", mixedType, func(w io.Writer) { repeat(w, "--b\r\nContent-Type: a/b"+names+"\r\n\r\nx\r\n", 10<<20) }, []Limit{LimitNames, LimitParts}, nil},
		{"messages with many fields", mixedType, func(w io.Writer) { repeat(w, "--b\r\nContent-Type: message/rfc822\r\n\r\n"+fields+"\r\nx\r\n", 8<<20) },
			[]Limit{LimitHeaders, LimitParts}, nil},
		{"messages in messages", typed("message/rfc822"), func(w io.Writer) { repeat(w, "Content-Type: message/rfc822\r\n\r\n", 1<<20) }, []Limit{LimitDepth, LimitText}, nil},
		{"1,000 types", func() policy.Header {
			var h policy.Header
			for i := range 1000 {
				h = append(h, policy.Field{Name: "Content-Type", Value: fmt.Sprintf(" multipart/mixed; boundary=b%d; name=%d%s", i, i, long(500))})
			}
			return h
		}(), func(w io.Writer) { repeat(w, "--b999\r\n\r\nx\r\n", 1<<20) }, []Limit{LimitBoundary}, nil},
		{"100 MB of links", typed("text/html"), func(w io.Writer) { repeat(w, "<a href=\""+long(500)+"\">", 100<<20) }, []Limit{LimitHTML, LimitLinks},
			func(c *Content) error { return most("links", len(c.Links), l.Links) }},
		{"100 MB of <a href", typed("text/html"), func(w io.Writer) { repeat(w, strings.Repeat("<a href", 9000), 100<<20) }, []Limit{LimitHTML}, nil},
		{"long links", typed("text/html"), func(w io.Writer) { repeat(w, "<a href="+long(2000)+">"+long(300)+"</a>", 100<<20) }, []Limit{LimitHTML}, nil},
		{"links in text", typed("text/plain"), func(w io.Writer) { repeat(w, "http://"+long(200)+" ", 10<<20) }, []Limit{LimitText, LimitLinks}, nil},
		{"HTML in ISO-2022-JP", typed("text/html; charset=iso-2022-jp"), func(w io.Writer) { repeat(w, "\x1b(I"+strings.Repeat("1", 1000), 10<<20) }, []Limit{LimitHTML, LimitText}, nil},
		{"text in ISO-2022-JP", typed("text/plain; charset=iso-2022-jp"), func(w io.Writer) { repeat(w, "\x1b(I"+strings.Repeat("1", 1000), 10<<20) }, []Limit{LimitText}, nil},
		{"16 archives of long names", mixedType, func(w io.Writer) { repeat(w, attached(namesZip(1000, 512)), 16*1500000) }, []Limit{LimitEntries, LimitArchives}, nil},
		{"archives of short names", mixedType, func(w io.Writer) { repeat(w, attached(namesZip(1000, 16)), 20*170000) }, []Limit{LimitArchives}, nil},
		{"zip bombs", mixedType, func(w io.Writer) { repeat(w, attached(bomb()), 20*120000) }, []Limit{LimitEntries, LimitArchives}, nil},
		{"7z directories", mixedType, func(w io.Writer) { repeat(w, attached(sevenZip(archive.DefaultLimits().Expanded)), 16*23000) }, []Limit{LimitArchives}, nil},
		{"PDF files that expand", mixedType, func(w io.Writer) { repeat(w, attached([]byte(pdfHead+bombs)), 10<<20) }, []Limit{LimitObjects}, nil},
		{"PDF files with tables of nothing", mixedType, func(w io.Writer) {
			repeat(w, attached([]byte(pdfHead+"<</Type/ObjStm/Filter/Fl>>stream\n\x78\x9c"+strings.Repeat(emptyBlocks, 10000))), 10<<20)
		}, []Limit{LimitObjects}, nil},
		{"object streams of nothing", mixedType, func(w io.Writer) {
			repeat(w, attached([]byte(pdfHead+strings.Repeat("/ObjStm/Filter stream\n\x78\x9c\x03\x00", 40000))), 10<<20)
		}, []Limit{LimitObjects}, nil},
		{"winmail.dat of many files", mixedType, func(w io.Writer) {
			repeat(w, attached([]byte(tnef(strings.Repeat(rendData+attribute(attachTitle, long(MaxName))+attribute(attachData, "PK\x03\x04\x00"), 10000)))), 10<<20)
		}, []Limit{LimitArchives, LimitParts}, nil},
		{"winmail.dat in winmail.dat", mixedType, func(w io.Writer) {
			s := tnef()
			for range 100 {
				s = tnef(rendData, attribute(attachTitle, long(MaxName)), attribute(attachData, s))
			}
			repeat(w, attached([]byte(s)), 10<<20)
		}, []Limit{LimitDepth, LimitParts}, nil},
		{"properties of nothing", mixedType, func(w io.Writer) {
			repeat(w, attached([]byte(tnef(rendData, attribute(attachment, little(1<<30)+strings.Repeat(little(0x3707001f)+little(0), 500000))))), 10<<20)
		}, nil, nil},
		{"tar files of zeros in gzip", mixedType, func(w io.Writer) {
			repeat(w, attached(gzipped("", append(tarred(0, "a")[:512], make([]byte, 20<<20)...))), 20*30000)
		}, []Limit{LimitEntries, LimitArchives}, nil},
		{"gzip members of nothing", mixedType, func(w io.Writer) {
			repeat(w, attached(append(gzipped("", oldTar("a")), bytes.Repeat(gzipped("", nil), 100_000)...)), 8<<20)
		}, []Limit{LimitEntries}, nil},
		{"tables in gzip", mixedType, func(w io.Writer) {
			repeat(w, attached(append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"), append(stored(oldTar("a")), tableBlocks(400_000)...)...)), 6<<20)
		}, []Limit{LimitEntries}, nil},
		{"tables in a document", mixedType, func(w io.Writer) {
			repeat(w, attached(packedEntry("word/document.xml", tableBlocks(400_000))), 6<<20)
		}, []Limit{LimitEntries}, nil},
		{"LZH headers in LZH headers", mixedType, func(w io.Writer) {
			repeat(w, attached([]byte("\x01\x00-lh5-rubbish"+strings.Repeat("\xff\xff-lh5-\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x02\x00\x00M\x03\x00\x3f", 30000))), 20<<20)
		}, []Limit{LimitEntries, LimitArchives}, nil},
		{"deep multiparts", typed("multipart/mixed; boundary=b0"), func(w io.Writer) {
			for i := range 10000 {
				fmt.Fprintf(w, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
			}
		}, []Limit{LimitDepth, LimitText}, nil},
		{"a line without an end", mixedType, func(w io.Writer) { repeat(w, "--"+long(60000), 10<<20) }, nil, nil},
	}
}

// TestWorst reads what is meant to exhaust memory, and weighs what is held before and after the facts are there.
func TestWorst(t *testing.T) {
	for _, tt := range worsts() {
		t.Run(tt.name, func(t *testing.T) {
			before := heap()
			r := New(tt.header, DefaultLimits())
			tt.body(r)
			during := heap() - before
			c := r.Content()
			ended := heap() - before
			r.top = nil
			after := heap() - before
			t.Logf("%d kB while it comes, %d kB at its end, %d kB of facts", during>>10, ended>>10, after>>10)
			if worst := max(during, ended, after); worst > mostHeld {
				t.Errorf("%d kB are held", worst>>10)
			}
			if fmt.Sprint(c.Stopped) != fmt.Sprint(tt.limits) {
				t.Errorf("limits %v, want %v", c.Stopped, tt.limits)
			}
			if tt.check != nil {
				if err := tt.check(c); err != nil {
					t.Error(err)
				}
			}
			runtime.KeepAlive(c)
			runtime.KeepAlive(r)
		})
	}
}

// heap returns how much is allocated after a collection, in octets.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkWorst(b *testing.B) {
	for _, tt := range worsts() {
		b.Run(tt.name, func(b *testing.B) {
			var body bytes.Buffer
			tt.body(&body)
			b.SetBytes(int64(body.Len()))
			b.ReportAllocs()
			for b.Loop() {
				r := New(tt.header, DefaultLimits())
				for rest := body.Bytes(); len(rest) > 0; {
					n := min(65535, len(rest))
					r.Write(rest[:n])
					rest = rest[n:]
				}
				r.Content()
			}
		})
	}
}
