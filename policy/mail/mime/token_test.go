package mime

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// sameTokens holds our pieces against those of the HTML package, which reads attributes too.
func sameTokens(t *testing.T, in string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(in))
	ours := tokens{b: []byte(in)}
	for {
		want := z.Next()
		raw, ok := ours.next()
		if want == html.ErrorToken {
			if ok {
				t.Fatalf("%q: %q is left", in, raw)
			}
			return
		}
		var kinds []tokenKind
		switch want {
		case html.TextToken:
			kinds = []tokenKind{tokenText}
		case html.StartTagToken, html.SelfClosingTagToken:
			kinds = []tokenKind{tokenOpen}
		case html.EndTagToken:
			kinds = []tokenKind{tokenClose}
		default:
			kinds = []tokenKind{tokenComment, tokenOther}
		}
		if !ok || !bytes.Equal(raw, z.Raw()) || !bytes.ContainsRune([]byte{byte(kinds[0]), byte(kinds[len(kinds)-1])}, rune(ours.kind)) {
			t.Fatalf("%q: %d %q, want %s %q", in, ours.kind, raw, want, z.Raw())
		}
		if ours.kind == tokenComment && string(commentText(raw)) != string(z.Text()) && strings.HasSuffix(string(raw), ">") && len(raw) > len("<!--->") && !strings.ContainsAny(string(raw), "\r\x00") {
			t.Fatalf("%q: comment %q, want %q", in, commentText(raw), z.Text())
		}
	}
}

// tokenInputs are the places in which HTML is read differently.
func tokenInputs() []string {
	return []string{
		"", "text", "<", "a<", "</", "a</", "<!", "<!-", "<!--", "<?", "< a>", "<1>", "<a", "<a b", "<a b=", "<a b='", "<a b=c", "<a>b</a>", "<a/>", "<a / b>",
		"</>", "</ a>", "</1>x", "</a b='>'>c", "<a b='>'>c", `<a b=">">c`, "<a b=c>d", "<a =b>c", "<a b==c>d", "<a b = 'c' >d", "<a b/c>d", "<a b=/>d", "<a b c>d",
		"<!-->a", "<!--->a", "<!---->a", "<!--a-->b", "<!--a--!>b", "<!--a--!-->b", "<!--a--!x-->b", "<!--a-- >b-->c", "<!--a", "<!--a--", "<!--a--!", "<!x>y", "<!doctype html>x", "<!DOCTYPE",
		"<![CDATA[x>y]]>", "<?xml version='1.0'?>x", "<script>a<b</script>c", "<script></script>x", "<SCRIPT>a</ScRiPt >b", "<script>a</scripts>b</script>c", "<script><!--a</script>b",
		"<script><!--<script>a</script>b--></script>c", "<script><!--<script >a</script>b</script>c", "<script><!--<scriptx>a</script>b", "<script><!--><script></script>x",
		"<script><!-- < <script></script>x", "<script><!--<script>--></script>x", "<script>a</script", "<style>a<b></style>c", "<style>a</style", "<title>a<b>&amp;</title>c", "<textarea><a></textarea>b",
		"<plaintext>a</plaintext>b", "<xmp><a></xmp>b", "<iframe><a></iframe>b", "<script/>a</script>b", "<noframes><a></noframes>b", "<noembed>a", "<a\x00b>c", "<a\fb>c", "<scr\x01pt>a</scr\x01pt>", "<\x80>",
	}
}

func TestTokens(t *testing.T) {
	for _, in := range tokenInputs() {
		sameTokens(t, in)
	}
}

// TestNoscript differs from the HTML package, which takes a browser with script.
func TestNoscript(t *testing.T) {
	c := read(t, "Content-Type: text/html\r\n\r\n<noscript><a href='http://x.test/'>y</a></noscript>", DefaultLimits())
	if len(c.Links) != 1 || c.Links[0].Target != "http://x.test/" {
		t.Errorf("%v", c.Links)
	}
}

func FuzzTokens(f *testing.F) {
	for _, in := range tokenInputs() {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if strings.Contains(strings.ToLower(in), "noscript") {
			return
		}
		sameTokens(t, in)
	})
}
