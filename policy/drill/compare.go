package drill

import "slices"

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
		r.Rounds[i].Within = cumulated(c.Rounds[i].ReportWithin, r.total(Measure(EventReported), i), minCell)
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
