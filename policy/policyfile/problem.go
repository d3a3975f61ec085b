package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Limits on what is said about one file.
const (
	MaxProblems = 100 // errors, and as many warnings; further ones are counted only
	maxSource   = 160 // characters of a source line that are shown
)

// Problem is one mistake, or with Warning one oddity, at one place of a policy file.
type Problem struct {
	File    string
	Line    int    // from 1
	Column  int    // in characters, from 1
	Key     string // dotted, section included; "" where no key is concerned
	Text    string
	Source  string // the line, without its end
	Warning bool   // the file can be used all the same
}

// String returns the problem as three lines without the last line feed: place and text, the source line, and a caret
// that stands under the column in a terminal that gives wide characters two cells.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	if p.Source != "" {
		source, caret := excerpt(p.Source, p.Column)
		b.WriteString("\n\t" + source + "\n\t" + caret)
	}
	return b.String()
}

// excerpt returns the part of a line around a column and the caret line for it. Control characters are shown as '?'.
func excerpt(line string, column int) (source, caret string) {
	at := column - 1
	from, start := 0, 0 // the first character shown, and its offset
	if n := utf8.RuneCountInString(line); n > maxSource {
		from = max(0, min(at-maxSource/2, n-maxSource))
	}
	for i := 0; i < from; i++ {
		_, size := utf8.DecodeRuneInString(line[start:])
		start += size
	}
	var s, c strings.Builder
	if from > 0 {
		s.WriteString("… ")
		c.WriteString("  ")
	}
	i := from
	for _, r := range line[start:] {
		if i == from+maxSource {
			s.WriteString(" …")
			break
		}
		if unicode.IsControl(r) && r != '\t' {
			r = '?'
		}
		s.WriteRune(r)
		if i < at {
			c.WriteString(blank(r))
		}
		i++
	}
	return s.String(), c.String() + "^"
}

// blank returns white space as wide as r is in a terminal.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return ""
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return "  "
	default:
		return " "
	}
}

// Problems is everything that is to be said about a file, in the order of the file.
type Problems []Problem

// Failed reports whether one of the problems is more than a warning.
func (p Problems) Failed() bool {
	return slices.ContainsFunc(p, func(x Problem) bool { return !x.Warning })
}

// Errors returns the problems that are more than warnings.
func (p Problems) Errors() Problems { return p.only(false) }

// Warnings returns the problems that leave the file usable.
func (p Problems) Warnings() Problems { return p.only(true) }

func (p Problems) only(warnings bool) Problems {
	return slices.DeleteFunc(slices.Clone(p), func(x Problem) bool { return x.Warning != warnings })
}

// String returns each problem as Problem.String has it, each with a line feed behind it.
func (p Problems) String() string {
	var b strings.Builder
	for _, x := range p {
		b.WriteString(x.String() + "\n")
	}
	return b.String()
}

// sort puts the problems into the order of the file.
func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
