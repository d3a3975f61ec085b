package spf

import (
	"context"
	"net/netip"
	"strings"
	"sync/atomic"

	"sekimori/policy"
)

// zone is a Resolver over names in memory. It tells a name that does not exist from one without the type.
type zone struct {
	answers map[question]policy.DNSAnswer
	cname   map[string]string
	exists  map[string]bool
	broken  map[string]policy.DNSStatus // for every type that has no answer
	warm    bool                        // answers count as cached
	asked   atomic.Int64
}

func newZone() *zone {
	return &zone{
		answers: make(map[question]policy.DNSAnswer), cname: make(map[string]string),
		exists: make(map[string]bool), broken: make(map[string]policy.DNSStatus),
	}
}

// testZone reads lines such as "example.jp TXT v=spf1 -all" or "example.jp A 192.0.2.1"; a status in the place of the
// type breaks the name: "example.jp timeout".
func testZone(lines ...string) *zone {
	z := newZone()
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, " ")
		kind, value, _ := strings.Cut(rest, " ")
		if s := policy.DNSStatus(kind); s.Temporary() {
			z.broken[name] = s
			continue
		}
		z.add(name, policy.DNSType(kind), value)
	}
	return z
}

func zoneName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func (z *zone) add(name string, t policy.DNSType, value string) {
	name = zoneName(name)
	q := question{name, t}
	a := z.answers[q]
	a.Status = policy.DNSFound
	switch t {
	case policy.TypeTXT:
		a.TXT = append(a.TXT, value)
	case policy.TypeA, policy.TypeAAAA:
		a.Addrs = append(a.Addrs, netip.MustParseAddr(value))
	case policy.TypeMX:
		host := zoneName(value)
		if value == "." || value == "" {
			host = "."
		}
		a.MX = append(a.MX, policy.MX{Host: host})
	case policy.TypePTR:
		a.Names = append(a.Names, zoneName(value))
	default:
		panic("no such type: " + string(t))
	}
	z.answers[q] = a
	z.exist(name)
}

func (z *zone) exist(name string) {
	for ; name != ""; _, name, _ = strings.Cut(name, ".") {
		z.exists[name] = true
	}
}

func (z *zone) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	z.asked.Add(1)
	if strings.HasSuffix(name, ".") || strings.ContainsAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		panic("not a name as Resolver wants it: " + name)
	}
	for range 8 {
		if a, ok := z.answers[question{name, t}]; ok {
			a.Cached = z.warm
			return a
		}
		target, ok := z.cname[name]
		if !ok {
			break
		}
		name = target
	}
	switch {
	case ctx.Err() != nil:
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	case z.cname[name] != "":
		return policy.DNSAnswer{Status: policy.DNSServFail}
	case z.broken[name] != "":
		return policy.DNSAnswer{Status: z.broken[name]}
	case z.exists[name]:
		return policy.DNSAnswer{Status: policy.DNSNoData}
	}
	return policy.DNSAnswer{Status: policy.DNSNXDomain}
}
