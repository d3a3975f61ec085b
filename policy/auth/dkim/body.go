package dkim

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// body canonicalises the body of a message in one pass, whatever the pieces in which it comes (RFC 6376, 3.4.3 and
// 3.4.4). What may or may not become part of the outcome (line ends that may be the last, white space that may end a
// line) is held back as counters.
//
// Line ends are CRLF. A bare LF counts as a line end too, so that a message read from a file gives the same result as
// the one on the wire; an MTA hands none on. A bare CR is an octet like any other.
type body struct {
	relaxed bool
	cr      bool  // the last piece ended in CR, which may be half a line end
	space   bool  // relaxed: white space whose line has not gone on yet
	lines   int64 // line ends after which nothing has come yet
	written bool
	out     sink
}

// write takes the next piece of the body.
func (c *body) write(p []byte) {
	i := 0
	if c.cr && len(p) > 0 {
		c.cr = false
		if p[0] == '\n' {
			c.endLine()
			i = 1
		} else {
			c.release()
			c.out.put('\r')
		}
	}
	for i < len(p) {
		switch b := p[i]; {
		case b == '\n':
			c.endLine()
			i++
		case b == '\r' && i+1 == len(p):
			c.cr = true
			i++
		case b == '\r' && p[i+1] == '\n':
			c.endLine()
			i += 2
		case c.relaxed && (b == ' ' || b == '\t'):
			c.space = true
			i++
		default:
			end := 0
			if c.relaxed {
				end = verbatimRelaxed(p, i)
			} else {
				end = verbatimSimple(p, i)
			}
			c.release()
			c.out.write(p[i:end])
			i = end
		}
	}
}

// close ends the body.
func (c *body) close() {
	if c.cr {
		c.cr = false
		c.release()
		c.out.put('\r')
	}
	if c.written || !c.relaxed {
		c.out.gather(crlfs[:2])
	}
	c.out.flush()
}

func (c *body) endLine() {
	c.space = false
	c.lines++
}

// release writes what was held back: content follows it.
func (c *body) release() {
	for c.lines > 0 {
		n := min(c.lines, int64(len(crlfs)/2))
		c.out.gather(crlfs[:2*n])
		c.lines -= n
	}
	if c.space {
		c.out.put(' ')
		c.space = false
	}
	c.written = true
}

const crlfs = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"

// verbatimSimple returns the end of the longest run from i on that simple canonicalisation leaves as it is, line ends
// inside it included. The octet at i belongs to it.
func verbatimSimple(p []byte, i int) int {
	for from := i + 1; ; {
		k := bytes.IndexByte(p[from:], '\n')
		if k < 0 {
			if n := len(p) - 1; n > i && p[n] == '\r' {
				return n
			}
			return len(p)
		}
		lf := from + k
		switch {
		case p[lf-1] != '\r':
			return lf // a bare LF
		case lf+1 == len(p) || p[lf+1] == '\r' || p[lf+1] == '\n':
			return lf - 1
		}
		from = lf + 2
	}
}

// verbatimRelaxed is verbatimSimple for relaxed canonicalisation: the run has no tab, no two blanks together, none at
// the end of a line. It looks at eight octets at a time; the masks have the top bit of each octet that is meant.
func verbatimRelaxed(p []byte, i int) int {
	i++
	for i < len(p) {
		if i+8 <= len(p) {
			word := binary.LittleEndian.Uint64(p[i:])
			low := lowOctets(word)
			if low == 0 {
				i += 8
				continue
			}
			// A blank before anything above a blank is kept. The last octet of the word is seen again as the first
			// of the next, when its neighbour is known.
			space := spaceOctets(word)
			stop := low&^space&every | space&(low>>8)
			if stop == 0 {
				i += 8 - int(space>>63)
				continue
			}
			i += bits.TrailingZeros64(stop) / 8
		}
		n := keep(p, i)
		if n == 0 {
			return i
		}
		i += n
	}
	return i
}

// keep returns how many octets at i, of which there is at least one, stay as they are; 0 when that cannot be told or
// when they do not.
func keep(p []byte, i int) int {
	switch p[i] {
	case '\n', '\t':
		return 0
	case ' ':
		if i+1 < len(p) && p[i+1] > ' ' {
			return 2
		}
		return 0
	case '\r':
		if i+1 == len(p) {
			return 0
		}
		if p[i+1] != '\n' {
			return 1
		}
		if i+2 < len(p) && p[i+2] > ' ' {
			return 3
		}
		return 0
	}
	return 1
}

const (
	every = 0x8080808080808080
	rest  = 0x7f7f7f7f7f7f7f7f
	ones  = 0x0101010101010101
)

// lowOctets marks the octets up to and including the blank.
func lowOctets(word uint64) uint64 {
	return ^((word & rest) + ones*(0x80-0x21) | word) & every
}

// spaceOctets marks the blanks.
func spaceOctets(word uint64) uint64 {
	x := word ^ ones*' '
	return ^((x & rest) + rest | x) & every
}
