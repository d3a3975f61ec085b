package suspicion

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestURL holds the reading of addresses against what browsers make of them.
func TestURL(t *testing.T) {
	addr := netip.MustParseAddr
	for in, want := range map[string]url{
		"https://Example.JP/a?b#c":            {scheme: "https", host: "example.jp", rest: "/a?b#c"},
		"HTTP://example.jp":                   {scheme: "http", host: "example.jp"},
		"  ht\ntp:\t//example.jp/ ":           {scheme: "http", host: "example.jp", rest: "/"},
		"https:example.jp/x":                  {scheme: "https", host: "example.jp", rest: "/x"},
		`https:\\example.jp\x`:                {scheme: "https", host: "example.jp", rest: `\x`},
		"https:////example.jp//x":             {scheme: "https", host: "example.jp", rest: "//x"},
		"//example.jp/x":                      {host: "example.jp", rest: "/x"},
		`\\example.jp\x`:                      {host: "example.jp", rest: `\x`},
		"www.example.jp/x":                    {host: "www.example.jp", rest: "/x"},
		"index.html":                          {rest: "index.html"},
		"/index.html?a=http://x.test":         {rest: "/index.html?a=http://x.test"},
		"#top":                                {rest: "#top"},
		"mailto:a@example.jp":                 {scheme: "mailto", rest: "a@example.jp"},
		"javascript:alert(1)":                 {scheme: "javascript", rest: "alert(1)"},
		"hxxp://example.jp/":                  {scheme: "hxxp", rest: "//example.jp/"},
		"https://a@b@example.jp:8443/":        {scheme: "https", user: true, host: "example.jp", port: 8443, rest: "/"},
		"https://example.jp:/":                {scheme: "https", host: "example.jp", rest: "/"},
		"https://example.jp:65536/":           {scheme: "https", host: "example.jp", port: portRefused, rest: "/"},
		"https://example.jp:8x/":              {scheme: "https", host: "example.jp", port: portRefused, rest: "/"},
		`https://mof.example\@evil.test/x`:    {scheme: "https", host: "mof.example", backslash: true, rest: `\@evil.test/x`},
		"https://mof.example/@evil.test":      {scheme: "https", host: "mof.example", rest: "/@evil.test"},
		"https://mof.example?@evil.test":      {scheme: "https", host: "mof.example", rest: "?@evil.test"},
		"https://evil%2etest/":                {scheme: "https", host: "evil.test", rest: "/"},
		"https://ｅｖｉｌ。ｔｅｓｔ/":                  {scheme: "https", host: "evil.test", rest: "/"},
		"https://e\u200bvil.test./":           {scheme: "https", host: "evil.test", rest: "/"},
		"https://日本語.jp/パス":                   {scheme: "https", host: "xn--wgv71a119e.jp", rest: "/パス"},
		"https://a b.test/":                   {scheme: "https", rest: "/"},
		"https://%zz.test/":                   {scheme: "https", rest: "/"},
		"https://192.0.2.1/":                  {scheme: "https", addr: addr("192.0.2.1"), rest: "/"},
		"https://192.0.2.1./":                 {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://3221225985/":                 {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://0xC0.0.0x201/":               {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://0300.0.2.1/":                 {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://１９２.０.２.１/":                  {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://127.1/":                      {scheme: "https", addr: addr("127.0.0.1"), disguised: true, rest: "/"},
		"https://0/":                          {scheme: "https", addr: addr("0.0.0.0"), disguised: true, rest: "/"},
		"https://1.2.3.4.5/":                  {scheme: "https", rest: "/"},
		"https://1.2.3.256/":                  {scheme: "https", rest: "/"},
		"https://256.1/":                      {scheme: "https", rest: "/"},
		"https://4294967296/":                 {scheme: "https", rest: "/"},
		"https://99999999999999999999/":       {scheme: "https", rest: "/"},
		"https://example.09/":                 {scheme: "https", rest: "/"},
		"https://0x.example/":                 {scheme: "https", host: "0x.example", rest: "/"},
		"https://[2001:db8::1]:8080/":         {scheme: "https", addr: addr("2001:db8::1"), port: 8080, rest: "/"},
		"https://[::ffff:192.0.2.1]/":         {scheme: "https", addr: addr("192.0.2.1"), disguised: true, rest: "/"},
		"https://[fe80::1%25eth0]/":           {scheme: "https", rest: "/"},
		"https://[::1/":                       {scheme: "https", port: 1, rest: "/"},
		"https://":                            {scheme: "https"},
		"":                                    {},
		"https://" + strings.Repeat("a", 300): {scheme: "https"},
	} {
		got := readURL(in)
		got.written = ""
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(url{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestURLParts(t *testing.T) {
	u := readURL("https://example.jp/a/b?c=d?e#f?g#h")
	if u.path() != "/a/b" || u.query() != "c=d?e" || u.fragment() != "f?g#h" {
		t.Errorf("%q %q %q", u.path(), u.query(), u.fragment())
	}
}

// TestURLLimit takes maxURL at its value and one above: what is longer is cut, and a host that does not end is told.
func TestURLLimit(t *testing.T) {
	user := strings.Repeat("a", maxURL-len("https://")-len("@example.jp/"))
	if u := readURL("https://" + user + "@example.jp/"); u.host != "example.jp" || u.rest != "/" {
		t.Errorf("at the limit: host %q, rest %q", u.host, u.rest)
	}
	if u := readURL("https://" + user + "a@example.jp/"); u.host != "example.jp" || u.rest != "" || !u.endless {
		t.Errorf("above: host %q, rest %q, endless %v", u.host, u.rest, u.endless)
	}
}

// FuzzURL reads anything. A host is a domain, and reading it again is no surprise.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://a@b:1/c?d#e", `h:\\x`, "//[::1]:2/", "http:0x7f.1", "https://%41.test/", "www.\u202ex", "https://xn--a/", "https://1.2.3.4."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u := readURL(s)
		if u.host != "" && u.addr.IsValid() {
			t.Fatalf("host %q and address %s", u.host, u.addr)
		}
		if len(u.rest) > maxURL || len(u.written) > maxURL {
			t.Fatal("longer than the limit")
		}
		if u.hasHost() && u.scheme != "" {
			name := u.name()
			if u.addr.Is6() {
				name = "[" + name + "]"
			}
			again := readURL(u.scheme + "://" + name + "/")
			if again.host != u.host || again.addr != u.addr {
				t.Fatalf("%q, then %q", u.name(), again.name())
			}
		}
	})
}

func BenchmarkURL(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readURL("https://www.example.jp/kouhou/2026/11/index.html?utm_source=mail&id=12345#top")
	}
}
