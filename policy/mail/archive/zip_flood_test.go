package archive

import (
	"archive/zip"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestZipBomb shows that what is expanded is bounded whatever is declared, and that names are cut.
func TestZipBomb(t *testing.T) {
	bomb := zipped(t, false,
		file{name: "[Content_Types].xml"},
		file{name: "_rels/.rels", text: strings.Repeat(" ", 50<<20), method: zip.Deflate},
		file{name: strings.Repeat("n", 5000), text: strings.Repeat("\x00", 10<<20), method: zip.Deflate})
	limits := DefaultLimits()
	x := New(Zip, limits)
	x.Write(bomb)
	z := x.reader.(*zipReader)
	l := x.Listing()
	if len(z.parts) != 1 || len(z.parts[0].data) > limits.Packed {
		t.Errorf("%d octets kept", len(z.parts[0].data))
	}
	if diff := cmp.Diff([]Limit{LimitRelations}, l.Stopped); diff != "" {
		t.Error(diff)
	}
	if l.Size < 60<<20 || len(l.Entries[2].Name) != MaxName {
		t.Errorf("size %d, name of %d", l.Size, len(l.Entries[2].Name))
	}
}

// TestZipRepeats feeds what looks like records for 20 MB.
func TestZipRepeats(t *testing.T) {
	for _, mark := range []string{"PK", zipLocal, zipDirectory, zipEndMark, zipLocal + strings.Repeat("\xff", 26), zipEndMark + strings.Repeat("\x00", 18)} {
		x := New(Zip, DefaultLimits())
		p := []byte(strings.Repeat(mark, 64<<10/len(mark)))
		for range 320 {
			x.Write(p)
		}
		z := x.reader.(*zipReader)
		if l := x.Listing(); len(l.Entries) > x.limits.Entries || cap(z.carry) > 2*(len(p)+x.limits.Record) || len(z.ends) > maxZipEnds {
			t.Errorf("%q: %d entries, %d octets held", mark, len(l.Entries), cap(z.carry))
		}
	}
}

func FuzzZip(f *testing.F) {
	f.Add(zipped(f, true, file{name: "a.txt", text: "hello"}), 3)
	f.Add(zipped(f, false, file{name: "[Content_Types].xml"}, file{name: "x.rels", text: "<Relationship/>", method: zip.Deflate}), 100)
	f.Add(zipped(f, false, file{name: "[Content_Types].xml"}, file{name: "word/document.xml", text: fieldXML("DDE ", "a"), method: zip.Deflate},
		file{name: "word/vbaProject.bin", text: oleMark + vbaCache("AutoOpen") + vbaCompressed("Attribute VB_Name\nSub AutoOpen()"), method: zip.Deflate}), 60)
	end := make([]byte, zipEndSize)
	copy(end, zipEndMark)
	binary.LittleEndian.PutUint32(end[12:], 0xffffffff)
	f.Add(end, 1)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, Zip, b, size) })
}

// fuzzOne lists in pieces, which must make no difference and stay within the limits.
func fuzzOne(t *testing.T, format Format, b []byte, size int) {
	limits := DefaultLimits()
	limits.Entries, limits.Record = 20, 300
	x, y := New(format, limits), New(format, limits)
	x.Write(b)
	size = max(1, size&0xff)
	for rest := b; len(rest) > 0; {
		n := min(size, len(rest))
		y.Write(rest[:n])
		rest = rest[n:]
	}
	l := x.Listing()
	if diff := cmp.Diff(l, y.Listing()); diff != "" {
		t.Fatal(diff)
	}
	if len(l.Entries) > limits.Entries || len(l.External) > limits.External {
		t.Fatalf("%d entries", len(l.Entries))
	}
	for _, e := range l.Entries {
		if len(e.Name) > 3*MaxName {
			t.Fatalf("a name of %d octets", len(e.Name))
		}
	}
}
