package archive

import "unicode/utf8"

// records hands a format its records as they become whole, and passes over what stands between them.
type records struct {
	skip uint64 // octets that are passed over first
	want int    // octets that are needed for the next record, at least 1
	done bool   // nothing more is read
	buf  []byte // octets of a record that is not whole
}

// step is how much is gathered at once where a record is not whole: what stands behind it is looked at with it.
const step = 4 << 10

// write takes the next octets. Read reads a record at the beginning of b, which has want octets or more, and returns how many are
// done with; 0 with a larger want when it needs more. What it makes of them may not depend on how many more there are.
func (s *records) write(p []byte, read func(b []byte) int) {
	for len(s.buf) > 0 && len(p) > 0 {
		n := min(len(p), max(step, s.want-len(s.buf)))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
		rest := s.run(s.buf, read)
		s.buf = s.buf[:copy(s.buf, rest)]
	}
	if rest := s.run(p, read); len(rest) > 0 {
		s.buf = append(s.buf, rest...)
	}
}

// run reads the records at the beginning of b, and returns what is left: less than the next one.
func (s *records) run(b []byte, read func(b []byte) int) []byte {
	for !s.done {
		n := min(s.skip, uint64(len(b)))
		s.skip -= n
		b = b[n:]
		if s.skip > 0 || len(b) < s.want {
			return b
		}
		used := read(b)
		if used == 0 && len(b) >= s.want {
			s.done = true // so that a mistake ends, and not the machine
		}
		b = b[used:]
	}
	return nil
}

// open reports whether the file ended within something.
func (s *records) open() bool { return !s.done && (s.skip > 0 || len(s.buf) > 0) }

// nameEnd cuts a name at MaxName octets. Its end is kept, because the extension is there: 255 characters, which systems allow, are more
// octets than that when they are kanji. What is left of a character of UTF-8 that was cut goes too.
func nameEnd(b []byte) []byte {
	if len(b) <= MaxName {
		return b
	}
	b = b[len(b)-MaxName:]
	for i := 0; i < utf8.UTFMax-1 && !utf8.RuneStart(b[0]); i++ {
		b = b[1:]
	}
	return b
}
