package drill

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func record(person string, e Event, c Class, after time.Duration) Record {
	return Record{Drill: "d", Round: 1, Event: e, Person: person, Organisation: "mof", Class: c, At: start.Add(after)}
}

// Persons are counted, not events: two openings, two clicks and a submission are one person who opened, clicked, submitted.
func TestSetCountsPersons(t *testing.T) {
	var s Set
	for _, r := range []Record{
		record("a", EventDelivered, ClassHuman, -time.Hour), record("a", EventOpened, ClassHuman, 1), record("a", EventOpened, ClassHuman, 2), record("a", EventClicked, ClassHuman, 3),
		record("a", EventClicked, ClassHuman, 4), record("a", EventSubmitted, ClassHuman, 5), record("b", EventOpened, ClassMachine, 1), record("b", EventOpened, ClassHuman, 9),
		record("c", EventOpened, ClassUncertain, 1), record("c", EventOpened, ClassMachine, 0), record("e", EventOpened, ClassHuman, end.Sub(start)),
		record("f", EventOpened, ClassMachine, -1), record("g", EventOpened, ClassUncertain, 1), record("g", EventOpened, ClassHuman, end.Sub(start)),
	} {
		s.Add(r)
	}
	tallies, late := s.Tallies("d", 1, Window{From: start, Until: end})
	want := map[string]map[Event]Tally{"mof": {EventDelivered: {Human: 1}, EventOpened: {Human: 2, Uncertain: 2}, EventClicked: {Human: 1}, EventSubmitted: {Human: 1}}}
	if diff := cmp.Diff(want, tallies); diff != "" || late != 2 {
		t.Errorf("late %d\n%s", late, diff)
	}
	if got := Numbers(tallies["mof"]); got["opened"] != 2 || got["opened_uncertain"] != 2 || got["opened_machine"] != 0 || got["delivered"] != 1 {
		t.Errorf("%v", got)
	}
	if tallies, _ := s.Tallies("d", 2, Window{From: start, Until: end}); len(tallies) > 0 {
		t.Errorf("another round: %v", tallies)
	}
}

// The same records in any order, any number of times, through one set or two, give the same.
func TestSetHasNoOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var records []Record
	for i := range 300 {
		x := record(fmt.Sprint(i%20), policy.DrillEvents()[i%5], policy.DrillClasses()[r.IntN(3)], time.Duration(r.IntN(5))*time.Second)
		x.Organisation = fmt.Sprint(r.IntN(2))
		records = append(records, x)
	}
	var first Set
	for _, x := range records {
		first.Add(x)
	}
	for range 20 {
		r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		var again Set
		for _, x := range append(records, records[:100]...) {
			again.Add(x)
		}
		if diff := cmp.Diff(held(&first), held(&again)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// held is everything that a set holds, as text.
func held(s *Set) (all []string) {
	s.Len()
	for key, lists := range s.rounds {
		for i, c := range lists {
			for _, e := range c.entries {
				all = append(all, fmt.Sprint(key, i, e.high, e.low, e.class(), e.second(), s.places[e.place()]))
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestPaired(t *testing.T) {
	var s Set
	for person, did := range map[string][2]bool{"a": {true, true}, "b": {true, false}, "c": {false, true}, "d": {false, false}} {
		for round, opened := range did {
			r := record(person, EventAccepted, ClassHuman, 0)
			r.Round = round + 1
			s.Add(r)
			if r.Event = EventOpened; opened {
				s.Add(r)
			}
		}
	}
	s.Add(record("only_first", EventAccepted, ClassHuman, 0))
	s.Add(record("only_first", EventOpened, ClassHuman, 0))
	s.Add(record("d", EventOpened, ClassHuman, end.Sub(start))) // too late
	s.Add(record("d", EventOpened, ClassMachine, 0))
	w := Window{From: start, Until: end}
	both, events := paired(s.walk("d", 1, w), s.walk("d", 2, w), eventAccepted)
	if got := events[slices.Index(policy.DrillEvents(), EventOpened)]; both != 4 || got != (Paired{Both: 1, FirstOnly: 1, SecondOnly: 1}) {
		t.Errorf("%d got both: %+v", both, got)
	}
}

func TestClassify(t *testing.T) {
	a, b := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("203.0.113.1")
	rules := DefaultMachineRules()
	rules.Scanners = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	visit := func(person string, s float64, from netip.Addr) Visit {
		return Visit{Person: person, At: at(s), Delivered: start, Client: from}
	}
	shared := []Visit{visit("x", 100, a), visit("y", 101, a), visit("z", 102, a)}
	egress := rules
	egress.Egress = []netip.Prefix{netip.PrefixFrom(a, 32)}
	hidden := visit("x", 60, a)
	hidden.Hidden = true
	curl := visit("x", 60, a)
	curl.Agent = "curl/8.0"
	unknown := visit("x", -60, a)
	unknown.Delivered = time.Time{}
	u, m, h := ClassUncertain, ClassMachine, ClassHuman
	for _, tt := range []struct {
		name   string
		rules  MachineRules
		visits []Visit
		want   []Class
	}{
		{"a person", rules, []Visit{visit("x", 60, a)}, []Class{h}},
		{"before delivery", rules, []Visit{visit("x", -0.1, a)}, []Class{m}},
		{"delivery not known", rules, []Visit{unknown}, []Class{h}},
		{"within 3 seconds", rules, []Visit{visit("x", 2.9, a), visit("y", 3, b)}, []Class{u, h}},
		{"scanner", rules, []Visit{visit("x", 60, netip.MustParseAddr("::ffff:192.0.2.7"))}, []Class{m}},
		{"program", rules, []Visit{curl}, []Class{m}},
		{"hidden link, and its company", rules, []Visit{hidden, visit("x", 90, a), visit("x", 95, b), visit("y", 99, a)}, []Class{m, u, h, h}},
		{"3 in 3 seconds", rules, []Visit{visit("x", 60, a), visit("x", 61, a), visit("x", 63, a)}, []Class{h, h, h}},
		{"4 in 3 seconds", rules, []Visit{visit("x", 60, a), visit("x", 61, a), visit("x", 62, b), visit("x", 63, a), visit("x", 600, a)}, []Class{u, u, u, u, h}},
		{"4 in 4 seconds", rules, []Visit{visit("x", 60, a), visit("x", 61, a), visit("x", 62, b), visit("x", 63.1, a)}, []Class{h, h, h, h}},
		{"one address, three persons", rules, shared, []Class{u, u, u}},
		{"one address, two persons", rules, shared[:2], []Class{h, h}},
		{"one address, over time", rules, []Visit{visit("x", 100, a), visit("y", 102, a), visit("z", 104, a)}, []Class{h, h, h}},
		{"own proxy", egress, shared, []Class{h, h, h}},
		{"nothing", rules, nil, []Class{}},
	} {
		got := []Class{}
		for _, j := range tt.rules.Classify(tt.visits) {
			got = append(got, j.Class)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}
