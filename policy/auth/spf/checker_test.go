package spf

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// ask checks user@example.jp, with HELO mail.example.net, from a client.
func ask(z *zone, client string) policy.SPF {
	return New(Config{Resolver: z}).Check(context.Background(), queryFrom(client))
}

func queryFrom(client string) Query {
	return Query{
		Scope: policy.ScopeMailFrom, Client: netip.MustParseAddr(client), Helo: "mail.example.net",
		HeloDomain: "mail.example.net", Sender: policy.Address{Local: "user", Domain: "example.jp"},
	}
}

func TestIdentity(t *testing.T) {
	z := testZone(
		"example.jp TXT v=spf1 exists:%{l}.%{o}.seen.jp -all",
		"user.example.jp.seen.jp A 127.0.0.2",
		"postmaster.example.jp.seen.jp A 127.0.0.2",
		"mail.example.net TXT v=spf1 exists:%{s}.seen.jp ~all",
		"postmaster@mail.example.net.seen.jp A 127.0.0.2",
	)
	for _, c := range []struct {
		name   string
		change func(*Query)
		want   policy.SPF
	}{
		{"a sender", func(*Query) {}, policy.SPF{Domain: "example.jp", Sender: "user@example.jp", Result: policy.ResultPass,
			Name: policy.DNSFound, Reason: "exists:%{l}.%{o}.seen.jp in example.jp"}},
		{"no local part", func(q *Query) { q.Sender.Local = "" }, policy.SPF{Domain: "example.jp", Sender: "postmaster@example.jp",
			Result: policy.ResultPass, Name: policy.DNSFound, Reason: "exists:%{l}.%{o}.seen.jp in example.jp"}},
		{"the null sender", func(q *Query) { q.Sender = policy.Address{} }, policy.SPF{Domain: "mail.example.net",
			Sender: "postmaster@mail.example.net", Result: policy.ResultPass, Name: policy.DNSFound,
			Reason: "exists:%{s}.seen.jp in mail.example.net"}},
		{"HELO", func(q *Query) { q.Scope = policy.ScopeHelo }, policy.SPF{Scope: policy.ScopeHelo, Domain: "mail.example.net",
			Sender: "postmaster@mail.example.net", Result: policy.ResultPass, Name: policy.DNSFound,
			Reason: "exists:%{s}.seen.jp in mail.example.net"}},
		{"a HELO literal", func(q *Query) { q.Scope, q.HeloDomain = policy.ScopeHelo, "" }, policy.SPF{Scope: policy.ScopeHelo,
			Sender: "postmaster", Result: policy.ResultNone, Reason: "the identity is not a domain name"}},
		{"a single label", func(q *Query) { q.Sender.Domain = "localhost" }, policy.SPF{Domain: "localhost",
			Sender: "user@localhost", Result: policy.ResultNone, Reason: "the domain has a single label"}},
		{"an address literal", func(q *Query) { q.Sender.Domain = "" }, policy.SPF{
			Sender: "user", Result: policy.ResultNone, Reason: "the identity is not a domain name"}},
		{"no client", func(q *Query) { q.Client = netip.Addr{} }, policy.SPF{Domain: "example.jp", Sender: "user@example.jp",
			Result: policy.ResultNone, Reason: "the client has no address"}},
	} {
		q := queryFrom("192.0.2.1")
		c.change(&q)
		c.want.Anyone = c.want.Result == policy.ResultPass // these records ask for the sender alone
		if c.want.Scope == "" {
			c.want.Scope = policy.ScopeMailFrom
		}
		if diff := cmp.Diff(c.want, New(Config{Resolver: z}).Check(context.Background(), q)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestName tells "nothing published" at a name that exists from one that does not.
func TestName(t *testing.T) {
	for _, c := range []struct {
		zone   []string
		result policy.Result
		name   policy.DNSStatus
		reason string
	}{
		{[]string{"example.jp TXT v=spf1 -all"}, policy.ResultFail, policy.DNSFound, "-all in example.jp"},
		{[]string{"example.jp TXT hello"}, policy.ResultNone, policy.DNSFound, "example.jp has no SPF record"},
		{[]string{"example.jp A 192.0.2.1"}, policy.ResultNone, policy.DNSNoData, "example.jp has no SPF record"},
		{[]string{"www.example.jp A 192.0.2.1"}, policy.ResultNone, policy.DNSNoData, "example.jp has no SPF record"},
		{nil, policy.ResultNone, policy.DNSNXDomain, "example.jp does not exist"},
		{[]string{"example.jp servfail"}, policy.ResultTempError, policy.DNSServFail, "TXT of example.jp: servfail"},
		{[]string{"example.jp timeout"}, policy.ResultTempError, policy.DNSTimeout, "TXT of example.jp: timeout"},
		{[]string{"example.jp TXT v=spf1 redirect=no.jp"}, policy.ResultPermError, policy.DNSFound,
			"redirect=no.jp: no.jp does not exist"},
	} {
		got := ask(testZone(c.zone...), "192.0.2.1")
		if got.Result != c.result || got.Name != c.name || got.Reason != c.reason {
			t.Errorf("%q: %s %s %s", c.zone, got.Result, got.Name, got.Reason)
		}
	}
}

func TestEvaluation(t *testing.T) {
	for _, c := range []struct {
		name, client, record string
		zone                 []string
		result               policy.Result
		reason               string
	}{
		{"a mapped client is an IPv4 one", "::ffff:192.0.2.1", "ip4:192.0.2.1 -all", nil, policy.ResultPass, "ip4:192.0.2.1 in example.jp"},
		{"nor is it an IPv6 one", "::ffff:192.0.2.1", "ip6:::/0 ?all", nil, policy.ResultNeutral, "?all in example.jp"},
		{"a zone is no part of an address", "fe80::1%eth0", "ip6:fe80::1 -all", nil, policy.ResultPass, "ip6:fe80::1 in example.jp"},
		{"exists asks A for IPv6 too", "2001:db8::1", "exists:e.jp -all", []string{"e.jp A 127.0.0.2"}, policy.ResultPass, "exists:e.jp in example.jp"},
		{"exists does not ask AAAA", "2001:db8::1", "exists:e.jp ~all", []string{"e.jp AAAA 2001:db8::1"}, policy.ResultSoftFail, "~all in example.jp"},
		{"a mistake after a match", "192.0.2.1", "ip4:192.0.2.1 foo -all", nil, policy.ResultPermError,
			"record of example.jp: foo: no mechanism has this name"},
		{"a mistake in an include", "192.0.2.1", "include:i.jp -all", []string{"i.jp TXT v=spf1 +all a/33"}, policy.ResultPermError,
			"record of i.jp: a/33: this is no prefix length"},
		{"a second record", "192.0.2.1", "+all", []string{"example.jp TXT V=SPF1"}, policy.ResultPermError, "example.jp has 2 SPF records"},
		{"a record of another kind", "192.0.2.1", "+all", []string{"example.jp TXT v=spf10", "example.jp TXT spf2.0/pra -all"},
			policy.ResultPass, "+all in example.jp"},
		{"the null exchanger", "192.0.2.1", "mx -all", []string{"example.jp MX .", "example.jp A 192.0.2.1"}, policy.ResultFail, "-all in example.jp"},
		{"no implicit exchanger", "192.0.2.1", "mx -all", []string{"example.jp A 192.0.2.1"}, policy.ResultFail, "-all in example.jp"},
		{"redirect takes the result", "192.0.2.1", "redirect=r.jp", []string{"r.jp TXT v=spf1 ~all"}, policy.ResultSoftFail, "~all in r.jp"},
		{"redirect to nothing that matches", "192.0.2.1", "redirect=r.jp", []string{"r.jp TXT v=spf1"}, policy.ResultNeutral, "no mechanism of r.jp matches"},
		{"a name too long for DNS", "192.0.2.1", "a:" + strings.Repeat("x", 64) + ".jp -all", nil, policy.ResultFail, "-all in example.jp"},
		{"a broken include", "192.0.2.1", "include:i.jp -all", []string{"i.jp servfail"}, policy.ResultTempError, "TXT of i.jp: servfail"},
		{"a broken a", "192.0.2.1", "a:i.jp +all", []string{"i.jp timeout"}, policy.ResultTempError, "A of i.jp: timeout"},
		{"a broken exchanger", "192.0.2.1", "mx:m.jp +all", []string{"m.jp MX i.jp", "i.jp timeout"}, policy.ResultTempError, "A of i.jp: timeout"},
		{"an include that has none", "192.0.2.1", "include:i.jp +all", []string{"i.jp A 192.0.2.1"}, policy.ResultPermError,
			"include:i.jp: i.jp has no SPF record"},
		{"an include of one label", "192.0.2.1", "include:%{d1} +all", []string{"jp TXT v=spf1 +all"}, policy.ResultPermError,
			"include:%{d1}: jp is not a domain name with two labels"},
		{"a PTR that cannot be asked for", "192.0.2.1", "ptr ~all", []string{"1.2.0.192.in-addr.arpa servfail"}, policy.ResultSoftFail, "~all in example.jp"},
		{"the macro p", "192.0.2.1", "exists:%{p}.e.jp -all", []string{
			"1.2.0.192.in-addr.arpa PTR other.net", "1.2.0.192.in-addr.arpa PTR a.example.jp",
			"other.net A 192.0.2.1", "a.example.jp A 192.0.2.1", "a.example.jp.e.jp A 127.0.0.2",
		}, policy.ResultPass, "exists:%{p}.e.jp in example.jp"},
		{"control characters stay out of reasons", "192.0.2.1", "a:\x1b[2J.jp -all", nil, policy.ResultPermError,
			`record of example.jp: "a:\x1b[2J.jp": the octet 0x1b cannot stand in a record`},
	} {
		z := testZone(append([]string{"example.jp TXT v=spf1 " + c.record}, c.zone...)...)
		if got := ask(z, c.client); got.Result != c.result || got.Reason != c.reason {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, got.Result, got.Reason, c.result, c.reason)
		}
	}
}

// TestHostileSender puts octets into macros that no tidy address has.
func TestHostileSender(t *testing.T) {
	z := testZone("example.jp TXT v=spf1 exists:%{l}.%{o} exists:%{l1r-+,/_=}.x.jp exists:%{S}.x.jp exists:%{h}.%{H}.x.jp -all")
	for _, local := range []string{`a"@b`, "\x00\r\n", "\xff\xfe", "日本", strings.Repeat("a.", 40_000), ".", "@", strings.Repeat("-", 600)} {
		q := queryFrom("192.0.2.1")
		q.Sender.Local, q.Helo = local, local
		got := New(Config{Resolver: z, Trace: true}).Check(context.Background(), q)
		if got.Result != policy.ResultFail && got.Result != policy.ResultPermError {
			t.Errorf("%.20q: %s (%s)", local, got.Result, got.Reason)
		}
	}
}

// TestExplanation takes that of the record that fails: not of one that is included, nor of one that redirects.
func TestExplanation(t *testing.T) {
	for record, want := range map[string]string{
		"-all exp=out.jp":              "out",
		"include:i.jp -all":            "",
		"include:i.jp -all exp=out.jp": "out",
		"redirect=i.jp exp=out.jp":     "in",
		"~all exp=out.jp":              "",
		"-all exp=two.jp":              "",
		"-all exp=bad.jp":              "",
		"-all exp=slow.jp":             "",
		"-all exp=t.jp":                "192.0.2.1 at 0 for unknown",
		"-all exp=eight.jp":            "h?",
	} {
		z := testZone("example.jp TXT v=spf1 "+record, "i.jp TXT v=spf1 -all exp=in.jp", "in.jp TXT in", "out.jp TXT out",
			"two.jp TXT a", "two.jp TXT b", "bad.jp TXT %(x)", "slow.jp timeout", "t.jp TXT %{c} at %{t} for %{r}", "eight.jp TXT %{h}")
		q := queryFrom("192.0.2.1")
		q.Helo = "h\x07"
		if _, got := New(Config{Resolver: z, Trace: true}).check(context.Background(), &q); got != want {
			t.Errorf("%s: %q, want %q", record, got, want)
		}
		if _, got := New(Config{Resolver: z}).check(context.Background(), &q); got != "" {
			t.Errorf("%s: explained without a trace", record)
		}
	}
}

func TestTrace(t *testing.T) {
	z := testZone(
		"example.jp TXT v=spf1 a:no.jp include:i.jp include:j.jp -all exp=exp.jp",
		"i.jp TXT v=spf1 ip4:192.0.2.2 -all",
		"j.jp TXT v=spf1 redirect=k.jp",
		"k.jp TXT v=spf1 a:k.jp ?all",
		"k.jp A 192.0.2.3",
		"exp.jp TXT %{i} is not ours",
	)
	for client, want := range map[string]string{
		"192.0.2.1": `
  example.jp: v=spf1 a:no.jp include:i.jp include:j.jp -all exp=exp.jp
    a:no.jp: no match (nxdomain)
    include:i.jp: no match (fail)
      i.jp: v=spf1 ip4:192.0.2.2 -all
        ip4:192.0.2.2: no match
        -all: match, fail
    include:j.jp: no match (neutral)
      j.jp: v=spf1 redirect=k.jp
        redirect=k.jp
        k.jp: v=spf1 a:k.jp ?all
          a:k.jp: no match
          ?all: match, neutral
*   -all: match, fail
    explanation, never sent: 192.0.2.1 is not ours
`,
		"192.0.2.3": `
  example.jp: v=spf1 a:no.jp include:i.jp include:j.jp -all exp=exp.jp
    a:no.jp: no match (nxdomain)
    include:i.jp: no match (fail)
      i.jp: v=spf1 ip4:192.0.2.2 -all
        ip4:192.0.2.2: no match
        -all: match, fail
*   include:j.jp: match, pass
      j.jp: v=spf1 redirect=k.jp
        redirect=k.jp
        k.jp: v=spf1 a:k.jp ?all
          a:k.jp: match, pass
`,
	} {
		got := New(Config{Resolver: z, Trace: true}).Check(context.Background(), queryFrom(client))
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), derivation(got)); diff != "" {
			t.Errorf("%s: %s", client, diff)
		}
	}
	if got := ask(z, "192.0.2.1"); got.Steps != nil {
		t.Error("steps without a trace")
	}
}

