package drill

import (
	"maps"
	"slices"
	"time"

	"sekimori/policy"
)

// Count makes the counts of a drill from what a ledger holds. What gateways see is counted in every round of which they accepted mail,
// also where it is 0; what only others can see, of the organisations of which an import told it, or would have: see Cover. A
// number above that of the persons who got the mail is cut to it. A round of which there is nothing is left out: it is still to come.
func Count(d *Drill, content Content) Counts {
	c := Counts{Drill: d.Name}
	rounds := slices.Clone(d.Rounds)
	slices.SortStableFunc(rounds, func(a, b Round) int { return a.Number - b.Number })
	var before *Round
	for i := range rounds {
		r := &rounds[i]
		walk := func(r *Round) *walk { return content.Set.walk(d.Name, r.Number, r.Window) }
		n := countRound(d, r, gather(walk(r)), content.Covered)
		n.Lost, n.Imports = content.Lost[r.Number], content.imported(r.Number)
		n.Unimported = unimported(n)
		if len(n.Bodies) == 0 && n.Lost == 0 && len(n.Imports) == 0 {
			continue
		}
		if before != nil {
			c.Paired = append(c.Paired, pairs(c.Rounds[len(c.Rounds)-1], n, walk(before), walk(r))...)
		}
		c.Rounds, before = append(c.Rounds, n), r
	}
	return c
}

// unimported reports whether a gateway took mail of a round, and nobody told what came of it.
func unimported(c RoundCounts) bool {
	stated := func(m Measure) bool {
		return slices.ContainsFunc(c.Bodies, func(b BodyCounts) bool { _, ok := b.Numbers[m]; return ok })
	}
	return stated(Measure(EventAccepted)) && !stated(Measure(EventOpened)) && !stated(Measure(EventClicked)) && !stated(Measure(EventSubmitted)) &&
		!slices.ContainsFunc(c.Imports, func(i Import) bool { return !i.Last.IsZero() })
}

// seenByGateways are the events of which a gateway knows that there were none.
func seenByGateways() []Event {
	return []Event{EventAccepted, EventReported, EventReplied, EventAutoReplied, EventAutoReplyStopped, EventReceipt, EventForwarded}
}

func countRound(d *Drill, def *Round, r round, covered map[Cover]bool) RoundCounts {
	c := RoundCounts{Number: def.Number, Kind: def.Kind, Lure: def.Lure, Difficulty: def.Difficulty, Mode: def.Mode, Window: def.Window,
		ReportMedian: median(r.delays), Late: r.late, Strangers: r.stranger}
	if len(r.delays) > 0 {
		c.ReportTimed, c.ReportWithin = len(r.delays), reportedWithin(r.delays)
	}
	for _, name := range bodies(d, r) {
		b := BodyCounts{Organisation: name, Numbers: r.numbers(name, func(e Event) bool { return covered[Cover{def.Number, e, name}] })}
		if first := r.of[name].first; first > 0 {
			b.FirstReport = time.Unix(first, 0).UTC()
		}
		if i := slices.IndexFunc(d.Organisations, func(o Body) bool { return o.Name == name }); i >= 0 {
			b.Staff = d.Organisations[i].Staff
		}
		c.Bodies = append(c.Bodies, b)
	}
	return c
}

// bodies are those of whom the round says anything: in the order of the definition, then the others by name.
func bodies(d *Drill, r round) []string {
	var names []string
	for _, o := range d.Organisations {
		if r.of[o.Name] != nil {
			names = append(names, o.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.of)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// numbers are those of one body, 0 included where something was counted: by a gateway, or by an import that covers it. What other
// bodies did says nothing of this one, which may not have imported anything yet.
func (r round) numbers(body string, covered func(Event) bool) map[Measure]int {
	g := r.of[body]
	counted := g.tallies()
	for i, e := range policy.DrillEvents() {
		if covered(e) || r.accepted && slices.Contains(seenByGateways(), e) {
			counted[e] = g.events[i]
		}
	}
	numbers := Numbers(counted)
	if r.accepted {
		numbers[MeasureFlagged], numbers[MeasureStopped] = g.flagged, g.stopped
	}
	for _, base := range []Event{EventDelivered, EventAccepted} {
		all, ok := numbers[Measure(base)]
		if !ok {
			continue
		}
		for _, m := range Reported() {
			if n, ok := numbers[m]; ok {
				numbers[m] = min(n, all)
			}
		}
	}
	return numbers
}
