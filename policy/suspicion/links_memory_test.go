package suspicion

import (
	"strings"
	"testing"

	"sekimori/policy/mail/mime"
)

// TestReadAgain reads addresses one behind the other: what is remembered of the first changes nothing of the second.
func TestReadAgain(t *testing.T) {
	const front = "https://a.example"
	addresses := []string{"", "/", "/x", "x", "//a.example/x", "//a.example", front, front + "/", front + "/x", front + "/y?z=http://b.example/#f", front + "?x", front + "#x",
		front + `\x`, front + `\@b.example/`, front + `/\@b.example`, front + ".b.example/x", front + ":8080/x", front + ":x/", "https://u@a.example/x", "https://u@a.example",
		"HTTPS://A.example/x", "https:a.example/x", `https:\\a.example/x`, "https:///a.example/x", " " + front + "/x ", front + "/x\t", front + "/\tx", "https://a.exa\tmple/x",
		"http://a.example/x", "ftp://a.example/x", "mailto:a@a.example/x", "data:text/html,/x", "javascript:x/y", "www.a.example/x", "https://0x7f.1/x", "https://127.0.0.1/x",
		"https://[::1]/x", "https://%61.example/x", "https://ａ.example/x", "https://", "https:///", "https://@/x", "https://:1/x",
		front + "/" + strings.Repeat("x", maxURL), front + strings.Repeat("x", maxURL), front + "/" + strings.Repeat("x", maxURL-len(front)-1),
		front + "/" + strings.Repeat("x", maxURL-len(front)-2)}
	for _, first := range addresses {
		for _, second := range addresses {
			var r reading
			for _, s := range []string{first, second, first} {
				var got url
				if r.read(&got, s); got != readURL(s) {
					t.Fatalf("%.80q behind %.80q: %+v, want %+v", s, first, got, readURL(s))
				}
			}
		}
	}
}

// TestFreeTargets holds how many targets a message leaves to the next, and that nothing of it is left in them.
func TestFreeTargets(t *testing.T) {
	for n, want := range map[int]bool{maxFreeTargets: true, maxFreeTargets + 1: false} {
		kept := false
		for range 100 { // a pool may drop what it is given
			var a Assessor
			r := reading{Assessor: &a}
			r.link.targets = append(a.freeTargets(n), target{link: &mime.Link{}})
			r.release()
			if free, ok := a.targets.Get().(*[]target); ok {
				kept = true
				if cap(*free) != n || (*free)[0] != (target{}) {
					t.Errorf("%d: %+v", cap(*free), (*free)[0])
				}
			}
		}
		if kept != want {
			t.Errorf("%d targets are kept: %v", n, kept)
		}
	}
}
