package drill

import (
	"slices"
	"time"
)

// Report is the comparison of the rounds of a drill, without words. What is hidden is in no part of it.
type Report struct {
	Drill   string
	Base    Measure // what every rate is a share of: delivered where every body states it, else accepted
	MinCell int
	Rounds  []RoundReport
	Bodies  []string // in the order of the counts; no league table
	Tables  []Table  // one for each measure that anybody counted
	Pairs   []Pair   // each round and the one before it

	at map[string]int // place of each body
}

// RoundReport is what is said of one round as a whole.
type RoundReport struct {
	RoundCounts             // without its bodies
	Staff       int         // of the bodies that state it; 0: none does
	Populations []Cell      // in the order of Populations
	Missing     []string    // bodies of another round that say nothing of this one
	Uncounted   []Measure   // measures that some of its bodies did not count
	Machines    int         // visits left out as machines', as far as counted
	visited     []Event     // events that say how many there were, each once
	Visits      int         // with machines: visits of theirs and of persons; 0 where that would give a hidden number away
	FirstReport []time.Time // by body; zero: not stated or hidden
	First       time.Time   // the first of all bodies; zero: not stated or hidden
}

// Table is one measure: a column for each round, a cell for each body.
type Table struct {
	Measure Measure
	Columns []Column // by round
	Changes []Change // by pair
}

// Column is one measure in one round.
type Column struct {
	Cells  []Cell // by body
	Total  Cell
	Upper  Cell   // total with what may be machines; StateUnknown where that is not counted
	Spread Spread // of the cells that are shown, and of no other: hidden ones cannot be computed from it
}

// Pair is a round and the one before it.
type Pair struct {
	First, Second int // indices of Report.Rounds
	Likeness      Likeness
	Months        float64 // from the end of the first to the start of the second; 0 where a window is not stated
	Both          int     // bodies in both
}

// Change is how one measure changed from the first round of a pair to the second.
type Change struct {
	Total  Difference
	Bodies []Difference
	Ratio  Difference // share of the first over that of the second, as Value
	Paired *PairedCounts
}

// Difference is a value with its interval; OK is false where one of the two cells is not shown.
type Difference struct {
	OK       bool
	Value    float64
	Interval Interval
}

// Compare makes the report of what was counted. Cells below minCell persons are hidden, see Suppress.
func Compare(c Counts, minCell int) *Report {
	r := &Report{Drill: c.Drill, Base: base(c), MinCell: minCell, at: map[string]int{}}
	for _, round := range c.Rounds {
		for _, b := range round.Bodies {
			if _, seen := r.at[b.Organisation]; !seen {
				r.at[b.Organisation] = len(r.Bodies)
				r.Bodies = append(r.Bodies, b.Organisation)
			}
		}
	}
	for _, round := range c.Rounds {
		r.Rounds = append(r.Rounds, r.round(round))
	}
	for i := 1; i < len(c.Rounds); i++ {
		r.Pairs = append(r.Pairs, pair(c.Rounds, i-1, i))
	}
	for _, m := range Reported() {
		if t, counted := r.table(c, m); counted {
			r.Tables = append(r.Tables, t)
		}
	}
	r.reportTimes(c)
	for i := range r.Rounds {
		r.Rounds[i].Visits = r.visits(i)
	}
	return r
}

// base is the first of delivered and accepted that every body states in every round; delivered where there is neither.
func base(c Counts) Measure {
	for _, m := range []Measure{Measure(EventDelivered), Measure(EventAccepted)} {
		if !slices.ContainsFunc(c.Rounds, func(r RoundCounts) bool {
			return slices.ContainsFunc(r.Bodies, func(b BodyCounts) bool { _, ok := b.Numbers[m]; return !ok })
		}) {
			return m
		}
	}
	return Measure(EventDelivered)
}

// round is everything about a round that is not the number of a measure of persons.
func (r *Report) round(c RoundCounts) RoundReport {
	rr := RoundReport{RoundCounts: c, FirstReport: make([]time.Time, len(r.Bodies)), visited: visits(c)}
	rr.Bodies, rr.ReportMedian = nil, 0
	there := make([]bool, len(r.Bodies))
	for _, b := range c.Bodies {
		there[r.at[b.Organisation]] = true
		rr.Staff += b.Staff
		for _, e := range rr.visited {
			rr.Machines += b.Numbers[Measure(e)+suffixMachine]
		}
	}
	for i, name := range r.Bodies {
		if !there[i] {
			rr.Missing = append(rr.Missing, name)
		}
	}
	for _, m := range Populations() {
		cell := Cell{State: StateUnknown}
		for _, b := range c.Bodies {
			if n, ok := b.Numbers[m]; ok {
				cell.State = StateShown
				cell.Share.X += n
				cell.Share.N += n
			}
		}
		rr.Populations = append(rr.Populations, cell)
	}
	return rr
}

// table builds one measure; counted is false where nobody counted it.
func (r *Report) table(c Counts, m Measure) (t Table, counted bool) {
	t.Measure = m
	for i, round := range c.Rounds {
		col, n := r.column(round, m)
		if upper := r.upper(round, m, col.Total); upper.State == StateShown {
			col.Upper = upper
		}
		counted = counted || n > 0
		if n > 0 && n < len(round.Bodies) {
			r.Rounds[i].Uncounted = append(r.Rounds[i].Uncounted, m)
		}
		t.Columns = append(t.Columns, col)
	}
	for _, p := range r.Pairs {
		t.Changes = append(t.Changes, r.change(c, t, p))
	}
	return t, counted
}

