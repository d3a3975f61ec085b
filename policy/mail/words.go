package mail

import (
	"strings"
	"unicode/utf8"
)

// maxCharset is the longest charset name of an encoded-word, in octets; with a longer one it is no encoded-word.
const maxCharset = 64

// DecodeWords returns the text of an unstructured header value, or of a part of a structured one, as a mail client
// shows it: encoded-words decoded (RFC 2047, and the language suffix of RFC 2231, 5), white space between adjacent
// ones dropped, folds undone (RFC 5322, 2.2.3). It is as tolerant as the most tolerant client: words may touch, hold
// blanks, stand in quoted strings, be badly padded, or cut a character in two. Octets outside encoded-words that are
// no UTF-8 are read as ISO-2022-JP, EUC-JP or Shift_JIS where they are valid in it.
//
// What cannot be decoded stays as it is, or becomes U+FFFD inside a decoded word. At most MaxText octets of s are
// read. The result may hold any character, controls included. Plain text is returned without allocation.
func DecodeWords(s string) string {
	s = cut(s, MaxText)
	if !strings.Contains(s, "=?") {
		return rawText(unfold(s))
	}
	var out strings.Builder
	out.Grow(len(s))
	var run decodeRun
	words := wordRegion(s)
	plain := 0 // where the text began that is in no word
	for i := 0; i < len(words); {
		n := strings.Index(words[i:], "=?")
		if n < 0 {
			break
		}
		i += n
		w, size := wordAt(words[i:])
		if size == 0 {
			i += 2
			continue
		}
		if gap := s[plain:i]; !run.open || trim(gap) != "" {
			run.flush(&out)
			out.WriteString(rawText(unfold(gap)))
		}
		run.add(&out, w)
		i += size
		plain = i
	}
	run.flush(&out)
	out.WriteString(rawText(unfold(s[plain:])))
	return out.String()
}

// word is one encoded-word, not decoded.
type word struct {
	charset string
	base64  bool
	text    string
}

// wordRegion returns the part of s in which encoded-words can end. Looking for words only there keeps the search for
// the end of each from running over the whole rest again and again.
func wordRegion(s string) string {
	end := strings.LastIndex(s, "?=")
	if end < 0 {
		return ""
	}
	return s[:end+len("?=")]
}

// wordAt reads the encoded-word at the beginning of s. Size is its length in octets, 0 when there is none.
func wordAt(s string) (w word, size int) {
	const open, shut = 2, 2 // "=?" and "?="
	if len(s) < open || s[0] != '=' || s[1] != '?' {
		return word{}, 0
	}
	n := strings.IndexByte(s[open:min(len(s), open+maxCharset+1)], '?')
	if n < 0 {
		return word{}, 0
	}
	w.charset = s[open : open+n]
	if strings.ContainsAny(w.charset, " \t\r\n=") {
		return word{}, 0
	}
	w.charset, _, _ = strings.Cut(w.charset, "*")
	i := open + n + 1
	if i+1 >= len(s) || s[i+1] != '?' {
		return word{}, 0
	}
	switch s[i] {
	case 'b', 'B':
		w.base64 = true
	case 'q', 'Q':
	default:
		return word{}, 0
	}
	i += 2
	n = strings.Index(s[i:], "?=")
	if n < 0 {
		return word{}, 0
	}
	w.text = s[i : i+n]
	return w, i + n + shut
}

// decodeRun gathers the octets of adjacent words with one charset, so that a character which was cut in two is whole.
type decodeRun struct {
	open    bool // a word stands directly before
	charset string
	octets  []byte
	rest    base64Rest
}

func (r *decodeRun) add(out *strings.Builder, w word) {
	if r.open && !equalASCII(r.charset, w.charset) {
		r.flush(out)
	}
	r.open, r.charset = true, w.charset
	if r.octets == nil {
		r.octets = make([]byte, 0, len(w.text))
	}
	if w.base64 {
		r.octets, r.rest = continueBase64(r.octets, w.text, r.rest)
	} else {
		r.octets, r.rest = appendQ(r.octets, w.text), base64Rest{}
	}
}

func (r *decodeRun) flush(out *strings.Builder) {
	if r.open && len(r.octets) > 0 {
		writeCharset(out, r.charset, r.octets)
	}
	r.open, r.octets, r.rest = false, r.octets[:0], base64Rest{}
}

// appendQ decodes the Q encoding (RFC 2047, 4.2); an equals sign without two hexadecimal digits stays.
func appendQ(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			dst = append(dst, ' ')
		case c == '=' && i+2 < len(s):
			hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2])
			if hi < 0 || lo < 0 {
				dst = append(dst, c)
				continue
			}
			dst = append(dst, byte(hi<<4|lo))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// base64Rest is what is left at the end of a word that was cut inside an octet, as those do it who cut the base64
// text and not what it means.
type base64Rest struct {
	acc  uint32
	bits int
}

// continueBase64 decodes a word behind the rest of the word before, and returns its own rest. A rest of zeros is the
// end of a word that merely lacks its padding.
func continueBase64(dst []byte, s string, before base64Rest) ([]byte, base64Rest) {
	if before.acc&(1<<before.bits-1) == 0 {
		before = base64Rest{}
	}
	return decodeBase64(dst, s, before)
}

// appendBase64 decodes what it can (RFC 2045, 6.8): characters outside the alphabet are passed over, padding ends a
// group and not the text, incomplete octets at the end are dropped.
func appendBase64(dst []byte, s string) []byte {
	dst, _ = decodeBase64(dst, s, base64Rest{})
	return dst
}

func decodeBase64(dst []byte, s string, r base64Rest) ([]byte, base64Rest) {
	for i := 0; i < len(s); i++ {
		v := base64Digit(s[i])
		if v < 0 {
			if s[i] == '=' {
				r = base64Rest{}
			}
			continue
		}
		r.acc = r.acc<<6 | uint32(v)
		if r.bits += 6; r.bits >= 8 {
			r.bits -= 8
			dst = append(dst, byte(r.acc>>r.bits))
		}
	}
	return dst, r
}

func base64Digit(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// unfold drops the line ends of folds.
func unfold(s string) string {
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\n' && i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\t'):
		case s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n':
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// cut returns at most n octets of s without cutting a UTF-8 character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := 0; back < utf8.UTFMax && n > 0 && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return s[:n]
}
