package milter

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"sekimori/policy"
)

// connection is what a CONNECT command says, before the macros of its stage are looked at.
type connection struct {
	host   string
	family byte // '4', '6', 'L' (unix), 'U' (unknown)
	port   uint16
	addr   netip.Addr // unmapped, without zone; invalid when there is none
}

// readConnect reads the payload of a CONNECT command: host NUL family [port address NUL]. An address that cannot be
// read is absent; only a payload that is not of this form is refused.
func readConnect(p []byte) (c connection, ok bool) {
	host, rest, ok := strings.Cut(string(p), "\x00")
	if !ok || rest == "" {
		return connection{}, false
	}
	c.host, c.family, rest = host, rest[0], rest[1:]
	if c.family != '4' && c.family != '6' {
		return c, true
	}
	if len(rest) < 2 {
		return connection{}, false
	}
	c.port = binary.BigEndian.Uint16([]byte(rest[:2]))
	text, _, _ := strings.Cut(rest[2:], "\x00")
	if len(text) > 5 && strings.EqualFold(text[:5], "IPv6:") { // Sendmail writes it as an address literal
		text = text[5:]
	}
	if a, err := netip.ParseAddr(text); err == nil {
		c.addr = a.WithZone("").Unmap()
	}
	return c, true
}

// client says who hands mail in.
//
// Mail came without SMTP when Postfix invents a client, localhost with port 0, for the pickup service; or when Sendmail
// reads a pipe (-bs), which it calls localhost without an address. A client whose address the MTA does not know for
// another reason is called unknown and is not local.
func (c connection) client(m *macros) policy.Client {
	client := policy.Client{Addr: c.addr}
	localhost := strings.EqualFold(c.host, "localhost")
	switch c.family {
	case '4', '6':
		client.Local = localhost && c.port == 0 && c.addr.IsLoopback()
	default:
		client.Local = localhost
	}
	if verified(c.host, m) {
		client.Name = strings.TrimSuffix(c.host, ".")
	}
	return client
}

// verified reports whether the MTA found the name by DNS and back. Postfix writes an address in brackets or "unknown"
// where it did not; Sendmail writes the name and says in `_` or {client_resolve} that it may be forged.
func verified(host string, m *macros) bool {
	if host == "" || strings.EqualFold(host, "unknown") {
		return false
	}
	if _, err := policy.ParseDomain(host); err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	if v, ok := m.at(cmdConnect, "client_resolve"); ok && v != "OK" {
		return false
	}
	v, _ := m.at(cmdConnect, "_")
	return !strings.Contains(v, "(may be forged)")
}

// address returns the mailbox that arg, the argument of MAIL or RCPT, names. SMTP admits arguments of two readings
// (a source route, a quoted local part that holds an @); what counts is the reading of the MTA, which it tells in a
// macro. Sendmail leaves out the domain where it is its own: then the argument is read.
func address(parse func(string) (policy.Address, string), arg, macro string) (policy.Address, string) {
	if macro != "" && macro != "<>" {
		if a, bad := parse(macro); bad == "" && a.Domain != "" {
			return a, ""
		}
	}
	return parse(arg)
}

// plainAddress reads a mailbox in or without brackets; what stands behind the last @ is its domain.
func plainAddress(arg string) (policy.Address, string) {
	s := strings.TrimSuffix(strings.TrimPrefix(arg, "<"), ">")
	if s == "" || s == `""` { // mail that comes without SMTP has no brackets
		return policy.Address{}, ""
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return policy.Address{Local: s}, ""
	}
	a := policy.Address{Local: s[:at]}
	d, err := policy.ParseDomain(s[at+1:])
	if err != nil {
		if strings.HasPrefix(s[at+1:], "[") {
			return a, ""
		}
		return a, "its domain is not a domain name"
	}
	a.Domain = d
	return a, ""
}
