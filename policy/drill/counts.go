package drill

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// Limits of a file of counts.
const (
	MaxCountsFile = 8 << 20 // octets
	MaxDrills     = 100
	MaxBodies     = 2000 // rows of a round
	MaxMistakes   = 100  // mistakes told; reading ends there
)

// Mistake is what is wrong with a file of counts.
type Mistake struct {
	File string
	Line int // from 1
	Text string
}

// String returns file:line: and the text.
func (m Mistake) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text) }

// The columns that are no measure. Those from kind on speak of the whole round and may stand in one of its rows.
const (
	columnDrill        = "drill"
	columnRound        = "round"
	columnOrganisation = "organisation"
	columnStaff        = "staff"
	columnFirstReport  = "first_report"
	columnKind         = "kind"
	columnLure         = "lure"
	columnRating       = "rating"
	columnRaters       = "raters"
	columnMode         = "mode"
	columnFrom         = "from"
	columnUntil        = "until"
)

// Columns lists every column that a file of counts can have.
func Columns() []string {
	names := []string{columnDrill, columnRound, columnOrganisation, columnStaff}
	for _, m := range Measures() {
		names = append(names, string(m))
	}
	return append(names, columnFirstReport, columnKind, columnLure, columnRating, columnRaters, columnMode, columnFrom, columnUntil)
}

// reader reads one file of counts.
type reader struct {
	file     string
	line     int
	header   []string
	mistakes []Mistake
	drills   []Counts
	seen     map[string]int // drill, round, organisation: line
}

// ReadCounts reads counts as CSV (RFC 4180) with a line of names first: drill, round, organisation, delivered or accepted, and
// any other of Columns, in any order. An empty cell is a number that nobody counted. Every mistake is returned with its
// line, up to MaxMistakes; with any the counts are not to be used.
func ReadCounts(file string, data []byte) ([]Counts, []Mistake) {
	r := &reader{file: file, line: 1, seen: map[string]int{}}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > MaxCountsFile:
		r.wrong("more than %d octets", MaxCountsFile)
	case !utf8.Valid(data):
		for line := range bytes.Lines(data) {
			if !utf8.Valid(line) {
				break
			}
			r.line++
		}
		r.wrong("it is not UTF-8: save it as \"CSV UTF-8\"")
	default:
		r.read(data)
	}
	if len(r.mistakes) > 0 {
		return nil, r.mistakes[:min(len(r.mistakes), MaxMistakes)]
	}
	for i := range r.drills {
		slices.SortStableFunc(r.drills[i].Rounds, func(a, b RoundCounts) int { return a.Number - b.Number })
	}
	return r.drills, nil
}

func (r *reader) wrong(format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{r.file, r.line, fmt.Sprintf(format, args...)})
}

func (r *reader) read(data []byte) {
	c := csv.NewReader(bytes.NewReader(data))
	c.FieldsPerRecord = -1
	for len(r.mistakes) < MaxMistakes {
		record, err := c.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if r.header == nil {
				r.wrong("it is empty: the first line names the columns")
			} else if len(r.drills) == 0 && len(r.mistakes) == 0 {
				r.wrong("there is no row below the names")
			}
			return
		case errors.As(err, &parse):
			r.line = parse.Line
			r.wrong("no CSV: %v", parse.Err)
			return
		case err != nil:
			r.wrong("%v", err)
			return
		}
		r.line, _ = c.FieldPos(0)
		if r.header == nil {
			if !r.names(record) {
				return
			}
			continue
		}
		r.row(record)
	}
}

// names reads the first line. Without sound names no row can be read.
func (r *reader) names(record []string) bool {
	r.header = make([]string, len(record))
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !slices.Contains(Columns(), name):
			r.wrong("column %d: there is no column %s%s", i+1, quote(name), nearest(name))
		case slices.Contains(r.header[:i], name):
			r.wrong("column %d: %s is there twice", i+1, name)
		}
		r.header[i] = name
	}
	for _, name := range []string{columnDrill, columnRound, columnOrganisation} {
		if !slices.Contains(r.header, name) {
			r.wrong("the column %s is missing", name)
		}
	}
	if !slices.Contains(r.header, string(EventDelivered)) && !slices.Contains(r.header, string(EventAccepted)) {
		r.wrong("one of the columns delivered, accepted is needed: rates are shares of it")
	}
	return len(r.mistakes) == 0
}

