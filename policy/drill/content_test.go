package drill

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// numbersOf are those of one body in the first round.
func numbersOf(t *testing.T, content Content, body string) map[Measure]int {
	t.Helper()
	c := Count(counted(), content)
	i := slices.IndexFunc(c.Rounds[0].Bodies, func(b BodyCounts) bool { return b.Organisation == body })
	if i < 0 {
		t.Fatalf("nothing of %s: %+v", body, c)
	}
	return c.Rounds[0].Bodies[i].Numbers
}

// TestCovered: nobody is 0 where an import would have told of somebody, and not known elsewhere: of other events, other bodies and
// other rounds.
func TestCovered(t *testing.T) {
	content := Content{Set: happened(1, "a accepted human 0", "ma accepted human 0", "ma clicked human 3")}
	if _, ok := numbersOf(t, content, "mof")["clicked"]; ok {
		t.Error("what another body did says something of this one")
	}
	content.CoveredBy(Cover{2, EventClicked, "mof"})
	content.CoveredBy(Cover{1, EventOpened, "mof"})
	got := numbersOf(t, content, "mof")
	if n, ok := got["opened"]; !ok || n != 0 {
		t.Errorf("an import told that nobody opened it: %d, %v", n, ok)
	}
	if _, ok := got["clicked"]; ok {
		t.Error("an import of another round says something of this one")
	}
	if _, ok := numbersOf(t, content, "moj")["opened"]; ok {
		t.Error("an import that did not speak of a body says something of it")
	}
	if n := numbersOf(t, content, "moj")["clicked"]; n != 1 {
		t.Errorf("%d of 1 clicked", n)
	}
}

// TestImports: of the imports of a source the numbers are added up, whatever their order, and one that was not ended is told until a later
// one is.
func TestImports(t *testing.T) {
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	all := []Import{
		{Source: "b", Times: 1, Last: at(5), Records: 10, Rejected: 1},
		{Source: "b", Times: 1, Last: at(3), Records: 20, Rejected: 2},
		{Source: "b", Begun: at(4)},
		{Source: "a", Begun: at(9)},
		{Source: "a", Times: 1, Last: at(8)},
		{Source: "a", Begun: at(2)},
		{Source: "c", Begun: at(1)},
	}
	want := []Import{{Source: "a", Times: 1, Last: at(8), Begun: at(9)}, {Source: "b", Times: 2, Last: at(5), Records: 30, Rejected: 3}, {Source: "c", Begun: at(1)}}
	for range 2 {
		content := Content{Set: &Set{}}
		for _, i := range all {
			content.AddImport(2, i)
		}
		c := Count(counted(), content)
		if len(c.Rounds) != 1 || c.Rounds[0].Number != 2 {
			t.Fatalf("%+v", c)
		}
		if diff := cmp.Diff(want, c.Rounds[0].Imports); diff != "" {
			t.Error(diff)
		}
		slices.Reverse(all)
	}
}

// TestUnimported: mail that came and of which nobody told anything is a sentence; an import, or what one told, ends it.
func TestUnimported(t *testing.T) {
	ended := Import{Source: "gophish_api", Times: 1, Last: start}
	for name, tt := range map[string]struct {
		events []string
		i      Import
		want   bool
	}{
		"nothing":     {[]string{"a accepted human 0"}, Import{}, true},
		"reports":     {[]string{"a accepted human 0", "a reported human 1"}, Import{}, true},
		"begun":       {[]string{"a accepted human 0"}, Import{Source: "gophish_api", Begun: start}, true},
		"imported":    {[]string{"a accepted human 0"}, ended, false},
		"clicks":      {[]string{"a accepted human 0", "a clicked human 1"}, Import{}, false},
		"no gateway":  {[]string{"a reported human 0"}, Import{}, false},
		"all of both": {[]string{"a accepted human 0", "a opened machine 1"}, ended, false},
	} {
		content := Content{Set: happened(1, tt.events...)}
		if tt.i.Source != "" {
			content.AddImport(1, tt.i)
		}
		c := Count(counted(), content)
		if got := c.Rounds[0].Unimported; got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
		for lang, words := range map[Lang]string{English: "nothing was imported yet", Japanese: "取り込みはまだありません"} {
			var b bytes.Buffer
			if err := WriteText(&b, Compare(c, 0), lang); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), words) != tt.want {
				t.Errorf("%s: %s", name, b.String())
			}
		}
	}
}

// TestImportedGivesNothingAway: beside a hidden number no number of records stands, because 5,003 records of 5,000 persons who got the
// mail are three clicks.
func TestImportedGivesNothingAway(t *testing.T) {
	c := Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Imports: []Import{{Source: "gophish_events", Times: 1, Last: start, Records: 45003}},
		Bodies: []BodyCounts{{Organisation: "mof", Numbers: map[Measure]int{"delivered": 45000, "clicked": 3}}}}}}
	for _, tt := range []struct {
		clicked, late, strangers int
		want                     bool
	}{{3, 0, 0, false}, {30, 0, 0, true}, {30, 9, 0, false}, {30, 0, 9, false}, {30, 10, 10, true}} {
		c.Rounds[0].Bodies[0].Numbers["clicked"], c.Rounds[0].Late, c.Rounds[0].Strangers = tt.clicked, tt.late, tt.strangers
		for kind, write := range writers() {
			var b bytes.Buffer
			if err := write(&b, Compare(c, DefaultMinCell)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.ReplaceAll(b.String(), ",", ""), "45003"); got != tt.want {
				t.Errorf("%+v, %s: %s", tt, kind, b.String())
			}
		}
	}
}
