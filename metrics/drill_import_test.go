package metrics

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"sekimori/policy"
)

func TestWriteDrillRejected(t *testing.T) {
	path := t.TempDir() + "/import.prom"
	if err := WriteDrillRejected(path, "knowbe4", map[string]int{"bad_time": 2, "malformed": 0}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`sekimori_drill_import_rejected_records_total{reason="bad_time",source="knowbe4"} 2`,
		`sekimori_drill_import_rejected_records_total{reason="malformed",source="knowbe4"} 0`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

// TestDrillWebhook: the series are there at 0 before anything comes.
func TestDrillWebhook(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := New(reg, &policy.Policy{}, "v", "g")
	m.PresetDrillWebhook([]string{"taken", "signature"}, "gophish_webhook", []string{"bad_time", "malformed"})
	for name, want := range map[string]int{"sekimori_drill_webhook_requests_total": 2, "sekimori_drill_import_rejected_records_total": 2} {
		if n, err := testutil.GatherAndCount(reg, name); err != nil || n != want {
			t.Errorf("%s: %d series, %v", name, n, err)
		}
	}
	m.DrillRejected("gophish_webhook", "bad_time")
	m.DrillWebhook("taken")
	m.DrillWebhookStranger()
	for want, got := range map[string]float64{
		"rejected": testutil.ToFloat64(m.rejected.WithLabelValues("gophish_webhook", "bad_time")),
		"taken":    testutil.ToFloat64(m.webhooks.WithLabelValues("taken")),
		"unknown":  testutil.ToFloat64(m.strangers),
	} {
		if got != 1 {
			t.Errorf("%s: %v", want, got)
		}
	}
}
