package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as the eye takes it: characters that leave no mark are gone, and compatibility characters, such as full width
// letters and ligatures, are the plain ones (Unicode NFKC). Letters keep their case; white space stays. Plain ASCII is returned
// without allocation.
func Fold(s string) string { return fold(s) }

// fold returns s as the eye takes it: without characters that leave no mark, and with compatibility characters
// (full width letters, ligatures) replaced by the plain ones (Unicode NFKC). Letters keep their case. White space
// that separates lines or words stays.
func fold(s string) string {
	if printable(s) {
		return s
	}
	return dropInvisible(norm.NFKC.String(dropInvisible(s)))
}

// printable reports whether s is ASCII without control characters, so that folding cannot change it.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// ascii reports whether no octet of s has the eighth bit.
func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func dropInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
}

// invisible reports whether r leaves no mark of its own: controls, and the code points that Unicode calls default
// ignorable or format characters (soft hyphen, joiners, bidirectional marks, variation selectors, tags, fillers).
// Tab, line feed and carriage return are white space and stay.
func invisible(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n' && r != '\r'
	case r < 0x7f:
		return false
	case r <= 0x9f, r == 0xad:
		return true
	case r < 0x34f:
		return false
	case r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5:
		return true
	case 0x180b <= r && r <= 0x180f, 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f:
		return true
	case r == 0x3164, 0xfe00 <= r && r <= 0xfe0f, r == 0xfeff, r == 0xffa0, 0xfff0 <= r && r <= 0xfffb:
		return true
	case 0x1bca0 <= r && r <= 0x1bca3, 0x1d173 <= r && r <= 0x1d17a, 0xe0000 <= r && r <= 0xe0fff:
		return true
	}
	return false
}

// blank reports whether c is white space inside a header field: space, tab, or the line end of a fold.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// trim takes white space off both ends of s.
func trim(s string) string {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// foldName returns the name of a header field as a careless reader compares it: without blanks and invisible
// characters, full width letters made plain, ASCII letters small.
func foldName(name string) string {
	folded := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && blank(byte(r)) {
			return -1
		}
		return r
	}, fold(name))
	return lowerASCII(folded)
}

// lowerASCII lowers A to Z and nothing else: how an MTA compares names.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// equalASCII compares as lowerASCII does.
func equalASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}
