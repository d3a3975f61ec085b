package archive

import (
	"bytes"
	"slices"
	"unicode/utf16"

	"sekimori/policy/mail"
)

// vbaScan looks through a compound file as it comes for what starts by itself: procedures of macros, and fields of Word that fetch
// by DDE. The sectors of a stream can stand anywhere, but programs write those of a module one after another; what is written
// otherwise is not read, which Listing.MacrosUnread says.
//
// Procedures are found in two ways, because either can be taken away: in the source of modules, and in the cache of what was
// compiled, which is run instead of the source where the version is the same.
type vbaScan struct {
	buf       [vbaBuffer]byte
	n         int // octets in buf
	done      int // octets of buf that were looked at
	container *vbaContainer
	fed       int // octets of buf that the container had
	left      int // octets of source that may still be expanded
	over      bool
	whole     int // modules that were read to their end
	broken    int // others
	names     []string
	dde       string
}

const (
	vbaBuffer = 8 << 10
	vbaBehind = 48  // octets before a word that are looked at
	vbaAhead  = 256 // octets from the beginning of a word

	// MaxAutoExec is how many names are kept of procedures that start by themselves.
	MaxAutoExec = 8
	// MaxField is how much of a field that fetches by DDE is kept, in octets.
	MaxField = 240
)

// begin makes ready for a file, of whose source so many octets may be expanded.
func (v *vbaScan) begin(left int) {
	if c := v.container; c != nil {
		c.state = containerNone
	}
	*v = vbaScan{container: v.container, left: left}
}

// vbaWords are the beginnings of what vbaScan looks for.
var vbaWords = newWordSearch("attrib", "autoex", "autoop", "autone", "autocl", "auto_o", "auto_c", "auto_a", "docume", "workbo",
	"ddeaut", "d\x00d\x00e\x00", "\x13 dde ")

// write takes the next octets. It looks at them a buffer at a time, so that what it finds does not depend on how they are cut.
func (v *vbaScan) write(p []byte) bool {
	for len(p) > 0 {
		n := copy(v.buf[v.n:], p)
		v.n += n
		p = p[n:]
		if v.n < len(v.buf) {
			break
		}
		v.look(v.n - vbaAhead)
		from := v.done - vbaBehind
		v.n = copy(v.buf[:], v.buf[from:])
		v.done -= from
		v.fed -= from
	}
	return true
}

// end looks at what is left.
func (v *vbaScan) end() {
	v.look(v.n)
	v.endContainer()
}

// look looks at the words that begin before end.
func (v *vbaScan) look(end int) {
	b := v.buf[:v.n]
	for v.done < end {
		at := vbaWords.next(b[:min(v.n, end+wordPrefix-1)], v.done)
		if at < 0 || at >= end {
			break
		}
		v.done = at + 1
		switch foldOctet(b[at]) {
		case 'a':
			if n := sourceBegins(b, at); n > 0 {
				v.feed(at - n)
				v.beginContainer(at - n)
				continue
			}
			v.cached(b, at)
		case 'w':
			v.cached(b, at)
		case 'd':
			if !v.field(b, at) {
				v.cached(b, at)
			}
		case fieldBegin:
			v.field(b, at+2)
		}
	}
	v.done = max(v.done, end)
	v.feed(end)
}

// sourceBegins reports how many octets before at the first chunk of a module begins; 0 when at is none. A module begins with the word
// Attribute, whose first eight letters stand as they are in any container: there is nothing before them that could be copied.
func sourceBegins(b []byte, at int) int {
	const word = "attribut"
	switch {
	case at < 4 || len(b) < at+len(word)+2 || !bytes.EqualFold(b[at:at+len(word)], []byte(word)):
		return 0
	case b[at-4] == 1 && b[at-2]&0xf0 == 0xb0 && b[at-1] == 0:
		return 3
	case b[at-3] == 1 && b[at-2] == 0xff && b[at-1] == 0x3f: // a chunk that is not compressed
		return 2
	}
	return 0
}

func (v *vbaScan) beginContainer(at int) {
	v.endContainer()
	if v.container == nil {
		v.container = &vbaContainer{}
	}
	v.container.begin()
	v.fed = at
}

