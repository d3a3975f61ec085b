package mime

import (
	"bytes"
	"encoding/binary"
)

// decoder undoes a Content-Transfer-Encoding (RFC 2045, 6.7 and 6.8) in pieces. It is as tolerant as mail clients are:
// what does not belong is passed over, or stays as it is, and is noted.
type decoder struct {
	encoding Encoding
	bad      bool
	buf      []byte

	acc    uint32 // base64: digits that make no octet yet
	digits int
	ended  bool // base64: padding has come

	held []byte // quoted-printable: an equals sign and what followed it
}

// decodeSize is how many octets are decoded at a time.
const decodeSize = 8 << 10

// invalid marks octets that are no digit.
const invalid = 0xff

var base64Digits = digitTable("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

// base64Groups24 holds what a digit adds to a group of 24 bits at each of its four places, and a bit above them for what is no digit.
var base64Groups24 = func() (t [4][256]uint32) {
	for i := range t {
		for c, v := range base64Digits {
			t[i][c] = uint32(v) << (18 - 6*i)
			if v == invalid {
				t[i][c] = 1 << 24
			}
		}
	}
	return t
}()

var hexDigits = func() [256]byte {
	t := digitTable("0123456789abcdef")
	for i := range 6 {
		t["ABCDEF"[i]] = byte(10 + i)
	}
	return t
}()

func digitTable(digits string) (t [256]byte) {
	for i := range t {
		t[i] = invalid
	}
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	return t
}

func (d *decoder) begin(e Encoding) {
	*d = decoder{encoding: e, buf: d.buf, held: d.held[:0]}
	if d.buf == nil && (e == EncodingBase64 || e == EncodingQuotedPrintable) {
		d.buf = make([]byte, decodeSize)
	}
}

// next decodes the beginning of p. Out is good until the next call.
func (d *decoder) next(p []byte) (out, rest []byte) {
	switch d.encoding {
	case EncodingBase64:
		n, used := d.base64(d.buf, p)
		return d.buf[:n], p[used:]
	case EncodingQuotedPrintable:
		return d.quoted(p)
	default:
		return p, nil
	}
}

// flush returns what is left at the end.
func (d *decoder) flush() []byte {
	if len(d.held) > 0 {
		n := 0
		if hexDigits[d.held[len(d.held)-1]] != invalid { // else a soft line break whose line end is the delimiter's
			d.bad = true
			n = copy(d.buf, d.held)
		}
		d.held = d.held[:0]
		return d.buf[:n]
	}
	if d.encoding != EncodingBase64 {
		return nil
	}
	return d.buf[:d.tail(d.buf)]
}

// base64 decodes into dst until dst is full or src is used up: lines in groups of eight and four digits, all else octet by octet.
func (d *decoder) base64(dst, src []byte) (n, used int) {
	i := 0
	for i < len(src) && n+8 <= len(dst) {
		if d.digits == 0 && !d.ended {
			g, u := base64Groups(dst[n:], src[i:])
			n, i = n+g, i+u
			if i == len(src) || n+8 > len(dst) {
				break
			}
			if src[i] == '\n' || src[i] == '\r' && i+1 < len(src) && src[i+1] == '\n' {
				i += 1 + int(src[i]&1) // CR is odd
				continue
			}
		}
		n += d.one(dst[n:], src[i])
		i++
	}
	return n, i
}

// base64Groups decodes whole groups of digits, of which nothing else is the matter, as long as eight octets fit into dst.
func base64Groups(dst, src []byte) (n, used int) {
	t := &base64Groups24
	i := 0
	for len(src)-i >= 8 && n+8 <= len(dst) {
		s := src[i : i+8 : i+8]
		v := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]
		w := t[0][s[4]] | t[1][s[5]] | t[2][s[6]] | t[3][s[7]]
		if v|w >= 1<<24 {
			break
		}
		binary.BigEndian.PutUint64(dst[n:n+8:n+8], uint64(v)<<40|uint64(w)<<16)
		n, i = n+6, i+8
	}
	if len(src)-i >= 4 && n+8 <= len(dst) {
		s := src[i : i+4 : i+4]
		if v := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]; v < 1<<24 {
			binary.BigEndian.PutUint32(dst[n:n+4:n+4], v<<8)
			n, i = n+3, i+4
		}
	}
	return n, i
}

