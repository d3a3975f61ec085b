package suspicion

// wordTable holds words by their first octet, Latin ones in small letters, so that a text is gone through once whatever the number of words.
// It never changes.
type wordTable [256][]string

func newWordTable(words ...string) *wordTable {
	var t wordTable
	for _, w := range words {
		t[w[0]] = append(t[w[0]], w)
	}
	return &t
}

// find returns the first two different words that stand in s, in either case; "" where there are none.
func (t *wordTable) find(s string) (first, second string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		for _, w := range t[c] {
			if !beginsWith(s[i:], w) || w == first {
				continue
			}
			if first != "" {
				return first, w
			}
			first = w
		}
		if wideLead(s, i) {
			i += 2
		}
	}
	return first, ""
}

// beginsWith reports whether s begins with w, which has small Latin letters, in either case.
func beginsWith(s, w string) bool {
	if len(s) < len(w) {
		return false
	}
	for i := 0; i < len(w); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != w[i] {
			return false
		}
	}
	return true
}

// wideLead reports whether a character of three octets begins at i, as kana and kanji are.
func wideLead(s string, i int) bool {
	return s[i]&0xf0 == 0xe0 && i+2 < len(s) && s[i+1]&0xc0 == 0x80 && s[i+2]&0xc0 == 0x80
}
