package archive

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lzhFile is an entry to be written.
type lzhFile struct {
	method string // "-lh0-" where it is ""
	name   string
	fields []string // extension headers: type and data
	data   string
	system byte // 'M' where it is 0
	packed int  // declared, where it is not 0
}

// lzhEntry writes an entry with a header of a level.
func lzhEntry(level byte, f lzhFile) string {
	if f.method == "" {
		f.method = "-lh0-"
	}
	if f.system == 0 {
		f.system = 'M'
	}
	packed := len(f.data)
	if f.packed != 0 {
		packed = f.packed
	}
	wide := 2
	if level == 3 {
		wide = 4
	}
	next := func(n int) string { // the size of the next extension header
		b := binary.LittleEndian.AppendUint32(nil, uint32(n))
		return string(b[:wide])
	}
	var fields strings.Builder
	for i := range f.fields {
		size := 0
		if i+1 < len(f.fields) {
			size = len(f.fields[i+1]) + wide
		}
		fields.WriteString(f.fields[i] + next(size))
	}
	first := next(0)
	if len(f.fields) > 0 {
		first = next(len(f.fields[0]) + wide)
	}
	head := []byte(f.method)
	if level == 1 {
		packed += fields.Len()
	}
	head = binary.LittleEndian.AppendUint32(head, uint32(packed))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(f.data)))
	head = append(head, 1, 2, 3, 4, 0x20, level)
	if level >= 2 {
		head = append(head, 0, 0, f.system)
		all := len(head) + 2 + wide + fields.Len()
		b := []byte{byte(all), byte(all >> 8)}
		if level == 3 {
			all += 4
			b = binary.LittleEndian.AppendUint32([]byte{4, 0}, 0)[:2]
			head = binary.LittleEndian.AppendUint32(head, uint32(all))
		}
		return string(b) + string(head) + first + fields.String() + f.data
	}
	head = append(head, byte(len(f.name)))
	head = append(head, f.name...)
	head = append(head, 0, 0)
	if level == 1 {
		head = append(append(head, f.system), first...)
	}
	var sum byte
	for _, c := range head {
		sum += c
	}
	return string([]byte{byte(len(head)), sum}) + string(head) + fields.String() + f.data
}

// lzhSummed is an entry of level 2 with a check sum over its header, which is off by so much.
func lzhSummed(name string, off uint16) string {
	b := []byte(lzhEntry(2, lzhFile{fields: []string{"\x00\x00\x00", "\x01" + name}}))
	const place = 27
	binary.LittleEndian.PutUint16(b[place:], lzhCRC(b, place)+off)
	return string(b)
}

func lzhWide(kind byte, s string) string {
	return string([]byte{kind}) + strings.TrimSuffix(wide(s), "\x00\x00")
}