// one takes one octet of base64.
func (d *decoder) one(dst []byte, c byte) int {
	v := base64Digits[c]
	if v == invalid {
		switch c {
		case '\r', '\n', ' ', '\t':
			return 0
		case '=':
			if d.digits == 1 {
				d.bad = true
			}
			n := d.tail(dst)
			d.ended = true
			return n
		}
		d.bad = true
		return 0
	}
	if d.ended { // padding inside: the next group goes on, as clients read it
		d.bad, d.ended = true, false
	}
	d.acc = d.acc<<6 | uint32(v)
	if d.digits++; d.digits < 4 {
		return 0
	}
	dst[0], dst[1], dst[2] = byte(d.acc>>16), byte(d.acc>>8), byte(d.acc)
	d.acc, d.digits = 0, 0
	return 3
}

// tail writes the octets of a group that is not whole.
func (d *decoder) tail(dst []byte) int {
	acc, digits := d.acc, d.digits
	d.acc, d.digits = 0, 0
	switch digits {
	case 2:
		dst[0] = byte(acc >> 4)
		return 1
	case 3:
		dst[0], dst[1] = byte(acc>>10), byte(acc>>2)
		return 2
	}
	return 0
}

// quoted decodes quoted-printable. Blanks at the end of a line stay, whoever added them. What an equals sign begins may
// come in pieces; of a soft line break blanks before its end are passed over.
func (d *decoder) quoted(p []byte) (out, rest []byte) {
	if len(d.held) == 0 {
		n := bytes.IndexByte(p, '=')
		if n < 0 {
			return p, nil
		}
		if n > 0 {
			return p[:n], p[n:]
		}
	}
	n, i := 0, 0
	for i < len(p) && n+maxHeld+1 < len(d.buf) {
		c := p[i]
		if len(d.held) == 0 {
			if c != '=' {
				run := p[i:min(len(p), i+len(d.buf)-maxHeld-1-n)]
				if end := bytes.IndexByte(run, '='); end >= 0 {
					run = run[:end]
				}
				n += copy(d.buf[n:], run)
				i += len(run)
				continue
			}
			if len(p)-i >= 3 {
				hi, lo := hexDigits[p[i+1]], hexDigits[p[i+2]]
				if hi|lo < 16 {
					d.buf[n] = hi<<4 | lo
					n, i = n+1, i+3
					continue
				}
				if p[i+1] == '\r' && p[i+2] == '\n' {
					i += 3
					continue
				}
			}
		}
		m, again := d.equals(d.buf[n:], c)
		n += m
		if !again {
			i++
		}
	}
	return d.buf[:n], p[i:]
}

// maxHeld is the longest that an equals sign and blanks behind it may get before they are no soft line break.
const maxHeld = 80

// equals takes one octet from an equals sign on. Again says that the octet is not used.
func (d *decoder) equals(dst []byte, c byte) (n int, again bool) {
	d.held = append(d.held, c)
	h := d.held
	last := len(h) - 1
	switch {
	case last == 0:
		return 0, false
	case hexDigits[h[1]] != invalid:
		if last == 1 {
			return 0, false
		}
		if hexDigits[c] != invalid {
			dst[0] = hexDigits[h[1]]<<4 | hexDigits[c]
			d.held = h[:0]
			return 1, false
		}
	case c == '\n':
		d.held = h[:0]
		return 0, false
	case c == ' ' || c == '\t' || c == '\r':
		if last < maxHeld {
			return 0, false
		}
	}
	d.bad = true
	n = copy(dst, h[:last])
	d.held = h[:0]
	return n, true
}
