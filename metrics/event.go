package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// dnsSeries holds the series of one record type.
type dnsSeries struct {
	results  map[policy.DNSStatus]prometheus.Counter
	cached   prometheus.Counter
	duration prometheus.Observer
}

// newEventSeries makes the series of everything that is not a message.
func (m *Metrics) newEventSeries(f factory) {
	m.queries = f.counters("dns_queries_total", "DNS questions by what came of them, those answered from memory included.", "type", "result")
	m.cacheHits = f.counters("dns_cache_hits_total", "DNS questions answered from memory.", "type")
	m.dnsDuration = f.histograms("dns_duration_seconds", "Time of DNS questions that were not answered from memory, all attempts included.",
		[]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "type")
	m.dns = make(map[policy.DNSType]*dnsSeries)
	for _, t := range policy.DNSTypes() {
		s := &dnsSeries{make(map[policy.DNSStatus]prometheus.Counter), m.cacheHits.WithLabelValues(string(t)), m.dnsDuration.WithLabelValues(string(t))}
		for _, r := range policy.DNSStatuses() {
			s.results[r] = m.queries.WithLabelValues(string(t), string(r))
		}
		m.dns[t] = s
	}
	m.open = f.gauge("sessions", "Connections of MTAs that are open.", nil)
	m.sessions = f.counters("sessions_total", "Connections of MTAs, accepted or refused because there were too many.", "result")
	m.sessionAccepted, m.refused = m.sessions.WithLabelValues("accepted"), m.sessions.WithLabelValues("refused")
	m.protocolErrors = f.counter("protocol_errors_total", "Connections that were closed because the MTA's side broke the milter protocol.")
	m.panics = f.counter("panics_total", "Defects that were caught. The log has the stack of each.")
	m.reloads = f.counters("config_reloads_total", "Attempts to read the policy file again.", "result")
	m.reloadSucceeded, m.reloadFailed = m.reloads.WithLabelValues("success"), m.reloads.WithLabelValues("failure")
	m.loaded = f.gauge("config_last_reload_successful", "1 when the last attempt to read the policy file succeeded, else 0.", nil)
	m.loadedAt = f.gauge("config_last_reload_success_timestamp_seconds", "When the policy in force was read, in seconds since 1970.", nil)
}

// DNS counts one question: its type, what came of it, whether it was answered from memory, and how long it took.
func (m *Metrics) DNS(t policy.DNSType, s policy.DNSStatus, cached bool, d time.Duration) {
	x := m.dns[t]
	if x == nil {
		return
	}
	if c := x.results[s]; c != nil {
		c.Inc()
	}
	if cached {
		x.cached.Inc()
		return
	}
	x.duration.Observe(d.Seconds())
}

// SessionOpened counts a connection of an MTA that was accepted.
func (m *Metrics) SessionOpened() {
	m.sessionAccepted.Inc()
	m.open.Inc()
}

// SessionClosed notes that a connection which was opened has ended.
func (m *Metrics) SessionClosed() { m.open.Dec() }

// SessionRefused counts a connection that was closed at once.
func (m *Metrics) SessionRefused() { m.refused.Inc() }

// ProtocolError counts a breach of the milter protocol.
func (m *Metrics) ProtocolError() { m.protocolErrors.Inc() }

// Panicked counts a defect that was caught.
func (m *Metrics) Panicked() { m.panics.Inc() }

// Unexamined counts a message that was not examined, or not in full. Observe does so for what the record says itself.
func (m *Metrics) Unexamined(u policy.Unexamined) {
	if c := m.unexaminedReasons[u]; c != nil {
		c.Inc()
	}
}

// Reload counts an attempt to read the policy again that ended at a time.
func (m *Metrics) Reload(ok bool, at time.Time) {
	if !ok {
		m.reloadFailed.Inc()
		m.loaded.Set(0)
		return
	}
	m.reloadSucceeded.Inc()
	m.loaded.Set(1)
	m.loadedAt.Set(float64(at.UnixMilli()) / 1000)
}
