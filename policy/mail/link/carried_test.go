package link

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// TestCarried finds addresses within addresses, in every way of writing them.
func TestCarried(t *testing.T) {
	packed := base64.StdEncoding.EncodeToString([]byte("https://evil.test/a?b=c"))
	for in, want := range map[string][]string{
		"/a/b?c=d":                                nil,
		"/?u=https://evil.test/a&b=c":             {"https://evil.test/a&b=c"},
		"/?u=https%3A%2F%2Fevil.test%2Fa&b=c":     {"https://evil.test/a&b=c"},
		"/?u=https%253a%252f%252fevil.test&b=c":   {"https://evil.test&b=c"},
		"/?u=https%25253a%25252f%25252fevil.test": nil,
		"/?u=HTTP://evil.test":                    {"HTTP://evil.test"},
		"/?u=http:/evil.test":                     {"http:/evil.test"},
		`/?u=http:\\evil.test`:                    {`http:\\evil.test`},
		"/?u=%68ttp://evil.test":                  {"http://evil.test"},
		"/go/https:%2F%2Fevil.test%2Fa/1":         {"https://evil.test/a/1"},
		"/#https://evil.test/":                    {"https://evil.test/"},
		"/?u=http:evil.test":                      nil,
		"/?u=ttp://evil.test":                     nil,
		"/?u=ftp://evil.test":                     nil,
		"/?://":                                   nil,
		"/?a=b:c":                                 nil,
		"/?u=" + packed + "&c=d":                  {"https://evil.test/a?b=c"},
		"/r/" + packed:                            {"https://evil.test/a?b=c"},
		"/?u=a1" + strings.TrimRight(packed, "="): {"https://evil.test/a?b=c"},
		"/?u=aHR0cGV2aWwudGVzdA":                  nil, // httpevil.test
		"/r/aHR0cDovL2V2aWwudGVzdC8xx":            {"http://evil.test/1"},
		"/r/aHR0cDovL2V2aWwudGVzdC8/Yj1j/x":       {"http://evil.test/?b=c"},
		"/r/aHR0cDovL2V2aWwudGVzdC8_Yj1j":         {"http://evil.test/?b=c"},
		"/?u=aHR0c":                               nil,
		"/?a=https%253A%252F%252F1.test%2F&b=http%3A%2F%2F2.test&c=http://3.test&d=http://4.test": {
			"http://3.test&d=http://4.test", "http://2.test&c=", "https://1.test/&b="},
	} {
		got := Carried(nil, in)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
		if len(got) > MaxCarried {
			t.Errorf("%s: %d addresses", in, len(got))
		}
	}
}

// TestReadCarried is about where a host ends that stands in another address.
func TestReadCarried(t *testing.T) {
	for in, want := range map[string][2]string{
		"https://evil.test/a&b=c":             {"evil.test", "/a&b=c"},
		"https://evil.test&b=c":               {"evil.test", "?b=c"},
		"https://evil.test":                   {"evil.test", ""},
		"https://evil.test) to see":           {"evil.test", "? to see"},
		"https://evil.test:8080&b=https://x/": {"evil.test", "?b=https://x/"},
		"https://evil.test?b&c":               {"evil.test", "?b&c"},
		"https:":                              {"", ""},
		"https://&":                           {"", "?"},
	} {
		if u := ReadCarried(in); string(u.Host) != want[0] || u.Rest != want[1] {
			t.Errorf("%s: %s %s, want %s", in, u.Host, u.Rest, want)
		}
	}
}

// FuzzCarried looks into anything. What is found is an address, and not longer than what it was found in.
func FuzzCarried(f *testing.F) {
	for _, s := range []string{"/?u=https%3a//a.test&b=http:/b", "/aHR0cHM6Ly9hLnRlc3Q/x", "http%253a%252f", "http:/http:\\", "/%68%74tp%3a%2f&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := Carried(nil, s)
		if len(list) > MaxCarried {
			t.Fatalf("%d addresses", len(list))
		}
		for _, l := range list {
			if len(l) > len(s) || webAddress(l) != 0 {
				t.Fatalf("%q in %q", l, s)
			}
			if u := ReadCarried(l); u.Scheme != "http" && u.Scheme != "https" {
				t.Fatalf("%q is read as %+v", l, u)
			}
		}
	})
}

func BenchmarkCarried(b *testing.B) {
	var room [MaxCarried]string
	for _, bb := range []struct{ name, rest string }{
		{"none", "/kouhou/2026/11/index.html?utm_source=mail&id=12345#top"},
		{"escaped", "/c?u=https%3A%2F%2Fwww.example.jp%2Fkouhou%2F2026%2F11%2Findex.html&id=12345"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Carried(room[:0], bb.rest)
			}
		})
	}
}
