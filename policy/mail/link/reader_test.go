package link

import (
	"strings"
	"testing"
)

// TestReadAgain reads addresses one behind the other: what is remembered of the first changes nothing of the second.
func TestReadAgain(t *testing.T) {
	const front = "https://a.example"
	addresses := []string{"", "/", "/x", "x", "//a.example/x", "//a.example", front, front + "/", front + "/x", front + "/y?z=http://b.example/#f", front + "?x", front + "#x",
		front + `\x`, front + `\@b.example/`, front + `/\@b.example`, front + ".b.example/x", front + ":8080/x", front + ":x/", "https://u@a.example/x", "https://u@a.example",
		"HTTPS://A.example/x", "https:a.example/x", `https:\\a.example/x`, "https:///a.example/x", " " + front + "/x ", front + "/x\t", front + "/\tx", "https://a.exa\tmple/x",
		"http://a.example/x", "ftp://a.example/x", "mailto:a@a.example/x", "data:text/html,/x", "javascript:x/y", "www.a.example/x", "https://0x7f.1/x", "https://127.0.0.1/x",
		"https://[::1]/x", "https://%61.example/x", "https://ａ.example/x", "https://", "https:///", "https://@/x", "https://:1/x",
		front + "/" + strings.Repeat("x", MaxURL), front + strings.Repeat("x", MaxURL), front + "/" + strings.Repeat("x", MaxURL-len(front)-1),
		front + "/" + strings.Repeat("x", MaxURL-len(front)-2)}
	for _, first := range addresses {
		for _, second := range addresses {
			var r Reader
			for _, s := range []string{first, second, first} {
				var got URL
				if r.Read(&got, s); got != Read(s) {
					t.Fatalf("%.80q behind %.80q: %+v, want %+v", s, first, got, Read(s))
				}
			}
		}
	}
}

// BenchmarkReader reads the links of a mail, which lead to one host.
func BenchmarkReader(b *testing.B) {
	b.ReportAllocs()
	var r Reader
	var u URL
	for b.Loop() {
		r.Read(&u, "https://www.example.jp/kouhou/2026/11/index.html?utm_source=mail&id=12345#top")
	}
}
