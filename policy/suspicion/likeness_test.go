package suspicion

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"sekimori/policy"
)

func TestLookalike(t *testing.T) {
	l := newLists(fixturePolicy())
	for _, tt := range []struct {
		domain policy.Domain
		want   string // name and how; "" for none
	}{
		{"mof.example", ""},
		{"www.mof.example", ""},
		{"saas.example", ""},
		{"example", ""},
		{"", ""},

		{"soumu.go.jp.example.com", "soumu.go.jp inside"},
		{"www.soumu.go.jp.example.com", "soumu.go.jp inside"},
		{"a.mod.go.jp.login.example.com", "mod.go.jp inside"},
		{"xyz.go.jp.example.com", "go.jp inside"},
		{"go.jp", ""},
		{"lets-go-jp.com", ""},
		{"rakuten.co.jp.example.buzz", "rakuten.co.jp inside"},
		{"mof-go-jp.com", "mof.go.jp folded"},
		{"www-mof-go-jp.com", "mof.go.jp folded"},
		{"mof.go-jp.com", "mof.go.jp folded"},
		{"my-rakuten.co.jp", "rakuten.co.jp inside"},
		{"e-apple.com", ""},
		{"mofgo.jp", "mof.go.jp folded"},
		{"login.mofgojp.com", "mof.go.jp folded"},
		{"mof-example.com", "mof.example folded"},

		{"soumu.com", "soumu.go.jp same label"},
		{"soumu.co.jp", "soumu.go.jp same label"},
		{"soumu.gov.cn", ""},
		{"soumu.ac.jp", ""},
		{"nenkin.ed.jp", ""},
		{"sounu.ac.jp", ""},
		{"mitsui.com", ""},
		{"kensetsu.co.jp", ""},
		{"jinji.co.jp", ""},
		{"mof.jp", "mof.example same label"},
		{"mof.co.jp", "mof.example same label"},
		{"mof.com", ""},
		{"nta.jp", "nta.go.jp same label"},
		{"nta.co.jp", ""},
		{"rakuten.tv", ""},
		{"digital.com", ""},

		{"s0umu.com", "soumu.go.jp letters"},
		{"rnof.example", "mof.example letters"},
		{"arnazon.com", "amazon.co.jp letters"},
		{"clocomo.net", "docomo.ne.jp letters"},
		{"1pa.jp", ""},

		{"sounu.jp", "soumu.go.jp misspelt"},
		{"soumuu.jp", "soumu.go.jp misspelt"},
		{"somu.jp", ""},
		{"suomu.jp", "soumu.go.jp misspelt"},
		{"amazn.jp", "amazon.co.jp misspelt"},
		{"ekl-net.com", "eki-net.com misspelt"},
		{"kuronekoyamoto.jp", "kuronekoyamato.co.jp misspelt"},
		{"kuronekuyamoto.jp", "kuronekoyamato.co.jp misspelt"},
		{"kuronikuyamoto.jp", ""},
		{"kansei.co.jp", ""},
	} {
		got := ""
		if like, ok := l.lookalike(tt.domain); ok {
			got = string(like.name) + " " + like.how
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.domain, got, tt.want)
		}
	}
}

// TestSiblings takes a name beside a partner's for nothing: it was registered by the same hand.
func TestSiblings(t *testing.T) {
	p := fixturePolicy()
	p.Suspicion.Lists.Partners = []policy.Domain{"tokyo.kyushu-trading.co.jp"}
	if like, ok := newLists(p).lookalike("osaka.kyushu-trading.co.jp"); ok {
		t.Error(like)
	}
}

// TestManyLabels holds the limit of labels that are looked at: a known name behind the last of them is not found.
func TestManyLabels(t *testing.T) {
	l := newLists(fixturePolicy())
	host := func(before int) policy.Domain {
		return policy.Domain(strings.Repeat("a.", before) + "soumu.go.jp.example.com")
	}
	for n, want := range map[int]bool{maxLabels - 4: true, maxLabels - 3: false} {
		if like, ok := l.lookalike(host(n)); ok != want {
			t.Errorf("%d labels before it: %v", n, like)
		}
	}
}

