package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// DrillImport is what one import brought, or one body of a webhook.
type DrillImport struct {
	Drill    string
	Round    int
	Source   string // a closed list of the program
	Events   []DrillImportEvent
	Rejected map[string]int // by reason, a closed list of the program
}

// DrillImportEvent is how many persons did something, in one class.
type DrillImportEvent struct {
	Event policy.DrillEvent
	Class policy.DrillClass
	Count int
}

// drillImports holds the series of imports.
type drillImports struct {
	events, rejected *prometheus.CounterVec
}

func newDrillImports(f factory) drillImports {
	return drillImports{
		events: f.counters("drill_import_events_total", "Persons whose events were imported, each event once for a person and class.",
			"drill", "round", "source", "event", "class"),
		rejected: f.counters("drill_import_rejected_records_total", "Records of imports that were rejected.", "source", "reason"),
	}
}

// count adds one import.
func (d drillImports) count(i DrillImport) {
	round := strconv.Itoa(i.Round)
	for _, e := range i.Events {
		d.events.WithLabelValues(i.Drill, round, i.Source, string(e.Event), string(e.Class)).Add(float64(e.Count))
	}
	for reason, n := range i.Rejected {
		d.rejected.WithLabelValues(i.Source, reason).Add(float64(n))
	}
}

// newDrillWebhookSeries makes the series of what comes by the webhook while a round runs.
func (m *Metrics) newDrillWebhookSeries(f factory) {
	m.imports = newDrillImports(f)
	m.webhooks = f.counters("drill_webhook_requests_total", "Requests to the webhook, by what became of them.", "result")
	m.strangers = f.counter("drill_webhook_unknown_campaign_total", "Bodies about a campaign that no round of the policy names.")
}

// PresetDrillWebhook makes the series of the webhook at 0: for the results of requests, and for the rounds of p that have a
// campaign. Source and reasons are the words that DrillImport comes with.
func (m *Metrics) PresetDrillWebhook(p *policy.Policy, results []string, source string, reasons []string) {
	for _, r := range results {
		m.webhooks.WithLabelValues(r)
	}
	for _, r := range reasons {
		m.imports.rejected.WithLabelValues(source, r)
	}
	for _, d := range p.Drills {
		for _, r := range d.Rounds {
			if len(r.Campaigns) == 0 {
				continue
			}
			for _, e := range []policy.DrillEvent{policy.DrillDelivered, policy.DrillOpened, policy.DrillClicked, policy.DrillSubmitted, policy.DrillReported} {
				for _, c := range policy.DrillClasses() {
					m.imports.events.WithLabelValues(d.Name, strconv.Itoa(r.Number), source, string(e), string(c))
				}
			}
		}
	}
}

// DrillImport counts what the webhook brought.
func (m *Metrics) DrillImport(i DrillImport) { m.imports.count(i) }

// DrillWebhook counts a request; result is one of those that were preset.
func (m *Metrics) DrillWebhook(result string) { m.webhooks.WithLabelValues(result).Inc() }

// DrillWebhookStranger counts a body about a campaign that no round names.
func (m *Metrics) DrillWebhookStranger() { m.strangers.Inc() }

// WriteDrillImport writes the counters of one import, which is a process of its own, for the textfile collector of the node
// exporter. The file is replaced in one step. When it was belongs to the gauges of the ledger, see drillFamilies.
func WriteDrillImport(path string, i DrillImport) error {
	reg := prometheus.NewRegistry()
	newDrillImports(factory{reg}).count(i)
	return prometheus.WriteToTextfile(path, reg)
}
