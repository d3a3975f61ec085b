package metrics

import (
	"strings"
	"testing"
	"time"
)

// TestDrillGaugesHideTheLure: what the mail pretends to be is on no page that staff could read while the round runs.
func TestDrillGaugesHideTheLure(t *testing.T) {
	d := source(t)
	if text := drillPage(t, d, during(d)); strings.Contains(text, d.Drill.Rounds[1].Lure) {
		t.Error("the lure is on the page")
	}
}

// TestDrillGaugesHideSmallCells: neither a small number nor what it could be computed from is on the page.
func TestDrillGaugesHideSmallCells(t *testing.T) {
	series := func(name string) string {
		return `sekimori_drill_organisation_opened_recipients{drill="d",organisation="` + name + `",round="1"}`
	}
	const total = `sekimori_drill_opened_recipients{drill="d",round="1"}`
	for _, tt := range []struct {
		name    string
		minCell int
		opened  map[string]int
		want    []string
	}{
		{"at the limit", 10, map[string]int{"a": 10, "b": 40, "c": 50}, []string{total + " 100", series("a") + " 10", series("b") + " 40"}},
		{"one below: others go with it", 10, map[string]int{"a": 9, "b": 40, "c": 50, "e": 60},
			[]string{total + " 159", "!" + series("a"), "!" + series("b"), "!" + series("c"), series("e") + " 60"}},
		{"no other to go with it: nothing is shown", 10, map[string]int{"a": 9, "b": 40}, []string{"!" + total, "!" + series("a"), "!" + series("b")}},
		{"nobody anywhere", 10, map[string]int{"a": 0, "b": 0}, []string{total + " 0", series("a") + " 0"}},
		{"nothing is hidden", 0, map[string]int{"a": 1, "b": 40}, []string{total + " 41", series("a") + " 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantLines(t, drillPage(t, bodies(tt.minCell, tt.opened), time.Unix(1, 0)), tt.want...)
		})
	}
}

// TestDrillGaugesAlone: a number of persons that stands for itself is absent where a report says "fewer than".
func TestDrillGaugesAlone(t *testing.T) {
	const late, strangers = `sekimori_drill_late_recipients{drill="d",round="1"} `, `sekimori_drill_stranger_recipients{drill="d",round="1"} `
	for _, tt := range []struct {
		late, strangers int
		want            []string
	}{
		{0, 0, []string{late + "0", strangers + "0"}}, {1, 9, []string{"!" + late, "!" + strangers}}, {9, 10, []string{"!" + late, strangers + "10"}},
		{10, 1, []string{late + "10", "!" + strangers}},
	} {
		d := bodies(10, map[string]int{"a": 20})
		d.Counts.Rounds[0].Late, d.Counts.Rounds[0].Strangers = tt.late, tt.strangers
		wantLines(t, drillPage(t, d, time.Unix(1, 0)), tt.want...)
	}
}

// TestDrillGaugesPartlyCounted: who has imported nothing yet is in no rate.
func TestDrillGaugesPartlyCounted(t *testing.T) {
	d := bodies(0, map[string]int{"a": 20, "b": 30, "c": 0})
	delete(d.Counts.Rounds[0].Bodies[2].Numbers, "opened")
	wantLines(t, drillPage(t, d, time.Unix(1, 0)), `sekimori_drill_base_recipients{base="delivered",drill="d",round="1"} 300`,
		`sekimori_drill_measured_recipients{drill="d",measure="opened",round="1"} 200`, `sekimori_drill_opened_recipients{drill="d",round="1"} 50`,
		`!sekimori_drill_organisation_opened_recipients{drill="d",organisation="c"`)
}
