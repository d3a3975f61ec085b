package policyfile

import (
	"slices"
	"strings"

	"sekimori/policy"
)

// What auto_reply.mdn says of receipts.
const (
	mdnRemove = "remove"
	mdnPass   = "pass"
)

// autoReply reads [auto_reply] with its exemptions.
func (c *compiler) autoReply() {
	t := c.one("auto_reply")
	if t == nil {
		return
	}
	s := &c.policy.AutoReply
	s.Mode = policy.ModeObserve // a section without mode observes
	c.section(t, autoReplyKeys(s), c.shape)
	s.Exempt = c.replyExemptions()
}

func autoReplyKeys(s *policy.AutoReply) []key {
	return []key{
		{"mode", word(&s.Mode, policy.Modes()...)},
		{"strict", boolean(&s.Strict)},
		{"mdn", func(d *document, n *node) {
			if v, ok := oneWord(d, n, []string{mdnRemove, mdnPass}); ok {
				s.MDN = v == mdnRemove
			}
		}},
		{"audit", func(d *document, n *node) {
			if n.kind == kindText && n.text == "" {
				return // as where the key is missing
			}
			if v, ok := address(d, n); ok {
				s.Audit = v
			}
		}},
		{"on_error", word(&s.OnError, policy.ActionAccept, policy.ActionTempfail)},
	}
}

func replyExemptKeys(e *policy.ReplyExemption) []key {
	class := func(d *document, n *node) (policy.MailClass, bool) {
		return oneWord(d, n, []policy.MailClass{policy.ClassAutoReply, policy.ClassMDN}) // no other is ever stopped
	}
	return []key{
		{"name", label(&e.Name)},
		{"senders", list(&e.Senders, 1, correspondent)},
		{"recipients", list(&e.Recipients, 1, domain)},
		{"classes", list(&e.Classes, 1, class)},
		{"until", until(&e.Until)},
	}
}

// replyExemptions reads each [[auto_reply.exempt]]. The series of exemptions has no label for the rule, so a name that
// [[spoof.exempt]] has is taken, too.
func (c *compiler) replyExemptions() []policy.ReplyExemption {
	var exempt []policy.ReplyExemption
	first := make(map[string]*node)
	for _, t := range c.each("spoof.exempt") {
		if n := t.child("name"); n != nil {
			first[n.text] = n
		}
	}
	for _, t := range c.each("auto_reply.exempt") {
		var e policy.ReplyExemption
		c.section(t, replyExemptKeys(&e), c.shape)
		c.needs(t, "name")
		exempt = append(exempt, e)
		if e.Name != "" {
			n := t.child("name")
			if f := first[e.Name]; f != nil {
				c.report(n.at, n.path, "%q is the name of another exemption, on line %d", e.Name, c.line(f.at))
			} else {
				first[e.Name] = n
			}
		}
		c.checkReplyExemption(t, &e)
	}
	return exempt
}

// checkReplyExemption warns of what an exemption cannot do, or does too widely.
func (c *compiler) checkReplyExemption(t *node, e *policy.ReplyExemption) {
	if n := t.child("until"); n != nil && !e.Until.IsZero() && !c.at.IsZero() && !c.at.Before(e.Until) {
		c.warn(n.at, n.path, "the exemption has ended and no longer holds; remove it")
	}
	if t.child("senders") == nil && t.child("recipients") == nil {
		c.warn(t.at, t.path, "it lets out what anybody sends to anybody; name senders or recipients")
	}
	if n := t.child("classes"); n != nil && !c.policy.AutoReply.MDN && slices.Equal(e.Classes, []policy.MailClass{policy.ClassMDN}) {
		c.warn(n.at, n.path, "receipts pass anyway: auto_reply.mdn is %q", mdnPass)
	}
	if n := t.child("recipients"); n != nil && n.kind == kindList && len(n.items) == len(e.Recipients) {
		for i, d := range e.Recipients {
			if in := c.policy.Inside.Domains; in.Contains(d) && in.Contains("any."+d) {
				c.warn(n.items[i].at, n.path, "%s is inside, where every reply arrives anyway", d)
			}
		}
	}
}

// checkAudit reports an audit address that is not inside, which would hand out what the rule keeps in. It waits until
// nothing is wrong in [inside].
func (c *compiler) checkAudit() {
	t := c.one("auto_reply")
	broken := slices.ContainsFunc(c.errors, func(p Problem) bool { return strings.HasPrefix(p.Key, "inside") })
	if a := c.policy.AutoReply.Audit; t != nil && !a.IsNull() && !broken && !c.policy.InsideAddress(a) {
		n := t.child("audit")
		c.report(n.at, n.path, "%s is not inside; what the rule keeps in would be sent there", quote(n.text))
	}
}
