package bulletin

import (
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// TestText is about indicators in the text of a mail: a client makes a link of a name alone, and of nothing that a report keeps from being one.
func TestText(t *testing.T) {
	x := New([]policy.Bulletin{read(t, "b", "host,mof-go-jp.com", "host,evil.go.jp", "url,https://shared.example.com/a/b")})
	for text, want := range map[string]string{
		"ログインはmof-go-jp.com/loginから": "b host mof-go-jp.com",
		"mof-go-jp.com":                                             "b host mof-go-jp.com",
		"see shared.example.com/a/b?c.":                             "b url shared.example.com/a/b",
		"see shared.example.com/a/bc.":                              "",
		"hxxps://mof-go-jp.com/login hxxp[:]//mof-go-jp.com/":       "",
		"mof-go-jp[.]com mof-go-jp(.)com www.mof-go-jp[.]com/login": "",
		"www[.]evil.go[.]jp evil[.]go.jp a[.]evil.go.jp":            "",
		"info@mof-go-jp.com, taro@evil.go.jp":                       "",
		"not-mof-go-jp.com mof-go-jp.com.example.com":               "",
	} {
		r := mime.New(policy.Header{{Name: "Content-Type", Value: " text/plain; charset=utf-8"}}, mime.DefaultLimits())
		if _, err := r.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		s := Subject{At: now()}
		for _, l := range r.Content().Links {
			s.Links = append(s.Links, l.Target)
		}
		if got := words(x.Match(s)); got != want {
			t.Errorf("%s: %s, wanted %s", text, got, want)
		}
	}
}
