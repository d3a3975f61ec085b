package mime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/mail"
	"sekimori/policy/mail/archive"
)

// FuzzReader reads any message in pieces, which must make no difference, and within small limits.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		mixed("Content-Type: text/html\r\n\r\n<a href=x>y</a>", "Content-Transfer-Encoding: base64\r\n\r\nUEsDBA=="),
		"Subject: x\r\n\r\n" + strings.Repeat("two limits ", 300),
		nested(5), messages(3, true), messages(3, false),
		"Content-Type: multipart/mixed; boundary=a; boundary*0=b\r\n\r\n--a\r\n--b \r\nX\r\n\r\n--a--x",
		"Content-Type: text/plain; name*0*=utf-8''%E8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhttp://x.=\r\ny begin 644 z",
	} {
		f.Add([]byte(s), 3)
	}
	limits := Limits{Body: 4000, Depth: 5, Parts: 10, PartHeader: 200, Decoded: 2000, Text: 500, HTML: 500, Links: 5, Archives: 2, Archive: archive.DefaultLimits()}
	f.Fuzz(func(t *testing.T, raw []byte, size int) {
		h, body, err := mail.Split(raw)
		if err != nil {
			return
		}
		x, y := New(h, limits), New(h, limits)
		x.Write(body)
		for size, rest := 1+size&0xff, body; len(rest) > 0; {
			n := min(size, len(rest))
			y.Write(rest[:n])
			rest = rest[n:]
		}
		c := x.Content()
		if x.full {
			y.content.Octets = c.Octets
		}
		if diff := cmp.Diff(c, y.Content()); diff != "" {
			t.Fatal(diff)
		}
		if len(c.Parts) > limits.Parts || len(c.Links) > limits.Links || c.Decoded > limits.Decoded || c.Octets > limits.Body {
			t.Fatalf("%d parts, %d links, %d decoded", len(c.Parts), len(c.Links), c.Decoded)
		}
		text := 0
		for i, p := range c.Parts {
			if p.Parent >= i || p.Depth > limits.Depth+1 {
				t.Fatalf("part %d in %d at depth %d", i, p.Parent, p.Depth)
			}
			text += len(p.Text)
		}
		if text > 3*(limits.Text+limits.HTML) { // a character of one octet can become one of three
			t.Fatalf("%d octets of text", text)
		}
	})
}
