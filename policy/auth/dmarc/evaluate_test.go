package dmarc

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

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
			name: "DKIM of another domain", zone: []string{org}, author: "example.com", dkim: []string{"temperror attacker.test"},
			want: policy.DMARC{Result: "fail", Policy: reject, Published: reject, Record: "example.com", OrgDomain: "example.com", Reason: ReasonNothingPassed},
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
