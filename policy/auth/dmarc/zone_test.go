package dmarc

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// zone answers from a few lines, "name value". A value of "!servfail", "!timeout" or "!panic" is that
// failure. Names above a
// name that is there exist too (RFC 8020); all else does not.
type zone struct {
	txt map[string][]string

	mu    sync.Mutex
	asked []string
}

func newZone(lines ...string) *zone {
	z := &zone{txt: make(map[string][]string)}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		z.txt[name] = append(z.txt[name], value)
	}
	return z
}

func (z *zone) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	z.mu.Lock()
	z.asked = append(z.asked, name)
	z.mu.Unlock()
	if ctx.Err() != nil {
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
	txt := z.txt[name]
	switch {
	case t != policy.TypeTXT:
		panic("asked for " + string(t))
	case len(txt) == 1 && txt[0] == "!panic":
		panic(name)
	case len(txt) == 1 && strings.HasPrefix(txt[0], "!"):
		return policy.DNSAnswer{Status: policy.DNSStatus(txt[0][1:])}
	case len(txt) > 0 && txt[0] != "":
		return policy.DNSAnswer{Status: policy.DNSFound, TXT: txt}
	}
	for other := range z.txt {
		if other == name || strings.HasSuffix(other, "."+name) {
			return policy.DNSAnswer{Status: policy.DNSNoData}
		}
	}
	return policy.DNSAnswer{Status: policy.DNSNXDomain}
}

// identity reads "result domain" of SPF or DKIM; "pass" may be left out.
func identity(s string) (policy.Result, policy.Domain) {
	result, domain, found := strings.Cut(s, " ")
	if !found {
		return policy.ResultPass, policy.Domain(s)
	}
	return policy.Result(result), policy.Domain(domain)
}

type evaluation struct {
	name     string
	zone     []string
	suffixes []policy.Domain
	psl      bool
	author   policy.Domain
	spf      string
	dkim     []string
	want     policy.DMARC // Author is filled in; without Name the author exists
}

func (c *evaluation) run(t *testing.T) {
	z := newZone(c.zone...)
	for _, trace := range []bool{false, true} {
		e := New(Config{Resolver: z, PublicSuffixes: c.suffixes, PublicSuffixList: c.psl, Trace: trace})
		var spf policy.SPF
		var spfDomain policy.Domain
		if c.spf != "" {
			spf.Result, spfDomain = identity(c.spf)
		}
		var dkim []policy.DKIM
		for _, s := range c.dkim {
			r, d := identity(s)
			dkim = append(dkim, policy.DKIM{Result: r, Domain: d})
		}
		d := e.Discover(t.Context(), c.author)
		got := e.Evaluate(t.Context(), d, spf, spfDomain, dkim)
		if trace != (len(got.Steps) > 0) && c.author != "" {
			t.Errorf("trace %v, but %d steps", trace, len(got.Steps))
		}
		got.Steps = nil
		want := c.want
		want.Author = c.author
		if want.Name == "" && (got.Name == policy.DNSFound || got.Name == policy.DNSNoData) {
			got.Name = "" // it exists
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("trace %v (-want +got):\n%s", trace, diff)
		}
	}
}

func asked(z *zone) []string {
	names := slices.Clone(z.asked)
	z.asked = nil
	return names
}
