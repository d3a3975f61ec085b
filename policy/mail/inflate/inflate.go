// Package inflate expands DEFLATE data (RFC 1951) as it comes. compress/flate asks its input for the next octets, and so
// wants all of a file, or a goroutine; this package is handed what there is, and keeps its place at any bit.
//
// It decides nothing about what is expanded, nor how much of that is too much: whoever takes the octets ends it.
package inflate

import "encoding/binary"

// State is how far a stream is.
type State uint8

// The states.
const (
	Open    State = iota // more is wanted
	Ended                // the last block has ended
	Broken               // this is no DEFLATE data, or is damaged; what came before was handed on
	Refused              // whoever takes the octets wanted no more
)

const (
	windowSize = 32 << 10 // how far back a match reaches (RFC 1951, 2)
	longest    = 258      // octets of a match (RFC 1951, 3.2.5)
	tableCost  = 1 << 10  // what reading a table counts for in Spent
)

// Inflater expands one stream. It is for one goroutine, and holds about 70 kB. The zero value is none; see New.
type Inflater struct {
	take  func(p []byte) bool
	state State
	next  step

	bits uint64 // the next bits, the first of them lowest
	n    uint   // how many: fewer than a step needs
	last bool   // this block is the last

	stored  int // octets that are left of a stored block
	lengths [maxLiterals + maxDistances]uint8
	counts  tableCounts
	literal code
	length  code // of code lengths, while a table is read
	far     code // distances

	window []byte // what was expanded last
	sent   int    // of it, handed on
	spent  int64
}

// step is what the next bits are.
type step uint8

const (
	blockHead step = iota
	storedHead
	storedData
	tableHead
	tableOrder
	tableLengths
	symbols
)

// New begins a stream. What it expands to is handed to take, which keeps nothing of p, and returns false when it wants no more.
func New(take func(p []byte) bool) *Inflater { return &Inflater{take: take} }

// Reset begins another stream in the same memory, for the same taker. What the last one left in the tables is not cleared: streams of
// a few octets would cost more by that than by themselves.
func (z *Inflater) Reset() {
	z.state, z.next, z.bits, z.n, z.last, z.spent = Open, blockHead, 0, 0, false, 0
	z.window, z.sent = z.window[:0], 0
}

// State returns how far the stream is.
func (z *Inflater) State() State { return z.state }

// Spent measures the work that was done: the octets that were expanded, and 1,024 for each table, because tables without data
// cost time too. It never shrinks.
func (z *Inflater) Spent() int64 { return z.spent }

// Write takes the next octets of the stream, hands on all that they expand to, and returns how many of them belong to it: fewer
// than len(p) when it is not Open any more. How they are cut into pieces makes no difference.
func (z *Inflater) Write(p []byte) int {
	rest := p
	for more := z.state == Open; more && z.state == Open; {
		rest, more = z.step(rest)
	}
	if z.state != Refused {
		z.flush()
	}
	return len(p) - len(rest)
}

// step does the next step, and reports false when it needs more octets first.
func (z *Inflater) step(p []byte) ([]byte, bool) {
	switch z.next {
	case blockHead:
		return z.blockHead(p)
	case storedHead:
		return z.storedHead(p)
	case storedData:
		return z.storedData(p)
	case tableHead:
		return z.tableHead(p)
	case tableOrder:
		return z.tableOrder(p)
	case tableLengths:
		return z.tableLengths(p)
	default:
		return z.symbols(p)
	}
}

// need fetches octets until there are so many bits, and not one more, so that no octet behind the end is taken.
func (z *Inflater) need(p []byte, bits uint) ([]byte, bool) {
	for z.n < bits {
		if len(p) == 0 {
			return p, false
		}
		z.bits |= uint64(p[0]) << z.n
		z.n += 8
		p = p[1:]
	}
	return p, true
}