// column builds one measure of one round; n is how many bodies counted it.
func (r *Report) column(round RoundCounts, m Measure) (col Column, n int) {
	col.Cells = make([]Cell, len(r.Bodies))
	col.Upper.State = StateUnknown
	for i := range col.Cells {
		col.Cells[i].State = StateUnknown
	}
	for _, b := range round.Bodies {
		x, counted := b.Numbers[m]
		all, known := b.Numbers[r.Base]
		if counted && known {
			col.Cells[r.at[b.Organisation]] = Cell{StateShown, Share{x, all}}
			n++
		}
	}
	least := r.MinCell
	if !m.OfPersons() {
		least = 0
	}
	col.Total = Suppress(col.Cells, least)
	var shown []Share
	for _, cell := range col.Cells {
		if cell.State == StateShown {
			shown = append(shown, cell.Share)
		}
	}
	col.Spread, _ = Between(shown)
	return col, n
}

// upper is the total of m together with what may be machines, where both totals are shown over the same persons.
func (r *Report) upper(round RoundCounts, m Measure, total Cell) Cell {
	if !slices.Contains(Reported(), m.uncertain()) || total.State != StateShown {
		return Cell{State: StateUnknown}
	}
	more, _ := r.column(round, m.uncertain())
	if more.Total.State != StateShown || more.Total.Share.N != total.Share.N {
		return Cell{State: StateUnknown}
	}
	return Cell{StateShown, Share{min(total.Share.X+more.Total.Share.X, total.Share.N), total.Share.N}}
}

// change compares the two columns of a pair, from what is shown of them alone.
func (r *Report) change(c Counts, t Table, p Pair) Change {
	a, b := t.Columns[p.First], t.Columns[p.Second]
	ch := Change{Total: differ(a.Total, b.Total)}
	for i := range r.Bodies {
		ch.Bodies = append(ch.Bodies, differ(a.Cells[i], b.Cells[i]))
	}
	if ch.Total.OK {
		ch.Ratio.Value, ch.Ratio.Interval, ch.Ratio.OK = RiskRatio(a.Total.Share.X, a.Total.Share.N, b.Total.Share.X, b.Total.Share.N)
	}
	for i, q := range c.Paired {
		if q.Measure == t.Measure && q.First == c.Rounds[p.First].Number && q.Second == c.Rounds[p.Second].Number && q.Paired.shown(r.MinCell) {
			ch.Paired = &c.Paired[i]
		}
	}
	return ch
}

// shown reports whether no cell of the table of pairs is small.
func (p Paired) shown(least int) bool {
	return min(p.Both, p.FirstOnly, p.SecondOnly, p.Neither) >= least
}

func differ(a, b Cell) (d Difference) {
	if a.State != StateShown || b.State != StateShown || a.Share.N == 0 || b.Share.N == 0 {
		return Difference{}
	}
	d.OK = true
	d.Value, d.Interval = Newcombe(a.Share.X, a.Share.N, b.Share.X, b.Share.N)
	return d
}

// total returns the total of a measure in a round, StateUnknown where it was not counted.
func (r *Report) total(m Measure, round int) Cell {
	for _, t := range r.Tables {
		if t.Measure == m {
			return t.Columns[round].Total
		}
	}
	return Cell{State: StateUnknown}
}

// visits are the events of a round that say how many visits there were, each visit once: who typed has clicked, and where the lure is
// a link, who followed it has opened the page, so that both have the same numbers in every body.
func visits(c RoundCounts) []Event {
	counted := func(e Event) bool {
		return slices.ContainsFunc(c.Bodies, func(b BodyCounts) bool { _, ok := b.Numbers[Measure(e)]; return ok })
	}
	same := func(b BodyCounts) bool {
		return b.Numbers[Measure(EventOpened)] == b.Numbers[Measure(EventClicked)] &&
			b.Numbers[Measure(EventOpened).uncertain()] == b.Numbers[Measure(EventClicked).uncertain()] &&
			b.Numbers[Measure(EventOpened)+suffixMachine] == b.Numbers[Measure(EventClicked)+suffixMachine]
	}
	switch {
	case !counted(EventClicked):
		return []Event{EventOpened, EventSubmitted}
	case slices.ContainsFunc(c.Bodies, func(b BodyCounts) bool { return !same(b) }):
		return []Event{EventOpened, EventClicked}
	}
	return []Event{EventClicked}
}

// visits is how many visits there were of persons and machines together, 0 without machines, and where one of the numbers is hidden: the sum and the others
// would give it away.
func (r *Report) visits(round int) int {
	n := r.Rounds[round].Machines
	if n == 0 {
		return 0
	}
	for _, e := range r.Rounds[round].visited {
		for _, m := range []Measure{Measure(e), Measure(e).uncertain()} {
			cell := r.total(m, round)
			if cell.State == StateHidden {
				return 0
			}
			n += cell.Share.X
		}
	}
	return n
}

// reportTimes keeps the time of the first report, and the median one, where the number of reports is shown, so that it points to no person.
func (r *Report) reportTimes(c Counts) {
	i := slices.IndexFunc(r.Tables, func(t Table) bool { return t.Measure == Measure(EventReported) })
	if i < 0 {
		return
	}
	for k, round := range c.Rounds {
		col := r.Tables[i].Columns[k]
		if col.Total.State == StateShown {
			r.Rounds[k].ReportMedian = round.ReportMedian
		}
		for _, b := range round.Bodies {
			at := r.at[b.Organisation]
			if b.FirstReport.IsZero() {
				continue
			}
			if col.Cells[at].State == StateShown {
				r.Rounds[k].FirstReport[at] = b.FirstReport
			}
			if first := r.Rounds[k].First; col.Total.State == StateShown && (first.IsZero() || b.FirstReport.Before(first)) {
				r.Rounds[k].First = b.FirstReport
			}
		}
	}
}
