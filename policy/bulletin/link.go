package bulletin

import (
	"net/netip"
	"strconv"
	"strings"

	"sekimori/policy/mail"
)

// target is a link as it is compared.
type target struct {
	host string // canonical; IPv6 addresses in brackets
	port string // with its colon; "" where it is that of the scheme
	path string // from the first slash to the end, query and fragment included; "/" where there is none
}

// cutLink cuts a link as browsers do (URL Standard, 4.4): any number of slashes in either direction in front of the host,
// nothing of a name and password, the port of the scheme left out. A target without a scheme is a link where it begins with
// www. or two slashes. False means that it names no host on the web: mailto:, cid:, a path.
func cutLink(s string) (target, bool) {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	rest, port := s, ":80"
	switch {
	case hasPrefixFold(s, "https:"):
		rest, port = s[len("https:"):], ":443"
	case hasPrefixFold(s, "http:"):
		rest = s[len("http:"):]
	case hasPrefixFold(s, "ftp:"):
		rest, port = s[len("ftp:"):], ":21"
	case hasPrefixFold(s, "www."):
	case len(s) > 1 && slash(s[0]) && slash(s[1]):
	default:
		return target{}, false
	}
	for len(rest) > 0 && slash(rest[0]) {
		rest = rest[1:]
	}
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	t := target{}
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && strings.IndexByte(host[colon:], ']') < 0 {
		if host[colon:] != port && len(host) > colon+1 {
			t.port = host[colon:]
		}
		host = host[:colon]
	}
	if strings.Trim(t.port, ":0123456789") != "" {
		return target{}, false
	}
	var ok bool
	t.host, ok = hostName(host)
	t.path = canonicalPath(path)
	return t, ok
}

func slash(c byte) bool { return c == '/' || c == '\\' }

// hostName returns the host of a link in the one spelling in which hosts are compared: names as mail.Domain has them, addresses
// in whatever number format as netip does.
func hostName(s string) (string, bool) {
	if strings.IndexByte(s, '%') >= 0 {
		s = unescape(s, func(byte) bool { return true })
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		a, err := netip.ParseAddr(s[1 : len(s)-1])
		if err != nil || a.Zone() != "" {
			return "", false
		}
		if a = a.Unmap(); a.Is4() {
			return a.String(), true
		}
		return "[" + a.String() + "]", true
	}
	d, ok := mail.Domain(s)
	if !ok {
		return "", false
	}
	if a, numeric := number4(string(d)); numeric {
		return a, a != ""
	}
	return string(d), true
}

// number4 reads a host whose last label is a number, which browsers take for an IPv4 address: one to four numbers, each
// decimal, octal behind 0 or hexadecimal behind 0x, the last one for all octets that are left (URL Standard, 3.5). The address
// is "" where it cannot be one.
func number4(host string) (address string, numeric bool) {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || last[0] < '0' || last[0] > '9' {
		return "", false
	}
	if _, err := number(last); err != nil {
		if strings.Trim(last, "0123456789") == "" {
			return "", true
		}
		return "", false
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return "", true
	}
	var sum uint64
	for i, p := range parts {
		n, err := number(p)
		left := 4 - i // octets that a last number can fill
		switch {
		case err != nil, i < len(parts)-1 && n > 255, i == len(parts)-1 && n >= 1<<(8*left):
			return "", true
		case i < len(parts)-1:
			sum |= n << (8 * (left - 1))
		default:
			sum |= n
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}).String(), true
}

func number(s string) (uint64, error) {
	base := 10
	switch {
	case hasPrefixFold(s, "0x"):
		if s, base = s[2:], 16; s == "" {
			return 0, nil
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	return strconv.ParseUint(s, base, 33)
}

// canonicalPath writes a path as it is compared: backslashes before the query as slashes, without dot segments, and without
// escapes of characters that need none (RFC 3986, 6.2.2), with those that browsers write (URL Standard, 1.3). Case counts: servers tell it apart, and so do short links.
func canonicalPath(s string) string {
	if s == "" {
		return "/"
	}
	if strings.IndexByte(s, '%') >= 0 {
		s = unescape(s, unreserved)
	}
	s = escape(s)
	end := strings.IndexAny(s, "?#")
	if end < 0 {
		end = len(s)
	}
	path, rest := s[:end], s[end:]
	if path == "" {
		return "/" + s
	}
	if strings.IndexByte(path, '\\') >= 0 {
		path = strings.ReplaceAll(path, `\`, "/")
	} else if !strings.Contains(path, "/.") {
		return s
	}
	if strings.Contains(path, "/.") {
		path = withoutDots(path)
	}
	return path + rest
}

// withoutDots takes . and .. out of a path that begins with a slash (RFC 3986, 5.2.4).
func withoutDots(path string) string {
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		switch s {
		case ".", "..":
			if s == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == len(segments)-1 {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return "/" + strings.Join(kept, "/")
}

func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// unescape writes the characters for which plain holds instead of their escapes; other escapes get capital digits.
func unescape(s string, plain func(byte) bool) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			b = append(b, s[i])
			continue
		}
		if c := digit(s[i+1])<<4 | digit(s[i+2]); plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', upper(s[i+1]), upper(s[i+2]))
		}
		i += 2
	}
	return string(b)
}

// escape writes the escapes that browsers put in the place of characters.
func escape(s string) string {
	n := 0
	for i := 0; i < len(s); i++ {
		if escaped(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*n)
	for i := 0; i < len(s); i++ {
		if escaped(s[i]) {
			b = append(b, '%', digits[s[i]>>4], digits[s[i]&15])
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func escaped(c byte) bool {
	return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '`' || c == '{' || c == '}'
}

func digit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'f' {
		c -= 'a' - 'A'
	}
	return c
}

// nested returns the link that a redirector or a rewriting gateway carries in its own: the first absolute one behind the
// beginning of the path, as it stands or escaped; "" when there is none. One level is looked at.
func nested(path string) string {
	for from := 0; ; {
		n := strings.Index(path[from:], "http")
		if n < 0 {
			return ""
		}
		s := path[from+n:]
		from += n + len("http")
		tail := strings.TrimPrefix(s[len("http"):], "s")
		switch {
		case strings.HasPrefix(tail, "://"):
			return s
		case hasPrefixFold(tail, "%3a%2f%2f"):
			if end := strings.IndexAny(s, "&#"); end >= 0 {
				s = s[:end]
			}
			return unescape(s, func(byte) bool { return true })
		}
	}
}
