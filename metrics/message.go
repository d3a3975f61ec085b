package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// method is a method of authentication together with what it was applied to.
type method int

const (
	spfMailFrom method = iota
	spfHelo
	dkimSignature
	dmarcFrom
	methods
)

// names returns the labels method and scope.
func (m method) names() (method, scope string) {
	n := [...][2]string{{"spf", "mailfrom"}, {"spf", "helo"}, {"dkim", "signature"}, {"dmarc", "from"}}[m]
	return n[0], n[1]
}

// possible lists the results that a method has.
func (m method) possible() []policy.Result {
	common := []policy.Result{policy.ResultNone, policy.ResultPass, policy.ResultFail, policy.ResultTempError, policy.ResultPermError}
	switch m {
	case spfMailFrom, spfHelo:
		return append(common, policy.ResultSoftFail, policy.ResultNeutral)
	case dkimSignature:
		return append(common, policy.ResultPolicy, policy.ResultNeutral)
	case dmarcFrom, methods:
	}
	return common
}

type ruleKey struct {
	rule   policy.Rule
	action policy.Action
	mode   policy.Mode
}

type findingKey struct {
	rule policy.Rule
	name string
	mode policy.Mode
}

// newMessageSeries makes the series that Observe counts in.
func (m *Metrics) newMessageSeries(f factory) {
	m.messages = f.counters("messages_total", "Messages by what became of them. Inbound mail counts once for each organisation among its recipients, other mail for that of the sender, or of the author where the sender is null.",
		"direction", "organisation", "outcome")
	m.recipients = f.counters("recipients_total", "Recipients of those messages. Inbound mail counts for the organisation of the recipient, other mail for that of the sender, or of the author where the sender is null. Those taken off a message count as discarded, the others of it as accepted.",
		"direction", "organisation", "outcome")
	m.hits = f.counters("rule_hits_total", "Messages by what a rule wanted done, also where its mode is observe and nothing was done. Each bulletin that a message matches counts.", "rule", "action", "mode")
	m.findings = f.counters("findings_total", "Messages with a finding, whatever it led to. Each bulletin that a message matches counts.", "rule", "finding", "mode")
	m.exemptions = f.counters("exemptions_total", "Messages of which an exemption let a claim or a recipient through.", "name")
	m.auth = f.counters("auth_results_total", "Results of authentication of inbound mail: of each check, signature and author domain.", "method", "scope", "result")
	m.unexamined = f.counters("unexamined_messages_total", "Messages that were not examined, or not in full.", "reason")
	m.duration = f.histogram("message_duration_seconds", "Time from MAIL to the answer, the sending of the message included.",
		[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300})
	m.wait = f.histogram("message_wait_seconds", "Time that the end of a message waited for look-ups: what the filter adds to a delivery.",
		[]float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20})
	m.bytes = f.histogram("message_bytes", "Octets of body seen of a message.", prometheus.ExponentialBuckets(1<<10, 4, 9))
	m.newReplySeries(f)
	m.newSuspicionSeries(f)
	m.presetResults()
	m.presetRules()
	m.unexaminedReasons = make(map[policy.Unexamined]prometheus.Counter)
	for _, u := range policy.UnexaminedReasons() {
		m.unexaminedReasons[u] = m.unexamined.WithLabelValues(string(u))
	}
}

func (m *Metrics) presetResults() {
	for x := range methods {
		name, scope := x.names()
		m.results[x] = make(map[policy.Result]prometheus.Counter)
		for _, r := range x.possible() {
			m.results[x][r] = m.auth.WithLabelValues(name, scope, string(r))
		}
	}
}

func (m *Metrics) presetRules() {
	m.rules, m.found = make(map[ruleKey]prometheus.Counter), make(map[findingKey]prometheus.Counter)
	for _, mode := range []policy.Mode{policy.ModeObserve, policy.ModeEnforce} {
		for _, a := range policy.Actions() {
			for _, r := range policy.Rules() {
				m.rules[ruleKey{r, a, mode}] = m.hits.WithLabelValues(string(r), string(a), string(mode))
			}
		}
		for _, r := range policy.Rules() {
			for _, name := range findings(r) {
				m.found[findingKey{r, name, mode}] = m.findings.WithLabelValues(string(r), name, string(mode))
			}
		}
	}
}

