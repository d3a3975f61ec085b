package drill

import (
	"cmp"
	"slices"
	"time"

	"sekimori/policy"
)

// Record is one person's event.
type Record struct {
	Drill        string
	Round        int
	Event        Event
	Person       string // keyed hash of an address; compared, never shown
	Organisation string
	Class        Class
	At           time.Time
	Verdict      policy.Action // of EventAccepted: what the rules would have done with the mail; else ""
}

// key is what makes two records the same.
type key struct {
	drill  string
	round  int
	event  Event
	person string
	class  Class
}

func (r Record) key() key { return key{r.Drill, r.Round, r.Event, r.Person, r.Class} }

// Set holds each person's events once for each class. Whatever the order and however often the same records are added, by one
// gateway or by several, it holds the same.
type Set struct{ records map[key]Record }

// Add puts r into the set and reports whether that changed it. Of two records of one person, event and class the earlier holds.
func (s *Set) Add(r Record) (changed bool) {
	if s.records == nil {
		s.records = map[key]Record{}
	}
	old, there := s.records[r.key()]
	if there && !r.before(old) {
		return false
	}
	s.records[r.key()] = r
	return true
}

// before reports whether r holds in place of old, a record with the same key. It is a total order, so that no order of
// arrival matters.
func (r Record) before(old Record) bool {
	return cmp.Or(r.At.Compare(old.At), cmp.Compare(r.Organisation, old.Organisation), cmp.Compare(r.Verdict, old.Verdict)) < 0
}

func rank(c Class) int {
	if i := slices.Index(policy.DrillClasses(), c); i >= 0 {
		return i
	}
	return len(policy.DrillClasses())
}

// Len is the number of records.
func (s *Set) Len() int { return len(s.records) }

// Tally is how many persons did something, each in one class.
type Tally struct{ Human, Uncertain, Machine int }

// Tallies counts the persons of one round by organisation and event, each in the class that says most of a person. What happened
// outside the window is not in it: late is how many persons and events that left out. Mail that was accepted and delivered
// late is in it.
func (s *Set) Tallies(drill string, round int, w Window) (tallies map[string]map[Event]Tally, late int) {
	persons, late := s.persons(drill, round, w)
	return tally(persons), late
}

func tally(persons map[deed]Record) map[string]map[Event]Tally {
	tallies := map[string]map[Event]Tally{}
	for _, r := range persons {
		events := tallies[r.Organisation]
		if events == nil {
			events = map[Event]Tally{}
			tallies[r.Organisation] = events
		}
		t := events[r.Event]
		switch r.Class {
		case ClassHuman:
			t.Human++
		case ClassUncertain:
			t.Uncertain++
		case ClassMachine:
			t.Machine++
		}
		events[r.Event] = t
	}
	return tallies
}

// deed is what a person did, in whichever class.
type deed struct {
	person string
	event  Event
}

func (r Record) deed() deed { return deed{r.Person, r.Event} }

// persons returns the one record that counts of each person and event of a round, and how many persons and events have none in time.
func (s *Set) persons(drill string, round int, w Window) (best map[deed]Record, late int) {
	best = map[deed]Record{}
	left := map[deed]bool{}
	for _, r := range s.records {
		if r.Drill != drill || r.Round != round {
			continue
		}
		if !r.counts(w) {
			left[r.deed()] = true
			continue
		}
		if old, there := best[r.deed()]; !there || rank(r.Class) < rank(old.Class) {
			best[r.deed()] = r
		}
	}
	for d := range left {
		if _, counted := best[d]; !counted {
			late++
		}
	}
	return best, late
}

// counts reports whether a record is in time.
func (r Record) counts(w Window) bool {
	return r.Event == EventAccepted || r.Event == EventDelivered || w.Contains(r.At)
}

// Pair returns what persons who got both rounds did in them while their windows were open; delivered is the event that says who got
// one.
func (s *Set) Pair(drill string, first, second RoundWindow, delivered, event Event) Paired {
	one, _ := s.persons(drill, first.Number, first.Window)
	two, _ := s.persons(drill, second.Number, second.Window)
	both, events := paired(one, two, delivered)
	p := events[event]
	p.Neither = both - p.Both - p.FirstOnly - p.SecondOnly
	return p
}

// paired returns how many persons got both rounds, and of each event those who did it in one or in both.
func paired(one, two map[deed]Record, delivered Event) (both int, events map[Event]Paired) {
	got := map[string]bool{}
	for d := range one {
		if d.event == delivered {
			if _, ok := two[deed{d.person, delivered}]; ok {
				got[d.person] = true
			}
		}
	}
	events = map[Event]Paired{}
	for d, r := range one {
		if r.Class != ClassHuman || d.event == delivered || !got[d.person] {
			continue
		}
		p := events[d.event]
		if after, ok := two[d]; ok && after.Class == ClassHuman {
			p.Both++
		} else {
			p.FirstOnly++
		}
		events[d.event] = p
	}
	for d, r := range two {
		if r.Class != ClassHuman || d.event == delivered || !got[d.person] {
			continue
		}
		if before, ok := one[d]; !ok || before.Class != ClassHuman {
			p := events[d.event]
			p.SecondOnly++
			events[d.event] = p
		}
	}
	return len(got), events
}

// RoundWindow is a round and the time in which it counts.
type RoundWindow struct {
	Number int
	Window Window
}
