package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWriteCounts: what is written is read back as it was; a body without a base is left out.
func TestWriteCounts(t *testing.T) {
	from := time.Date(2011, 11, 7, 0, 0, 0, 0, time.UTC)
	c := Counts{Drill: "drill_2011", Rounds: []RoundCounts{
		{Number: 1, Kind: KindAttachment, Lure: "=会議資料, \"至急\"", Difficulty: Difficulty{Rating: RatingModerately, Raters: 2}, Mode: ModeExempt,
			Window: Window{From: from, Until: from.AddDate(0, 0, 7)}, Bodies: []BodyCounts{
				{Organisation: "-a", Staff: 900, Numbers: map[Measure]int{"delivered": 800, "accepted": 850, "opened": 0, "opened_uncertain": 3, "opened_machine": 9, "flagged": 1}, FirstReport: from.Add(time.Hour)},
				{Organisation: "b", Numbers: map[Measure]int{"accepted": 10}},
			}},
		{Number: 2, Kind: KindLink, Bodies: []BodyCounts{{Organisation: "b", Numbers: map[Measure]int{"delivered": 10, "clicked": 10}}}},
	}}
	want := c
	c.Rounds = append([]RoundCounts(nil), c.Rounds...)
	c.Rounds[1].Bodies = append(c.Rounds[1].Bodies, BodyCounts{Organisation: "other", Numbers: map[Measure]int{"reported": 1}})
	var text strings.Builder
	if err := WriteCounts(&text, c); err != nil {
		t.Fatal(err)
	}
	got, mistakes := ReadCounts("f", []byte(text.String()))
	if diff := cmp.Diff([]Counts{want}, got); diff != "" || len(mistakes) > 0 {
		t.Errorf("%v %s\n%s", mistakes, diff, text.String())
	}
	if !strings.Contains(text.String(), "'=会議資料") || !strings.Contains(text.String(), ",'-a,") {
		t.Errorf("a spreadsheet would compute\n%s", text.String())
	}
}
