package smime

import "bytes"

// derOf returns a message of CMS with definite lengths. Many programs write the outer elements with indefinite ones (X.690, 8.1.3.6), Apple
// Mail, Thunderbird and Bouncy Castle among them; certificates and signed attributes, over which signatures are made, are in DER within. An
// element of definite length is taken as it stands. It reports false for what is not such a message, or goes on behind it.
func derOf(b []byte) ([]byte, bool) {
	if len(b) > 1 && b[1] != indefinite {
		return b, true
	}
	out, rest, ok := appendDER(make([]byte, 0, len(b)), b, 0)
	return out, ok && len(rest) == 0
}

const (
	indefinite  = 0x80 // as the length of a constructed element
	constructed = 0x20
	octetString = 0x04
)

// appendDER appends the first element of b with definite lengths, and returns what follows it.
func appendDER(dst, b []byte, depth int) (out, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxNesting { // tags of several octets are not of CMS
		return dst, nil, false
	}
	if b[1] != indefinite {
		header, length, ok := definite(b)
		if !ok || length > len(b)-header {
			return dst, nil, false
		}
		return append(dst, b[:header+length]...), b[header+length:], true
	}
	tag := b[0]
	if tag&constructed == 0 {
		return dst, nil, false
	}
	start := len(dst)
	for b = b[2:]; !bytes.HasPrefix(b, []byte{0, 0}); {
		if dst, b, ok = appendDER(dst, b, depth+1); !ok {
			return dst, nil, false
		}
	}
	if tag == constructed|octetString {
		if dst, ok = joined(dst, start); !ok {
			return dst, nil, false
		}
		tag = octetString
	}
	return enclosed(dst, start, tag), b[2:], true
}

// definite returns how long the header of an element is, and its content (X.690, 8.1.3).
func definite(b []byte) (header, length int, ok bool) {
	if b[1] < 0x80 {
		return 2, int(b[1]), true
	}
	n := int(b[1] & 0x7f)
	if n < 1 || n > 3 || len(b) < 2+n { // three octets are more than MaxSignature needs
		return 0, 0, false
	}
	for _, c := range b[2 : 2+n] {
		length = length<<8 | int(c)
	}
	return 2 + n, length, true
}

// joined makes the content of one octet string of the pieces that begin at start.
func joined(dst []byte, start int) ([]byte, bool) {
	to := start
	for from := start; from < len(dst); {
		if dst[from] != octetString {
			return dst, false
		}
		header, length, ok := definite(dst[from:])
		if !ok {
			return dst, false
		}
		to += copy(dst[to:], dst[from+header:from+header+length])
		from += header + length
	}
	return dst[:to], true
}

// enclosed puts a tag and a length before what begins at start.
func enclosed(dst []byte, start int, tag byte) []byte {
	n := len(dst) - start
	header := []byte{tag, byte(n)}
	switch {
	case n > 0xffff:
		header = []byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
	case n > 0xff:
		header = []byte{tag, 0x82, byte(n >> 8), byte(n)}
	case n > 0x7f:
		header = []byte{tag, 0x81, byte(n)}
	}
	dst = append(dst, header...)
	copy(dst[start+len(header):], dst[start:start+n])
	copy(dst[start:], header)
	return dst
}
