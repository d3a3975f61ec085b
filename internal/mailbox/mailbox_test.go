package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const one = "From: a@x.test\nSubject: 1\n\nbody\n"

// tree writes files below a new directory and returns it.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read returns a line for each message and each error, with paths below dir.
func read(dir string, all iter.Seq2[Message, error]) string {
	var b strings.Builder
	for m, err := range all {
		var e *Error
		switch {
		case errors.As(err, &e):
			fmt.Fprintf(&b, "%s: %v\n", strings.TrimPrefix(e.Name, dir+"/"), e.Err)
		case err != nil:
			fmt.Fprintf(&b, "not an *Error: %v\n", err)
		default:
			fmt.Fprintf(&b, "%s %q\n", strings.TrimPrefix(m.Name, dir+"/"), m.Raw)
		}
	}
	return b.String()
}

func TestDirectory(t *testing.T) {
	dir := tree(t, map[string]string{
		"b.eml": one, "a/deep/c": one, "a/text.txt": "hello world\n", "a/empty.eml": "", ".hidden/x.eml": one, ".x.eml": one,
		"box.mbox":          "From a@x.test Mon Apr  6 10:00:00 2026\n" + one + "\nFrom b@x.test Mon Apr  6 10:00:00 2026\nSubject: 2\n\n",
		"md/cur/1:2,S":      one,
		"md/new/2":          one,
		"md/tmp/3":          one,
		"md/dovecot.index":  "\x00\x01",
		"md/.Sent/cur/4":    one,
		"md/.Sent/new/5":    one,
		"md/other/cur/6":    one,
		"md/other/text.eml": one,
	})
	if err := os.Symlink(filepath.Join(dir, "b.eml"), filepath.Join(dir, "link.eml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "circle")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "torn")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	q := fmt.Sprintf("%q", one)
	want := "a/deep/c " + q + "\na/empty.eml: it does not begin as a message does\na/text.txt: it does not begin as a message does\n" +
		"b.eml " + q + "\nbox.mbox#1 " + q + "\nbox.mbox#2 \"Subject: 2\\n\"\nlink.eml " + q + "\n" +
		"md/.Sent/cur/4 " + q + "\nmd/.Sent/new/5 " + q + "\nmd/cur/1:2,S " + q + "\nmd/new/2 " + q + "\n" +
		"pipe: it is neither a file nor a directory\ntorn: no such file or directory\n"
	if got := read(dir, Reader{}.Messages(dir)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestPaths(t *testing.T) {
	dir := tree(t, map[string]string{"b.eml": one, "a.eml": one})
	b, gone := filepath.Join(dir, "b.eml"), filepath.Join(dir, "gone")
	n := 0
	for m, err := range (Reader{}).Messages(b, gone, dir) {
		switch n++; {
		case n == 1 && m.Name != b, n == 2 && !errors.Is(err, fs.ErrNotExist), n > 2 && err != nil:
			t.Errorf("%d: %s, %v", n, m.Name, err)
		}
		if n == 3 {
			break // which must not go on
		}
	}
	if n != 3 {
		t.Errorf("%d things", n)
	}
}

func TestDepth(t *testing.T) {
	for depth, want := range map[int]string{MaxDepth: "", MaxDepth + 1: ErrTooDeep.Error()} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, strings.Repeat("d/", depth)), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := read(dir, Reader{}.Messages(dir)); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%d: %q, want %q", depth, got, want)
		}
	}
}

func TestMbox(t *testing.T) {
	const from = "From a@x.test Mon Apr  6 10:00:00 2026\n"
	tests := []struct{ name, box, want string }{
		{"one", from + one, "box#1 ONE"},
		{"an empty line before each separator is not the message's", from + one + "\n" + from + one + "\n", "box#1 ONE\nbox#2 ONE"},
		{"CR LF", crlf(from + one + "\n" + from + one + "\n"), "box#1 ONE-CRLF\nbox#2 ONE-CRLF"},
		{"no separator without an empty line", from + "Subject: 1\n" + from, `box#1 "Subject: 1\nFrom a@x.test Mon Apr  6 10:00:00 2026\n"`},
		{"no separator without a time", from + "Subject: 1\n\nFrom here on\n\nFrom us all\n", `box#1 "Subject: 1\n\nFrom here on\n\nFrom us all\n"`},
		{"the first needs none", "From a@x.test\n" + one, "box#1 ONE"},
		{"quoted", from + "Subject: 1\n\n>From here\n>>From there\n> From\n", `box#1 "Subject: 1\n\nFrom here\n>From there\n> From\n"`},
		{"no mail", from + "hello\n\n" + from + one, "box#1: it does not begin as a message does\nbox#2 ONE"},
		{"nothing", from, "box#1: it does not begin as a message does"},
		{"no line end", from + "Subject: 1\n\nx", `box#1 "Subject: 1\n\nx"`},
		{"a separator longer than a piece", "From a" + strings.Repeat("a", 2*pieceSize) + "\n" + one, "box#1 ONE"},
		{"a line that looks like one inside a longer line", from + "Subject: 1\n\n" + strings.Repeat("a", pieceSize) + from, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.TrimSuffix(read("", Reader{}.Stream("box", strings.NewReader(tt.box))), "\n")
			want := strings.NewReplacer("ONE-CRLF", fmt.Sprintf("%q", crlf(one)), "ONE", fmt.Sprintf("%q", one)).Replace(tt.want)
			if want == "" {
				if strings.Contains(got, "box#2") || !strings.HasPrefix(got, "box#1 ") {
					t.Errorf("got %.80s", got)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// A message at its limit is read, one above is an error, and the next one is read.
func TestLimit(t *testing.T) {
	r := Reader{MaxMessage: len(one)}
	const from = "From a@x.test Mon Apr  6 10:00:00 2026\n"
	long := one + "x"
	box := from + one + "\n" + from + long + "\n\n" + from + long + strings.Repeat("\ny", 10_000) + "\n\n" + from + one
	want := fmt.Sprintf("box#1 %q\nbox#2: %v\nbox#3: %[2]v\nbox#4 %[1]q\n", one, ErrTooLarge)
	if got := read("", r.Stream("box", strings.NewReader(box))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for text, want := range map[string]string{one: "", long: ErrTooLarge.Error()} {
		if got := read("", r.Stream("file", strings.NewReader(text))); !strings.Contains(got, want) || want == "" && strings.Contains(got, "than") {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// broken fails behind what it has.
type broken struct{ *strings.Reader }

var errBroken = errors.New("the disk is gone")

func (b broken) Read(p []byte) (int, error) {
	if b.Len() == 0 {
		return 0, errBroken
	}
	return b.Reader.Read(p)
}

func TestReadError(t *testing.T) {
	const from = "From a@x.test Mon Apr  6 10:00:00 2026\n"
	long := one + strings.Repeat("x\n", pieceSize)
	got := read("", Reader{}.Stream("box", broken{strings.NewReader(from + long)}))
	if !strings.HasPrefix(got, "box#1 ") || !strings.HasSuffix(got, "box: the disk is gone\n") {
		t.Errorf("%.40s … %s", got, got[max(0, len(got)-40):])
	}
	if got := read("", Reader{}.Stream("f", broken{strings.NewReader(long)})); got != "f: the disk is gone\n" {
		t.Errorf("%.80s", got)
	}
}

// FuzzStream holds that nothing is lost but separators, marks of quoting and the empty lines between, that limits hold, and that two
// readings agree.
func FuzzStream(f *testing.F) {
	f.Add([]byte(one), 100)
	f.Add([]byte("From a 10:00\n"+one+"\nFrom b 10:00\n>From x\nSubject: y\n\n"), 40)
	f.Add([]byte("From \n\n\nFrom 00:00\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		if limit <= 0 || limit > 1<<20 {
			limit = 64
		}
		r := Reader{MaxMessage: limit}
		total := 0
		var first, second bytes.Buffer
		for _, b := range []*bytes.Buffer{&first, &second} {
			for m, err := range r.Stream("s", bytes.NewReader(data)) {
				if err == nil && (len(m.Raw) > limit || len(m.Raw) == 0) {
					t.Fatalf("%d octets with a limit of %d", len(m.Raw), limit)
				}
				total += len(m.Raw)
				fmt.Fprintf(b, "%s %q %v\n", m.Name, m.Raw, err)
			}
		}
		if total > 2*len(data) || first.String() != second.String() {
			t.Fatalf("%d octets became %d", len(data), total)
		}
	})
}

func BenchmarkMbox(b *testing.B) {
	const from = "From a@x.test Mon Apr  6 10:00:00 2026\n"
	box := []byte(strings.Repeat(from+one+strings.Repeat("an ordinary line of some sixty octets, as mail has many of them\n", 50)+"\n", 1000))
	b.SetBytes(int64(len(box)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range (Reader{}).Stream("box", bufio.NewReader(bytes.NewReader(box))) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
