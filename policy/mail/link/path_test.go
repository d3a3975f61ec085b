package link

import (
	"strings"
	"testing"
)

// TestCanonicalPath holds what is one path however it is written, and what is another one.
func TestCanonicalPath(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "/",
		"/":                      "/",
		"/a/b":                   "/a/b",
		"?b":                     "/?b",
		"#c":                     "/#c",
		`\a\b?c\d`:               `/a/b?c\d`,
		"/a/./b/../c":            "/a/c",
		"/a/..":                  "/",
		"/../../a/.":             "/a/",
		"/a/..b/.c":              "/a/..b/.c",
		"/%7ea/%2e%2e/b%2fc":     "/b%2Fc",
		"/a?b=/../c":             "/a?b=/../c",
		"/A":                     "/A",
		"/%":                     "/%",
		"/%e3%83%91":             "/%E3%83%91",
		"/パ ス":                   "/%E3%83%91%20%E3%82%B9",
		"/{a}|\"b\"<c>`d`\x7f":   "/%7Ba%7D|%22b%22%3Cc%3E%60d%60%7F",
		"/%zz%4":                 "/%zz%4",
		"//a//b":                 "//a//b",
		"/a/../../" + "/b/./../": "//",
	} {
		got := CanonicalPath(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzCanonicalPath gives anything that can stand behind a host. The result begins with a slash and is plain, and stays what it is.
func FuzzCanonicalPath(f *testing.F) {
	for _, s := range []string{"/a/../b?c#d", `\%2e%2E\..`, "?%", "/%25%32%65", "#\xff", "/.//.", "/%2e%2e/.%2e/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s != "" && !strings.ContainsRune(`/\?#`, rune(s[0])) {
			return // no host ends so
		}
		once := CanonicalPath(s)
		if once[0] != '/' || strings.ContainsFunc(once, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Fatalf("%q becomes %q", s, once)
		}
		if strings.IndexByte(s, '%') < 0 && CanonicalPath(once) != once { // an escape can hide an escape
			t.Fatalf("%q becomes %q, and then %q", s, once, CanonicalPath(once))
		}
	})
}
