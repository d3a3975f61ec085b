package archive

// fixedCodes sets the codes of a block that brings none (RFC 1951, 3.2.6).
func (f *inflater) fixedCodes() {
	if f.fixed {
		return
	}
	var l [maxLiterals]uint8
	for i := range l {
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
	f.literal.set(l[:])
	for i := range l[:maxDistances] {
		l[i] = 5
	}
	f.dist.set(l[:maxDistances])
	f.fixed = true
}

// counts reads how many lengths a block with dynamic codes has (RFC 1951, 3.2.7).
func (f *inflater) counts(p []byte) ([]byte, bool) {
	p, ok := f.need(p, 14)
	if !ok {
		return p, false
	}
	f.wanted = [3]int{f.take(5) + 257, f.take(5) + 1, f.take(4) + 4}
	if f.wanted[0] > maxLiterals-2 { // the last two are in the fixed code only
		f.fail()
		return p, false
	}
	f.lengths, f.filled, f.fixed = [maxLiterals + maxDistances]uint8{}, 0, false
	f.state = inflateCodes
	return p, true
}

// codes reads the lengths of the codes in which the lengths are written.
func (f *inflater) codes(p []byte) ([]byte, bool) {
	const order = "\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f"
	for ok := true; f.filled < f.wanted[2]; f.filled++ {
		if p, ok = f.need(p, 3); !ok {
			return p, false
		}
		f.lengths[order[f.filled]] = uint8(f.take(3))
	}
	if !f.dist.set(f.lengths[:len(order)]) { // a place that is free until the lengths are known
		f.fail()
		return p, false
	}
	f.lengths, f.filled = [maxLiterals + maxDistances]uint8{}, 0
	f.state = inflateLengths
	return p, true
}

// codeLengths reads the lengths of both codes, in which runs are written short.
func (f *inflater) codeLengths(p []byte) ([]byte, bool) {
	all := f.wanted[0] + f.wanted[1]
	for f.filled < all {
		p, _ = f.need(p, 14) // a code of 7 bits, and up to 7 more
		e := f.dist.slow(f.bits)
		used, symbol := e&15, e>>4
		extra, least := uint(0), 1
		switch symbol {
		case 16:
			extra, least = 2, 3
		case 17:
			extra, least = 3, 3
		case 18:
			extra, least = 7, 11
		}
		switch {
		case used == 0 && f.have < 14, used+extra > f.have:
			return p, false
		case used == 0, symbol == 16 && f.filled == 0:
			f.fail()
			return p, false
		}
		f.take(used)
		n := least + f.take(extra)
		if f.filled+n > all {
			f.fail()
			return p, false
		}
		value := uint8(0)
		switch {
		case symbol < 16:
			value = uint8(symbol)
		case symbol == 16:
			value = f.lengths[f.filled-1]
		}
		for range n {
			f.lengths[f.filled] = value
			f.filled++
		}
	}
	if !f.literal.set(f.lengths[:f.wanted[0]]) || !f.dist.set(f.lengths[f.wanted[0]:all]) {
		f.fail()
		return p, false
	}
	f.state = inflateSymbols
	return p, true
}
