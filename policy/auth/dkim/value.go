package dkim

import (
	"encoding/base64"
	"math"
	"strings"
)

// parseNumber reads an unsigned decimal number of at most MaxDigits digits. One that no int64 holds becomes the
// largest, which RFC 6376, 3.5, lets a verifier take for endless.
func parseNumber(s string) (int64, bool) {
	if s == "" || len(s) > MaxDigits {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// decodeBase64 reads base64 with white space anywhere (RFC 6376, 2.10); the padding may be left out. Nothing at all is
// not base64.
func decodeBase64(s string) ([]byte, bool) {
	var few [1024]byte // room for a signature of RSA-4096
	text := few[:0]
	for i := 0; i < len(s); i++ {
		if !isSpace(s[i]) {
			text = append(text, s[i])
		}
	}
	for n := 0; n < 2 && len(text) > 0 && text[len(text)-1] == '='; n++ {
		text = text[:len(text)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(out, text)
	return out[:n], err == nil && n > 0
}

// unquotePrintable decodes the quoted-printable of RFC 6376, 2.11, in text without white space.
func unquotePrintable(s string) (string, bool) {
	if strings.IndexByte(s, '=') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		out = append(out, byte(high<<4|low))
		i += 2
	}
	return string(out), true
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
