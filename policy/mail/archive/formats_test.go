package archive

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// oldBlock is a block of rar 1.5 to 4 and the data behind it.
func oldBlock(kind byte, flags uint16, rest string, data string) string {
	b := []byte{0, 0, kind}
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(7+len(rest)))
	return string(b) + rest + data
}

func oldFile(name string, flags uint16, data string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, 1000)
	b = append(b, make([]byte, 11)...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	b = append(b, make([]byte, 4)...)
	return oldBlock(0x74, flags|0x8000, string(b)+name, data)
}

// newBlock is a block of rar 5; every number is below 128.
func newBlock(body, data string) string {
	return "\x00\x00\x00\x00" + string([]byte{byte(len(body))}) + body + data
}

func newFile(name, extra, data string) string {
	flags := byte(2)
	head := ""
	if extra != "" {
		flags |= 1
		head = string([]byte{byte(len(extra))})
	}
	return newBlock(string([]byte{2, flags})+head+string([]byte{byte(len(data)), 0, 100, 0, 0, 0, byte(len(name))})+name+extra, data)
}

func TestRar(t *testing.T) {
	oldMain := oldBlock(0x73, 0, "\x00\x00\x00\x00\x00\x00", "")
	oldEnd := oldBlock(0x7b, 0, "", "")
	newMain, newEnd := newBlock("\x01\x00\x00", ""), newBlock("\x05\x00\x00", "")
	for _, tt := range []struct {
		name, in  string
		names     string
		encrypted bool
		hidden    bool
		problems  []Problem
	}{
		{"old", rarOldMark + oldMain + oldFile("a.txt", 0, "data") + oldFile("d\\b.exe", 0, "more data") + oldEnd, "a.txt d/b.exe", false, false, nil},
		{"old, encrypted", rarOldMark + oldMain + oldFile("a.exe", 4, "data") + oldEnd, "a.exe", true, false, nil},
		{"old, names encrypted", rarOldMark + oldBlock(0x73, 0x80, "\x00\x00\x00\x00\x00\x00", "") + "secret", "", true, true, nil},
		{"old, name twice", rarOldMark + oldMain + oldFile("\x8d\xe0.txt\x00packed", 0x200, "") + oldEnd, "財.txt", false, false, nil},
		{"old, cut", rarOldMark + oldMain + oldFile("a.txt", 0, "data")[:40], "a.txt", false, false, []Problem{ProblemTruncated}},
		{"old, broken", rarOldMark + "\x00\x00\x74\x00\x00\x01\x00", "", false, false, []Problem{ProblemHeader}},
		{"new", rarNewMark + newMain + newFile("財.exe", "", "data") + newFile("b", "", "data") + newEnd, "財.exe b", false, false, nil},
		{"new, encrypted", rarNewMark + newMain + newFile("a.exe", "\x02\x01\x00", "data") + newEnd, "a.exe", true, false, nil},
		{"new, another extra", rarNewMark + newMain + newFile("a.exe", "\x02\x03\x00", "data") + newEnd, "a.exe", false, false, nil},
		{"new, names encrypted", rarNewMark + newBlock("\x04\x00\x00\x00\x0f", "") + "secret", "", true, true, nil},
		{"neither", "Rar!\x1a\x07\x02\x00", "", false, false, []Problem{ProblemHeader}},
		{"only the mark", "Rar!\x1a\x07", "", false, false, []Problem{ProblemHeader}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Rar, []byte(tt.in), DefaultLimits())
			if names(l) != tt.names || l.Encrypted != tt.encrypted || l.HeaderEncrypted != tt.hidden {
				t.Errorf("%q, %v, %v", names(l), l.Encrypted, l.HeaderEncrypted)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRarRecordLimit(t *testing.T) {
	limits := DefaultLimits()
	limits.Record = 32 + 10
	at := rarOldMark + oldFile(strings.Repeat("n", 10), 0, "") + oldFile("b", 0, "")
	if l := list(t, Rar, []byte(at), limits); len(l.Stopped) > 0 || len(l.Entries) != 2 {
		t.Errorf("at the limit %v", l.Stopped)
	}
	above := rarOldMark + oldFile(strings.Repeat("n", 11), 0, "") + oldFile("b", 0, "")
	if l := list(t, Rar, []byte(above), limits); !cmp.Equal(l.Stopped, []Limit{LimitRecord}) || len(l.Entries) != 0 {
		t.Errorf("above %v", l.Stopped)
	}
}

func sevenZip(next string, gap string) []byte {
	b := []byte("7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint64(b, uint64(len(gap)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(next)))
	return append(b, "\x00\x00\x00\x00"+gap+next...)
}

// wide is UTF-16 with NULs at the ends.
func wide(names ...string) string {
	var b []byte
	for _, n := range names {
		for _, u := range append(utf16.Encode([]rune(n)), 0) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	return string(b)
}

func TestSevenZip(t *testing.T) {
	list7 := func(names ...string) string {
		w := wide(names...)
		return "\x05\x02\x11" + string([]byte{byte(len(w) + 1), 0}) + w + "\x00\x00"
	}
	for _, tt := range []struct {
		name      string
		in        []byte
		names     string
		encrypted bool
		hidden    bool
		problems  []Problem
	}{
		{"plain", sevenZip("\x01\x04"+list7("a.txt", "財務.exe"), "data"), "a.txt 財務.exe", false, false, nil},
		{"encrypted", sevenZip("\x01\x04"+sevenZipAES+list7("a.exe"), "data"), "a.exe", true, false, nil},
		{"directory packed", sevenZip("\x17\x06\x03\x01\x01", "data"), "", false, false, []Problem{ProblemPacked}},
		{"directory encrypted", sevenZip("\x17\x06"+sevenZipAES, "data"), "", true, true, nil},
		{"empty", sevenZip("", ""), "", false, false, nil},
		{"cut", sevenZip("\x01\x04"+list7("a"), "data")[:40], "", false, false, []Problem{ProblemTruncated}},
		{"other", sevenZip("\x99", ""), "", false, false, []Problem{ProblemHeader}},
		{"no names", sevenZip("\x01\x04\x05", ""), "", false, false, []Problem{ProblemHeader}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, SevenZip, tt.in, DefaultLimits())
			if names(l) != tt.names || l.Encrypted != tt.encrypted || l.HeaderEncrypted != tt.hidden {
				t.Errorf("%q, %v, %v", names(l), l.Encrypted, l.HeaderEncrypted)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" {
				t.Error(diff)
			}
		})
	}
	limits := DefaultLimits()
	limits.Record = len("\x01\x04" + list7("a"))
	if l := list(t, SevenZip, sevenZip("\x01\x04"+list7("a"), "data"), limits); len(l.Stopped) > 0 || names(l) != "a" {
		t.Errorf("at the limit %v", l.Stopped)
	}
	if l := list(t, SevenZip, sevenZip("\x01\x04"+list7("a")+"\x00", "data"), limits); !cmp.Equal(l.Stopped, []Limit{LimitRecord}) {
		t.Errorf("above %v", l.Stopped)
	}
	huge := sevenZip("x", "")
	for i := 12; i < 28; i++ {
		huge[i] = 0xff
	}
	if l := list(t, SevenZip, huge, limits); !cmp.Equal(l.Stopped, []Limit{LimitRecord}) {
		t.Errorf("sizes of 2^64 %v", l.Stopped)
	}
}

// oleEntry is an entry of the directory of a compound file.
func oleEntry(name string, kind byte, class string) string {
	b := make([]byte, oleEntrySize)
	w := wide(name)
	copy(b, w)
	binary.LittleEndian.PutUint16(b[64:], uint16(len(w)))
	b[66], b[67] = kind, 1
	copy(b[80:], class)
	binary.LittleEndian.PutUint32(b[120:], 5000)
	return string(b)
}

func TestOLE(t *testing.T) {
	mark := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504)
	sector := strings.Repeat("content ", 64)
	root := oleEntry("Root Entry", 5, "")
	for _, tt := range []struct {
		name, in string
		want     Listing
	}{
		{"document", mark + sector + root + oleEntry("WordDocument", 2, ""), Listing{Content: ContentOffice}},
		{"macros", mark + root + oleEntry("Workbook", 2, "") + sector + sector + oleEntry("_VBA_PROJECT_CUR", 1, "") + oleEntry("VBA", 1, ""), Listing{Content: ContentOffice, Macros: true}},
		{"encrypted OOXML", mark + root + oleEntry("EncryptedPackage", 2, ""), Listing{Encrypted: true, EncryptedOffice: true}},
		{"embedded", mark + root + oleEntry("\x01Ole10Native", 2, ""), Listing{Embedded: true}},
		{"installer", mark + oleEntry("Root Entry", 5, "\x84\x10\x0c\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"), Listing{Content: ContentInstaller}},
		{"message", mark + root + oleEntry("__properties_version1.0", 2, ""), Listing{Content: ContentMessage}},
		{"name inside a text", mark + root + wide("VBA") + sector, Listing{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, OLE, []byte(tt.in), DefaultLimits())
			got := Listing{Content: l.Content, Macros: l.Macros, Embedded: l.Embedded, Encrypted: l.Encrypted, EncryptedOffice: l.EncryptedOffice}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	limits := DefaultLimits()
	limits.Entries = 2
	if l := list(t, OLE, []byte(mark+root+root), limits); len(l.Stopped) > 0 {
		t.Errorf("at the limit %v", l.Stopped)
	}
	if l := list(t, OLE, []byte(mark+root+root+oleEntry("VBA", 1, "")), limits); !cmp.Equal(l.Stopped, []Limit{LimitEntries}) || len(l.Entries) != 2 || !l.Macros {
		t.Errorf("above %v, %d, macros %v", l.Stopped, len(l.Entries), l.Macros)
	}
}

func FuzzRar(f *testing.F) {
	f.Add([]byte(rarOldMark+oldFile("a", 4, "data")), 1)
	f.Add([]byte(rarNewMark+newFile("a", "\x02\x01\x00", "data")), 3)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, Rar, b, size) })
}

func FuzzSevenZip(f *testing.F) {
	f.Add(sevenZip("\x01\x11\x05\x00a\x00\x00\x00", "data"), 1)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, SevenZip, b, size) })
}

