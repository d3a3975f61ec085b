package spf

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	library "blitiri.com.ar/go/spf"

	"sekimori/policy"
)

var fuzzRecords = []string{
	"v=spf1", "v=spf1 -all", "V=SPF1 +a:a.jp/24//64 mx ptr:b.jp ?all", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all",
	"v=spf1 exists:%{ir}.%{v}._spf.%{d2} redirect=%{o}", "v=spf1 include:%{l1r+-.,/_=}.x.jp exp=%{S}.jp x=%%%_%-",
	"v=spf1 a:foo:bar/baz.jp ip4:1.2.3.4/33 a// \x80 %{", "v=spf1 redirect=a.jp redirect=b.jp", "v=spf1 exists:%{p}.%{h} mx:%{d}",
}

func FuzzRead(f *testing.F) {
	for _, r := range fuzzRecords {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, record string) {
		r, mistakes := Read(record)
		end := 0
		for _, m := range mistakes {
			if m.Offset < end || !strings.HasPrefix(record[m.Offset:], m.Term) || m.Problem == "" || m.Detail == "" {
				t.Fatalf("the mistake %+v is not in its place", m)
			}
			end = m.Offset + len(m.Term)
			if printable(m.String()) != m.String() && len(m.String()) <= maxShown {
				t.Fatalf("%q cannot be shown", m.String())
			}
		}
		for _, term := range append(r.Mechanisms, r.Modifiers...) {
			if !strings.HasPrefix(record[term.Offset:], term.Text) || term.Kind == "" || term.Bits4 > 32 || term.Bits6 > 128 {
				t.Fatalf("the term %+v is not what stands there", term)
			}
		}
		r.measure()
		for i, before := 0, uint64(0); i < len(r.Mechanisms); i++ {
			now := r.Mechanisms[i].reach
			if now < before || now > everyIPv4 && i <= maxMerged {
				t.Fatalf("%d addresses after %s, %d before", now, r.Mechanisms[i].Text, before)
			}
			before = now
		}
		if mistakes == nil {
			joined := []string{record[:len("v=spf1")]}
			for _, term := range append(r.Mechanisms, r.Modifiers...) {
				joined = append(joined, term.Text)
			}
			if _, again := Read(strings.Join(joined, " ")); again != nil {
				t.Fatalf("the terms do not make a record: %v", again)
			}
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("%{ir}.%{v}.%{d2}", "user", "mail.example.net")
	f.Add("%{l1r+-.,/_=}%{S}%{H}%%", "a.-+b\"@\x00\xff", "\xff")
	f.Add("%{p9}.%{o127r}", strings.Repeat("a.", 900), "")
	f.Fuzz(func(t *testing.T, text, local, helo string) {
		z := testZone("1.2.0.192.in-addr.arpa PTR a.jp", "a.jp A 192.0.2.1")
		q := queryFrom("192.0.2.1")
		q.Helo = helo
		e := evaluation{checker: New(Config{Resolver: z}), ctx: context.Background(), query: &q, client: q.Client,
			local: lastOctets(local, MaxMacroValue), origin: "example.jp"}
		if s, err := readDomainSpec(text); err == nil {
			name, stop := e.target(&s, "example.jp")
			if stop.final() || len(name) > maxName || strings.ContainsAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
				t.Fatalf("%q becomes %q", text, name)
			}
		}
		if s, _, err := readMacros(text, true); err == nil {
			if said := e.sentence(&s, "example.jp"); len(said) > MaxExplanation || len(said) <= maxShown && said != printable(said) {
				t.Fatalf("%q becomes %q", text, said)
			}
		}
	})
}

// FuzzCheck serves foreign records everywhere. Where the strict reader finds nothing wrong and no limit is near, the
// library must agree about plain address terms.
func FuzzCheck(f *testing.F) {
	for _, r := range fuzzRecords {
		f.Add(r, "v=spf1 mx a:a.jp ?all", "user")
	}
	f.Fuzz(func(t *testing.T, first, second, local string) {
		z := testZone("a.jp A 192.0.2.9", "a.jp MX b.jp", "b.jp AAAA 2001:db8::1", "1.2.0.192.in-addr.arpa PTR a.jp", "slow.jp timeout")
		z.add("example.jp", policy.TypeTXT, first)
		z.add("a.jp", policy.TypeTXT, second)
		for _, client := range []string{"192.0.2.1", "2001:db8::1"} {
			q := queryFrom(client)
			q.Sender.Local = local
			got := New(Config{Resolver: z}).Check(context.Background(), q)
			traced := New(Config{Resolver: z, Trace: true}).Check(context.Background(), q)
			if got.Result == "" || got.Reason == "" || got.Result != traced.Result || got.Reason != traced.Reason {
				t.Fatalf("%+v, with a trace %+v", got, traced)
			}
			if n := strings.Count(derivation(traced), "\n* "); n > 1 || !strings.Contains("\n"+derivation(traced), "\n* ") {
				t.Fatalf("one line decides:\n%s", derivation(traced))
			}
			if onlyAddresses(first) {
				want, err := library.CheckHostWithSender(netip.MustParseAddr(client).AsSlice(), "", "user@example.jp",
					library.WithResolver(libraryZone{z}))
				if string(want) != string(got.Result) {
					t.Fatalf("%q: %s (%s), the library says %s (%v)", first, got.Result, got.Reason, want, err)
				}
			}
		}
		if n := z.asked.Load(); n > 4*(DefaultQuestions+1)+200 {
			t.Fatalf("%d questions", n)
		}
	})
}

func onlyAddresses(record string) bool {
	r, mistakes := Read(record)
	for _, t := range r.Mechanisms {
		if t.Kind != KindAll && t.Kind != KindIP4 && t.Kind != KindIP6 {
			return false
		}
	}
	return mistakes == nil && r.Modifiers == nil
}
