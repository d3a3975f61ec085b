package mime

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/mail"
)

// read reads a message whole.
func read(t testing.TB, message string, l Limits) *Content {
	t.Helper()
	h, body, err := mail.Split([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	r := New(h, l)
	r.Write(body)
	return r.Content()
}

// crlf is a message as it is on the wire.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

// wrap is base64 in lines of 76.
func wrap(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return out.String() + s
}

// zipped is a zip file with those names.
func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(strings.Repeat("content of "+n+"\n", 20)))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTree(t *testing.T) {
	attachment := zipped(t, "a.exe")
	message := crlf(
		"From: a@example.jp",
		"Content-Type: multipart/mixed; boundary=\"outer\"",
		"",
		"preamble",
		"--outer",
		"Content-Type: multipart/alternative; boundary=inner",
		"",
		"--inner",
		"Content-Type: text/plain; charset=iso-2022-jp",
		"",
		"\x1b$B:bL3>J\x1b(B see https://example.jp/x, and",
		"--inner",
		"Content-Type: text/html; charset=utf-8",
		"Content-Transfer-Encoding: quoted-printable",
		"",
		"<p>Hello <a href=3D\"https://evil.test/a\">https://mof.go.jp/</a>=20w=",
		"orld",
		"--inner--",
		"",
		"--outer  ",
		"Content-Type: message/rfc822",
		"",
		"Subject: inner mail",
		"From: b@example.jp",
		"Content-Type: text/plain",
		"",
		"inner text",
		"--outer",
		"Content-Type: application/octet-stream; name=\"a.zip\"",
		"Content-Disposition: attachment; filename=\"a.zip\"",
		"Content-Transfer-Encoding: base64",
		"",
		wrap(attachment),
		"--outer--",
		"epilogue")
	c := read(t, message, DefaultLimits())
	var got []string
	for _, p := range c.Parts {
		got = append(got, strings.Repeat(" ", p.Depth)+p.Type+" "+string(p.Kind))
	}
	want := []string{"multipart/mixed ", " multipart/alternative ", "  text/plain text", "  text/html html", " message/rfc822 ", "  text/plain text", " application/octet-stream zip"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if got := c.Parts[2].Text; got != "財務省 see https://example.jp/x, and" {
		t.Errorf("text %q", got)
	}
	if got := c.Parts[3].Text; got != " Hello https://mof.go.jp/ world" {
		t.Errorf("text of HTML %q", got)
	}
	links := []Link{
		{Part: 2, Kind: LinkText, Target: "https://example.jp/x", Size: 20},
		{Part: 3, Kind: LinkAnchor, Target: "https://evil.test/a", Size: 19, Text: "https://mof.go.jp/"},
	}
	if diff := cmp.Diff(links, c.Links); diff != "" {
		t.Error(diff)
	}
	if h := c.Parts[5].Message; len(h) != 3 || h[0].Name != "Subject" || h[0].Value != " inner mail" {
		t.Errorf("header of the message %v", h)
	}
	if got := c.Parts[5].Text; got != "inner text" {
		t.Errorf("text of the inner message %q", got)
	}
	last := c.Parts[6]
	if last.Size != int64(len(attachment)) || !last.Hashed || last.SHA256 != sha256.Sum256(attachment) {
		t.Errorf("attachment %+v", last)
	}
	if a := last.Archive; a == nil || len(a.Entries) != 1 || a.Entries[0].Name != "a.exe" || len(a.Problems) > 0 {
		t.Errorf("listing %+v", a)
	}
	if len(last.Names) != 2 || last.Disposition != DispositionAttachment {
		t.Errorf("names %v", last.Names)
	}
	if len(c.Stopped) > 0 || c.Preamble != int64(len("preamble")) || c.Epilogue == 0 {
		t.Errorf("stopped %v, %d, %d", c.Stopped, c.Preamble, c.Epilogue)
	}
	for _, p := range c.Parts {
		if len(p.Oddities) > 0 {
			t.Errorf("%s: %v", p.Type, p.Oddities)
		}
	}
	samePieces(t, message, c)
}

// samePieces reads a message in pieces of several sizes and wants the same.
func samePieces(t testing.TB, message string, want *Content) {
	t.Helper()
	h, body, _ := mail.Split([]byte(message))
	for _, size := range []int{1, 2, 3, 7, 64, 1000} {
		r := New(h, DefaultLimits())
		for rest := body; len(rest) > 0; {
			n := min(size, len(rest))
			r.Write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, r.Content()); diff != "" {
			t.Fatalf("in pieces of %d: %s", size, diff)
		}
	}
}