// row reads one line. Nothing of it is kept when a cell is wrong.
func (r *reader) row(record []string) {
	if len(record) != len(r.header) {
		r.wrong("%d cells, the first line names %d", len(record), len(r.header))
		return
	}
	before := len(r.mistakes)
	b := BodyCounts{Numbers: map[Measure]int{}}
	var round RoundCounts
	drill := ""
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		switch name := r.header[i]; name {
		case columnDrill:
			drill = cell
			if !isName(drill) {
				r.wrong("drill: %s is no name: lower-case letters, digits and underscores, at most %d", quote(cell), MaxName)
			}
		case columnOrganisation:
			b.Organisation = plain(cell)
			if why := badText(b.Organisation, MaxBodyName); why != "" {
				r.wrong("organisation: %s", why)
			}
		case columnRound:
			round.Number, _ = r.number(name, cell, 1, MaxRound, true)
		case columnStaff:
			b.Staff, _ = r.number(name, cell, 0, MaxCount, false)
		case columnFirstReport:
			b.FirstReport = r.time(name, cell)
		case columnKind, columnLure, columnRating, columnRaters, columnMode, columnFrom, columnUntil:
			r.ofRound(&round, name, cell)
		default:
			if n, ok := r.number(name, cell, 0, MaxCount, false); ok {
				b.Numbers[Measure(name)] = n
			}
		}
	}
	r.plausible(b, len(r.mistakes) == before)
	if len(r.mistakes) == before {
		r.add(drill, round, b)
	}
}

// ofRound reads a cell that speaks of the whole round.
func (r *reader) ofRound(round *RoundCounts, name, cell string) {
	if cell == "" {
		return
	}
	switch name {
	case columnKind:
		round.Kind = oneOf(r, name, Kind(cell), policy.DrillKinds())
	case columnMode:
		round.Mode = oneOf(r, name, Mode(cell), policy.DrillModes())
	case columnRating:
		round.Difficulty.Rating = oneOf(r, name, Rating(cell), policy.Ratings())
	case columnRaters:
		round.Difficulty.Raters, _ = r.number(name, cell, 0, 1000, false)
	case columnLure:
		round.Lure = plain(cell)
		if why := badText(round.Lure, MaxLure); why != "" {
			r.wrong("lure: %s", why)
		}
	case columnFrom:
		round.Window.From = r.time(name, cell)
	case columnUntil:
		round.Window.Until = r.time(name, cell)
	}
}

// plausible finds numbers that cannot be: what persons did is done by persons who got the mail. Where a cell of the row
// could not be read, nothing is said to be missing.
func (r *reader) plausible(b BodyCounts, whole bool) {
	delivered, accepted := Measure(EventDelivered), Measure(EventAccepted)
	below := func(m, than Measure) {
		x, ok := b.Numbers[m]
		if all, known := b.Numbers[than]; ok && known && x > all {
			r.wrong("%s: %d is more than %s, %d", m, x, than, all)
		}
	}
	if _, ok := b.Numbers[delivered]; !ok && whole {
		if _, ok := b.Numbers[accepted]; !ok {
			r.wrong("neither delivered nor accepted is stated: rates are shares of it")
		}
	}
	below(delivered, MeasureTargeted)
	below(accepted, MeasureTargeted)
	for _, m := range Reported() {
		below(m, delivered)
		below(m, accepted)
		if slices.Contains(Reported(), m.uncertain()) {
			r.disjoint(b, m, delivered)
			r.disjoint(b, m, accepted)
		}
	}
}

// disjoint finds persons who were counted as certain and as uncertain.
func (r *reader) disjoint(b BodyCounts, m, than Measure) {
	x, more := b.Numbers[m], b.Numbers[m.uncertain()]
	if all, known := b.Numbers[than]; known && x <= all && more <= all && x+more > all {
		r.wrong("%s: %d and %d uncertain are more than %s, %d", m, x, more, than, all)
	}
}
