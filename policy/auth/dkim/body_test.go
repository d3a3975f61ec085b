package dkim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// capture is a hash that keeps what is written to it.
type capture struct{ bytes.Buffer }

func (c *capture) Sum(b []byte) []byte { return append(b, c.Bytes()...) }
func (c *capture) Size() int           { return 0 }
func (c *capture) BlockSize() int      { return 1 }

// canonical returns the canonical body, written in the pieces that cut gives: the length of the next piece.
func canonical(relaxed bool, text string, cut func() int) string {
	var c capture
	b := &body{relaxed: relaxed}
	b.out.digests = []*digest{{length: -1, hash: &c}}
	for p := []byte(text); len(p) > 0; {
		n := min(max(cut(), 0), len(p))
		b.write(p[:n])
		p = p[n:]
	}
	b.close()
	return c.String()
}

// always returns a cut of the same length.
func always(n int) func() int { return func() int { return n } }

func TestBody(t *testing.T) {
	tests := []struct{ name, body, simple, relaxed string }{
		{"empty", "", "\r\n", ""},
		{"one line end", "\r\n", "\r\n", ""},
		{"line ends only", "\r\n\r\n\r\n", "\r\n", ""},
		{"blanks only", " \t", " \t\r\n", ""},
		{"blank lines only", " \r\n\t\r\n", " \r\n\t\r\n", ""},
		{"no line end", "a", "a\r\n", "a\r\n"},
		{"line end", "a\r\n", "a\r\n", "a\r\n"},
		{"empty lines at the end", "a\r\n\r\n\r\n", "a\r\n", "a\r\n"},
		{"blank lines at the end", "a\r\n \r\n\t \r\n", "a\r\n \r\n\t \r\n", "a\r\n"},
		{"empty lines before", "\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},
		{"empty lines between", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
		{"example of RFC 6376, 3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
		{"tab", "a\tb\r\n", "a\tb\r\n", "a b\r\n"},
		{"blanks before a line end", "ab cd  \t\r\nef\r\n", "ab cd  \t\r\nef\r\n", "ab cd\r\nef\r\n"},
		{"indented", "a\r\n  b\r\n c\r\n", "a\r\n  b\r\n c\r\n", "a\r\n b\r\n c\r\n"},
		{"bare LF is a line end", "a\nb \nc\n\n", "a\r\nb \r\nc\r\n", "a\r\nb\r\nc\r\n"},
		{"bare CR is content", "a \rb\r", "a \rb\r\r\n", "a \rb\r\r\n"},
		{"CR before CRLF", "a\r\r\nb \r\r\n", "a\r\r\nb \r\r\n", "a\r\r\nb \r\r\n"},
		{"a blank at the end of a word of eight", "1234567 9 \r\n1234567  0\r\n", "1234567 9 \r\n1234567  0\r\n", "1234567 9\r\n1234567 0\r\n"},
		{"controls and high octets are content", "\x00\x01 \x7f\x80\xa0\xff\r\n\v\f\r\n", "\x00\x01 \x7f\x80\xa0\xff\r\n\v\f\r\n", "\x00\x01 \x7f\x80\xa0\xff\r\n\v\f\r\n"},
		{"more line ends than one write", "a" + strings.Repeat("\r\n", 99) + "b", "a" + strings.Repeat("\r\n", 99) + "b\r\n", "a" + strings.Repeat("\r\n", 99) + "b\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for relaxed, want := range map[bool]string{false: tt.simple, true: tt.relaxed} {
				if got := plainBody(relaxed, tt.body); got != want {
					t.Errorf("the plain form gives %q, want %q", got, want)
				}
				for _, n := range []int{1, 2, 3, 7, 8, 9, 1 << 20} {
					if got := canonical(relaxed, tt.body, always(n)); got != want {
						t.Errorf("relaxed %v in pieces of %d: %q, want %q", relaxed, n, got, want)
					}
				}
			}
		})
	}
}

// TestBodyEveryText compares with the plain form for every text of a few octets, cut at every place: the state kept
// between pieces has no other inputs than these.
func TestBodyEveryText(t *testing.T) {
	const alphabet, longest = " \t\r\nab", 5
	text := make([]byte, 0, longest)
	var grow func()
	grow = func() {
		for _, relaxed := range []bool{false, true} {
			want := plainBody(relaxed, string(text))
			for cut := 1; cut <= max(len(text), 1); cut++ {
				first := []int{cut, longest}
				got := canonical(relaxed, string(text), func() int { n := first[0]; first = first[1:]; return n })
				if got != want {
					t.Fatalf("relaxed %v, %q cut at %d: %q, want %q", relaxed, text, cut, got, want)
				}
			}
		}
		if len(text) == longest {
			return
		}
		for i := range len(alphabet) {
			text = append(text, alphabet[i])
			grow()
			text = text[:len(text)-1]
		}
	}
	grow()
}

func TestDigestLength(t *testing.T) {
	const text = "hello\r\nworld\r\n\r\n" // 14 octets are canonical
	for _, tt := range []struct {
		length      int64
		want        string
		over, short bool
	}{
		{-1, "hello\r\nworld\r\n", false, false},
		{0, "", true, false},
		{1, "h", true, false},
		{13, "hello\r\nworld\r", true, false},
		{14, "hello\r\nworld\r\n", false, false},
		{15, "hello\r\nworld\r\n", false, true},
	} {
		for _, n := range []int{1, 100} {
			d, b := newDigest(tt.length), &body{}
			b.out.digests = []*digest{d}
			for p := []byte(text); len(p) > 0; p = p[min(n, len(p)):] {
				b.write(p[:min(n, len(p))])
			}
			b.close()
			want := sha256.Sum256([]byte(tt.want))
			if !bytes.Equal(d.hash.Sum(nil), want[:]) || d.over != tt.over || d.short() != tt.short {
				t.Errorf("length %d: over %v, short %v, or another hash than of %q", tt.length, d.over, d.short(), tt.want)
			}
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte("a \r\n\r\n b\t\r"), []byte{1, 2})
	f.Add([]byte(" \t\r\n12345678 \r\n1234567 \t\n\r\r\n"), []byte{9})
	f.Add(bytes.Repeat([]byte("word  "), 700), []byte{255, 0, 3})
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		next := func() int {
			if len(cuts) == 0 {
				return len(text)
			}
			n := int(cuts[0]) + 1
			cuts = cuts[1:]
			return n
		}
		for _, relaxed := range []bool{false, true} {
			want := plainBody(relaxed, string(text))
			if got := canonical(relaxed, string(text), next); got != want {
				t.Errorf("relaxed %v: %q, want %q", relaxed, got, want)
			}
		}
	})
}

// htmlBody returns n octets of a body as mail programs write it.
func htmlBody(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "  <tr><td class=\"c%d\">The quick brown fox, number %d, jumps over it.</td>\r\n", i%7, i)
		if i%9 == 0 {
			b.WriteString("\r\n\t<p>a  paragraph \t here </p>  \r\n")
		}
	}
	b.Truncate(n - 2)
	b.WriteString("\r\n")
	return b.Bytes()
}

// BenchmarkCanonicalise measures canonicalisation without the hash.
func BenchmarkCanonicalise(b *testing.B) {
	kinds := map[string][]byte{
		"html":   htmlBody(300_000),
		"base64": bytes.Repeat([]byte(strings.Repeat("QUJD", 19)+"\r\n"), 3846),
		"blanks": bytes.Repeat([]byte("a  b\t"), 60_000),
	}
	for name, text := range kinds {
		for _, relaxed := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/relaxed=%v", name, relaxed), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					c := body{relaxed: relaxed}
					c.write(text)
					c.close()
				}
			})
		}
	}
}
