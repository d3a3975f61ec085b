package drill

import (
	"bytes"
	"io"
	"strings"
	"unicode"
)

// textWriter is the only way in which text reaches a report for a terminal: no foreign text goes round clean.
type textWriter struct{ b bytes.Buffer }

// line writes one line; the parts may hold anything.
func (w *textWriter) line(parts ...string) {
	w.b.WriteString(strings.TrimRight(clean(strings.Join(parts, "")), " "))
	w.b.WriteByte('\n')
}

// clean replaces what could move the cursor, start a sequence or change the order of the characters around it.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if printable(r) {
			return r
		}
		return '\ufffd'
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// WriteText writes the report for a terminal or a mail. Its error is that of w.
func WriteText(w io.Writer, r *Report, l Lang) error {
	var t textWriter
	t.line(l.title(r))
	for _, s := range l.rounds(r) {
		t.line(s)
	}
	for _, g := range l.grids(r) {
		t.line()
		t.line(g.title)
		t.grid(g)
		for _, s := range g.below {
			t.line("  ", s)
		}
	}
	t.line()
	for _, s := range l.notes(r) {
		t.line(s)
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

// grid writes a table with its columns aligned: the first to the left, numbers to the right.
func (w *textWriter) grid(g grid) {
	rows := append([][]string{g.head}, g.rows...)
	width := make([]int, len(g.head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], cells(clean(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			cell = clean(cell)
			pad := strings.Repeat(" ", width[i]-cells(cell))
			if i == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		w.line(line.String())
	}
}

// cells is how many cells of a terminal s takes: wide East Asian characters take two.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wideRune(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wideRune reports whether r is wide in the blocks that names of bodies use (Unicode Standard Annex 11).
func wideRune(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}
