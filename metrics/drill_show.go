package metrics

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// numbers are the gauges that follow from what was counted: those of the report, with the same cells hidden and what would give
// them away. Of a measure whose total is hidden nothing is shown at all, because a total that a server scraped a minute
// earlier would give a cell away.
func (f *drillFamilies) numbers(d DrillCounts, now time.Time) []prometheus.Metric {
	c := fold(d.Counts)
	s := &drillShow{drillFamilies: f, drill: d.Drill.Name, counts: c, report: drill.Compare(c, d.Drill.MinCell), bodies: afterClose(d, now)}
	for i := max(0, len(c.Rounds)-MaxDrillRounds); i < len(c.Rounds); i++ {
		s.round(i)
	}
	return s.shown
}

// drillShow is one drill while its gauges are made.
type drillShow struct {
	*drillFamilies
	drill  string
	counts drill.Counts
	report *drill.Report
	bodies bool // whether single organisations are shown
	shown  []prometheus.Metric
}

func (s *drillShow) add(d *prometheus.Desc, v float64, labels ...string) {
	s.shown = append(s.shown, gauge(d, v, labels...))
}

func (s *drillShow) round(i int) {
	r := s.report.Rounds[i]
	n := strconv.Itoa(r.Number)
	s.populations(i, n)
	s.verdicts(i, n)
	for _, t := range s.report.Tables {
		if s.persons[t.Measure] != nil {
			s.column(t, i, n)
		}
	}
	if !r.First.IsZero() {
		s.add(s.first, seconds(r.First), s.drill, n)
	}
	for k, at := range r.FirstReport {
		if s.bodies && !r.First.IsZero() && !at.IsZero() {
			s.add(s.bodyFirst, seconds(at), s.drill, n, s.report.Bodies[k])
		}
	}
	if r.ReportMedian > 0 {
		s.add(s.median, r.ReportMedian.Seconds(), s.drill, n)
	}
	s.add(s.lost, float64(r.Lost), s.drill, n)
	if r.Late.State == drill.StateShown {
		s.add(s.late, float64(r.Late.Share.X), s.drill, n)
	}
	if r.Strangers.State == drill.StateShown {
		s.add(s.strangers, float64(r.Strangers.Share.X), s.drill, n)
	}
	if r.Visits > 0 {
		s.add(s.visits, float64(r.Visits), s.drill, n)
		s.add(s.machines, float64(r.Machines), s.drill, n)
	}
	s.imports(s.counts.Rounds[i].Imports, n)
}

// imports says when something came from elsewhere, each source once.
func (s *drillShow) imports(all []drill.Import, n string) {
	seen := map[string]bool{}
	for _, i := range all {
		if i.Last.IsZero() || seen[i.Source] || len(seen) >= MaxDrillSources || !utf8.ValidString(i.Source) {
			continue
		}
		seen[i.Source] = true
		s.add(s.imported, seconds(i.Last), s.drill, n, i.Source)
	}
}

// populations says who got the mail. It says nothing of anybody, and is never hidden.
func (s *drillShow) populations(i int, n string) {
	for k, m := range drill.Populations() {
		cell := s.report.Rounds[i].Populations[k]
		if cell.State != drill.StateShown {
			continue
		}
		s.add(s.persons[m], float64(cell.Share.X), s.drill, n)
		if m == s.report.Base {
			s.add(s.base, float64(cell.Share.X), s.drill, n, string(m))
		}
	}
	if !s.bodies {
		return
	}
	for _, b := range s.counts.Rounds[i].Bodies {
		for _, m := range drill.Populations() {
			x, ok := b.Numbers[m]
			if !ok {
				continue
			}
			s.add(s.bodyPersons[m], float64(x), s.drill, n, b.Organisation)
			if m == s.report.Base {
				s.add(s.bodyBase, float64(x), s.drill, n, b.Organisation, string(m))
			}
		}
	}
}

