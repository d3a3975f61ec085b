package metrics

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// newSuspicionSeries makes the series of the rules that judge what a message looks like: suspicion, bulletin and drill.
func (m *Metrics) newSuspicionSeries(f factory) {
	m.suspicion = f.counters("suspicion_messages_total", "Inbound messages that the suspicion rule judged, by their level, also where its mode is observe. Each counts once for each organisation among its recipients.",
		"level", "organisation")
	m.score = f.histogram("suspicion_score", "Scores of inbound messages that the suspicion rule judged.", []float64{.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20})
	m.contactQueries = f.counters("contact_queries_total", "Inbound messages of which the memory was asked whether sender and recipients know each other.", "result")
	m.contacts = make(map[policy.ContactResult]prometheus.Counter)
	for _, r := range policy.ContactResults() {
		m.contacts[r] = m.contactQueries.WithLabelValues(string(r))
	}
	m.bulletinHits = f.counters("bulletin_hits_total", "Messages that match an indicator of a bulletin, by what matched, also where its mode is observe.", "bulletin", "kind")
	m.bulletinSize = f.gauges("bulletin_indicators", "Indicators that a bulletin of the policy in force has.", "bulletin")
	m.bulletinExpiry = f.gauges("bulletin_expiry_timestamp_seconds", "When a bulletin of the policy in force ends, in seconds since 1970; +Inf where it does not.", "bulletin")
	m.newDrillSeries(f)
}

// presetBulletins makes the series of the bulletins of p that are not off, and takes the gauges of those away that it does not
// have. Counters stay, as those of every earlier policy do.
func (m *Metrics) presetBulletins(old, l *labels, p *policy.Policy) {
	l.shown = nil
	for i := range p.Bulletins {
		b := &p.Bulletins[i]
		if b.Mode == policy.ModeOff {
			continue
		}
		for _, k := range policy.BulletinKinds() {
			key := bulletinKey{b.Name, "bulletin_" + string(k)}
			if l.bulletins[key] == nil {
				l.bulletins[key] = m.bulletinHits.WithLabelValues(b.Name, string(k))
			}
		}
		end := math.Inf(1)
		if !b.Until.IsZero() {
			end = float64(b.Until.Unix())
		}
		m.bulletinSize.WithLabelValues(b.Name).Set(float64(len(b.Indicators)))
		m.bulletinExpiry.WithLabelValues(b.Name).Set(end)
		l.shown = append(l.shown, b.Name)
	}
	for _, name := range old.shown {
		if !slices.Contains(l.shown, name) {
			m.bulletinSize.DeleteLabelValues(name)
			m.bulletinExpiry.DeleteLabelValues(name)
		}
	}
}

// bulletinKey is a bulletin and the finding that says what matched.
type bulletinKey struct{ bulletin, finding string }

// judged counts the score of a message and returns its level, "" where the suspicion rule did not judge it.
func (m *Metrics) judged(d *policy.Decision) policy.Level {
	for i := range d.Verdicts {
		if v := &d.Verdicts[i]; v.Rule == policy.RuleSuspicion && v.Level != "" {
			m.score.Observe(float64(v.Score) / 10)
			return v.Level
		}
	}
	return ""
}

// acquainted counts what the memory said of sender and recipients.
func (m *Metrics) acquainted(r *policy.Record) {
	if !r.Facts.Acquaintance.Asked || r.Policy == nil {
		return
	}
	if c := m.contacts[r.Facts.Acquaintance.Result(r.Policy.Suspicion.Contacts, r.Facts.At)]; c != nil {
		c.Inc()
	}
}