// findings lists the names that a finding of a rule can have.
func findings(r policy.Rule) []string {
	switch r {
	case policy.RuleSpoof:
		return policy.SpoofFindings()
	case policy.RuleAutoReply:
		return policy.AutoReplyFindings()
	case policy.RuleReplyGuard:
		return policy.ReplyGuardFindings()
	case policy.RuleSuspicion:
		return append(suspicion.Names(), policy.FindingIncomplete, policy.FindingUnexamined)
	case policy.RuleBulletin:
		return policy.BulletinFindings()
	case policy.RuleDrill:
		return drillFindings()
	}
	return nil
}

// Observe counts one message. It keeps nothing of r.
func (m *Metrics) Observe(r *policy.Record) {
	if r == nil || r.Message == nil {
		return
	}
	l := m.labels.Load()
	l.count(r, m.judged(&r.Decision))
	for i := range r.Decision.Verdicts {
		m.verdict(l, &r.Decision.Verdicts[i])
		m.guarded(&r.Decision.Verdicts[i])
	}
	m.duration.Observe(r.Elapsed.Seconds())
	m.bytes.Observe(float64(r.Message.BodySize))
	if r.Facts == nil {
		return
	}
	l.reply(r)
	for i, u := range r.Facts.Unexamined {
		if !slices.Contains(r.Facts.Unexamined[:i], u) {
			m.Unexamined(u)
		}
	}
	if r.Stage == policy.StageMessage && r.Outcome != policy.OutcomeAborted {
		m.wait.Observe(r.Facts.Timings.Wait.Seconds())
	}
	if r.Decision.Direction == policy.Inbound {
		m.authentication(r)
		m.acquainted(r)
		m.drilled(l, r)
	}
}

// count counts a message and its recipients. Level is that of an inbound message, "" where it has none.
func (l *labels) count(r *policy.Record, level policy.Level) {
	d := r.Decision.Direction
	if d != policy.Inbound {
		o := l.organisation(r.Policy, sender(r))
		if o.messages[d] == nil {
			o, d = l.organisations[policy.Other], unknown
		}
		o.messages[d].of(r.Outcome).Inc()
		o.recipients[d].add(r)
		return
	}
	var room [8]*organisation
	counted := room[:0]
	for i := range r.Message.Recipients {
		o := l.organisation(r.Policy, r.Message.Recipients[i].Address.Domain)
		o.recipients[d].of(r.Outcome).Inc()
		if !slices.Contains(counted, o) {
			counted = append(counted, o)
			o.messages[d].of(r.Outcome).Inc()
			if c := o.levels[level]; c != nil {
				c.Inc()
			}
		}
	}
	if len(counted) == 0 {
		other := l.organisations[policy.Other]
		other.messages[d].of(r.Outcome).Inc()
		if c := other.levels[level]; c != nil {
			c.Inc()
		}
	}
}

// verdict counts what one rule said.
func (m *Metrics) verdict(l *labels, v *policy.Verdict) {
	if c := m.rules[ruleKey{v.Rule, v.Action, v.Mode}]; c != nil {
		c.Inc()
	}
	for i := range v.Findings {
		f, before := &v.Findings[i], v.Findings[:i]
		named := func(x policy.Finding) bool { return x.Name == f.Name }
		if c := m.found[findingKey{v.Rule, f.Name, v.Mode}]; c != nil && !slices.ContainsFunc(before, named) {
			c.Inc()
			if b := l.bulletins[bulletinKey{v.Name, f.Name}]; b != nil {
				b.Inc()
			}
		}
		exempt := func(x policy.Finding) bool { return x.Exempt == f.Exempt }
		if c := l.exemptions[f.Exempt]; c != nil && !slices.ContainsFunc(before, exempt) {
			c.Inc()
		}
	}
}

// authentication counts the results of an inbound message.
func (m *Metrics) authentication(r *policy.Record) {
	f := r.Facts
	m.result(spfMailFrom, f.MailFrom.Result)
	m.result(spfHelo, f.Helo.Result)
	for i := range f.DKIM {
		m.result(dkimSignature, f.DKIM[i].Result)
	}
	if len(f.DKIM) == 0 && r.Stage == policy.StageMessage {
		m.result(dkimSignature, policy.ResultNone)
	}
	for i := range f.DMARC {
		m.result(dmarcFrom, f.DMARC[i].Result)
	}
}

// result counts a result; none at all, or one that the method does not have, is not counted.
func (m *Metrics) result(x method, r policy.Result) {
	if c := m.results[x][r]; c != nil {
		c.Inc()
	}
}
