package drill

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// ledgerRecords yields the records of two rounds of 60,000 persons, as a store tells them: 300,000, each with strings of its own.
func ledgerRecords(yield func(Record) bool) {
	person := func(i int) string {
		var text [8]byte
		binary.BigEndian.PutUint64(text[:], uint64(i))
		sum := sha256.Sum256(text[:])
		return string(append(sum[:16:16], 'h'))[:16]
	}
	for round := 1; round <= 2; round++ {
		for _, e := range []struct {
			event Event
			of    int // persons
		}{{EventAccepted, 60_000}, {EventDelivered, 60_000}, {EventOpened, 9_000}, {EventClicked, 9_000}, {EventReported, 12_000}} {
			for i := range e.of {
				r := Record{Drill: "d", Round: round, Event: e.event, Person: person(i * 60_000 / e.of), Class: ClassHuman, At: start.Add(time.Duration(i%7000) * time.Second)}
				r.Organisation = strings.Clone([]string{"mof", "meti", "moj", "mod"}[i%4])
				if e.event == EventAccepted {
					r.Verdict = policy.Action(strings.Clone(string(policy.ActionTag)))
				}
				if !yield(r) {
					return
				}
			}
		}
	}
}

// octets is what a set takes, its places left out.
func (s *Set) octets() (n int) {
	for _, lists := range s.rounds {
		for i := range lists {
			n += cap(lists[i].entries) * int(unsafe.Sizeof(entry{}))
		}
	}
	return n
}

// TestSetSize holds what a gateway spends on counting a large drill: 24 octets for a record and a quarter more while it grows, twice as much
// where a store tells everything twice, and no more however often it does.
func TestSetSize(t *testing.T) {
	const records, most = 300_000, 24*300_000*5/4 + 1<<16
	var s Set
	all := slices.Collect(ledgerRecords)
	for _, r := range all {
		s.Add(r)
	}
	if n := s.octets(); n > most {
		t.Errorf("%d records take %d octets, wanted are %d at most", records, n, most)
	}
	for range 3 {
		for _, r := range all {
			s.Add(r)
		}
	}
	if n := s.octets(); n > 5*most/2 || s.Len() != records {
		t.Errorf("told four times %d records take %d octets, wanted are %d at most", s.Len(), n, 5*most/2)
	}
	if n := len(s.places); n != 1+2*4 {
		t.Errorf("%d places", n)
	}
}

// TestSetPlaces: of as many pairs of organisation and verdict as there can be each is kept, and one more is counted as other.
func TestSetPlaces(t *testing.T) {
	var s Set
	for i := range maxPlaces {
		s.Add(Record{Drill: "d", Round: 1, Event: EventAccepted, Person: fmt.Sprint(i), Organisation: fmt.Sprint(i), Class: ClassHuman, At: start, Verdict: policy.ActionReject})
	}
	of, _ := s.Tallies("d", 1, Window{})
	last, before := fmt.Sprint(maxPlaces-1), fmt.Sprint(maxPlaces-2)
	if len(of) != maxPlaces || of[last] != nil || of[before] == nil || of[policy.Other][EventAccepted].Human != 1 {
		t.Errorf("%d organisations; the last one %v, the one before %v, others %v", len(of), of[last], of[before], of[policy.Other])
	}
}

// TestSetPasses: what is no record is passed over, and times beyond all sense are the first or last that there is.
func TestSetPasses(t *testing.T) {
	sound := Record{Drill: "d", Round: 1, Event: EventOpened, Person: strings.Repeat("p", PersonSize), Organisation: "mof", Class: ClassHuman, At: start}
	var s Set
	for _, change := range []func(*Record){
		func(r *Record) { r.Event = "slept" }, func(r *Record) { r.Class = "cat" }, func(r *Record) { r.Person += "p" },
	} {
		r := sound
		change(&r)
		s.Add(r)
	}
	if n := s.Len(); n != 0 {
		t.Errorf("%d records", n)
	}
	for want, at := range map[int64]time.Time{0: time.Unix(-1, 0), maxSecond: time.Unix(maxSecond+1, 0), start.Unix(): start.Add(time.Second - 1)} {
		var s Set
		r := sound
		r.At = at
		s.Add(r)
		if got := s.rounds[roundKey{"d", 1}][2].entries[0]; got.second() != want || got.class() != 0 || s.places[got.place()] != (place{"mof", ""}) {
			t.Errorf("%v is second %d", at, got.second())
		}
	}
}

