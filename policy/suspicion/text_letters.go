package suspicion

import (
	"fmt"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// unseen reports whether r leaves no mark where it stands: format characters and fillers, joiners and marks of direction included.
func unseen(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xfeff, r == 0xffa0:
		return true
	}
	return 0x180b <= r && r <= 0x180e || 0x200b <= r && r <= 0x200f || 0x2060 <= r && r <= 0x2064 || turnsText(r)
}

// turnsText reports whether r embeds, overrides or isolates direction (UAX #9, 2).
func turnsText(r rune) bool { return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 }

// wordLetter reports whether r is a letter of Latin, kana or kanji, between which nothing unseen has business.
func wordLetter(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	case r == 'ー':
		return true
	}
	return cjk(r) || unicode.Is(unicode.Latin, r)
}

// cjk reports whether r is a kanji or kana.
func cjk(r rune) bool {
	return 0x3041 <= r && r <= 0x3096 || 0x30a1 <= r && r <= 0x30fa || 0x4e00 <= r && r <= 0x9fff || 0x3400 <= r && r <= 0x4dbf ||
		0xf900 <= r && r <= 0xfaff || 0xff66 <= r && r <= 0xff9d
}

// kana reports whether r is hiragana or katakana.
func kana(r rune) bool {
	return 0x3041 <= r && r <= 0x3096 || 0x30a1 <= r && r <= 0x30fa || r == 'ー'
}

// selector reports whether r chooses a form of the character before it.
func selector(r rune) bool { return 0xfe00 <= r && r <= 0xfe0f }

// mathematical reports whether r is a letter or digit of formulas, which looks like a bold or slanted Latin one.
func mathematical(r rune) bool { return 0x1d400 <= r && r <= 0x1d7ff }

func codePoint(r rune) string { return fmt.Sprintf("U+%04X", r) }

// plainASCII reports whether s holds no octet above 0x7f.
func plainASCII(s string) bool { return asciiLength(s) == len(s) }

// asciiLength returns how much of s, from its beginning, is ASCII. It takes eight octets at a time.
func asciiLength(s string) int {
	const high = 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		p := s[i : i+8]
		v := uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 | uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56
		if v &= high; v != 0 {
			return i + bits.TrailingZeros64(v)/8
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}
