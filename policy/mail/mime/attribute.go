package mime

import (
	"bytes"

	"golang.org/x/net/html"
)

// attributeReader reads the attributes of one tag as the tokenizer cut it out (HTML, 13.2.5.32 to 13.2.5.40). The tokenizer
// has them too, but copies each key and each value, of which nearly all are of no interest.
type attributeReader struct {
	b   []byte // the tag behind its name
	key [maxKey]byte
}

// maxKey is the longest key of an attribute that is looked for; a longer one is none of them.
const maxKey = 16

// readAttributes begins with a tag, < included.
func readAttributes(tag []byte) attributeReader {
	i := 1
	for i < len(tag) && !ends(tag[i]) {
		i++
	}
	return attributeReader{b: tag[i:]}
}

// ends reports whether c ends the name of a tag or attribute.
func ends(c byte) bool { return marks[c]&(markSpace|markEnd) != 0 }

func space(c byte) bool { return marks[c]&markSpace != 0 }

// What octets are inside a tag.
const (
	markSpace uint8 = 1 << iota
	markEnd         // / and >
	markEqual
)

var marks = [256]uint8{' ': markSpace, '\n': markSpace, '\t': markSpace, '\r': markSpace, '\f': markSpace, '/': markEnd, '>': markEnd, '=': markEqual}

// next returns the next attribute, its key in small letters and empty where it is too long, its value as written. Key
// is good until the next call.
func (r *attributeReader) next() (key, value []byte, ok bool) {
	b := r.b
	i := 0
	for i < len(b) && (space(b[i]) || b[i] == '/') {
		i++
	}
	if i >= len(b) || b[i] == '>' {
		r.b = nil
		return nil, nil, false
	}
	from := i
	i++ // an equals sign at the beginning is part of the key
	for i < len(b) && marks[b[i]] == 0 {
		i++
	}
	key = r.lower(b[from:i])
	for i < len(b) && space(b[i]) {
		i++
	}
	if i >= len(b) || b[i] != '=' {
		r.b = b[i:]
		return key, nil, true
	}
	for i++; i < len(b) && space(b[i]); i++ {
	}
	value, i = attributeValue(b, i)
	r.b = b[i:]
	return key, value, true
}

// attributeValue returns the value that begins at i, and where it ends.
func attributeValue(b []byte, i int) ([]byte, int) {
	if i < len(b) && (b[i] == '"' || b[i] == '\'') {
		quote := b[i]
		i++
		n := bytes.IndexByte(b[i:], quote)
		if n < 0 {
			return b[i:], len(b)
		}
		return b[i : i+n], i + n + 1
	}
	from := i
	for i < len(b) && !space(b[i]) && b[i] != '>' {
		i++
	}
	return b[from:i], i
}

func (r *attributeReader) lower(key []byte) []byte {
	if len(key) > maxKey {
		return nil
	}
	out := r.key[:len(key)]
	for i, c := range key {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return out
}

// unescape undoes character references in a value, which is returned as it is where there are none.
func unescape(value []byte) []byte {
	if bytes.IndexByte(value, '&') < 0 {
		return value
	}
	return []byte(html.UnescapeString(string(value)))
}
