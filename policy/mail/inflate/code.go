package inflate

import "math/bits"

const (
	maxLiterals  = 288 // symbols for literals, the end of a block, and lengths (RFC 1951, 3.2.6)
	maxDistances = 32
	maxCode      = 15 // bits of the code of a symbol
	mostBits     = 48 // of a match: 15 for its length and 5 behind, 15 for its distance and 13 behind
	endSymbol    = 256
)

// shortCode is the longest code that is found in one look.
const shortCode = 9

// code is a Huffman code (RFC 1951, 3.2.2).
type code struct {
	short  [1 << shortCode]uint16 // by the next bits: symbol<<4 | length; 0 where the code is longer, or none
	count  [maxCode + 1]uint16    // codes of a length
	sorted [maxLiterals]uint16    // symbols by length, and by number
}

// set makes the code of these lengths, a symbol each, 0 for a symbol that does not occur. It reports false when they want more codes
// than there are. Where they leave some over, meeting one of those breaks the stream.
func (c *code) set(lengths []uint8) bool {
	c.count = [maxCode + 1]uint16{}
	for _, l := range lengths {
		c.count[l]++
	}
	c.count[0] = 0
	var place, first [maxCode + 2]uint16
	left := 1
	for l := 1; l <= maxCode; l++ {
		if left = left<<1 - int(c.count[l]); left < 0 {
			return false
		}
		place[l+1] = place[l] + c.count[l]
		first[l+1] = (first[l] + c.count[l]) << 1
	}
	clear(c.short[:])
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		c.sorted[place[l]] = uint16(s)
		place[l]++
		word := first[l]
		first[l]++
		if l > shortCode {
			continue
		}
		for at := int(bits.Reverse16(word) >> (16 - l)); at < len(c.short); at += 1 << l {
			c.short[at] = uint16(s)<<4 | uint16(l)
		}
	}
	return true
}

// find returns the symbol whose code the next bits are, and its length: more than there are bits when they are too few, 0 when
// there is no such code.
func (c *code) find(b uint64) (symbol int, length uint) {
	if e := c.short[b&(1<<shortCode-1)]; e != 0 {
		return int(e >> 4), uint(e & 15)
	}
	word, first, index := 0, 0, 0
	for l := uint(1); l <= maxCode; l++ {
		word |= int(b & 1)
		b >>= 1
		count := int(c.count[l])
		if word-count < first {
			return int(c.sorted[index+word-first]), l
		}
		index += count
		first = (first + count) << 1
		word <<= 1
	}
	return 0, 0
}

// symbol reads a literal, a match, or the end of the block from n bits, and returns how many it took. It reports false when they
// are too few, or no symbol.
func (z *Inflater) symbol(b uint64, n uint) (used uint, ok bool) {
	s, used := z.literal.find(b)
	switch {
	case used == 0 || used > n:
		return 0, false
	case s < endSymbol:
		z.window = append(z.window, byte(s))
		z.spent++
		return used, true
	case s == endSymbol:
		z.endBlock()
		return used, true
	}
	length, extra := matchLength(s)
	length += int(b >> used & (1<<extra - 1))
	used += extra
	s, bits := z.far.find(b >> used)
	used += bits
	distance, extra := matchDistance(s)
	distance += int(b >> used & (1<<extra - 1))
	used += extra
	if length == 0 || bits == 0 || used > n || s > lastDistance || distance > len(z.window) {
		return 0, false
	}
	z.match(length, distance)
	return used, true
}

// match repeats what stands so far back; it may reach into itself.
func (z *Inflater) match(length, distance int) {
	z.spent += int64(length)
	from := len(z.window) - distance
	for length > 0 {
		n := min(length, len(z.window)-from)
		z.window = append(z.window, z.window[from:from+n]...)
		length -= n
	}
}

const (
	lastLength   = 285
	lastDistance = 29
)

// matchLength returns the least length that a symbol stands for, and how many bits follow (RFC 1951, 3.2.5); 0 for a symbol that
// stands for none.
func matchLength(s int) (least int, extra uint) {
	switch s -= endSymbol + 1; {
	case s < 8:
		return s + 3, 0
	case s == lastLength-endSymbol-1:
		return longest, 0
	case s < lastLength-endSymbol-1:
		extra = uint(s/4 - 1)
		return (4+s%4)<<extra + 3, extra
	default:
		return 0, 0
	}
}

// matchDistance returns the same of a distance.
func matchDistance(s int) (least int, extra uint) {
	if s < 4 {
		return s + 1, 0
	}
	extra = uint(min(s, lastDistance)/2 - 1)
	return (2+s%2)<<extra + 1, extra
}
