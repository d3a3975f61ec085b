package dns_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sekimori/internal/dns"
	"sekimori/internal/zone"
	"sekimori/policy"
)

// resolver is what authentication asks of either.
type resolver interface {
	Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer
}

var (
	_ resolver = (*dns.Resolver)(nil)
	_ resolver = (*zone.Zone)(nil)
)

const records = `
mof.go.jp           IN SOA ns. root. 1 2 3 4 30
mof.go.jp           IN TXT "v=spf1 mx" " -all"
mof.go.jp           IN MX 10 mail.mof.go.jp
mail.mof.go.jp      IN A 192.0.2.1
mail.mof.go.jp      IN AAAA 2001:db8::1
www.mof.go.jp       IN CNAME mail.mof.go.jp
*.wild.example      IN TXT "wild"
a\ b\192\092.example IN TXT "\000\255\"\\"
1.2.0.192.in-addr.arpa IN PTR Mail.mof.go.jp
servfail.example    IN TXT "sekimori-test:servfail"
timeout.example     IN TXT "sekimori-test:timeout"
cut.example         IN TXT "sekimori-test:truncate"
cut.example         IN TXT "whole"
$GENERATE 1-200 big.example IN A 192.0.2.$
`

// TestResolverAndZoneAgree asks a resolver about a served zone, and the zone itself.
func TestResolverAndZoneAgree(t *testing.T) {
	z, err := zone.Parse(strings.NewReader(records), "records")
	if err != nil {
		t.Fatal(err)
	}
	s, err := z.Serve(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := dns.New(dns.Config{
		Servers: []netip.AddrPort{s.Addr()}, Timeout: 500 * time.Millisecond, Attempts: 2, CacheSize: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	names := []string{
		"mof.go.jp", "mail.mof.go.jp", "www.mof.go.jp", "go.jp", "none.mof.go.jp", "x.y.wild.example", "a b\xc0\\.example",
		"1.2.0.192.in-addr.arpa", "servfail.example", "timeout.example", "cut.example", "big.example", "", "a..b",
	}
	for _, name := range names {
		for _, kind := range policy.DNSTypes() {
			if name == "timeout.example" && kind != policy.TypeA {
				continue // one is slow enough
			}
			want := z.Lookup(t.Context(), name, kind)
			for _, cached := range []bool{false, true} {
				got := r.Lookup(t.Context(), name, kind)
				if name != "" && name != "a..b" && got.Cached != cached {
					t.Errorf("%q %s: cached is %v, want %v", name, kind, got.Cached, cached)
				}
				got.Cached = false
				if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
					t.Errorf("%q %s: (-zone +resolver)\n%s", name, kind, d)
				}
			}
		}
	}
	if got := r.Lookup(t.Context(), "big.example", policy.TypeA); len(got.Addrs) != 200 {
		t.Errorf("%d addresses, want 200", len(got.Addrs))
	}
}
