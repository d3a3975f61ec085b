package wire

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"sekimori/policy"
)

// Limits of what an answer may hold and of how long it may be kept.
const (
	MaxCNAMEs      = 16             // aliases followed inside one answer; more, or a loop, is DNSServFail
	MaxTTL         = 24 * time.Hour // longest time to keep records
	MaxNegativeTTL = 3 * time.Hour  // longest time to keep "there is none" (RFC 2308, 5)
)

// Answer is what a message says, and for how long.
type Answer struct {
	policy.DNSAnswer
	TTL time.Duration // how long it may be kept; 0: not at all
}

// Decode reads a message that Answers accepted as the answer to a question for t. Octets that are no DNS message make
// DNSServFail.
func Decode(reply []byte, t uint16) Answer {
	var m dns.Msg
	if m.Unpack(reply) != nil {
		return failed()
	}
	// The library takes a message that ends between two records for a whole one.
	if len(m.Answer) != int(binary.BigEndian.Uint16(reply[6:])) || len(m.Ns) != int(binary.BigEndian.Uint16(reply[8:])) {
		return failed()
	}
	return Read(&m, t)
}

// Read does what Decode does, for a message that is unpacked already. Only records of type t count that stand at the
// end of the chain of aliases which begins at the name asked for. Every response code but NOERROR and NXDOMAIN is
// DNSServFail, and so is a chain that loops or is longer than MaxCNAMEs.
func Read(m *dns.Msg, t uint16) Answer {
	if len(m.Question) != 1 || m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return failed()
	}
	owner, ttl, ok := follow(m.Answer, m.Question[0].Name, t)
	if !ok {
		return failed()
	}
	var a Answer
	if m.Rcode == dns.RcodeNameError {
		a.Status = policy.DNSNXDomain
		a.TTL = min(ttl, negativeTTL(m.Ns))
		return a
	}
	for _, rr := range m.Answer {
		if h := rr.Header(); h.Rrtype != t || h.Class != dns.ClassINET || !strings.EqualFold(h.Name, owner) {
			continue
		}
		if !add(&a.DNSAnswer, rr) {
			return failed()
		}
		ttl = min(ttl, keep(rr))
		a.Status = policy.DNSFound
	}
	a.TTL = ttl
	if a.Status != policy.DNSFound {
		a.Status = policy.DNSNoData
		a.TTL = min(ttl, negativeTTL(m.Ns))
	}
	return a
}

func failed() Answer { return Answer{DNSAnswer: policy.DNSAnswer{Status: policy.DNSServFail}} }

// follow goes from name along the aliases in rrs and returns where they end, and the shortest time to live on the way.
// The names are as the library writes them: ASCII, so that EqualFold folds nothing but letters.
func follow(rrs []dns.RR, name string, t uint16) (end string, ttl time.Duration, ok bool) {
	ttl = MaxTTL
	for range MaxCNAMEs + 1 {
		alias := cname(rrs, name)
		if alias == nil {
			return name, ttl, true
		}
		if alias.Target == "" { // a record without data, which the library lets pass
			return "", 0, false
		}
		name, ttl = alias.Target, min(ttl, keep(alias))
	}
	return "", 0, false
}

func cname(rrs []dns.RR, name string) *dns.CNAME {
	for _, rr := range rrs {
		if c, ok := rr.(*dns.CNAME); ok && c.Hdr.Class == dns.ClassINET && strings.EqualFold(c.Hdr.Name, name) {
			return c
		}
	}
	return nil
}

// add puts the data of one record into a, and reports false for a record without data, which the library lets pass.
func add(a *policy.DNSAnswer, rr dns.RR) bool {
	switch rr := rr.(type) {
	case *dns.A:
		addr, ok := netip.AddrFromSlice(rr.A)
		a.Addrs = append(a.Addrs, addr.Unmap())
		return ok
	case *dns.AAAA:
		addr, ok := netip.AddrFromSlice(rr.AAAA)
		a.Addrs = append(a.Addrs, addr)
		return ok
	case *dns.MX:
		a.MX = append(a.MX, policy.MX{Preference: rr.Preference, Host: domain(rr.Mx)})
		return rr.Mx != ""
	case *dns.PTR:
		a.Names = append(a.Names, domain(rr.Ptr))
		return rr.Ptr != ""
	case *dns.TXT:
		a.TXT = append(a.TXT, text(rr.Txt))
		return len(rr.Txt) > 0
	}
	return false
}

// keep is how long a record may be kept. A time to live with the highest bit set means 0 (RFC 2181, 8).
func keep(rr dns.RR) time.Duration { return seconds(rr.Header().Ttl, MaxTTL) }

// negativeTTL is how long "there is none" may be kept: what the SOA record says, and not at all without one
// (RFC 2308, 5).
func negativeTTL(authority []dns.RR) time.Duration {
	for _, rr := range authority {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(seconds(soa.Hdr.Ttl, MaxNegativeTTL), seconds(soa.Minttl, MaxNegativeTTL))
		}
	}
	return 0
}

func seconds(ttl uint32, limit time.Duration) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return min(time.Duration(ttl)*time.Second, limit)
}