func FuzzOLE(f *testing.F) {
	f.Add([]byte(oleEntry("VBA", 1, "")), 100)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, OLE, b, size) })
}

func BenchmarkLister(b *testing.B) {
	p := make([]byte, 64<<10)
	for i := range p {
		p[i] = byte(i * 167 >> 3)
	}
	for _, f := range []Format{Zip, OLE} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(p)))
			x := New(f, DefaultLimits())
			for b.Loop() {
				x.Write(p)
			}
		})
	}
}

// TestHyperlinks shows that hyperlinks do not crowd out what a document fetches by itself.
func TestHyperlinks(t *testing.T) {
	link := `<Relationship Type="x/hyperlink" Target="https://a.test/" TargetMode="External"/>`
	template := `<Relationship Type="x/attachedTemplate" Target="https://b.test/" TargetMode="External"/>`
	limits := DefaultLimits()
	limits.External = 4
	l := list(t, Zip, zipped(t, true, file{name: "[Content_Types].xml"}, file{name: "a.rels", text: "<R>" + strings.Repeat(link, 20) + template + "</R>"}), limits)
	if len(l.External) != 3 || l.External[2].Type != "attachedTemplate" || len(l.Stopped) > 0 {
		t.Errorf("%v %v", l.External, l.Stopped)
	}
}