func TestLZH(t *testing.T) {
	const sjis = "\x8d\xe0\x96\xb1" // 財務
	named := func(name string) lzhFile { return lzhFile{fields: []string{"\x01" + name}, data: "MZ"} }
	plain := lzhEntry(0, lzhFile{name: "a.txt", data: "hello"})
	for _, tt := range []struct {
		name, in string
		names    string
		problems []Problem
	}{
		{"level 0", plain + lzhEntry(0, lzhFile{name: "d\\b.exe", data: "MZ"}) + "\x00", "a.txt d/b.exe", nil},
		{"level 0, no end", plain, "a.txt", nil},
		{"level 0, behind the end", plain + "\x00" + plain, "a.txt", nil},
		{"level 1", lzhEntry(1, lzhFile{name: "a.txt", data: "hello"}) + lzhEntry(1, named("b.exe")) + "\x00", "a.txt b.exe", nil},
		{"level 2", lzhEntry(2, named("a.exe")) + lzhEntry(2, named("b.txt")) + "\x00", "a.exe b.txt", nil},
		{"level 3", lzhEntry(3, named("a.exe")) + lzhEntry(3, named("b.txt")) + "\x00", "a.exe b.txt", nil},
		{"all levels", plain + lzhEntry(1, named("b")) + lzhEntry(2, named("c")) + lzhEntry(3, named("d")) + "\x00", "a.txt b c d", nil},
		{"Shift_JIS", lzhEntry(2, lzhFile{fields: []string{"\x02" + sjis + "\xff\x95\x5c\xff", "\x01" + sjis + ".exe"}}), "財務/表/財務.exe", nil},
		{"Shift_JIS, level 0", lzhEntry(0, lzhFile{name: "\x95\x5c\\" + sjis + ".exe"}), "表/財務.exe", nil},
		{"a directory without its separator", lzhEntry(2, lzhFile{fields: []string{"\x01b", "\x02a"}}), "a/b", nil},
		{"UTF-8 of Unix", lzhEntry(2, lzhFile{system: 'U', fields: []string{"\x01財務.exe"}}), "財務.exe", nil},
		{"a code page", lzhEntry(2, lzhFile{fields: []string{"\x01財.exe", "\x46\xe9\xfd\x00\x00"}}), "財.exe", nil},
		{"UTF-16 only", lzhEntry(2, lzhFile{fields: []string{lzhWide(0x45, "資料\uffff"), lzhWide(0x44, "財務.exe")}}), "資料/財務.exe", nil},
		{"UTF-16, where Shift_JIS has no letter", lzhEntry(2, lzhFile{fields: []string{"\x01?.txt", lzhWide(0x44, "☃.txt")}}), "?.txt ☃.txt", nil},
		{"UTF-16, another extension", lzhEntry(2, lzhFile{fields: []string{"\x01a.txt", lzhWide(0x44, "a.exe")}}), "a.txt a.exe", []Problem{ProblemName}},
		{"UTF-16, the same", lzhEntry(2, lzhFile{fields: []string{"\x01a.txt", lzhWide(0x44, "a.txt")}}), "a.txt", nil},
		{"other fields", lzhEntry(2, lzhFile{fields: []string{"\x40\x20\x00", "\x01a", "\x41" + strings.Repeat("\x00", 24), "\x3fcomment"}}), "a", nil},
		{"sizes of 64 bits", lzhEntry(2, lzhFile{packed: -1, data: "four", fields: []string{"\x01a", "\x42\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"}}) + plain, "a a.txt", nil},
		{"check sum of the header", lzhSummed("a.exe", 0) + plain, "a.exe a.txt", nil},
		{"check sum, wrong", lzhSummed("a.exe", 1) + plain, "a.exe a.txt", []Problem{ProblemHeader}},
		{"sum, wrong", strings.Replace(plain, "a.txt", "b.txt", 1) + plain, "b.txt a.txt", []Problem{ProblemHeader}},
		{"an archive inside, stored", lzhEntry(0, lzhFile{name: "in.lzh", data: plain}) + plain, "in.lzh a.txt", nil},
		{"name longer than its header", strings.Replace(plain, "\x05a.txt", "\x50a.txt", 1) + plain, "a.txt\x00\x00 a.txt", []Problem{ProblemHeader}},
		{"level 1, what follows is longer than the data", lzhEntry(1, lzhFile{name: "a", packed: -7, fields: []string{"\x01b.exe"}}) + plain, "b.exe a.txt", []Problem{ProblemHeader}},
		{"level 2, a name beyond its header", overrun(lzhEntry(2, named("b.exe"))) + plain, "b.exe a.txt", []Problem{ProblemHeader}},
		{"no header where one should be", plain + "rubbish" + plain + lzhEntry(2, named("b.exe")), "a.txt a.txt b.exe", []Problem{ProblemHeader}},
		{"a size that lies", lzhEntry(0, lzhFile{name: "a", data: "four", packed: 2}) + plain, "a a.txt", []Problem{ProblemHeader}},
		{"cut in the data", plain[:len(plain)-1], "a.txt", []Problem{ProblemTruncated}},
		{"cut in a header", plain + plain[:10], "a.txt", []Problem{ProblemTruncated}},
		{"extension headers without an end", lzhEntry(2, lzhFile{fields: append(manyFields(lzhFields), "\x01a")}), "", []Problem{ProblemHeader}},
		{"as many as are read", lzhEntry(2, lzhFile{fields: append(manyFields(lzhFields-1), "\x01a")}), "a", nil},
		{"an extension header of 1", lzhEntry(2, lzhFile{fields: []string{"\x01a"}})[:24] + "\x01\x00" + plain, " a.txt", []Problem{ProblemHeader}},
		{"nothing", "\x00", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, LZH, []byte(tt.in), DefaultLimits())
			if got := names(l); got != tt.names {
				t.Errorf("names %q, want %q", got, tt.names)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" || len(l.Stopped) > 0 {
				t.Error(diff, l.Stopped)
			}
		})
	}
}

func manyFields(n int) []string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = "\x3f"
	}
	return fields
}

