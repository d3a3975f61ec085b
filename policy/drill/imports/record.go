package imports

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// deed is what a person did, as the ledger holds it once.
type deed struct {
	person string
	event  drill.Event
}

// Records returns what the import says of the round: one record for each person and event, in the order of time. Visits are
// judged over the whole import, since one alone says little. Of several visits of a person one in the window holds, of those one in
// the class that says most of a person, of those the earliest.
func (im *Import) Records() []drill.Record {
	return im.judge(func(Event, time.Time) bool { return true })
}

// Settled is like Records of the visits that nothing yet to come can show in another light: those up to a time, of persons of whom it
// is known when they got their mail. Events that are no visits are in it always. What is returned now is never taken back, if
// events come in no later than that.
func (im *Import) Settled(until time.Time) []drill.Record {
	return im.judge(func(e Event, delivered time.Time) bool { return !delivered.IsZero() && !e.At.After(until) })
}

// judge makes the records; of visits those that are settled.
func (im *Import) judge(settled func(Event, time.Time) bool) []drill.Record {
	events := im.distinct()
	delivered := deliveries(events)
	var visits []drill.Visit
	for i := range events {
		if e := &events[i]; e.Step.visit() {
			v := drill.Visit{Person: e.Person, At: e.At, Delivered: delivered[e.Person], Client: e.Client}
			if e.Program {
				v.Agent = program
			}
			visits = append(visits, v)
		}
	}
	judged := im.machines.Classify(visits)
	best := make(map[deed]drill.Record, len(events))
	for _, e := range events {
		class := drill.ClassHuman
		if e.Step.visit() {
			class, judged = judged[0].Class, judged[1:]
			if !settled(e, delivered[e.Person]) {
				continue
			}
		}
		for _, event := range im.counts[e.Step] {
			r := drill.Record{Drill: im.config.Drill.Name, Round: im.config.Round.Number, Event: event, Person: e.Person,
				Organisation: im.organisation(e), Class: class, At: e.At}
			k := deed{e.Person, event}
			if old, there := best[k]; !there || im.before(r, old) {
				best[k] = r
			}
		}
	}
	return sorted(best)
}

// program is a User-Agent that every judgement takes for a program's.
const program = "bot/"

// distinct returns every event once: the same one may stand in several files, and a webhook be replayed.
func (im *Import) distinct() []Event {
	type mark struct {
		step   Step
		person string
		at     int64
		client netip.Addr
	}
	seen := make(map[mark]bool, len(im.events))
	all := make([]Event, 0, len(im.events))
	for _, e := range im.events {
		m := mark{e.Step, e.Person, e.At.UnixNano(), e.Client}
		if !seen[m] {
			seen[m] = true
			all = append(all, e)
		}
	}
	return all
}

// deliveries says when each person's mail was first handed over.
func deliveries(events []Event) map[string]time.Time {
	all := map[string]time.Time{}
	for i := range events {
		e := &events[i]
		if e.Step != StepSent {
			continue
		}
		if t, there := all[e.Person]; !there || e.At.Before(t) {
			all[e.Person] = e.At
		}
	}
	return all
}

// organisation is that of a person, whichever file said it.
func (im *Import) organisation(e Event) string {
	return cmp.Or(e.Organisation, im.organisations[e.Person], policy.Other)
}

// before reports whether a holds in place of b.
func (im *Import) before(a, b drill.Record) bool {
	w := im.config.Round.Window
	if in := w.Contains(a.At); in != w.Contains(b.At) {
		return in
	}
	classes := policy.DrillClasses()
	return cmp.Or(slices.Index(classes, a.Class)-slices.Index(classes, b.Class), a.At.Compare(b.At), cmp.Compare(a.Organisation, b.Organisation)) < 0
}

// sorted returns the records in an order that does not depend on the files.
func sorted(best map[deed]drill.Record) []drill.Record {
	all := make([]drill.Record, 0, len(best))
	for _, r := range best {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b drill.Record) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Event, b.Event))
	})
	return all
}
