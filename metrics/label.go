package metrics

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// unknown is the direction of a message that could not be examined far enough to tell.
const unknown policy.Direction = "unknown"

// labels holds the series whose labels the policy brings. It never changes after it was made.
type labels struct {
	organisations map[string]*organisation
	exemptions    map[string]prometheus.Counter
	bulletins     map[bulletinKey]prometheus.Counter
	rounds        map[roundKey]prometheus.Counter
	shown         []string // bulletins that have gauges
}

// organisation holds the counters of one organisation.
type organisation struct {
	messages, recipients map[policy.Direction]*outcomes
	replies              map[replyKey]prometheus.Counter
	levels               map[policy.Level]prometheus.Counter
}

// outcomes holds a counter for each policy.Outcome.
type outcomes struct {
	accepted, tagged, trimmed, discarded, quarantined, tempfailed, rejected, aborted prometheus.Counter
}

func newOutcomes(v *prometheus.CounterVec, d policy.Direction, organisation string) *outcomes {
	of := func(o policy.Outcome) prometheus.Counter {
		return v.WithLabelValues(string(d), organisation, string(o))
	}
	return &outcomes{of(policy.OutcomeAccepted), of(policy.OutcomeTagged), of(policy.OutcomeTrimmed), of(policy.OutcomeDiscarded),
		of(policy.OutcomeQuarantined), of(policy.OutcomeTempfailed), of(policy.OutcomeRejected), of(policy.OutcomeAborted)}
}

// of returns the counter of an outcome.
func (o *outcomes) of(x policy.Outcome) prometheus.Counter {
	switch x {
	case policy.OutcomeTagged:
		return o.tagged
	case policy.OutcomeTrimmed:
		return o.trimmed
	case policy.OutcomeDiscarded:
		return o.discarded
	case policy.OutcomeQuarantined:
		return o.quarantined
	case policy.OutcomeTempfailed:
		return o.tempfailed
	case policy.OutcomeRejected:
		return o.rejected
	case policy.OutcomeAborted:
		return o.aborted
	case policy.OutcomeAccepted:
	}
	return o.accepted
}

// add counts the recipients of one outbound or internal message.
func (o *outcomes) add(r *policy.Record) {
	n := len(r.Message.Recipients)
	if r.Outcome != policy.OutcomeTrimmed {
		if n > 0 {
			o.of(r.Outcome).Add(float64(n))
		}
		return
	}
	off := min(len(r.Effect.Recipients), n)
	o.discarded.Add(float64(off))
	o.accepted.Add(float64(n - off))
}

// Preset makes the series of the organisations, exemptions, bulletins and rounds of p, at 0. Those of an earlier policy stay as
// they are, but for the gauges of bulletins.
// Call it before p comes into force; what p does not name is counted as other.
func (m *Metrics) Preset(p *policy.Policy) {
	m.preset.Lock()
	defer m.preset.Unlock()
	old := m.labels.Load()
	l := &labels{organisations: maps.Clone(old.organisations), exemptions: maps.Clone(old.exemptions),
		bulletins: maps.Clone(old.bulletins), rounds: maps.Clone(old.rounds)}
	if l.organisations == nil {
		l.organisations = map[string]*organisation{policy.Other: m.organisation(policy.Other, append(policy.Directions(), unknown))}
		l.exemptions = make(map[string]prometheus.Counter)
		l.bulletins, l.rounds = make(map[bulletinKey]prometheus.Counter), make(map[roundKey]prometheus.Counter)
	}
	for _, o := range p.Organisations {
		if l.organisations[o.Name] == nil {
			l.organisations[o.Name] = m.organisation(o.Name, policy.Directions())
		}
	}
	for _, e := range p.Spoof.Exempt {
		m.presetExemption(l, e.Name)
	}
	for _, e := range p.AutoReply.Exempt {
		m.presetExemption(l, e.Name)
	}
	m.presetBulletins(old, l, p)
	m.presetRounds(l, p)
	m.labels.Store(l)
}

func (m *Metrics) presetExemption(l *labels, name string) {
	if l.exemptions[name] == nil {
		l.exemptions[name] = m.exemptions.WithLabelValues(name)
	}
}

func (m *Metrics) organisation(name string, directions []policy.Direction) *organisation {
	o := &organisation{make(map[policy.Direction]*outcomes), make(map[policy.Direction]*outcomes), m.replySeries(name), make(map[policy.Level]prometheus.Counter)}
	for _, level := range policy.Levels() {
		o.levels[level] = m.suspicion.WithLabelValues(string(level), name)
	}
	for _, d := range directions {
		o.messages[d] = newOutcomes(m.messages, d, name)
		o.recipients[d] = newOutcomes(m.recipients, d, name)
	}
	return o
}

// organisation returns the counters of the organisation that d belongs to.
func (l *labels) organisation(p *policy.Policy, d policy.Domain) *organisation {
	if p != nil {
		if o := l.organisations[p.Organisation(d)]; o != nil {
			return o
		}
	}
	return l.organisations[policy.Other]
}
