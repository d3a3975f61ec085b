package spf

import (
	"math/big"
	"testing"
)

func TestReach(t *testing.T) {
	two := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	for _, c := range []struct {
		record          string
		ip4             uint64
		ip6             *big.Int
		all, all4, all6 bool
	}{
		{record: "v=spf1 -all"},
		{record: "v=spf1 ip4:192.0.2.1 -all", ip4: 1},
		{record: "v=spf1 ip4:192.0.2.1/24 ip4:192.0.2.7 ip4:192.0.2.0/25 -all", ip4: 256},
		{record: "v=spf1 ip4:192.0.2.7 ip4:192.0.2.9 ip4:192.0.2.0/24 ip4:198.51.100.0/31 -all", ip4: 258},
		{record: "v=spf1 -ip4:10.0.0.0/8 ip4:0.0.0.0/0 -all", ip4: 1<<32 - 1<<24},
		{record: "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", ip4: 1 << 32, all4: true},
		{record: "v=spf1 ~ip4:0.0.0.0/0 ip4:192.0.2.1 -all"},
		{record: "v=spf1 ip6:2001:db8::/32 ip6:2001:db8::1 ?all", ip6: two(96)},
		{record: "v=spf1 ip6:::ffff:0:0/96 ip6:::ffff:192.0.2.1 -all"},
		{record: "v=spf1 ip6:::/0 -all", ip6: two(128), all6: true},
		{record: "v=spf1 ip6:::/0 ip4:192.0.2.1 all", ip4: 1, ip6: two(128), all: true, all6: true},
		{record: "v=spf1 mx +all ip4:192.0.2.1", all: true},
		{record: "v=spf1 ~all +all ip4:192.0.2.1"},
	} {
		r, mistakes := Read(c.record)
		if mistakes != nil {
			t.Fatalf("%s: %v", c.record, mistakes)
		}
		if c.ip6 == nil {
			c.ip6 = new(big.Int)
		}
		got := r.Reach()
		if got.IPv4 != c.ip4 || got.IPv6.Cmp(c.ip6) != 0 || got.All != c.all || got.AllIPv4() != c.all4 || got.AllIPv6 != c.all6 {
			t.Errorf("%s: %+v", c.record, got)
		}
	}
}
