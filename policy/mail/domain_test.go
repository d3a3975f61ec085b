package mail

import (
	"strings"
	"testing"

	"sekimori/policy"
)

func TestDomain(t *testing.T) {
	tests := []struct {
		name, in string
		want     policy.Domain // "" means that it is refused
	}{
		{"plain", "mof.go.jp", "mof.go.jp"},
		{"upper case", "MOF.Go.JP", "mof.go.jp"},
		{"trailing dot", "mof.go.jp.", "mof.go.jp"},
		{"two trailing dots", "mof.go.jp..", "mof.go.jp"},
		{"underscore", "_dmarc.mof.go.jp", "_dmarc.mof.go.jp"},
		{"single label", "localhost", "localhost"},
		{"blanks around", " mof.go.jp\t", "mof.go.jp"},
		{"blank inside", "mof .go.jp", ""},
		{"full width", "ｍｏｆ．ｇｏ．ｊｐ", "mof.go.jp"},
		{"full width capitals", "ＭＯＦ．ＧＯ．ＪＰ", "mof.go.jp"},
		{"ideographic full stop", "mof。go。jp", "mof.go.jp"},
		{"half width full stop", "mof｡go｡jp", "mof.go.jp"},
		{"trailing ideographic full stop", "mof.go.jp。", "mof.go.jp"},
		{"one dot leader", "mof․go.jp", "mof.go.jp"},
		{"soft hyphen", "mof.g\u00ado.jp", "mof.go.jp"},
		{"zero width joiner", "mof.go\u200d.jp", "mof.go.jp"},
		{"zero width non-joiner", "mof.go\u200c.jp", "mof.go.jp"},
		{"zero width space", "mof.go.jp\u200b", "mof.go.jp"},
		{"byte order mark", "\ufeffmof.go.jp", "mof.go.jp"},
		{"bidirectional mark", "mof.go.jp\u200f", "mof.go.jp"},
		{"isolate", "\u2066mof.go.jp\u2069", "mof.go.jp"},
		{"variation selector", "mof.go\ufe0f.jp", "mof.go.jp"},
		{"variation selector supplement", "mof.go\U000e0100.jp", "mof.go.jp"},
		{"tag characters", "mof.go.jp\U000e0065\U000e0076", "mof.go.jp"},
		{"hangul filler", "mof.go\u3164.jp", "mof.go.jp"},
		{"NUL inside", "mof.go\x00.jp", "mof.go.jp"},
		{"delete inside", "mof.go\x7f.jp", "mof.go.jp"},
		{"mathematical letters", "𝐦𝐨𝐟.𝗀𝗈.𝒿𝓅", "mof.go.jp"},
		{"circled letters", "ⓜⓞⓕ.go.jp", "mof.go.jp"},
		{"U-label", "財務省.jp", "xn--lhr645fq0o.jp"},
		{"A-label", "xn--lhr645fq0o.jp", "xn--lhr645fq0o.jp"},
		{"A-label in capitals", "XN--LHR645FQ0O.jp", "xn--lhr645fq0o.jp"},
		{"A-label of plain letters", "mof.xn--go-.jp", "mof.go.jp"},
		{"A-label of full width letters", "mof.xn--si7cqa.jp", "mof.go.jp"},
		{"broken A-label stays", "xn--99999999\u00ad.jp", "xn--99999999.jp"},
		{"sharp s stays", "straße.example", "xn--strae-oqa.example"},
		{"label refused by IDNA", "a_ü.example", "xn--a_-yka.example"},
		{"Cyrillic is another name", "mоf.go.jp", "xn--mf-fmc.go.jp"},
		{"replacement character", "mof\ufffd.go.jp", ""},
		{"empty", "", ""},
		{"dot", ".", ""},
		{"only invisible", "\u200b", ""},
		{"leading dot", ".go.jp", ""},
		{"empty label", "mof..go.jp", ""},
		{"address literal", "[192.0.2.1]", ""},
		{"octet that is no letter", "mof!.go.jp", ""},
		{"no UTF-8", "mof\xff.go.jp", ""},
		{"label of 63", strings.Repeat("a", 63) + ".jp", policy.Domain(strings.Repeat("a", 63) + ".jp")},
		{"label of 64", strings.Repeat("a", 64) + ".jp", ""},
		{"253 octets", strings.Repeat("a.", 126) + "a", policy.Domain(strings.Repeat("a.", 126) + "a")},
		{"254 octets", strings.Repeat("a.", 126) + "aa", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Domain(tt.in)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Domain(%q) = %q, %v; want %q", tt.in, got, ok, tt.want)
			}
		})
	}
}

func TestDomainInputLimit(t *testing.T) {
	pad := strings.Repeat("\u00ad", (MaxDomainInput-len("go.jp"))/2)
	at := pad + "go.jp" + strings.Repeat(" ", MaxDomainInput-len(pad)-len("go.jp"))
	if len(at) != MaxDomainInput {
		t.Fatalf("input has %d octets", len(at))
	}
	if d, ok := Domain(at); d != "go.jp" || !ok {
		t.Errorf("at the limit: %q, %v", d, ok)
	}
	if d, ok := Domain(at + " "); ok {
		t.Errorf("above the limit: %q", d)
	}
}

func TestDomainAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Domain("mail.mof.go.jp.") }); n != 0 {
		t.Errorf("%v allocations for a plain name, want 0", n)
	}
}

func FuzzDomain(f *testing.F) {
	for _, s := range []string{"mof.go.jp", "ＭＯＦ。ｇｏ．ｊｐ.", "xn--lhr645fq0o.jp", "xn--xn--a-.b", "財務省.jp", "a\u00ad\u202e.b", "\xff.\x00", "xn--go-.jp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := Domain(s)
		if ok != (d != "") {
			t.Fatalf("Domain(%q) = %q, %v", s, d, ok)
		}
		if !ok {
			return
		}
		if p, err := policy.ParseDomain(string(d)); err != nil || p != d {
			t.Fatalf("Domain(%q) = %q is not canonical: %v", s, d, err)
		}
		if again, _ := Domain(string(d)); again != d {
			t.Fatalf("Domain(%q) = %q, and of that %q", s, d, again)
		}
	})
}

func BenchmarkDomain(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"plain", "mail.mof.go.jp"}, {"upper", "Mail.MOF.go.jp"}, {"wide", "ｍｏｆ．ｇｏ．ｊｐ"}, {"a_label", "xn--lhr645fq0o.jp"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Domain(bb.in)
			}
		})
	}
}
