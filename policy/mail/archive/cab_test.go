package archive

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cabinet is what is to be written.
type cabinet struct {
	files   []string // name, behind "u:" in UTF-8
	flags   uint16
	reserve [2]int
	names   string // of other cabinets
	shift   int    // by how much the list is elsewhere than behind the folders
	gap     string // octets in between
	count   int    // added to the declared number of files
}

func (c cabinet) bytes() []byte {
	b := make([]byte, cabHeaderSize)
	copy(b, "MSCF")
	if c.reserve != [2]int{} {
		c.flags |= cabReserved
		b = append(b, byte(c.reserve[0]), byte(c.reserve[0]>>8), byte(c.reserve[1]), 0)
		b = append(b, make([]byte, c.reserve[0])...)
	}
	b = append(b, c.names...)
	b = append(b, make([]byte, 2*(cabFolderSize+c.reserve[1]))...)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)+c.shift))
	binary.LittleEndian.PutUint16(b[26:], 2)
	binary.LittleEndian.PutUint16(b[28:], uint16(len(c.files)+c.count))
	binary.LittleEndian.PutUint16(b[30:], c.flags)
	b = append(b, c.gap...)
	for _, name := range c.files {
		b = append(b, cabFile(name)...)
	}
	b = append(b, "data"...)
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)))
	return b
}

func cabFile(name string) string {
	b := make([]byte, cabFileSize)
	b[0] = 9
	name, unicode := strings.CutPrefix(name, "u:")
	if unicode {
		b[14] = cabUTF
	}
	return string(b) + name + "\x00"
}

func TestCab(t *testing.T) {
	two := []string{"a.txt", "d\\b.exe"}
	decoy := cabFile("decoy.txt") + cabFile("x")
	for _, tt := range []struct {
		name     string
		in       []byte
		names    string
		problems []Problem
	}{
		{"plain", cabinet{files: two}.bytes(), "a.txt d/b.exe", nil},
		{"Shift_JIS and UTF-8", cabinet{files: []string{"\x95\x5c\\\x8d\xe0\x96\xb1.exe", "u:財務.exe"}}.bytes(), "表/財務.exe 財務.exe", nil},
		{"reserved", cabinet{files: two, reserve: [2]int{20, 5}}.bytes(), "a.txt d/b.exe", nil},
		{"a part of several", cabinet{files: two, reserve: [2]int{0, 1}, flags: cabPrevious | cabNext, names: "a.cab\x00one\x00c.cab\x00three\x00"}.bytes(), "a.txt d/b.exe", nil},
		{"with one before it", cabinet{files: two, flags: cabPrevious, names: "a.cab\x00one\x00"}.bytes(), "a.txt d/b.exe", nil},
		{"with one behind it", cabinet{files: two, flags: cabNext, names: "a.cab\x00\x00"}.bytes(), "a.txt d/b.exe", nil},
		{"none", cabinet{}.bytes(), "", nil},
		{"two lists", cabinet{files: two, gap: decoy, shift: len(decoy)}.bytes(), "a.txt d/b.exe decoy.txt x", []Problem{ProblemDirectories}},
		{"the list in the header", cabinet{files: two, shift: -20}.bytes(), "a.txt d/b.exe", []Problem{ProblemHeader, ProblemDirectories}},
		{"a place before the end of the header", cabinet{files: two, shift: -30}.bytes(), "a.txt d/b.exe", []Problem{ProblemHeader, ProblemDirectories}},
		{"more files than there are", cabinet{files: two, count: 1}.bytes(), "a.txt d/b.exe", []Problem{ProblemTruncated}},
		{"fewer files than there are", cabinet{files: two, count: -1}.bytes(), "a.txt", nil},
		{"cut", cabinet{files: two}.bytes()[:80], "a.txt", []Problem{ProblemTruncated}},
		{"cut in the data", cabinet{files: two}.bytes()[:100], "a.txt d/b.exe", []Problem{ProblemTruncated}},
		{"cut in the header", []byte("MSCF"), "", []Problem{ProblemTruncated}},
		{"a name of 255", cabinet{files: []string{strings.Repeat("x", cabMaxName-5) + ".exe"}}.bytes(), strings.Repeat("x", cabMaxName-5) + ".exe", nil},
		{"a name of 256", cabinet{files: []string{strings.Repeat("x", cabMaxName), "b"}}.bytes(), "", []Problem{ProblemHeader}},
		{"no name", cabinet{files: []string{"", "b"}}.bytes(), "", []Problem{ProblemHeader}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Cab, tt.in, DefaultLimits())
			if got := names(l); got != tt.names {
				t.Errorf("names %q, want %q", got, tt.names)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" || len(l.Stopped) > 0 {
				t.Error(diff, l.Stopped)
			}
		})
	}
	if e := list(t, Cab, cabinet{files: two}.bytes(), DefaultLimits()).Entries[0]; e != (Entry{Name: "a.txt", Size: 9}) {
		t.Errorf("%+v", e)
	}
}