// TestTraceDecided wants exactly one deciding line, whatever the end.
func TestTraceDecided(t *testing.T) {
	for _, record := range []string{"-all", "", "include:no.jp -all", "redirect=no.jp", "redirect=%{d}", "a/x", "include:%{d}",
		"a:slow.jp", "include:slow.jp", "include:i.jp", "redirect=i.jp", "redirect=bad.jp", "include:bad.jp", "include:ptr.jp ptr -all"} {
		z := testZone("example.jp TXT v=spf1 "+record, "slow.jp timeout", "i.jp TXT v=spf1 a/x", "bad.jp TXT v=spf1 include:bad.jp",
			"ptr.jp TXT v=spf1 ?include:all.jp -all", "all.jp TXT v=spf1 +all")
		got := New(Config{Resolver: z, Trace: true}).Check(context.Background(), queryFrom("192.0.2.1"))
		if n := strings.Count(derivation(got), "* "); n != 1 {
			t.Errorf("%s: %d lines decided\n%s", record, n, derivation(got))
		}
	}
}

func derivation(r policy.SPF) string {
	var b strings.Builder
	for _, s := range r.Steps {
		mark := "  "
		if s.Decided {
			mark = "* "
		}
		fmt.Fprintln(&b, mark+strings.Repeat("  ", s.Depth)+s.Text)
	}
	return b.String()
}
