package authres

import (
	"errors"
	"unicode/utf8"
)

// Limits of what is read.
const (
	MaxField   = 64 << 10 // octets; a longer field is a mistake
	MaxNesting = 16       // comments within comments; deeper is a mistake
	MaxResults = 100      // results in one field; more is a mistake
	maxDigits  = 9        // of a version
)

// The mistakes of the lexical level.
var (
	errComment = errors.New("a comment does not end")
	errNesting = errors.New("comments are nested too deep")
	errFold    = errors.New("a line break is not followed by a blank")
	errOctet   = errors.New("an octet that cannot stand here")
	errQuote   = errors.New("a quoted string does not end")
	errSpace   = errors.New("a blank or a comment is missing")
	errWord    = errors.New("a word is missing")
)

// scanner reads a field from the left. Its methods stop at what they cannot read and say so.
type scanner struct {
	s   string
	pos int
}

func (x *scanner) end() bool { return x.pos >= len(x.s) }

// peek returns the next octet, or 0 at the end; NUL itself stands nowhere in the grammar.
func (x *scanner) peek() byte {
	if x.end() {
		return 0
	}
	return x.s[x.pos]
}

// accept reads one octet if it is c.
func (x *scanner) accept(c byte) bool {
	if x.peek() != c || x.end() {
		return false
	}
	x.pos++
	return true
}

// fold reads FWS (RFC 5322, 3.2.2). A milter sees lines that end in LF alone; CR LF is read too. It reports whether
// there was any.
func (x *scanner) fold() (bool, error) {
	start := x.pos
	for !x.end() {
		switch x.s[x.pos] {
		case ' ', '\t':
			x.pos++
			continue
		case '\r', '\n':
			x.accept('\r')
			if !x.accept('\n') || x.peek() != ' ' && x.peek() != '\t' {
				return false, errFold
			}
			continue
		}
		break
	}
	return x.pos > start, nil
}

// space reads [CFWS] (RFC 5322, 3.2.2) and reports whether there was any.
func (x *scanner) space() (bool, error) {
	start := x.pos
	for {
		if _, err := x.fold(); err != nil {
			return false, err
		}
		if x.peek() != '(' {
			return x.pos > start, nil
		}
		if err := x.comment(); err != nil {
			return false, err
		}
	}
}

// comment reads a comment, with those inside.
func (x *scanner) comment() error {
	depth := 0
	for !x.end() {
		switch c := x.s[x.pos]; {
		case c == '(':
			if depth++; depth > MaxNesting {
				return errNesting
			}
			x.pos++
		case c == ')':
			x.pos++
			if depth--; depth == 0 {
				return nil
			}
		default:
			if _, err := x.text(); err != nil {
				return err
			}
		}
	}
	return errComment
}

// text reads what comments and quoted strings have in common: FWS, a quoted-pair, or one printable character, ASCII
// or UTF-8 (RFC 6532, 3.2). It returns the octets that count: line breaks and the backslash do not.
func (x *scanner) text() (string, error) {
	start := x.pos
	switch c := x.s[x.pos]; {
	case c == '\r' || c == '\n':
		if _, err := x.fold(); err != nil {
			return "", err
		}
		for x.s[start] == '\r' || x.s[start] == '\n' {
			start++
		}
		// A second line break may follow the blanks of the first; the blanks are what remains.
		return blanks(x.s[start:x.pos]), nil
	case c == '\\':
		x.pos++
		start++
		if x.end() || x.s[x.pos] != '\t' && (x.s[x.pos] < ' ' || x.s[x.pos] > '~') {
			return "", errOctet
		}
		x.pos++
	case c == '\t' || ' ' <= c && c <= '~':
		x.pos++
	default:
		r, n := utf8.DecodeRuneInString(x.s[x.pos:])
		if n < 2 || r == utf8.RuneError {
			return "", errOctet
		}
		x.pos += n
	}
	return x.s[start:x.pos], nil
}

// blanks drops line breaks.
func blanks(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] != '\r' && s[i] != '\n' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// quoted reads a quoted-string and returns what it says.
func (x *scanner) quoted() (string, error) {
	x.pos++
	// Most hold nothing that must be taken out.
	for i := x.pos; i < len(x.s); i++ {
		if c := x.s[i]; c == '"' {
			out := x.s[x.pos:i]
			x.pos = i + 1
			return out, nil
		} else if c == '\\' || c < ' ' || c > '~' {
			break
		}
	}
	var out []byte
	for !x.end() {
		if x.accept('"') {
			return string(out), nil
		}
		part, err := x.text()
		if err != nil {
			return "", err
		}
		out = append(out, part...)
	}
	return "", errQuote
}

// while reads the longest run of octets that ok admits.
func (x *scanner) while(ok func(byte) bool) string {
	start := x.pos
	for !x.end() && ok(x.s[x.pos]) {
		x.pos++
	}
	return x.s[start:x.pos]
}

// value reads a token or a quoted-string (RFC 2045, 5.1).
func (x *scanner) value() (string, error) {
	if x.peek() == '"' {
		return x.quoted()
	}
	if t := x.while(token); t != "" {
		return t, nil
	}
	return "", errWord
}

// keyword reads a Keyword (RFC 5321, 4.1.2): letters, digits and hyphens, the last not a hyphen.
func (x *scanner) keyword() (string, error) {
	k := x.while(func(c byte) bool { return letter(c) || digit(c) || c == '-' })
	if k == "" || k[len(k)-1] == '-' {
		return "", errWord
	}
	return k, nil
}

// number reads 1*DIGIT.
func (x *scanner) number() (int, error) {
	d := x.while(digit)
	if d == "" || len(d) > maxDigits {
		return 0, errWord
	}
	n := 0
	for i := range len(d) {
		n = n*10 + int(d[i]-'0')
	}
	return n, nil
}
