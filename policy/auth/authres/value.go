package authres

import (
	"strings"

	"sekimori/policy"
)

// property writes name=value, or nothing where value is empty or longer than MaxValue.
func (w *writer) property(name, value string) {
	if value == "" || len(value) > MaxValue {
		return
	}
	w.begin()
	w.b = append(w.b, name...)
	w.b = append(w.b, '=')
	start := len(w.b)
	w.value(value)
	if len(w.b)-start > MaxValue {
		w.drop()
		return
	}
	w.end()
}

// value writes s as a token where it is one, and as a quoted-string otherwise (RFC 2045, 5.1).
func (w *writer) value(s string) {
	quote := s == ""
	for i := range len(s) {
		if c := s[i]; plain(c) && !token(c) {
			quote = true
		}
	}
	if quote {
		w.b = append(w.b, '"')
	}
	w.encode(s)
	if quote {
		w.b = append(w.b, '"')
	}
}

// encode writes s with every octet that is not plain as % and its two hexadecimal digits.
func (w *writer) encode(s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; plain(c) {
			w.b = append(w.b, c)
		} else {
			w.b = append(w.b, '%', hex[c>>4], hex[c&15])
		}
	}
}

// address writes name=local@domain. The domain is never cut, since the start of a name is another name: an address
// whose local part is longer than MaxLocal is written as its domain. Sender holds the address; its domain is what stands
// behind the last @ and is taken from d where there is one.
func (w *writer) address(name, sender string, d policy.Domain) {
	at := strings.LastIndexByte(sender, '@')
	if at < 0 {
		if d == "" {
			w.property(name, sender)
		} else {
			w.property(name, string(d))
		}
		return
	}
	local, domain := sender[:at], sender[at+1:]
	if d != "" {
		domain = string(d)
	}
	if len(local) > MaxLocal || len(domain) > MaxValue || !w.mailbox(name, local, domain) {
		w.property(name, domain)
	}
}

// mailbox writes an address, or nothing, and false, where a part of it gets too long.
func (w *writer) mailbox(name, local, domain string) bool {
	w.begin()
	w.b = append(w.b, name...)
	w.b = append(w.b, '=')
	quote := !isDomainName(domain) || !isPlainDotAtom(local)
	if quote {
		w.b = append(w.b, '"')
	}
	start := len(w.b)
	w.encode(local)
	at := len(w.b)
	w.b = append(w.b, '@')
	w.encode(domain)
	if at-start > MaxLocal || len(w.b)-at-1 > MaxValue {
		w.drop()
		return false
	}
	if quote {
		w.b = append(w.b, '"')
	}
	w.end()
	return true
}

// isPlainDotAtom reports whether s, once encoded, is both a dot-atom and without an octet that is special in a token.
func isPlainDotAtom(s string) bool {
	dot := true
	for i := range len(s) {
		c := s[i]
		if c == '.' && dot || plain(c) && !token(c) {
			return false
		}
		dot = c == '.'
	}
	return !dot
}

// reason writes reason="text", or nothing where text is empty. It is for people: what cannot stand in it is replaced
// by something like it, and so that no result can be read out of it, an equals sign becomes a colon.
func (w *writer) reason(text string) {
	if text == "" {
		return
	}
	w.begin()
	w.b = append(w.b, `reason="`...)
	for i := range min(len(text), MaxReason) {
		w.b = append(w.b, readable(text[i]))
	}
	if len(text) > MaxReason {
		copy(w.b[len(w.b)-len("..."):], "...")
	}
	w.b = append(w.b, '"')
	w.end()
}

func readable(c byte) byte {
	switch c {
	case '"':
		return '\''
	case '\\':
		return '/'
	case ';':
		return ','
	case '=':
		return ':'
	case '(', '<':
		return '['
	case ')', '>':
		return ']'
	case '\t', '\n', '\r':
		return ' '
	}
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}
