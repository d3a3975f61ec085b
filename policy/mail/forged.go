package mail

import (
	"strings"

	"sekimori/policy"
)

// Forged returns the fields whose names only this filter or an inside server may write, so that from outside they are
// forged: all that begin with X-Sekimori or X-MS-Exchange-Organization-, in any case, and those whose names look so
// once blanks and invisible characters are taken out and wide letters made plain. Each is named as the MTA counts it:
// from 1, per name as written without regard to the case of ASCII letters. The order is that of the header.
func Forged(h policy.Header) []policy.HeaderRef {
	var refs []policy.HeaderRef
	var count map[string]int
	for i := range h {
		if !reserved(h[i].Name) {
			continue
		}
		if count == nil {
			count = make(map[string]int)
		}
		key := lowerASCII(h[i].Name)
		count[key]++
		refs = append(refs, policy.HeaderRef{Name: h[i].Name, Index: count[key]})
	}
	return refs
}

// reserved reports whether a careless reader takes name for one of ours. A first octet that is neither X nor foreign
// settles most fields.
func reserved(name string) bool {
	if name == "" {
		return false
	}
	if c := name[0]; c|0x20 != 'x' && ' ' < c && c < 0x7f {
		return false
	}
	if printable(name) && strings.IndexByte(name, ' ') < 0 {
		return hasPrefixASCII(name, "X-Sekimori") || hasPrefixASCII(name, "X-MS-Exchange-Organization-")
	}
	name = foldName(name)
	return strings.HasPrefix(name, "x-sekimori") || strings.HasPrefix(name, "x-ms-exchange-organization-")
}

func hasPrefixASCII(s, prefix string) bool {
	return len(s) >= len(prefix) && equalASCII(s[:len(prefix)], prefix)
}
