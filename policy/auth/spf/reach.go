package spf

import (
	"math/big"
	"net/netip"
)

// Reach is how many addresses a record lets in by itself, without a look-up.
type Reach struct {
	All     bool     // by +all: every address that nothing before it refuses
	IPv4    uint64   // by ip4; 1<<32 when 0.0.0.0/0 is let in, in one term or in several
	IPv6    *big.Int // by ip6; never nil
	AllIPv6 bool     // ::/0 is let in
}

// AllIPv4 reports whether every IPv4 address is let in by ip4 terms.
func (r Reach) AllIPv4() bool { return r.IPv4 == 1<<32 }

// Reach counts the addresses that the record's own ip4, ip6 and all terms let in. Terms that overlap count once, an
// address that an earlier ip4 or ip6 term refuses does not count (the first match decides), and what follows "all" has
// no effect (RFC 7208, 5.1). What a, mx, exists, include and redirect let in, or take away, is not known here.
func (r *Record) Reach() Reach {
	out := Reach{IPv6: new(big.Int)}
	var seen []netip.Prefix // disjoint: what some term has decided
	total := new(big.Int).Lsh(big.NewInt(1), 128)
	for i := range r.Mechanisms {
		t := &r.Mechanisms[i]
		if t.Kind == KindAll {
			out.All = t.Qualifier == Pass
			break
		}
		if t.Kind != KindIP4 && t.Kind != KindIP6 || isMapped(t.Network) {
			continue
		}
		var fresh *big.Int
		if seen, fresh = decide(seen, t.Network.Masked()); t.Qualifier != Pass {
			continue
		}
		if t.Kind == KindIP4 {
			out.IPv4 += fresh.Uint64()
		} else {
			out.IPv6.Add(out.IPv6, fresh)
		}
	}
	out.AllIPv6 = out.IPv6.Cmp(total) == 0
	return out
}

// decide adds p to a list of disjoint networks and returns how many of its addresses were in none of them.
func decide(seen []netip.Prefix, p netip.Prefix) ([]netip.Prefix, *big.Int) {
	fresh := size(p)
	kept := seen[:0]
	for _, s := range seen {
		if !s.Overlaps(p) {
			kept = append(kept, s)
			continue
		}
		if s.Bits() <= p.Bits() { // of two networks that overlap one holds the other; here nothing was dropped yet
			return seen, new(big.Int)
		}
		fresh.Sub(fresh, size(s))
	}
	return append(kept, p), fresh
}

// isMapped reports whether p lies in ::ffff:0:0/96, from where no client comes: a mapped client counts as an IPv4 one
// (RFC 7208, 5).
func isMapped(p netip.Prefix) bool { return p.Addr().Is4In6() && p.Bits() >= 96 }

func size(p netip.Prefix) *big.Int {
	return new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
}
