package mail

import (
	"strings"
	"testing"

	"sekimori/policy"
)

func TestEnvelopeAddress(t *testing.T) {
	tests := []struct {
		name, in string
		local    string
		domain   policy.Domain
		problem  string
	}{
		{"ordinary", "<taro@mof.go.jp>", "taro", "mof.go.jp", ""},
		{"without brackets", "taro@mof.go.jp", "taro", "mof.go.jp", ""},
		{"blanks around", " < taro@mof.go.jp > ", "taro", "mof.go.jp", ""},
		{"capitals", "<Taro@MOF.go.jp.>", "Taro", "mof.go.jp", ""},
		{"null", "<>", "", "", ""},
		{"nothing", "", "", "", ""},
		{"null quoted", `""`, "", "", ""},
		{"null quoted in brackets", `<"">`, "", "", ""},
		{"no domain", "<postmaster>", "postmaster", "", ""},
		{"source route", "<@a.example,@b.example:taro@mof.go.jp>", "taro", "mof.go.jp", ""},
		{"source route without brackets", "@relay.example:taro@mof.go.jp", "taro", "mof.go.jp", ""},
		{"source route alone", "<@a.example:>", "", "", ProblemPathRoute},
		{"quoted", `<"taro yamada"@mof.go.jp>`, "taro yamada", "mof.go.jp", ""},
		{"quoted @", `<"x@evil.test"@mof.go.jp>`, "x@evil.test", "mof.go.jp", ""},
		{"quoted quote and bracket", `<"a\">b"@mof.go.jp>`, `a">b`, "mof.go.jp", ""},
		{"partly quoted", `<a."b c".d@mof.go.jp>`, "a.b c.d", "mof.go.jp", ""},
		{"backslash outside quotes", `<a\@b@mof.go.jp>`, "a@b", "mof.go.jp", ""},
		{"empty quoted local part", `<""@mof.go.jp>`, "", "mof.go.jp", ProblemPathLocal},
		{"last @ splits", "<a@evil.test@mof.go.jp>", "a@evil.test", "mof.go.jp", ""},
		{"comment", "<taro(at home)@mof(x@evil.test).go.jp>", "taro", "mof.go.jp", ""},
		{"percent", "<taro%mof.go.jp@evil.test>", "taro%mof.go.jp", "evil.test", ""},
		{"literal", "<taro@[192.0.2.1]>", "taro", "", ""},
		{"IPv6 literal", "<taro@[IPv6:2001:db8::1]>", "taro", "", ""},
		{"UTF-8", "<太郎@財務省.jp>", "太郎", "xn--lhr645fq0o.jp", ""},
		{"8 bit", "<\xe9@mof.go.jp>", "\xe9", "mof.go.jp", ""},
		{"wide domain", "<taro@ｍｏｆ．ｇｏ．ｊｐ>", "taro", "mof.go.jp", ""},
		{"no local part", "<@mof.go.jp>", "", "mof.go.jp", ProblemPathLocal},
		{"no domain after @", "<taro@>", "taro", "", ProblemPathDomain},
		{"bad domain", "<taro@mof..go.jp>", "taro", "", ProblemPathDomain},
		{"blank", "<taro yamada@mof.go.jp>", "taro yamada", "mof.go.jp", ProblemPathBlank},
		{"control", "<taro\x01@mof.go.jp>", "taro\x01", "mof.go.jp", ProblemPathControl},
		{"NUL", "<taro@mof.go.jp\x00@evil.test>", "taro@mof.go.jp\x00", "evil.test", ProblemPathControl},
		{"unclosed quote", `<"taro@mof.go.jp>`, "taro", "mof.go.jp", ProblemPathQuote},
		{"unclosed comment", `<taro@mof.go.jp(x>`, "taro", "mof.go.jp", ProblemPathQuote},
		{"missing bracket", "<taro@mof.go.jp", "taro", "mof.go.jp", ProblemPathBracket},
		{"double brackets", "<<taro@mof.go.jp>>", "taro", "mof.go.jp", ProblemPathBracket},
		{"name before", "Taro <taro@mof.go.jp>", "taro", "mof.go.jp", ProblemPathBracket},
		{"two addresses", "<x@evil.test><taro@mof.go.jp>", "taro", "mof.go.jp", ProblemPathBracket},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problem := EnvelopeAddress(tt.in)
			if want := (policy.Address{Local: tt.local, Domain: tt.domain}); got != want || problem != tt.problem {
				t.Errorf("EnvelopeAddress(%q) = %+v, %q; want %+v, %q", tt.in, got, problem, want, tt.problem)
			}
		})
	}
}

func TestEnvelopeAddressLimit(t *testing.T) {
	at := "<" + strings.Repeat("a", MaxEnvelope-len("<@go.jp>")) + "@go.jp>"
	if a, problem := EnvelopeAddress(at); a.Domain != "go.jp" || problem != "" {
		t.Errorf("at the limit: %q, %q", a.Domain, problem)
	}
	if a, problem := EnvelopeAddress(at + " "); !a.IsNull() || problem != ProblemPathLong {
		t.Errorf("above the limit: %v, %q", a, problem)
	}
}

func FuzzEnvelopeAddress(f *testing.F) {
	for _, s := range []string{"<>", "<a@b>", `<"a\"@b"@c>`, "<@a,@b:c@d>", "((((", `<"`, "<@:", "<\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, problem := EnvelopeAddress(s)
		if a.Domain == "" {
			return
		}
		if _, err := policy.ParseDomain(string(a.Domain)); err != nil {
			t.Fatalf("%q has domain %q (%q): %v", s, a.Domain, problem, err)
		}
	})
}

func BenchmarkEnvelopeAddress(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		EnvelopeAddress("<taro.yamada@mail.mof.go.jp>")
	}
}
