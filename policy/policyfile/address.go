package policyfile

import (
	"strings"

	"sekimori/policy"
)

// maxLocalPart is the length of a local part in octets (RFC 5321, 4.5.3.1.1).
const maxLocalPart = 64

// address reads a mail address: an atom or atoms with dots (RFC 5322, 3.2.3), an @ and a domain. Quoted local parts, and
// such as ask another host to pass mail on, are no addresses that a rule could name.
func address(d *document, n *node) (policy.Address, bool) {
	if !d.wants(n, kindText, `"helpdesk@example.go.jp"`) {
		return policy.Address{}, false
	}
	at := strings.LastIndexByte(n.text, '@')
	if at < 0 {
		d.report(n.at, n.path, "%s is no address; write it as \"helpdesk@example.go.jp\"", quote(n.text))
		return policy.Address{}, false
	}
	local := n.text[:at]
	if hint := localPart(local); hint != "" {
		d.report(n.at, n.path, "%s is not possible as an address: %s", quote(n.text), hint)
		return policy.Address{}, false
	}
	v, ok := d.domain(n, n.text[at+1:])
	return policy.Address{Local: local, Domain: v}, ok
}

// localPart returns what is wrong with a local part, or "".
func localPart(s string) string {
	switch {
	case s == "":
		return "nothing stands before the @"
	case len(s) > maxLocalPart:
		return "more than 64 octets stand before the @"
	case strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, ".."):
		return "a dot stands between two characters"
	}
	for _, r := range s {
		switch {
		case r > '~':
			return "what stands before the @ is written in ASCII"
		case r <= ' ':
			return "it holds white space"
		case strings.ContainsRune(`()<>@,;:\"[]%!`, r):
			return "the character " + character(r) + " cannot stand before the @"
		}
	}
	return ""
}

// correspondent reads an address, or a domain that stands for itself and every name below it, in lower case.
func correspondent(d *document, n *node) (string, bool) {
	if n.kind == kindText && strings.Contains(n.text, "@") {
		if len(n.text) > 1 && n.text[0] == '@' {
			d.report(n.at, n.path, "write %s: a domain alone means every address in it and below it", quote(n.text[1:]))
			return "", false
		}
		a, ok := address(d, n)
		return strings.ToLower(a.String()), ok
	}
	v, ok := domain(d, n)
	return string(v), ok
}
