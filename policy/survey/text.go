package survey

import (
	"io"
	"strings"

	"golang.org/x/text/width"
)

// WriteText writes the report for a terminal: notes, then tables whose columns stand under each other also with wide
// characters.
func WriteText(w io.Writer, r *Report, o Options) error {
	p := newPage(r, o)
	var b strings.Builder
	b.WriteString(p.Title + "\n\n")
	for _, n := range p.Notes {
		b.WriteString(n + "\n")
	}
	for _, t := range p.Tables {
		b.WriteString("\n" + t.Title + "\n")
		t.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// text writes the table with two blanks between the columns.
func (t *table) text(b *strings.Builder) {
	cells := make([]int, len(t.Head))
	rows := append([][]string{t.Head}, t.Rows...)
	for _, row := range rows {
		for i, s := range row {
			cells[i] = max(cells[i], columns(s))
		}
	}
	for _, row := range rows {
		var l strings.Builder
		for i, s := range row {
			pad := strings.Repeat(" ", cells[i]-columns(s))
			if i == 0 {
				l.WriteString(s + pad)
			} else {
				l.WriteString("  " + pad + s)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
}

// columns is how many cells of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, c := range s {
		switch width.LookupRune(c).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
			n++
		}
	}
	return n
}
