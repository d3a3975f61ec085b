package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// place is where a ledger can be opened more than once.
type place func(testing.TB) *Ledger

func filePlace(t testing.TB) place {
	dir := t.TempDir()
	return func(t testing.TB) *Ledger {
		t.Helper()
		l, err := Open(Config{Store: policy.Store{Kind: policy.StoreFile, Ledger: dir}, Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
}

func TestFile(t *testing.T) { suite(t, filePlace) }

// suite are the tests that ledgers in a file and in Redis pass.
func suite(t *testing.T, where func(testing.TB) place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, place)
	}{
		{"replays", testReplays},
		{"persons", testPersons},
		{"sent", testSent},
		{"limits", testLimits},
		{"close", testClose},
		{"forget", testForget},
		{"notes", testNotes},
		{"imports", testImports},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, where(t)) })
	}
}

func begin() time.Time { return time.Date(2011, 11, 7, 0, 0, 0, 0, time.UTC) }

func hanako() policy.Address { return policy.Address{Local: "hanako", Domain: "mof.test"} }

// event is something that hanako did n minutes after the beginning.
func event(e policy.DrillEvent, minutes int) policy.DrillRecord {
	return policy.DrillRecord{Drill: "d", Round: 1, Event: e, Person: hanako(), Organisation: "mof", Class: policy.DrillHuman,
		At: begin().Add(time.Duration(minutes) * time.Minute)}
}

