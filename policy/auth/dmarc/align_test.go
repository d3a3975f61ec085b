package dmarc

import (
	"testing"

	"sekimori/policy"
)

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