// pull takes bits that are there.
func (z *Inflater) pull(bits uint) int {
	v := z.bits & (1<<bits - 1)
	z.bits >>= bits
	z.n -= bits
	return int(v)
}

// endBlock goes on behind a block.
func (z *Inflater) endBlock() {
	z.next = blockHead
	if z.last {
		z.state = Ended
	}
}

func (z *Inflater) blockHead(p []byte) ([]byte, bool) {
	p, ok := z.need(p, 3)
	if !ok {
		return p, false
	}
	z.last = z.pull(1) == 1
	switch z.pull(2) {
	case 0:
		z.next = storedHead
	case 1:
		z.fixed()
	case 2:
		z.next = tableHead
	default:
		z.state = Broken
	}
	return p, true
}

// storedHead reads the length of a stored block, and its complement, from the next whole octet (RFC 1951, 3.2.4).
func (z *Inflater) storedHead(p []byte) ([]byte, bool) {
	pad := z.n % 8
	p, ok := z.need(p, pad+32)
	if !ok {
		return p, false
	}
	z.pull(pad)
	size, check := z.pull(16), z.pull(16)
	if size != ^check&0xffff {
		z.state = Broken
	}
	z.stored, z.next = size, storedData
	return p, true
}

func (z *Inflater) storedData(p []byte) ([]byte, bool) {
	for z.stored > 0 {
		if len(p) == 0 {
			return p, false
		}
		if !z.room() {
			return p, false
		}
		n := min(z.stored, len(p), cap(z.window)-len(z.window))
		z.window = append(z.window, p[:n]...)
		z.spent += int64(n)
		z.stored -= n
		p = p[n:]
	}
	z.endBlock()
	return p, true
}

// room makes room for the longest match, and reports false when no more is wanted.
func (z *Inflater) room() bool {
	if cap(z.window)-len(z.window) >= longest {
		return true
	}
	if z.window == nil {
		z.window = make([]byte, 0, 2*windowSize)
		return true
	}
	if !z.flush() {
		return false
	}
	z.window = z.window[:copy(z.window, z.window[len(z.window)-windowSize:])]
	z.sent = len(z.window)
	return true
}

// flush hands on what was not yet.
func (z *Inflater) flush() bool {
	if p := z.window[z.sent:]; len(p) > 0 {
		z.sent = len(z.window)
		if !z.take(p) {
			z.state = Refused
			return false
		}
	}
	return true
}

// symbols reads literals and matches (RFC 1951, 3.2.3). Where eight octets are at hand they are fetched together, and those that
// no symbol needed are given back.
func (z *Inflater) symbols(p []byte) ([]byte, bool) {
	in, b, n := p, z.bits, z.n
	for len(in) >= 8 {
		if !z.room() {
			return p, false
		}
		b |= binary.LittleEndian.Uint64(in) << n
		in = in[(63-n)>>3:]
		n |= 56
		used, ok := z.symbol(b, n)
		if !ok { // it can be nothing but broken: no symbol has more than 48 bits
			z.state = Broken
			return p, false
		}
		b >>= used
		n -= used
		if z.next != symbols {
			break
		}
	}
	if back := n / 8; len(in) < len(p) { // of octets that were fetched here: what was there before was less than a symbol
		in = p[len(p)-len(in)-int(back):]
		n %= 8
	}
	z.bits, z.n = b&(1<<n-1), n
	if z.next != symbols || len(in) >= 8 {
		return in, true
	}
	return z.lastSymbols(in)
}

// lastSymbols reads symbols where the octets that are at hand may end within one.
func (z *Inflater) lastSymbols(p []byte) ([]byte, bool) {
	for z.next == symbols {
		if !z.room() {
			return p, false
		}
		used, ok := z.symbol(z.bits, z.n)
		switch {
		case ok:
			z.pull(used)
		case z.n >= mostBits:
			z.state = Broken
			return p, false
		default:
			if p, ok = z.need(p, z.n+1); !ok {
				return p, false
			}
		}
	}
	return p, true
}
