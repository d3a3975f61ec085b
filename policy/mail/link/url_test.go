package link

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
	for in, want := range map[string]URL{
		"https://Example.JP/a?b#c":            {Scheme: "https", Host: "example.jp", Rest: "/a?b#c"},
		"HTTP://example.jp":                   {Scheme: "http", Host: "example.jp"},
		"  ht\ntp:\t//example.jp/ ":           {Scheme: "http", Host: "example.jp", Rest: "/"},
		"https:example.jp/x":                  {Scheme: "https", Host: "example.jp", Rest: "/x"},
		`https:\\example.jp\x`:                {Scheme: "https", Host: "example.jp", Rest: `\x`},
		"https:////example.jp//x":             {Scheme: "https", Host: "example.jp", Rest: "//x"},
		"//example.jp/x":                      {Host: "example.jp", Rest: "/x"},
		`\\example.jp\x`:                      {Host: "example.jp", Rest: `\x`},
		"www.example.jp/x":                    {Host: "www.example.jp", Rest: "/x"},
		"WWW.example.jp:8080/x":               {Host: "www.example.jp", Port: 8080, Rest: "/x"},
		"www.example.jp:x":                    {Host: "www.example.jp", Port: PortRefused},
		"www.":                                {Rest: "www."},
		"index.html":                          {Rest: "index.html"},
		"/index.html?a=http://x.test":         {Rest: "/index.html?a=http://x.test"},
		"#top":                                {Rest: "#top"},
		"mailto:a@example.jp":                 {Scheme: "mailto", Rest: "a@example.jp"},
		"javascript:alert(1)":                 {Scheme: "javascript", Rest: "alert(1)"},
		"hxxp://example.jp/":                  {Scheme: "hxxp", Rest: "//example.jp/"},
		"https://a@b@example.jp:8443/":        {Scheme: "https", User: true, Host: "example.jp", Port: 8443, Rest: "/"},
		"https://example.jp:/":                {Scheme: "https", Host: "example.jp", Rest: "/"},
		"https://example.jp:65536/":           {Scheme: "https", Host: "example.jp", Port: PortRefused, Rest: "/"},
		"https://example.jp:8x/":              {Scheme: "https", Host: "example.jp", Port: PortRefused, Rest: "/"},
		`https://mof.example\@evil.test/x`:    {Scheme: "https", Host: "mof.example", Backslash: true, Rest: `\@evil.test/x`},
		"https://mof.example/@evil.test":      {Scheme: "https", Host: "mof.example", Rest: "/@evil.test"},
		"https://mof.example?@evil.test":      {Scheme: "https", Host: "mof.example", Rest: "?@evil.test"},
		"https://evil%2etest/":                {Scheme: "https", Host: "evil.test", Rest: "/"},
		"https://ｅｖｉｌ。ｔｅｓｔ/":                  {Scheme: "https", Host: "evil.test", Rest: "/"},
		"https://e\u200bvil.test./":           {Scheme: "https", Host: "evil.test", Rest: "/"},
		"https://日本語.jp/パス":                   {Scheme: "https", Host: "xn--wgv71a119e.jp", Rest: "/パス"},
		"https://a b.test/":                   {Scheme: "https", Rest: "/"},
		"https://%zz.test/":                   {Scheme: "https", Rest: "/"},
		"https://192.0.2.1/":                  {Scheme: "https", Addr: addr("192.0.2.1"), Rest: "/"},
		"https://192.0.2.1./":                 {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://3221225985/":                 {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://0xC0.0.0x201/":               {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://0300.0.2.1/":                 {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://１９２.０.２.１/":                  {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://127.1/":                      {Scheme: "https", Addr: addr("127.0.0.1"), Disguised: true, Rest: "/"},
		"https://0/":                          {Scheme: "https", Addr: addr("0.0.0.0"), Disguised: true, Rest: "/"},
		"https://1.2.3.4.5/":                  {Scheme: "https", Rest: "/"},
		"https://1.2.3.256/":                  {Scheme: "https", Rest: "/"},
		"https://256.1/":                      {Scheme: "https", Rest: "/"},
		"https://4294967296/":                 {Scheme: "https", Rest: "/"},
		"https://99999999999999999999/":       {Scheme: "https", Rest: "/"},
		"https://example.09/":                 {Scheme: "https", Rest: "/"},
		"https://0x.example/":                 {Scheme: "https", Host: "0x.example", Rest: "/"},
		"https://[2001:db8::1]:8080/":         {Scheme: "https", Addr: addr("2001:db8::1"), Port: 8080, Rest: "/"},
		"https://[::ffff:192.0.2.1]/":         {Scheme: "https", Addr: addr("192.0.2.1"), Disguised: true, Rest: "/"},
		"https://[fe80::1%25eth0]/":           {Scheme: "https", Rest: "/"},
		"https://[::1/":                       {Scheme: "https", Port: 1, Rest: "/"},
		"https://":                            {Scheme: "https"},
		"":                                    {},
		"https://" + strings.Repeat("a", 300): {Scheme: "https"},
	} {
		got := Read(in)
		got.Written = ""
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestURLParts(t *testing.T) {
	u := Read("https://example.jp/a/b?c=d?e#f?g#h")
	if u.Path() != "/a/b" || u.Query() != "c=d?e" || u.Fragment() != "f?g#h" {
		t.Errorf("%q %q %q", u.Path(), u.Query(), u.Fragment())
	}
}

// TestCompared holds the spelling in which hosts and ports are compared.
func TestCompared(t *testing.T) {
	for in, want := range map[string]struct {
		host string
		port int
	}{
		"https://Example.JP/":            {"example.jp", 0},
		"https://example.jp:443/":        {"example.jp", 0},
		"https://example.jp:0443/":       {"example.jp", 0},
		"http://example.jp:443/":         {"example.jp", 443},
		"http://example.jp:80/":          {"example.jp", 0},
		"www.example.jp:80/":             {"www.example.jp", 0},
		"ftp://example.jp:21/":           {"example.jp", 0},
		"wss://example.jp:443/":          {"example.jp", 0},
		"http://example.jp:x/":           {"example.jp", PortRefused},
		"http://0x7f.1/":                 {"127.0.0.1", 0},
		"http://[::ffff:192.0.2.1]:8080": {"192.0.2.1", 8080},
		"http://[2001:DB8::0:1]/":        {"[2001:db8::1]", 0},
		"mailto:a@example.jp":            {"", 0},
	} {
		if u := Read(in); u.Canonical() != want.host || u.OwnPort() != want.port {
			t.Errorf("%s: %s %d", in, u.Canonical(), u.OwnPort())
		}
	}
	for in, want := range map[string]string{"EXAMPLE.jp.": "example.jp", "[::1]": "[::1]", "::1": "", "1.2.3": "1.2.0.3", "1.2.3.4.5": "", "": "", "ex%61mple.jp": "example.jp"} {
		if got := Host(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestURLLimit takes MaxURL at its value and one above: what is longer is cut, and a host that does not end is told.
func TestURLLimit(t *testing.T) {
	user := strings.Repeat("a", MaxURL-len("https://")-len("@example.jp/"))
	if u := Read("https://" + user + "@example.jp/"); u.Host != "example.jp" || u.Rest != "/" {
		t.Errorf("at the limit: host %q, rest %q", u.Host, u.Rest)
	}
	if u := Read("https://" + user + "a@example.jp/"); u.Host != "example.jp" || u.Rest != "" || !u.Endless {
		t.Errorf("above: host %q, rest %q, endless %v", u.Host, u.Rest, u.Endless)
	}
}

// FuzzURL reads anything. A host is a domain, and reading it again is no surprise.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://a@b:1/c?d#e", `h:\\x`, "//[::1]:2/", "http:0x7f.1", "https://%41.test/", "www.\u202ex", "https://xn--a/", "https://1.2.3.4."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u := Read(s)
		if u.Host != "" && u.Addr.IsValid() {
			t.Fatalf("host %q and address %s", u.Host, u.Addr)
		}
		if len(u.Rest) > MaxURL || len(u.Written) > MaxURL {
			t.Fatal("longer than the limit")
		}
		if u.HasHost() && u.Scheme != "" {
			name := u.Name()
			if u.Addr.Is6() {
				name = "[" + name + "]"
			}
			again := Read(u.Scheme + "://" + name + "/")
			if again.Host != u.Host || again.Addr != u.Addr {
				t.Fatalf("%q, then %q", u.Name(), again.Name())
			}
		}
	})
}

func BenchmarkURL(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Read("https://www.example.jp/kouhou/2026/11/index.html?utm_source=mail&id=12345#top")
	}
}
