package ledger

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/drill"
)

// TestFrozen: whatever is counted of a drill is still there when it is closed.
func TestFrozen(t *testing.T) {
	at := begin()
	round := drill.RoundCounts{Number: 1, Kind: drill.KindLink, Lure: "invoice", Difficulty: drill.Difficulty{Rating: drill.RatingVery, Cues: 3, Premise: drill.PremiseHigh, Raters: 2},
		Mode: drill.ModeExempt, Window: drill.Window{From: at, Until: at.Add(time.Hour)}, Lost: 1, Late: 2, Strangers: 3, Unimported: true,
		Imports:      []drill.Import{{Source: "knowbe4", Times: 1, Last: at, Records: 5, Rejected: 1, Begun: at}},
		ReportMedian: time.Minute, ReportTimed: 4, ReportWithin: []int{1, 2, 3},
		Bodies: []drill.BodyCounts{{Organisation: "mof", Staff: 9, Numbers: map[drill.Measure]int{"accepted": 8}, FirstReport: at}}}
	for v, i := reflect.ValueOf(round), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not tested", v.Type().Field(i).Name)
		}
	}
	want := drill.Counts{Drill: "d", Rounds: []drill.RoundCounts{round}, Paired: []drill.PairedCounts{{First: 1, Second: 2, Measure: "opened", Paired: drill.Paired{Both: 1}}}}
	values, err := freeze(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := thaw("d", values)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
