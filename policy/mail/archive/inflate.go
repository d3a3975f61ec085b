package archive

import (
	"encoding/binary"
	"math/bits"
)

// consumer takes octets as they come, and reports whether it wants more of them.
type consumer interface {
	write(p []byte) bool
}

// inflater expands DEFLATE data (RFC 1951) as it comes. The reader of the standard library asks for its input, and so would need all
// of it to be kept, or a goroutine for each file.
//
// What damaged data can still say is handed on: a code that is missing ends the expansion only where it is used.
type inflater struct {
	to      consumer
	left    int // octets that may still be expanded
	over    bool
	bad     bool
	state   inflateState
	final   bool // this block is the last
	bits    uint64
	have    uint // of bits
	stored  int
	lengths [maxLiterals + maxDistances]uint8
	filled  int // lengths that are known
	wanted  [3]int
	fixed   bool // literal and distance are the codes of a block with fixed ones
	literal huffman
	dist    huffman
	out     [inflateWindow + inflatePiece]byte
	at      int // end of what is expanded
	handed  int // end of what was handed on
	slid    int // octets that were in front of out
	begun   int // where the block began, of all that was expanded; -1 before the first
}

type inflateState uint8

const (
	inflateBlock   inflateState = iota // before the header of a block
	inflateStored                      // before the length of a stored block
	inflateCopy                        // in a stored block
	inflateCounts                      // before the counts of a block with dynamic codes
	inflateCodes                       // in the lengths of the codes of lengths
	inflateLengths                     // in the lengths
	inflateSymbols                     // in compressed data
	inflateDone
)

const (
	inflateWindow = 32 << 10 // as far as a copy reaches back (RFC 1951, 3.2.5)
	inflatePiece  = 16 << 10 // what is expanded before it is handed on

	// blockCost is what a block takes at least of the octets that may be expanded: the making of its codes takes as long as the
	// expansion of that many, and a block need not hold any.
	blockCost = 512

	maxLiterals  = 288
	maxDistances = 32
	endOfBlock   = 256
)

// begin makes ready for the data of one file, of which most octets are handed on.
func (f *inflater) begin(to consumer, most int) {
	f.to, f.left, f.over, f.bad = to, most, false, false
	f.state, f.final, f.bits, f.have = inflateBlock, false, 0, 0
	f.at, f.handed, f.slid, f.begun = 0, 0, 0, -1
}

// done reports whether nothing more is to come: the data ended, is damaged, reached the limit, or nobody wants more.
func (f *inflater) done() bool { return f.state == inflateDone }

// write takes the next octets.
func (f *inflater) write(p []byte) {
	for more := true; more && f.state != inflateDone; {
		switch f.state {
		case inflateBlock:
			p, more = f.block(p)
		case inflateStored:
			p, more = f.storedLength(p)
		case inflateCopy:
			p, more = f.storedOctets(p)
		case inflateCounts:
			p, more = f.counts(p)
		case inflateCodes:
			p, more = f.codes(p)
		case inflateLengths:
			p, more = f.codeLengths(p)
		case inflateSymbols:
			p, more = f.symbols(p)
		case inflateDone:
		}
	}
	f.hand()
}

// need takes octets until there are n bits, and reports whether there are.
func (f *inflater) need(p []byte, n uint) ([]byte, bool) {
	for f.have < n && len(p) > 0 {
		f.bits |= uint64(p[0]) << f.have
		f.have += 8
		p = p[1:]
	}
	return p, f.have >= n
}

func (f *inflater) take(n uint) int {
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.have -= n
	return int(v)
}

// fail ends the expansion of damaged data.
func (f *inflater) fail() {
	f.hand()
	f.bad, f.state = true, inflateDone
}

