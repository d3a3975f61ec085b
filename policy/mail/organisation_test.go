package mail

import (
	"testing"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

func TestOrganisation(t *testing.T) {
	for d, want := range map[policy.Domain]policy.Domain{
		"":                      "",
		"mof.go.jp":             "mof.go.jp",
		"mail.kantou.mof.go.jp": "mof.go.jp",
		"go.jp":                 "go.jp",
		"jp":                    "jp",
		"a.example.co.jp":       "example.co.jp",
		"x.y.example.com":       "example.com",
		"city.chiyoda.tokyo.jp": "city.chiyoda.tokyo.jp",
		"host.nowhere.test":     "nowhere.test",
	} {
		if got := Organisation(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// TestOrganisationIsThatOfTheList compares with the list's own function, which tells an error where a domain has no organisation.
func TestOrganisationIsThatOfTheList(t *testing.T) {
	for _, d := range []policy.Domain{"", "jp", "go.jp", "mof.go.jp", "a.b.mof.go.jp", "metro.tokyo.jp", "x.metro.tokyo.jp", "ck", "x.ck", "y.x.ck", "www.ck",
		"github.io", "me.github.io", "a.me.github.io", "test", "a.test", "xn--fiqs8s", "a.xn--fiqs8s", "kawasaki.jp", "a.kawasaki.jp", "city.kawasaki.jp"} {
		want := d
		if org, err := publicsuffix.EffectiveTLDPlusOne(string(d)); err == nil {
			want = policy.Domain(org)
		}
		if got := Organisation(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

func BenchmarkOrganisation(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Organisation("mail.kantou.mof.go.jp")
		Organisation("go.jp")
	}
}
