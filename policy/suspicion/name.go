package suspicion

import (
	"slices"
	"strings"
	"unicode"

	"sekimori/policy/mail"
)

// maxName is how much of a display name is looked at, in octets.
const maxName = 512

// foldedName is a name as the eye takes it, without blanks: in wide and narrow letters, spaced out and in small and capital letters it is
// the same.
type foldedName struct {
	text   string
	breaks []int // where in text a blank was, in octets
}

// foldName folds what a mail client shows as a name. Characters that cannot be seen are gone; Chinese forms of the characters in names of
// Japanese organisations become the Japanese ones, because forgers mix them (国税厅).
func foldName(s string) foldedName {
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	var f foldedName
	var b strings.Builder
	s = mail.Fold(s)
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			blank = true
			continue
		}
		if blank && b.Len() > 0 {
			f.breaks = append(f.breaks, b.Len())
		}
		blank = false
		if j, ok := japaneseForm(r); ok {
			r = j
		}
		b.WriteRune(unicode.ToLower(r))
	}
	f.text = b.String()
	return f
}

// broken reports whether a blank was before the octet at.
func (f *foldedName) broken(at int) bool { _, ok := slices.BinarySearch(f.breaks, at); return ok }

// bounded reports whether a piece in letters or digits of ASCII is not the inside of a longer word.
func (f *foldedName) bounded(from, to int) bool {
	inside := func(at int) bool { return asciiWord(f.text, at-1) && asciiWord(f.text, at) && !f.broken(at) }
	return !inside(from) && !inside(to)
}

// asciiWord reports whether there is a letter or digit of ASCII at i.
func asciiWord(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := s[i]
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// forms are pairs of a character as it is written elsewhere and as it is written in Japan.
const forms = "厅庁廳庁总総總総国国國国务務财財经経經経济済濟済产産產産业業电電银銀銀銀东東县県縣県关関關関卫衛衞衛运運输輸邮郵险険險険证証證証讯訊联連" +
	"战戦戰戦员員广広廣広环環劳労勞労护護检検檢検气気氣気报報会会會会营営營営资資团団團団贵貴购購费費"

var formSet = newHanSet(forms)

// japaneseForm returns the Japanese form of a character of forms.
func japaneseForm(r rune) (rune, bool) {
	if r < '一' || r > '鿿' || !formSet.has(r) {
		return r, false
	}
	i := strings.IndexRune(forms, r)
	if i < 0 || i%6 != 0 { // each character has three octets, and each pair begins with the foreign one
		return r, false
	}
	j := []rune(forms[i+3 : i+6])
	return j[0], true
}

// wide reports whether r is written without blanks between words.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々'
}

// personKey folds the name of a person so that the order of its parts does not matter.
func personKey(s string) string {
	if i := strings.IndexAny(s, "(（[［<＜【/／"); i > 0 {
		s = s[:i]
	}
	f := foldName(s)
	var parts []string
	from := 0
	for _, at := range append(f.breaks, len(f.text)) {
		parts = append(parts, strings.Trim(f.text[from:at], ",、\"'"))
		from = at
	}
	// Japanese names are written with and without a blank; their order is never turned.
	if strings.IndexFunc(f.text, wide) >= 0 {
		return strings.Join(parts, "")
	}
	slices.Sort(parts)
	return strings.Join(parts, "")
}
