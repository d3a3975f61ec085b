package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// summaryPrint prints a tally for a person who tunes weights and thresholds.
type summaryPrint struct {
	w       io.Writer
	p       *policy.Policy
	verbose bool
}

// barWidth is the columns of the longest bar of the histogram.
const barWidth = 50

func (s summaryPrint) print(t *tally, off, asked bool) {
	assessed := t.read - t.unassessed
	fmt.Fprintf(s.w, "%s messages", grouped(t.read))
	if t.incomplete > 0 {
		fmt.Fprintf(s.w, ", %s not read to the end (limits)", grouped(t.incomplete))
	}
	if t.unassessed > 0 {
		fmt.Fprintf(s.w, ", %s not assessed (an evaluator failed)", grouped(t.unassessed))
	}
	fmt.Fprintln(s.w)
	if len(t.reasons) > 0 {
		fmt.Fprintln(s.w, "\nnot read:")
		t.unreadable(s.w)
	}
	s.notes(off, asked)
	s.levels(t, assessed)
	s.histogram(t)
	s.indicators(t, assessed)
	s.top(t)
}

// notes says what the figures leave out.
func (s summaryPrint) notes(off, asked bool) {
	fmt.Fprintln(s.w)
	if off {
		fmt.Fprintln(s.w, "the policy has suspicion off: counted as if it observed")
	}
	if !asked {
		fmt.Fprintln(s.w, "no DNS: authentication is temperror, so what it would say for or against a sender is missing")
	} else {
		fmt.Fprintln(s.w, "authentication by the --client given, not by the clients from which the messages came")
	}
	fmt.Fprintln(s.w, "no memory: nobody is a first contact, and nobody is known")
}

func (s summaryPrint) levels(t *tally, of int) {
	th := s.p.Suspicion.Thresholds
	row := func(name string, n int, from policy.Points) {
		at := "never"
		if from > 0 {
			at = "from " + from.String()
		}
		fmt.Fprintf(s.w, "  %-12s %10s %9s  %s\n", name, grouped(n), percent(n, of), at)
	}
	fmt.Fprintln(s.w, "\nlevel")
	fmt.Fprintf(s.w, "  %-12s %10s %9s\n", policy.LevelNone, grouped(t.levels[policy.LevelNone]), percent(t.levels[policy.LevelNone], of))
	row(string(policy.LevelCaution), t.levels[policy.LevelCaution], th.Caution)
	row(string(policy.LevelWarning), t.levels[policy.LevelWarning], th.Warning)
	row(string(policy.ActionQuarantine), t.actions[policy.ActionQuarantine], th.Quarantine)
	row(string(policy.ActionReject), t.actions[policy.ActionReject], th.Reject)
}

func (s summaryPrint) histogram(t *tally) {
	most := slices.Max(t.scores)
	fmt.Fprintln(s.w, "\nscore")
	bounds := scoreBounds()
	for i, n := range t.scores {
		label := "0"
		switch {
		case i == len(bounds):
			label = "above " + bounds[i-1].String()
		case i > 0:
			label = "to " + bounds[i].String()
		}
		bar := 0
		if n > 0 {
			bar = max(1, barWidth*n/most)
		}
		fmt.Fprintln(s.w, strings.TrimRight(fmt.Sprintf("  %-12s %10s  %s", label, grouped(n), strings.Repeat("#", bar)), " "))
	}
}

// indicators prints how often each fired, the most frequent first, then the names of those that never did.
func (s summaryPrint) indicators(t *tally, of int) {
	all := suspicion.Indicators()
	slices.SortStableFunc(all, func(a, b suspicion.Indicator) int { return t.fired[b.Name] - t.fired[a.Name] })
	fmt.Fprintln(s.w, "\nindicator                                  messages            weight  family")
	var never []string
	for _, i := range all {
		n := t.fired[i.Name]
		if n == 0 {
			never = append(never, i.Name)
			continue
		}
		weight := i.Points
		if w, ok := s.p.Suspicion.Weights[i.Name]; ok {
			weight = w
		}
		fmt.Fprintf(s.w, "  %-38s %10s %9s %6s  %s\n", i.Name, grouped(n), percent(n, of), weight, i.Family)
	}
	if len(never) > 0 {
		fmt.Fprintf(s.w, "\nnever found (%d)\n", len(never))
		x := explanation{w: s.w}
		x.names("", "", never)
	}
}

func (s summaryPrint) top(t *tally) {
	if len(t.top) == 0 {
		return
	}
	fmt.Fprintln(s.w, "\nhighest scores")
	for _, m := range t.top {
		fmt.Fprintf(s.w, "  %6s %-8s %s\n", m.score, m.level, visible(m.name))
		fmt.Fprintf(s.w, "  %6s %-8s %s\n", "", "", shortened(strings.Join(m.found, " "), s.verbose))
	}
}

// percent says a share with two decimals, as thresholds are set by shares below one in a hundred.
func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(of))
}