// block reads the header of a block (RFC 1951, 3.2.3).
func (f *inflater) block(p []byte) ([]byte, bool) {
	if f.final {
		f.hand()
		f.state = inflateDone
		return p, false
	}
	p, ok := f.need(p, 3)
	if !ok {
		return p, false
	}
	if at := f.slid + f.at; f.begun >= 0 {
		f.left -= max(0, blockCost-(at-f.begun))
		f.begun = at
	} else {
		f.begun = 0
	}
	if f.left < 0 {
		f.over, f.state = true, inflateDone
		return p, false
	}
	f.final = f.take(1) == 1
	switch f.take(2) {
	case 0:
		f.take(f.have % 8)
		f.state = inflateStored
	case 1:
		f.fixedCodes()
		f.state = inflateSymbols
	case 2:
		f.state = inflateCounts
	default:
		f.fail()
	}
	return p, true
}

// storedLength reads the length of a stored block, which stands there twice (RFC 1951, 3.2.4).
func (f *inflater) storedLength(p []byte) ([]byte, bool) {
	p, ok := f.need(p, 32)
	if !ok {
		return p, false
	}
	f.stored = f.take(16)
	if f.take(16) != f.stored^0xffff {
		f.fail()
		return p, false
	}
	f.state = inflateCopy
	return p, true
}

func (f *inflater) storedOctets(p []byte) ([]byte, bool) {
	for f.stored > 0 && f.state == inflateCopy {
		f.room(1)
		if f.have > 0 { // octets that came with the bits before
			f.out[f.at] = byte(f.take(8))
			f.at++
			f.stored--
			continue
		}
		n := copy(f.out[f.at:], p[:min(len(p), f.stored)])
		if n == 0 {
			return p, false
		}
		f.at += n
		f.stored -= n
		p = p[n:]
	}
	if f.state == inflateCopy {
		f.state = inflateBlock
	}
	return p, true
}

// symbols expands compressed data (RFC 1951, 3.2.5). A symbol and what belongs to it takes at most 48 bits; where fewer came, they wait.
func (f *inflater) symbols(p []byte) ([]byte, bool) {
	b, have := f.bits, f.have
	defer func() { f.bits, f.have = b&(1<<have-1), have }()
	for {
		if len(p) >= 8 {
			b |= binary.LittleEndian.Uint64(p) << have
			p = p[(63-have)>>3:]
			have |= 56
		} else {
			for have <= 56 && len(p) > 0 {
				b |= uint64(p[0]) << have
				have += 8
				p = p[1:]
			}
		}
		if f.at > len(f.out)-maxCopy {
			f.room(maxCopy)
			if f.state != inflateSymbols {
				return p, false
			}
		}
		e := uint(f.literal.fast[b&(1<<fastBits-1)])
		if e == 0 {
			e = f.literal.slow(b)
		}
		used, symbol := e&15, e>>4
		switch {
		case used > have:
			return p, false
		case used == 0:
			if have >= 15 {
				f.fail()
			}
			return p, false
		case symbol < endOfBlock:
			f.out[f.at] = byte(symbol)
			f.at++
			b >>= used
			have -= used
			continue
		case symbol == endOfBlock:
			b >>= used
			have -= used
			f.state = inflateBlock
			return p, true
		}
		n, d, all := f.pair(b>>used, symbol)
		switch {
		case all == 0:
			if have >= 48 {
				f.fail()
			}
			return p, false
		case used+all > have:
			return p, false
		}
		b >>= used + all
		have -= used + all
		if d > f.at {
			f.fail()
			return p, false
		}
		f.repeat(n, d)
	}
}

// maxCopy is the longest copy, in octets.
const maxCopy = 258

// pair reads the length and the distance of a copy, and returns how many bits they take; 0 where there are none such.
func (f *inflater) pair(b uint64, symbol uint) (length, distance int, used uint) {
	if symbol -= endOfBlock + 1; symbol >= uint(len(copyLengths)) {
		return 0, 0, 0
	}
	l := copyLengths[symbol]
	length = int(l.base) + int(b&(1<<l.extra-1))
	b >>= l.extra
	e := uint(f.dist.fast[b&(1<<fastBits-1)])
	if e == 0 {
		e = f.dist.slow(b)
	}
	n, code := e&15, e>>4
	if n == 0 || code >= uint(len(copyDistances)) {
		return 0, 0, 0
	}
	b >>= n
	d := copyDistances[code]
	return length, int(d.base) + int(b&(1<<d.extra-1)), uint(l.extra) + n + uint(d.extra)
}

