package survey

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestMX(t *testing.T) {
	for _, tt := range []struct {
		name, zone string
		want       MX
		exists     State
		takes      State
	}{
		{"one", "d.jp MX 10 mx.jp.", MX{State: Yes, Null: No, Exchangers: 1}, Yes, Yes},
		{"two", "d.jp MX 10 mx.jp.\nd.jp MX 20 my.jp.", MX{State: Yes, Null: No, Exchangers: 2}, Yes, Yes},
		{"null", "d.jp MX 0 .", MX{State: No, Null: Yes}, Yes, No},
		{"null and another", "d.jp MX 0 .\nd.jp MX 10 mx.jp.", MX{State: Invalid, Why: WhyMixed, Null: No, Exchangers: 1}, Yes, Yes},
		{"address", "d.jp A 192.0.2.1", MX{State: Weak, Why: WhyAddress, Null: No}, Yes, No},
		{"address of the other family", "d.jp AAAA 2001:db8::1", MX{State: Weak, Why: WhyAddress, Null: No}, Yes, No},
		{"neither", "d.jp TXT x", MX{State: No, Null: No}, Yes, No},
		{"no such name", "e.jp TXT x", MX{State: No, Null: No}, No, No},
		{"servfail", "d.jp TXT sekimori-test:servfail", MX{State: Unknown, Why: WhyDNS, Null: Unknown}, Unknown, Unknown},
		{"time-out", "d.jp TXT sekimori-test:timeout", MX{State: Unknown, Why: WhyDNS, Null: Unknown}, Unknown, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := New(Config{Resolver: answers(t, tt.zone)}).Look(t.Context(), "d.jp")
			if d := cmp.Diff(tt.want, o.MX); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if o.Name != tt.exists || o.TakesMail() != tt.takes {
				t.Errorf("name %s, takes mail %s; want %s, %s", o.Name, o.TakesMail(), tt.exists, tt.takes)
			}
		})
	}
}

