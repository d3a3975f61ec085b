package drill

import (
	"cmp"
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
	var before map[deed]Record
	for i := range rounds {
		r := &rounds[i]
		persons, late := content.Set.persons(d.Name, r.Number, r.Window)
		n := countRound(d, r, gather(persons), content.Covered)
		n.Lost, n.Late, n.Imports = content.Lost[r.Number], late, content.imported(r.Number)
		n.Unimported = unimported(n)
		if len(n.Bodies) == 0 && n.Lost == 0 && len(n.Imports) == 0 {
			continue
		}
		if len(c.Rounds) > 0 {
			c.Paired = append(c.Paired, pairs(c.Rounds[len(c.Rounds)-1], n, before, persons)...)
		}
		c.Rounds, before = append(c.Rounds, n), persons
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

// round is what the set says of one round, gathered once.
type round struct {
	of       map[string]map[Event]Tally
	accepted bool                 // by a gateway
	got      map[string]time.Time // person: when their mail came
	did      map[string]bool      // persons with any other event
	first    map[string]time.Time // organisation: first report
	delays   []time.Duration
	flagged  map[string]int
	stopped  map[string]int
}

func gather(persons map[deed]Record) round {
	r := round{of: tally(persons), got: map[string]time.Time{}, did: map[string]bool{}, first: map[string]time.Time{},
		flagged: map[string]int{}, stopped: map[string]int{}}
	reports := map[string]time.Time{}
	for _, x := range persons {
		switch x.Event {
		case EventAccepted, EventDelivered:
			r.accepted = r.accepted || x.Event == EventAccepted
			if came, ok := r.got[x.Person]; !ok || x.At.Before(came) {
				r.got[x.Person] = x.At
			}
		default:
			r.did[x.Person] = true
		}
		switch {
		case x.Event == EventAccepted && stops(x.Verdict):
			r.stopped[x.Organisation]++
		case x.Event == EventAccepted && x.Verdict == policy.ActionTag:
			r.flagged[x.Organisation]++
		case x.Event == EventReported:
			reports[x.Person] = x.At
			if at, ok := r.first[x.Organisation]; !ok || x.At.Before(at) {
				r.first[x.Organisation] = x.At
			}
		}
	}
	for person, at := range reports {
		if came, ok := r.got[person]; ok && !at.Before(came) {
			r.delays = append(r.delays, at.Sub(came))
		}
	}
	return r
}

// stops reports whether a verdict keeps mail from being delivered.
func stops(a policy.Action) bool {
	switch a {
	case policy.ActionDiscard, policy.ActionQuarantine, policy.ActionTempfail, policy.ActionReject:
		return true
	case policy.ActionAccept, policy.ActionTag, policy.ActionRemove:
	}
	return false
}

func countRound(d *Drill, def *Round, r round, covered map[Cover]bool) RoundCounts {
	c := RoundCounts{Number: def.Number, Kind: def.Kind, Lure: def.Lure, Difficulty: def.Difficulty, Mode: def.Mode, Window: def.Window,
		ReportMedian: median(r.delays)}
	for person := range r.did {
		if _, got := r.got[person]; !got {
			c.Strangers++
		}
	}
	for _, name := range bodies(d, r) {
		b := BodyCounts{Organisation: name, Numbers: r.numbers(name, func(e Event) bool { return covered[Cover{def.Number, e, name}] }), FirstReport: r.first[name]}
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
	counted := map[Event]Tally{}
	for _, e := range policy.DrillEvents() {
		t, told := r.of[body][e]
		if told || covered(e) || r.accepted && slices.Contains(seenByGateways(), e) {
			counted[e] = t
		}
	}
	numbers := Numbers(counted)
	if r.accepted {
		numbers[MeasureFlagged], numbers[MeasureStopped] = r.flagged[body], r.stopped[body]
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

// median is the middle one, of an even number the earlier one: a time that was one.
func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.SortFunc(of, cmp.Compare[time.Duration])
	return of[(len(of)-1)/2]
}

// pairs are what the same persons did in two rounds, for every measure that was counted in both.
func pairs(first, second RoundCounts, one, two map[deed]Record) (all []PairedCounts) {
	counted := func(c RoundCounts, m Measure) bool {
		return slices.ContainsFunc(c.Bodies, func(b BodyCounts) bool { _, ok := b.Numbers[m]; return ok })
	}
	got := EventDelivered
	if !counted(first, Measure(got)) || !counted(second, Measure(got)) {
		got = EventAccepted
	}
	both, events := paired(one, two, got)
	for _, e := range policy.DrillEvents() {
		m := Measure(e)
		if both == 0 || slices.Contains(Populations(), m) || !counted(first, m) || !counted(second, m) {
			continue
		}
		p := events[e]
		p.Neither = both - p.Both - p.FirstOnly - p.SecondOnly
		all = append(all, PairedCounts{First: first.Number, Second: second.Number, Measure: m, Paired: p})
	}
	return all
}