func record(t testing.TB, l *Ledger, records ...policy.DrillRecord) {
	t.Helper()
	if err := l.Record(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, l *Ledger) Content {
	t.Helper()
	c, err := l.Read(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tallies(t testing.TB, l *Ledger) map[drill.Event]drill.Tally {
	t.Helper()
	of, _ := content(t, l).Set.Tallies("d", 1, drill.Window{From: begin(), Until: begin().Add(time.Hour)})
	return of["mof"]
}

// testReplays: what comes twice, by one gateway or by another, by mail or by import, counts once.
func testReplays(t *testing.T, open place) {
	one, two := open(t), open(t)
	accepted := event(policy.DrillAccepted, 0)
	accepted.Verdict, accepted.MessageID = policy.ActionTag, "1@drill.test"
	for _, l := range []*Ledger{one, two, one} {
		record(t, l, accepted, event(policy.DrillReplied, 10))
	}
	later := event(policy.DrillReplied, 20)
	later.Person.Local = "Hanako+detail"
	record(t, two, later)
	person, err := two.Person(t.Context(), "d", hanako())
	if err != nil {
		t.Fatal(err)
	}
	imported := []drill.Record{
		{Drill: "d", Round: 1, Event: drill.EventOpened, Person: person, Organisation: "mof", Class: drill.ClassUncertain, At: begin().Add(time.Minute)},
		{Drill: "d", Round: 1, Event: drill.EventOpened, Person: person, Organisation: "mof", Class: drill.ClassHuman, At: begin().Add(2 * time.Minute)},
		{Drill: "d", Round: 1, Event: drill.EventReplied, Person: person, Organisation: "mof", Class: drill.ClassHuman, At: begin().Add(5 * time.Minute)},
	}
	for i, want := range []int{2, 0} {
		if n, err := one.Add(t.Context(), imported); n != want || err != nil {
			t.Errorf("import %d: %d are new, %v, want %d", i, n, err, want)
		}
	}
	got := tallies(t, open(t))
	for e, want := range map[drill.Event]drill.Tally{drill.EventAccepted: {Human: 1}, drill.EventReplied: {Human: 1}, drill.EventOpened: {Human: 1}} {
		if got[e] != want {
			t.Errorf("%s: %+v, want %+v", e, got[e], want)
		}
	}
	if n := one.Accepted(t.Context(), "d", 1); n != 1 {
		t.Errorf("accepted for %d persons", n)
	}
	for _, r := range recordsOf(t, one) {
		if r.Event == drill.EventAccepted && (r.Verdict != policy.ActionTag || !r.At.Equal(begin())) {
			t.Errorf("read back %+v", r)
		}
		if r.Event == drill.EventReplied && !r.At.Equal(begin().Add(5*time.Minute)) {
			t.Errorf("of several times %s stayed", r.At)
		}
	}
}

func recordsOf(t testing.TB, l *Ledger) (all []drill.Record) {
	t.Helper()
	err := l.books.Each(t.Context(), "d", func(e store.Entry) error {
		if r, ok := recordOf("d", e); ok {
			all = append(all, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func testPersons(t *testing.T, open place) {
	person := func(l *Ledger, drill, local string) string {
		p, err := l.Person(t.Context(), drill, policy.Address{Local: local, Domain: "mof.test"})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, two := open(t), open(t)
	hanako := person(one, "d", "hanako")
	if person(two, "d", "HANAKO+x") != hanako {
		t.Error("two gateways know a person by different names")
	}
	if person(one, "other", "hanako") == hanako || person(one, "d", "taro") == hanako {
		t.Error("the same hash in another drill, or for somebody else")
	}
}

func testSent(t *testing.T, open place) {
	one, two := open(t), open(t)
	if n, err := one.Sent(t.Context(), "d", []string{"1@drill.test"}); n != 0 || err != nil {
		t.Errorf("nothing was sent: %d, %v", n, err)
	}
	if state, _, _ := one.Frozen(t.Context(), "d"); state != StateNone {
		t.Errorf("a question made a ledger: %s", state)
	}
	for round, id := range map[int]string{1: "1@drill.test", 2: "2@drill.test"} {
		r := event(policy.DrillAccepted, 0)
		r.Round, r.MessageID = round, id
		record(t, one, r)
	}
	for _, tt := range []struct {
		ids  []string
		want int
	}{
		{nil, 0}, {[]string{"x"}, 0}, {[]string{"x", "1@drill.test"}, 1}, {[]string{"2@drill.test"}, 2},
		{append(make([]string, MaxIDs-1), "2@drill.test"), 2}, {append(make([]string, MaxIDs), "2@drill.test"), 0},
	} {
		if n, err := two.Sent(t.Context(), "d", tt.ids); n != tt.want || err != nil {
			t.Errorf("%q: round %d, %v, want %d", tt.ids, n, err, tt.want)
		}
	}
}

func testLimits(t *testing.T, open place) {
	l := open(t)
	person, err := l.Person(t.Context(), "d", hanako())
	if err != nil {
		t.Fatal(err)
	}
	good := drill.Record{Drill: "d", Round: 1, Event: drill.EventOpened, Person: person, Class: drill.ClassHuman, At: begin()}
	many := make([]drill.Record, MaxBatch+1)
	for i := range many {
		many[i] = good
	}
	if n, err := l.Add(t.Context(), many[:MaxBatch]); n != 1 || err != nil {
		t.Errorf("%d records: %d, %v", MaxBatch, n, err)
	}
	if _, err := l.Add(t.Context(), many); !errors.Is(err, ErrTooBig) {
		t.Errorf("%d records: %v", MaxBatch+1, err)
	}
	for name, change := range map[string]func(*drill.Record){
		"event":  func(r *drill.Record) { r.Event = "won" },
		"class":  func(r *drill.Record) { r.Class = "" },
		"person": func(r *drill.Record) { r.Person = "hanako@mof.test" },
		"round":  func(r *drill.Record) { r.Round = 0 },
	} {
		r := good
		change(&r)
		if _, err := l.Add(t.Context(), []drill.Record{r}); err == nil {
			t.Errorf("wrong %s: no error", name)
		}
	}
}

func counting(l *Ledger) func(Content) drill.Counts {
	d := definition()
	return func(c Content) drill.Counts { return drill.Count(d, c) }
}

func definition() *drill.Drill {
	return &drill.Drill{Name: "d", Organisations: []drill.Body{{Name: "mof", Staff: 20}}, Rounds: []drill.Round{{Number: 1, Kind: drill.KindLink,
		Lure: "invitation", Window: drill.Window{From: begin(), Until: begin().Add(time.Hour)}}}}
}

// testClose: what is frozen stays, and nothing is added to it.
func testClose(t *testing.T, open place) {
	l, other := open(t), open(t)
	record(t, other, event(policy.DrillAccepted, 0), event(policy.DrillReported, 7))
	if err := l.Forget(t.Context(), "d"); !errors.Is(err, ErrOpen) {
		t.Errorf("forgotten without being closed: %v", err)
	}
	if state, _, err := l.Frozen(t.Context(), "d"); state != StateOpen || err != nil {
		t.Errorf("%s, %v", state, err)
	}
	interrupted := errors.New("interrupted")
	func() {
		defer func() { recover() }()
		l.Freeze(t.Context(), "d", func(Content) drill.Counts { panic(interrupted) })
	}()
	if state, _, err := l.Frozen(t.Context(), "d"); state != StateClosing || err != nil {
		t.Errorf("after an interruption: %s, %v", state, err)
	}
	for range 2 {
		if err := l.Freeze(t.Context(), "d", counting(l)); err != nil {
			t.Fatal(err)
		}
		if err := other.Record(t.Context(), []policy.DrillRecord{event(policy.DrillReplied, 8)}); !errors.Is(err, ErrClosed) {
			t.Errorf("recorded in a closed drill: %v", err)
		}
	}
	state, counts, err := open(t).Frozen(t.Context(), "d")
	if state != StateClosed || err != nil {
		t.Fatalf("%s, %v", state, err)
	}
	checkFrozen(t, counts)
	if n := content(t, other).Set.Len(); n != 2 {
		t.Errorf("%d records in the closed drill", n)
	}
}

func checkFrozen(t *testing.T, c drill.Counts) {
	t.Helper()
	if len(c.Rounds) != 1 || len(c.Rounds[0].Bodies) != 1 {
		t.Fatalf("frozen %+v", c)
	}
	r, b := c.Rounds[0], c.Rounds[0].Bodies[0]
	if r.Lure != "invitation" || r.Kind != drill.KindLink || r.ReportMedian != 7*time.Minute || b.Staff != 20 || b.Organisation != "mof" ||
		b.Numbers["accepted"] != 1 || b.Numbers["reported"] != 1 || b.Numbers["replied"] != 0 || !b.FirstReport.Equal(begin().Add(7*time.Minute)) {
		t.Errorf("frozen %+v", c)
	}
}

func testForget(t *testing.T, open place) {
	l, other := open(t), open(t)
	record(t, other, event(policy.DrillAccepted, 0), event(policy.DrillReported, 7))
	person, err := other.Person(context.Background(), "d", hanako())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Freeze(t.Context(), "d", counting(l)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.Forget(t.Context(), "d"); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []*Ledger{l, other, open(t)} {
		state, counts, err := l.Frozen(t.Context(), "d")
		if state != StateForgotten || err != nil {
			t.Fatalf("%s, %v", state, err)
		}
		checkFrozen(t, counts)
		if n := content(t, l).Set.Len(); n != 0 {
			t.Errorf("%d records in the forgotten drill", n)
		}
		if err := l.Record(t.Context(), []policy.DrillRecord{event(policy.DrillReplied, 8)}); !errors.Is(err, ErrClosed) {
			t.Errorf("recorded in a forgotten drill: %v", err)
		}
		if again, err := l.Person(t.Context(), "d", hanako()); !errors.Is(err, ErrClosed) || again == person {
			t.Errorf("a person of a forgotten drill: %x, %v", again, err)
		}
	}
}
