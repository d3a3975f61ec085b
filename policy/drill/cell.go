package drill

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// number reads a cell of decimal digits. An empty one is no number, which is a mistake only where one is needed.
func (r *reader) number(name, cell string, least, most int, needed bool) (n int, ok bool) {
	if cell == "" && !needed {
		return 0, false
	}
	for i := 0; i < len(cell); i++ {
		if cell[i] < '0' || cell[i] > '9' {
			r.wrong("%s: %s is no number", name, quote(cell))
			return 0, false
		}
	}
	n, err := strconv.Atoi(cell)
	if err != nil || n < least || n > most {
		r.wrong("%s: %s is not between %d and %d", name, quote(cell), least, most)
		return 0, false
	}
	return n, true
}

// time reads a cell of RFC 3339; an empty one is the zero time.
func (r *reader) time(name, cell string) time.Time {
	if cell == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, cell)
	if err != nil || t.Year() < 1990 || t.Year() > 2200 {
		r.wrong("%s: %s is no time such as 2011-11-07T09:00:00+09:00", name, quote(cell))
		return time.Time{}
	}
	return t
}

// oneOf reads a cell that holds one of a few words.
func oneOf[T ~string](r *reader, name string, cell T, words []T) T {
	if !slices.Contains(words, cell) {
		all := make([]string, len(words))
		for i, w := range words {
			all[i] = string(w)
		}
		r.wrong("%s: %s is none of %s", name, quote(string(cell)), strings.Join(all, ", "))
		return ""
	}
	return cell
}

// plain takes off the apostrophe that spreadsheets and GoPhish put before what they would take for a formula.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && formula(cell[1:]) {
		return cell[1:]
	}
	return cell
}

// formula reports whether a spreadsheet would compute the text instead of showing it.
func formula(s string) bool { return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 }

// maxQuoted is how much of a foreign cell stands in a mistake, in characters.
const maxQuoted = 40

// quote makes a foreign cell fit for a line on a terminal.
func quote(s string) string {
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

// nearest returns a question that names the column the writer may have meant.
func nearest(name string) string {
	best, least := "", 3
	for _, c := range Columns() {
		if d := distance(name, c); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// distance is how many octets must be put in, taken out or changed to make one name of another; more than 2 is 3.
func distance(a, b string) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost++
			}
			last, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return min(row[len(b)], 3)
}
