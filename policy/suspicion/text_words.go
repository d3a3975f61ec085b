package suspicion

import "unicode/utf8"

// wordTable holds words by how they begin, Latin ones in small letters, so that a text is gone through once whatever the number of words, and
// nearly every place of it needs one look. It never changes.
type wordTable struct {
	words [256][]string        // by the first octet
	pairs [1 << 15 / 64]uint64 // the first two octets of those that begin in ASCII
	wide  [1 << 16 / 64]uint64 // the first character of those that begin with one of three octets
}

func newWordTable(words ...string) *wordTable {
	var t wordTable
	for _, w := range words {
		t.words[w[0]] = append(t.words[w[0]], w)
		switch {
		case w[0] < 0x80:
			p := pair(w[0], w[1])
			t.pairs[p/64] |= 1 << (p % 64)
		case wideLead(w, 0):
			c := wideCode(w[0], w[1], w[2])
			t.wide[c/64] |= 1 << (c % 64)
		}
	}
	return &t
}

func pair(a, b byte) uint { return uint(a)<<8 | uint(b) }

// wideCode returns the code point of a character of three octets.
func wideCode(a, b, c byte) uint { return uint(a&0x0f)<<12 | uint(b&0x3f)<<6 | uint(c&0x3f) }

// find returns the first two different words that stand in s, in either case; "" where there are none.
func (t *wordTable) find(s string) (first, second string) {
	for i := 0; i+1 < len(s); {
		at := i
		switch {
		case s[i] < utf8.RuneSelf:
			i += t.pairAt(s[i:])
			if i == len(s) {
				return first, ""
			}
			if at = i; s[i] >= utf8.RuneSelf {
				continue
			}
			i++
		case wideLead(s, i):
			i += 3
			if w := wideCode(s[at], s[at+1], s[at+2]); t.wide[w/64]&(1<<(w%64)) == 0 {
				continue
			}
		default:
			i++
		}
		for _, w := range t.words[smallLetters[s[at]]] {
			if !beginsWith(s[at:], w) || w == first {
				continue
			}
			if first != "" {
				return first, w
			}
			first = w
		}
	}
	return first, ""
}

// pairAt returns where in the ASCII at the beginning of s a word can begin, or where what is not ASCII does.
func (t *wordTable) pairAt(s string) int {
	a := smallLetters[s[0]]
	for i := 1; i < len(s); i++ {
		b := smallLetters[s[i]]
		if p := pair(a, b); t.pairs[p/64]&(1<<(p%64)) != 0 {
			return i - 1
		}
		if a = b; a >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// smallLetters puts a to z in the place of A to Z.
var smallLetters = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// beginsWith reports whether s begins with w, which has small Latin letters, in either case.
func beginsWith(s, w string) bool {
	if len(s) < len(w) {
		return false
	}
	for i := 0; i < len(w); i++ {
		if smallLetters[s[i]] != w[i] {
			return false
		}
	}
	return true
}

// wideLead reports whether a character of three octets begins at i, as kana and kanji are.
func wideLead(s string, i int) bool {
	return s[i]&0xf0 == 0xe0 && i+2 < len(s) && s[i+1]&0xc0 == 0x80 && s[i+2]&0xc0 == 0x80
}
