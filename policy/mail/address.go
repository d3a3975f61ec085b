package mail

import (
	"strings"

	"sekimori/policy"
)

// The problems of EnvelopeAddress. They are constant texts without foreign octets.
const (
	ProblemPathLong    = "path is too long"
	ProblemPathBracket = "path has unbalanced angle brackets"
	ProblemPathQuote   = "path has an unclosed quoted string or comment"
	ProblemPathControl = "path holds a control character"
	ProblemPathBlank   = "path holds an unquoted blank"
	ProblemPathRoute   = "path has a source route without an address"
	ProblemPathLocal   = "path has no local part"
	ProblemPathDomain  = "path has no valid domain"
)

// EnvelopeAddress reads the argument of MAIL or RCPT as an MTA reads it (RFC 5321, 4.1.2): with or without angle
// brackets, a source route left out, the last unquoted @ before the domain, quotes and backslashes taken off the
// local part, comments dropped. Local parts in any octets above 0x7f are taken (RFC 6531, 3.3).
//
// The empty argument, <> and "" are the null address. An address literal, or no domain at all, leaves Domain zero
// without a problem. With a problem the address is what could still be read, perhaps nothing: it is then not to be
// taken for the null address.
func EnvelopeAddress(arg string) (policy.Address, string) {
	if len(arg) > MaxEnvelope {
		return policy.Address{}, ProblemPathLong
	}
	path, problem := stripBrackets(trim(arg))
	path, routed := stripRoute(path)
	if problem == "" && !routed {
		problem = ProblemPathRoute
	}
	if path == "" || path == `""` {
		return policy.Address{}, problem
	}
	p := pathReader{}
	p.read(path)
	if problem == "" {
		problem = p.problem
	}
	return p.address(problem)
}

// stripBrackets returns what stands between the outer angle brackets. Text around them, a second pair, or one that
// is missing is a problem; then the last opening one counts.
func stripBrackets(s string) (string, string) {
	if len(s) >= 2 && s[0] == '<' && s[len(s)-1] == '>' {
		s = trim(s[1 : len(s)-1])
		if !unquotedAngle(s) {
			return s, ""
		}
	} else if !unquotedAngle(s) {
		return s, ""
	}
	s = s[strings.LastIndexByte(s, '<')+1:]
	s, _, _ = strings.Cut(s, ">")
	return trim(s), ProblemPathBracket
}

func unquotedAngle(s string) bool {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '>') < 0 {
		return false
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '<', '>':
			if !quoted {
				return true
			}
		}
	}
	return false
}

// stripRoute leaves out a source route (RFC 5321, 4.1.2 A-d-l). False: there is a route and no address after it.
func stripRoute(s string) (string, bool) {
	if s == "" || s[0] != '@' {
		return s, true
	}
	_, rest, ok := strings.Cut(s, ":")
	if !ok {
		return s, true // "@domain": an address without local part
	}
	rest = trim(rest)
	return rest, rest != ""
}

// pathReader splits a path into local part and domain. Both are substrings of it as long as nothing is quoted.
type pathReader struct {
	local   string
	domain  string
	at      bool
	problem string
}

func (p *pathReader) read(path string) {
	if !strings.ContainsAny(path, "\"\\(") {
		for i := 0; i < len(path); i++ {
			p.check(path[i])
		}
		p.split(path, strings.LastIndexByte(path, '@'))
		return
	}
	clean := make([]byte, 0, len(path))
	at := -1
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c == '"':
			n := closeQuote(path[i:])
			if n < 0 {
				p.problem = ProblemPathQuote
				continue
			}
			clean = append(clean, unescape(path[i+1:i+n])...)
			i += n
		case c == '(':
			n := closeComment(path[i:])
			if n < 0 {
				p.problem = ProblemPathQuote
				n = len(path) - i
			}
			i += n
		case c == '\\' && i+1 < len(path):
			i++
			clean = append(clean, path[i])
		default:
			p.check(c)
			if c == '@' {
				at = len(clean)
			}
			clean = append(clean, c)
		}
	}
	p.split(string(clean), at)
}

func (p *pathReader) check(c byte) {
	switch {
	case c == ' ' || c == '\t':
		if p.problem == "" {
			p.problem = ProblemPathBlank
		}
	case c < ' ' || c == 0x7f:
		p.problem = ProblemPathControl
	}
}

func (p *pathReader) split(s string, at int) {
	if at < 0 {
		p.local = s
		return
	}
	p.at, p.local, p.domain = true, s[:at], s[at+1:]
}

// address returns what was read, with the first problem.
func (p *pathReader) address(problem string) (policy.Address, string) {
	a := policy.Address{Local: p.local}
	if p.at && !literal(p.domain) {
		d, ok := Domain(p.domain)
		if !ok && problem == "" {
			problem = ProblemPathDomain
		}
		a.Domain = d
	}
	if a.Local == "" && problem == "" {
		problem = ProblemPathLocal
	}
	return a, problem
}

// literal reports whether s is an address literal (RFC 5321, 4.1.3).
func literal(s string) bool { return len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' }

// closeQuote returns the index of the quote that ends the quoted string at the beginning of s, -1 when none does.
func closeQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// closeComment returns the index of the parenthesis that ends the comment at the beginning of s, nested comments
// counted and not recursed into, -1 when none does.
func closeComment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// unescape takes the backslashes of quoted pairs off (RFC 5322, 3.2.1).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}