// TestCabHostile is about numbers that lie.
func TestCabHostile(t *testing.T) {
	for at := 8; at < cabHeaderSize; at++ {
		b := cabinet{files: []string{"a", "b"}}.bytes()
		b[at] ^= 0xff
		list(t, Cab, b, DefaultLimits())
	}
	b := cabinet{files: []string{"a"}}.bytes()
	for i := 4; i < cabHeaderSize; i++ {
		b[i] = 0xff
	}
	if l := list(t, Cab, append(b, make([]byte, 100_000)...), DefaultLimits()); len(l.Entries) > 0 || !l.Has(ProblemTruncated) {
		t.Errorf("%q, %v", names(l), l.Problems)
	}
}

// TestCabLimits takes each limit at its value and one above.
func TestCabLimits(t *testing.T) {
	many := func(n int, gap bool) []byte {
		c := cabinet{}
		for i := range n {
			c.files = append(c.files, fmt.Sprint("f", i))
		}
		if gap { // a second list, which is read beside the first
			for range n {
				c.gap += cabFile("g0")
			}
			c.shift = len(c.gap)
		}
		return c.bytes()
	}
	for _, tt := range []struct {
		name      string
		set       func(*Limits)
		at, above []byte
		want      Limit
		entries   int
	}{
		{"entries", func(l *Limits) { l.Entries = 3 }, many(3, false), many(4, false), LimitEntries, 3},
		{"names", func(l *Limits) { l.Names = 6 }, many(3, false), many(4, false), LimitNames, 3},
		{"entries of two lists", func(l *Limits) { l.Entries = 4 }, many(2, true), many(3, true), LimitEntries, 4},
		{"names of two lists", func(l *Limits) { l.Names = 8 }, many(2, true), many(3, true), LimitNames, 4},
		{"entries of the second list", func(l *Limits) { l.Entries = 6 }, many(3, true), many(7, true), LimitEntries, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limits := DefaultLimits()
			tt.set(&limits)
			if l := list(t, Cab, tt.at, limits); len(l.Stopped) > 0 {
				t.Errorf("at the limit %v, %q", l.Stopped, names(l))
			}
			l := list(t, Cab, tt.above, limits)
			if diff := cmp.Diff([]Limit{tt.want}, l.Stopped); diff != "" || len(l.Entries) != tt.entries {
				t.Errorf("%q %s", names(l), diff)
			}
		})
	}
}

func FuzzCab(f *testing.F) {
	f.Add(cabinet{files: []string{"a.txt", "u:財.exe"}}.bytes(), 3)
	f.Add(cabinet{files: []string{"a", "b"}, reserve: [2]int{3, 4}, flags: cabNext, names: "a\x00b\x00", gap: cabFile("x") + cabFile("y"), shift: 36}.bytes(), 1)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, Cab, b, size) })
}
