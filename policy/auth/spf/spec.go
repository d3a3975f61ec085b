package spf

import (
	"errors"
	"strings"
)

// Spec is a domain-spec or a macro-string (RFC 7208, 7.1), read. The zero value is an absent one.
type Spec struct {
	Text  string // as written
	name  string // the name to ask for, when Text holds no macro
	parts []part // in order, when Text holds one
}

// part is a run of literal octets, or one macro.
type part struct {
	literal string
	letter  byte // lower case; 0 for a literal
	escape  bool // the letter was upper case: URL escaping (RFC 7208, 7.3)
	reverse bool
	keep    int    // how many right-hand parts to keep; 0: all
	delims  string // "" means that none were written
}

// HasMacro reports whether the name depends on the message.
func (s *Spec) HasMacro() bool { return s.parts != nil }

var (
	errMacro    = errors.New("a % that begins no macro")
	errLetter   = errors.New("no macro has this letter")
	errExpOnly  = errors.New("the macros c, r and t stand in explanations only")
	errKeep     = errors.New("a macro cannot keep 0 parts")
	errEmpty    = errors.New("the domain is missing")
	errToplabel = errors.New("it must end in a dot and a top-level domain, or in a macro")
	errVisible  = errors.New("it holds an octet that is no visible ASCII character")
)

// readDomainSpec reads a domain-spec: a macro-string that ends in a dot and a top label, or in a macro.
func readDomainSpec(text string) (Spec, error) {
	if text == "" {
		return Spec{}, errEmpty
	}
	s, tail, err := readMacros(text, false)
	if err != nil {
		return Spec{}, err
	}
	if tail != "" {
		tail = strings.TrimSuffix(tail, ".")
		dot := strings.LastIndexByte(tail, '.')
		if dot < 0 || !isToplabel(tail[dot+1:]) {
			return Spec{}, errToplabel
		}
	}
	if !s.HasMacro() {
		s.name = queryName([]byte(text))
	}
	return s, nil
}

// readMacros reads a macro-string and returns the literal octets after its last macro. An explanation, unlike a
// domain-spec, may hold spaces and three more macros.
func readMacros(text string, explanation bool) (s Spec, tail string, err error) {
	s.Text = text
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < '!' && (c != ' ' || !explanation) || c > '~' {
			return Spec{}, "", errVisible
		}
	}
	rest := text
	for {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			break
		}
		if i > 0 {
			s.parts = append(s.parts, part{literal: rest[:i]})
		}
		p, n, err := readMacro(rest[i:], explanation)
		if err != nil {
			return Spec{}, "", err
		}
		s.parts = append(s.parts, p)
		rest = rest[i+n:]
	}
	if s.parts != nil && rest != "" {
		s.parts = append(s.parts, part{literal: rest})
	}
	return s, rest, nil
}

// readMacro reads the macro-expand that text begins with and returns its length in octets.
func readMacro(text string, explanation bool) (part, int, error) {
	if len(text) < 2 {
		return part{}, 0, errMacro
	}
	switch text[1] {
	case '%':
		return part{literal: "%"}, 2, nil
	case '_':
		return part{literal: " "}, 2, nil
	case '-':
		return part{literal: "%20"}, 2, nil
	case '{':
	default:
		return part{}, 0, errMacro
	}
	end := strings.IndexByte(text, '}')
	if end < 3 {
		return part{}, 0, errMacro
	}
	p, err := readTransformers(text[2:end])
	if err == nil && !explanation && strings.IndexByte("crt", p.letter) >= 0 {
		err = errExpOnly
	}
	return p, end + 1, err
}

// readTransformers reads what stands between the braces: letter, digits, "r", delimiters.
func readTransformers(text string) (part, error) {
	p := part{letter: text[0] | 0x20, escape: text[0]&0x20 == 0}
	if strings.IndexByte("slodiphvcrt", p.letter) < 0 {
		return part{}, errLetter
	}
	text = text[1:]
	digits := 0
	for ; digits < len(text) && isDigit(text[digits]); digits++ {
		// No value has as many parts as this; what is beyond it keeps all of them too.
		p.keep = min(p.keep*10+int(text[digits]-'0'), 1<<20)
	}
	if digits > 0 && p.keep == 0 {
		return part{}, errKeep
	}
	text = text[digits:]
	if text != "" && text[0]|0x20 == 'r' {
		p.reverse = true
		text = text[1:]
	}
	for i := 0; i < len(text); i++ {
		if strings.IndexByte(".-+,/_=", text[i]) < 0 {
			return part{}, errMacro
		}
	}
	p.delims = text
	return p, nil
}

// isToplabel follows the rule "toplabel" of RFC 7208, 7.1: letters, digits and inner hyphens, not only digits.
func isToplabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	numeric := true
	for i := 0; i < len(s); i++ {
		if s[i] != '-' && !isAlpha(s[i]) && !isDigit(s[i]) {
			return false
		}
		numeric = numeric && isDigit(s[i])
	}
	return !numeric
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
