package archive

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// sevenZipReader keeps the directory of a 7z file, which stands at its end. Most directories are compressed; then there
// are no names, only whether AES is in use.
type sevenZipReader struct {
	x     *Lister
	head  []byte
	skip  uint64
	want  uint64
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
		s.x.l.Encrypted, s.x.l.HeaderEncrypted = aes, aes
		if !aes {
			s.x.problem(ProblemPacked)
		}
	case plain:
		s.names()
		if aes {
			s.x.l.Encrypted = true
			for i := range s.x.l.Entries {
				s.x.l.Entries[i].Encrypted = true
			}
		}
	default:
		s.x.problem(ProblemHeader)
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
			if len(units) < MaxName/3 { // a unit takes at most three octets
				units = append(units, u)
			}
			continue
		}
		s.x.add(Entry{Name: string(utf16.Decode(units))})
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
