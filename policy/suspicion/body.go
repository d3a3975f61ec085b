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
	for at, r := range f.text {
		for _, s := range b.byRune[r] {
			if strings.HasPrefix(f.text[at:], s.text) && b.whole(&f, at, at+len(s.text)) {
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

// speaksOf reports whether a word stands in the name that the organisation itself does not use, and that is not the beginning of a word
// that it does (担当, 担当者).
func (b *bodies) speaksOf(f *foldedName) bool {
	for _, w := range b.others {
		i := strings.Index(f.text, w)
		if i < 0 || !f.bounded(i, i+len(w)) {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w); b.role(f, i, len(f.text), r) <= len(w) {
			return true
		}
	}
	return false
}

// whole reports whether the name is no more than the spelling between from and to and what an office adds.
func (b *bodies) whole(f *foldedName, from, to int) bool {
	return f.bounded(from, to) && b.onlyRoles(f, 0, from) && b.tail(f, to)
}

// maxPerson is the longest that may follow a Japanese name behind a blank without being a word of office: the name of a section and of a
// person, in characters.
const maxPerson = 16

// tail judges what follows the spelling.
func (b *bodies) tail(f *foldedName, to int) bool {
	if b.onlyRoles(f, to, len(f.text)) {
		return true
	}
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

// onlyRoles reports whether f between from and to is made of words of office, names of organisations, marks and digits alone.
func (b *bodies) onlyRoles(f *foldedName, from, to int) bool {
	for from < to {
		r, size := utf8.DecodeRuneInString(f.text[from:to])
		if w := b.role(f, from, to, r); w > 0 {
			size = w
		} else if unicode.IsLetter(r) {
			return false
		}
		from += size
	}
	return true
}

// role returns the length of the longest word of office, or name of an organisation, that begins at from with first and ends before to.
func (b *bodies) role(f *foldedName, from, to int, first rune) int {
	longest := 0
	fits := func(w string) {
		if len(w) > longest && strings.HasPrefix(f.text[from:to], w) && f.bounded(from, from+len(w)) {
			longest = len(w)
		}
	}
	for _, w := range b.roles[first] {
		fits(w)
	}
	for i := range b.byRune[first] {
		fits(b.byRune[first][i].text)
	}
	return longest
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
