//go:build linux && endtoend

package endtoend

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// end closes the drill and forgets it. The report stays the same, and is the same at both gateways.
func (d *drillStand) end(want map[string]map[string]int) {
	t := d.t
	t.Helper()
	before := d.gOne.reports()
	if diff := cmp.Diff(before, d.gTwo.reports()); diff != "" {
		t.Errorf("the gateways print different reports:\n%s", diff)
	}
	d.nothingSmall()
	client := redis.NewClient(&redis.Options{Addr: d.redis.socket})
	defer client.Close()
	const book = "sekimori:1:b:{" + drillName + "}"
	persons, err := client.HGetAll(t.Context(), book).Result()
	if err != nil || len(persons) < 20 {
		t.Fatalf("the ledger has %d fields: %v", len(persons), err)
	}

	d.gOne.drill(2, "close") // the last window is open
	d.gTwo.drill(0, "close", "--early")
	refused := func(g *gateway) float64 { return counter(t, g.scrape(), "sekimori_drill_ledger_refused_events_total") }
	was := refused(d.gOne)
	wantReply(t, send(t, d.one, insideAddr, "b1@meti.gw.test", []string{"csirt@gw.test"},
		mailOf("b1@meti.gw.test", "csirt@gw.test", "References: <r2-meti@drill.test>\r\n", "A late report.")), 250, "")
	if n := refused(d.gOne) - was; n != 1 {
		t.Errorf("%v events are counted as refused, wanted is 1", n)
	}
	late := campaignEvents{id: 7, events: []campaignEvent{{"b1@meti.gw.test", time.Now().Add(-time.Hour), "Submitted Data", visited("198.51.100.1", "Mozilla/5.0")}}}
	if got := late.post(t, d.webhookAddress); got[410] != 1 {
		t.Errorf("the webhook answers %v, wanted is 410", got)
	}
	file := filepath.Join(t.TempDir(), "Late - Events.csv")
	if err := os.WriteFile(file, late.csv(), 0o600); err != nil {
		t.Fatal(err)
	}
	d.gOne.drill(failure, "import", "--round", "1", "gophish_events", file)
	if diff := cmp.Diff(before, d.gTwo.reports()); diff != "" {
		t.Errorf("the report of the closed drill is another:\n%s", diff)
	}

	d.gOne.drill(0, "close", "--forget")
	for _, g := range []*gateway{d.gOne, d.gTwo} {
		if diff := cmp.Diff(before, g.reports()); diff != "" {
			t.Errorf("the report of the forgotten drill is another:\n%s", diff)
		}
		wantCounts(t, "forgotten", g.counts(), want)
	}
	d.nothingLeft(persons, before)
}

// nothingSmall wants that the usual limit hides all that so small a drill says of persons; what the filters would have done is the mail's.
func (d *drillStand) nothingSmall() {
	d.t.Helper()
	var report struct {
		Measures []struct {
			Measure string
			Rounds  []struct{ Bodies []struct{ Count int } }
			Changes []struct{ Difference float64 }
		}
	}
	if err := json.Unmarshal([]byte(d.gOne.drill(0, "report", "--format", "json", "--min-cell", "10")), &report); err != nil || len(report.Measures) < 8 {
		d.t.Fatalf("%d measures: %v", len(report.Measures), err)
	}
	for _, m := range report.Measures {
		if m.Measure == "flagged" || m.Measure == "stopped" {
			continue
		}
		for _, r := range m.Rounds {
			for _, b := range r.Bodies {
				if b.Count != 0 {
					d.t.Errorf("%s: a body shows %d", m.Measure, b.Count)
				}
			}
		}
		for _, c := range m.Changes {
			if c.Difference != 0 {
				d.t.Errorf("%s: a change of %v is shown", m.Measure, c.Difference)
			}
		}
	}
}

// nothingLeft wants no name and nothing typed anywhere, and after the drill was forgotten nothing that stood for a person in it.
func (d *drillStand) nothingLeft(persons, reports map[string]string) {
	t := d.t
	t.Helper()
	left := d.redis.dump(t)
	found := 0
	for field, value := range persons {
		set, id, entry := strings.Cut(field, " ")
		switch {
		case field == "key" && strings.Contains(left, value):
			t.Error("the key of the drill is still there")
		case entry && strings.Contains(left, id):
			t.Errorf("what stood for a person, or a message, is still there: in %s", set)
		case entry:
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d entries were looked for", found)
	}
	outputs := map[string]string{"Redis": left, "log one": d.gOne.output(), "log two": d.gTwo.output(),
		"metrics one": d.gOne.scrape(), "metrics two": d.gTwo.scrape()}
	maps.Copy(outputs, reports)
	for where, text := range outputs {
		if strings.Contains(text, "secretuser") {
			t.Errorf("what somebody has typed stands in %s", where)
		}
		if !strings.HasPrefix(where, "log") && strings.Contains(text, "gw.test") {
			t.Errorf("an address stands in %s", where)
		}
	}
}