// TestEventPlaces: what is known by its place is what it is called.
func TestEventPlaces(t *testing.T) {
	all := policy.DrillEvents()
	if len(all) != eventCount || all[eventAccepted] != EventAccepted || all[eventDelivered] != EventDelivered || all[eventReported] != EventReported {
		t.Errorf("%v", all)
	}
}

// TestWalkAgrees: whatever was recorded, the counts are those of a table of all records that is looked through for each person and event.
func TestWalkAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	w := Window{From: start, Until: start.Add(time.Minute)}
	for range 200 {
		var s Set
		var all []Record
		for range random.IntN(80) {
			r := Record{Drill: "d", Round: 1 + random.IntN(2), Event: policy.DrillEvents()[random.IntN(6)], Person: fmt.Sprint(random.IntN(8)),
				Organisation: []string{"mof", "moj"}[random.IntN(2)], Class: policy.DrillClasses()[random.IntN(3)], At: start.Add(time.Duration(random.IntN(80)-10) * time.Second)}
			all = append(all, r)
			s.Add(r)
		}
		got, late := s.Tallies("d", 1, w)
		want, wantLate := slowly(all, w)
		if diff := cmp.Diff(want, got); diff != "" || late != wantLate {
			t.Fatalf("late %d, wanted %d (-want +got):\n%s", late, wantLate, diff)
		}
	}
}

// slowly counts round 1.
func slowly(all []Record, w Window) (tallies map[string]map[Event]Tally, late int) {
	tallies = map[string]map[Event]Tally{}
	for p := range 8 {
		missed := false
		for _, e := range policy.DrillEvents() {
			var best *Record
			told := false
			for _, c := range policy.DrillClasses() {
				var first *Record // of a class the first record holds, and no other
				for i := range all {
					r := &all[i]
					if r.Round != 1 || r.Person != fmt.Sprint(p) || r.Event != e || r.Class != c {
						continue
					}
					told = true
					if first == nil || r.At.Before(first.At) || r.At.Equal(first.At) && r.Organisation < first.Organisation {
						first = r
					}
				}
				if best == nil && first != nil && (e == EventAccepted || e == EventDelivered || w.Contains(first.At)) {
					best = first
				}
			}
			missed = missed || told && best == nil
			if best == nil {
				continue
			}
			if tallies[best.Organisation] == nil {
				tallies[best.Organisation] = map[Event]Tally{}
			}
			tally := tallies[best.Organisation][e]
			tally.add(slices.Index(policy.DrillClasses(), best.Class))
			tallies[best.Organisation][e] = tally
		}
		if missed {
			late++
		}
	}
	return tallies, late
}

// BenchmarkSet holds what a ledger has of a large drill, and counts it.
func BenchmarkSet(b *testing.B) {
	d := counted()
	b.ReportAllocs()
	for b.Loop() {
		before := heap()
		s := &Set{}
		for r := range ledgerRecords {
			s.Add(r)
		}
		b.ReportMetric(float64(heap()-before)/1e6, "MB-held")
		begun := time.Now()
		c := Count(d, Content{Set: s})
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms-count")
		if len(c.Rounds) != 2 || s.Len() != 300_000 {
			b.Fatalf("%d rounds of %d records", len(c.Rounds), s.Len())
		}
		runtime.KeepAlive(s)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