// overrun says that a header of level 2 is so short that its name stands behind it.
func overrun(s string) string {
	b := []byte(s)
	binary.LittleEndian.PutUint16(b, 26)
	return string(b)
}

// TestLZHSizes is about sizes and directories.
func TestLZHSizes(t *testing.T) {
	in := lzhEntry(2, lzhFile{method: "-lhd-", fields: []string{"\x02dir\xff"}}) + lzhEntry(1, lzhFile{name: "a", data: "hello", fields: []string{"\x3fx"}})
	want := []Entry{{Name: "dir/", Directory: true}, {Name: "a", Size: 5, Packed: 5}}
	if diff := cmp.Diff(want, list(t, LZH, []byte(in), DefaultLimits()).Entries); diff != "" {
		t.Error(diff)
	}
}

// TestLZHLimits takes each limit at its value and one above.
func TestLZHLimits(t *testing.T) {
	many := func(n int, name string) string {
		var s strings.Builder
		for i := range n {
			s.WriteString(lzhEntry(0, lzhFile{name: fmt.Sprint(name, i)}))
		}
		return s.String()
	}
	end := lzhEntry(0, lzhFile{name: "end"})
	record := func(level byte, n int) string { // a header of n octets
		s := lzhEntry(level, lzhFile{name: "a", fields: []string{"\x01b", "\x3f"}})
		return lzhEntry(level, lzhFile{name: "a", fields: []string{"\x01b", "\x3f" + strings.Repeat("x", n-len(s))}}) + end
	}
	for _, tt := range []struct {
		name      string
		set       func(*Limits)
		at, above string
		want      Limit
		names     string // above
	}{
		{"entries", func(l *Limits) { l.Entries = 2 }, many(2, "a"), many(3, "a"), LimitEntries, "a0 a1"},
		{"entries of what is broken", func(l *Limits) { l.Entries = 2 }, "--" + many(2, "a"), "--" + many(3, "a"), LimitEntries, "a0 a1"},
		{"names", func(l *Limits) { l.Names = 9 }, many(3, "aa"), many(3, "aa") + end, LimitNames, "aa0 aa1 aa2"},
		{"record, level 1", func(l *Limits) { l.Record = 200 }, record(1, 200), record(1, 201), LimitRecord, "b end"},
		{"record, level 2", func(l *Limits) { l.Record = 200 }, record(2, 200), record(2, 201), LimitRecord, " end"},
		{"record, level 3", func(l *Limits) { l.Record = 200 }, record(3, 200), record(3, 201), LimitRecord, " end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limits := DefaultLimits()
			tt.set(&limits)
			if l := list(t, LZH, []byte(tt.at), limits); len(l.Stopped) > 0 {
				t.Errorf("at the limit %v, %q", l.Stopped, names(l))
			}
			l := list(t, LZH, []byte(tt.above), limits)
			if diff := cmp.Diff([]Limit{tt.want}, l.Stopped); diff != "" || names(l) != tt.names {
				t.Errorf("%q %s", names(l), diff)
			}
		})
	}
}

// TestLZHFlood feeds what looks like headers for 16 MB.
func TestLZHFlood(t *testing.T) {
	for _, mark := range []string{"-l", "--lh5-", "\x16\x00-lh5-\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x02\xff\xff", "\xff\xff-lh5-\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x02\x00\x00M\x03\x00\x3f"} {
		x := New(LZH, DefaultLimits())
		p := []byte(strings.Repeat(mark, 64<<10/len(mark)))
		x.Write([]byte("rubbish, so that every place is looked at"))
		for range 256 {
			x.Write(p)
		}
		r := x.reader.(*lzhReader)
		if r.tried > x.limits.Entries+1 {
			t.Errorf("%q: %d headers were tried", mark, r.tried)
		}
		if l := x.Listing(); len(l.Entries) > x.limits.Entries || cap(r.in.buf) > 4*x.limits.Record {
			t.Errorf("%q: %d entries, %d octets held", mark, len(l.Entries), cap(r.in.buf))
		}
	}
}

func FuzzLZH(f *testing.F) {
	for level := range byte(4) {
		f.Add([]byte(lzhEntry(level, lzhFile{name: "a.txt", data: "hello", fields: []string{"\x01b.exe", "\x02d\xff", lzhWide(0x44, "c")}})+"\x00"), 3)
	}
	f.Add([]byte("rubbish"+lzhSummed("a", 1)+overrun(lzhSummed("b", 0))), 7)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, LZH, b, size) })
}
