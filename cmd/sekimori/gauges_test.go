package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/internal/ledger"
	"sekimori/metrics"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// gaugeStand is a place of ledgers, a policy with some drills, and a clock.
type gaugeStand struct {
	dir    string
	policy *policy.Policy
	at     time.Time
}

func newGaugeStand(t testing.TB, drills ...policy.Drill) *gaugeStand {
	p := policy.Default()
	p.Drills = drills
	return &gaugeStand{dir: t.TempDir(), policy: p, at: day(1)}
}

// day is noon of a day of November 2011.
func day(n int) time.Time { return time.Date(2011, 11, n, 12, 0, 0, 0, time.UTC) }

// drillOf is a drill of one round, from a day to another.
func drillOf(name string, from, until int) policy.Drill {
	return policy.Drill{Name: name, Rounds: []policy.Round{{Number: 1, Window: policy.Window{From: day(from), Until: day(until)}}}}
}

// gateway returns the ledger and the reader of one gateway of the place.
func (s *gaugeStand) gateway(t testing.TB) (*ledger.Ledger, *drillGauges) {
	t.Helper()
	l, err := openLedger(policy.Store{Kind: policy.StoreFile, Ledger: s.dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, &drillGauges{policy: func() *policy.Policy { return s.policy }, ledger: func() *ledger.Ledger { return l },
		now: func() time.Time { return s.at }, log: slog.New(slog.DiscardHandler)}
}

// accepted records the mail of round 1 for n persons.
func accepted(t testing.TB, l *ledger.Ledger, drill string, at time.Time, n int) {
	t.Helper()
	var records []policy.DrillRecord
	for i := range n {
		records = append(records, policy.DrillRecord{Drill: drill, Round: 1, Event: policy.DrillAccepted, Class: policy.DrillHuman, At: at,
			Person: policy.Address{Local: fmt.Sprint(i), Domain: "mof.test"}, Organisation: "mof"})
	}
	if err := l.Record(context.Background(), records); err != nil {
		t.Fatal(err)
	}
}

// told is what a reading says, as name:state:accepted.
func told(t testing.TB, r *drillGauges, wantErr bool) string {
	t.Helper()
	all, err := r.read(t.Context())
	if (err != nil) != wantErr {
		t.Errorf("reading: %v", err)
	}
	var out []string
	for _, d := range all {
		n := -1
		for _, x := range d.Counts.Rounds {
			for _, b := range x.Bodies {
				n = b.Numbers[drill.Measure(drill.EventAccepted)]
			}
		}
		out = append(out, fmt.Sprintf("%s:%v:%d", d.Drill.Name, d.Closed, n))
	}
	return strings.Join(out, " ")
}

func wantTold(t testing.TB, r *drillGauges, want string) {
	t.Helper()
	if got := told(t, r, false); got != want {
		t.Errorf("the gauges tell %q, wanted is %q", got, want)
	}
}

func closeDrill(t testing.TB, l *ledger.Ledger, d *policy.Drill) {
	t.Helper()
	if err := l.Freeze(t.Context(), d.Name, func(c ledger.Content) drill.Counts { return drill.Count(d, c) }); err != nil {
		t.Fatal(err)
	}
}

// TestGaugesOfDrills: what is open is shown, and of what is closed the last; two gateways and a new process show the same, also
// when the drill is closed and forgotten.
func TestGaugesOfDrills(t *testing.T) {
	s := newGaugeStand(t, drillOf("first", 2, 3), drillOf("second", 4, 5), drillOf("third", 6, 7), drillOf("never", 4, 5))
	l, r := s.gateway(t)
	_, other := s.gateway(t)
	wantTold(t, r, "third:false:-1 second:false:-1 never:false:-1") // those that begin last
	accepted(t, l, "first", day(2), 3)
	accepted(t, l, "second", day(4), 4)
	s.at = day(5)
	closeDrill(t, l, &s.policy.Drills[0])
	for range 2 {
		wantTold(t, r, "third:false:-1 second:false:4 never:false:-1 first:true:3")
	}
	wantTold(t, other, "third:false:-1 second:false:4 never:false:-1 first:true:3")
	accepted(t, l, "second", day(4), 6)
	for _, r := range []*drillGauges{r, other} {
		wantTold(t, r, "third:false:-1 second:false:6 never:false:-1 first:true:3")
	}
	closeDrill(t, l, &s.policy.Drills[1])
	if err := l.Forget(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	s.at = day(5).Add(policy.DrillTail + time.Second)
	_, restarted := s.gateway(t)
	for _, r := range []*drillGauges{r, other, restarted} {
		wantTold(t, r, "third:false:-1 second:true:6")
	}
}

// TestGaugesWithoutDrills: a policy without drills has no ledger.
func TestGaugesWithoutDrills(t *testing.T) {
	s := newGaugeStand(t)
	_, r := s.gateway(t)
	wantTold(t, r, "")
	r.ledger = func() *ledger.Ledger { return nil }
	s.policy.Drills = []policy.Drill{drillOf("d", 1, 2)}
	wantTold(t, r, "")
}

// TestGaugesOfLostLedger: what is known stays when a ledger cannot be read; of what is not known only the definition is shown, and
// the page of metrics is whole all the same.
func TestGaugesOfLostLedger(t *testing.T) {
	s := newGaugeStand(t, drillOf("d", 1, 3), drillOf("torn", 1, 3))
	if err := os.WriteFile(filepath.Join(s.dir, "torn.ledger"), []byte(strings.Repeat("no ledger", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, r := s.gateway(t)
	accepted(t, l, "d", day(1), 3)
	if got, want := told(t, r, true), "d:false:3 torn:false:-1"; got != want {
		t.Errorf("beside a torn ledger the gauges tell %q, wanted is %q", got, want)
	}
	l.Close()
	if got, want := told(t, r, true), "d:false:3 torn:false:-1"; got != want {
		t.Errorf("of a closed ledger the gauges tell %q, wanted is %q", got, want)
	}
	reg := metrics.NewRegistry()
	g := metrics.NewDrillGauges(reg, r.read, func() time.Time { return s.at })
	defer g.Close()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	if !names["sekimori_drill_accepted_recipients"] || !names["sekimori_drill_ledger_read_failures_total"] {
		t.Errorf("the page has %v", names)
	}
}

// TestGaugesOfLastClosed: of what is closed that is shown whose last window ended last, wherever it stands in the policy.
func TestGaugesOfLastClosed(t *testing.T) {
	s := newGaugeStand(t, drillOf("early", 2, 3), drillOf("late", 4, 6), drillOf("between", 4, 5))
	l, r := s.gateway(t)
	for i := range s.policy.Drills {
		accepted(t, l, s.policy.Drills[i].Name, day(4), 1)
		closeDrill(t, l, &s.policy.Drills[i])
	}
	wantTold(t, r, "late:true:1")
}

// TestGaugesOfAnotherPlace: after a reload that names another ledger, or while one is away of which nothing is known yet, nothing
// of before is taken for new.
func TestGaugesOfAnotherPlace(t *testing.T) {
	s := newGaugeStand(t, drillOf("d", 1, 3))
	l, r := s.gateway(t)
	accepted(t, l, "d", day(1), 3)
	closeDrill(t, l, &s.policy.Drills[0])
	wantTold(t, r, "d:true:3")
	s.dir = t.TempDir()
	next, _ := s.gateway(t)
	r.ledger = func() *ledger.Ledger { return next }
	wantTold(t, r, "d:false:-1")
	known := r.known["d"].Read
	s.at = s.at.Add(time.Hour)
	next.Close()
	told(t, r, true)
	if !r.known["d"].Read.Equal(known) {
		t.Error("a ledger that cannot be read counts as read")
	}
}

// TestGaugesCountAnewOnlyWhatChanged: as long as nothing is added nothing is read, up to countHolds; a new definition counts anew.
func TestGaugesCountAnewOnlyWhatChanged(t *testing.T) {
	s := newGaugeStand(t, drillOf("d", 1, 3))
	l, r := s.gateway(t)
	accepted(t, l, "d", day(1), 3)
	wantTold(t, r, "d:false:3")
	counted := r.known["d"].counted
	s.at = counted.Add(countHolds - 1)
	wantTold(t, r, "d:false:3")
	if k := r.known["d"]; !k.counted.Equal(counted) || !k.Read.Equal(s.at) {
		t.Errorf("counted at %s, known at %s", k.counted, k.Read)
	}
	s.at = counted.Add(countHolds)
	wantTold(t, r, "d:false:3")
	if !r.known["d"].counted.Equal(s.at) {
		t.Errorf("not counted again after %s", countHolds)
	}
	s.policy = policy.Default()
	s.policy.Drills = []policy.Drill{drillOf("d", 1, 4)}
	s.at = s.at.Add(time.Second)
	wantTold(t, r, "d:false:3")
	if !r.known["d"].counted.Equal(s.at) {
		t.Error("not counted again for another definition")
	}
}

// BenchmarkGaugesOfDrills reads a ledger of 300,000 records: five events of 60,000 persons.
func BenchmarkGaugesOfDrills(b *testing.B) {
	s := newGaugeStand(b, drillOf("d", 1, 3))
	l, r := s.gateway(b)
	var records []drill.Record
	flush := func() {
		if _, err := l.Add(context.Background(), records); err != nil {
			b.Fatal(err)
		}
		records = records[:0]
	}
	for i := range 60_000 {
		person, err := l.Person(context.Background(), "d", policy.Address{Local: fmt.Sprint(i), Domain: "mof.test"})
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range []drill.Event{drill.EventAccepted, drill.EventDelivered, drill.EventOpened, drill.EventClicked, drill.EventReported} {
			records = append(records, drill.Record{Drill: "d", Round: 1, Event: e, Person: person, Organisation: fmt.Sprintf("ministry_%d", i%12),
				Class: drill.ClassHuman, At: day(1).Add(time.Duration(i) * time.Second)})
		}
		if len(records) == ledger.MaxBatch {
			flush()
		}
	}
	read := func(b *testing.B) {
		if all, err := r.read(context.Background()); err != nil || len(all) != 1 {
			b.Fatal(all, err)
		}
	}
	read(b)
	b.Run("unchanged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read(b)
		}
	})
	b.Run("changed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.known["d"].sizes = nil
			read(b)
		}
	})
}
