package policyfile

import (
	"net/netip"
	"strings"
)

// dnsPort is where DNS servers listen (RFC 1035, 4.2).
const dnsPort = 53

// network reads an address or a prefix. A network of every address is a mistake wherever networks are trusted.
func network(d *document, n *node) (netip.Prefix, bool) {
	if !d.wants(n, kindText, `"192.0.2.0/24" or "2001:db8::1"`) {
		return netip.Prefix{}, false
	}
	p, problem := parseNetwork(n.text)
	if problem != "" {
		d.report(n.at, n.path, "%s is not possible as a network: %s", quote(n.text), problem)
		return netip.Prefix{}, false
	}
	if p != p.Masked() {
		d.warn(n.at, n.path, "%s has bits behind the prefix and is read as %q", quote(n.text), p.Masked())
	}
	return p.Masked(), true
}

// parseNetwork reads a network and says what is wrong with it, or "".
func parseNetwork(s string) (netip.Prefix, string) {
	text, bits, slash := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil && strings.TrimSpace(s) != s:
		return netip.Prefix{}, "it holds white space at its ends"
	case err != nil && foreignName("", s) != "":
		return netip.Prefix{}, "write it in half width"
	case err != nil:
		return netip.Prefix{}, `write it as "192.0.2.0/24", "2001:db8::/32" or an address alone`
	case addr.Zone() != "":
		return netip.Prefix{}, "a network has no zone"
	case !slash:
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), ""
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil && strings.Contains(bits, "."):
		return netip.Prefix{}, "write the number of bits behind the slash, not a mask"
	case err != nil && addr.Is4():
		return netip.Prefix{}, "behind the slash stands a number from 1 to 32"
	case err != nil:
		return netip.Prefix{}, "behind the slash stands a number from 1 to 128"
	case addr.Is4In6():
		return netip.Prefix{}, "write an IPv4 network as one"
	case p.Bits() == 0:
		return netip.Prefix{}, "it is every address"
	}
	return p, ""
}

// server reads the address of a DNS server, with or without port.
func server(d *document, n *node) (netip.AddrPort, bool) {
	if !d.wants(n, kindText, `"192.0.2.53" or "[2001:db8::53]:5353"`) {
		return netip.AddrPort{}, false
	}
	if a, err := netip.ParseAddr(strings.Trim(n.text, "[]")); err == nil {
		return netip.AddrPortFrom(a.Unmap(), dnsPort), true
	}
	a, err := netip.ParseAddrPort(n.text)
	if err != nil || a.Port() == 0 {
		d.report(n.at, n.path, `%s is no server; write its address, with a port where it is not 53: "192.0.2.53", "[2001:db8::53]:5353"`,
			quote(n.text))
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), true
}
