package link

import "strings"

// strip takes off what browsers take off: controls and blanks around an address, tabs and line ends inside (URL Standard, 4.4).
func strip(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	if stripped(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
		}
	}
	return string(b)
}

// stripped reports whether strip leaves s as it is.
func stripped(s string) bool {
	return s == "" || s[0] > ' ' && s[len(s)-1] > ' ' && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0
}

// trimSlashes takes slashes of both kinds off the beginning.
func trimSlashes(s string) string {
	for len(s) > 0 && slash(s[0]) {
		s = s[1:]
	}
	return s
}

// schemeLength returns how long the scheme of s is, 0 when it has none.
func schemeLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// lowerScheme returns a scheme in small letters, those of nearly every link without allocation.
func lowerScheme(s string) string {
	switch s {
	case "https", "http", "mailto", "cid":
		return s
	}
	return strings.ToLower(s)
}

// webScheme reports whether browsers read an authority behind a scheme whatever slashes there are (URL Standard, 3.1).
func webScheme(s string) bool {
	return s == "https" || s == "http" || s == "ftp" || s == "ws" || s == "wss"
}

func slash(c byte) bool { return c == '/' || c == '\\' }

// Authority returns what stands between the slashes of an address, as written: user, host and port; "" where the scheme has
// none.
func Authority(s string) string {
	if n := schemeLength(s); n > 0 {
		if !webScheme(lowerScheme(s[:n])) {
			return ""
		}
		s = s[n+1:]
	}
	s = strings.TrimLeft(s, `/\`)
	if n := strings.IndexAny(s, `/\?#`); n >= 0 {
		return s[:n]
	}
	return s
}
