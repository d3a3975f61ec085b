package spf

import (
	"fmt"
	"net/netip"
	"strings"

	"sekimori/policy"
)

// matchA looks for the client among the addresses of a name (RFC 7208, 5.3).
func (e *evaluation) matchA(t *Term, name string) (bool, outcome) {
	a, stop := e.need(name, e.addressType())
	if !stop.final() {
		stop = e.void(name, e.addressType(), a.Status)
	}
	if stop.final() {
		return false, stop
	}
	return e.holds(a.Addrs, t), outcome{}
}

// matchMX looks for the client among the addresses of the mail exchangers of a name (5.4). No exchanger, or the null
// one of RFC 7505, means no match: the name's own address is not tried. An exchanger that does not exist makes the
// term a void one; one that exists without an address of the client's family does not.
func (e *evaluation) matchMX(t *Term, name string) (bool, outcome) {
	a, stop := e.need(name, policy.TypeMX)
	if !stop.final() {
		stop = e.void(name, policy.TypeMX, a.Status)
	}
	if stop.final() {
		return false, stop
	}
	if n := e.checker.limits.MX; len(a.MX) > n {
		return false, outcome{result: policy.ResultPermError,
			detail: fmt.Sprintf("%s has %d mail exchangers, the limit is %d", printable(name), len(a.MX), n)}
	}
	if e.checker.ahead > 0 && !a.Cached {
		e.exchangersAhead(a.MX)
	}
	for _, mx := range a.MX {
		host, stop := e.need(mx.Host, e.addressType())
		if stop.final() {
			return false, stop
		}
		if e.holds(host.Addrs, t) {
			return true, outcome{}
		}
		if host.Status == policy.DNSNXDomain && askable(mx.Host) {
			if stop := e.void(name, policy.TypeMX, policy.DNSNXDomain); stop.final() {
				return false, stop
			}
		}
	}
	return false, outcome{}
}

// matchExists asks whether a name has an IPv4 address, whatever the family of the client (5.7).
func (e *evaluation) matchExists(name string) (bool, outcome) {
	a, stop := e.need(name, policy.TypeA)
	if !stop.final() {
		stop = e.void(name, policy.TypeA, a.Status)
	}
	return !stop.final() && len(a.Addrs) > 0, stop
}

func (e *evaluation) addressType() policy.DNSType {
	if e.client.Is4() {
		return policy.TypeA
	}
	return policy.TypeAAAA
}

// holds reports whether one of the addresses, widened to the term's prefix length, contains the client.
func (e *evaluation) holds(addrs []netip.Addr, t *Term) bool {
	bits := int(t.Bits6)
	if e.client.Is4() {
		bits = int(t.Bits4)
	}
	for _, a := range addrs {
		if netip.PrefixFrom(a, bits).Contains(e.client) {
			return true
		}
	}
	return false
}

// names holds the names of the client, asked for once.
type names struct {
	asked  bool
	status policy.DNSStatus
	list   []string
	valid  []validity // of each entry of list
}

type validity byte

const (
	untried validity = iota
	confirmed
	refuted
)

// matchPTR looks for a confirmed name of the client that is the target or lies under it (5.5). Failures of DNS are no
// match here: the reverse zone belongs to the client, not to the domain.
func (e *evaluation) matchPTR(target string) (bool, outcome) {
	stop := e.askNames()
	if !stop.final() {
		stop = e.void("the client", policy.TypePTR, e.names.status)
	}
	if stop.final() {
		return false, stop
	}
	for i, name := range e.names.list {
		if !under(name, target) {
			continue
		}
		ok, stop := e.confirm(i)
		if ok || stop.final() {
			return ok, stop
		}
	}
	return false, outcome{}
}

// validatedName returns the value of the macro p: a confirmed name of the client, best the domain itself, else one
// under it, else any (RFC 7208, 7.3); "unknown" where there is none.
func (e *evaluation) validatedName(domain string) (string, outcome) {
	if stop := e.askNames(); stop.final() {
		return "", stop
	}
	for _, fits := range [...]func(string) bool{
		func(name string) bool { return name == domain },
		func(name string) bool { return under(name, domain) },
		func(string) bool { return true },
	} {
		for i, name := range e.names.list {
			if !fits(name) {
				continue
			}
			ok, stop := e.confirm(i)
			if stop.final() {
				return "", stop
			}
			if ok {
				return name, outcome{}
			}
		}
	}
	return "unknown", outcome{}
}

// askNames asks for the names of the client, once.
func (e *evaluation) askNames() outcome {
	if e.names.asked {
		return outcome{}
	}
	a, stop := e.ask(reverseName(e.client), policy.TypePTR)
	if stop.final() {
		return stop
	}
	list := a.Names[:min(len(a.Names), e.checker.limits.PTR)]
	e.names = names{asked: true, status: a.Status, list: list, valid: make([]validity, len(list))}
	return outcome{}
}

// confirm reports whether a name of the client leads back to the client, asking once.
func (e *evaluation) confirm(i int) (bool, outcome) {
	if e.names.valid[i] != untried {
		return e.names.valid[i] == confirmed, outcome{}
	}
	a, stop := e.ask(e.names.list[i], e.addressType())
	if stop.final() {
		return false, stop
	}
	e.names.valid[i] = refuted
	for _, addr := range a.Addrs {
		if addr == e.client {
			e.names.valid[i] = confirmed
		}
	}
	return e.names.valid[i] == confirmed, outcome{}
}

// under reports whether name is parent or lies below it.
func under(name, parent string) bool {
	return name == parent || len(name) > len(parent) && name[len(name)-len(parent)-1] == '.' && strings.HasSuffix(name, parent)
}
