package archive

// unpackLZMA expands one LZMA stream of known size, such as the directory of a 7z file, false when it is damaged. Props
// are the five octets that 7z keeps of it. Work and memory are in proportion to size, which the caller bounds, whatever
// dictionary the stream asks for: what has been written is the dictionary.
func unpackLZMA(props, packed []byte, size int) ([]byte, bool) {
	if len(props) != 5 || props[0] >= 9*5*5 || len(packed) < 5 || packed[0] != 0 {
		return nil, false
	}
	d := int(props[0])
	x := &lzma{lc: d % 9, lp: d / 9 % 5, pb: d / 45, in: packed[5:], width: 0xffffffff, size: size}
	if x.lc+x.lp > 4 { // as 7z writes it at most; more takes megabytes
		return nil, false
	}
	for _, c := range packed[1:5] {
		x.code = x.code<<8 | uint32(c)
	}
	x.literals = make([]uint16, 0x300<<(x.lc+x.lp))
	reset(x.literals)
	reset(x.other[:])
	x.run()
	return x.out, !x.bad && len(x.out) == size
}

// lzma is one stream. The places of its probabilities in other are constants below.
type lzma struct {
	lc, lp, pb  int
	in, out     []byte
	size        int
	width, code uint32
	bad         bool
	state       int
	rep         [4]int
	literals    []uint16
	other       [lzmaProbabilities]uint16
}

const (
	lzmaMatch    = 0
	lzmaRep      = lzmaMatch + 12*16
	lzmaRepG0    = lzmaRep + 12
	lzmaRepG1    = lzmaRepG0 + 12
	lzmaRepG2    = lzmaRepG1 + 12
	lzmaRep0Long = lzmaRepG2 + 12
	lzmaSlot     = lzmaRep0Long + 12*16
	lzmaSpecial  = lzmaSlot + 4*64
	lzmaAlign    = lzmaSpecial + 128
	lzmaLength   = lzmaAlign + 16
	lzmaRepLen   = lzmaLength + lzmaLengths

	lzmaProbabilities = lzmaRepLen + lzmaLengths

	lzmaLow     = 2 // of a set of lengths: behind the two choices
	lzmaMid     = lzmaLow + 16*8
	lzmaHigh    = lzmaMid + 16*8
	lzmaLengths = lzmaHigh + 256
)

func reset(p []uint16) {
	for i := range p {
		p[i] = 1 << 10
	}
}

func (x *lzma) refill() {
	if x.width >= 1<<24 {
		return
	}
	x.width <<= 8
	x.code <<= 8
	if len(x.in) == 0 {
		x.bad = true
		return
	}
	x.code |= uint32(x.in[0])
	x.in = x.in[1:]
}

func (x *lzma) bit(p *uint16) int {
	bound := (x.width >> 11) * uint32(*p)
	b := 0
	if x.code < bound {
		x.width = bound
		*p += (1<<11 - *p) >> 5
	} else {
		x.width -= bound
		x.code -= bound
		*p -= *p >> 5
		b = 1
	}
	x.refill()
	return b
}

// tree reads bits from the highest, each with a probability that the ones before choose.
func (x *lzma) tree(p []uint16, bits int) int {
	m := 1
	for range bits {
		m = m<<1 | x.bit(&p[m])
	}
	return m - 1<<bits
}

