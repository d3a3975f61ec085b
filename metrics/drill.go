package metrics

// newLedgerSeries makes the series of what could not be counted in drills.
func (m *Metrics) newLedgerSeries(f factory) {
	m.ledgerFailed = f.counter("drill_ledger_failures_total", "Events of drills that could not be written down before the mail got its answer: their rounds are incomplete.")
	m.ledgerRefused = f.counter("drill_ledger_refused_events_total", "Events of drills that are closed, and count nothing any more.")
}

// LedgerFailed counts events that could not be written.
func (m *Metrics) LedgerFailed(events int) { m.ledgerFailed.Add(float64(events)) }

// LedgerRefused counts events of closed drills.
func (m *Metrics) LedgerRefused(events int) { m.ledgerRefused.Add(float64(events)) }
