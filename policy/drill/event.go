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
}

func (r Record) key() key { return key{r.Drill, r.Round, r.Event, r.Person} }

// Set holds each person's events once. Whatever the order and however often the same records are added, by one gateway or
// by several, it holds the same.
type Set struct{ records map[key]Record }

// Add puts r into the set and reports whether that changed it. Of two records of the same event the class that says more
// of a person holds, with the earliest time of that class. The organisation is the one that was seen first.
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
	return cmp.Or(rank(r.Class)-rank(old.Class), r.At.Compare(old.At), cmp.Compare(r.Organisation, old.Organisation)) < 0
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

// Tallies counts the persons of one round by organisation and event. What happened outside the window is not in it: late
// is how many records that left out, mail that was accepted and delivered late not among them.
func (s *Set) Tallies(drill string, round int, w Window) (tallies map[string]map[Event]Tally, late int) {
	tallies = map[string]map[Event]Tally{}
	for _, r := range s.records {
		if r.Drill != drill || r.Round != round {
			continue
		}
		if r.Event != EventAccepted && r.Event != EventDelivered && !w.Contains(r.At) {
			late++
			continue
		}
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
	return tallies, late
}

// Pair returns what persons who got both rounds did in them; delivered is the event that says who got one.
func (s *Set) Pair(drill string, first, second int, delivered, event Event) Paired {
	did := func(round int, e Event, person string) bool {
		r, ok := s.records[key{drill, round, e, person}]
		return ok && r.Class == ClassHuman
	}
	var p Paired
	for k := range s.records {
		if k.drill != drill || k.round != first || k.event != delivered {
			continue
		}
		if _, ok := s.records[key{drill, second, delivered, k.person}]; !ok {
			continue
		}
		one, two := did(first, event, k.person), did(second, event, k.person)
		switch {
		case one && two:
			p.Both++
		case one:
			p.FirstOnly++
		case two:
			p.SecondOnly++
		default:
			p.Neither++
		}
	}
	return p
}
