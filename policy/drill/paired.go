package drill

import (
	"slices"

	"sekimori/policy"
)

// pairs are what the same persons did in two rounds, for every measure that was counted in both. The walks are at the beginning of
// each.
func pairs(first, second RoundCounts, one, two *walk) (all []PairedCounts) {
	counted := func(c RoundCounts, m Measure) bool {
		return slices.ContainsFunc(c.Bodies, func(b BodyCounts) bool { _, ok := b.Numbers[m]; return ok })
	}
	got := eventDelivered
	if m := Measure(EventDelivered); !counted(first, m) || !counted(second, m) {
		got = eventAccepted
	}
	both, events := paired(one, two, got)
	for i, e := range policy.DrillEvents() {
		m := Measure(e)
		if both == 0 || slices.Contains(Populations(), m) || !counted(first, m) || !counted(second, m) {
			continue
		}
		p := events[i]
		p.Neither = both - p.Both - p.FirstOnly - p.SecondOnly
		all = append(all, PairedCounts{First: first.Number, Second: second.Number, Measure: m, Paired: p})
	}
	return all
}

// paired returns how many persons got both rounds, and of each event those who did it in one or in both. Got is the event that says who
// got one.
func paired(one, two *walk, got int) (both int, events [eventCount]Paired) {
	var a, b person
	moreA, moreB := one.next(&a), two.next(&b)
	for moreA && moreB {
		switch n := a.compare(&b); {
		case n < 0:
			moreA = one.next(&a)
			continue
		case n > 0:
			moreB = two.next(&b)
			continue
		}
		if a.did[got].done() && b.did[got].done() {
			both++
			for i := range events {
				events[i].add(a.did[i].human(), b.did[i].human())
			}
		}
		moreA, moreB = one.next(&a), two.next(&b)
	}
	return both, events
}

// add counts a person who did something in the rounds, or not.
func (p *Paired) add(first, second bool) {
	switch {
	case first && second:
		p.Both++
	case first:
		p.FirstOnly++
	case second:
		p.SecondOnly++
	}
}
