package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// testImports: what is noted of imports is read back by another process, makes "nobody" of "not known", is frozen with the numbers, and
// outlives the records.
func testImports(t *testing.T, open place) {
	l, other := open(t), open(t)
	at := func(minutes int) time.Time { return begin().Add(time.Duration(minutes) * time.Minute) }
	opened := func(c Content) (n int, known bool) {
		counts := counting(l)(c)
		n, known = counts.Rounds[0].Bodies[0].Numbers["opened"]
		return n, known
	}
	record(t, l, event(policy.DrillAccepted, 0))
	if n, known := opened(content(t, other)); known {
		t.Errorf("nothing was imported, and %d opened it", n)
	}
	of := Import{Drill: "d", Round: 1, Source: "gophish_events", At: at(1)}
	begun, err := l.Begin(t.Context(), of)
	if err != nil || begun.ID == "" {
		t.Fatalf("%+v, %v", begun, err)
	}
	check := func(what string, want ...drill.Import) {
		t.Helper()
		c := content(t, other)
		if diff := cmp.Diff(want, c.Imports[1], cmp.Comparer(time.Time.Equal)); diff != "" || len(c.Imports) != 1 {
			t.Errorf("%s: %s", what, diff)
		}
		if c.Set.Len() != 1 {
			t.Errorf("%s: %d records", what, c.Set.Len())
		}
	}
	check("begun", drill.Import{Source: "gophish_events", Begun: at(1)})
	begun.At, begun.Records, begun.Rejected = at(2), 100, 1
	begun.Covers, begun.Organisations = []drill.Event{drill.EventOpened, drill.EventClicked}, []string{"mof", "a\x00b"}
	for range 2 { // a second time says nothing new
		if err := l.End(t.Context(), begun); err != nil {
			t.Fatal(err)
		}
	}
	ended := drill.Import{Source: "gophish_events", Times: 1, Last: at(2), Records: 100, Rejected: 1}
	check("ended", ended)
	if n, known := opened(content(t, other)); n != 0 || !known {
		t.Errorf("an import told that nobody opened it: %d, %v", n, known)
	}
	if !content(t, other).Covered[drill.Cover{Round: 1, Event: drill.EventOpened, Organisation: "a\x00b"}] {
		t.Error("an odd name is not covered")
	}
	of.At, of.Records = at(3), 50
	if err := other.End(t.Context(), of); err != nil {
		t.Fatal(err)
	}
	hook := Import{Drill: "d", Round: 1, Source: "gophish_webhook", Part: true, Records: 7}
	for i, l := range []*Ledger{l, other} {
		hook.At = at(5 + i)
		if err := l.End(t.Context(), hook); err != nil {
			t.Fatal(err)
		}
	}
	want := []drill.Import{{Source: "gophish_events", Times: 2, Last: at(3), Records: 150, Rejected: 1}, {Source: "gophish_webhook", Last: at(6), Records: 14}}
	check("again, and a webhook", want...)
	if err := errors.Join(l.Freeze(t.Context(), "d", counting(l)), l.Forget(t.Context(), "d")); err != nil {
		t.Fatal(err)
	}
	_, counts, err := other.Frozen(t.Context(), "d")
	if err != nil || len(counts.Rounds) != 1 {
		t.Fatalf("%+v, %v", counts, err)
	}
	if diff := cmp.Diff(want, counts.Rounds[0].Imports, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("forgotten: %s", diff)
	}
	if _, err := other.Begin(t.Context(), of); !errors.Is(err, ErrClosed) {
		t.Errorf("an import into a closed drill: %v", err)
	}
}

// TestManyCovered: more than one step can hold.
func TestManyCovered(t *testing.T) {
	l := filePlace(t)(t)
	i := Import{Drill: "d", Round: 1, Source: "x", At: begin(), Covers: []drill.Event{drill.EventOpened, drill.EventClicked}}
	for n := range MaxBatch {
		i.Organisations = append(i.Organisations, fmt.Sprint(n))
	}
	if err := l.End(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if c := content(t, l); len(c.Covered) != 2*MaxBatch || c.Imports[1][0].Times != 1 {
		t.Errorf("%d are covered, %+v", len(c.Covered), c.Imports)
	}
}

// Marks that this version does not know, or that are torn, are no imports.
func TestForeignMarks(t *testing.T) {
	for _, value := range []string{"", "1", "2" + "1\x00s\x000\x000", "1x\x00s\x000\x000", "11\x00s\x000", "11\x00s\x000\x00-1", "11\x00s\x00-1\x000"} {
		c := Content{}
		m := importMarks{}
		m.add(store.Entry{Set: setImport, ID: "xe", Value: value})
		m.into(&c)
		if len(c.Imports) != 0 {
			t.Errorf("%q: %+v", value, c.Imports)
		}
	}
}
