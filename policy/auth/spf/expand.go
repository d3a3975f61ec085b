package spf

import (
	"net/netip"
	"strconv"
	"strings"

	"sekimori/policy"
)

const (
	// maxName is the length of a name to ask for, in octets. A longer expansion loses labels from the left (RFC 7208, 7.3).
	maxName = policy.MaxDomainLength
	// MaxMacroValue is the number of octets of a local part or HELO argument that a macro sees; longer values lose their
	// beginning. RFC 5321, 4.5.3.1, allows 64 and 255.
	MaxMacroValue = 512
	// MaxExplanation is the length of an explanation in octets; a longer one is cut.
	MaxExplanation = 1024
)

// target returns the name that a term is about: its expanded domain-spec, or the current domain.
func (e *evaluation) target(s *Spec, domain string) (string, outcome) {
	switch {
	case s.Text == "":
		return domain, outcome{}
	case !s.HasMacro():
		return s.name, outcome{}
	}
	buf := make([]byte, 0, 128)
	for i := range s.parts {
		var stop outcome
		if buf, stop = e.expand(buf, &s.parts[i], domain); stop.final() {
			return "", stop
		}
		if len(buf) > 8*maxName { // only the right end can survive the truncation
			buf = append(buf[:0], buf[len(buf)-2*maxName:]...)
		}
	}
	return queryName(buf), outcome{}
}

// queryName makes an expanded domain-spec a name to ask for: lower case, without a trailing dot, and without the left
// labels that make it too long.
func queryName(b []byte) string {
	if n := len(b); n > 0 && b[n-1] == '.' {
		b = b[:n-1]
	}
	for len(b) > maxName {
		i := 0
		for i < len(b) && b[i] != '.' {
			i++
		}
		b = b[min(i+1, len(b)):]
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// askable reports whether DNS can hold the name: labels of 1 to 63 octets. A name that it cannot hold does not exist
// (RFC 7208, 4.8, leaves the choice).
func askable(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '.' {
			continue
		}
		if i == start || i-start > policy.MaxLabelLength {
			return false
		}
		start = i + 1
	}
	return true
}

// expand appends one part to buf (RFC 7208, 7.2 and 7.3). It stops only when the macro p may not ask.
func (e *evaluation) expand(buf []byte, p *part, domain string) ([]byte, outcome) {
	if p.letter == 0 {
		return append(buf, p.literal...), outcome{}
	}
	var value string
	switch p.letter {
	case 's':
		value = e.local + "@" + e.origin
	case 'l':
		value = e.local
	case 'o':
		value = e.origin
	case 'd':
		value = domain
	case 'h':
		value = lastOctets(e.query.Helo, MaxMacroValue)
	case 'i':
		value = dotted(e.client)
	case 'v':
		value = "ip6"
		if e.client.Is4() {
			value = "in-addr"
		}
	case 'p':
		var stop outcome
		if value, stop = e.validatedName(domain); stop.final() {
			return buf, stop
		}
	case 'c':
		value = e.client.String()
	case 'r':
		if value = e.query.Receiver; value == "" {
			value = "unknown"
		}
	case 't': // there is no clock here
		value = "0"
	}
	return p.transform(buf, value), outcome{}
}

// transform appends value, split, reversed, cut and escaped as the macro says.
func (p *part) transform(buf []byte, value string) []byte {
	if p.delims != "" || p.reverse || p.keep > 0 {
		value = p.rearrange(value)
	}
	if !p.escape {
		return append(buf, value...)
	}
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(value); i++ {
		c := value[i]
		if isAlpha(c) || isDigit(c) || strings.IndexByte("-._~", c) >= 0 {
			buf = append(buf, c)
			continue
		}
		buf = append(buf, '%', hex[c>>4], hex[c&15])
	}
	return buf
}

// rearrange splits value at the delimiters, reverses the parts, keeps those on the right and joins them with dots.
// Empty parts stay.
func (p *part) rearrange(value string) string {
	delims := p.delims
	if delims == "" {
		delims = "."
	}
	var parts []string
	for {
		i := strings.IndexAny(value, delims)
		if i < 0 {
			break
		}
		parts = append(parts, value[:i])
		value = value[i+1:]
	}
	parts = append(parts, value)
	if p.reverse {
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	if p.keep > 0 && p.keep < len(parts) {
		parts = parts[len(parts)-p.keep:]
	}
	return strings.Join(parts, ".")
}

// dotted returns an address as the macro i shows it: dotted quad, or 32 nibbles with dots.
func dotted(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	return string(nibbles(make([]byte, 0, 64), a, false))
}

func nibbles(buf []byte, a netip.Addr, reverse bool) []byte {
	const hex = "0123456789abcdef"
	octets := a.As16()
	for i := range 32 {
		n := i
		if reverse {
			n = 31 - i
		}
		c := octets[n/2]
		if n%2 == 0 {
			c >>= 4
		}
		if i > 0 {
			buf = append(buf, '.')
		}
		buf = append(buf, hex[c&15])
	}
	return buf
}

// reverseName returns the name at which the PTR records of an address are (RFC 1035, 3.5; RFC 3596, 2.5).
func reverseName(a netip.Addr) string {
	buf := make([]byte, 0, 80)
	if !a.Is4() {
		return string(append(nibbles(buf, a, true), ".ip6.arpa"...))
	}
	octets := a.As4()
	for i := 3; i >= 0; i-- {
		buf = append(strconv.AppendUint(buf, uint64(octets[i]), 10), '.')
	}
	return string(append(buf, "in-addr.arpa"...))
}

// lastOctets returns at most n octets of s, from its right end.
func lastOctets(s string, n int) string { return s[max(0, len(s)-n):] }
