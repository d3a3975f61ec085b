package suspicion

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// TestClaimed holds the line between names that are an organisation's and those that speak of it.
func TestClaimed(t *testing.T) {
	b := newLists(fixturePolicy()).bodies
	for name, want := range map[string]string{
		"財務省":                     "財務省",
		"財 務 省":                   "財務省",
		"財務省主計局":                  "財務省",
		"財務省 主計局総務課":              "財務省",
		"財務省 田中":                  "財務省",
		"財務省担当者":                  "財務省",
		"財務省（公式）":                 "財務省",
		"【財務省】":                   "財務省",
		"国税庁 e-Tax":               "国税庁",
		"MOF":                     "ＭＯＦ",
		"ＭＯＦ":                     "ＭＯＦ",
		"Amazon Customer Service": "Amazon",
		"AMAZON.CO.JP":            "Amazon",
		"楽天カード株式会社":               "楽天",
		"お客様サポート（三井住友カード）": "三井住友カード",
		"":                               "",
		"田中":                             "",
		"財務省担当":                          "",
		"財務省 担当 田中":                      "",
		"財務省ML":                          "",
		"財務省 ML":                         "",
		"財務省OB会":                         "",
		"財務省様":                           "",
		"財務省を考える会":                       "",
		"元財務省 田中":                        "",
		"MOF1":                           "",
		"MOFU":                           "",
		"Mofmof":                         "",
		"Amazonia":                       "",
		"Mamazon":                        "",
		"Amazon Watch":                   "",
		"総務省テレコム懇談会":                     "",
		"財務省 " + strings.Repeat("あ", 17): "",
	} {
		got := ""
		if found := b.claimed(name); len(found) > 0 {
			got = found[0].name
		}
		if (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestPersonKey(t *testing.T) {
	for a, b := range map[string]string{"財務 太郎": "財務　太郎", "Zaimu Taro": "TARO, Zaimu", "ｚａｉｍｕ taro": "Zaimu Taro", "財務太郎（課長）": "財務 太郎"} {
		if personKey(a) != personKey(b) {
			t.Errorf("%s and %s are two", a, b)
		}
	}
	if personKey("財務 太郎") == personKey("太郎 財務") || personKey("Taro Z") == personKey("Taro A") {
		t.Error("two are one")
	}
}

func TestReadDate(t *testing.T) {
	want := time.Date(2026, 11, 20, 2, 58, 0, 0, time.UTC)
	for _, s := range []string{"Fri, 20 Nov 2026 11:58:00 +0900", "20 Nov 2026 11:58 +0900", "Fri,20 Nov 26 11:58:00 JST", "Thu, 19 Nov 2026 21:58:00 EST",
		"Fri, 20 Nov 2026 02:58:00 GMT", "Fri, 20 Nov 2026 02:58:00", "Fri, 20 Nov 2026 11:58:00 +0900 (日本標準時)", "Thu, 19 Nov 2026 23:28:00 -0330",
		"  Fri,\n 20 Nov 2026 02:58:00 -0000"} {
		if at, _, ok := readDate(s); !ok || !at.Equal(want) {
			t.Errorf("%s: %v, %v", s, at, ok)
		}
	}
	for _, s := range []string{"", "(", "Fri", "Fri, 20 Nov", "32 Nov 2026 11:58:00 +0900", "20 Foo 2026 1:58 +0900", "Fri, 20 Nov 2026 25:00:00 +0900"} {
		if at, _, ok := readDate(s); ok {
			t.Errorf("%q: %v", s, at)
		}
	}
	for zone, want := range map[string]bool{"+0900": true, "-1200": true, "+1400": true, "+1401": false, "+1500": false, "+0860": false, "+090": false, "+09000": false, "+09a0": false} {
		if validZone(zone) != want {
			t.Errorf("%s: %v", zone, !want)
		}
	}
}

func FuzzReadDate(f *testing.F) {
	for _, s := range []string{"Fri, 20 Nov 2026 11:58:00 +0900", "20 Nov 26 1:58 JST", "(", ", , , ,", "1 Jan 1 1:1 +"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, zone, ok := readDate(s); ok && zone != "" && validZone(zone) && (at.Year() < -1 || at.Year() > 10000) {
			t.Errorf("%q: %v", s, at)
		}
	})
}

// FuzzNames reads whatever a display name and a text can be.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"財務省 主計局 田中", "国 税 厅", "Amazon.co.jp@x", "\xff\xfe", "e-Tax（国税電子申告）", "----\nTEL\n外務省\n@"} {
		f.Add(s)
	}
	p := fixturePolicy()
	a := New(p)
	f.Fuzz(func(t *testing.T, s string) {
		a.lists.bodies.claimed(s)
		personKey(s)
		r := &reading{Assessor: a, in: Input{Message: &policy.Message{}, Facts: &policy.Facts{}}}
		for _, line := range signatureLines(s) {
			reachable(line)
		}
		r.otherAddress(signatureLines(s))
		for _, at := range foldName(s).breaks {
			if at <= 0 || at >= len(foldName(s).text)+1 {
				t.Errorf("a break at %d of %d", at, len(foldName(s).text))
			}
		}
	})
}

