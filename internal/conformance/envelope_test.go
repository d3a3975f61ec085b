package conformance

import (
	"net/netip"
	"strings"
	"testing"

	"sekimori/milter"
	"sekimori/policy"
)

// twoHouses is a world in which an attacker lets everybody send and the others let nobody: whoever takes the wrong part
// of an argument for its domain says pass.
const twoHouses = `
attacker.test         TXT "v=spf1 +all"
victim.test           TXT "v=spf1 -all"
xn--r8jz45g.test      TXT "v=spf1 ~all"
helo.victim.test      TXT "v=spf1 ?all"
`

// TestEnvelopeReadings sends arguments of MAIL that readers read in more than one way, and wants the reading of the MTA:
// the domain where a reply would go (RFC 5321, 4.1.2 and 4.5.5; RFC 6531, 3.3).
func TestEnvelopeReadings(t *testing.T) {
	g, err := open(t, twoHouses)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	for _, c := range []struct {
		name, arg string
		want      policy.Result
		domain    string // of smtp.mailfrom, or all of it where it has none; "" where nothing is written
	}{
		{"plain", `<a@victim.test>`, "fail", "victim.test"},
		{"the attacker is known to pass", `<a@attacker.test>`, "pass", "attacker.test"},
		{"an at sign in quotes", `<"x@attacker.test"@victim.test>`, "fail", "victim.test"},
		{"the first of two at signs", `<x@attacker.test@victim.test>`, "fail", "victim.test"},
		{"an escaped quote", `<"x\"@attacker.test"@victim.test>`, "fail", "victim.test"},
		{"an escaped at sign", `<x\@attacker.test@victim.test>`, "fail", "victim.test"},
		{"a source route", `<@attacker.test:a@victim.test>`, "fail", "victim.test"},
		{"a source route of two hosts", `<@attacker.test,@b.attacker.test:a@victim.test>`, "fail", "victim.test"},
		{"a comment behind", `<a@victim.test(@attacker.test)>`, "fail", "victim.test"},
		{"a comment in front", `<(x@attacker.test)a@victim.test>`, "fail", "victim.test"},
		{"brackets in quotes", `<"<x@attacker.test>"@victim.test>`, "fail", "victim.test"},
		{"capitals and a last dot", `<a@VICTIM.TEST.>`, "fail", "victim.test"},
		{"full width", "<a@ｖｉｃｔｉｍ.test>", "fail", "victim.test"},
		{"ideographic full stop", "<a@victim。test>", "fail", "victim.test"},
		{"a U-label", "<a@例え.test>", "softfail", "xn--r8jz45g.test"},
		{"its A-label", "<a@XN--R8JZ45G.test>", "softfail", "xn--r8jz45g.test"},
		{"a local part in UTF-8", "<山田@victim.test>", "fail", "victim.test"},
		{"a local part in octets", "<\xff\x80@victim.test>", "fail", "victim.test"},
		{"a domain in octets", "<a@vict\xffim.test>", "none", "a"},
		{"no local part", `<@victim.test>`, "fail", "victim.test"},
		{"an empty local part", `<""@victim.test>`, "fail", "victim.test"},
		{"no brackets", `a@victim.test`, "fail", "victim.test"},
		{"no domain", `<a>`, "none", "a"},
		{"an empty label", `<a@victim..test>`, "none", "a"},
		{"an address literal", `<a@[203.0.113.9]>`, "none", "a"},
		{"null", `<>`, "neutral", ""},
		{"a result in the local part", `<"a; dkim=pass header.d=victim.test"@victim.test>`, "fail", "victim.test"},
		{"a property in the local part", `<"a\" smtp.mailfrom=x@attacker.test"@victim.test>`, "fail", "victim.test"},
		{"a result in an atom", `<a;dkim=pass@victim.test>`, "fail", "victim.test"},
		{"a line end", "<\"a\r\nX-Other: b\"@victim.test>", "fail", "victim.test"},
		{"a macro", `<%{d}@victim.test>`, "fail", "victim.test"},
		{"a long local part", "<" + strings.Repeat("a", 2000) + "@victim.test>", "fail", "victim.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := letter(netip.MustParseAddr("203.0.113.9"), "helo.victim.test", c.arg)
			got, field := g.spf(in)
			if got != c.want {
				t.Errorf("%s, want %s:%s", got, c.want, field)
			}
			only(t, g, in, c.want, c.domain)
		})
	}
}

// only looks for what the argument smuggled into the field: another result, another sender.
func only(t *testing.T, g *gate, in milter.ProbeMessage, want policy.Result, domain string) {
	t.Helper()
	all, field := g.results(in)
	methods := ""
	for i, r := range all {
		methods += r.Method + " "
		from, ok := r.Get("smtp", "mailfrom")
		if ok != (i == 0 && domain != "") || ok && !strings.HasSuffix(from, "@"+domain) && from != domain {
			t.Errorf("result %d has the sender %q:%s", i, from, field)
		}
		if r.Result == "pass" && want != policy.ResultPass {
			t.Errorf("a pass that is none:%s", field)
		}
	}
	wanted := "spf spf dkim dmarc "
	if in.Sender == "<>" {
		wanted = "spf dkim dmarc "
	}
	if methods != wanted {
		t.Errorf("results of %s, want %s:%s", methods, wanted, field)
	}
}

// TestHeloReadings sends arguments of HELO that are no domain, or more than one.
func TestHeloReadings(t *testing.T) {
	g, err := open(t, twoHouses)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	for _, c := range []struct {
		name, helo string
		want       policy.Result
	}{
		{"plain", "victim.test", "fail"},
		{"capitals and a last dot", "VICTIM.test.", "fail"},
		{"a U-label", "例え.test", "softfail"},
		{"an address literal", "[203.0.113.9]", "none"},
		{"an address", "victim.test@attacker.test", "none"},
		{"two words", "victim.test attacker.test", "none"},
		{"a result", "victim.test; dkim=pass", "none"},
		{"a line end", "victim.test\r\nX-Other: b", "none"},
		{"octets", "vict\xffim.test", "none"},
		{"a long one", strings.Repeat("a.", 3000), "none"},
		{"none", "", "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := letter(netip.MustParseAddr("203.0.113.9"), c.helo, "<>")
			if got, field := g.spf(in); got != c.want {
				t.Errorf("%s, want %s:%s", got, c.want, field)
			}
			only(t, g, in, c.want, "")
		})
	}
}
