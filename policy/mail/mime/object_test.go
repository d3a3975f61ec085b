package mime

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/mail/inflate"
)

// deflated compresses as PDF files do (RFC 1950).
func deflated(level int, text string) string {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		panic(err)
	}
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// objectStream is an object stream with those objects, and what its dictionary says besides.
func objectStream(filter, objects string) string {
	const head = "5 0 6 20 7 40 "
	return fmt.Sprintf("4 0 obj\n<</Type/ObjStm/N 3/First %d%s/Length 100>>stream\r\n", len(head), filter) + deflated(flate.DefaultCompression, head+objects) + "\r\nendstream\nendobj\n"
}

const (
	flateOnly = "/Filter/FlateDecode"
	pdfHead   = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Metadata/Length 3>>stream\nabc\nendstream\nendobj\n"
	scripted  = "<</Type/Catalog/OpenAction 6 0 R>><</S/JavaScript/JS(x)>>"
)

// TestObjectStreams looks into object streams of all forms.
func TestObjectStreams(t *testing.T) {
	open, script, unread := ActivePDFOpen, ActivePDFJavaScript, ActivePDFObjects
	data := deflated(9, "5 0 "+scripted)
	for _, tt := range []struct {
		name, in string
		want     []Active
	}{
		{"Flate", objectStream(flateOnly, scripted), []Active{open, script}},
		{"as Acrobat writes it", "4 0 obj\n<</Filter/FlateDecode/First 4/Length 9/N 1/Type/ObjStm>>stream\r\n" + data + "\r\nendstream", []Active{open, script}},
		{"in an array", objectStream("/Filter [ /FlateDecode ]", scripted), []Active{open, script}},
		{"short name", objectStream("/Filter/Fl", scripted), []Active{open, script}},
		{"escaped names", strings.Replace(objectStream("/Fi#6cter/#46lateDecode", scripted), "ObjStm", "Obj#53tm", 1), []Active{ActivePDFEscaped, open, script}},
		{"filter elsewhere", objectStream("/Filter 9 0 R", scripted), []Active{open, script}},
		{"without its type", strings.Replace(objectStream(flateOnly, scripted), "ObjStm", "XObject", 1), []Active{open, script}},
		{"parameters of no effect", objectStream(flateOnly+"/DecodeParms null", scripted), []Active{open, script}},
		{"LF", strings.Replace(objectStream(flateOnly, scripted), "stream\r\n", "stream\n", 1), []Active{open, script}},
		{"CR", strings.Replace(objectStream(flateOnly, scripted), "stream\r\n", "stream\r", 1), []Active{open, script}},
		{"words behind the keyword", strings.Replace(objectStream(flateOnly, scripted), "stream\r\n", "stream %x\r\n", 1), []Active{open, script}},
		{"strings and comments", objectStream(flateOnly+"/X(a \\) ( stream\n) endobj)%stream\n/Y<41>", scripted), []Active{open, script}},
		{"names that are no keywords", "<</Type/ObjStm/obj/Filter/FlateDecode/endobj/X/stream>>stream\n" + data, []Active{open, script}},
		{"stored", "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated(0, scripted), []Active{open, script}},
		{"two letters", objectStream(flateOnly, "<</AA 7 0 R/JS(x)>>"), []Active{ActivePDFAdditional, script}},
		{"of longer names", objectStream(flateOnly, "<</AA-1 7 0 R/JSX(x)/J/S/A/A/AA_ 1>>"), nil},
		{"at the end of the text", objectStream(flateOnly, "/AA"), []Active{ActivePDFAdditional}},
		{"two letters outside", "<</AA 7 0 R/JS(x)>>", nil},
		{"escaped inside", objectStream(flateOnly, "<</S/#4aavaScript/#4aS(x)>>"), []Active{script, ActivePDFEscaped}},
		{"two", objectStream(flateOnly, "/OpenAction 1 0 R") + objectStream(flateOnly, "/S/URI/URI(x)"), []Active{open, ActivePDFURI}},
		{"no word of two halves", objectStream(flateOnly, "/S/Laun") + "ch " + objectStream(flateOnly, "ch/J") + objectStream(flateOnly, "S(x)/Open") + "Action ", nil},
		{"neither with the word before", "/Laun" + objectStream(flateOnly, "ch "), nil},
		{"what follows the data", objectStream(flateOnly, "5") + "/Launch ", []Active{ActivePDFLaunch}},
		{"honest", objectStream(flateOnly, "<</Type/Annot/A<</S/URI/URI(https://www.mof.go.jp/)>>>><</Type/Outlines/First 9 0 R/Count 1>>"), []Active{ActivePDFURI}},
		{"not packed", "<</Type/ObjStm/N 1/First 4/Length 90>>stream\n5 0 " + scripted + "\nendstream", []Active{open, script}},
		{"other streams", "<</Length 9/Filter/FlateDecode>>stream\n" + data + "\nendstream", nil},
		{"an outline", "<</Type/Outlines/First 5 0 R>>\nendobj\n<</Filter/FlateDecode>>stream\n" + data, nil},

		{"two filters", objectStream("/Filter[/ASCIIHexDecode/FlateDecode]", "5"), []Active{unread}},
		{"hexadecimal", "<</Type/ObjStm/Filter/ASCIIHexDecode>>stream\n" + hex.EncodeToString([]byte(scripted)), []Active{unread}},
		{"packed twice", "<</Type/ObjStm/Filter[/Fl/Fl]>>stream\n" + deflated(9, data), []Active{unread}},
		{"predictor", objectStream(flateOnly+"/DecodeParms<</Predictor 12/Columns 4>>", "5"), []Active{unread}},
		{"noise", "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + string(noise(100)) + "\nendstream", []Active{unread}},
		{"encrypted", "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + string(noise(100)) + "\nendstream trailer<</Encrypt 9 0 R>>", []Active{unread, ActivePDFEncrypt}},
		{"preset dictionary", "<</Type/ObjStm/Filter/FlateDecode>>stream\n\x78\xbb" + data[2:], []Active{unread}},
		{"damaged", "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated(0, "/OpenAction 1 0 R ")[:20] + "\xff\xff\xff\xff\xff\xff", []Active{open, unread}},
		{"cut", "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated(0, "/OpenAction 1 0 R/AA ")[:26], []Active{open}},
		{"in an object stream", objectStream(flateOnly, "<</Type/ObjStm/Filter/FlateDecode>>stream\n"+data), []Active{unread}},
		{"no data", "<</Type/ObjStm/N 1>>endobj ", []Active{unread}},
		{"a name in a string", "<</Type/ObjStm/X(/First )/Filter/FlateDecode>>stream\n" + data, []Active{unread, open, script}},
		{"begun in a string", "<</X(/First % )/Type/ObjStm/Filter/FlateDecode>>stream\n" + data, []Active{unread, open, script}},
		{"a name in a comment", "<</Type/ObjStm%/First ( \n/Filter/FlateDecode>>stream\n" + data, []Active{unread, open, script}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mixed("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte(pdfHead+tt.in)))
			c := read(t, m, DefaultLimits())
			if diff := cmp.Diff(tt.want, c.Parts[1].Active); diff != "" {
				t.Error(diff)
			}
			if len(c.Stopped) > 0 {
				t.Error(c.Stopped)
			}
			samePieces(t, m, c)
		})
	}
}

// TestObjectDictionary takes the length of a dictionary at its limit and one above.
func TestObjectDictionary(t *testing.T) {
	const rest = "/Filter/FlateDecode>>stream\n"
	for n, want := range map[int][]Active{maxObjectDictionary: {ActivePDFLaunch}, maxObjectDictionary + 1: {ActivePDFObjects}} {
		in := pdfHead + "<</Type/ObjStm" + strings.Repeat(" ", n-len(rest)) + rest + deflated(9, "/Launch ")
		c := read(t, mixed("Content-Transfer-Encoding: base64\r\n\r\n"+wrap([]byte(in))), DefaultLimits())
		if diff := cmp.Diff(want, c.Parts[1].Active); diff != "" {
			t.Errorf("%d octets: %s", n, diff)
		}
	}
}

// TestObjectLimit takes what object streams may expand to at its value and one above: behind it nothing is expanded, in no file.
func TestObjectLimit(t *testing.T) {
	text := strings.Repeat("5 0 ", 1000)
	second := "/OpenAction " + text[12:]
	file := func(s ...string) string {
		return "Content-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte(pdfHead+strings.Join(s, "")))
	}
	packed := func(s string) string { return "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated(9, s) }
	m := mixed(file(packed(text), packed(second)), file(packed("/Launch "), "/URI "))
	cost := func(s string) int {
		return len(s) + inflate.PackedCost*(len(deflated(9, s))-len("zlsize")) + inflate.StreamCost
	}
	one := cost(text)
	two := one + cost(second)
	all := two + cost("/Launch ")
	for objects, want := range map[int][2][]Active{
		all:     {{ActivePDFOpen}, {ActivePDFLaunch, ActivePDFURI}},
		all - 1: {{ActivePDFOpen}, {ActivePDFLaunch, ActivePDFURI}},
		two + 1: {{ActivePDFOpen}, {ActivePDFLaunch, ActivePDFURI}},
		two:     {{ActivePDFOpen}, {ActivePDFURI}},
		two - 1: {{ActivePDFOpen}, {ActivePDFURI}},
		one + 1: {{ActivePDFOpen}, {ActivePDFURI}},
		one:     {nil, {ActivePDFURI}},
		one - 1: {nil, {ActivePDFURI}},
		0:       {nil, {ActivePDFURI}},
		-1:      {nil, {ActivePDFURI}},
	} {
		l := DefaultLimits()
		l.Objects = objects
		c := read(t, m, l)
		if diff := cmp.Diff(want, [2][]Active{c.Parts[1].Active, c.Parts[2].Active}); diff != "" {
			t.Errorf("%d: %s", objects, diff)
		}
		if stopped := objects < all; stopped != slices.Equal(c.Stopped, []Limit{LimitObjects}) {
			t.Errorf("%d: %v", objects, c.Stopped)
		}
	}
}

// TestObjectBound holds that it makes no difference for the limit how a file comes, and that it is not passed by far.
func TestObjectBound(t *testing.T) {
	const packedStream = pdfHead + "<</Type/ObjStm/Filter/FlateDecode>>stream\n"
	blanks := strings.Repeat("5 0 ", 700)
	l := DefaultLimits()
	l.Objects = 10000                                                            // which is reached within the first piece
	in := []byte(packedStream + deflated(0, blanks+"/JS "+blanks+"/AA "+blanks)) // names that are found in objects only
	for _, size := range []int{1, 100, objectPiece, len(in)} {
		if got := scanned(in, l, func() int { return size }); !slices.Equal(got, []Active{ActivePDFJavaScript}) {
			t.Errorf("in pieces of %d: %v", size, got)
		}
	}
	l.Objects = 100000
	r := New(typed("application/pdf"), l)
	r.Write([]byte(packedStream + deflated(9, strings.Repeat("/A ", 1<<20))))
	if c := r.Content(); !slices.Equal(c.Stopped, []Limit{LimitObjects}) || r.objects > int64(l.Objects)+64<<10 {
		t.Errorf("%d octets, stopped %v", r.objects, c.Stopped)
	}
}

// TestObjectsAsTheyAre finds a word in packed data that expand to something else: a viewer may not take them for packed.
func TestObjectsAsTheyAre(t *testing.T) {
	stored := deflated(0, strings.Repeat("x", 40000))
	stored = stored[:strings.LastIndex(stored, "\x01\x00\x00\xff\xff")] // without the last block
	for i := range 1 << 16 {
		data := stored + string([]byte{byte(i)&^7 | 2, byte(i >> 8)}) + "/Launch " // a block of the fixed codes
		expanded := ""
		z := inflate.New(func(p []byte) bool { expanded += string(p); return true })
		z.Write([]byte(data[2:]))
		open := z.State() == inflate.Open
		if z.End(); !open || strings.Contains(expanded, "Launch") {
			continue
		}
		in := []byte(pdfHead + "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + data)
		if got := scanned(in, DefaultLimits(), func() int { return len(in) }); !slices.Equal(got, []Active{ActivePDFLaunch}) {
			t.Errorf("%v", got)
		}
		return
	}
	t.Error("there are no such data")
}

// TestObjectsCut is about files whose end, which says whether they are encrypted, has not come.
func TestObjectsCut(t *testing.T) {
	in := []byte(pdfHead + "<</Type/ObjStm/Filter/FlateDecode>>stream\n" + string(noise(100)) + "\n/Launch ")
	l := DefaultLimits()
	for body, want := range map[int64][]Active{int64(len(in)): {ActivePDFObjects, ActivePDFLaunch}, int64(len(in)) - 1: {ActivePDFLaunch}} {
		l.Body = body
		if got := scanned(in, l, func() int { return len(in) }); !slices.Equal(got, want) {
			t.Errorf("%d of %d octets: %v", body, len(in), got)
		}
	}
}

// TestObjectPieces cuts a file with many object streams anywhere.
func TestObjectPieces(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		b.WriteString(objectStream(flateOnly, strings.Repeat(fmt.Sprintf("<</A %d>>", i), i*i)) + string(noise(i)))
	}
	b.WriteString(objectStream(flateOnly, scripted))
	in := []byte(pdfHead + b.String())
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		s := scanned(in, DefaultLimits(), func() int { return 1 + r.IntN(1500) })
		if !slices.Equal(s, []Active{ActivePDFOpen, ActivePDFJavaScript}) {
			t.Fatal(s)
		}
	}
}

// scanned reads a file in pieces of such sizes.
func scanned(in []byte, l Limits, size func() int) []Active {
	r := New(typed("application/pdf"), l)
	for len(in) > 0 {
		n := min(size(), len(in))
		r.Write(in[:n])
		in = in[n:]
	}
	return r.Content().Parts[0].Active
}

// FuzzObjects reads any octets as the rest of a PDF file, in pieces, which must make no difference, and within a small limit.
func FuzzObjects(f *testing.F) {
	for _, s := range []string{
		objectStream(flateOnly, scripted), objectStream("/Filter[/Fl/AHx]", "/AA"), "<</Type/ObjStm(%\\)/First%(\n>>stream\r\n\x78\x9c\x03\x00",
		"/Filter/ObjStm stream\n\x78\x01\x01\x04\x00\xfb\xff/AA \x00\x00\x00\x01/Launch ", "/First/Filter stream\n" + deflated(9, strings.Repeat("/AA ", 5000)),
	} {
		f.Add([]byte(s), 3)
	}
	limits := DefaultLimits()
	limits.Objects = 8 << 10
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		in = append([]byte(pdfHead), in...)
		whole := scanned(in, limits, func() int { return len(in) })
		pieces := scanned(in, limits, func() int { return 1 + size&0xfff })
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%v, in pieces %v", whole, pieces)
		}
	})
}