func TestBorrowedLabel(t *testing.T) {
	l := newLists(fixturePolicy())
	for domain, want := range map[policy.Domain]policy.Domain{
		"amazon.izby.cn":          "amazon.co.jp",
		"smbc-card.ctrrr.com":     "smbc-card.com",
		"www.rakuten.example.com": "rakuten.co.jp",
		"rakuten.com":             "",
		"amazon.example":          "",
		"mail.rakuten.co.jp":      "",
		"apple.example.com":       "",
		"mof.example.com":         "",
	} {
		if got, _ := l.borrowedLabel(domain); got != want {
			t.Errorf("%s: %q, want %q", domain, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"soumu", "soumu", 0}, {"soumu", "sounu", 1}, {"soumu", "soumuu", 1}, {"soumu", "oumu", 1}, {"soumu", "suomu", 1},
		{"ab", "ba", 1}, {"kantei", "kasei", 2}, {"abcdef", "badcef", 2}, {"kitten", "sitting", 3}, {"abc", "xyz", 3}, {"", "abc", 3},
	} {
		for limit := range 4 {
			if got := within(tt.a, tt.b, limit); got != (tt.want <= limit) {
				t.Errorf("%s, %s within %d: %v", tt.a, tt.b, limit, got)
			}
		}
	}
	long := strings.Repeat("a", maxDistance)
	if !within(long, long[1:]+"b", 1) || within(long+"a", long, 1) {
		t.Error("the limit of length")
	}
}

func TestIDN(t *testing.T) {
	l := newLists(fixturePolicy())
	for _, tt := range []struct{ label, why string }{
		{"日本語", ""}, {"日本go例え", ""}, {"センター", ""}, {"пример", ""}, {"bücher", ""}, {"한국", ""}, {"ελλάδα", ""}, {"ไทย", ""},
		{"аmazon", "mixed scripts"}, {"αpple", "mixed scripts"}, {"日本кот", "mixed scripts"}, {"аррӏе", "looks like apple.com"},
		{"а\u200bб", "invisible character"},
	} {
		if why := l.oddLabel("xn--x", tt.label); why != tt.why {
			t.Errorf("%s: %q, want %q", tt.label, why, tt.why)
		}
	}
	for domain, want := range map[policy.Domain]string{
		"example.com": "", "xn--wgv71a119e.jp": "", "xn--abc-.jp": "plain letters encoded", "xn--99999999.jp": "not decodable",
		"a.xn--80ak6aa92e.com": "looks like apple.com",
	} {
		if _, why, odd := l.idnSuspicious(domain); why != want || odd != (want != "") {
			t.Errorf("%s: %q, want %q", domain, why, want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	c := shippedConfusables()
	for a, b := range map[string]string{"soumu": "s0umu", "amazon": "аmаzоn", "mof": "rnof", "eltax": "e1tax", "docomo": "clocomo", "web": "vveb",
		"paypal": "раураӏ", "ηtt": "ntt", "bücher": "bucher", "zoë": "zoe"} {
		if c.skeleton(a) != c.skeleton(b) {
			t.Errorf("%s is %s, and %s is %s", a, c.skeleton(a), b, c.skeleton(b))
		}
	}
}

// FuzzHosts compares whatever a host can be.
func FuzzHosts(f *testing.F) {
	for _, s := range []string{"mof-go-jp.com", "xn--80ak6aa92e.com", "a.-.b", "go.jp.go.jp", "....", "xn--", strings.Repeat("a-", 40) + ".example"} {
		f.Add(s)
	}
	l := newLists(fixturePolicy())
	f.Fuzz(func(t *testing.T, s string) {
		d := policy.Domain(s)
		if like, ok := l.lookalike(d); ok && !l.names.known[like.name] {
			t.Errorf("%q is like %q, which is not known", s, like.name)
		}
		l.borrowedLabel(d)
		if _, why, odd := l.idnSuspicious(d); odd && why == "" {
			t.Error("odd without a reason")
		}
		l.nearTo(d, "kyushu-trading.co.jp")
		if utf8.ValidString(s) && !utf8.ValidString(l.letters.skeleton(s)) {
			t.Errorf("the skeleton of %q is no text", s)
		}
	})
}

func BenchmarkLookalike(b *testing.B) {
	l := newLists(fixturePolicy())
	for _, d := range []policy.Domain{"mail.sender.example", "www.kyushu-trading.co.jp", "mof-go-jp.com"} {
		b.Run(string(d), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.lookalike(d)
			}
		})
	}
}

func BenchmarkNewLists(b *testing.B) {
	b.ReportAllocs()
	p := fixturePolicy()
	for b.Loop() {
		newLists(p)
	}
}

func ExampleIndicators() {
	for _, i := range Indicators() {
		if i.Name == "first_contact" {
			fmt.Println(i.Family, i.Points)
		}
	}
	// Output: contact 0.5
}
