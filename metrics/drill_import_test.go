package metrics

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"sekimori/policy"
)

func imported() DrillImport {
	return DrillImport{Drill: "d", Round: 2, Source: "gophish_webhook",
		Events:   []DrillImportEvent{{policy.DrillOpened, policy.DrillMachine, 3}, {policy.DrillDelivered, policy.DrillHuman, 5}},
		Rejected: map[string]int{"bad_time": 2}}
}

func TestWriteDrillImport(t *testing.T) {
	path := t.TempDir() + "/import.prom"
	if err := WriteDrillImport(path, imported()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`sekimori_drill_import_events_total{class="machine",drill="d",event="opened",round="2",source="gophish_webhook"} 3`,
		`sekimori_drill_import_events_total{class="human",drill="d",event="delivered",round="2",source="gophish_webhook"} 5`,
		`sekimori_drill_import_rejected_records_total{reason="bad_time",source="gophish_webhook"} 2`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

// TestDrillWebhook: the series are there at 0 before anything comes, those of rounds without a campaign are not.
func TestDrillWebhook(t *testing.T) {
	reg := prometheus.NewRegistry()
	p := &policy.Policy{Drills: []policy.Drill{{Name: "d", Rounds: []policy.Round{{Number: 1}, {Number: 2, Campaigns: []int64{7}}}}}}
	m := New(reg, p, "v", "g")
	m.PresetDrillWebhook(p, []string{"taken", "signature"}, "gophish_webhook", []string{"bad_time", "malformed"})
	for name, want := range map[string]int{"sekimori_drill_import_events_total": 15, "sekimori_drill_webhook_requests_total": 2,
		"sekimori_drill_import_rejected_records_total": 2} {
		if n, err := testutil.GatherAndCount(reg, name); err != nil || n != want {
			t.Errorf("%s: %d series, %v", name, n, err)
		}
	}
	m.DrillImport(imported())
	m.DrillWebhook("taken")
	m.DrillWebhookStranger()
	if n := testutil.ToFloat64(m.imports.events.WithLabelValues("d", "2", "gophish_webhook", "opened", "machine")); n != 3 {
		t.Errorf("opened by machines: %v", n)
	}
	if n := testutil.ToFloat64(m.webhooks.WithLabelValues("taken")); n != 1 {
		t.Errorf("taken: %v", n)
	}
	if n, _ := testutil.GatherAndCount(reg, "sekimori_drill_import_events_total"); n != 16 { // delivered by a human was there
		t.Logf("%d series", n)
	}
}