// verdicts says what the other rules would have done: a partition of those whose mail was accepted.
func (s *drillShow) verdicts(i int, n string) {
	var whole [3]int
	counted := false
	for _, b := range s.counts.Rounds[i].Bodies {
		accepted, one := b.Numbers[drill.Measure(drill.EventAccepted)]
		flagged, two := b.Numbers[drill.MeasureFlagged]
		stopped, three := b.Numbers[drill.MeasureStopped]
		if !one || !two || !three {
			continue
		}
		counted = true
		for k, v := range [3]int{max(0, accepted-flagged-stopped), flagged, stopped} {
			whole[k] += v
			if s.bodies {
				s.add(s.bodyVerdict, float64(v), s.drill, n, b.Organisation, shadowVerdicts()[k])
			}
		}
	}
	for k, v := range whole {
		if counted {
			s.add(s.verdict, float64(v), s.drill, n, shadowVerdicts()[k])
		}
	}
}

// shadowVerdicts are the values of the label verdict.
func shadowVerdicts() [3]string {
	return [3]string{"passed", string(drill.MeasureFlagged), string(drill.MeasureStopped)}
}

// column says how many did something.
func (s *drillShow) column(t drill.Table, i int, n string) {
	col := t.Columns[i]
	if col.Total.State != drill.StateShown {
		return
	}
	s.add(s.persons[t.Measure], float64(col.Total.Share.X), s.drill, n)
	s.add(s.measured, float64(col.Total.Share.N), s.drill, n, string(t.Measure))
	if !s.bodies {
		return
	}
	for k, cell := range col.Cells {
		if cell.State == drill.StateShown {
			s.add(s.bodyPersons[t.Measure], float64(cell.Share.X), s.drill, n, s.report.Bodies[k])
		}
	}
}

// fold makes series of counts that are there once each and no more than they may be: organisations beyond MaxDrillOrganisations, and
// names that are no text, are added up in policy.Other, and so is one that comes twice. What is in a ledger came from a disk or
// over a network, and two series of one name would cost the whole page.
func fold(c drill.Counts) drill.Counts {
	kept := map[string]bool{policy.Other: true}
	all := map[string]bool{}
	for _, r := range c.Rounds {
		for _, b := range r.Bodies {
			all[b.Organisation] = true
		}
	}
	for _, r := range c.Rounds {
		for _, b := range r.Bodies {
			if utf8.ValidString(b.Organisation) && (len(kept) < MaxDrillOrganisations || len(all) <= MaxDrillOrganisations) {
				kept[b.Organisation] = true
			}
		}
	}
	rounds, seen := make([]drill.RoundCounts, 0, len(c.Rounds)), map[int]bool{}
	for _, r := range c.Rounds {
		if !seen[r.Number] {
			seen[r.Number] = true
			r.Bodies = foldBodies(r.Bodies, kept)
			rounds = append(rounds, r)
		}
	}
	c.Rounds = rounds
	return c
}

func foldBodies(bodies []drill.BodyCounts, kept map[string]bool) []drill.BodyCounts {
	out, at := make([]drill.BodyCounts, 0, len(bodies)), map[string]int{}
	for _, b := range bodies {
		if !kept[b.Organisation] {
			b.Organisation = policy.Other
		}
		if i, there := at[b.Organisation]; there {
			out[i] = sum(out[i], b)
			continue
		}
		at[b.Organisation] = len(out)
		out = append(out, b)
	}
	return out
}

// sum is what two bodies counted together. What one of them did not count is not counted of their sum.
func sum(a, b drill.BodyCounts) drill.BodyCounts {
	numbers := map[drill.Measure]int{}
	for m, n := range a.Numbers {
		if x, ok := b.Numbers[m]; ok {
			numbers[m] = n + x
		}
	}
	a.Numbers, a.Staff = numbers, a.Staff+b.Staff
	if a.FirstReport.IsZero() || !b.FirstReport.IsZero() && b.FirstReport.Before(a.FirstReport) {
		a.FirstReport = b.FirstReport
	}
	return a
}
