package archive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tarred writes a tar file with the standard library, and its end where it is asked for.
func tarred(t testing.TB, end bool, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range headers {
		h := headers[i]
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write(bytes.Repeat([]byte{'x'}, int(h.Size)))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if end {
		w.Close()
	}
	return b.Bytes()
}

func tarFile(name string, size int64, format tar.Format) tar.Header {
	return tar.Header{Name: name, Size: size, Mode: 0o644, Format: format}
}

// tarHead is a header with its check sum, after it was changed.
func tarHead(name string, size int, change func(b []byte)) []byte {
	b := make([]byte, tarBlock)
	copy(b, name)
	copy(b[124:], fmt.Sprintf("%011o", size))
	b[156] = '0'
	if change != nil {
		change(b)
	}
	sum := 0
	copy(b[148:156], "        ")
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// said is an entry of a type with a content.
func said(kind byte, content string) []byte {
	b := tarHead("said", len(content), func(b []byte) { b[156] = kind })
	return append(append(b, content...), make([]byte, (tarBlock-len(content)%tarBlock)%tarBlock)...)
}

func pax(key, value string) string {
	n := len(key) + len(value) + 3
	for n != len(fmt.Sprintf("%d %s=%s\n", n, key, value)) {
		n++
	}
	return fmt.Sprintf("%d %s=%s\n", n, key, value)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestTar(t *testing.T) {
	long := strings.Repeat("long/", 40) + "b.exe"
	end := make([]byte, 2*tarBlock)
	a, b := tarHead("a.txt", 0, nil), tarHead("b.exe", 0, nil)
	block := bytes.Repeat([]byte{'x'}, tarBlock)
	typed := func(kind byte, size int) []byte { return tarHead("t", size, func(b []byte) { b[156] = kind }) }
	for _, tt := range []struct {
		name     string
		in       []byte
		names    string
		problems []Problem
	}{
		{"ustar", tarred(t, true, tarFile("a.txt", 5, tar.FormatUSTAR), tarFile("d/b.exe", 1000, tar.FormatUSTAR)), "a.txt d/b.exe", nil},
		{"ustar with a prefix", tarred(t, true, tarFile(strings.Repeat("p/", 60)+"b.exe", 5, tar.FormatUSTAR)), strings.Repeat("p/", 60) + "b.exe", nil},
		{"pax", tarred(t, true, tarFile("財務.exe", 5, tar.FormatPAX), tarFile(long, 5, tar.FormatPAX)), "財務.exe " + long, nil},
		{"GNU", tarred(t, true, tarFile("a.txt", 5, tar.FormatGNU), tarFile(long, 600, tar.FormatGNU), tarFile("c", 0, tar.FormatGNU)), "a.txt " + long + " c", nil},
		{"seventh edition", join(a, b, end), "a.txt b.exe", nil},
		{"no end", join(a, b), "a.txt b.exe", nil},
		{"Shift_JIS", join(tarHead("\x8d\xe0\x96\xb1.exe", 0, nil), end), "財務.exe", nil},
		{"two archives in one file", join(a, end, b, end), "a.txt b.exe", nil},
		{"rubbish behind the end", join(a, end, block), "a.txt", nil},
		{"cut in the data", tarred(t, false, tarFile("a.txt", 5, tar.FormatUSTAR))[:515], "a.txt", []Problem{ProblemTruncated}},
		{"cut in a header", join(a, b[:100]), "a.txt", []Problem{ProblemTruncated}},
		{"check sum, wrong", join(a, bytes.Replace(a, []byte("a.txt"), []byte("b.txt"), 1), b, end), "a.txt b.exe", []Problem{ProblemHeader}},
		{"size that is none", join(tarHead("a", 0, func(b []byte) { copy(b[124:], "99999999999") }), b), "a b.exe", []Problem{ProblemHeader}},
		{"size below nothing", join(tarHead("a", 0, func(b []byte) { copy(b[124:136], strings.Repeat("\xff", 12)) }), b), "a b.exe", []Problem{ProblemHeader}},
		{"size of 64 bits", join(tarHead("a", 0, func(b []byte) { copy(b[124:136], "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00") }), block, b), "a b.exe", nil},
		{"size that never ends", join(tarHead("a", 0, func(b []byte) { copy(b[124:136], "\x80\x00\x00\x00\x0f\xff\xff\xff\xff\xff\xff\xff") }), b), "a", []Problem{ProblemTruncated}},
		{"links and devices with a size", join(typed('2', 512), a, typed('5', 1<<20), b, end), "t a.txt t b.exe", nil},
		{"a link with data", join(typed('1', 512), block, b, end), "t b.exe", nil},
		{"a tar file in a tar file", join(tarHead("in.tar", len(a), nil), a, b, end), "in.tar b.exe", nil},
		{"a name of its own", join(said(tarPax, pax("path", "c.exe")), a, b, end), "c.exe b.exe", nil},
		{"a name of a sparse file", join(said(tarPax, pax("GNU.sparse.name", "c.exe")), a, end), "c.exe", nil},
		{"a name for all", join(said(tarGlobal, pax("path", "c.exe")), a, end), "c.exe a.txt", nil},
		{"a comment for all", join(said(tarGlobal, pax("comment", "x")), a, end), "a.txt", nil},
		{"a size of its own, in place of none", join(said(tarPax, pax("size", "512")), a, b, end), "a.txt b.exe", []Problem{ProblemSize}},
		{"a size of its own, which is too great for a header", join(said(tarPax, pax("size", "8589934592")), a, b, end), "a.txt", []Problem{ProblemTruncated}},
		{"a size of its own, the same", join(said(tarPax, pax("size", "512")), tarHead("a", 512, nil), block, b, end), "a b.exe", nil},
		{"a size of its own, which differs", join(said(tarPax, pax("size", "1024")), tarHead("a", 512, nil), block, b, end), "a b.exe", []Problem{ProblemSize}},
		{"a size for all", join(said(tarGlobal, pax("size", "1024")), a, b, end), "a.txt b.exe", []Problem{ProblemHeader}},
		{"records that are none", join(said(tarPax, "99 path=x\n"), a, end), "a.txt", []Problem{ProblemHeader}},
		{"records of nothing", join(said(tarPax, "3 =\n"), said(tarPax, "0 x=y\n"), a, end), "a.txt", []Problem{ProblemHeader}},
		{"more of a sparse map", join(tarHead("a", 512, func(b []byte) { b[156], b[482] = 'S', 1 }), block, block, b, end), "a b.exe", nil},
		{"empty", end, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := list(t, Tar, tt.in, DefaultLimits())
			if got := names(l); got != tt.names {
				t.Errorf("names %q, want %q", got, tt.names)
			}
			if diff := cmp.Diff(tt.problems, l.Problems); diff != "" || len(l.Stopped) > 0 {
				t.Error(diff, l.Stopped)
			}
		})
	}
	want := []Entry{{Name: "d/", Directory: true}, {Name: "a", Size: 600, Packed: 600}}
	in := tarred(t, true, tar.Header{Name: "d/", Typeflag: tar.TypeDir}, tarFile("a", 600, tar.FormatUSTAR))
	if diff := cmp.Diff(want, list(t, Tar, in, DefaultLimits()).Entries); diff != "" {
		t.Error(diff)
	}
}

// TestTarLimits takes each limit at its value and one above.
func TestTarLimits(t *testing.T) {
	many := func(n int) []byte {
		var b []byte
		for i := range n {
			b = append(b, tarHead(fmt.Sprint("f", i), 0, nil)...)
		}
		return b
	}
	text := func(n int) string { return pax("comment", strings.Repeat("x", n-len("999 comment=\n"))) }
	for _, tt := range []struct {
		name      string
		set       func(*Limits)
		at, above []byte
		want      Limit
		names     string // above
	}{
		{"entries", func(l *Limits) { l.Entries = 2 }, many(2), many(3), LimitEntries, "f0 f1"},
		{"names", func(l *Limits) { l.Names = 4 }, many(2), many(3), LimitNames, "f0 f1"},
		{"record of pax", func(l *Limits) { l.Record = 600 }, join(said(tarPax, text(600)), many(1)), join(said(tarPax, text(601)), many(1)), LimitRecord, "f0"},
		{"record of GNU", func(l *Limits) { l.Record = 600 }, join(said(tarGNUName, strings.Repeat("x", 600)), many(1)), join(said(tarGNUName, strings.Repeat("x", 601)), many(1)), LimitRecord, "f0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limits := DefaultLimits()
			tt.set(&limits)
			if l := list(t, Tar, tt.at, limits); len(l.Stopped) > 0 {
				t.Errorf("at the limit %v", l.Stopped)
			}
			l := list(t, Tar, tt.above, limits)
			if diff := cmp.Diff([]Limit{tt.want}, l.Stopped); diff != "" || names(l) != tt.names {
				t.Errorf("%q %s", names(l), diff)
			}
		})
	}
	for n, want := range map[int]string{MaxName: "x.exe", MaxName + 1: ".exe"} { // the end is kept
		in := join(said(tarGNUName, strings.Repeat("y", n-len(want))+want), many(1))
		if e := list(t, Tar, in, DefaultLimits()).Entries[0]; len(e.Name) != MaxName || !strings.HasSuffix(e.Name, ".exe") {
			t.Errorf("a name of %d: %d octets, %q", n, len(e.Name), e.Name[len(e.Name)-5:])
		}
	}
}

func TestIsTar(t *testing.T) {
	head := tarHead("MZ.exe", 0, nil)
	polyglot := tarHead("MZ", 0, func(b []byte) { b[60] = 64 }) // a program whose octets were chosen to add up
	for name, tt := range map[string]struct {
		b    []byte
		want bool
	}{
		"a tar file": {head, true}, "cut": {head[:MinTar-1], false}, "longer": {append(bytes.Clone(head), 1), true}, "zeros": {make([]byte, tarBlock), false},
		"check sum": {append([]byte{'x'}, head[1:]...), false}, "a program": {polyglot, false}, "a name of 100": {tarHead(strings.Repeat("x", 100), 0, nil), true},
	} {
		if got := IsTar(tt.b); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzTar(f *testing.F) {
	f.Add(tarred(f, true, tarFile("a", 3, tar.FormatUSTAR), tarFile("財", 3, tar.FormatPAX), tarFile(strings.Repeat("x", 200), 3, tar.FormatGNU)), 3)
	f.Add(join(said(tarPax, pax("path", "c.exe")+pax("size", "512")), tarHead("a", 1, nil), said(tarGlobal, "3 =\n"), tarHead("b", 0, nil)), 100)
	f.Fuzz(func(t *testing.T, b []byte, size int) { fuzzOne(t, Tar, b, size) })
}
