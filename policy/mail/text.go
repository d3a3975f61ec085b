package mail

import "strings"

// DecodeText returns octets in a declared charset as UTF-8, as a mail client shows them. Without a charset, with one
// that nobody knows, or where the octets are none of it, they are tested as undeclared Japanese text is: UTF-8,
// ISO-2022-JP by its escapes, EUC-JP, Shift_JIS, each only where all of it is valid. Anything else stays as it is, so
// that the result may hold octets that are no UTF-8. The work is proportional to the input, which the caller bounds.
func DecodeText(charset string, octets []byte) string {
	if charset == "" || len(charset) > maxCharset {
		return rawText(string(octets))
	}
	var out strings.Builder
	out.Grow(len(octets))
	writeCharset(&out, charset, octets)
	return out.String()
}