// repeat appends n octets from d before the end. They may overlap what they become.
func (f *inflater) repeat(n, d int) {
	from, at := f.at-d, f.at
	f.at += n
	if d >= n {
		copy(f.out[at:at+n], f.out[from:from+n])
		return
	}
	for at < f.at {
		at += copy(f.out[at:f.at], f.out[from:at])
	}
}

// room makes room for n octets.
func (f *inflater) room(n int) {
	if f.at+n <= len(f.out) {
		return
	}
	f.hand()
	f.slid += f.at - inflateWindow
	f.at = copy(f.out[:], f.out[f.at-inflateWindow:f.at])
	f.handed = f.at
}

// hand hands on what was expanded.
func (f *inflater) hand() {
	p := f.out[f.handed:f.at]
	f.handed = f.at
	if f.state == inflateDone || len(p) == 0 {
		return
	}
	if len(p) > f.left {
		p, f.over = p[:max(0, f.left)], true
	}
	f.left -= len(p)
	if !f.to.write(p) || f.over {
		f.state = inflateDone
	}
}

// base is the value of a code and how many bits are added to it.
type base struct {
	base  uint16
	extra uint8
}

// copyLengths and copyDistances are the tables of RFC 1951, 3.2.5.
var (
	copyLengths = [...]base{
		{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 1}, {13, 1}, {15, 1}, {17, 1}, {19, 2}, {23, 2},
		{27, 2}, {31, 2}, {35, 3}, {43, 3}, {51, 3}, {59, 3}, {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5},
		{227, 5}, {258, 0},
	}
	copyDistances = [...]base{
		{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 1}, {7, 1}, {9, 2}, {13, 2}, {17, 3}, {25, 3}, {33, 4}, {49, 4}, {65, 5}, {97, 5},
		{129, 6}, {193, 6}, {257, 7}, {385, 7}, {513, 8}, {769, 8}, {1025, 9}, {1537, 9}, {2049, 10}, {3073, 10}, {4097, 11},
		{6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13},
	}
)

// fastBits is how long a code is at most that one look finds.
const fastBits = 10

// huffman is a code (RFC 1951, 3.2.2).
type huffman struct {
	fast   [1 << fastBits]uint16 // symbol<<4 | length, by the next bits; 0 where the code is longer, or none
	count  [16]uint16            // of codes by length
	symbol [maxLiterals]uint16   // in the order of the codes
}

// set makes the code with those lengths, and reports whether there is one.
func (h *huffman) set(lengths []uint8) bool {
	h.count = [16]uint16{}
	for _, l := range lengths {
		h.count[l]++
	}
	h.count[0] = 0
	var next, index [16]uint16
	left := 1
	for l := 1; l < 16; l++ {
		if left = left<<1 - int(h.count[l]); left < 0 {
			return false
		}
		next[l] = (next[l-1] + h.count[l-1]) << 1
		index[l] = index[l-1] + h.count[l-1]
	}
	h.fast = [1 << fastBits]uint16{}
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		h.symbol[index[l]] = uint16(s)
		index[l]++
		code := next[l]
		next[l]++
		if l > fastBits {
			continue
		}
		e := uint16(s)<<4 | uint16(l)
		for i := int(bits.Reverse16(code) >> (16 - l)); i < len(h.fast); i += 1 << l {
			h.fast[i] = e
		}
	}
	return true
}

// slow finds a code bit by bit, as symbol<<4 | length; 0 where there is none.
func (h *huffman) slow(b uint64) uint {
	code, first, index := 0, 0, 0
	for l := uint(1); l < 16; l++ {
		code |= int(b & 1)
		b >>= 1
		count := int(h.count[l])
		if code-count < first {
			return uint(h.symbol[index+code-first])<<4 | l
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0
}
