package policyfile

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"sekimori/policy"
)

// domain reads a domain that stands for itself and every name below it.
func domain(d *document, n *node) (policy.Domain, bool) {
	if !d.wants(n, kindText, `"example.go.jp"`) {
		return "", false
	}
	if rest, ok := strings.CutPrefix(n.text, "."); ok && rest != "" {
		d.report(n.at, n.path, "write %s: every name below it is included here", quote(rest))
		return "", false
	}
	return d.domain(n, n.text)
}

// oneDomain reads a domain into a setting.
func oneDomain(to *policy.Domain) read {
	return func(d *document, n *node) {
		if v, ok := domain(d, n); ok {
			*to = v
		}
	}
}

// entry reads an entry of a policy.DomainSet: a name, or ".name" for every name below it.
func entry(d *document, n *node) (*node, bool) {
	if !d.wants(n, kindText, `"example.go.jp" or ".example.go.jp"`) {
		return nil, false
	}
	name, _ := strings.CutPrefix(n.text, ".")
	_, ok := d.domain(n, name)
	return n, ok
}

// domainSet reads a list of entries; where hands out the entries that were read, for checks between sections.
func domainSet(to *policy.DomainSet, least int, where *[]*node) read {
	return func(d *document, n *node) {
		list(where, least, entry)(d, n)
		for _, e := range *where {
			if err := to.Add(e.text); err != nil {
				d.report(e.at, e.path, "%v", err)
			}
		}
	}
}

// domain reads name, which is the text of n or a part of it.
func (d *document) domain(n *node, name string) (policy.Domain, bool) {
	prefix := strings.TrimSuffix(n.text, name)
	if hint := mistaken(prefix, name); hint != "" {
		d.report(n.at, n.path, "%s is not possible as a domain: %s", quote(n.text), hint)
		return "", false
	}
	v, err := policy.ParseDomain(name)
	if err != nil {
		d.report(n.at, n.path, "%s: %v", quote(n.text), err)
		return "", false
	}
	return v, true
}

// mistaken returns what is wrong with a name that has one of the usual slips, or "". Prefix is what stood before it.
func mistaken(prefix, name string) string {
	if strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		if strings.ContainsRune(name, '\u3000') {
			return "it holds a full-width space (U+3000)"
		}
		return "it holds white space"
	}
	switch {
	case strings.HasPrefix(name, "*."):
		return `"*" is not used; a name with a dot before it means every name below it where that is possible`
	case strings.Contains(name, "@"):
		return "it is an address; write the part behind the @"
	case strings.Contains(name, "/"):
		return "write the name alone, without scheme and path"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "it is a network address"
	}
	return foreignName(prefix, name)
}

// foreignName returns the hint for a name that is not ASCII, or "". The hint reads the name as a browser would: full
// width, upper case and ideographic dots are mapped (UTS 46). The file itself holds plain names only.
func foreignName(prefix, name string) string {
	ascii := true
	for i := 0; i < len(name); i++ {
		ascii = ascii && name[i] < utf8.RuneSelf
	}
	if ascii {
		return ""
	}
	if len(name) <= 4*policy.MaxDomainLength {
		mapped := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))
		if a, err := mapped.ToASCII(name); err == nil {
			if _, err := policy.ParseDomain(a); err == nil {
				return "names are written in ASCII; write " + quote(prefix+a)
			}
		}
	}
	return "names are written in ASCII (for Japanese names, in the form that begins with xn--)"
}
