package mime

import (
	"strings"

	"sekimori/policy/mail"
)

// parameter is one parameter of a structured field, as written but for quotes and folds (RFC 2045, 5.1).
type parameter struct {
	name  string
	value string
}

// readParameters reads what follows the first token of a field, at most MaxParameters. Comments, empty parameters and
// those without an equals sign are passed over. A quoted string that does not end goes to the end.
func readParameters(s string) []parameter {
	var params []parameter
	for len(params) < MaxParameters {
		s = strings.TrimLeft(s, "; \t\r\n")
		if s == "" {
			break
		}
		if s[0] == '(' {
			s = skipComment(s)
			continue
		}
		n := strings.IndexAny(s, "=;")
		if n < 0 {
			break
		}
		if s[n] == ';' {
			s = s[n:]
			continue
		}
		name := strings.Trim(s[:n], " \t\r\n")
		var value string
		value, s = cutValue(strings.TrimLeft(s[n+1:], " \t\r\n"))
		if name != "" {
			params = append(params, parameter{name, value})
		}
	}
	return params
}

// cutToken cuts the first token off s, comments and blanks before it left out.
func cutToken(s string) (token, rest string) {
	s = strings.Trim(s, " \t\r\n")
	for s != "" && s[0] == '(' {
		s = strings.TrimLeft(skipComment(s), " \t\r\n")
	}
	n := strings.IndexAny(s, "; \t\r\n(")
	if n < 0 {
		return s, ""
	}
	return s[:n], s[n:]
}

// skipComment returns what follows the comment at the beginning of s. One that does not end takes all of it.
func skipComment(s string) string {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}

// cutValue cuts a token or a quoted string off s. A token goes up to a semicolon, because many mailers leave the quotes
// out around blanks; blanks and a comment at its end are none of it.
func cutValue(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		n := strings.IndexByte(s, ';')
		if n < 0 {
			n = len(s)
		}
		value, rest = s[:n], s[n:]
		if c := strings.Index(value, " ("); c >= 0 && strings.HasSuffix(strings.TrimRight(value, " \t\r\n"), ")") {
			value = value[:c]
		}
		return unquote(strings.Trim(value, " \t\r\n"), false), rest
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return unquote(s[1:i], true), s[i+1:]
		case '\\':
			i++
		}
	}
	return unquote(s[1:], true), ""
}

// unquote takes the folds out of s, and the backslashes before a quote or a backslash. Others stay, as mail clients let
// them: they are parts of a path, or the second half of a character in Shift_JIS.
func unquote(s string, quoted bool) string {
	if !strings.ContainsAny(s, "\\\r\n") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\r' || c == '\n':
			continue
		case c == '\\' && quoted && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// extended puts the pieces of a parameter together and decodes them (RFC 2231, 3 and 4): name*, name*0, name*0*, in the
// order of their numbers, up to the first that is missing. False when there are none.
func extended(params []parameter, name string) (string, bool) {
	var charset string
	var octets []byte
	found := false
	for want := 0; want < MaxParameters; want++ {
		p, encoded, whole, ok := piece(params, name, want)
		if !ok {
			break
		}
		v := p.value
		if encoded && !found {
			if cs, rest, ok := strings.Cut(v, "'"); ok {
				if _, text, ok := strings.Cut(rest, "'"); ok {
					charset, v = cs, text
				}
			}
		}
		found = true
		if encoded {
			octets = appendPercent(octets, v)
		} else {
			octets = append(octets, v...)
		}
		octets = octets[max(0, len(octets)-maxWrittenName):]
		if whole {
			break
		}
	}
	if !found {
		return "", false
	}
	return nameEnd(mail.DecodeText(charset, octets)), true
}

// piece finds the piece of a parameter with a number. Whole says that it is name* without a number, which stands for
// number 0.
func piece(params []parameter, name string, number int) (p parameter, encoded, whole, ok bool) {
	for _, p := range params {
		if len(p.name) <= len(name) || p.name[len(name)] != '*' || !strings.EqualFold(p.name[:len(name)], name) {
			continue
		}
		rest := p.name[len(name)+1:]
		if rest == "" && number == 0 {
			return p, true, true, true
		}
		digits, star := strings.CutSuffix(rest, "*")
		if n, ok := smallNumber(digits); ok && n == number {
			return p, star, false, true
		}
	}
	return parameter{}, false, false, false
}

func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 3 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || '9' < s[i] {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// appendPercent decodes %XX; a percent sign without two hexadecimal digits stays.
func appendPercent(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := hexDigits[s[i+1]], hexDigits[s[i+2]]
			if hi|lo < 16 {
				dst = append(dst, hi<<4|lo)
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}
