package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// roundKey is a round of a drill.
type roundKey struct {
	drill string
	round int
}

// newDrillSeries makes the series of mail that belongs to a drill, or pretends to. What people did with it is counted elsewhere.
func (m *Metrics) newDrillSeries(f factory) {
	m.drillFailures = f.counters("drill_recognition_failures_total", "Messages that look like those of a drill's round and were not taken for one, by each reason.", "reason")
	m.drillExemptions = f.counters("drill_exemptions_total", "Messages of a round that went past the other rules, because it is exempt from them.", "drill", "round")
	m.failures = make(map[string]prometheus.Counter)
	for _, r := range drill.Reasons() {
		m.failures[drillFinding(r)] = m.drillFailures.WithLabelValues(string(r))
	}
}

// drillFinding is the finding that a reason becomes.
func drillFinding(r drill.Reason) string { return "drill_" + string(r) }

// drillFindings lists every name that a finding of the drill rule can have.
func drillFindings() []string {
	names := []string{policy.FindingDrillRecognised}
	for _, r := range drill.Reasons() {
		names = append(names, drillFinding(r))
	}
	return names
}

// presetRounds makes the series of the drills of p.
func (m *Metrics) presetRounds(l *labels, p *policy.Policy) {
	for i := range p.Drills {
		d := &p.Drills[i]
		for j := range d.Rounds {
			key := roundKey{d.Name, d.Rounds[j].Number}
			if l.rounds[key] == nil {
				l.rounds[key] = m.drillExemptions.WithLabelValues(key.drill, strconv.Itoa(key.round))
			}
		}
	}
}

// drilled counts why mail was not taken for a drill's, or that it was and went past the rules.
func (m *Metrics) drilled(l *labels, r *policy.Record) {
	f := &r.Facts.Drill
	if f.Drill == "" || r.Outcome == policy.OutcomeAborted {
		return
	}
	if f.Recognised {
		if c := l.rounds[roundKey{f.Drill, f.Round}]; c != nil && f.Mode == policy.DrillExempt {
			c.Inc()
		}
		return
	}
	for i := range r.Decision.Verdicts {
		v := &r.Decision.Verdicts[i]
		if v.Rule != policy.RuleDrill {
			continue
		}
		for j := range v.Findings {
			if c := m.failures[v.Findings[j].Name]; c != nil {
				c.Inc()
			}
		}
	}
}
