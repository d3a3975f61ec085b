package link

import "testing"

// TestWritten is about where an address in Japanese text ends.
func TestWritten(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.mof.go.jpをご覧":    "https://www.mof.go.jp",
		"https://www.mof.go.jp:8080を": "https://www.mof.go.jp:8080",
		"https://www.mof.go.jp/あをご覧":  "https://www.mof.go.jp/あをご覧",
		"https://日本語.jp/":             "https://日本語.jp/",
		"https://www.日本語.jp":          "https://www.日本語.jp",
		"https://example.日本":          "https://example.日本",
		"xhttp://a.test/":             "http://a.test/",
		"URLhttps://a.test/":          "https://a.test/",
		"hxxps://a.test/":             "hxxps://a.test/",
		"www.mof.go.jpを":              "www.mof.go.jp",
	} {
		if got := Written(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
