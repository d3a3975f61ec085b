package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

func inDir(t testing.TB, dir string) *Ledger {
	t.Helper()
	l, err := Open(Config{Store: policy.Store{Kind: policy.StoreFile, Ledger: dir}, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestLost: what cannot be written is noted with the next that can, once, and a report knows of it.
func TestLost(t *testing.T) {
	dir := t.TempDir()
	l := inDir(t, dir)
	record(t, l, event(policy.DrillAccepted, 0))
	path := filepath.Join(dir, "d.ledger")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		torn := slices.Clone(good)
		clear(torn[:8192]) // both of the pages that every opening needs
		if err := errors.Join(os.Remove(path), os.WriteFile(path, torn, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := l.Record(t.Context(), []policy.DrillRecord{event(policy.DrillReplied, 1), event(policy.DrillReported, 1)}); !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("recorded in a torn file: %v", err)
		}
	}
	if n := l.Accepted(t.Context(), "d", 1); n != 0 {
		t.Errorf("%d accepted: nobody asked before", n)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, good, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		record(t, l, event(policy.DrillForwarded, 2))
		if n := content(t, inDir(t, dir)).Lost[1]; n != 4 {
			t.Errorf("%d events are noted as lost, want 4", n)
		}
	}
	if counts := drill.Count(definition(), content(t, l)); counts.Rounds[0].Lost != 4 {
		t.Errorf("counts: %+v", counts.Rounds[0])
	}
}

// TestLostAtTheEnd: the note is tried once more when the process ends; until it is written this process knows of it.
func TestLostAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	l := inDir(t, dir)
	record(t, l, event(policy.DrillAccepted, 0))
	l.lose("d", 1, 3)
	if n := content(t, l).Lost[1]; n != 3 {
		t.Errorf("%d before the end", n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if n := content(t, inDir(t, dir)).Lost[1]; n != 3 {
		t.Errorf("%d after the end", n)
	}
}

// TestAcceptedAway: while the ledger does not answer the last number holds.
func TestAcceptedAway(t *testing.T) {
	dir := t.TempDir()
	l := inDir(t, dir)
	record(t, l, event(policy.DrillAccepted, 0))
	if n := l.Accepted(t.Context(), "d", 1); n != 1 {
		t.Fatalf("%d accepted", n)
	}
	if err := os.WriteFile(filepath.Join(dir, "d.ledger"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := l.Accepted(t.Context(), "d", 1); n != 1 {
		t.Errorf("%d accepted while the ledger is away", n)
	}
}

// TestMadeAnew: a ledger that somebody took away is begun again, with a key of its own, and nothing is mixed.
func TestMadeAnew(t *testing.T) {
	dir := t.TempDir()
	l := inDir(t, dir)
	record(t, l, event(policy.DrillAccepted, 0))
	person, err := l.Person(t.Context(), "d", hanako())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "d.ledger")); err != nil {
		t.Fatal(err)
	}
	old := drill.Record{Drill: "d", Round: 1, Event: drill.EventOpened, Person: person, Organisation: "mof", Class: drill.ClassHuman, At: begin()}
	if _, err := l.Add(t.Context(), []drill.Record{old}); !errors.Is(err, store.ErrOtherKey) {
		t.Errorf("a hash of the key before: %v", err)
	}
	record(t, l, event(policy.DrillReplied, 1))
	if again, err := l.Person(t.Context(), "d", hanako()); err != nil || again == person {
		t.Errorf("the key is still the same: %v", err)
	}
	if got := tallies(t, l); len(got) != 1 || got[drill.EventReplied].Human != 1 {
		t.Errorf("%v", got)
	}
}

// TestUnresolvable: with every file of the ledger, and the addresses of everybody, nobody can say who did what after it was forgotten,
// and somebody could before.
func TestUnresolvable(t *testing.T) {
	dir := t.TempDir()
	l := inDir(t, dir)
	sent := event(policy.DrillAccepted, 0)
	sent.MessageID = "1@drill.test"
	record(t, l, sent, event(policy.DrillOpened, 1))
	h, err := l.hasherOf(context.Background(), "d")
	if err != nil {
		t.Fatal(err)
	}
	marks := map[string]string{"the key": string(h.key), "a person": h.person(hanako()), "a Message-ID": h.message("1@drill.test")}
	for what, octets := range marks {
		if !found(t, dir, octets) {
			t.Fatalf("%s is not found before: this looks at the wrong files", what)
		}
	}
	for _, text := range []string{"hanako", "mof.test", "1@drill.test"} {
		if found(t, dir, text) {
			t.Errorf("the ledger holds %q", text)
		}
	}
	if err := errors.Join(l.Freeze(t.Context(), "d", counting(l)), l.Forget(t.Context(), "d")); err != nil {
		t.Fatal(err)
	}
	for what, octets := range marks {
		if found(t, dir, octets) || found(t, dir, hex.EncodeToString([]byte(octets))) {
			t.Errorf("%s is still there", what)
		}
	}
	if again, err := inDir(t, dir).Person(t.Context(), "d", hanako()); !errors.Is(err, ErrClosed) {
		t.Errorf("the hash of a person can be made: %x, %v", again, err)
	}
	if l.keys["d"] != nil {
		t.Error("the process still has the key")
	}
}

func found(t *testing.T, dir, octets string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(path string) bool {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(text, []byte(octets))
	})
}

// FuzzThaw: whatever stands in a summary is counts or an error, and what is read is written again as it was.
func FuzzThaw(f *testing.F) {
	values, err := freeze(drill.Counts{Drill: "d", Rounds: []drill.RoundCounts{{Number: 1, Bodies: []drill.BodyCounts{{Organisation: "mof",
		Numbers: map[drill.Measure]int{"accepted": 3}}}}}, Paired: []drill.PairedCounts{{First: 1, Second: 2, Measure: "opened"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.Join(values, "\n"))
	f.Add(`{"v":2}`)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := thaw("d", strings.Split(text, "\n"))
		if err != nil {
			return
		}
		again, err := freeze(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := thaw("d", again); err != nil {
			t.Errorf("%q became %q: %v", text, again, err)
		}
	})
}

// FuzzRecord: no entry of a book makes the reading fail.
func FuzzRecord(f *testing.F) {
	f.Add("1/opened", strings.Repeat("p", 16)+"h", "1mof\x00tag")
	f.Add("message", "", "")
	f.Fuzz(func(t *testing.T, set, id, value string) {
		e := store.Entry{Set: set, ID: id, At: begin(), Value: value}
		lossOf(e)
		r, ok := recordOf("d", e)
		if !ok {
			return
		}
		back, err := entryOf(r)
		if err != nil || back.ID != id {
			if r.Round >= 1 && r.Round <= drill.MaxRound {
				t.Errorf("%q %q %q: %+v, %v", set, id, value, back, err)
			}
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	l := inDir(b, b.TempDir())
	r := event(policy.DrillAccepted, 0)
	r.MessageID = "1@drill.test"
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Person.Local = "person" + string(rune('a'+i%26)) + hex.EncodeToString([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		if err := l.Record(context.Background(), []policy.DrillRecord{r}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAccepted(b *testing.B) {
	l := inDir(b, b.TempDir())
	if err := l.Record(context.Background(), []policy.DrillRecord{event(policy.DrillAccepted, 0)}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Accepted(context.Background(), "d", 1)
	}
}

// BenchmarkRecordBurst is what many mails at once cost each: they share steps.
func BenchmarkRecordBurst(b *testing.B) {
	l := inDir(b, b.TempDir())
	b.ReportAllocs()
	b.SetParallelism(50)
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := event(policy.DrillAccepted, 0)
			r.Person.Local = strconv.FormatInt(n.Add(1), 10)
			if err := l.Record(context.Background(), []policy.DrillRecord{r}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
