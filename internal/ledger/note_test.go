package ledger

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sekimori/policy/drill"
)

// testNotes: what is noted is there once, counts nothing, and goes with the drill.
func testNotes(t *testing.T, open place) {
	l := open(t)
	texts := func() []string {
		var all []string
		if err := l.Notes(t.Context(), "d", func(text string) error { all = append(all, text); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return slices.Compact(all) // a store may tell of one twice
	}
	if got := texts(); len(got) != 0 {
		t.Errorf("notes of a drill that nobody made: %q", got)
	}
	long := strings.Repeat("x", MaxNote)
	for i, want := range []int{3, 0} {
		if n, err := l.Note(t.Context(), "d", []Note{{begin(), "a"}, {begin(), "b"}, {begin(), long}}); err != nil || n != want {
			t.Errorf("time %d: %d new, %v", i, n, err)
		}
	}
	if _, err := l.Note(t.Context(), "d", []Note{{begin(), long + "x"}}); err == nil {
		t.Error("a text that is too long is kept")
	}
	if _, err := l.Note(t.Context(), "d", make([]Note, MaxBatch+1)); !errors.Is(err, ErrTooBig) {
		t.Errorf("too many at once: %v", err)
	}
	if n, err := l.Noted(t.Context(), "d"); n != 3 || err != nil {
		t.Errorf("%d are noted, %v", n, err)
	}
	l = open(t) // another process
	if got := texts(); !slices.Equal(got, []string{"a", "b", long}) {
		t.Errorf("%.20q", got)
	}
	away := errors.New("away")
	if err := l.Notes(t.Context(), "d", func(string) error { return away }); !errors.Is(err, away) {
		t.Errorf("an error of the reader: %v", err)
	}
	if c, err := l.Read(t.Context(), "d"); err != nil || c.Set.Len() != 0 {
		t.Errorf("notes are counted: %d, %v", c.Set.Len(), err)
	}
	if err := l.Freeze(t.Context(), "d", func(Content) drill.Counts { return drill.Counts{Drill: "d"} }); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Note(t.Context(), "d", []Note{{begin(), "c"}}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed drill: %v", err)
	}
	if err := l.Forget(t.Context(), "d"); err != nil {
		t.Fatal(err)
	}
	if got := texts(); len(got) != 0 {
		t.Errorf("a forgotten drill has notes: %.20q", got)
	}
}
