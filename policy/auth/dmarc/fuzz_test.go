package dmarc

import (
	"context"
	"strings"
	"testing"

	"sekimori/policy"
)

// FuzzEvaluate holds what is true of every zone: a domain aligns with itself, a stranger never does, and no record
// means none.
func FuzzEvaluate(f *testing.F) {
	f.Add("v=DMARC1; p=reject", "v=DMARC1; psd=y", "", "a.example.com", "b.example.com")
	f.Add("", "v=DMARC1; p=none; psd=n", "v=DMARC1", "a.example.com", "example.com")
	f.Add("!timeout", "", "!servfail", "a.example.com", "c.b.example.com")
	f.Fuzz(func(t *testing.T, one, two, three, author, id string) {
		a, err := policy.ParseDomain(author)
		if err != nil {
			return
		}
		other, err := policy.ParseDomain(id)
		if err != nil {
			return
		}
		z := newZone("_dmarc."+string(a)+" "+one, "_dmarc."+string(a.Parent())+" "+two, "_dmarc."+string(other)+" "+three)
		e := New(Config{Resolver: z, PublicSuffixList: true, PublicSuffixes: []policy.Domain{"go.jp"}})
		d := e.Discover(t.Context(), a)
		m := e.Evaluate(t.Context(), d, policy.SPF{Result: policy.ResultPass}, other, []policy.DKIM{{Result: policy.ResultPass, Domain: a}})
		if m.DKIM != a {
			t.Fatalf("%s is not aligned with itself: %+v", a, m)
		}
		if m.SPFAligned && other != a && !other.Under(d.org) {
			t.Fatalf("%s is aligned with %s outside %s", other, a, d.org)
		}
		if (m.Result == policy.ResultPass || m.Result == policy.ResultFail) != (m.Policy != "" && m.Result != policy.ResultTempError) {
			t.Fatalf("%s with policy %q", m.Result, m.Policy)
		}
		m = e.Evaluate(t.Context(), d, policy.SPF{}, "", nil)
		if m.Result == policy.ResultPass {
			t.Fatal("pass without anything authenticated")
		}
	})
}

// steady answers at once and allocates nothing.
type steady map[string]policy.DNSAnswer

func (z steady) Lookup(_ context.Context, name string, _ policy.DNSType) policy.DNSAnswer {
	if a, ok := z[name]; ok {
		return a
	}
	return policy.DNSAnswer{Status: policy.DNSNXDomain}
}

func newSteady(lines ...string) steady {
	z := make(steady)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		z[name] = policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{value}}
	}
	return z
}

func BenchmarkWarm(b *testing.B) {
	benchmarks := []struct {
		name   string
		author policy.Domain
		spf    policy.Domain
		dkim   policy.Domain
	}{
		{"same_domain", "example.com", "example.com", "example.com"},
		{"below", "news.example.com", "bounce.example.com", "example.com"},
		{"no_record", "example.co.jp", "mail.example.co.jp", "example.co.jp"},
	}
	e := New(Config{
		Resolver:         newSteady("_dmarc.example.com v=DMARC1; p=reject; sp=quarantine; adkim=r; aspf=r; rua=mailto:dmarc@example.com", "news.example.com x", "example.co.jp x"),
		PublicSuffixList: true, PublicSuffixes: []policy.Domain{"go.jp"},
	})
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			dkim := []policy.DKIM{{Result: policy.ResultPass, Domain: bb.dkim}}
			b.ReportAllocs()
			for b.Loop() {
				d := e.Discover(b.Context(), bb.author)
				e.Evaluate(b.Context(), d, policy.SPF{Result: policy.ResultPass}, bb.spf, dkim)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("v=DMARC1; p=reject; sp=quarantine; adkim=r; aspf=r; rua=mailto:dmarc@example.com; ruf=mailto:dmarc@example.com; fo=1")
	}
}
