package archive

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// sevenZipReader keeps the directory of a 7z file, which stands at its end. Most directories are compressed with LZMA;
// they are expanded, to at most Limits.Expanded octets from the last Limits.Packed in front of what says so.
type sevenZipReader struct {
	x     *Lister
	head  []byte
	skip  uint64
	want  uint64
	tail  []byte // the end of what is skipped
	next  []byte
	over  bool
	ready bool
}

const (
	sevenZipHead = 32
	sevenZipAES  = "\x06\xf1\x07\x01" // the method 7zAES
)

func (s *sevenZipReader) write(p []byte) {
	if !s.ready {
		n := min(len(p), sevenZipHead-len(s.head))
		s.head = append(s.head, p[:n]...)
		p = p[n:]
		if len(s.head) < sevenZipHead {
			return
		}
		s.ready = true
		s.skip = binary.LittleEndian.Uint64(s.head[12:])
		s.want = binary.LittleEndian.Uint64(s.head[20:])
		if s.want > uint64(max(0, s.x.limits.Record)) {
			s.x.stop(LimitRecord)
			s.over = true
		}
	}
	if s.over {
		return
	}
	n := min(uint64(len(p)), s.skip)
	if keep := uint64(max(0, s.x.limits.Packed)); s.skip-n < keep {
		s.tail = append(s.tail, p[s.skip-min(s.skip, keep):n]...)
	}
	s.skip -= n
	p = p[n:]
	s.next = append(s.next, p[:min(uint64(len(p)), s.want-uint64(len(s.next)))]...)
}

func (s *sevenZipReader) end() {
	switch {
	case s.over:
		return
	case !s.ready || uint64(len(s.next)) < s.want:
		s.x.problem(ProblemTruncated)
		return
	case len(s.next) == 0:
		return
	}
	const plain, packed = 0x01, 0x17
	aes := bytes.Contains(s.next, []byte(sevenZipAES))
	switch s.next[0] {
	case packed:
		switch text, ok := s.unpack(); {
		case aes:
			s.x.l.Encrypted, s.x.l.HeaderEncrypted = true, true
		case !ok || len(text) == 0 || text[0] != plain:
			s.x.problem(ProblemPacked)
		default:
			s.next = text
			s.plain()
		}
	case plain:
		s.plain()
	default:
		s.x.problem(ProblemHeader)
	}
}

// unpack expands the directory where it is one LZMA stream that stands in the tail.
func (s *sevenZipReader) unpack() ([]byte, bool) {
	gap := binary.LittleEndian.Uint64(s.head[12:])
	f := sevenZipFields{b: s.next[1:]}
	f.want(0x06) // pack info
	place := f.number()
	f.want(1, 0x09)
	packed := f.number()
	f.want(0x00, 0x07, 0x0b, 1, 0, 1, 0x23, 0x03, 0x01, 0x01, 5) // one folder of one coder, which is LZMA
	props := f.take(5)
	f.want(0x0c)
	size := f.number()
	back := gap - place
	if f.bad || place > gap || back > uint64(len(s.tail)) || packed > back || size > uint64(max(0, s.x.limits.Expanded)) {
		return nil, false
	}
	from := uint64(len(s.tail)) - back
	return unpackLZMA(props, s.tail[from:from+packed], int(size))
}

// sevenZipFields reads a directory in the form in which 7z writes it.
type sevenZipFields struct {
	b   []byte
	bad bool
}

func (f *sevenZipFields) take(n int) []byte {
	if f.bad || n > len(f.b) {
		f.bad = true
		return nil
	}
	out := f.b[:n]
	f.b = f.b[n:]
	return out
}

// want passes over octets that have to be there.
func (f *sevenZipFields) want(octets ...byte) {
	f.bad = !bytes.Equal(f.take(len(octets)), octets) || f.bad
}

func (f *sevenZipFields) number() uint64 {
	v, rest, ok := sevenZipNumber(f.b)
	f.b, f.bad = rest, f.bad || !ok
	return v
}

// plain reads a directory that is not compressed.
func (s *sevenZipReader) plain() {
	s.names()
	if !bytes.Contains(s.next, []byte(sevenZipAES)) {
		return
	}
	s.x.l.Encrypted = true
	for i := range s.x.l.Entries {
		s.x.l.Entries[i].Encrypted = true
	}
}

// names finds the property that holds the names: its number, its size, no external stream, then UTF-16 with a NUL at
// the end of each. The properties before it are not read for their own sake.
func (s *sevenZipReader) names() {
	const property = 0x11
	for i := 0; i < len(s.next); i++ {
		if s.next[i] != property {
			continue
		}
		size, rest, ok := sevenZipNumber(s.next[i+1:])
		if !ok || size < 5 || size%2 == 0 || size > uint64(len(rest)) || rest[0] != 0 {
			continue
		}
		if text := rest[1:size]; text[len(text)-1] == 0 && text[len(text)-2] == 0 {
			s.list(text)
			return
		}
	}
	s.x.problem(ProblemHeader)
}

func (s *sevenZipReader) list(text []byte) {
	var units []uint16
	for ; len(text) >= 2; text = text[2:] {
		u := binary.LittleEndian.Uint16(text)
		if u != 0 {
			units = append(units, u)
			continue
		}
		const most = MaxName / 3 // a unit takes at most three octets
		s.x.add(Entry{Name: string(utf16.Decode(units[max(0, len(units)-most):]))})
		units = units[:0]
	}
}

// sevenZipNumber reads a number whose first octet says by its leading ones how many octets follow.
func sevenZipNumber(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	first, mask := b[0], byte(0x80)
	b = b[1:]
	for i := range 8 {
		if first&mask == 0 {
			return v | uint64(first&(mask-1))<<(8*i), b, true
		}
		if len(b) == 0 {
			return 0, nil, false
		}
		v |= uint64(b[0]) << (8 * i)
		b = b[1:]
		mask >>= 1
	}
	return v, b, true
}
