package spf

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sekimori/policy"
)

// TestMeasure looks at what whole records let in by their own networks.
func TestMeasure(t *testing.T) {
	distinct := func(n int) string { // n networks of two addresses, and one more that holds the first of them
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "ip4:10.%d.%d.0/31 ", i/256, i%256)
		}
		return b.String() + "ip4:10.0.0.0"
	}
	for record, want := range map[string]uint64{
		"v=spf1 -all":                             0,
		"v=spf1 ip4:192.0.2.1 -all":               1,
		"v=spf1 ip4:192.0.2.1 ?all ip4:192.0.2.2": 2,
		"v=spf1 ip4:192.0.2.1/24 ip4:192.0.2.7 ip4:192.0.2.0/25 -all":                  256,
		"v=spf1 ip4:192.0.2.7 ip4:192.0.2.9 ip4:192.0.2.0/24 ip4:198.51.100.0/31 -all": 258,
		"v=spf1 -ip4:10.0.0.0/8 ip4:0.0.0.0/0 -all":                                    1<<32 - 1<<24,
		"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all":                                    1 << 32,
		"v=spf1 ~ip4:0.0.0.0/0 ip4:192.0.2.1 -all":                                     0,
		"v=spf1 ip6:2001:db8::/32 mx -all":                                             0,
		"v=spf1 " + distinct(maxMerged-1):                                              2 * (maxMerged - 1),
		"v=spf1 " + distinct(maxMerged):                                                2*maxMerged + 1, // added up
		"v=spf1 ip4:0.0.0.0/0 " + distinct(maxMerged):                                  1 << 32,
	} {
		r := newRecord(record)
		if r.mistake != nil {
			t.Fatalf("%s: %v", record, r.mistake)
		}
		if got := r.record.Mechanisms[len(r.record.Mechanisms)-1].reach; got != want {
			t.Errorf("%s: %d, want %d", record, got, want)
		}
	}
}

// TestReach looks at what a pass says of itself: what its client matched, and what was let in before.
func TestReach(t *testing.T) {
	include := []string{
		"wide.test TXT v=spf1 ip4:10.0.0.0/8 ip4:172.16.0.0/12 -all",
		"any.test TXT v=spf1 +all",
		"narrow.test TXT v=spf1 ip4:192.0.2.0/28 ~all",
		"host.test A 192.0.2.1", "host.test AAAA 2001:db8::1",
		"host.test MX host.test",
		"up.test TXT v=spf1 include:any.test -all",
	}
	const four, six = "192.0.2.1", "2001:db8::1"
	for _, c := range []struct {
		record, client string
		anyone         bool
		reach          uint64
	}{
		{"ip4:192.0.2.1 -all", four, false, 1},
		{"ip4:192.0.2.1 +all", four, false, 1}, // the domain names this host, whatever follows
		{"ip4:192.0.2.2 +all", four, true, 1},
		{"ip4:192.0.2.2 +all", six, true, 0},
		{"ip4:0.0.0.0/0 -all", four, true, 1 << 32},
		{"ip4:128.0.0.0/1 -all", four, false, 1 << 31},
		{"ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", four, false, 1 << 32},
		{"ip4:192.0.2.0/24 ip4:0.0.0.0/1 -all", four, false, 256}, // only what stands before the match
		{"ip6:::/0 -all", six, true, 0},
		{"ip6:2000::/3 -all", six, true, 0},
		{"ip6:2000::/4 -all", six, false, 0},
		{"ip4:10.0.0.0/8 ip6:2001:db8::/32 -all", six, false, 0},
		{"a:host.test -all", four, false, 1},
		{"a:host.test/8 -all", four, false, 1 << 24},
		{"a:host.test/0 -all", four, true, 1 << 32},
		{"a:host.test//0 -all", six, true, 0},
		{"a:host.test//3 -all", six, true, 0},
		{"a:host.test//4 -all", six, false, 0},
		{"mx:host.test/16 -all", four, false, 1 << 16},
		{"mx:host.test/0 -all", four, true, 1 << 32},
		{"exists:host.test -all", four, true, 0},
		{"exists:%{l}.host.test exists:%{i}.seen.test -all", four, false, 0},
		{"exists:%{l}.seen.test -all", four, true, 0},
		{"exists:%{p}.seen.test -all", four, false, 0},
		{"include:wide.test ip4:192.0.2.1 -all", four, false, 1<<24 + 1<<20 + 1},
		{"?include:wide.test ip4:192.0.2.1 -all", four, false, 1}, // what it holds gets no pass
		{"include:narrow.test include:wide.test -all", four, false, 16},
		{"include:wide.test include:wide.test include:narrow.test -all", four, false, 2<<24 + 2<<20 + 16}, // added up
		{"include:any.test -all", four, true, 0},
		{"include:up.test -all", four, true, 0},
		{"ip4:10.0.0.0/8 redirect=narrow.test", four, false, 1<<24 + 16},
		{"redirect=any.test", four, true, 0},
		{"ip4:0.0.0.0/1 ip4:128.0.0.0/2 include:narrow.test include:any.test", "192.0.2.99", true, 1<<31 + 1<<30 + 16},
	} {
		z := testZone(append(include, "example.jp TXT v=spf1 "+c.record,
			"192.0.2.1.seen.test A 127.0.0.2", "user.seen.test A 127.0.0.2", "host.test.seen.test A 127.0.0.2",
			"1.2.0.192.in-addr.arpa PTR host.test")...)
		got := ask(z, c.client)
		if got.Result != policy.ResultPass || got.Anyone != c.anyone || got.Reach != c.reach {
			t.Errorf("%s, %s: %s (%s), anyone %v, %d", c.record, c.client, got.Result, got.Reason, got.Anyone, got.Reach)
		}
	}
}

// TestReachIsOfAPass looks at results that are none, whatever the terms on the way let in.
func TestReachIsOfAPass(t *testing.T) {
	for _, record := range []string{"-all", "ip4:10.0.0.0/8 ~all", "?include:any.test -all", "-include:any.test", "?all"} {
		z := testZone("example.jp TXT v=spf1 "+record, "any.test TXT v=spf1 +all")
		if got := ask(z, "192.0.2.1"); got.Anyone || got.Reach != 0 {
			t.Errorf("%s: %s, anyone %v, %d", record, got.Result, got.Anyone, got.Reach)
		}
	}
}

func TestHoldsGlobal(t *testing.T) {
	for p, want := range map[string]bool{"::/0": true, "::/1": true, "8000::/1": false, "2000::/3": true, "3000::/3": true, "2000::/4": false} {
		n := netip.MustParsePrefix(p)
		if got := holdsGlobal(n.Addr(), n.Bits()); got != want {
			t.Errorf("%s: %v", p, got)
		}
	}
}
