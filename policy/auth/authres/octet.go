package authres

import "strings"

// class says where an octet may stand.
type class uint8

const (
	tokenClass class = 1 << iota // token (RFC 2045, 5.1)
	atextClass                   // atext (RFC 5322, 3.2.3)
	plainClass                   // written as it is in a foreign value
	nameClass                    // part of a host name, as a careless reader sees it
)

var classes = classify()

func classify() (t [256]class) {
	for c := byte('!'); c <= '~'; c++ {
		if strings.IndexByte(`()<>@,;:\"/[]?=`, c) < 0 {
			t[c] |= tokenClass
		}
		if letter(c) || digit(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0 {
			t[c] |= atextClass
		}
		// The octets that end a value, quote, open a comment or make a result, and the one that the others are
		// written with.
		if strings.IndexByte(`"\;(),<>=%`, c) < 0 {
			t[c] |= plainClass
		}
		if letter(c) || digit(c) || c == '-' || c == '.' || c == '_' {
			t[c] |= nameClass
		}
	}
	return t
}

func letter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool    { return '0' <= c && c <= '9' }
func token(c byte) bool    { return classes[c]&tokenClass != 0 }
func atext(c byte) bool    { return classes[c]&atextClass != 0 }
func plain(c byte) bool    { return classes[c]&plainClass != 0 }
func nameByte(c byte) bool { return classes[c]&nameClass != 0 }

// isDotAtom reports whether s is dot-atom-text (RFC 5322, 3.2.3).
func isDotAtom(s string) bool {
	dot := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && dot:
			return false
		case c != '.' && !atext(c):
			return false
		}
		dot = s[i] == '.'
	}
	return !dot
}

// isDomainName reports whether s is a domain-name of RFC 6376, 3.5: two labels or more, of letters, digits and hyphens.
func isDomainName(s string) bool {
	labels, start := 1, 0
	for i := range len(s) + 1 {
		if i < len(s) && s[i] != '.' {
			if !letter(s[i]) && !digit(s[i]) && s[i] != '-' {
				return false
			}
			continue
		}
		if i == start || s[start] == '-' || s[i-1] == '-' {
			return false
		}
		start = i + 1
		if i < len(s) {
			labels++
		}
	}
	return labels > 1
}