// feed gives the container the octets before end.
func (v *vbaScan) feed(end int) {
	if v.container != nil && end > v.fed {
		if v.left > 0 {
			v.left -= v.container.write(v.buf[v.fed:end], v.left, v.found)
			v.over = v.over || v.left < 0
		}
		switch v.container.state {
		case containerHeader, containerChunk:
			v.over = v.over || v.left <= 0
		default:
			v.endContainer()
		}
	}
	v.fed = max(v.fed, end)
}

func (v *vbaScan) endContainer() {
	c := v.container
	if c == nil || c.state == containerNone {
		return
	}
	if v.left > 0 {
		c.cut(v.found)
	}
	if c.state == containerWhole {
		v.whole++
	} else {
		v.broken++
	}
	c.state = containerNone
}

// cached looks for a name as it stands in the cache of a project, in the table of its names: in front of it are its length and its
// kind, and six octets more in between where the kind says so. What a text says of such names has no length in front of it. The
// other place is the list of modules, where each name is followed by itself in UTF-16 (MS-OVBA, 2.3.3): Word runs a module by its name as well.
func (v *vbaScan) cached(b []byte, at int) {
	switch {
	case at >= 2 && b[at-1]&0x80 == 0 && v.named(b, at, int(b[at-2])):
	case at >= 8 && b[at-7]&0x80 != 0 && v.named(b, at, int(b[at-8])):
	case at == 0 || b[at-1] == 0:
		if n := bytes.IndexByte(b[at:min(len(b), at+maxProcedure+1)], 0); n > 0 && twice(b[at:], n) {
			v.named(b, at, n)
		}
	}
}

// named notes the name of n octets at a place, and reports whether it is one of those that start by themselves.
func (v *vbaScan) named(b []byte, at, n int) bool {
	if n < wordPrefix || n > maxProcedure || at+n > len(b) {
		return false
	}
	name := autoExec(b[at : at+n])
	if name != "" {
		v.found(name)
	}
	return name != ""
}

// twice reports whether a name of n octets at the beginning of b is followed by a NUL and the same in UTF-16.
func twice(b []byte, n int) bool {
	if len(b) < 3*n+3 || b[n] != 0 {
		return false
	}
	for i := range n {
		if b[n+1+2*i] != b[i] || b[n+2+2*i] != 0 {
			return false
		}
	}
	return b[3*n+1] == 0 && b[3*n+2] == 0
}

func (v *vbaScan) found(name string) {
	if len(v.names) < MaxAutoExec && !slices.Contains(v.names, name) {
		v.names = append(v.names, name)
	}
}

// Marks of a field in the text of an old Word document (MS-DOC, 2.8.25).
const (
	fieldBegin = 0x13
	fieldMid   = 0x14
	fieldEnd   = 0x15
)

// field looks for the instruction of a field that begins with DDE or DDEAUTO at a place, in one octet a letter or two.
func (v *vbaScan) field(b []byte, at int) bool {
	width := 1
	if at+1 < len(b) && b[at+1] == 0 {
		width = 2
	}
	before := at
	for before >= width && at-before < vbaBehind-2*width && unit(b, before-width, width) == ' ' {
		before -= width
	}
	if v.dde != "" || before < width || unit(b, before-width, width) != fieldBegin || !keyword(b, at, width) {
		return false
	}
	var letters []uint16
	for at+width <= len(b) && len(letters) < MaxField/width {
		u := unit(b, at, width)
		if u < ' ' && u != '\t' {
			break
		}
		letters = append(letters, u)
		at += width
	}
	var text string
	if width == 2 {
		text = string(utf16.Decode(letters))
	} else {
		octets := make([]byte, len(letters))
		for i, u := range letters {
			octets[i] = byte(u)
		}
		text = mail.DecodeText("", octets)
	}
	link, ok := ddeInstruction(text)
	if ok && v.dde == "" {
		v.dde = link
	}
	return ok
}

// keyword reports whether an instruction begins with DDE or DDEAUTO.
func keyword(b []byte, at, width int) bool {
	var word [len("ddeauto") + 1]byte
	n := 0
	for ; n < len(word) && at+width <= len(b); n++ {
		word[n] = byte(min(unit(b, at, width), 0x80))
		at += width
	}
	return ddeKeyword(string(word[:n]))
}

// unit returns a letter of one octet, or of two.
func unit(b []byte, at, width int) uint16 {
	if width == 1 {
		return uint16(b[at])
	}
	return uint16(b[at]) | uint16(b[at+1])<<8
}
