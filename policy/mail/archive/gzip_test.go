package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gzipped writes a gzip file with the standard library.
func gzipped(t testing.TB, level int, h gzip.Header, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Header = h
	w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise are octets that cannot be compressed.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestGzip(t *testing.T) {
	one := func(h gzip.Header, text string) []byte { return gzipped(t, 6, h, []byte(text)) }
	two := tarred(t, true, tarFile("a.docx", 100_000, tar.FormatGNU), tarFile("b.exe", 5, tar.FormatGNU))
	small := tarHead("a.exe", 0, nil)
	for _, tt := range []struct {
		name     string
		in       []byte
		names    string
		head     string
		problems []Problem
	}{
		{"a file", one(gzip.Header{Name: "a.exe"}, "MZ and more"), "a.exe", "MZ and more", nil},
		{"without a name", one(gzip.Header{}, "hello"), "", "hello", nil},
		{"all there can be in a header", one(gzip.Header{Name: "a", Comment: "b", Extra: []byte("cde")}, "x"), "a", "x", nil},
		{"a name in Shift_JIS", bytes.Replace(one(gzip.Header{Name: "....exe"}, "x"), []byte("...."), []byte("\x8d\xe0\x96."), 1), "\x8d\xe0\x96.exe", "x", nil},
		{"nothing", one(gzip.Header{Name: "a"}, ""), "a", "", nil},
		{"long", one(gzip.Header{Name: "a"}, strings.Repeat("x", 200_000)), "a", strings.Repeat("x", MaxHead), nil},
		{"a tar file", gzipped(t, 6, gzip.Header{Name: "a.tar"}, two), "a.docx b.exe", "", nil},
		{"a tar file, stored", gzipped(t, 0, gzip.Header{}, two), "a.docx b.exe", "", nil},
		{"a tar file of one block", gzipped(t, 6, gzip.Header{}, small), "a.exe", "", nil},
		{"a tar file in two members", join(gzipped(t, 6, gzip.Header{}, two[:700]), gzipped(t, 6, gzip.Header{Name: "x"}, two[700:])), "a.docx b.exe", "", nil},
		{"two members", join(one(gzip.Header{Name: "a"}, "M"), one(gzip.Header{Name: "b"}, "Z")), "a", "MZ", nil},
		{"many members of nothing", bytes.Repeat(one(gzip.Header{Name: "a"}, ""), 100), "a", "", nil},
		{"something behind it", append(one(gzip.Header{Name: "a"}, "x"), "tail"...), "a", "x", nil},
		{"cut in the data", one(gzip.Header{Name: "a"}, "hello hello hello")[:20], "a", "hello", []Problem{ProblemTruncated}},
		{"cut in the header", one(gzip.Header{Name: "abc"}, "hello")[:12], "", "", []Problem{ProblemTruncated}},
		{"a tar file that is cut", gzipped(t, 0, gzip.Header{}, two)[:60_000], "a.docx", "", []Problem{ProblemTruncated}},
		{"broken data", join(one(gzip.Header{Name: "a"}, "x")[:12], []byte("\xff\xff\xff\xff")), "a", "", []Problem{ProblemHeader}},
		{"another method", []byte("\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00"), "", "", []Problem{ProblemHeader}},
		{"flags that are reserved", bytes.Replace(one(gzip.Header{}, "x"), []byte("\x08\x00"), []byte("\x08\x20"), 1), "", "x", []Problem{ProblemHeader}},
		{"only the mark", []byte(gzipMark), "", "", []Problem{ProblemTruncated}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Gzip, tt.in, DefaultLimits())
			if got := names(l); got != tt.names {
				t.Errorf("names %q, want %q", got, tt.names)
			}
			if !strings.HasPrefix(string(l.Head), tt.head) || (len(l.Head) > 0) != (tt.head != "") {
				t.Errorf("head %q", l.Head)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" || len(l.Stopped) > 0 {
				t.Error(diff, l.Stopped)
			}
		})
	}
	for _, level := range []int{gzip.NoCompression, gzip.BestSpeed, gzip.BestCompression, gzip.HuffmanOnly} { // what cannot be compressed is not stopped
		in := gzipped(t, level, gzip.Header{}, join(tarHead("a", 1<<20, nil), noise(1<<20), tarHead("b", 0, nil)))
		if l := list(t, Gzip, in, DefaultLimits()); names(l) != "a b" || len(l.Stopped) > 0 {
			t.Errorf("level %d: %q, %v", level, names(l), l.Stopped)
		}
	}
	in := one(gzip.Header{Name: "a"}, strings.Repeat("x", 100_000))
	if e := list(t, Gzip, in, DefaultLimits()).Entries[0]; e != (Entry{Name: "a", Size: 100_000, Packed: uint64(len(in))}) {
		t.Errorf("%+v", e)
	}
}

