package drill

import (
	"slices"
	"time"
)

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
	Within      []Cell      // of those who reported, how many did within each of ReportLimits; nil: not stated or hidden
	Late        Cell        // see RoundCounts
	Strangers   Cell
}

// round is everything about a round that is not the number of a measure of persons.
func (r *Report) round(c RoundCounts) RoundReport {
	rr := RoundReport{RoundCounts: c, FirstReport: make([]time.Time, len(r.Bodies)), visited: visits(c),
		Late: alone(c.Late, r.MinCell), Strangers: alone(c.Strangers, r.MinCell)}
	rr.Bodies, rr.ReportMedian, rr.ReportTimed, rr.ReportWithin, rr.RoundCounts.Late, rr.RoundCounts.Strangers = nil, 0, 0, nil, 0, 0
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
		if col.Total.State == StateShown && (round.ReportTimed == 0 || round.ReportTimed >= r.MinCell) {
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
