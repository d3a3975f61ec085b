package drill

import "time"

// walk goes over the persons of a round in the order of their hashes, so that what one did in two rounds meets itself, and nothing is
// held but the records.
type walk struct {
	places []place
	rest   [eventCount][]entry
	window Window
}

// deed is the record that counts of what a person did; with class -1 there is none.
type deed struct {
	second int64
	place  uint16
	class  int8
}

func (d deed) done() bool { return d.class >= 0 }

// human reports whether it was done, and by a person.
func (d deed) human() bool { return d.class == 0 }

// person is what one person did in a round.
type person struct {
	id   entry // with the person alone
	did  [eventCount]deed
	late bool // something was done outside the window, and does not count
}

func (p *person) compare(o *person) int { return p.id.comparePerson(o.id) }

// walk begins at the first person of a round that has the window w.
func (s *Set) walk(drill string, round int, w Window) *walk {
	x := &walk{places: s.places, window: w}
	if lists := s.rounds[roundKey{drill, round}]; lists != nil {
		for i := range lists {
			s.order(&lists[i])
			x.rest[i] = lists[i].entries
		}
	}
	return x
}

// next puts the next person into p; false: there is none. Of a person's records of an event the one in time that says most of a person
// counts.
func (x *walk) next(p *person) bool {
	var first *entry
	for i := range x.rest {
		if r := x.rest[i]; len(r) > 0 && (first == nil || r[0].comparePerson(*first) < 0) {
			first = &r[0]
		}
	}
	if first == nil {
		return false
	}
	*p = person{id: entry{high: first.high, low: first.low}}
	for i := range x.rest {
		p.did[i].class = -1
		r := x.rest[i]
		there := len(r) > 0 && r[0].comparePerson(p.id) == 0
		for len(r) > 0 && r[0].comparePerson(p.id) == 0 { // its classes, the one that says most first
			if e := r[0]; !p.did[i].done() && counts(i, e, x.window) {
				p.did[i] = deed{e.second(), e.place(), int8(e.class())}
			}
			r = r[1:]
		}
		x.rest[i] = r
		p.late = p.late || there && !p.did[i].done()
	}
	return true
}

// counts reports whether a record is in time. Mail that was accepted and delivered late is.
func counts(event int, e entry, w Window) bool {
	return event <= eventDelivered || w.Contains(time.Unix(e.second(), 0))
}