func TestSPF(t *testing.T) {
	long := "v=spf1 " + strings.Repeat("ip4:192.0.2.1 ", 200) + "-all"
	for _, tt := range []struct {
		name, zone string
		want       SPF // Record is not compared
	}{
		{"none", "d.jp TXT x", SPF{State: No}},
		{"no such name", "e.jp TXT x", SPF{State: No}},
		{"servfail", "d.jp TXT sekimori-test:servfail", SPF{State: Unknown, Why: WhyDNS}},
		{"time-out", "d.jp TXT sekimori-test:timeout", SPF{State: Unknown, Why: WhyDNS}},
		{"good", `d.jp TXT "v=spf1 ip4:192.0.2.0/24 -all"`, SPF{State: Yes, All: "-", IPv4: 256}},
		{"soft", `d.jp TXT "v=spf1 mx ~all"`, SPF{State: Yes, All: "~", Lookups: 1}},
		{"neutral", `d.jp TXT "v=spf1 mx ?all"`, SPF{State: Weak, Why: WhyNeutral, All: "?", Lookups: 1}},
		{"no all", `d.jp TXT "v=spf1 mx"`, SPF{State: Weak, Why: WhyNoAll, Lookups: 1}},
		{"everybody", `d.jp TXT "v=spf1 all"`, SPF{State: Weak, Why: WhyAnyone, All: "+"}},
		{"wide", `d.jp TXT "v=spf1 ip4:10.0.0.0/11 -all"`, SPF{State: Weak, Why: WhyWide, All: "-", IPv4: 1 << 21}},
		{"at the limit", `d.jp TXT "v=spf1 ip4:10.0.0.0/12 -all"`, SPF{State: Yes, All: "-", IPv4: 1 << 20}},
		{"one more", `d.jp TXT "v=spf1 ip4:10.0.0.0/12 ip4:192.0.2.1 -all"`, SPF{State: Weak, Why: WhyWide, All: "-", IPv4: 1<<20 + 1}},
		{"two records", "d.jp TXT \"v=spf1 -all\"\nd.jp TXT \"v=spf1 mx -all\"", SPF{State: Invalid, Why: WhySeveral}},
		{"a mistake", `d.jp TXT "v=spf1 ipv4:192.0.2.1 -all"`, SPF{State: Invalid, Why: WhySyntax}},
		{"a mistake after all", `d.jp TXT "v=spf1 -all ipv4:192.0.2.1"`, SPF{State: Invalid, Why: WhySyntax}},
		{"include", "d.jp TXT \"v=spf1 include:e.jp -all\"\ne.jp TXT \"v=spf1 ip4:192.0.2.0/24 a ?all\"",
			SPF{State: Yes, All: "-", Lookups: 2, IPv4: 256}},
		{"included everybody", "d.jp TXT \"v=spf1 include:e.jp -all\"\ne.jp TXT \"v=spf1 +all\"",
			SPF{State: Weak, Why: WhyAnyone, All: "-", Lookups: 1}},
		{"refused everybody", "d.jp TXT \"v=spf1 -include:e.jp -all\"\ne.jp TXT \"v=spf1 +all\"", SPF{State: Yes, All: "-", Lookups: 1}},
		{"included nothing", `d.jp TXT "v=spf1 include:e.jp -all"`, SPF{State: Invalid, Why: WhyInclude, At: "e.jp", Lookups: 1}},
		{"included a mistake", "d.jp TXT \"v=spf1 include:e.jp -all\"\ne.jp TXT \"v=spf1 x -all\"",
			SPF{State: Invalid, Why: WhyInclude, At: "e.jp", Lookups: 1}},
		{"included a failure", "d.jp TXT \"v=spf1 include:e.jp -all\"\ne.jp TXT sekimori-test:timeout",
			SPF{State: Unknown, Why: WhyDNS, All: "-", Lookups: 1}},
		{"a failure and a mistake", "d.jp TXT \"v=spf1 include:e.jp include:f.jp -all\"\ne.jp TXT sekimori-test:timeout\n",
			SPF{State: Invalid, Why: WhyInclude, At: "f.jp", Lookups: 2}},
		{"include after all", `d.jp TXT "v=spf1 -all include:e.jp"`, SPF{State: Yes, All: "-"}},
		{"redirect", "d.jp TXT \"v=spf1 redirect=e.jp\"\ne.jp TXT \"v=spf1 mx ~all\"", SPF{State: Yes, All: "~", Lookups: 2}},
		{"redirect beside all", `d.jp TXT "v=spf1 -all redirect=e.jp"`, SPF{State: Yes, All: "-"}},
		{"redirect to nothing", `d.jp TXT "v=spf1 redirect=e.jp"`, SPF{State: Invalid, Why: WhyInclude, At: "e.jp", Lookups: 1}},
		{"a macro", `d.jp TXT "v=spf1 include:%{i}.e.jp -all"`, SPF{State: Yes, All: "-", Lookups: 1}},
		{"itself", `d.jp TXT "v=spf1 include:d.jp -all"`, SPF{State: Invalid, Why: WhyLookups, Lookups: MaxLookups + 1}},
		{"long", txt("d.jp", long), SPF{State: Yes, All: "-", IPv4: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := New(Config{Resolver: answers(t, tt.zone)}).Look(t.Context(), "d.jp")
			if len(o.SPF.Record) > MaxRecord {
				t.Errorf("%d octets of a record are kept", len(o.SPF.Record))
			}
			o.SPF.Record = ""
			if d := cmp.Diff(tt.want, o.SPF); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// txt writes a TXT record of any length.
func txt(name, text string) string {
	s := name + " TXT"
	for ; len(text) > 255; text = text[255:] {
		s += fmt.Sprintf(" %q", text[:255])
	}
	return s + fmt.Sprintf(" %q", text)
}

// TestLookupLimit holds the limit at n and n+1, over includes, and what a domain may cost.
func TestLookupLimit(t *testing.T) {
	for n, want := range map[int]State{MaxLookups: Yes, MaxLookups + 1: Invalid, 40: Invalid} {
		var z strings.Builder
		for i := range n {
			fmt.Fprintf(&z, "d%d.jp TXT \"v=spf1 include:d%d.jp -all\"\n", i, i+1)
		}
		fmt.Fprintf(&z, "d%d.jp TXT \"v=spf1 -all\"\n", n)
		r := answers(t, z.String())
		s := New(Config{Resolver: r})
		got := s.spf(t.Context(), "d0.jp")
		if got.State != want || want == Yes && got.Lookups != n {
			t.Errorf("%d look-ups: %s, %d counted, want %s", n, got.State, got.Lookups, want)
		}
		if got := r.asked.Load(); got > MaxLookups+1 {
			t.Errorf("%d look-ups: %d questions", n, got)
		}
	}
}

func TestDMARC(t *testing.T) {
	const d = "a.b.jp"
	for _, tt := range []struct {
		name, zone string
		want       DMARC
	}{
		{"none", "a.b.jp TXT x", DMARC{State: No}},
		{"own", `_dmarc.a.b.jp TXT "v=DMARC1; p=reject; rua=mailto:x@b.jp"`, DMARC{State: Yes, At: d, Policy: "reject", P: "reject", Reports: true}},
		{"none asked", `_dmarc.a.b.jp TXT "v=DMARC1; p=none"`, DMARC{State: Weak, Why: WhyNone, At: d, Policy: "none", P: "none"}},
		{"testing", `_dmarc.a.b.jp TXT "v=DMARC1; p=quarantine; t=y"`,
			DMARC{State: Weak, Why: WhyTesting, At: d, Policy: "none", P: "quarantine", Testing: true}},
		{"testing reject", `_dmarc.a.b.jp TXT "v=DMARC1; p=reject; t=y"`,
			DMARC{State: Yes, At: d, Policy: "quarantine", P: "reject", Testing: true}},
		{"inherited", "a.b.jp TXT x\n_dmarc.b.jp TXT \"v=DMARC1; p=reject\"", DMARC{State: Yes, At: "b.jp", Policy: "reject", P: "reject"}},
		{"subdomain policy", "a.b.jp TXT x\n_dmarc.b.jp TXT \"v=DMARC1; p=reject; sp=none\"",
			DMARC{State: Weak, Why: WhyNone, At: "b.jp", Policy: "none", P: "reject", SP: "none"}},
		{"no such name", `_dmarc.b.jp TXT "v=DMARC1; p=none; np=reject"`,
			DMARC{State: Yes, At: "b.jp", Policy: "reject", P: "none", NP: "reject"}},
		{"existence unknown", "a.b.jp TXT sekimori-test:timeout\n_dmarc.b.jp TXT \"v=DMARC1; p=none; np=reject\"\n_dmarc.a.b.jp A 192.0.2.1\n",
			DMARC{State: Weak, Why: WhyNone, At: "b.jp", Policy: "none", P: "none", NP: "reject"}},
		{"organisational", `_dmarc.a.b.jp TXT "v=DMARC1; p=reject; psd=n"`, DMARC{State: Yes, At: d, Policy: "reject", P: "reject", PSD: "n"}},
		{"two records", "_dmarc.a.b.jp TXT \"v=DMARC1; p=reject\"\n_dmarc.a.b.jp TXT \"v=DMARC1; p=none\"", DMARC{State: Invalid, Why: WhySeveral}},
		{"broken", `_dmarc.a.b.jp TXT "v=DMARC1; p=rejekt"`, DMARC{State: Invalid, Why: WhySyntax, At: d}},
		{"broken with reports", `_dmarc.a.b.jp TXT "v=DMARC1; p=rejekt; rua=mailto:x@b.jp"`,
			DMARC{State: Invalid, Why: WhySyntax, At: d, Reports: true}},
		{"no p", `_dmarc.a.b.jp TXT "v=DMARC1"`, DMARC{State: Invalid, Why: WhyNoPolicy, At: d}},
		{"no p with reports", `_dmarc.a.b.jp TXT "v=DMARC1; rua=mailto:x@b.jp"`, DMARC{State: Weak, Why: WhyNoPolicy, At: d, Reports: true}},
		{"servfail", `_dmarc.a.b.jp TXT sekimori-test:servfail`, DMARC{State: Unknown, Why: WhyDNS}},
		{"time-out above", "a.b.jp TXT x\n_dmarc.b.jp TXT sekimori-test:timeout", DMARC{State: Unknown, Why: WhyDNS}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := New(Config{Resolver: answers(t, tt.zone)}).Look(t.Context(), d)
			if d := cmp.Diff(tt.want, o.DMARC); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestExistenceHidden: np= applies only to names that do not exist, and here nobody knows.
func TestExistenceHidden(t *testing.T) {
	z := "a.b.jp TXT sekimori-test:servfail\n_dmarc.b.jp TXT \"v=DMARC1; p=none; np=reject\"\n"
	o := New(Config{Resolver: answers(t, z)}).Look(t.Context(), "a.b.jp")
	if o.DMARC.State != Unknown || o.DMARC.Policy != "" {
		t.Errorf("%+v", o.DMARC)
	}
}

func TestPresence(t *testing.T) {
	id := strings.Repeat("a", 32)
	for _, tt := range []struct {
		records []string
		sts     Presence
		rpt     Presence
	}{
		{nil, Presence{State: No}, Presence{State: No}},
		{[]string{"v=spf1 -all"}, Presence{State: No}, Presence{State: No}},
		{[]string{"sekimori-test:servfail"}, Presence{Unknown, WhyDNS}, Presence{Unknown, WhyDNS}},
		{[]string{"sekimori-test:timeout"}, Presence{Unknown, WhyDNS}, Presence{Unknown, WhyDNS}},
		{[]string{"v=STSv1; id=20260101;"}, Presence{State: Yes}, Presence{State: No}},
		{[]string{"v=STSv1;id=" + id}, Presence{State: Yes}, Presence{State: No}},
		{[]string{"v=STSv1; id=" + id + "a"}, Presence{Invalid, WhySyntax}, Presence{State: No}},
		{[]string{"v=STSv1; id=2026-01-01"}, Presence{Invalid, WhySyntax}, Presence{State: No}},
		{[]string{"v=STSv1; id="}, Presence{Invalid, WhySyntax}, Presence{State: No}},
		{[]string{"v=STSv1;"}, Presence{Invalid, WhySyntax}, Presence{State: No}},
		{[]string{"v=STSv1"}, Presence{Invalid, WhySyntax}, Presence{State: No}},
		{[]string{"v=STSv11; id=1"}, Presence{State: No}, Presence{State: No}},
		{[]string{"v=STSv1; id=1", "v=STSv1; id=2"}, Presence{Invalid, WhySeveral}, Presence{State: No}},
		{[]string{"v=STSv1; id=1", "something else"}, Presence{State: Yes}, Presence{State: No}},
		{[]string{"v=TLSRPTv1; rua=mailto:t@d.jp"}, Presence{State: No}, Presence{State: Yes}},
		{[]string{"v=TLSRPTv1;rua=https://d.jp/x,MAILTO:t@d.jp"}, Presence{State: No}, Presence{State: Yes}},
		{[]string{"v=TLSRPTv1; rua=http://d.jp/x"}, Presence{State: No}, Presence{Invalid, WhySyntax}},
		{[]string{"v=TLSRPTv1; rua=mailto:"}, Presence{State: No}, Presence{Invalid, WhySyntax}},
		{[]string{"v=TLSRPTv1;"}, Presence{State: No}, Presence{Invalid, WhySyntax}},
		{[]string{"v=TLSRPTv1; rua=mailto:a@b.jp", "v=TLSRPTv1; rua=mailto:a@b.jp;"}, Presence{State: No}, Presence{Invalid, WhySeveral}},
	} {
		z := ""
		for _, r := range tt.records {
			z += fmt.Sprintf("_mta-sts.d.jp TXT %q\n_smtp._tls.d.jp TXT %q\n", r, r)
		}
		o := New(Config{Resolver: answers(t, z)}).Look(t.Context(), "d.jp")
		if o.MTASTS != tt.sts || o.TLSRPT != tt.rpt {
			t.Errorf("%q: %v, %v, want %v, %v", tt.records, o.MTASTS, o.TLSRPT, tt.sts, tt.rpt)
		}
	}
}

// TestQuestions holds what a domain costs that is like most.
func TestQuestions(t *testing.T) {
	r := answers(t, "d.jp MX 10 mx.jp.\nd.jp TXT \"v=spf1 mx -all\"\n_dmarc.d.jp TXT \"v=DMARC1; p=reject; psd=n\"\n")
	New(Config{Resolver: r}).Look(t.Context(), "d.jp")
	if got := r.asked.Load(); got != 5 {
		t.Errorf("%d questions, want 5", got)
	}
}

// TestUnknownEverywhere: where nothing is answered, nothing is said to be missing.
func TestUnknownEverywhere(t *testing.T) {
	z := ""
	for _, n := range []string{"d.jp", "_dmarc.d.jp", "_mta-sts.d.jp", "_smtp._tls.d.jp"} {
		z += n + " TXT sekimori-test:servfail\n"
	}
	o := New(Config{Resolver: answers(t, z)}).Look(t.Context(), "d.jp")
	for _, c := range Checks() {
		if o.State(c) != Unknown {
			t.Errorf("%s is %s", c, o.State(c))
		}
	}
}

func BenchmarkLook(b *testing.B) {
	s := New(Config{Resolver: answers(b, "d.jp MX 10 mx.jp.\nd.jp TXT \"v=spf1 mx -all\"\n_dmarc.d.jp TXT \"v=DMARC1; p=reject\"\n")})
	b.ReportAllocs()
	for b.Loop() {
		s.Look(b.Context(), policy.Domain("d.jp"))
	}
}

// byType answers by the type of the question alone.
type byType map[policy.DNSType]policy.DNSStatus

func (b byType) Lookup(_ context.Context, _ string, t policy.DNSType) policy.DNSAnswer {
	return policy.DNSAnswer{Status: b[t]}
}

// TestAddress: a domain without MX has no mail only where both families say so.
func TestAddress(t *testing.T) {
	for _, tt := range []struct {
		a, aaaa policy.DNSStatus
		want    State
	}{
		{policy.DNSNoData, policy.DNSNoData, No},
		{policy.DNSFound, policy.DNSTimeout, Weak},
		{policy.DNSTimeout, policy.DNSFound, Weak},
		{policy.DNSTimeout, policy.DNSNoData, Unknown},
		{policy.DNSNoData, policy.DNSServFail, Unknown},
	} {
		r := byType{policy.TypeMX: policy.DNSNoData, policy.TypeA: tt.a, policy.TypeAAAA: tt.aaaa, policy.TypeTXT: policy.DNSNoData}
		if o := New(Config{Resolver: r}).Look(t.Context(), "d.jp"); o.MX.State != tt.want {
			t.Errorf("A %s, AAAA %s: %s, want %s", tt.a, tt.aaaa, o.MX.State, tt.want)
		}
	}
}
