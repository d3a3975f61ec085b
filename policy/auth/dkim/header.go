package dkim

import (
	"crypto/sha256"
	"strings"

	"sekimori/policy"
)

const fieldName = "DKIM-Signature"

// picker picks header fields by name from the bottom up, each at most once in a signature (RFC 6376, 5.4.2).
type picker struct {
	header policy.Header
	keys   []uint32 // of each field: length and first letter of its name, to pass over most fields quickly
	taken  []int    // of each field: the last turn in which it was picked
	turn   int
}

func newPicker(h policy.Header) *picker {
	p := &picker{header: h, keys: make([]uint32, len(h)), taken: make([]int, len(h))}
	for i := range h {
		p.keys[i] = nameKey(h[i].Name)
	}
	return p
}

// start begins the turn of the signature in field self, which is never picked (RFC 6376, 3.5, h=).
func (p *picker) start(self int) {
	p.turn++
	p.taken[self] = p.turn
}

// pick returns the index of the lowest field of that name not yet picked in this turn, or -1.
func (p *picker) pick(name string) int {
	key := nameKey(name)
	for i := len(p.keys) - 1; i >= 0; i-- {
		if p.keys[i] == key && p.taken[i] != p.turn && equalFold(p.header[i].Name, name) {
			p.taken[i] = p.turn
			return i
		}
	}
	return -1
}

func nameKey(name string) uint32 {
	if name == "" {
		return 0
	}
	return uint32(len(name))<<8 | uint32(lower(name[0]))
}

// has reports whether the header has a field of that name.
func has(h policy.Header, name string) bool {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return true
		}
	}
	return false
}

// input appends what the signature signs (RFC 6376, 3.7): the fields of h=, then its own field without the value of
// b= and without a line end. A name for which no field is left adds nothing.
func (s *signature) input(dst []byte, p *picker) []byte {
	p.start(s.field)
	for item := range strings.SplitSeq(s.names, ":") {
		if i := p.pick(trimSpace(item)); i >= 0 {
			f := p.header[i]
			dst = appendName(dst, f.Name, s.relaxedHeader)
			dst = appendValue(dst, f.Value, s.relaxedHeader)
			dst = append(dst, '\r', '\n')
		}
	}
	dst = appendName(dst, p.header[s.field].Name, s.relaxedHeader)
	// What stands before is not empty and does not end in white space, and what follows is empty or a semicolon:
	// the two parts are canonical together when each is.
	dst = appendValue(dst, s.value[:s.start], s.relaxedHeader)
	return appendValue(dst, s.value[s.end:], s.relaxedHeader)
}

// hashHeader computes headerHash, with scratch as room to work in.
func (s *signature) hashHeader(scratch []byte, p *picker) []byte {
	scratch = s.input(scratch[:0], p)
	s.headerHash = sha256.Sum256(scratch)
	return scratch
}

// appendName appends the name of a field and the colon.
func appendName(dst []byte, name string, relaxed bool) []byte {
	if !relaxed {
		return append(append(dst, name...), ':')
	}
	for i := 0; i < len(name); i++ {
		dst = append(dst, lower(name[i]))
	}
	for n := len(dst) - 1; n >= 0 && (dst[n] == ' ' || dst[n] == '\t'); n-- {
		dst = dst[:n]
	}
	return append(dst, ':')
}

// appendValue appends the value of a field, without the line end after it.
func appendValue(dst []byte, v string, relaxed bool) []byte {
	if relaxed {
		return appendRelaxed(dst, v)
	}
	return appendSimple(dst, v)
}

// appendSimple appends v with the line ends it had on the wire (RFC 6376, 3.4.1): a milter sees its folds as LF.
func appendSimple(dst []byte, v string) []byte {
	for {
		i := strings.IndexByte(v, '\n')
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i]...)
		if i == 0 || v[i-1] != '\r' {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
		v = v[i+1:]
	}
}

// appendRelaxed appends v unfolded, with one blank for each run of white space inside and none around (RFC 6376,
// 3.4.2).
func appendRelaxed(dst []byte, v string) []byte {
	space, begun := false, false
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c == ' ' || c == '\t':
			space = begun
			continue
		case c == '\n', c == '\r' && i+1 < len(v) && v[i+1] == '\n':
			continue
		}
		if space {
			dst = append(dst, ' ')
			space = false
		}
		begun = true
		dst = append(dst, c)
	}
	return dst
}

// isFieldName reports whether s is a field name (RFC 5322, 3.6.8).
func isFieldName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == ':' {
			return false
		}
	}
	return s != ""
}

// equalFold compares ASCII without regard to case. The one of the standard library folds letters that are not ASCII
// into some that are.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
