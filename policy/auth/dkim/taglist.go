package dkim

import (
	"errors"
	"strings"
)

// The mistakes of a tag list (RFC 6376, 3.2).
var (
	errTagSyntax    = errors.New("tag list is malformed")
	errTagDuplicate = errors.New("a tag stands twice")
	errTagCount     = errors.New("too many tags")
)

// tag is one tag=value. Value is without the white space around it, but with any inside.
type tag struct {
	name, value string
	start, end  int // where the value stands in the list, white space around it included
}

// tagList is a tag list as it stands in a DKIM-Signature field or a key record.
type tagList struct {
	tags [MaxTags]tag
	n    int
}

// parse reads s. Octets above ASCII are admitted in values (RFC 8616, 5), control characters are not.
func (l *tagList) parse(s string) error {
	l.n = 0
	if hasBareCR(s) {
		return errTagSyntax
	}
	for pos := 0; ; {
		end, last := len(s), true
		if i := strings.IndexByte(s[pos:], ';'); i >= 0 {
			end, last = pos+i, false
		}
		name, value, found := strings.Cut(s[pos:end], "=")
		if !found {
			// Only what follows the last semicolon may be blank.
			if last && l.n > 0 && trimSpace(name) == "" {
				return nil
			}
			return errTagSyntax
		}
		t := tag{name: trimSpace(name), value: trimSpace(value), start: pos + len(name) + 1, end: end}
		if !isTagName(t.name) || !isTagValue(t.value) {
			return errTagSyntax
		}
		if _, twice := l.get(t.name); twice {
			return errTagDuplicate
		}
		if l.n == MaxTags {
			return errTagCount
		}
		l.tags[l.n] = t
		l.n++
		if last {
			return nil
		}
		pos = end + 1
	}
}

// get returns the tag of that name; tag names are case-sensitive.
func (l *tagList) get(name string) (tag, bool) {
	for i := range l.tags[:l.n] {
		if l.tags[i].name == name {
			return l.tags[i], true
		}
	}
	return tag{}, false
}

func isTagName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && (c == '_' || '0' <= c && c <= '9'):
		default:
			return false
		}
	}
	return s != ""
}

func isTagValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && !isSpace(c) || c == 0x7f {
			return false
		}
	}
	return true
}

// isSpace reports whether c belongs to folding white space. A header that came through a milter is folded with LF.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// hasBareCR reports whether s has a CR that ends no line. It belongs to no folding white space (RFC 6376, 2.8); some
// programs read it as a blank all the same, others as a line end.
func hasBareCR(s string) bool {
	for {
		i := strings.IndexByte(s, '\r')
		if i < 0 {
			return false
		}
		if s = s[i+1:]; s == "" || s[0] != '\n' {
			return true
		}
	}
}

// trimSpace returns s without the folding white space around it.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// stripSpace returns s without any folding white space.
func stripSpace(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) }) < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if !isSpace(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// listHas reports whether one of the items of a colon-separated list equals word.
func listHas(list, word string) bool {
	for item := range strings.SplitSeq(list, ":") {
		if trimSpace(item) == word {
			return true
		}
	}
	return false
}
