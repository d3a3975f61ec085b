package suspicion

import "math/bits"

// nearLabel is a label with which others are compared letter by letter.
type nearLabel struct {
	named   *named
	letters uint64
}

// newLetters returns the set of octets in s. One change of spelling changes at most two of them, so that most labels need no further look.
func newLetters(s string) uint64 {
	set := uint64(0)
	for i := 0; i < len(s); i++ {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// misspelt returns the name whose label is own but for one letter, or for two in a long one.
func (l *likenesses) misspelt(own string) *named {
	if len(own) < minSpelling || l.ordinary[own] {
		return nil
	}
	set := newLetters(own)
	for i := range l.near {
		n := &l.near[i]
		other, limit := n.named.label, 1
		if len(own) >= minLongSpelling && len(other) >= minLongSpelling {
			limit = 2
		}
		if diff := len(own) - len(other); diff > limit || -diff > limit || bits.OnesCount64(set^n.letters) > 2*limit ||
			l.ordinary[other] || other == own {
			continue
		}
		if within(own, other, limit) {
			return n.named
		}
	}
	return nil
}

// maxDistance is the longest label that is compared: a label of DNS.
const maxDistance = 63

// within reports whether a becomes b by at most limit insertions, deletions, substitutions or exchanges of neighbours (optimal string
// alignment).
func within(a, b string, limit int) bool {
	if len(a) > maxDistance || len(b) > maxDistance {
		return false
	}
	var rows [3][maxDistance + 1]uint8
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = uint8(i)
		best := row[0]
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			d := min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			best = min(best, d)
		}
		if int(best) > limit+1 {
			return false
		}
		before, last, row = last, row, before
	}
	return int(last[len(b)]) <= limit
}