// reverse reads bits from the lowest.
func (x *lzma) reverse(p []uint16, bits int) int {
	m, v := 1, 0
	for i := range bits {
		b := x.bit(&p[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}

func (x *lzma) direct(bits int) int {
	v := 0
	for range bits {
		x.width >>= 1
		b := 0
		if x.code >= x.width {
			x.code -= x.width
			b = 1
		}
		v = v<<1 | b
		x.refill()
	}
	return v
}

func (x *lzma) run() {
	for len(x.out) < x.size && !x.bad {
		pos := len(x.out) & (1<<x.pb - 1)
		if x.bit(&x.other[lzmaMatch+x.state<<4+pos]) == 0 {
			x.literal()
			continue
		}
		if x.bit(&x.other[lzmaRep+x.state]) == 0 {
			n := x.length(lzmaLength, pos)
			copy(x.rep[1:], x.rep[:3])
			x.state = nextState(x.state, 7)
			x.rep[0] = x.distance(n)
			x.copy(n)
			continue
		}
		x.repeat(pos)
	}
}

// nextState is the state after a match, where low is the one that follows literals.
func nextState(state, low int) int {
	if state < 7 {
		return low
	}
	return low + 3
}

func (x *lzma) literal() {
	before := 0
	if n := len(x.out); n > 0 {
		before = int(x.out[n-1])
	}
	set := (len(x.out)&(1<<x.lp-1))<<x.lc | before>>(8-x.lc)
	p := x.literals[0x300*set : 0x300*(set+1)]
	symbol := 1
	if x.state >= 7 {
		if x.rep[0] >= len(x.out) {
			x.bad = true
			return
		}
		match := int(x.out[len(x.out)-1-x.rep[0]])
		for symbol < 0x100 {
			m := match >> 7 & 1
			match <<= 1
			b := x.bit(&p[(1+m)<<8+symbol])
			symbol = symbol<<1 | b
			if m != b {
				break
			}
		}
	}
	for symbol < 0x100 {
		symbol = symbol<<1 | x.bit(&p[symbol])
	}
	x.out = append(x.out, byte(symbol))
	switch {
	case x.state < 4:
		x.state = 0
	case x.state < 10:
		x.state -= 3
	default:
		x.state -= 6
	}
}

// repeat copies from one of the last four distances.
func (x *lzma) repeat(pos int) {
	switch {
	case x.bit(&x.other[lzmaRepG0+x.state]) == 0:
		if x.bit(&x.other[lzmaRep0Long+x.state<<4+pos]) == 0 {
			x.state = nextState(x.state, 9)
			if x.state == 12 { // after a match it is 11
				x.state = 11
			}
			x.copy(1)
			return
		}
	case x.bit(&x.other[lzmaRepG1+x.state]) == 0:
		x.rep[0], x.rep[1] = x.rep[1], x.rep[0]
	case x.bit(&x.other[lzmaRepG2+x.state]) == 0:
		x.rep[0], x.rep[1], x.rep[2] = x.rep[2], x.rep[0], x.rep[1]
	default:
		x.rep[0], x.rep[1], x.rep[2], x.rep[3] = x.rep[3], x.rep[0], x.rep[1], x.rep[2]
	}
	n := x.length(lzmaRepLen, pos)
	x.state = nextState(x.state, 8)
	x.copy(n)
}

func (x *lzma) length(at, pos int) int {
	p := x.other[at : at+lzmaLengths]
	switch {
	case x.bit(&p[0]) == 0:
		return 2 + x.tree(p[lzmaLow+pos<<3:], 3)
	case x.bit(&p[1]) == 0:
		return 10 + x.tree(p[lzmaMid+pos<<3:], 3)
	}
	return 18 + x.tree(p[lzmaHigh:], 8)
}

func (x *lzma) distance(n int) int {
	slot := x.tree(x.other[lzmaSlot+min(n-2, 3)<<6:], 6)
	if slot < 4 {
		return slot
	}
	bits := slot>>1 - 1
	v := (2 | slot&1) << bits
	if slot < 14 {
		return v + x.reverse(x.other[lzmaSpecial+v-slot:], bits)
	}
	return v + x.direct(bits-4)<<4 + x.reverse(x.other[lzmaAlign:], 4)
}

func (x *lzma) copy(n int) {
	if x.rep[0] >= len(x.out) {
		x.bad = true
		return
	}
	for range min(n, x.size-len(x.out)) {
		x.out = append(x.out, x.out[len(x.out)-1-x.rep[0]])
	}
}
