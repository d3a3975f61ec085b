package spf

import "net/netip"

// Published says what a record lets in by itself, whoever asks: nothing is looked up. What include and redirect add
// is for whoever follows them, and the addresses behind a and mx count only by the prefix length written at them.
type Published struct {
	IPv4   uint64    // addresses that ip4 lets in and those of a and mx with a prefix length, at most 1<<32
	Anyone bool      // a term lets in every client of a family, as +all does
	All    Qualifier // of "all"; "" where the record has none
}

// Published reads it off the record. Networks of ip4 that overlap count once, an address that an earlier ip4 term
// decides does not count, and what follows "all" has no effect (RFC 7208, 4.6.2 and 5.1).
func (r *Record) Published() Published {
	var out Published
	var room [8]netip.Prefix
	seen := room[:0] // disjoint: what some term has decided
	for i := range r.Effective() {
		t := &r.Mechanisms[i]
		if t.Kind == KindAll {
			out.All = t.Qualifier
		}
		fresh := uint64(0)
		switch t.Kind {
		case KindIP4:
			seen, fresh = decide(seen, t.Network.Masked())
		case KindA, KindMX:
			if t.Bits4 < 32 {
				fresh = size4(int(t.Bits4))
			}
		case KindAll, KindInclude, KindPTR, KindIP6, KindExists, KindRedirect, KindExp, KindOther:
		}
		if t.Qualifier == Pass {
			out.IPv4 += fresh
			out.Anyone = out.Anyone || t.anyone(netip.IPv4Unspecified()) || t.anyone(global.Addr())
		}
	}
	out.IPv4 = min(out.IPv4, everyIPv4)
	return out
}

// Effective returns the mechanisms that can ever match: those up to the first "all" (RFC 7208, 5.1).
func (r *Record) Effective() []Term {
	for i := range r.Mechanisms {
		if r.Mechanisms[i].Kind == KindAll {
			return r.Mechanisms[:i+1]
		}
	}
	return r.Mechanisms
}
