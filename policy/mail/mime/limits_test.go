package mime

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	stdmime "mime"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

// mixed is a multipart message of those parts, each with its header.
func mixed(parts ...string) string {
	return "From: a@example.jp\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n"
}

// nested is a message of so many multiparts in each other.
func nested(n int) string {
	var b strings.Builder
	b.WriteString("Subject: x\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i-1, i)
	}
	fmt.Fprintf(&b, "--b%d\r\n\r\ninnermost\r\n", n-1)
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\r\n", i)
	}
	return b.String()
}

// messages is a message of so many messages in each other, each encoded in base64 where it is asked for.
func messages(n int, encode bool) string {
	inner := "Subject: innermost\r\n\r\ntext"
	for range n {
		if encode {
			inner = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(inner))
		} else {
			inner = "Content-Type: message/rfc822\r\n\r\n" + inner
		}
	}
	return inner
}

// TestLimits takes each limit at its value and one above.
func TestLimits(t *testing.T) {
	with := func(set func(*Limits)) Limits {
		l := DefaultLimits()
		set(&l)
		return l
	}
	field := func(n int) string { return "X: " + strings.Repeat("x", n-len("X: \n")) + "\r\n\r\ntext" }
	text := func(n int) string { return "Subject: x\r\n\r\n" + strings.Repeat("t", n-2) + "\r\n" }
	html := func(n int) string { return "Content-Type: text/html\r\n\r\n" + strings.Repeat("t", n-2) + "\r\n" }
	links := func(n int) string {
		return "Content-Type: text/html\r\n\r\n" + strings.Repeat("<a href=x>y</a>", n)
	}
	boundary := func(n int) string {
		b := strings.Repeat("b", n)
		return "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n\r\ntext\r\n--" + b + "--\r\n"
	}
	boundaries := func(n int) string {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, "; boundary=b%d", i)
		}
		return "Content-Type: multipart/mixed" + s.String() + "\r\n\r\n--b0\r\n\r\ntext\r\n--b0--\r\n"
	}
	zips := func(n int) string {
		part := "Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap(zipped(t, "a"))
		return mixed(slices.Repeat([]string{part}, n)...)
	}
	entries := func(n int) string {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprint(i)
		}
		return mixed("Content-Transfer-Encoding: base64\r\n\r\n" + wrap(zipped(t, names...)))
	}
	const relations = `<R><Relationship Type="x/frame" Target="https://a.test/" TargetMode="External"/></R>`
	office := func(n int) string {
		var buf bytes.Buffer
		z := zip.NewWriter(&buf)
		z.Create("[Content_Types].xml")
		f, _ := z.CreateRaw(&zip.FileHeader{Name: "a.rels", CompressedSize64: uint64(len(relations)), UncompressedSize64: uint64(len(relations))})
		io.WriteString(f, relations)
		z.Close()
		return mixed(slices.Repeat([]string{"Content-Transfer-Encoding: base64\r\n\r\n" + wrap(buf.Bytes())}, n)...)
	}
	for _, tt := range []struct {
		limit     Limit
		limits    Limits
		at, above string
		check     func(t *testing.T, c *Content) // above the limit
	}{
		{LimitBody, with(func(l *Limits) { l.Body = 100 }), text(100), text(101), func(t *testing.T, c *Content) {
			if c.Octets != 100 || c.Decoded != 100 || c.Parts[0].Hashed || len(c.Parts[0].Text) != 100 {
				t.Errorf("%d octets, %d decoded, hashed %v", c.Octets, c.Decoded, c.Parts[0].Hashed)
			}
		}},
		{LimitDepth, with(func(l *Limits) { l.Depth = 3 }), nested(3), nested(4), func(t *testing.T, c *Content) {
			if len(c.Parts) != 4 || c.Parts[3].Container || c.Parts[3].Size == 0 {
				t.Errorf("%d parts", len(c.Parts))
			}
		}},
		{LimitDepth, with(func(l *Limits) { l.Depth = 3 }), messages(3, false), messages(4, false), nil},
		{LimitDepth, with(func(l *Limits) { l.Depth = 3 }), messages(3, true), messages(4, true), nil},
		{LimitParts, with(func(l *Limits) { l.Parts = 4 }), mixed("\r\n1", "\r\n2", "\r\n3"), mixed("\r\n1", "\r\n2", "\r\n3", "\r\n4"), func(t *testing.T, c *Content) {
			if len(c.Parts) != 4 || c.Parts[3].Text != "3" || !c.Parts[3].Hashed {
				t.Errorf("%d parts", len(c.Parts))
			}
		}},
		{LimitPartHeader, with(func(l *Limits) { l.PartHeader = 40 }), mixed(field(40)), mixed(field(41)), func(t *testing.T, c *Content) {
			if c.Parts[1].Text != "text" {
				t.Errorf("text %q", c.Parts[1].Text)
			}
		}},
		{LimitBoundary, DefaultLimits(), boundary(MaxBoundary), boundary(MaxBoundary + 1), func(t *testing.T, c *Content) {
			if len(c.Parts) != 1 || c.Parts[0].Container {
				t.Errorf("%d parts", len(c.Parts))
			}
		}},
		{LimitBoundary, DefaultLimits(), boundaries(MaxBoundaries), boundaries(MaxBoundaries + 1), func(t *testing.T, c *Content) {
			if len(c.Parts) != 2 {
				t.Errorf("%d parts", len(c.Parts))
			}
		}},
		{LimitDecoded, with(func(l *Limits) { l.Decoded = 100 }), text(100), text(101), func(t *testing.T, c *Content) {
			if c.Decoded != 100 || c.Parts[0].Size != 100 || c.Parts[0].Hashed {
				t.Errorf("%d decoded", c.Decoded)
			}
		}},
		{LimitText, with(func(l *Limits) { l.Text = 2000 }), text(2000), text(2001), func(t *testing.T, c *Content) {
			if len(c.Parts[0].Text) != 2000 || c.Parts[0].Size != 2001 || !c.Parts[0].Hashed {
				t.Errorf("%d octets of text", len(c.Parts[0].Text))
			}
		}},
		{LimitText, with(func(l *Limits) { l.Text = 3 }), mixed("Content-Type: text/html\r\n\r\nabc"), mixed("Content-Type: text/html\r\n\r\nabcd"), nil},
		{LimitText, with(func(l *Limits) { l.Text = 6 }), mixed("\r\nabc", "\r\ndef"), mixed("\r\nabcd", "\r\ndef"), nil},
		{LimitHTML, with(func(l *Limits) { l.HTML = 2000 }), html(2000), html(2001), func(t *testing.T, c *Content) {
			if c.Parts[0].HTML.Read != 2000 || !c.Parts[0].Hashed {
				t.Errorf("%d octets read", c.Parts[0].HTML.Read)
			}
		}},
		{LimitLinks, with(func(l *Limits) { l.Links = 5 }), links(5), links(6), func(t *testing.T, c *Content) {
			if len(c.Links) != 5 {
				t.Errorf("%d links", len(c.Links))
			}
		}},
		{LimitLinks, with(func(l *Limits) { l.Links = 2 }), "Subject: x\r\n\r\nhttp://a http://b", "Subject: x\r\n\r\nhttp://a http://b http://c", nil},
		{LimitArchives, with(func(l *Limits) { l.Archives = 2 }), zips(2), zips(3), func(t *testing.T, c *Content) {
			if c.Parts[2].Archive == nil || c.Parts[3].Archive != nil || !c.Parts[3].Hashed {
				t.Error("listings")
			}
		}},
		{LimitHeaders, with(func(l *Limits) { l.Headers = 2 * (len("A: 12\n") + fieldCost) }), mixed("Content-Type: message/rfc822\r\n\r\nA: 12\r\n\r\nx", "Content-Type: message/rfc822\r\n\r\nA: 12\r\n\r\nx"),
			mixed("Content-Type: message/rfc822\r\n\r\nA: 12\r\n\r\nx", "Content-Type: message/rfc822\r\n\r\nA: 123\r\n\r\nx"), func(t *testing.T, c *Content) {
				if len(c.Parts) != 5 || len(c.Parts[2].Message) != 1 || len(c.Parts[4].Message) != 0 {
					t.Errorf("%d parts", len(c.Parts))
				}
			}},
		{LimitNames, with(func(l *Limits) { l.Names = 4 }), mixed("Content-Type: a/b; name=ab\r\n\r\nx", "Content-Type: a/b; name=cd\r\n\r\nx"),
			mixed("Content-Type: a/b; name=ab\r\n\r\nx", "Content-Type: a/b; name=cde\r\n\r\nx"), func(t *testing.T, c *Content) {
				if len(c.Parts[1].Names) != 1 || len(c.Parts[2].Names) != 0 {
					t.Error("names")
				}
			}},
		{LimitEntries, with(func(l *Limits) { l.Expanded = len(relations) }), office(1), office(2), func(t *testing.T, c *Content) {
			if len(c.Parts[1].Archive.External) != 1 || len(c.Parts[2].Archive.External) != 0 {
				t.Error("relationships")
			}
		}},
		{LimitEntries, with(func(l *Limits) { l.Names = 3 }), entries(3), entries(4), nil},
		{LimitEntries, with(func(l *Limits) { l.Archive.Entries = 3 }), entries(3), entries(4), nil},
	} {
		t.Run(string(tt.limit), func(t *testing.T) {
			if c := read(t, tt.at, tt.limits); len(c.Stopped) > 0 {
				t.Errorf("at the limit: %v", c.Stopped)
			}
			c := read(t, tt.above, tt.limits)
			if !slices.Equal(c.Stopped, []Limit{tt.limit}) {
				t.Fatalf("above: %v", c.Stopped)
			}
			if tt.check != nil {
				tt.check(t, c)
			}
		})
	}
}

