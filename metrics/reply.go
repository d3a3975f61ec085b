package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// replyKey is what an outbound message that no person wrote is counted by.
type replyKey struct {
	class  policy.MailClass
	grade  policy.Grade
	action policy.Action
}

// guardKey is what a message that the reply_guard rule spoke of is counted by.
type guardKey struct {
	level  string
	action policy.Action
}

// guardLevel is a level with the finding that has it.
type guardLevel struct{ finding, level string }

// The levels beside those of policy.GuardLevels.
const (
	levelAcknowledged = "acknowledged" // the Subject carried the token
	levelUnknown      = "unknown"      // the memory did not answer, or the rule could not be evaluated
)

// noGrade is the label of every class that has no grades.
const noGrade = "none"

// newReplySeries makes the series of automatic replies and of answers to flagged mail.
func (m *Metrics) newReplySeries(f factory) {
	m.autoReplies = f.counters("auto_replies_total", "Outbound messages that no person wrote, by what the auto_reply rule wanted done, also where its mode is observe and nothing was done.",
		"class", "grade", "action", "organisation")
	m.replyGuard = f.counters("reply_guard_total", "Outbound messages of which the reply_guard rule found something, by what it wanted done, also where its mode is observe and nothing was done.",
		"level", "action")
	m.guard = make(map[guardKey]prometheus.Counter)
	add := func(level string, actions ...policy.Action) {
		for _, a := range actions {
			m.guard[guardKey{level, a}] = m.replyGuard.WithLabelValues(level, string(a))
		}
	}
	m.levels = []guardLevel{{policy.FindingAcknowledged, levelAcknowledged}} // what is accepted beside it says less
	for _, l := range policy.GuardLevels() {
		m.levels = append(m.levels, guardLevel{policy.GuardFinding(l), string(l)})
		add(string(l), policy.ActionAccept, policy.ActionQuarantine, policy.ActionReject)
	}
	add(levelAcknowledged, policy.ActionAccept)
	add(levelUnknown, policy.ActionAccept, policy.ActionTempfail)
}

// replySeries makes the series of one organisation: each class with the actions that it can meet.
func (m *Metrics) replySeries(organisation string) map[replyKey]prometheus.Counter {
	series := make(map[replyKey]prometheus.Counter)
	add := func(c policy.MailClass, g policy.Grade, actions ...policy.Action) {
		grade := string(g)
		if g == policy.GradeNone {
			grade = noGrade
		}
		for _, a := range actions {
			series[replyKey{c, g, a}] = m.autoReplies.WithLabelValues(string(c), grade, string(a), organisation)
		}
	}
	for _, c := range policy.MailClasses() {
		switch c {
		case policy.ClassAutoReply:
			for _, g := range policy.Grades() {
				add(c, g, policy.ActionAccept, policy.ActionRemove, policy.ActionDiscard)
			}
		case policy.ClassMDN:
			add(c, policy.GradeNone, policy.ActionAccept, policy.ActionRemove, policy.ActionDiscard)
		case policy.ClassDSN, policy.ClassCalendarReply, policy.ClassReport, policy.ClassAutoForward, policy.ClassList, policy.ClassNotification:
			add(c, policy.GradeNone, policy.ActionAccept)
		case policy.ClassHuman:
		}
	}
	return series
}

// sender returns the domain for whose organisation outbound and internal mail counts: that of the envelope, or with a null
// sender that of the only author, where authors were looked for.
func sender(r *policy.Record) policy.Domain {
	if r.Message.Sender.IsNull() && r.Facts != nil && len(r.Facts.Authors) == 1 {
		return r.Facts.Authors[0].Address.Domain
	}
	return r.Message.Sender.Domain
}

// reply counts what an outbound message was found to be. Where the auto_reply rule is off nothing is done about it.
func (l *labels) reply(r *policy.Record) {
	c := &r.Facts.Class
	if c.Class == "" || c.Class == policy.ClassHuman { // most mail, and has no series
		return
	}
	action := policy.ActionAccept
	for i := range r.Decision.Verdicts {
		if v := &r.Decision.Verdicts[i]; v.Rule == policy.RuleAutoReply {
			action = v.Action
		}
	}
	if n := l.organisation(r.Policy, sender(r)).replies[replyKey{c.Class, c.Grade, action}]; n != nil {
		n.Inc()
	}
}

// guarded counts what the reply_guard rule said of a message: its surest level once, whatever the number of recipients.
func (m *Metrics) guarded(v *policy.Verdict) {
	if v.Rule != policy.RuleReplyGuard || len(v.Findings) == 0 {
		return
	}
	level := levelUnknown
	for i := range m.levels {
		if found(v, m.levels[i].finding) {
			level = m.levels[i].level
			break
		}
	}
	if c := m.guard[guardKey{level, v.Action}]; c != nil {
		c.Inc()
	}
}

func found(v *policy.Verdict, name string) bool {
	for i := range v.Findings {
		if v.Findings[i].Name == name {
			return true
		}
	}
	return false
}
