package metrics

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// source is the report of 2011 with its drill: twelve organisations, two rounds.
func source(t testing.TB) DrillCounts {
	t.Helper()
	const file = "../contrib/examples/drill.csv"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, mistakes := drill.ReadCounts(file, data)
	if len(mistakes) > 0 || len(all) != 1 {
		t.Fatal(mistakes)
	}
	d := &policy.Drill{Name: all[0].Drill, MinCell: drill.DefaultMinCell}
	for _, r := range all[0].Rounds {
		d.Rounds = append(d.Rounds, policy.Round{Number: r.Number, Kind: r.Kind, Lure: r.Lure, Difficulty: r.Difficulty, Window: r.Window, Mode: r.Mode})
	}
	return DrillCounts{Drill: d, Counts: all[0], Read: d.Rounds[1].Window.Until}
}

// ended is a moment when every window of source has ended; during, one in the second.
func ended(d DrillCounts) time.Time { return d.Drill.Rounds[1].Window.Until }

func during(d DrillCounts) time.Time { return d.Drill.Rounds[1].Window.From }

// drillPage returns the gauges that a drill has at a time.
func drillPage(t *testing.T, d DrillCounts, now time.Time) string {
	t.Helper()
	reg := prometheus.NewRegistry()
	g := NewDrillGauges(reg, func(context.Context) ([]DrillCounts, error) { return []DrillCounts{d}, nil }, func() time.Time { return now })
	t.Cleanup(g.Close)
	families, err := testutil.GatherAndLint(reg)
	if err != nil || len(families) > 0 {
		t.Fatal(families, err)
	}
	return scrape(t, reg)
}

func wantLines(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		no := strings.TrimPrefix(l, "!")
		if there := strings.Contains(page, "\n"+no); there != (no == l) {
			t.Errorf("%q is there: %v", no, there)
		}
	}
}

// TestDrillGaugesSource: the numbers of the report, organisations after the last window only.
func TestDrillGaugesSource(t *testing.T) {
	d := source(t)
	whole := []string{
		`sekimori_drill_base_recipients{base="delivered",drill="drill_2011",round="1"} 60000`,
		`sekimori_drill_opened_recipients{drill="drill_2011",round="1"} 6060`,
		`sekimori_drill_measured_recipients{drill="drill_2011",measure="opened",round="1"} 60000`,
		`sekimori_drill_opened_recipients{drill="drill_2011",round="2"} 1860`,
		`sekimori_drill_accepted_recipients{drill="drill_2011",round="2"} 60000`,
		`sekimori_drill_first_report_timestamp_seconds{drill="drill_2011",round="1"} 1.32062418e+09`,
		`sekimori_drill_round_info{drill="drill_2011",kind="link",mode="exempt",rating="least",round="2"} 1`,
		`sekimori_drill_window_start_timestamp_seconds{drill="drill_2011",round="1"} 1.320624e+09`,
		`sekimori_drill_closed{drill="drill_2011"} 0`,
		`!sekimori_drill_clicked_recipients`, // not counted is not 0
		`!sekimori_drill_machine_visits`,
	}
	wantLines(t, drillPage(t, d, during(d)), append(whole,
		`sekimori_drill_round_open{drill="drill_2011",round="1"} 0`,
		`sekimori_drill_round_open{drill="drill_2011",round="2"} 1`,
		`!sekimori_drill_organisation_`)...)
	bodies := []string{
		`sekimori_drill_organisation_opened_recipients{drill="drill_2011",organisation="ministry_d",round="1"} 476`,
		`sekimori_drill_organisation_base_recipients{base="delivered",drill="drill_2011",organisation="ministry_d",round="1"} 2000`,
		`sekimori_drill_organisation_first_report_timestamp_seconds{drill="drill_2011",organisation="ministry_a",round="1"} 1.32062418e+09`,
	}
	wantLines(t, drillPage(t, d, ended(d)), append(append(whole, bodies...), `sekimori_drill_round_open{drill="drill_2011",round="2"} 0`)...)
	d.Drill.Live = true
	wantLines(t, drillPage(t, d, during(d)), bodies...)
	d.Drill.Live, d.Closed = false, true
	wantLines(t, drillPage(t, d, during(d)), append(bodies, `sekimori_drill_closed{drill="drill_2011"} 1`, `sekimori_drill_round_open{drill="drill_2011",round="2"} 0`)...)
}

