package policyfile

import (
	"slices"
	"time"

	"sekimori/policy"
)

// Limits of what [reply_guard] says. A reply of SMTP has 512 octets (RFC 5321, 4.5.3.1.5), in which code, text, url, token
// and queue id find room.
const (
	maxReplyText = 200
	maxReplyURL  = 150
	maxReplyBoth = 320 // text and url together
	minKeep      = time.Hour
	maxKeep      = 366 * day
)

// replyGuard reads [reply_guard].
func (c *compiler) replyGuard() {
	t := c.one("reply_guard")
	if t == nil {
		return
	}
	s := &c.policy.ReplyGuard
	s.Mode = policy.ModeObserve // a section without mode observes
	c.section(t, replyGuardKeys(s), c.shape)
	if n := t.child("url"); n != nil && len(s.Text)+len(s.URL) > maxReplyBoth {
		c.report(n.at, n.path, "text and url have %d characters together; at most %d are possible, so that the token fits behind them",
			len(s.Text)+len(s.URL), maxReplyBoth)
	}
}

func replyGuardKeys(s *policy.ReplyGuard) []key {
	keys := []key{{"mode", word(&s.Mode, policy.Modes()...)}}
	for _, l := range policy.GuardLevels() {
		keys = append(keys, key{string(l), func(d *document, n *node) {
			if a, ok := oneWord(d, n, guardActions()); ok {
				s.Actions[l] = a
			}
		}})
	}
	return append(keys, []key{
		{"keep_message", lasting(&s.KeepMessage, minKeep, maxKeep)},
		{"keep_pair", lasting(&s.KeepPair, minKeep, maxKeep)},
		{"ack", boolean(&s.Ack)},
		{"text", printable(&s.Text, 1, maxReplyText, "replies of SMTP are ASCII; put other text on a page, and name that with url")},
		{"url", link(&s.URL, maxReplyURL)},
		{"exempt", list(&s.Exempt, 0, correspondent)},
		{"on_error", word(&s.OnError, policy.ActionAccept, policy.ActionTempfail)},
	}...)
}

// guardActions lists what can be done with an answer to flagged mail. A tag would go out with it.
func guardActions() []policy.Action {
	return []policy.Action{policy.ActionAccept, policy.ActionQuarantine, policy.ActionReject}
}

// checkReplyGuard warns where the rule is on and cannot do what it is for.
func (c *compiler) checkReplyGuard() {
	s, t := &c.policy.ReplyGuard, c.one("reply_guard")
	if t == nil || s.Mode == policy.ModeOff {
		return
	}
	if !c.flags() {
		c.warn(t.at, t.path, "nothing will be remembered: no rule enforces and tags or quarantines inbound mail")
	}
	if !slices.ContainsFunc(policy.GuardLevels(), func(l policy.GuardLevel) bool { return s.Actions[l] != policy.ActionAccept }) {
		c.warn(t.at, t.path, "every level accepts, so no answer is ever stopped")
	}
	if n := t.child("ack"); n != nil && s.Ack && s.Actions[policy.LevelHigh] != policy.ActionReject &&
		s.Actions[policy.LevelMedium] != policy.ActionReject && s.Actions[policy.LevelLow] != policy.ActionReject {
		c.warn(n.at, n.path, "it has no effect: the token is told in a refusal, and no level is reject")
	}
}

// flags reports whether anything is remembered that could be answered: what a rule that enforces tags or quarantines, and the mail of
// drills.
func (c *compiler) flags() bool {
	p := c.policy
	return flags(&p.Spoof) || suspects(&p.Suspicion) || slices.ContainsFunc(p.Bulletins, bulletinFlags) ||
		slices.ContainsFunc(p.Drills, countsAsFlagged)
}

// flags reports whether the spoof rule tags or quarantines anything and does so on the wire. What it refuses never
// arrives, so there is nothing to answer.
func flags(s *policy.Spoof) bool {
	if s.Mode != policy.ModeEnforce {
		return false
	}
	flag := func(a policy.Action) bool { return a == policy.ActionTag || a == policy.ActionQuarantine }
	if s.DMARC == policy.DMARCFollow || flag(s.Unreadable) {
		return true
	}
	tables := []policy.Table{s.Table}
	for _, o := range s.Overrides {
		tables = append(tables, o.Table)
	}
	for _, t := range tables {
		for _, row := range t {
			for _, a := range row {
				if flag(a) {
					return true
				}
			}
		}
	}
	return false
}
