package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// DrillImport is what one import brought, or one body of a webhook.
type DrillImport struct {
	Drill    string
	Round    int
	Source   string // a closed list of the program
	At       time.Time
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
	last             *prometheus.GaugeVec
}

func newDrillImports(f factory) drillImports {
	last := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "drill_import_last_success_timestamp_seconds",
		Help: "When something of a round was imported last, in seconds since 1970."}, []string{"drill", "round", "source"})
	f.reg.MustRegister(last)
	return drillImports{
		events: f.counters("drill_import_events_total", "Persons whose events were imported, each event once for a person and class.",
			"drill", "round", "source", "event", "class"),
		rejected: f.counters("drill_import_rejected_records_total", "Records of imports that were rejected.", "source", "reason"),
		last:     last,
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
	if !i.At.IsZero() && i.Drill != "" {
		d.last.WithLabelValues(i.Drill, round, i.Source).Set(float64(i.At.UnixMilli()) / 1000)
	}
}

// WriteDrillImport writes the counters of one import, which is a process of its own, for the textfile collector of the node
// exporter. The file is replaced in one step.
func WriteDrillImport(path string, i DrillImport) error {
	reg := prometheus.NewRegistry()
	newDrillImports(factory{reg}).count(i)
	return prometheus.WriteToTextfile(path, reg)
}