// bodies makes a closed drill of one round in which 100 persons of each organisation got the mail, and so many opened it.
func bodies(minCell int, opened map[string]int) DrillCounts {
	d := &policy.Drill{Name: "d", MinCell: minCell, Rounds: []policy.Round{{Number: 1}}}
	r := drill.RoundCounts{Number: 1}
	for _, name := range slices.Sorted(maps.Keys(opened)) {
		r.Bodies = append(r.Bodies, drill.BodyCounts{Organisation: name, Numbers: map[drill.Measure]int{"delivered": 100, "opened": opened[name]}})
	}
	return DrillCounts{Drill: d, Counts: drill.Counts{Drill: "d", Rounds: []drill.RoundCounts{r}}, Closed: true}
}

// TestDrillGaugesVerdicts: what the other rules would have done is a partition, and of organisations shown as late as all else.
func TestDrillGaugesVerdicts(t *testing.T) {
	d := bodies(10, map[string]int{"a": 0, "b": 0})
	d.Closed, d.Drill.Rounds[0].Window.Until = false, time.Unix(2, 0)
	for _, b := range d.Counts.Rounds[0].Bodies {
		b.Numbers["accepted"], b.Numbers["flagged"], b.Numbers["stopped"] = 100, 60, 5
	}
	whole := []string{
		`sekimori_drill_shadow_verdict_recipients{drill="d",round="1",verdict="passed"} 70`,
		`sekimori_drill_shadow_verdict_recipients{drill="d",round="1",verdict="flagged"} 120`,
		`sekimori_drill_shadow_verdict_recipients{drill="d",round="1",verdict="stopped"} 10`,
	}
	wantLines(t, drillPage(t, d, time.Unix(1, 0)), append(whole, `!sekimori_drill_organisation_`)...)
	wantLines(t, drillPage(t, d, time.Unix(2, 0)), append(whole,
		`sekimori_drill_organisation_shadow_verdict_recipients{drill="d",organisation="a",round="1",verdict="passed"} 35`)...)
	for _, b := range d.Counts.Rounds[0].Bodies {
		b.Numbers["accepted"] = 64 // fewer than flagged and stopped: each body counted for itself
	}
	wantLines(t, drillPage(t, d, time.Unix(1, 0)), `sekimori_drill_shadow_verdict_recipients{drill="d",round="1",verdict="passed"} 0`)
}

// TestDrillGaugesFold: organisations beyond the limit are added up, and nobody is lost.
func TestDrillGaugesFold(t *testing.T) {
	for _, n := range []int{MaxDrillOrganisations, MaxDrillOrganisations + 1} {
		d := bodies(0, nil)
		for i := range n {
			d.Counts.Rounds[0].Bodies = append(d.Counts.Rounds[0].Bodies, drill.BodyCounts{Organisation: "o" + strings.Repeat("x", i),
				Numbers: map[drill.Measure]int{"delivered": 100, "opened": 20}})
		}
		text := drillPage(t, d, time.Unix(1, 0))
		if got := strings.Count(text, "\nsekimori_drill_organisation_opened_recipients{"); got != MaxDrillOrganisations {
			t.Errorf("%d organisations are %d series", n, got)
		}
		if n > MaxDrillOrganisations {
			wantLines(t, text, `sekimori_drill_organisation_opened_recipients{drill="d",organisation="other",round="1"} 40`,
				`sekimori_drill_opened_recipients{drill="d",round="1"} 2020`)
		} else {
			wantLines(t, text, `!sekimori_drill_organisation_opened_recipients{drill="d",organisation="other"`)
		}
	}
}

// TestDrillGaugesImports: when something was imported last, for each source that has completed one, up to the limit.
func TestDrillGaugesImports(t *testing.T) {
	d := bodies(0, nil)
	at := time.Unix(1_320_624_000, 0)
	d.Counts.Rounds[0].Imports = []drill.Import{{Source: "gophish_events", Last: at}, {Source: "knowbe4", Begun: at}, {Source: "gophish_events", Last: at.Add(1)},
		{Source: "\xff", Last: at}}
	text := drillPage(t, d, time.Unix(1, 0))
	wantLines(t, text, `sekimori_drill_import_last_success_timestamp_seconds{drill="d",round="1",source="gophish_events"} 1.320624e+09`,
		`!sekimori_drill_import_last_success_timestamp_seconds{drill="d",round="1",source="knowbe4"}`)
	for _, n := range []int{MaxDrillSources, MaxDrillSources + 1} {
		d.Counts.Rounds[0].Imports = nil
		for i := range n {
			d.Counts.Rounds[0].Imports = append(d.Counts.Rounds[0].Imports, drill.Import{Source: "s" + strings.Repeat("x", i), Last: at})
		}
		if got := strings.Count(drillPage(t, d, time.Unix(1, 0)), "\nsekimori_drill_import_last_success_timestamp_seconds{"); got != MaxDrillSources {
			t.Errorf("%d sources are %d series", n, got)
		}
	}
}

