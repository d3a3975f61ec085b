package mail

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name, in string
		want     policy.Header
		body     string
	}{
		{"CR LF", "A: 1\r\nB: 2\r\n\r\nbody\r\n", policy.Header{{Name: "A", Value: " 1"}, {Name: "B", Value: " 2"}}, "body\r\n"},
		{"LF", "A: 1\nB: 2\n\nbody\nmore\n", policy.Header{{Name: "A", Value: " 1"}, {Name: "B", Value: " 2"}}, "body\r\nmore\r\n"},
		{"mixed", "A: 1\nB: 2\r\n\nbody\r\nmore\n", policy.Header{{Name: "A", Value: " 1"}, {Name: "B", Value: " 2"}}, "body\r\nmore\r\n"},
		{"no last line end", "A: 1\r\n\r\nbody", policy.Header{{Name: "A", Value: " 1"}}, "body\r\n"},
		{"folds", "A: 1\r\n\t2\r\n 3\r\nB:\r\n 4\r\n\r\n", policy.Header{{Name: "A", Value: " 1\n\t2\n 3"}, {Name: "B", Value: "\n 4"}}, ""},
		{"fold of blanks", "A: 1\n \n\nbody\n", policy.Header{{Name: "A", Value: " 1\n "}}, "body\r\n"},
		{"trailing blanks", "A: 1 \t\r\n\r\n", policy.Header{{Name: "A", Value: " 1 \t"}}, ""},
		{"no space", "A:1\n\n", policy.Header{{Name: "A", Value: "1"}}, ""},
		{"empty value", "A:\n\n", policy.Header{{Name: "A", Value: ""}}, ""},
		{"blank before the colon", "A \t: 1\n\n", policy.Header{{Name: "A", Value: " 1"}}, ""},
		{"mbox", "From x@evil.test Mon Jan  1 00:00:00 2024\nA: 1\n\nb\n", policy.Header{{Name: "A", Value: " 1"}}, "b\r\n"},
		{"escaped mbox", ">From x@evil.test Mon\nA: 1\n\nb\n", policy.Header{{Name: "A", Value: " 1"}}, "b\r\n"},
		{"header only", "A: 1\nB: 2", policy.Header{{Name: "A", Value: " 1"}, {Name: "B", Value: " 2"}}, ""},
		{"malformed line", "A: 1\nno field\nB: 2\n\nbody\n", policy.Header{{Name: "A", Value: " 1"}}, "no field\r\nB: 2\r\n\r\nbody\r\n"},
		{"blank in the name", "A: 1\nno field: 2\n\n", policy.Header{{Name: "A", Value: " 1"}}, "no field: 2\r\n\r\n"},
		{"8 bit name", "A: 1\nB\xc3\xa9: 2\n", policy.Header{{Name: "A", Value: " 1"}}, "B\xc3\xa9: 2\r\n"},
		{"no name", "A: 1\n: 2\n", policy.Header{{Name: "A", Value: " 1"}}, ": 2\r\n"},
		{"second mbox line", "A: 1\nFrom x\nB: 2\n", policy.Header{{Name: "A", Value: " 1"}}, "From x\r\nB: 2\r\n"},
		{"NUL", "A: 1\x002\n 3\nB: 4\n\na\x00b\n", policy.Header{{Name: "A", Value: " 1"}, {Name: "B", Value: " 4"}}, "a\x00b\r\n"},
		{"CR", "A: 1\r2\r\r\n\na\rb\r\r\n", policy.Header{{Name: "A", Value: " 1 2 "}}, "a\rb\r\r\n"},
		{"8 bit value", "A: \xff\n\n", policy.Header{{Name: "A", Value: " \xff"}}, ""},
		{"blank lines in the body", "A: 1\n\n\n\nb\n", policy.Header{{Name: "A", Value: " 1"}}, "\r\n\r\nb\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, body, err := Split([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, h); diff != "" {
				t.Error(diff)
			}
			if string(body) != tt.body {
				t.Errorf("body %q, want %q", body, tt.body)
			}
		})
	}
}

func TestSplitWithoutHeader(t *testing.T) {
	for _, in := range []string{"", "\n", "no mail\n", " A: 1\n\n", "\r\nA: 1\n", "From x\n"} {
		if h, _, err := Split([]byte(in)); !errors.Is(err, ErrNoHeader) || h != nil {
			t.Errorf("%q: %v, %v", in, h, err)
		}
	}
}

func TestSplitSharesABodyWithCRLF(t *testing.T) {
	raw := []byte("A: 1\r\n\r\n" + strings.Repeat("body\r\n", 100))
	_, body, _ := Split(raw)
	if &body[0] != &raw[len("A: 1\r\n\r\n")] {
		t.Error("the body was copied")
	}
}

func TestIndex(t *testing.T) {
	h := policy.Header{{Name: "To", Value: "1"}, {Name: "X", Value: "2"}, {Name: "TO", Value: "3"}, {Name: "Too", Value: "4"}, {Name: "to", Value: "5"}}
	var got []policy.HeaderRef
	var values string
	for ref, f := range Index(h, "to") {
		got = append(got, ref)
		values += f.Value
	}
	want := []policy.HeaderRef{{Name: "To", Index: 1}, {Name: "TO", Index: 2}, {Name: "to", Index: 3}}
	if diff := cmp.Diff(want, got); diff != "" || values != "135" {
		t.Error(values, diff)
	}
	for ref := range Index(h, "to") {
		if ref.Index > 1 {
			t.Error("it went on after a break")
		}
		break
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"A: 1\r\n 2\r\n\r\nb", "From x\nA : 1\n", "\n", "A:\x00\r", "A: 1\n \n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, body, err := Split(raw)
		if (err != nil) != (len(h) == 0) {
			t.Fatalf("%d fields and error %v", len(h), err)
		}
		for _, x := range h {
			if x.Name == "" || strings.ContainsAny(x.Name, " \t\r\n:\x00") || strings.ContainsAny(x.Value, "\r\x00") {
				t.Fatalf("%q", x)
			}
			for rest := x.Value; ; {
				n := strings.IndexByte(rest, '\n')
				if n < 0 {
					break
				}
				if rest = rest[n+1:]; rest == "" || rest[0] != ' ' && rest[0] != '\t' {
					t.Fatalf("%q is not folded", x.Value)
				}
			}
		}
		if bytes.Count(body, []byte("\n")) != bytes.Count(body, []byte("\r\n")) {
			t.Fatalf("body %q", body)
		}
		Authors(h, 20)
		Forged(h)
	})
}

func BenchmarkSplit(b *testing.B) {
	raw := []byte(strings.Repeat("Received: from a by b\r\n\twith c\r\n", 20) + "\r\n" + strings.Repeat("body of a mail\r\n", 1000))
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, _, err := Split(raw); err != nil {
			b.Fatal(err)
		}
	}
}
