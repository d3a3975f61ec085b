package archive

// wordSearch finds the beginnings of many words at once (Wu and Manber, 1994): it looks at the last two octets of a window, which say
// how far the next beginning of a word is away at least. Small and capital letters are the same.
type wordSearch struct {
	shift    [1 << 12]uint8
	prefixes []string
}

// vbaPrefix is how many octets of a word are looked for.
const vbaPrefix = 6

// vbaWords are the beginnings of what vbaScan looks for.
var vbaWords = newWordSearch("attrib", "autoex", "autoop", "autone", "autocl", "auto_o", "auto_c", "auto_a", "docume", "workbo",
	"ddeaut", "d\x00d\x00e\x00", "\x13 dde ")

func newWordSearch(prefixes ...string) *wordSearch {
	w := &wordSearch{prefixes: prefixes}
	for i := range w.shift {
		w.shift[i] = vbaPrefix - 1
	}
	for _, p := range prefixes {
		for i := 1; i < vbaPrefix; i++ {
			for _, a := range cases(p[i-1]) {
				for _, b := range cases(p[i]) {
					s := &w.shift[blockOf(a, b)]
					*s = min(*s, uint8(vbaPrefix-1-i))
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
	for i := from + vbaPrefix - 1; i < len(b); {
		s := int(w.shift[blockOf(b[i-1], b[i])])
		if s > 0 {
			i += s
			continue
		}
		if at := i - (vbaPrefix - 1); w.begins(b[at : i+1]) {
			return at
		}
		i++
	}
	return -1
}

func (w *wordSearch) begins(b []byte) bool {
	var lower [vbaPrefix]byte
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