// TestGzipLimits takes each limit at its value and one above.
func TestGzipLimits(t *testing.T) {
	inner := tarred(t, false, tarFile("a", 100_000, tar.FormatGNU), tarFile("b", 0, tar.FormatGNU))
	named := func(n int) []byte {
		return gzipped(t, 6, gzip.Header{Name: strings.Repeat("n", n-1)}, []byte("x"))
	}
	three := gzipped(t, 6, gzip.Header{}, join(tarHead("f0", 0, nil), tarHead("f1", 0, nil), tarHead("f2", 0, nil)))
	for _, tt := range []struct {
		name      string
		at, above func(*Limits)
		in, over  []byte
		want      Limit
		names     string // above
	}{
		{"unpacked", func(l *Limits) { l.Unpacked = len(inner) }, func(l *Limits) { l.Unpacked = len(inner) - 1 }, gzipped(t, 9, gzip.Header{}, inner), nil, LimitUnpacked, "a"},
		{"entries", func(l *Limits) { l.Entries = 3 }, func(l *Limits) { l.Entries = 2 }, three, nil, LimitEntries, "f0 f1"},
		{"names", func(l *Limits) { l.Names = 6 }, func(l *Limits) { l.Names = 5 }, three, nil, LimitNames, "f0 f1"},
		{"names of one", func(l *Limits) { l.Names = 19 }, func(l *Limits) { l.Names = 18 }, named(20), nil, LimitNames, ""},
		{"record", func(l *Limits) { l.Record = 20 }, func(l *Limits) { l.Record = 20 }, named(20), named(21), LimitRecord, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, above := DefaultLimits(), DefaultLimits()
			tt.at(&at)
			tt.above(&above)
			if l := list(t, Gzip, tt.in, at); len(l.Stopped) > 0 || len(l.Problems) > 0 {
				t.Errorf("at the limit %v %v", l.Stopped, l.Problems)
			}
			if tt.over == nil {
				tt.over = tt.in
			}
			l := list(t, Gzip, tt.over, above)
			if diff := cmp.Diff([]Limit{tt.want}, l.Stopped); diff != "" || names(l) != tt.names {
				t.Errorf("%q %s", names(l), diff)
			}
		})
	}
}

// windowSlack is by how much the work is found out too late: by two windows and a piece.
const windowSlack = 128 << 10

// TestGzipBomb shows that what is expanded is bounded: by what it comes to, and by the work that it takes.
func TestGzipBomb(t *testing.T) {
	limits := DefaultLimits()
	limits.Unpacked = 1 << 20
	first := tarHead("a", 1<<30, nil)
	for name, in := range map[string][]byte{
		"zeros":   gzipped(t, 9, gzip.Header{}, join(first, make([]byte, 40<<20))),
		"nothing": join(gzipped(t, 9, gzip.Header{}, first), bytes.Repeat(gzipped(t, 0, gzip.Header{}, nil), 200_000)),
	} {
		x := New(Gzip, limits)
		for rest := in; len(rest) > 0; rest = rest[min(len(rest), 1000):] {
			x.Write(rest[:min(len(rest), 1000)])
		}
		g := x.reader.(*gzipReader)
		if l := x.Listing(); names(l) != "a" || x.Unpacked() > limits.Unpacked || g.spent+g.content.Spent() > int64(limits.Unpacked)+gzipLeast+windowSlack {
			t.Errorf("%s: %q, %v, %d octets expanded, %d spent", name, names(l), l.Stopped, x.Unpacked(), g.spent+g.content.Spent())
		}
	}
}