// TestExemption holds what an exemption of the spoof rule asks for.
func TestExemption(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		change func(*policy.Exemption)
		want   bool
	}{
		{"covered", func(*policy.Exemption) {}, true},
		{"any domain", func(e *policy.Exemption) { e.Domains = nil }, true},
		{"until later", func(e *policy.Exemption) { e.Until = at.Add(1) }, true},
		{"until now", func(e *policy.Exemption) { e.Until = at }, false},
		{"another claim", func(e *policy.Exemption) { e.Claims = []policy.Claim{policy.ClaimHelo} }, false},
		{"another domain", func(e *policy.Exemption) { e.Domains = []policy.Domain{"meti.go.jp"} }, false},
		{"another network", func(e *policy.Exemption) { e.Networks = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")} }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := policy.Exemption{Name: "relay", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
				Claims: []policy.Claim{policy.ClaimFrom}, Domains: []policy.Domain{"mof.go.jp"}}
			tt.change(&e)
			in, p, err := input("client 192.0.2.1\nfrom x@sender.example none\ndmarc mof.go.jp none", []byte("From: a@mof.go.jp\n\n"))
			if err != nil {
				t.Fatal(err)
			}
			p.Spoof.Exempt = []policy.Exemption{e}
			found := false
			for _, h := range New(p).Assess(in).Hits {
				found = found || h.Indicator == "protected_domain_unauth"
			}
			if found == tt.want {
				t.Errorf("found: %v", found)
			}
		})
	}
}

// TestMayClaim holds who may bear the name of an organisation besides itself.
func TestMayClaim(t *testing.T) {
	p := fixturePolicy()
	p.Spoof.Protected = []policy.Domain{"protected.example"}
	p.Suspicion.Lists.Organisations = []policy.NamedBody{
		{Names: []string{"財務省"}, Domains: []policy.Domain{"mof.example"}},
		{Names: []string{"総務省"}, Domains: []policy.Domain{"soumu.go.jp", "gmail.com"}},
	}
	r := &reading{Assessor: New(p)}
	for _, tt := range []struct {
		name   string
		domain policy.Domain
		want   bool
	}{
		{"総務省", "mail.soumu.go.jp", true}, {"総務省", "sender.example", false},
		{"総務省", "mof.example", true}, {"総務省", "a.protected.example", true}, {"総務省", "mic.gov.sg", true},
		{"総務省", "gmail.com", false}, {"総務省", "mail.gmail.com", true},
		{"財務省", "saas.example", true}, {"総務省", "saas.example", false},
	} {
		if got := r.mayClaim(r.lists.bodies.claimed(tt.name), tt.domain); got != tt.want {
			t.Errorf("%s at %s: %v", tt.name, tt.domain, got)
		}
	}
}
