package spf

import (
	"net/netip"
	"slices"
)

// A pass says something of a client only where others would not get it. What is counted here is how many would.
//
// Only what stands before the match counts: a client that an earlier and narrower term lets in is one that the domain
// names, whatever follows. Networks of one record that overlap count once; those of several records are added up, as
// are those that an a or mx term lets in beside the addresses that DNS gives, where it is that term that matches.
// IPv6 networks are not counted, because a customer's usual one has more addresses than all of IPv4.

// everyIPv4 is the number of IPv4 addresses.
const everyIPv4 = 1 << 32

// maxMerged is how many networks of one record are kept to find out which overlap; beyond them sizes are added up.
const maxMerged = 128

// global is where every IPv6 address of the public network lies (RFC 4291, 2.4).
var global = netip.MustParsePrefix("2000::/3")

// measure fills in the reach of each mechanism: how many IPv4 addresses the ip4 terms up to it let in. An address that
// an earlier ip4 term decides does not count again, and one that it refuses not at all (RFC 7208, 4.6.2).
func (r *Record) measure() {
	var room [8]netip.Prefix
	seen := room[:0] // disjoint: what some term has decided
	sum := uint64(0)
	for i := range r.Mechanisms {
		t := &r.Mechanisms[i]
		if t.Kind == KindIP4 {
			var fresh uint64
			if seen, fresh = decide(seen, t.Network.Masked()); t.Qualifier == Pass {
				sum += fresh
			}
		}
		t.reach = sum
	}
}

// decide adds an IPv4 network to a list of disjoint ones and returns how many of its addresses were in none of them.
func decide(seen []netip.Prefix, p netip.Prefix) ([]netip.Prefix, uint64) {
	fresh := size4(p.Bits())
	if len(seen) == maxMerged {
		return seen, fresh
	}
	for _, s := range seen {
		if s.Overlaps(p) {
			if s.Bits() <= p.Bits() { // of two networks that overlap one holds the other
				return seen, 0
			}
			fresh -= size4(s.Bits())
		}
	}
	seen = slices.DeleteFunc(seen, p.Overlaps)
	return append(seen, p), fresh
}

func size4(bits int) uint64 { return 1 << (32 - bits) }

// widen notes what a term that matched lets in, after what the terms of its record before it do.
func (e *evaluation) widen(t *Term, reach uint64) {
	e.reach += reach
	switch t.Kind {
	case KindInclude: // the record within has said it
		return
	case KindA, KindMX:
		if e.client.Is4() && t.Qualifier == Pass {
			e.reach += size4(int(t.Bits4))
		}
	case KindAll, KindPTR, KindIP4, KindIP6, KindExists, KindRedirect, KindExp, KindOther:
	}
	e.anyone = t.anyone(e.client)
}

// anyone reports whether a term that matches one client matches every other of its family, too.
func (t *Term) anyone(client netip.Addr) bool {
	switch t.Kind {
	case KindAll:
		return true
	case KindIP4:
		return t.Network.Bits() == 0
	case KindIP6:
		return holdsGlobal(t.Network.Addr(), t.Network.Bits())
	case KindA, KindMX:
		if client.Is4() {
			return t.Bits4 == 0
		}
		return holdsGlobal(client, int(t.Bits6))
	case KindExists:
		return !t.Target.asksClient()
	case KindInclude, KindPTR, KindRedirect, KindExp, KindOther:
	}
	return false
}

// holdsGlobal reports whether the network of that length around addr is all of the public IPv6 network, or more.
func holdsGlobal(addr netip.Addr, bits int) bool {
	return bits <= global.Bits() && netip.PrefixFrom(addr, bits).Contains(global.Addr())
}

// asksClient reports whether a name depends on the address of the client, by the macro i or p. Of all else that a name
// can be made of, the client has the choice.
func (s *Spec) asksClient() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.letter == 'i' || p.letter == 'p' })
}
