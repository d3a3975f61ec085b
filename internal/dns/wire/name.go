package wire

import (
	"strings"

	"sekimori/policy"
)

// Canonical returns name in the one spelling in which it is asked for and kept: lower case (ASCII only), without a
// trailing dot. Any octet may stand in a label. It reports false for what can be no name in DNS: nothing at all, more
// than policy.MaxDomainLength octets, an empty label or one of more than policy.MaxLabelLength octets
// (RFC 1035, 2.3.4). A name that is canonical already is returned without allocating.
func Canonical(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > policy.MaxDomainLength {
		return "", false
	}
	label, upper := 0, false
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '.' {
			if label == 0 {
				return "", false
			}
			label = 0
			continue
		}
		if label++; label > policy.MaxLabelLength {
			return "", false
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if label == 0 {
		return "", false
	}
	if upper {
		name = lower(name)
	}
	return name, true
}

// AppendName appends the wire form (RFC 1035, 3.1) of a name that Canonical returned.
func AppendName(b []byte, name string) []byte {
	for more := true; more; {
		var label string
		label, name, more = strings.Cut(name, ".")
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	return append(b, 0)
}

// lower lowers ASCII letters and leaves every other octet alone, which strings.ToLower does not.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// domain turns a name as the library writes it into the spelling of Canonical. The root stays ".".
// A dot inside a label, for which that spelling has no room, becomes the four octets `\046`: never a dot, so that
// such a name does not pass for one below another domain.
func domain(presentation string) string {
	if presentation == "." {
		return presentation
	}
	s := strings.TrimSuffix(presentation, ".")
	if strings.IndexByte(s, '\\') >= 0 {
		s = unescape(s, `\046`)
	}
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lower(s)
		}
	}
	return s
}

// text turns character-strings as the library writes them into the octets they stand for, joined.
func text(parts []string) string {
	s := strings.Join(parts, "")
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return unescape(s, ".")
}

// unescape resolves `\DDD` and `\X` (RFC 1035, 5.1). An escaped dot becomes the given string.
func unescape(s, dot string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			continue
		}
		if n, ok := decimal(s[i+1:]); ok {
			c, i = n, i+3
		} else {
			c, i = s[i+1], i+1
		}
		if c == '.' {
			b = append(b, dot...)
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

// decimal reads three digits at the start of s that make an octet.
func decimal(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for i := range 3 {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return byte(n), n <= 255
}
