package drill

import (
	"cmp"
	"slices"
	"time"

	"sekimori/policy"
)

// round is what the set says of one round, gathered once.
type round struct {
	of       map[string]*gathered // by organisation
	accepted bool                 // by a gateway
	late     int                  // persons, see RoundCounts
	stranger int
	delays   []time.Duration // from the mail to its report, of those who reported
}

// gathered is what the set says of one organisation.
type gathered struct {
	events           [eventCount]Tally
	told             [eventCount]bool
	flagged, stopped int
	first            int64 // second of the first report; 0: none
}

// gather goes over the persons of a round.
func gather(x *walk) round {
	r := round{of: map[string]*gathered{}}
	at := make([]*gathered, len(x.places))
	for p := (person{}); x.next(&p); {
		for i, d := range p.did {
			if !d.done() {
				continue
			}
			g := at[d.place]
			if g == nil {
				g = r.body(x.places[d.place].organisation)
				at[d.place] = g
			}
			g.add(i, d, x.places[d.place].verdict)
		}
		r.person(&p)
	}
	return r
}

func (r *round) body(name string) *gathered {
	g := r.of[name]
	if g == nil {
		g = &gathered{}
		r.of[name] = g
	}
	return g
}

// add counts what one person did.
func (g *gathered) add(event int, d deed, verdict policy.Action) {
	g.told[event] = true
	g.events[event].add(int(d.class))
	switch {
	case event == eventAccepted && stops(verdict):
		g.stopped++
	case event == eventAccepted && verdict == policy.ActionTag:
		g.flagged++
	case event == eventReported && (g.first == 0 || d.second < g.first):
		g.first = d.second
	}
}

// person counts what is said of one person, wherever they belong.
func (r *round) person(p *person) {
	accepted, delivered := p.did[eventAccepted], p.did[eventDelivered]
	got := accepted.done() || delivered.done()
	r.accepted = r.accepted || accepted.done()
	if p.late {
		r.late++
	}
	if !got && slices.ContainsFunc(p.did[:], deed.done) {
		r.stranger++
	}
	if d := p.did[eventReported]; got && d.done() {
		came := accepted.second
		if !accepted.done() || delivered.done() && delivered.second < came {
			came = delivered.second
		}
		if d.second >= came {
			r.delays = append(r.delays, time.Duration(d.second-came)*time.Second)
		}
	}
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

// median is the middle one, of an even number the earlier one: a time that was one.
func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.SortFunc(of, cmp.Compare[time.Duration])
	return of[(len(of)-1)/2]
}

// reportedWithin is how many of these delays are no longer than each of ReportLimits.
func reportedWithin(delays []time.Duration) []int {
	var counts []int
	for _, limit := range ReportLimits() {
		n := 0
		for _, d := range delays {
			if d <= limit {
				n++
			}
		}
		counts = append(counts, n)
	}
	return counts
}

// tallies are the events of which anything was told.
func (g *gathered) tallies() map[Event]Tally {
	all := map[Event]Tally{}
	for i, e := range policy.DrillEvents() {
		if g.told[i] {
			all[e] = g.events[i]
		}
	}
	return all
}

// Tallies counts the persons of one round by organisation and event, each in the class that says most of a person. What happened
// outside the window is not in it: late is how many persons that leaves something out of. Mail that was accepted and delivered
// late is in it.
func (s *Set) Tallies(drill string, round int, w Window) (tallies map[string]map[Event]Tally, late int) {
	r := gather(s.walk(drill, round, w))
	tallies = map[string]map[Event]Tally{}
	for name, g := range r.of {
		tallies[name] = g.tallies()
	}
	return tallies, r.late
}
