package dmarc

import (
	"context"
	"slices"
	"strings"
	"sync"

	"sekimori/policy"
)

// zone answers from a few lines, "name value". A value of "!servfail", "!timeout" or "!panic" is that failure. Names
// above a name that is there exist too (RFC 8020); all else does not.
type zone struct {
	txt map[string][]string

	mu    sync.Mutex
	asked []string
}

func newZone(lines ...string) *zone {
	z := &zone{txt: make(map[string][]string)}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		z.txt[name] = append(z.txt[name], value)
	}
	return z
}

func (z *zone) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	z.mu.Lock()
	z.asked = append(z.asked, name)
	z.mu.Unlock()
	if ctx.Err() != nil {
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
	txt := z.txt[name]
	switch {
	case t != policy.TypeTXT:
		panic("asked for " + string(t))
	case len(txt) == 1 && txt[0] == "!panic":
		panic(name)
	case len(txt) == 1 && strings.HasPrefix(txt[0], "!"):
		return policy.DNSAnswer{Status: policy.DNSStatus(txt[0][1:])}
	case len(txt) > 0 && txt[0] != "":
		return policy.DNSAnswer{Status: policy.DNSFound, TXT: txt}
	}
	for other := range z.txt {
		if other == name || strings.HasSuffix(other, "."+name) {
			return policy.DNSAnswer{Status: policy.DNSNoData}
		}
	}
	return policy.DNSAnswer{Status: policy.DNSNXDomain}
}

func asked(z *zone) []string {
	names := slices.Clone(z.asked)
	z.asked = nil
	return names
}
