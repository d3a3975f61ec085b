package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
)

// writeCharset appends octets in a named charset as UTF-8. An unknown charset, and UTF-8 that is none, is guessed as
// undeclared text is.
func writeCharset(out *strings.Builder, charset string, octets []byte) {
	if equalASCII(charset, "utf-8") || equalASCII(charset, "us-ascii") || equalASCII(charset, "utf8") {
		if utf8.Valid(octets) {
			out.Write(octets)
			return
		}
		out.WriteString(rawText(string(octets)))
		return
	}
	if equalASCII(charset, "utf-7") || equalASCII(charset, "unicode-1-1-utf-7") {
		out.WriteString(decodeUTF7(octets))
		return
	}
	enc := lookupCharset(charset)
	if enc == nil {
		out.WriteString(rawText(string(octets)))
		return
	}
	text, err := enc.NewDecoder().Bytes(octets)
	if err != nil {
		out.WriteString(rawText(string(octets)))
		return
	}
	out.Write(text)
}

// lookupCharset returns the encoding that mail clients take for a charset name, nil when there is none. Names that
// browsers refuse (HZ, ISO-2022-KR) are looked up where IANA keeps them.
func lookupCharset(name string) encoding.Encoding {
	switch lowerASCII(name) {
	case "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-ms", "cp50220", "cp50221":
		return japanese.ISO2022JP
	case "shift_jis", "shift-jis", "sjis", "x-sjis", "cp932", "ms932", "windows-31j", "ms_kanji":
		return japanese.ShiftJIS
	case "euc-jp", "eucjp", "x-euc-jp", "eucjp-ms", "cp51932":
		return japanese.EUCJP
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil {
		return e
	}
	return nil
}

// rawText decodes text whose charset nobody declared. UTF-8 stays; ISO-2022-JP is known by its escapes; what is no
// UTF-8 is EUC-JP where that is valid, because Shift_JIS text hardly ever is, else Shift_JIS where that is valid.
// Anything else stays as it is.
func rawText(s string) string {
	if escaped(s) {
		if ascii(s) {
			if text, ok := decodeWhole(japanese.ISO2022JP, s); ok {
				return text
			}
		}
		return s
	}
	if utf8.ValidString(s) {
		return s
	}
	if text, ok := decodeWhole(japanese.EUCJP, s); ok {
		return text
	}
	if text, ok := decodeWhole(japanese.ShiftJIS, s); ok {
		return text
	}
	return s
}

// escaped reports whether s switches to a Japanese character set (RFC 1468, and the katakana set of JIS X 0201).
func escaped(s string) bool {
	i := strings.IndexByte(s, 0x1b)
	for i >= 0 && i+2 < len(s) {
		if s[i+1] == '$' || s[i+1] == '(' && (s[i+2] == 'I' || s[i+2] == 'J') {
			return true
		}
		n := strings.IndexByte(s[i+1:], 0x1b)
		if n < 0 {
			return false
		}
		i += n + 1
	}
	return false
}

func decodeWhole(e encoding.Encoding, s string) (string, bool) {
	text, err := e.NewDecoder().String(s)
	return text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
}
