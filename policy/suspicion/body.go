package suspicion

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
)

// bodies finds names of organisations in what strangers call themselves.
type bodies struct {
	byRune map[rune][]spelling // by the first character
	roles  map[rune][]string   // words that an office puts beside its name, the longest first
	others []string            // words by which somebody says that he is not the organisation
}

// spelling is one folded name of an organisation.
type spelling struct {
	text string
	body *policy.NamedBody
	name string // as it stands in the list
}

func newBodies(list []policy.NamedBody) *bodies {
	b := &bodies{byRune: map[rune][]spelling{}, roles: map[rune][]string{}}
	for i := range list {
		for _, n := range list[i].Names {
			s := spelling{foldName(n).text, &list[i], n}
			first, _ := utf8.DecodeRuneInString(s.text)
			b.byRune[first] = append(b.byRune[first], s)
		}
	}
	for _, w := range must(parseWords("roles.txt", shippedFile("roles.txt"))) {
		if other, ok := strings.CutPrefix(w, "!"); ok {
			b.others = append(b.others, foldName(other).text)
			continue
		}
		w = foldName(w).text
		first, _ := utf8.DecodeRuneInString(w)
		b.roles[first] = append(b.roles[first], w)
	}
	return b
}

// parseWords reads words, one a line.
func parseWords(name string, data []byte) ([]string, error) {
	var list []string
	err := eachLine(name, data, 1, func(columns []string) error {
		list = append(list, columns[0])
		return nil
	})
	return list, err
}

// claimed returns the organisation that a name claims to be: the name is one of its spellings, alone or beside words that an office adds
// (事務局, サポート, 主計局). Names of those who only speak of it, such as mailing lists, reporters and former members, claim nothing.
// Where several spellings fit, all are returned, the longest first.
func (b *bodies) claimed(name string) []spelling {
	f := foldName(name)
	var found []spelling
	var frame frame
	for at, r := range f.text {
		for _, s := range b.byRune[r] {
			end := at + len(s.text)
			if !strings.HasPrefix(f.text[at:], s.text) || !f.bounded(at, end) {
				continue
			}
			if frame.before == nil {
				frame = b.frame(&f)
			}
			if frame.before[at] && (frame.behind[end] || b.person(&f, end)) {
				found = append(found, s)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	if len(found) == 0 || b.speaksOf(&f) {
		return nil
	}
	slices.SortStableFunc(found, func(a, b spelling) int { return len(b.text) - len(a.text) })
	return found
}

// frame says for each place in a name whether all before it, and all behind it, is words of office, names of organisations, marks and
// digits. It is made once per name, so that a name made of nothing but names costs no more than its length.
type frame struct{ before, behind []bool }

func (b *bodies) frame(f *foldedName) frame {
	n := len(f.text)
	x := frame{make([]bool, n+1), make([]bool, n+1)}
	x.before[0], x.behind[n] = true, true
	for i, r := range f.text {
		if x.before[i] {
			b.words(f, i, r, func(end int) { x.before[end] = true })
		}
	}
	for i := n; i > 0; {
		r, size := utf8.DecodeLastRuneInString(f.text[:i])
		i -= size
		b.words(f, i, r, func(end int) { x.behind[i] = x.behind[i] || x.behind[end] })
	}
	return x
}

// words calls each with the end of every word of office, name or mark that begins at i with first.
func (b *bodies) words(f *foldedName, i int, first rune, each func(end int)) {
	if !unicode.IsLetter(first) {
		each(i + utf8.RuneLen(first))
	}
	for _, w := range b.roles[first] {
		if strings.HasPrefix(f.text[i:], w) && f.bounded(i, i+len(w)) {
			each(i + len(w))
		}
	}
	for _, s := range b.byRune[first] {
		if strings.HasPrefix(f.text[i:], s.text) && f.bounded(i, i+len(s.text)) {
			each(i + len(s.text))
		}
	}
}

// speaksOf reports whether a word stands in the name that the organisation itself does not use, and that is not the beginning of a word
// that it does (担当, 担当者).
func (b *bodies) speaksOf(f *foldedName) bool {
	for _, w := range b.others {
		i := strings.Index(f.text, w)
		if i < 0 || !f.bounded(i, i+len(w)) {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w); b.longest(f, i, r) <= len(w) {
			return true
		}
	}
	return false
}

// maxPerson is the longest that may follow a Japanese name behind a blank without being a word of office: the name of a section and of a
// person, in characters.
const maxPerson = 16

// person reports whether what follows the spelling that ends at to is a section, or a person, of it.
func (b *bodies) person(f *foldedName, to int) bool {
	rest := f.text[to:]
	before, _ := utf8.DecodeLastRuneInString(f.text[:to])
	if !wide(before) || utf8.RuneCountInString(rest) > maxPerson {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest)
	return f.broken(to) && wide(next) || section(rest)
}

// section reports whether rest begins with the name of a part of an office, such as 主計局総務課: kanji up to one that ends such a name.
func section(rest string) bool {
	n := 0
	for _, r := range rest {
		if !unicode.Is(unicode.Han, r) || n > 10 {
			return false
		}
		if n > 0 && strings.ContainsRune("局課室部係署", r) {
			return true
		}
		n++
	}
	return false
}

// longest returns the length of the longest word of office, or name of an organisation, that begins at i with first.
func (b *bodies) longest(f *foldedName, i int, first rune) int {
	n := 0
	b.words(f, i, first, func(end int) { n = max(n, end-i) })
	return n
}

// mayBear reports whether one of the organisations may write from d.
func mayBear(found []spelling, d policy.Domain) bool {
	for _, s := range found {
		if underAny(s.body.Domains, d) {
			return true
		}
	}
	return false
}
