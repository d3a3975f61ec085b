package archive

// wordSearch finds the beginnings of many words at once. It looks at two octets of every five: each beginning of six octets holds
// exactly one such pair. A table says for every pair at which places of a beginning it stands, if at any; where it does the
// beginning is compared. Small and capital letters are the same.
//
// To look at fixed places is faster than to let each look say how far the next may be away: a processor need not wait for one to
// begin the other.
type wordSearch struct {
	places   [1 << 12]uint8 // by blockOf: bit n is set where the second octet of the pair is at n
	first    [256]bool      // with what a beginning begins
	prefixes []string
}

const (
	// wordPrefix is how many octets of a word are looked for.
	wordPrefix = 6
	wordStride = wordPrefix - 1
)

func newWordSearch(prefixes ...string) *wordSearch {
	w := &wordSearch{prefixes: prefixes}
	for _, p := range prefixes {
		for i := 1; i < wordPrefix; i++ {
			for _, a := range cases(p[i-1]) {
				w.first[a] = w.first[a] || i == 1
				for _, b := range cases(p[i]) {
					w.places[blockOf(a, b)] |= 1 << i
				}
			}
		}
	}
	return w
}

func cases(c byte) []byte {
	if 'a' <= c && c <= 'z' {
		return []byte{c, c - 'a' + 'A'}
	}
	return []byte{c}
}

func blockOf(a, b byte) int { return (int(a)<<5 ^ int(b)) & (1<<12 - 1) }

// next returns where the next word in b begins that is whole to its prefix, from a place on; -1 without one.
func (w *wordSearch) next(b []byte, from int) int {
	for i := from + wordStride; i < len(b); i += wordStride {
		places := w.places[blockOf(b[i-1], b[i])]
		if places == 0 {
			continue
		}
		for n := wordStride; n > 0; n-- {
			at := i - n
			if places>>n&1 != 0 && w.first[b[at]] && at+wordPrefix <= len(b) && w.begins(b[at:at+wordPrefix]) {
				return at
			}
		}
	}
	return -1
}

func (w *wordSearch) begins(b []byte) bool {
	var lower [wordPrefix]byte
	for i := range lower {
		lower[i] = foldOctet(b[i])
	}
	for _, p := range w.prefixes {
		if string(lower[:]) == p {
			return true
		}
	}
	return false
}