// TestDrillGaugesRounds: of more rounds than the limit the latest are shown.
func TestDrillGaugesRounds(t *testing.T) {
	d := bodies(0, nil)
	d.Drill.Rounds, d.Counts.Rounds = nil, nil
	for i := range MaxDrillRounds + 1 {
		d.Drill.Rounds = append(d.Drill.Rounds, policy.Round{Number: i + 1})
		d.Counts.Rounds = append(d.Counts.Rounds, drill.RoundCounts{Number: i + 1, Bodies: []drill.BodyCounts{{Organisation: "a", Numbers: map[drill.Measure]int{"delivered": 1}}}})
	}
	wantLines(t, drillPage(t, d, time.Unix(1, 0)), `!sekimori_drill_round_open{drill="d",round="1"}`, `sekimori_drill_round_open{drill="d",round="2"}`,
		`!sekimori_drill_delivered_recipients{drill="d",round="1"}`, `sekimori_drill_delivered_recipients{drill="d",round="13"} 1`)
}

// FuzzDrillGauges makes gauges of what a ledger could hold: the page is whole whatever it is, and what is hidden cannot be
// computed from it.
func FuzzDrillGauges(f *testing.F) {
	f.Add([]byte{10, 1, 50, 9, 2, 90, 40, 3, 90, 50, 4, 80, 60})
	f.Add([]byte{10, 1, 50, 9, 1, 50, 9, 0xff, 9, 9})
	f.Add([]byte{3, 1, 2, 2, 2, 9, 0, 3, 200, 180})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		least := int(data[0])
		d := &policy.Drill{Name: "d", MinCell: least, Rounds: []policy.Round{{Number: 1}}}
		r := drill.RoundCounts{Number: 1}
		for data = data[1:]; len(data) >= 3; data = data[3:] {
			n := 1 + int(data[1])
			r.Bodies = append(r.Bodies, drill.BodyCounts{Organisation: string(data[:1]), Numbers: map[drill.Measure]int{"delivered": n, "opened": min(n, int(data[2]))}})
		}
		reg := prometheus.NewRegistry()
		known := []DrillCounts{{Drill: d, Counts: drill.Counts{Drill: "d", Rounds: []drill.RoundCounts{r, r}}, Closed: true}}
		g := NewDrillGauges(reg, func(context.Context) ([]DrillCounts, error) { return known, nil }, time.Now)
		defer g.Close()
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		value := map[string][]int{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				value[f.GetName()] = append(value[f.GetName()], int(m.GetGauge().GetValue()))
			}
		}
		opened, each := value["sekimori_drill_opened_recipients"], value["sekimori_drill_organisation_opened_recipients"]
		all := len(value["sekimori_drill_organisation_base_recipients"])
		switch {
		case value["sekimori_drill_ledger_read_failures_total"][0] != 0:
			t.Error("it cannot be counted")
		case len(opened) == 0 && len(each) > 0:
			t.Errorf("the total is hidden, and %d organisations are shown", len(each))
		case len(opened) == 1 && opened[0] > 0 && least > 1:
			if len(each) == all-1 {
				t.Errorf("one of %d organisations is hidden: it is the total minus the rest", all)
			}
			for _, n := range each {
				if n < least {
					t.Errorf("%d persons are shown, least is %d", n, least)
				}
			}
		}
	})
}

// BenchmarkDrillGauges is what the gauges of two rounds of twelve organisations add to a scrape, and to a reading.
func BenchmarkDrillGauges(b *testing.B) {
	d := source(b)
	now := ended(d)
	f := newDrillFamilies()
	b.Run("scrape", func(b *testing.B) {
		g := NewDrillGauges(prometheus.NewRegistry(), func(context.Context) ([]DrillCounts, error) { return []DrillCounts{d}, nil }, func() time.Time { return now })
		defer g.Close()
		b.ReportAllocs()
		for b.Loop() {
			to := make(chan prometheus.Metric, 1000)
			g.Collect(to)
		}
	})
	b.Run("reading", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.numbers(d, now)
		}
	})
}
