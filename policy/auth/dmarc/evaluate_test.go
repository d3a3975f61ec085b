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

// zone answers from a few lines, "name value". A value of "!servfail" or "!timeout" is that failure. Names above a
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

func TestEvaluateRecord(t *testing.T) {
	tests := []evaluation{
		{
			name: "nothing authenticated", zone: []string{"_dmarc.example.com v=DMARC1; p=reject"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "no author", zone: nil, author: "",
			want: policy.DMARC{Result: "none", Reason: ReasonNoAuthor},
		},
		{
			name: "no record", zone: []string{"example.com x"}, author: "example.com",
			want: policy.DMARC{Result: "none", OrgDomain: "example.com", Reason: ReasonNoRecord},
		},
		{
			name: "no record and no such name", zone: []string{"com x"}, author: "example.com",
			want: policy.DMARC{Result: "none", OrgDomain: "example.com", Name: "nxdomain", Reason: ReasonNoRecord},
		},
		{
			name: "other text beside the record", zone: []string{"_dmarc.example.com v=spf1 -all", "_dmarc.example.com v=DMARC1; p=quarantine"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: quarantine, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "two records: none counts", zone: []string{"_dmarc.example.com v=DMARC1; p=quarantine", "_dmarc.example.com v=DMARC1; p=reject"}, author: "example.com",
			want: policy.DMARC{Result: "none", OrgDomain: "example.com", Reason: ReasonNoRecord},
		},
		{
			name:   "three records: none counts",
			zone:   []string{"_dmarc.example.com v=DMARC1; p=quarantine", "_dmarc.example.com v=DMARC1; p=reject", "_dmarc.example.com v=DMARC1; p=reject"},
			author: "example.com",
			want:   policy.DMARC{Result: "none", OrgDomain: "example.com", Reason: ReasonNoRecord},
		},
		{
			name:   "two records: the walk goes on",
			zone:   []string{"_dmarc.a.example.com v=DMARC1; p=none; psd=n", "_dmarc.a.example.com v=DMARC1; p=none", "_dmarc.example.com v=DMARC1; p=reject"},
			author: "a.example.com",
			want:   policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "p missing with rua is none", zone: []string{"_dmarc.example.com v=DMARC1; rua=mailto:a@example.com"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: none, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "p missing without rua", zone: []string{"_dmarc.example.com v=DMARC1"}, author: "example.com", spf: "example.com",
			want: policy.DMARC{Result: "none", Record: "example.com", OrgDomain: "example.com", SPFAligned: true, Reason: ReasonUnusable},
		},
		{
			name: "p not valid without rua", zone: []string{"_dmarc.example.com v=DMARC1; p=x"}, author: "example.com", dkim: []string{"example.com"},
			want: policy.DMARC{Result: "permerror", Record: "example.com", OrgDomain: "example.com", DKIM: "example.com", Reason: string(FaultP)},
		},
		{
			name: "sp not valid with rua", zone: []string{"_dmarc.example.com v=DMARC1; p=reject; sp=x; rua=mailto:a@example.com"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: none, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "an own record that asks for nothing hides the one above", author: "a.example.com",
			zone: []string{"_dmarc.a.example.com v=DMARC1", "_dmarc.example.com v=DMARC1; p=reject"},
			want: policy.DMARC{Result: "none", Record: "a.example.com", OrgDomain: "example.com", Reason: ReasonUnusable},
		},
		{
			name: "t=y", zone: []string{"_dmarc.example.com v=DMARC1; p=reject; t=y"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: reject, Testing: true, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, tt.run)
	}
}

func TestEvaluateDiscovery(t *testing.T) {
	org := []string{"_dmarc.example.com v=DMARC1; p=none; sp=quarantine; np=reject"}
	tests := []evaluation{
		{
			name: "own record before that above", author: "a.example.com", zone: append(org, "_dmarc.a.example.com v=DMARC1; p=reject; sp=none"),
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "a.example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "sp for a name that exists", author: "a.example.com", zone: append(org, "a.example.com x"),
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: none, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "sp for an empty non-terminal", author: "a.example.com", zone: append(org, "www.a.example.com x"),
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: none, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "np for a name that does not exist", author: "a.example.com", zone: org,
			want: policy.DMARC{Result: "fail", Policy: reject, Published: none, Record: "example.com", OrgDomain: "example.com", Name: "nxdomain", Reason: ReasonNothingPassed},
		},
		{
			name: "the organisation's record, not the one between", author: "a.b.example.com",
			zone: append(org, "_dmarc.b.example.com v=DMARC1; p=none; sp=none; np=none"),
			want: policy.DMARC{Result: "fail", Policy: reject, Published: none, Record: "example.com", OrgDomain: "example.com", Name: "nxdomain", Reason: ReasonNothingPassed},
		},
		{
			name: "psd=n ends the walk", author: "a.b.example.com", zone: append(org, "_dmarc.b.example.com v=DMARC1; p=none; sp=none; psd=n"),
			want: policy.DMARC{Result: "fail", Policy: none, Published: none, Record: "b.example.com", OrgDomain: "b.example.com", Name: "nxdomain", Reason: ReasonNothingPassed},
		},
		{
			name: "the public suffix's record where the organisation has none", author: "a.b.example.com",
			zone: []string{"_dmarc.example.com v=DMARC1; p=reject; sp=none; psd=y", "a.b.example.com x"},
			want: policy.DMARC{Result: "fail", Policy: none, Published: reject, Record: "example.com", OrgDomain: "b.example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "the organisation's record before the public suffix's", author: "a.b.example.com",
			zone: []string{"_dmarc.example.com v=DMARC1; p=reject; psd=y", "_dmarc.b.example.com v=DMARC1; p=none", "a.b.example.com x"},
			want: policy.DMARC{Result: "fail", Policy: none, Published: none, Record: "b.example.com", OrgDomain: "b.example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "a record between author and organisation below a public suffix is passed over", author: "a.b.c.example.com",
			zone: []string{"_dmarc.example.com v=DMARC1; p=quarantine; psd=y", "_dmarc.b.c.example.com v=DMARC1; p=reject", "a.b.c.example.com x"},
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: quarantine, Record: "example.com", OrgDomain: "c.example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "right below a public suffix, without a record", author: "b.example.com", zone: []string{"_dmarc.example.com v=DMARC1; p=reject; psd=y", "b.example.com x"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "b.example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "the public suffix itself is an author", author: "example.com", zone: []string{"_dmarc.example.com v=DMARC1; p=reject; psd=y"}, dkim: []string{"a.example.com"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNotAligned},
		},
		{
			name: "the fewest labels are the organisation", author: "a.b.example.com", spf: "other.example.com",
			zone: []string{"_dmarc.a.b.example.com v=DMARC1; p=reject", "_dmarc.example.com v=DMARC1; p=none", "other.example.com x"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "a.b.example.com", OrgDomain: "example.com", SPFAligned: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, tt.run)
	}
}

func TestEvaluateAlignment(t *testing.T) {
	zone := []string{
		"_dmarc.example.com v=DMARC1; p=reject", "a.example.com x", "b.example.com x",
		"_dmarc.own.example.com v=DMARC1; p=none; psd=n",
		"_dmarc.strict.test v=DMARC1; p=reject; adkim=s; aspf=s", "a.strict.test x",
		"_dmarc.half.test v=DMARC1; p=reject; adkim=s",
	}
	reply := func(author policy.Domain, r policy.Result, spf bool, dkim policy.Domain, reason string) policy.DMARC {
		org := author
		if author.Under("example.com") {
			org = "example.com"
		}
		record := org
		return policy.DMARC{Result: r, Policy: reject, Published: reject, Record: record, OrgDomain: org, SPFAligned: spf, DKIM: dkim, Reason: reason}
	}
	tests := []evaluation{
		{name: "SPF, the same", author: "example.com", spf: "example.com", want: reply("example.com", "pass", true, "", "")},
		{name: "SPF, below", author: "example.com", spf: "a.example.com", want: reply("example.com", "pass", true, "", "")},
		{name: "SPF, above", author: "a.example.com", spf: "example.com", want: reply("a.example.com", "pass", true, "", "")},
		{name: "SPF, beside", author: "a.example.com", spf: "b.example.com", want: reply("a.example.com", "pass", true, "", "")},
		{name: "SPF, other", author: "example.com", spf: "example.net", want: reply("example.com", "fail", false, "", ReasonNotAligned)},
		{name: "SPF, the same ending", author: "example.com", spf: "notexample.com", want: reply("example.com", "fail", false, "", ReasonNotAligned)},
		{name: "SPF, the top-level domain", author: "example.com", spf: "com", want: reply("example.com", "fail", false, "", ReasonNotAligned)},
		{name: "SPF softfail", author: "example.com", spf: "softfail example.com", want: reply("example.com", "fail", false, "", ReasonNothingPassed)},
		{name: "SPF below a psd=n", author: "example.com", spf: "own.example.com", want: reply("example.com", "fail", false, "", ReasonNotAligned)},
		{name: "DKIM, the same", author: "example.com", dkim: []string{"example.com"}, want: reply("example.com", "pass", false, "example.com", "")},
		{name: "DKIM, below", author: "example.com", dkim: []string{"a.example.com"}, want: reply("example.com", "pass", false, "a.example.com", "")},
		{name: "DKIM, second signature", author: "example.com", dkim: []string{"list.example.net", "fail example.com", "a.example.com"}, want: reply("example.com", "pass", false, "a.example.com", "")},
		{name: "DKIM, the author's own is preferred", author: "example.com", dkim: []string{"a.example.com", "example.com", "b.example.com"}, want: reply("example.com", "pass", false, "example.com", "")},
		{name: "DKIM fail", author: "example.com", dkim: []string{"fail example.com"}, want: reply("example.com", "fail", false, "", ReasonNothingPassed)},
		{name: "DKIM policy", author: "example.com", dkim: []string{"policy example.com"}, want: reply("example.com", "fail", false, "", ReasonNothingPassed)},
		{name: "both", author: "example.com", spf: "example.com", dkim: []string{"example.com"}, want: reply("example.com", "pass", true, "example.com", "")},
		{name: "strict, the same", author: "strict.test", spf: "strict.test", dkim: []string{"strict.test"}, want: reply("strict.test", "pass", true, "strict.test", "")},
		{name: "strict, below", author: "strict.test", spf: "a.strict.test", dkim: []string{"a.strict.test"}, want: reply("strict.test", "fail", false, "", ReasonNotAligned)},
		{name: "adkim=s alone", author: "half.test", spf: "a.half.test", dkim: []string{"a.half.test"}, want: reply("half.test", "pass", true, "", "")},
	}
	for i := range tests {
		tests[i].zone = zone
		t.Run(tests[i].name, tests[i].run)
	}
}

func TestEvaluatePublicSuffix(t *testing.T) {
	ministry := policy.DMARC{Result: "none", OrgDomain: "mof.go.jp", Reason: ReasonNoRecord}
	withSPF := ministry
	withSPF.SPFAligned = true
	withDKIM := ministry
	withDKIM.DKIM = "mail.mof.go.jp"
	goJP := []policy.Domain{"go.jp"}
	tests := []evaluation{
		{name: "configured: below the ministry", suffixes: goJP, zone: []string{"mof.go.jp x"}, author: "mof.go.jp", spf: "mail.mof.go.jp", want: withSPF},
		{name: "configured: another ministry", suffixes: goJP, zone: []string{"mof.go.jp x"}, author: "mof.go.jp", spf: "mod.go.jp", want: ministry},
		{name: "configured: the suffix itself", suffixes: goJP, zone: []string{"mof.go.jp x"}, author: "mof.go.jp", spf: "go.jp", want: ministry},
		{
			name: "a record at the suffix without psd cannot join ministries", suffixes: goJP, author: "mof.go.jp", spf: "mod.go.jp",
			zone: []string{"mof.go.jp x", "_dmarc.go.jp v=DMARC1; p=quarantine"},
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: quarantine, Record: "go.jp", OrgDomain: "mof.go.jp", Reason: ReasonNotAligned},
		},
		{
			name: "nor one with psd=n", suffixes: goJP, author: "mof.go.jp", spf: "mod.go.jp",
			zone: []string{"mof.go.jp x", "_dmarc.go.jp v=DMARC1; p=quarantine; psd=n"},
			want: policy.DMARC{Result: "fail", Policy: quarantine, Published: quarantine, Record: "go.jp", OrgDomain: "mof.go.jp", Reason: ReasonNotAligned},
		},
		{
			name: "without the setting such a record does", author: "mof.go.jp", spf: "mod.go.jp",
			zone: []string{"mof.go.jp x", "_dmarc.go.jp v=DMARC1; p=quarantine"},
			want: policy.DMARC{Result: "pass", Policy: quarantine, Published: quarantine, Record: "go.jp", OrgDomain: "go.jp", SPFAligned: true},
		},
		{
			name: "the suffix is an author: names below it do not align", suffixes: goJP, zone: []string{"go.jp x"}, author: "go.jp", spf: "mof.go.jp",
			want: policy.DMARC{Result: "none", OrgDomain: "go.jp", Reason: ReasonNoRecord},
		},
		{
			name: "the suffix does not answer: alignment is known all the same", suffixes: goJP, author: "mof.go.jp", spf: "mail.mof.go.jp",
			zone: []string{"_dmarc.mof.go.jp v=DMARC1; p=reject", "_dmarc.go.jp !timeout"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "mof.go.jp", OrgDomain: "mof.go.jp", SPFAligned: true},
		},
		{
			name: "the suffix does not answer and the ministry has no record", suffixes: goJP, author: "mof.go.jp", spf: "mail.mof.go.jp",
			zone: []string{"mof.go.jp x", "_dmarc.go.jp !timeout"},
			want: policy.DMARC{Result: "temperror", OrgDomain: "mof.go.jp", SPFAligned: true, Reason: "DNS timeout at _dmarc.go.jp"},
		},

		{name: "list: below", psl: true, zone: []string{"mof.go.jp x"}, author: "mof.go.jp", dkim: []string{"mail.mof.go.jp"}, want: withDKIM},
		{name: "list: beside", psl: true, zone: []string{"mof.go.jp x"}, author: "mof.go.jp", spf: "mod.go.jp", want: ministry},
		{
			name: "list: the organisation above", psl: true, author: "news.example.co.jp", spf: "example.co.jp", dkim: []string{"mail.example.co.jp"},
			zone: []string{"news.example.co.jp x"},
			want: policy.DMARC{Result: "none", OrgDomain: "example.co.jp", SPFAligned: true, DKIM: "mail.example.co.jp", Reason: ReasonNoRecord},
		},
		{
			name: "list: not asked where the author has a record", psl: true, author: "news.example.co.jp", spf: "example.co.jp",
			zone: []string{"_dmarc.news.example.co.jp v=DMARC1; p=reject"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "news.example.co.jp", OrgDomain: "news.example.co.jp", Reason: ReasonNotAligned},
		},
		{
			name: "list: not for a domain that has a record", psl: true, author: "example.co.jp", spf: "mail.example.co.jp",
			zone: []string{"example.co.jp x", "_dmarc.mail.example.co.jp v=DMARC1; p=reject"},
			want: policy.DMARC{Result: "none", OrgDomain: "example.co.jp", Reason: ReasonNoRecord},
		},
		{
			name: "list off: only the same name", author: "example.co.jp", spf: "mail.example.co.jp", dkim: []string{"example.co.jp"}, zone: []string{"example.co.jp x"},
			want: policy.DMARC{Result: "none", OrgDomain: "example.co.jp", DKIM: "example.co.jp", Reason: ReasonNoRecord},
		},
		{
			name: "list: the author is a suffix", psl: true, author: "co.jp", spf: "example.co.jp", zone: []string{"co.jp x"},
			want: policy.DMARC{Result: "none", OrgDomain: "co.jp", Reason: ReasonNoRecord},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, tt.run)
	}
}

func TestEvaluateTemporary(t *testing.T) {
	org := "_dmarc.example.com v=DMARC1; p=reject"
	tests := []evaluation{
		{
			name: "at the author", zone: []string{"_dmarc.example.com !servfail", "example.com x"}, author: "example.com",
			want: policy.DMARC{Result: "temperror", Reason: "DNS servfail at _dmarc.example.com"},
		},
		{
			name: "at the author, the same domain passed", zone: []string{"_dmarc.example.com !timeout", "example.com x"}, author: "example.com", spf: "example.com",
			want: policy.DMARC{Result: "temperror", SPFAligned: true, Reason: "DNS timeout at _dmarc.example.com"},
		},
		{
			name: "above the author", zone: []string{"_dmarc.example.com !timeout", "a.example.com x"}, author: "a.example.com", spf: "b.example.com",
			want: policy.DMARC{Result: "temperror", Reason: "DNS timeout at _dmarc.example.com"},
		},
		{
			name: "above a record: identical passes", zone: []string{org, "_dmarc.com !servfail"}, author: "example.com", dkim: []string{"example.com"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "example.com", DKIM: "example.com"},
		},
		{
			name: "above a record: relaxed is open", zone: []string{org, "_dmarc.com !servfail"}, author: "example.com", dkim: []string{"a.example.com"},
			want: policy.DMARC{Result: "temperror", Policy: reject, Published: reject, Record: "example.com", Reason: "DNS servfail at _dmarc.com"},
		},
		{
			name: "above a record: nothing passed", zone: []string{org, "_dmarc.com !servfail"}, author: "example.com",
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "at a listed suffix above a record", psl: true, zone: []string{org, "_dmarc.com !servfail"}, author: "example.com", dkim: []string{"a.example.com"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", DKIM: "a.example.com"},
		},
		{
			name: "hidden organisation, other registrant", psl: true, author: "a.example.com", spf: "attacker.com",
			zone: []string{"_dmarc.a.example.com v=DMARC1; p=reject", "_dmarc.example.com !timeout"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "a.example.com", Reason: ReasonNotAligned},
		},
		{
			name: "hidden organisation, same registrant", psl: true, author: "a.example.com", spf: "b.example.com",
			zone: []string{"_dmarc.a.example.com v=DMARC1; p=reject", "_dmarc.example.com !timeout"},
			want: policy.DMARC{Result: "temperror", Policy: reject, Published: reject, Record: "a.example.com", Reason: "DNS timeout at _dmarc.example.com"},
		},
		{
			name: "at the authenticated domain", zone: []string{org, "_dmarc.a.example.com !timeout"}, author: "example.com", spf: "a.example.com",
			want: policy.DMARC{Result: "temperror", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: "DNS timeout at _dmarc.a.example.com"},
		},
		{
			name: "at one authenticated domain, another passes", zone: []string{org, "_dmarc.a.example.com !timeout"}, author: "example.com", spf: "a.example.com", dkim: []string{"example.com"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", DKIM: "example.com"},
		},
		{
			name: "SPF of an aligned domain", zone: []string{org}, author: "example.com", spf: "temperror a.example.com",
			want: policy.DMARC{Result: "temperror", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonSPFTemp},
		},
		{
			name: "SPF of another domain", zone: []string{org}, author: "example.com", spf: "temperror attacker.test",
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
		},
		{
			name: "DKIM of an aligned domain", zone: []string{org}, author: "example.com", spf: "attacker.test", dkim: []string{"temperror attacker.test", "temperror example.com"},
			want: policy.DMARC{Result: "temperror", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonDKIMTemp},
		},
		{
			name: "DKIM of an aligned domain, SPF passes", zone: []string{org}, author: "example.com", spf: "example.com", dkim: []string{"temperror example.com"},
			want: policy.DMARC{Result: "pass", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", SPFAligned: true},
		},
		{
			name: "existence, np makes a difference", author: "a.example.com", zone: []string{"_dmarc.example.com v=DMARC1; p=none; np=reject", "a.example.com !timeout", "_dmarc.a.example.com !nxdomain"},
			want: policy.DMARC{Result: "temperror", Policy: none, Published: none, Record: "example.com", OrgDomain: "example.com", Name: "timeout", Reason: ReasonExistence},
		},
		{
			name: "existence, np makes none", author: "a.example.com", zone: []string{"_dmarc.example.com v=DMARC1; p=reject", "a.example.com !timeout", "_dmarc.a.example.com !nxdomain"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Name: "timeout", Reason: ReasonNothingPassed},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, tt.run)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := New(Config{Resolver: newZone("_dmarc.example.com v=DMARC1; p=reject"), PublicSuffixList: true})
	got := e.Evaluate(ctx, e.Discover(ctx, "example.com"), policy.SPF{}, "", nil)
	want := policy.DMARC{Author: "example.com", Result: policy.ResultTempError, Name: policy.DNSTimeout, Reason: "DNS timeout at _dmarc.example.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func asked(z *zone) []string {
	names := slices.Clone(z.asked)
	z.asked = nil
	return names
}
