package metrics

import "github.com/prometheus/client_golang/prometheus"

// newDrillRejected makes the counters of what imports could not read. How many persons an import is about is counted nowhere here: a
// counter cannot be absent while its number is small, nor take back what it showed, so that it would give away what a report and
// the gauges of the ledger hide.
func newDrillRejected(f factory) *prometheus.CounterVec {
	return f.counters("drill_import_rejected_records_total", "Records of imports that were rejected.", "source", "reason")
}

// newDrillWebhookSeries makes the series of what comes by the webhook while a round runs.
func (m *Metrics) newDrillWebhookSeries(f factory) {
	m.rejected = newDrillRejected(f)
	m.webhooks = f.counters("drill_webhook_requests_total", "Requests to the webhook, by what became of them.", "result")
	m.strangers = f.counter("drill_webhook_unknown_campaign_total", "Bodies about a campaign that no round of the policy names.")
}

// PresetDrillWebhook makes the series of the webhook at 0: for the results of requests, and for the reasons for which a record of this
// source is rejected. All are words of closed lists.
func (m *Metrics) PresetDrillWebhook(results []string, source string, reasons []string) {
	for _, r := range results {
		m.webhooks.WithLabelValues(r)
	}
	for _, r := range reasons {
		m.rejected.WithLabelValues(source, r)
	}
}

// DrillRejected counts a record that the webhook brought and that was rejected; source and reason are those that were preset.
func (m *Metrics) DrillRejected(source, reason string) {
	m.rejected.WithLabelValues(source, reason).Inc()
}

// DrillWebhook counts a request; result is one of those that were preset.
func (m *Metrics) DrillWebhook(result string) { m.webhooks.WithLabelValues(result).Inc() }

// DrillWebhookStranger counts a body about a campaign that no round names.
func (m *Metrics) DrillWebhookStranger() { m.strangers.Inc() }

// WriteDrillRejected writes how many records one import, which is a process of its own, rejected for each reason, for the textfile
// collector of the node exporter. The file is replaced in one step. When the import was belongs to the gauges of the ledger, see
// drillFamilies.
func WriteDrillRejected(path, source string, rejected map[string]int) error {
	reg := prometheus.NewRegistry()
	c := newDrillRejected(factory{reg})
	for reason, n := range rejected {
		c.WithLabelValues(source, reason).Add(float64(n))
	}
	return prometheus.WriteToTextfile(path, reg)
}
