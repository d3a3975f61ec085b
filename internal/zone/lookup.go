package zone

import (
	"context"
	"time"

	"github.com/miekg/dns"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

// Lookup answers one question as a resolver does (names as there: any octet, no trailing dot needed, DNSNXDomain for
// what can be no name). A name that is to time out is DNSTimeout at once; a delay is waited for, until ctx ends.
func (z *Zone) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	name, ok := wire.Canonical(name)
	if !ok {
		return policy.DNSAnswer{Status: policy.DNSNXDomain}
	}
	number, ok := wire.Type(t)
	if !ok {
		return policy.DNSAnswer{Status: policy.DNSServFail}
	}
	var space [256]byte
	m, f := z.answer(string(wire.AppendName(space[:0], name)), number)
	if f.delay > 0 {
		wait(ctx.Done(), f.delay)
	}
	switch {
	case f.timeout, ctx.Err() != nil:
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	case f.servfail:
		return policy.DNSAnswer{Status: policy.DNSServFail}
	}
	return wire.Read(m, number).DNSAnswer
}

// wait returns after d or when done is closed.
func wait(done <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}

// answer returns the message about key and t, and how it is to fail. Aliases are followed as far as a reader would
// follow them; what ends in "there is none" carries an SOA record (RFC 2308, 3).
func (z *Zone) answer(key string, t uint16) (*dns.Msg, fault) {
	m := &dns.Msg{}
	m.Response, m.Authoritative, m.RecursionAvailable = true, true, true
	m.Question = []dns.Question{{Name: unpack(key), Qtype: t, Qclass: dns.ClassINET}}
	var f fault
	for range wire.MaxCNAMEs + 1 {
		n := z.find(key)
		if n == nil {
			m.Rcode = dns.RcodeNameError
			m.Ns = []dns.RR{z.soa(key)}
			return m, f
		}
		f = f.and(n.fault)
		rrs := n.pick(t, unpack(key))
		if len(rrs) > 0 {
			m.Answer = append(m.Answer, rrs...)
			return m, f
		}
		alias := n.pick(dns.TypeCNAME, unpack(key))
		if len(alias) == 0 {
			m.Ns = []dns.RR{z.soa(key)}
			return m, f
		}
		m.Answer = append(m.Answer, alias[0])
		next, err := pack(alias[0].(*dns.CNAME).Target)
		if err != nil { // Parse has sent it there and back again
			m.Rcode = dns.RcodeServerFailure
			return m, f
		}
		key = next
	}
	return m, f
}

// find returns the entry of key: its own, else that of the wildcard below the closest name that exists
// (RFC 4592, 3.3.1), else nil.
func (z *Zone) find(key string) *node {
	if n := z.nodes[key]; n != nil {
		return n
	}
	for key != "\x00" {
		key = parent(key)
		if z.nodes[key] != nil {
			return z.nodes["\x01*"+key]
		}
	}
	return nil
}

// pick returns copies of the records of one type under the given owner's name.
func (n *node) pick(t uint16, owner string) []dns.RR {
	var found []dns.RR
	for _, rr := range n.rrs {
		if rr.Header().Rrtype == t {
			rr = dns.Copy(rr)
			rr.Header().Name = owner
			found = append(found, rr)
		}
	}
	return found
}

// soa returns the SOA record of the closest name above key that has one, else one of the root that says DefaultTTL.
func (z *Zone) soa(key string) dns.RR {
	for {
		if n := z.nodes[key]; n != nil {
			if rrs := n.pick(dns.TypeSOA, unpack(key)); len(rrs) > 0 {
				return rrs[0]
			}
		}
		if key == "\x00" {
			break
		}
		key = parent(key)
	}
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: DefaultTTL},
		Ns:  "localhost.", Mbox: "nobody.invalid.",
		Serial: 1, Refresh: DefaultTTL, Retry: DefaultTTL, Expire: DefaultTTL, Minttl: DefaultTTL,
	}
}

// unpack returns the name as the library writes it. Key is well formed: pack or wire.AppendName made it.
func unpack(key string) string {
	name, _, err := dns.UnpackDomainName([]byte(key), 0)
	if err != nil {
		return "."
	}
	return name
}
