package link

import (
	"net/netip"
	"strings"

	"sekimori/policy/mail"
)

// readHost reads a host in every way of writing it.
func (u *URL) readHost(s string) {
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		if a, err := netip.ParseAddr(s[1 : len(s)-1]); err == nil && a.Zone() == "" {
			u.Addr, u.Disguised = a.Unmap(), a.Is4In6()
		}
		return
	}
	s = Unescape(s)
	d, ok := mail.Domain(s)
	if !ok {
		return
	}
	a, numeric := Numeric(string(d))
	switch {
	case a.IsValid():
		u.Addr, u.Disguised = a, a.String() != s
	case !numeric:
		u.Host = d
	}
}

// Host returns a host, as written in an address, in the spelling of URL.Canonical; "" where it cannot be one.
func Host(s string) string {
	var u URL
	u.readHost(s)
	return u.Canonical()
}

// Numeric reads a host that ends in a number, as C libraries and browsers do: one to four numbers, each decimal, octal
// behind 0 or hexadecimal behind 0x, the last of them filling what is left (URL Standard, 3.5). Such a host is an address or nothing.
func Numeric(s string) (a netip.Addr, numeric bool) {
	last := s[strings.LastIndexByte(s, '.')+1:]
	if _, ok := readNumber(last); !ok && strings.Trim(last, "0123456789") != "" {
		return a, false
	}
	var value uint64
	const most = 4
	for n := 0; ; n++ {
		label, rest, more := strings.Cut(s, ".")
		v, ok := readNumber(label)
		if !ok || n >= most {
			return a, true
		}
		if !more {
			left := uint(most-n) * 8
			if v >= 1<<left {
				return a, true
			}
			value = value<<left | v
			break
		}
		if v > 255 {
			return a, true
		}
		value = value<<8 | v
		s = rest
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// readNumber reads a number of at most 32 bits and a little; larger ones are larger than every limit.
func readNumber(s string) (uint64, bool) {
	base := uint64(10)
	switch {
	case s == "":
		return 0, false
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		base, s = 16, s[2:]
	case len(s) >= 2 && s[0] == '0':
		base, s = 8, s[1:]
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		v := hexValue(s[i])
		if v < 0 || uint64(v) >= base {
			return 0, false
		}
		if n = n*base + uint64(v); n > 1<<40 {
			n = 1 << 40
		}
	}
	return n, true
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// Unescape decodes %XX; a percent sign that begins nothing stays. Plain text is returned without allocation.
func Unescape(s string) string {
	n := strings.IndexByte(s, '%')
	if n < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:n]...)
	for i := n; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hexValue(s[i+1]), hexValue(s[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
