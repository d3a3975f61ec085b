package mime

import "bytes"

// maxActiveWord is the longest word that is looked at, in octets, with each letter escaped.
const maxActiveWord = 3 * 16

// wordScan finds words behind a solidus (PDF) or a backslash (RTF), in pieces.
type wordScan struct {
	mark  byte
	names bool // words are names of a PDF, else control words of RTF
	in    bool
	word  []byte
}

// next takes octets up to the place where a word begins or ends. It returns how many they are, and the word that ended, nil when
// none did; the octet behind that one is not taken. The word is good until the next call.
func (s *wordScan) next(p []byte) (n int, word []byte) {
	if !s.in {
		i := bytes.IndexByte(p, s.mark)
		if i < 0 {
			return len(p), nil
		}
		s.in, s.word = true, s.word[:0]
		return i + 1, nil
	}
	for n < len(p) && s.part(p[n]) && len(s.word) <= maxActiveWord {
		s.word = append(s.word, p[n])
		n++
	}
	if n == len(p) {
		return n, nil
	}
	s.in = false
	return n, s.word
}

// end returns the word that the input ends with, nil when it ends with none.
func (s *wordScan) end() []byte {
	if !s.in {
		return nil
	}
	s.in = false
	return s.word
}

// part reports whether c can be part of a word.
func (s *wordScan) part(c byte) bool {
	if 'a' <= c && c <= 'z' {
		return true
	}
	return s.names && ('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '#')
}

// regular reports whether an octet can be part of a name of a PDF, or of a word, as neither white space nor delimiters are
// (ISO 32000-2, 7.2.3).
func regular(c byte) bool {
	switch c {
	case 0, '\t', '\n', '\f', '\r', ' ', '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return false
	}
	return true
}