// TestNoMoreIsWanted is about what ends the reading.
func TestNoMoreIsWanted(t *testing.T) {
	for name, l := range map[string]Limits{"parts": {Body: 1000, PartHeader: 100}, "body": {Parts: 1, Decoded: 1000}, "decoded": {Parts: 1, Body: 1000}} {
		r := New(policy.Header{{Name: "Subject", Value: " x"}}, l)
		if n, err := r.Write([]byte("text")); n != 4 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if r.WantsBody() {
			t.Errorf("%s: more is wanted", name)
		}
		if c := r.Content(); len(c.Stopped) != 1 || string(c.Stopped[0]) != name {
			t.Errorf("%s: %v", name, c.Stopped)
		}
	}
}

// TestLongNames keeps the extension of names of as many characters as systems allow, and of longer ones, however they are written.
func TestLongNames(t *testing.T) {
	for _, n := range []int{250, 1000} {
		name := strings.Repeat("財", n) + ".exe"
		for how, field := range map[string]string{"raw": "name=\"" + name + "\"", "words": "name=\"" + stdmime.BEncoding.Encode("utf-8", name) + "\"",
			"extended": "name*=utf-8''" + url.PathEscape(name)} {
			c := read(t, "Content-Type: a/b; "+field+"\r\n\r\n", DefaultLimits())
			got := c.Parts[0].Names[0].Text
			if !strings.HasSuffix(strings.TrimSpace(got), "財.exe") || len(got) > MaxName || n == 250 && strings.TrimSpace(got) != name {
				t.Errorf("%s of %d: %d octets, %.20q … %q", how, n, len(got), got, got[max(0, len(got)-20):])
			}
		}
	}
}

