package suspicion

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// confusables says what ASCII letters a character looks like.
type confusables map[rune]string

func shippedConfusables() confusables {
	return must(parseConfusables("confusables.tsv", shippedFile("confusables.tsv")))
}

// parseConfusables reads a code point in hexadecimal digits, a tab, and what it looks like.
func parseConfusables(name string, data []byte) (confusables, error) {
	c := confusables{}
	err := eachLine(name, data, 2, func(columns []string) error {
		r, err := strconv.ParseUint(columns[0], 16, 21)
		if err != nil || r < utf8.RuneSelf {
			return fmt.Errorf("%q is no code point above ASCII", columns[0])
		}
		c[rune(r)] = columns[1]
		return nil
	})
	return c, err
}

// visual folds what the eye takes for one letter in small Latin letters.
var visual = strings.NewReplacer("rn", "m", "nn", "m", "vv", "w", "cl", "d", "0", "o", "1", "l", "5", "s")

// skeleton returns what a label looks like, as two labels that are taken for one another have the same (UTS #39, 4, with the pairs of
// Latin letters and digits added that look like one).
func (c confusables) skeleton(label string) string {
	if strings.HasPrefix(label, "xn--") {
		label = unicodeLabel(label)
	}
	for i := 0; i < len(label); i++ {
		if label[i] >= utf8.RuneSelf {
			label = c.plain(label)
			break
		}
	}
	if !folds(label) {
		return label
	}
	return visual.Replace(label)
}

// folds reports whether visual changes s, which is rarely so.
func folds(s string) bool {
	last := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '0', c == '1', c == '5', c == 'n' && (last == 'r' || last == 'n'), c == 'v' && last == 'v', c == 'l' && last == 'c':
			return true
		}
		last = s[i]
	}
	return false
}

// plain puts ASCII in the place of what looks like it, and drops marks.
func (c confusables) plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch as, ok := c[r]; {
		case ok:
			b.WriteString(as)
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unicodeLabel decodes an A-label; what cannot be decoded stays.
func unicodeLabel(label string) string {
	if u, err := idna.Punycode.ToUnicode(label); err == nil {
		return u
	}
	return label
}
