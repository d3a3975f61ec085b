package mail

import (
	"strings"
	"unicode/utf16"
)

// decodeUTF7 decodes UTF-7 (RFC 2152). No browser and few libraries read it any more; some mail clients do, so that it
// hides an @ sign from those who do not. Runs that are no UTF-7 are dropped, octets outside runs stay.
func decodeUTF7(octets []byte) string {
	var out strings.Builder
	for i := 0; i < len(octets); i++ {
		if octets[i] != '+' {
			out.WriteByte(octets[i])
			continue
		}
		start := i + 1
		for i+1 < len(octets) && base64Digit(octets[i+1]) >= 0 {
			i++
		}
		run := octets[start : i+1]
		if i+1 < len(octets) && octets[i+1] == '-' {
			i++
		}
		if len(run) == 0 {
			out.WriteByte('+')
			continue
		}
		writeUTF16(&out, appendBase64(nil, string(run)))
	}
	return out.String()
}

// writeUTF16 appends UTF-16 in network order; a half unit at the end is dropped.
func writeUTF16(out *strings.Builder, b []byte) {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[0])<<8|uint16(b[1]))
	}
	for _, r := range utf16.Decode(units) {
		out.WriteRune(r)
	}
}
