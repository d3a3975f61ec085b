package archive

import "encoding/binary"

// lzhHeader is what one header says.
type lzhHeader struct {
	b     []byte // from its beginning
	limit int    // octets of it that are read
	need  int    // octets that are wanted first, when they are more than there are
	size  int    // of it, as far as it goes before the data
	skip  uint64 // octets of data

	system      byte // on which it was made, 0 where it does not say
	utf8        bool
	name, dir   []byte // in the charset of the writer
	wide, above []byte // in UTF-16
	packed      uint64
	original    uint64
	check       int // place of a check sum over all of it, 0 for none

	bad  bool // sizes do not fit
	over bool // it is longer than the limit
	sum  bool // the check sum is wrong
}

// read reads the header as far as it is there.
func (h *lzhHeader) read() {
	b := h.b
	h.packed = uint64(binary.LittleEndian.Uint32(b[7:]))
	h.original = uint64(binary.LittleEndian.Uint32(b[11:]))
	switch level := b[20]; level {
	case 0, 1:
		h.old(level == 1)
	case 2:
		h.new(int(binary.LittleEndian.Uint16(b)), 24, 2)
	default:
		if len(b) < 28 {
			h.need = 28
			return
		}
		h.new(int(min(binary.LittleEndian.Uint32(b[24:]), 1<<30)), 28, 4)
	}
	if h.need > len(b) {
		return
	}
	h.skip = h.packed
	if h.check > 0 && !h.over && !h.bad {
		h.sum = h.sum || lzhCRC(b[:h.size], h.check) != binary.LittleEndian.Uint16(b[h.check:])
	}
}

// old reads a header of level 0, or of level 1, behind which extension headers stand that count as data.
func (h *lzhHeader) old(extended bool) {
	b := h.b
	h.size = int(b[0]) + 2
	if h.need = max(h.size, lzhLeast); h.need > len(b) {
		return
	}
	var sum byte
	for _, c := range b[2:max(2, h.size)] {
		sum += c
	}
	h.sum = sum != b[1]
	name := lzhLeast + int(b[21])
	if name > h.size {
		h.bad = true
	}
	h.name = b[min(lzhLeast, name, h.need):min(name, h.need)]
	if !extended || h.bad {
		return
	}
	if name+5 > h.size { // check sum of the file, system, and size of what follows
		h.bad = true
		return
	}
	h.system = b[name+2]
	base := h.size
	h.fields(h.size, 2, h.limit)
	if extra := uint64(max(0, h.size-base)); h.need <= len(b) {
		if extra > h.packed {
			h.bad = true
		}
		h.packed -= min(extra, h.packed)
	}
}

// new reads a header of level 2 or 3, whose first extension header's size stands at a place.
func (h *lzhHeader) new(size, place, wide int) {
	switch h.need = place + wide; {
	case size < h.need:
		h.bad = true
	case size > h.limit:
		h.over = true
	default:
		h.need = size
	}
	if h.need > len(h.b) {
		return
	}
	h.system = h.b[23]
	if h.bad || h.over {
		h.size = size
		return
	}
	h.fields(place+wide, wide, size)
	h.size = size // what is behind the last one fills up
}

// fields reads extension headers. The size of the first one stands in front of at, that of each other one at the end of the one
// before. Most is how far they may go.
func (h *lzhHeader) fields(at, wide, most int) {
	for n := 0; ; n++ {
		size := int(binary.LittleEndian.Uint16(h.b[at-wide:]))
		if wide == 4 {
			size = int(min(binary.LittleEndian.Uint32(h.b[at-wide:]), 1<<30))
		}
		if h.size = at; size == 0 {
			return
		}
		if size < wide+1 || n == lzhFields {
			h.bad = true
			return
		}
		if at+size > most {
			h.overrun(at, size, wide)
			return
		}
		if h.need = max(h.need, at+size); h.need > len(h.b) {
			return
		}
		h.field(h.b[at], h.b[at+1:at+size-wide], at+1)
		at += size
	}
}

// overrun reads an extension header that goes beyond the header in which it stands: some readers follow it.
func (h *lzhHeader) overrun(at, size, wide int) {
	h.bad = true
	if at+size > h.limit {
		h.bad, h.over = false, true
		return
	}
	if h.need = at + size; h.need <= len(h.b) {
		h.field(h.b[at], h.b[at+1:at+size-wide], at+1)
	}
}

// field takes what one extension header says, whose data stands at a place.
func (h *lzhHeader) field(kind byte, data []byte, at int) {
	switch kind {
	case 0x00:
		if len(data) >= 2 {
			h.check = at
		}
	case 0x01:
		h.name = data[max(0, len(data)-lzhMaxName):]
	case 0x02:
		h.dir = data[max(0, len(data)-lzhMaxName):]
	case 0x42:
		if len(data) >= 16 {
			h.packed, h.original = binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
		}
	case 0x44:
		h.wide = data[max(0, len(data)-MaxName):]
	case 0x45:
		h.above = data[max(0, len(data)-MaxName):]
	case 0x46:
		const utf8 = 65001
		h.utf8 = len(data) >= 4 && binary.LittleEndian.Uint32(data) == utf8
	}
}

// lzhCRC is the check sum of a header (CRC-16 with 0xa001), in which its own place counts as zeros.
func lzhCRC(b []byte, at int) uint16 {
	var sum uint16
	for i, c := range b {
		if i == at || i == at+1 {
			c = 0
		}
		sum ^= uint16(c)
		for range 8 {
			sum = sum>>1 ^ 0xa001*(sum&1)
		}
	}
	return sum
}