// TestGzipGrown takes what a gzip file may be longer than its content, at about its value and above: blocks of nothing cost time.
func TestGzipGrown(t *testing.T) {
	head := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"
	nothing := "\x02\x08\x20\x80\x00" // blocks of the fixed code, each with its end only, none of them the last
	for n, want := range map[int][]Limit{maxGrown - gzipPiece: nil, maxGrown + 2*gzipPiece: {LimitUnpacked}} {
		in := head + strings.Repeat(nothing, n/len(nothing)) + "\x03\x00" + "checksum"
		l := list(t, Gzip, []byte(in), DefaultLimits())
		if diff := cmp.Diff(want, l.Stopped); diff != "" || len(l.Problems) > 0 {
			t.Errorf("%d: %s %v", n, diff, l.Problems)
		}
	}
}

// TestGzipKnown shows that nothing more is expanded once it is known that it is no tar file.
func TestGzipKnown(t *testing.T) {
	in := gzipped(t, 6, gzip.Header{Name: "a.log"}, bytes.Repeat(noise(1000), 20_000))
	x := New(Gzip, DefaultLimits())
	x.Write(in)
	g := x.reader.(*gzipReader)
	if l := x.Listing(); len(l.Stopped) > 0 || g.content.Spent() > 1<<20 || x.Unpacked() > 0 {
		t.Errorf("%v, %d spent", l.Stopped, g.content.Spent())
	}
}

func FuzzGzip(f *testing.F) {
	f.Add(gzipped(f, 6, gzip.Header{Name: "a", Comment: "b", Extra: []byte("c")}, []byte("hello")), 3)
	f.Add(gzipped(f, 6, gzip.Header{}, tarred(f, true, tarFile("a", 3, tar.FormatUSTAR), tarFile("b", 3, tar.FormatPAX))), 100)
	f.Add(bytes.Repeat(gzipped(f, 0, gzip.Header{Name: "a"}, []byte("x")), 3), 7)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, Gzip, b, size) })
}

// BenchmarkFormats lists files of a megabyte.
func BenchmarkFormats(b *testing.B) {
	data := noise(1 << 20)
	inner := func() []byte {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		h := tarFile("a.docx", int64(len(data)), tar.FormatGNU)
		w.WriteHeader(&h)
		w.Write(data)
		w.Close()
		return buf.Bytes()
	}()
	text := []byte(strings.Repeat("the barrier is kept, and the keeper sleeps; ", 25_000))
	for _, bb := range []struct {
		name   string
		format Format
		in     []byte
	}{
		{"lzh", LZH, []byte(lzhEntry(2, lzhFile{fields: []string{"\x01a.docx"}, data: string(data)}))},
		{"lzh, broken", LZH, append([]byte("rubbish"), data...)},
		{"cab", Cab, append(cabinet{files: []string{"a.docx"}}.bytes(), data...)},
		{"tar", Tar, inner},
		{"gzip", Gzip, gzipped(b, 6, gzip.Header{Name: "a"}, data)},
		{"tar.gz", Gzip, gzipped(b, 6, gzip.Header{}, inner)},
		{"tar.gz, text", Gzip, gzipped(b, 6, gzip.Header{}, join(tarHead("a.txt", len(text), nil), text))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.in)))
			b.ReportAllocs()
			for b.Loop() {
				x := New(bb.format, DefaultLimits())
				for rest := bb.in; len(rest) > 0; rest = rest[min(len(rest), 48<<10):] {
					x.Write(rest[:min(len(rest), 48<<10)])
				}
				x.Listing()
			}
		})
	}
}

// TestNothingLeft shows that what expands an archive is given back with its listing, also where the archive was cut.
func TestNothingLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	document := zipped(t, false, file{name: "word/document.xml", text: strings.Repeat("<w:p/>", 1000), method: zip.Deflate})
	tarball := gzipped(t, 6, gzip.Header{}, bytes.Repeat([]byte("a line\n"), 1000))
	for f, b := range map[Format][]byte{Zip: document, Gzip: tarball} {
		for n := range len(b) + 1 {
			x := New(f, DefaultLimits())
			x.Write(b[:n])
			x.Listing()
			if now := runtime.NumGoroutine(); now > before {
				t.Fatalf("%s, %d octets: %d goroutines, there were %d", f, n, now, before)
			}
		}
	}
}
