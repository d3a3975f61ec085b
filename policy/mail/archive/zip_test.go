package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list lists an archive whole, and again in pieces, which makes no difference.
func list(t testing.TB, f Format, b []byte, l Limits) *Listing {
	t.Helper()
	x := New(f, l)
	x.Write(b)
	got := x.Listing()
	for _, size := range []int{1, 3, 50, 1000} {
		y := New(f, l)
		for rest := b; len(rest) > 0; {
			n := min(size, len(rest))
			y.Write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(got, y.Listing()); diff != "" {
			t.Fatalf("in pieces of %d: %s", size, diff)
		}
	}
	return got
}

type file struct {
	name, text string
	method     uint16
	flags      uint16
}

// zipped writes a zip file. Raw gives sizes in the local header instead of behind the data.
func zipped(t testing.TB, raw bool, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: f.method, Flags: f.flags}
		if raw {
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(f.text)), uint64(len(f.text))
			out, err := w.CreateRaw(h)
			if err != nil {
				t.Fatal(err)
			}
			out.Write([]byte(f.text))
			continue
		}
		out, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		out.Write([]byte(f.text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func names(l *Listing) string {
	var s []string
	for _, e := range l.Entries {
		s = append(s, e.Name)
	}
	return strings.Join(s, " ")
}

func TestZip(t *testing.T) {
	inner := zipped(t, true, file{name: "inner.exe", text: "MZ"})
	two := zipped(t, true, file{name: "a.txt", text: "hello"}, file{name: "b.txt", text: "world"})
	patch := func(b []byte, old, new string, last bool) []byte {
		b = bytes.Clone(b)
		i := bytes.Index(b, []byte(old))
		if last {
			i = bytes.LastIndex(b, []byte(old))
		}
		copy(b[i:], new)
		return b
	}
	for _, tt := range []struct {
		name      string
		in        []byte
		names     string
		encrypted bool
		problems  []Problem
	}{
		{"sizes in front", two, "a.txt b.txt", false, nil},
		{"sizes behind", zipped(t, false, file{name: "a.txt", text: "hello", method: zip.Deflate}, file{name: "d/", text: ""}), "a.txt d/", false, nil},
		{"empty", zipped(t, false), "", false, nil},
		{"encrypted", zipped(t, true, file{name: "a.exe", text: "x", flags: 1}), "a.exe", true, nil},
		{"AES", zipped(t, true, file{name: "a.exe", text: "x", method: 99}), "a.exe", true, nil},
		{"zip inside, stored", zipped(t, true, file{name: "in.zip", text: string(inner)}), "in.zip", false, nil},
		{"zip inside, stored, sizes behind", zipped(t, false, file{name: "in.zip", text: string(inner)}), "in.zip", false, nil},
		{"Shift_JIS", zipped(t, true, file{name: "\x8d\xe0\x96\xb1.exe", text: "x"}), "財務.exe", false, nil},
		{"UTF-8 flag", zipped(t, true, file{name: "財務.exe", text: "x"}), "財務.exe", false, nil},
		{"other name in front", patch(two, "b.txt", "b.exe", false), "a.txt b.txt b.exe", false, []Problem{ProblemName}},
		{"other name behind", patch(two, "b.txt", "b.exe", true), "a.txt b.exe b.txt", false, []Problem{ProblemName}},
		{"hidden in front", append(append([]byte{}, inner[:bytes.Index(inner, []byte(zipDirectory))]...), two...), "a.txt b.txt inner.exe", false, []Problem{ProblemPrefix, ProblemHidden}},
		{"two archives", append(append([]byte{}, inner...), two...), "a.txt b.txt inner.exe", false, []Problem{ProblemPrefix, ProblemHidden, ProblemDirectories}},
		{"script in front", append([]byte("#!/bin/sh\n"), two...), "a.txt b.txt", false, []Problem{ProblemPrefix}},
		{"tail", append(append([]byte{}, two...), "tail"...), "a.txt b.txt", false, []Problem{ProblemSuffix}},
		{"no directory", two[:bytes.Index(two, []byte(zipDirectory))], "a.txt b.txt", false, []Problem{ProblemDirectory}},
		{"no entries", two[bytes.Index(two, []byte(zipDirectory)):], "a.txt b.txt", false, []Problem{ProblemPrefix, ProblemMissing}},
		{"twice", zipped(t, true, file{name: "a", text: "1"}, file{name: "a", text: "2"}), "a a", false, []Problem{ProblemDuplicate}},
		{"local says encrypted", patch(two, string(two[:7]), string(two[:6])+"\x01", false), "a.txt b.txt", true, []Problem{ProblemSize}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Zip, tt.in, DefaultLimits())
			if got := names(l); got != tt.names {
				t.Errorf("names %q, want %q", got, tt.names)
			}
			if l.Encrypted != tt.encrypted {
				t.Errorf("encrypted %v", l.Encrypted)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOffice(t *testing.T) {
	types := file{name: "[Content_Types].xml", text: "<Types/>", method: zip.Deflate}
	rels := func(target, mode string) file {
		return file{name: "word/_rels/settings.xml.rels", method: zip.Deflate, text: `<?xml version="1.0" encoding="UTF-8"?><Relationships><Relationship Id="r1" Type="http://schemas.example/attachedTemplate" Target="` + target + `" TargetMode="` + mode + `"/></Relationships>`}
	}
	for _, tt := range []struct {
		name  string
		files []file
		want  Listing
	}{
		{"document", []file{types, {name: "word/document.xml"}}, Listing{Content: ContentOOXML}},
		{"macros", []file{types, {name: "word/vbaProject.bin"}}, Listing{Content: ContentOOXML, Macros: true}},
		{"macro sheet", []file{types, {name: "xl/macrosheets/sheet1.xml"}}, Listing{Content: ContentOOXML, MacroSheet: true}},
		{"embedded", []file{types, {name: "word/embeddings/oleObject1.bin"}}, Listing{Content: ContentOOXML, Embedded: true}},
		{"template from outside", []file{types, rels("http://evil.test/x.dotm", "External")}, Listing{Content: ContentOOXML, External: []External{{"attachedTemplate", "http://evil.test/x.dotm"}}}},
		{"template of its own", []file{types, rels("template.xml", "Internal")}, Listing{Content: ContentOOXML}},
		{"OpenDocument", []file{{name: "mimetype"}, {name: "content.xml"}, {name: "META-INF/manifest.xml"}}, Listing{Content: ContentODF}},
		{"OpenDocument with macros", []file{{name: "content.xml"}, {name: "Basic/Standard/Module1.xml"}}, Listing{Content: ContentODF, Macros: true}},
		{"Java", []file{{name: "META-INF/MANIFEST.MF"}}, Listing{Content: ContentJar}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Zip, zipped(t, false, tt.files...), DefaultLimits())
			got := Listing{Content: l.Content, Macros: l.Macros, MacroSheet: l.MacroSheet, Embedded: l.Embedded, External: l.External}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestZip64 lists what a writer of streams makes of a file whose size it does not know.
func TestZip64(t *testing.T) {
	b := zipped(t, true, file{name: "a.txt", text: "hello"})
	dir, end := bytes.Index(b, []byte(zipDirectory)), bytes.Index(b, []byte(zipEndMark))
	e := append([]byte(zip64EndMark), make([]byte, zip64EndSize-4)...)
	binary.LittleEndian.PutUint64(e[4:], zip64EndSize-12)
	binary.LittleEndian.PutUint64(e[32:], 1)
	binary.LittleEndian.PutUint64(e[40:], uint64(end-dir))
	binary.LittleEndian.PutUint64(e[48:], uint64(dir))
	locator := append([]byte("PK\x06\x07"), make([]byte, zip64LocatorSize-4)...)
	for i := end + 8; i < end+20; i++ {
		b[i] = 0xff
	}
	b = append(append(append(append([]byte{}, b[:end]...), e...), locator...), b[end:]...)
	if l := list(t, Zip, b, DefaultLimits()); names(l) != "a.txt" || len(l.Problems) > 0 {
		t.Errorf("%q, %v", names(l), l.Problems)
	}
	for i := 40; i < 56; i++ {
		b[end+i] = 0xff
	}
	if l := list(t, Zip, b, DefaultLimits()); !l.Has(ProblemDirectory) {
		t.Errorf("a directory of 2^64 octets: %v", l.Problems)
	}
}

// TestZipLimits takes each limit at its value and one above.
func TestZipLimits(t *testing.T) {
	many := func(n int) []byte {
		var files []file
		for i := range n {
			files = append(files, file{name: fmt.Sprint("f", i), text: "x"})
		}
		return zipped(t, true, files...)
	}
	relation := `<Relationship Type="a/b" Target="http://x/" TargetMode="External"/>`
	related := func(text string, n int) []byte {
		files := []file{{name: "[Content_Types].xml"}}
		for i := range n {
			files = append(files, file{name: fmt.Sprint(i, ".rels"), text: text, method: zip.Store})
		}
		return zipped(t, true, files...)
	}
	l := DefaultLimits()
	l.Entries = 10
	r := DefaultLimits()
	r.Record = zipDirectorySize + 20
	rel := DefaultLimits()
	rel.Relations = 2
	names := DefaultLimits()
	names.Names = 19
	together := DefaultLimits()
	together.Together = 2 * len(relation)
	ext := DefaultLimits()
	ext.External = 3
	packed := DefaultLimits()
	packed.Packed = len(relation)
	expanded := DefaultLimits()
	expanded.Expanded = len(relation)
	for _, tt := range []struct {
		name      string
		limits    Limits
		at, above []byte
		want      Limit
		entries   int
	}{
		{"entries", l, many(10), many(11), LimitEntries, 10},
		{"names", names, zipped(t, true, file{name: "name-of-9"}, file{name: "name-of-10"}), zipped(t, true, file{name: "name-of-10"}, file{name: "name-of-11"}), LimitNames, 1},
		{"record", r, zipped(t, true, file{name: strings.Repeat("x", 20)}), zipped(t, true, file{name: strings.Repeat("x", 21)}), LimitRecord, 1},
		{"relations", rel, related(relation, 2), related(relation, 3), LimitRelations, 4},
		{"external", ext, related(relation, 3), related(relation, 4), LimitRelations, 5},
		{"together", together, related(relation, 2), related(relation, 3), LimitRelations, 4},
		{"packed", packed, related(relation, 1), related(relation+" ", 1), LimitRelations, 2},
		{"expanded", expanded, related(relation, 1), related(relation+" ", 1), LimitRelations, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := list(t, Zip, tt.at, tt.limits); len(got.Stopped) > 0 || len(got.Problems) > 0 {
				t.Errorf("at the limit %v %v", got.Stopped, got.Problems)
			}
			got := list(t, Zip, tt.above, tt.limits)
			if diff := cmp.Diff([]Limit{tt.want}, got.Stopped); diff != "" {
				t.Error(diff)
			}
			if len(got.Entries) != tt.entries {
				t.Errorf("%d entries", len(got.Entries))
			}
		})
	}
}
