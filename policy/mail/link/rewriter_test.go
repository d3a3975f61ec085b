package link

import "testing"

// TestRewriters looks behind links that gateways and mailers put in the place of others.
func TestRewriters(t *testing.T) {
	for in, want := range map[string]string{
		"https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.jp%2Fa%3Fb%3Dc&data=05%7C02%7Ctaro%40mof.example": "https://www.example.jp/a?b=c",
		"https://urldefense.proofpoint.com/v1/url?u=http://www.example.jp/&k=x":                                                          "http://www.example.jp/",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.jp_a-2Db_&d=DwMF":                                              "https://www.example.jp/a-b/",
		"https://urldefense.com/v3/__https://www.example.jp/a*b__;Iw!!abc$":                                                              "https://www.example.jp/a#b",
		"https://urldefense.com/v3/__https://www.example.jp/**A_*__;5pel5pys8J-MuA!!abc$":                                                "https://www.example.jp/日本_🌸",
		"https://urldefense.com/v3/__https:/www.example.jp":                                                                              "",
		"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwww.example.jp&c=E,1":                                                       "https://www.example.jp",
		"https://secure-web.cisco.com/1abcDEF/https%3A%2F%2Fwww.example.jp%2Fx":                                                          "https://www.example.jp/x",
		"https://abc.ap-northeast-1.awstrack.me/L0/https:%2F%2Fwww.example.jp%2Fx/1/0106":                                                "https://www.example.jp/x/1/0106",
		"https://jp01.z.antigena.test/?url=x":                                                                                            "",
		"https://ddec1-0-en-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=https%3a%2f%2fwww.example.jp":                              "https://www.example.jp",
		"https://eu-west-1.protection.sophos.com?d=example.jp&u=aHR0cHM6Ly93d3cuZXhhbXBsZS5qcC8":                                         "https://www.example.jp/",
		"https://eu-west-1.protection.sophos.com?d=example.jp&u=%ff":                                                                     "",
	} {
		u := Read(in)
		got := ""
		if f := RewriterOf(u.Host); f != nil {
			got = f(&u)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestLeadsOn(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.google.com/url?q=https://evil.test/&sa=D":                "https://evil.test/",
		"https://www.google.com/url?sa=t&url=http%3A%2F%2Fevil.test":          "http://evil.test",
		"https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9ldmlsLnRlc3Qv&ntb=1": "https://evil.test/",
		"https://redirect.test/go/https://evil.test/":                         "https://evil.test/",
		"https://redirect.test/?https://evil.test/":                           "https://evil.test/",
		"https://www.google.com/search?q=http":                                "",
		"https://example.jp/?a=1&b=2":                                         "",
	} {
		u := Read(in)
		if got := LeadsOn(&u); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestGiven(t *testing.T) {
	for in, want := range map[string]string{
		"a=b&u=https%3A%2F%2Fevil.test%2F&c=http://x.test": "https://evil.test/",
		"u=https%253A%252F%252Fevil.test%252F":             "",
		"text=see+https://evil.test":                       "",
		"https://evil.test":                                "",
		"":                                                 "",
	} {
		if got := Given(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// FuzzRewriters looks behind anything, as if each host rewrote links.
func FuzzRewriters(f *testing.F) {
	f.Add("https://urldefense.com/v3/__https://a*b**Cc__;8J-MuA!!x")
	f.Add("https://x.test/?u=a1aHR0&url=%68ttp%3a")
	f.Fuzz(func(t *testing.T, s string) {
		u := Read(s)
		for _, read := range []func(*URL) string{urldefense, sophos, embedded, LeadsOn, parameterOf("url")} {
			if got := read(&u); len(got) > MaxURL {
				t.Fatalf("%d octets", len(got))
			}
		}
	})
}
