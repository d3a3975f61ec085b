package archive

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"sekimori/policy/mail"
)

// lzhReader follows the headers of an LZH file, of levels 0 to 3, and passes over the data between them.
//
// Programs were always lenient with this format, and headers whose sizes lie have kept filters from looking inside. So a wrong check
// sum changes nothing but that it is told; and behind a header that cannot be followed, whatever has the form of one is listed,
// wherever it stands.
type lzhReader struct {
	x     *Lister
	in    records
	loose bool
	tried int // headers, once it is loose
}

const (
	lzhLeast  = 22  // octets by which a header is known, and how long it is
	lzhFields = 100 // extension headers of one header that are read; honest ones have about ten
)

func (r *lzhReader) write(p []byte) {
	if r.in.want == 0 {
		r.in.want = 1
	}
	r.in.write(p, r.read)
}

func (r *lzhReader) end() {
	if r.in.open() && !r.loose {
		r.x.problem(ProblemTruncated)
	}
}

// read reads the header at the beginning of b.
func (r *lzhReader) read(b []byte) int {
	if r.loose {
		if n := lzhMark(b); n > 0 {
			r.in.want = lzhLeast
			return n
		}
	} else if b[0] == 0 { // the end
		r.in.done = true
		return 0
	}
	if len(b) < lzhLeast {
		r.in.want = lzhLeast
		return 0
	}
	if lzhMark(b) != 0 {
		r.broken()
		return 1
	}
	h := lzhHeader{b: b, limit: max(lzhLeast, r.x.limits.Record)}
	if h.read(); h.need > len(b) {
		r.in.want = h.need
		return 0
	}
	r.in.want = 1
	h.list(r.x)
	if h.sum {
		r.x.problem(ProblemHeader)
	}
	switch {
	case h.over:
		r.x.stop(LimitRecord)
	case h.bad:
		r.broken()
	}
	if r.loose {
		if r.tried++; r.tried > r.x.limits.Entries {
			r.x.stop(LimitEntries)
			r.in.done = true
		}
		r.in.want = lzhLeast
		return lzhLeast - 1 // what follows may be another one
	}
	r.in.skip = h.skip
	return h.size
}

func (r *lzhReader) broken() {
	r.x.problem(ProblemHeader)
	r.loose, r.in.want = true, lzhLeast
}

// lzhMark returns how many octets stand before what may be a header; 0 where b begins with one.
func lzhMark(b []byte) int {
	const before, after, level = 2, 4, 20 // octets before "-l", to the second "-", and to the level
	for at := before; ; at++ {
		n := bytes.Index(b[min(at, len(b)):], []byte("-l"))
		if n < 0 {
			return max(0, len(b)-lzhLeast+1)
		}
		at += n
		if from := at - before; from+lzhLeast > len(b) || b[at+after] == '-' && b[from+level] <= 3 {
			return from
		}
	}
}

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
	h.name = nameEnd(b[min(lzhLeast, name, h.need):min(name, h.need)])
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
			h.overrun(at, size)
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
func (h *lzhHeader) overrun(at, size int) {
	h.bad = true
	if at+size > h.limit {
		h.bad, h.over = false, true
		return
	}
	if h.need = at + size; h.need <= len(h.b) {
		h.field(h.b[at], h.b[at+1:at+size], at+1)
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
		h.name = nameEnd(data)
	case 0x02:
		h.dir = nameEnd(data)
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

// list lists the entry. Where it has two names that differ, readers differ on which of them they use.
func (h *lzhHeader) list(x *Lister) {
	e := Entry{Name: h.text(), Size: h.original, Packed: h.packed, Directory: string(h.b[2:7]) == "-lhd-"}
	wide := wideName(h.above) + wideName(h.wide)
	if e.Name == "" {
		e.Name, wide = wide, ""
	}
	x.add(e)
	if wide == "" || wide == e.Name {
		return
	}
	if !strings.EqualFold(ending(wide), ending(e.Name)) {
		x.problem(ProblemName)
	}
	x.add(Entry{Name: wide, Directory: e.Directory})
}

// ending is what stands behind the last full stop.
func ending(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// text returns the name as its writer's system means it. In Japan that is Shift_JIS, but on Unix.
func (h *lzhHeader) text() string {
	charset := "shift_jis"
	switch {
	case h.utf8:
		charset = "utf-8"
	case h.system == 'U':
		charset = ""
	}
	const separator = "\xff"
	dir := h.dir
	if len(dir) > 0 && !bytes.HasSuffix(dir, []byte(separator)) {
		dir = append(bytes.Clone(dir), separator...)
	}
	raw := bytes.ReplaceAll(append(bytes.Clone(dir), h.name...), []byte(separator), []byte("/"))
	return strings.ReplaceAll(mail.DecodeText(charset, nameEnd(raw)), "\\", "/")
}

// wideName returns a name in UTF-16, in which 0xffff stands between directories.
func wideName(b []byte) string {
	units := make([]uint16, 0, MaxName/2)
	for ; len(b) >= 2; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		if u == 0xffff || u == '\\' {
			u = '/'
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
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
