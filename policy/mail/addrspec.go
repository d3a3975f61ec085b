package mail

import "strings"

// addrSpec reads what stands in angle brackets, or a mailbox without them, by the grammar: addr-spec (RFC 5322, 3.4.1)
// with comments and folding white space at every place where obsolete syntax allows them (4.4), a route in front, and
// UTF-8 (RFC 6532, 3.2). Dots may stand anywhere in the local part, because some Japanese carriers gave out such
// addresses. Domain is as written, without comments, and may be a domain literal. Plain says that s held no more than
// the two, so that there is nothing else to be seen in it. False means that the grammar reads no address here.
func addrSpec(s string) (local, domain string, plain, ok bool) {
	s = trim(s)
	if local, domain, ok := plainAddrSpec(s); ok {
		return local, domain, true, true
	}
	r := specReader{s: s}
	local, domain, ok = r.read()
	return local, domain, false, ok
}

// plainAddrSpec reads atoms and dots around one @, without allocation.
func plainAddrSpec(s string) (local, domain string, ok bool) {
	at := strings.IndexByte(s, '@')
	if at <= 0 || at == len(s)-1 {
		return "", "", false
	}
	for i := 0; i < len(s); i++ {
		if i != at && s[i] != '.' && !atext(s[i]) {
			return "", "", false
		}
	}
	return s[:at], s[at+1:], true
}

// atext reports whether c can stand in an atom (RFC 5322, 3.2.3; RFC 6532, 3.2).
func atext(c byte) bool {
	switch {
	case c <= ' ', c == 0x7f:
		return false
	case c >= 0x80:
		return true
	}
	switch c {
	case '(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ',', '.', '"':
		return false
	}
	return true
}

// specReader is the slow reader for comments, quoted strings, white space and routes.
type specReader struct {
	s string
	i int
}

func (r *specReader) read() (local, domain string, ok bool) {
	if !r.space() {
		return "", "", false
	}
	if r.peek() == '@' && !r.route() {
		return "", "", false
	}
	local, quoted, ok := r.dotted(true)
	if !ok || local == "" && !quoted || r.peek() != '@' {
		return "", "", false
	}
	r.i++
	if !r.space() {
		return "", "", false
	}
	if r.peek() == '[' {
		n := strings.IndexByte(r.s[r.i:], ']')
		if n < 0 {
			return "", "", false
		}
		domain = r.s[r.i : r.i+n+1]
		r.i += n + 1
		ok = r.space()
	} else {
		domain, _, ok = r.dotted(false)
	}
	return local, domain, ok && domain != "" && r.i == len(r.s)
}

func (r *specReader) peek() byte {
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

// space passes over white space and comments; false when a comment is not closed.
func (r *specReader) space() bool {
	for r.i < len(r.s) {
		switch c := r.s[r.i]; {
		case blank(c):
			r.i++
		case c == '(':
			n := closeComment(r.s[r.i:])
			if n < 0 {
				return false
			}
			r.i += n + 1
		default:
			return true
		}
	}
	return true
}

// route passes over an obsolete route (RFC 5322, 4.4: obs-route).
func (r *specReader) route() bool {
	for r.peek() == '@' || r.peek() == ',' {
		r.i++
		if !r.space() {
			return false
		}
		if _, _, ok := r.dotted(false); !ok {
			return false
		}
	}
	if r.peek() != ':' {
		return false
	}
	r.i++
	return r.space()
}

// dotted reads words with dots between them, and white space and comments around each. Two words that no dot
// connects are an error. Quoted strings are words only where the caller wants them.
func (r *specReader) dotted(quotes bool) (text string, quoted, ok bool) {
	var b strings.Builder
	word := false // the last thing read was a word
	for r.i < len(r.s) {
		c := r.s[r.i]
		start := r.i
		switch {
		case c == '.':
			r.i++
			b.WriteByte(c)
			word = false
		case quotes && c == '"' && !word:
			n := closeQuote(r.s[r.i:])
			if n < 0 {
				return "", false, false
			}
			b.WriteString(unescape(r.s[r.i+1 : r.i+n]))
			r.i += n + 1
			word, quoted = true, true
		case atext(c) && !word:
			for r.i < len(r.s) && atext(r.s[r.i]) {
				r.i++
			}
			b.WriteString(r.s[start:r.i])
			word = true
		default:
			return b.String(), quoted, true
		}
		if !r.space() {
			return "", false, false
		}
	}
	return b.String(), quoted, true
}
