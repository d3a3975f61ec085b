package mime

import (
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail/archive"
)

// TestFloods feeds what is meant to take time or memory out of proportion, and looks at what is held.
func TestFloods(t *testing.T) {
	l := DefaultLimits()
	part := "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
	for _, tt := range []struct {
		name, header, piece string
		octets              int
		want                []Limit
		parts               int
	}{
		{"10,000 parts", "multipart/mixed; boundary=b", strings.Repeat(part, 100), 10000 * len(part), []Limit{LimitParts}, l.Parts},
		{"parts without an end", "multipart/mixed; boundary=b", "--b\r\n", 1 << 20, []Limit{LimitParts}, l.Parts},
		{"100 MB of links", "text/html", strings.Repeat("<a href=\"http://evil.test/\">", 2000), 100 << 20, []Limit{LimitHTML, LimitLinks}, 1},
		{"100 MB of one tag", "text/html", strings.Repeat("<a href", 8000), 100 << 20, []Limit{LimitHTML}, 1},
		{"attributes", "text/html", "<a " + strings.Repeat("b=c style=display:none ", 3000), 10 << 20, []Limit{LimitHTML}, 1},
		{"addresses", "text/plain", strings.Repeat("xwww.", 10000), 10 << 20, []Limit{LimitText}, 1},
		{"schemes", "text/plain", strings.Repeat("://", 20000), 10 << 20, []Limit{LimitText}, 1},
		{"begins", "text/plain", strings.Repeat("begin ", 10000), 10 << 20, []Limit{LimitText}, 1},
		{"hyphens", "multipart/mixed; boundary=b", strings.Repeat("\n--", 20000), 10 << 20, nil, 1},
		{"one line of hyphens", "multipart/mixed; boundary=b", strings.Repeat("--", 30000), 10 << 20, nil, 1},
		{"comments", "text/html", strings.Repeat("<!--[if mso]><!--", 4000), 10 << 20, []Limit{LimitHTML}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := New(policy.Header{{Name: "Content-Type", Value: " " + tt.header}}, l)
			for n := 0; n < tt.octets; n += len(tt.piece) {
				r.Write([]byte(tt.piece))
			}
			w := r.top
			c := r.Content()
			if !slices.Equal(c.Stopped, tt.want) || len(c.Parts) != tt.parts {
				t.Errorf("%v, %d parts", c.Stopped, len(c.Parts))
			}
			if len(c.Links) > l.Links || r.html > l.HTML || r.text > l.Text {
				t.Errorf("%d links, %d octets of HTML, %d of text", len(c.Links), r.html, r.text)
			}
			if n := cap(w.leaf.keep) + cap(w.hold) + cap(w.header); n > 2*l.HTML {
				t.Errorf("%d octets held", n)
			}
		})
	}
}

// TestDeep goes into more levels than there can be.
func TestDeep(t *testing.T) {
	l := DefaultLimits()
	for name, m := range map[string]string{"multiparts": nested(1000), "messages": messages(1000, false), "encoded": messages(30, true)} {
		c := read(t, m, l)
		if !slices.Equal(c.Stopped, []Limit{LimitDepth}) || len(c.Parts) != l.Depth+1 {
			t.Errorf("%s: %v, %d parts", name, c.Stopped, len(c.Parts))
		}
	}
}

// TestBomb expands nothing that an archive holds.
func TestBomb(t *testing.T) {
	bomb := zipped(t, slices.Repeat([]string{"a.rels", "b"}, 2000)...)
	c := read(t, mixed("Content-Transfer-Encoding: base64\r\n\r\n"+wrap(bomb)), DefaultLimits())
	a := c.Parts[1].Archive
	if a == nil || len(a.Entries) != archive.DefaultLimits().Entries || c.Decoded != int64(len(bomb)) {
		t.Errorf("%d decoded", c.Decoded)
	}
	if !slices.Contains(c.Stopped, LimitEntries) {
		t.Errorf("%v", c.Stopped)
	}
}
