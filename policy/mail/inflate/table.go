package inflate

// tableCounts is what the head of a table says, and how far its reading is.
type tableCounts struct {
	literals, distances, orders int
	read                        int
}

const maxOrders = 19 // symbols of the code in which lengths are written

// fixed begins a block with the codes that need no table (RFC 1951, 3.2.6).
func (z *Inflater) fixed() {
	z.spent += tableCost
	l := z.lengths[:]
	for i := range maxLiterals {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	for i := range maxDistances {
		l[maxLiterals+i] = 5
	}
	z.literal.set(l[:maxLiterals])
	z.far.set(l[maxLiterals:])
	z.next = symbols
}

// tableHead reads how long the parts of a table are (RFC 1951, 3.2.7).
func (z *Inflater) tableHead(p []byte) ([]byte, bool) {
	p, ok := z.need(p, 14)
	if !ok {
		return p, false
	}
	z.spent += tableCost
	z.counts = tableCounts{literals: z.pull(5) + 257, distances: z.pull(5) + 1, orders: z.pull(4) + 4}
	if z.counts.literals > lastLength+1 || z.counts.distances > lastDistance+1 {
		z.state = Broken
	}
	clear(z.lengths[:])
	z.next = tableOrder
	return p, true
}

// tableOrder reads the code in which the lengths are written; its own lengths come in an order of their own.
func (z *Inflater) tableOrder(p []byte) ([]byte, bool) {
	const order = "\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f"
	for c := &z.counts; c.read < c.orders; c.read++ {
		var ok bool
		if p, ok = z.need(p, 3); !ok {
			return p, false
		}
		z.lengths[order[c.read]] = uint8(z.pull(3))
	}
	if !z.length.set(z.lengths[:maxOrders]) {
		z.state = Broken
	}
	clear(z.lengths[:])
	z.counts.read = 0
	z.next = tableLengths
	return p, true
}

// tableLengths reads the lengths of both codes, which are one row.
func (z *Inflater) tableLengths(p []byte) ([]byte, bool) {
	c := &z.counts
	for c.read < c.literals+c.distances {
		s, used := z.length.find(z.bits)
		extra := uint(0)
		switch s {
		case 16:
			extra = 2
		case 17:
			extra = 3
		case 18:
			extra = 7
		}
		if used == 0 || used+extra > z.n {
			if used == 0 && z.n >= maxCode {
				z.state = Broken
				return p, false
			}
			var ok bool
			if p, ok = z.need(p, z.n+1); !ok {
				return p, false
			}
			continue
		}
		z.pull(used)
		value, times := uint8(s), 1
		switch s {
		case 16:
			times = 3 + z.pull(extra)
			if c.read == 0 {
				z.state = Broken
				return p, false
			}
			value = z.lengths[c.read-1]
		case 17:
			value, times = 0, 3+z.pull(extra)
		case 18:
			value, times = 0, 11+z.pull(extra)
		}
		if c.read+times > c.literals+c.distances {
			z.state = Broken
			return p, false
		}
		for range times {
			z.lengths[c.read] = value
			c.read++
		}
	}
	if !z.literal.set(z.lengths[:c.literals]) || !z.far.set(z.lengths[c.literals:c.literals+c.distances]) {
		z.state = Broken
	}
	z.next = symbols
	return p, true
}
