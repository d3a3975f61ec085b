package link

import "strings"

// CanonicalPath writes path, query and fragment as they are compared: backslashes before the query as slashes, without dot segments,
// and without escapes of characters that need none (RFC 3986, 6.2.2), with those that browsers write (URL Standard, 1.3). It begins with
// a slash. Case counts: servers tell it apart, and so do short links.
func CanonicalPath(s string) string {
	if s == "" {
		return "/"
	}
	if strings.IndexByte(s, '%') >= 0 {
		s = plainer(s)
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

// plainer writes the unreserved characters instead of their escapes; other escapes get capital digits.
func plainer(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		hi, lo := -1, -1
		if s[i] == '%' && i+2 < len(s) {
			hi, lo = hexValue(s[i+1]), hexValue(s[i+2])
		}
		if hi < 0 || lo < 0 {
			b = append(b, s[i])
			continue
		}
		if c := byte(hi<<4 | lo); unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[hi], hexDigits[lo])
		}
		i += 2
	}
	return string(b)
}

const hexDigits = "0123456789ABCDEF"

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
	b := make([]byte, 0, len(s)+2*n)
	for i := 0; i < len(s); i++ {
		if escaped(s[i]) {
			b = append(b, '%', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func escaped(c byte) bool {
	return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '`' || c == '{' || c == '}'
}
