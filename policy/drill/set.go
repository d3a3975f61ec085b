package drill

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"sekimori/policy"
)

// Set holds each person's events once for each class. Whatever the order and however often the same records are added, by one
// gateway or by several, it holds the same. It is used by one goroutine at a time, also where it is only read.
//
// A ledger of 60,000 persons has hundreds of thousands of records, and a gateway counts it while mail flows. So a record takes 24
// octets without a pointer: those of one event lie in a row, and are put in order when somebody counts.
type Set struct {
	rounds map[roundKey]*[eventCount]list
	places []place
	known  map[place]uint16 // index in places
	events map[Event]int    // index in policy.DrillEvents
}

type roundKey struct {
	drill string
	round int
}

// place is what few records differ in.
type place struct {
	organisation string
	verdict      policy.Action
}

// The places of events in policy.DrillEvents, as far as they are needed by name.
const (
	eventAccepted  = 0
	eventDelivered = 1
	eventReported  = 5
	eventCount     = 11
)

const (
	maxPlaces  = 1 << 16
	maxSecond  = 1<<40 - 1
	maxWaiting = 4096 // records of a list that may wait to be put in order, if they are no more than those that are
)

// entry is one record: 16 octets of the person, then its time, place and class.
type entry struct {
	high, low uint64 // the person
	when      uint64 // seconds since 1970, 40 bits; index of the place, 16; rank of the class, 8
}

func (e entry) second() int64 { return int64(e.when >> 24) }
func (e entry) place() uint16 { return uint16(e.when >> 8) }
func (e entry) class() int    { return int(e.when & 0xff) }

// list are the records of one event of a round.
type list struct {
	entries []entry
	ordered int // so many at the beginning are in order, each once
}

// Add puts r into the set; of two records of one person, event and class the earlier holds. One of an event or class that there is
// not, or with a longer Person, is passed over. Of more than 65,535 different pairs of organisation and verdict those beyond are
// counted as policy.Other, without verdict.
func (s *Set) Add(r Record) {
	class := slices.Index(policy.DrillClasses(), r.Class)
	event, known := s.event(r.Event)
	if class < 0 || !known || len(r.Person) > PersonSize {
		return
	}
	if s.rounds == nil {
		s.rounds = map[roundKey]*[eventCount]list{}
	}
	lists := s.rounds[roundKey{r.Drill, r.Round}]
	if lists == nil {
		lists = &[eventCount]list{}
		s.rounds[roundKey{r.Drill, r.Round}] = lists
	}
	var person [PersonSize]byte
	copy(person[:], r.Person)
	second := uint64(min(max(r.At.Unix(), 0), maxSecond))
	c := &lists[event]
	c.entries = append(c.entries, entry{binary.BigEndian.Uint64(person[:8]), binary.BigEndian.Uint64(person[8:]),
		second<<24 | uint64(s.place(r))<<8 | uint64(class)})
	if waiting := len(c.entries) - c.ordered; waiting > maxWaiting && waiting > c.ordered {
		s.order(c) // what comes again and again takes no room
	}
}

// event is the index of an event.
func (s *Set) event(e Event) (int, bool) {
	if s.events == nil {
		s.events = map[Event]int{}
		for i, e := range policy.DrillEvents() {
			s.events[e] = i
		}
	}
	i, known := s.events[e]
	return i, known
}

// place is the index of what r says of organisation and verdict.
func (s *Set) place(r Record) uint16 {
	p := place{r.Organisation, r.Verdict}
	if i, known := s.known[p]; known {
		return i
	}
	if s.known == nil { // index 0 is what those beyond the limit go by
		s.places, s.known = []place{{organisation: policy.Other}}, map[place]uint16{{organisation: policy.Other}: 0}
		return s.place(r)
	}
	if len(s.places) == maxPlaces {
		return 0
	}
	p = place{strings.Clone(r.Organisation), policy.Action(strings.Clone(string(r.Verdict)))}
	s.known[p] = uint16(len(s.places))
	s.places = append(s.places, p)
	return s.known[p]
}

// order puts a list in the order of persons and keeps of each person and class the record that holds. That is one whatever the order of
// arrival: of the same second the one of the lesser organisation and verdict.
func (s *Set) order(c *list) {
	if c.ordered == len(c.entries) {
		return
	}
	slices.SortFunc(c.entries, func(a, b entry) int {
		if n := a.comparePerson(b); n != 0 {
			return n
		}
		if n := cmp.Or(cmp.Compare(a.class(), b.class()), cmp.Compare(a.second(), b.second())); n != 0 || a.place() == b.place() {
			return n
		}
		p, q := s.places[a.place()], s.places[b.place()]
		return cmp.Or(cmp.Compare(p.organisation, q.organisation), cmp.Compare(p.verdict, q.verdict))
	})
	c.entries = slices.CompactFunc(c.entries, func(a, b entry) bool { return a.comparePerson(b) == 0 && a.class() == b.class() })
	c.ordered = len(c.entries)
}

func (e entry) comparePerson(o entry) int {
	switch {
	case e.high != o.high:
		return cmp.Compare(e.high, o.high)
	case e.low != o.low:
		return cmp.Compare(e.low, o.low)
	}
	return 0
}

// Len is the number of records.
func (s *Set) Len() (n int) {
	for _, lists := range s.rounds {
		for i := range lists {
			s.order(&lists[i])
			n += len(lists[i].entries)
		}
	}
	return n
}