// TestCuts is about values that are cut without a fact.
func TestCuts(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, tt := range []struct {
		name, in string
		n, want  int
		get      func(c *Content) int
	}{
		{"name", "Content-Type: a/b; name=%s\r\n\r\n", MaxName, MaxName, func(c *Content) int { return len(c.Parts[0].Names[0].Text) }},
		{"type", "Content-Type: %s\r\n\r\n", MaxType, MaxType, func(c *Content) int { return len(c.Parts[0].Type) }},
		{"charset", "Content-Type: a/b; charset=%s\r\n\r\n", MaxCharset, MaxCharset, func(c *Content) int { return len(c.Parts[0].Charset) }},
		{"extended name", "Content-Type: a/b; name*=''%s\r\n\r\n", MaxName, MaxName, func(c *Content) int { return len(c.Parts[0].Names[0].Text) }},
		{"target", "Content-Type: text/html\r\n\r\n<a href=%s>", MaxTarget, MaxTarget, func(c *Content) int { return len(c.Links[0].Target) }},
		{"data", "Content-Type: text/html\r\n\r\n<a href=data:%s>", MaxDataTarget - len("data:"), MaxDataTarget, func(c *Content) int { return len(c.Links[0].Target) }},
		{"text", "Content-Type: text/html\r\n\r\n<a href=u>%s</a>", MaxLinkText, MaxLinkText, func(c *Content) int { return len(c.Links[0].Text) }},
	} {
		for _, more := range []int{0, 1} {
			c := read(t, fmt.Sprintf(tt.in, long(tt.n+more)), DefaultLimits())
			if got := tt.get(c); got != tt.want {
				t.Errorf("%s and %d: %d", tt.name, more, got)
			}
			if len(c.Stopped) > 0 {
				t.Errorf("%s: %v", tt.name, c.Stopped)
			}
		}
	}
	for _, more := range []int{0, 1} {
		var s strings.Builder
		for i := range MaxNames + more {
			fmt.Fprintf(&s, "; name=n%d", i)
		}
		if c := read(t, "Content-Type: a/b"+s.String()+"\r\n\r\n", DefaultLimits()); len(c.Parts[0].Names) != MaxNames {
			t.Errorf("%d names", len(c.Parts[0].Names))
		}
		params := "Content-Type: a/b" + strings.Repeat("; x=y", MaxParameters-1+more) + "; name=n\r\n\r\n"
		if c := read(t, params, DefaultLimits()); len(c.Parts[0].Names) != 1-more {
			t.Errorf("%d names behind %d parameters", len(c.Parts[0].Names), MaxParameters-1+more)
		}
		line := "--b" + strings.Repeat(" ", MaxDelimiter-len("--b\r\n")+more)
		if c := read(t, "Content-Type: multipart/mixed; boundary=b\r\n\r\n"+line+"\r\n\r\ntext", DefaultLimits()); len(c.Parts) != 2-more {
			t.Errorf("%d parts behind a delimiter of %d", len(c.Parts), len(line)+2)
		}
	}
}

// TestNoHash leaves out the hash where nobody wants it, and nothing else.
func TestNoHash(t *testing.T) {
	l := DefaultLimits()
	m := mixed("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte("%PDF-1.4")))
	with := read(t, m, l)
	l.Hash = false
	without := read(t, m, l)
	p, q := with.Parts[1], without.Parts[1]
	if !p.Hashed || q.Hashed || p.SHA256 == q.SHA256 || p.Size != q.Size || p.Kind != q.Kind {
		t.Errorf("%v %v", p, q)
	}
}
