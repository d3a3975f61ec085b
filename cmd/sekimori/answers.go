package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sekimori/policy"
)

// maxNamed is how many Message-IDs are shown without --verbose.
const maxNamed = 5

// nothing is the memory of explain: what a gateway remembers is not known here.
type nothing struct{}

// Recall finds nothing.
func (nothing) Recall(context.Context, policy.RecallQuery) policy.Recollection {
	return policy.Recollection{Asked: true}
}

// Acquaintance knows nobody, and not since when: nothing is a first contact.
func (nothing) Acquaintance(context.Context, policy.ContactQuery) policy.Acquaintance {
	return policy.Acquaintance{Asked: true}
}

// outbound prints what an outbound message is, by which signals, and which other messages it belongs to.
func (x explanation) outbound(p *policy.Policy, f *policy.Facts) {
	if f.Class.Class == "" {
		x.line("", "an inside client: nothing is asked of it")
		return
	}
	class := string(f.Class.Class)
	if f.Class.Grade != policy.GradeNone {
		class += ", grade " + string(f.Class.Grade)
	}
	x.line("class", "%s: %s", class, classMeaning(f.Class))
	for _, s := range f.Class.Signals {
		text := s.Name
		if s.Evidence != "" {
			text += "[" + s.Evidence + "]"
		}
		if !x.verbose && len(text) > maxShown {
			text = strings.ToValidUTF8(text[:maxShown], "") + "…"
		}
		x.marked(false, 0, text)
	}
	if p.ReplyGuard.Mode != policy.ModeOff {
		x.conversation(f)
	}
}

// conversation prints by what an answer would be known again.
func (x explanation) conversation(f *policy.Facts) {
	c := f.Conversation
	x.line("kind", "%s", c.Kind)
	for i, id := range c.Ancestors {
		if i == maxNamed && !x.verbose {
			x.marked(false, 0, fmt.Sprintf("(%d more with --verbose)", len(c.Ancestors)-i))
			break
		}
		x.marked(false, 0, "it names <"+id+">")
	}
	if c.Thread != "" {
		x.marked(false, 0, fmt.Sprintf("it belongs to the thread %x", c.Thread))
	}
	switch {
	case f.Memory.Asked:
		x.line("memory", "not known here: explained as if nothing had been flagged before")
	default:
		x.line("memory", "not asked: no person wrote this")
	}
}

// envelope prints who does not get the message, who gets a copy, what is remembered of it, and who is known from then on.
func (x explanation) envelope(r *policy.Record) {
	for _, arg := range r.Effect.Recipients {
		x.line("take off", "%s", arg)
	}
	for _, arg := range r.Effect.Add {
		x.line("add", "%s", arg)
	}
	if f := r.Decision.Remember; f != nil {
		x.remembered(f)
	}
	if k := teaches(r); k != nil {
		x.learned(k)
	}
}

// learned prints whose mail makes whom known.
func (x explanation) learned(k *policy.Met) {
	verb, people := "got mail from", k.Outside
	if k.Outbound {
		verb = "wrote to"
	}
	label := "learn"
	for i, in := range k.Inside {
		if i == maxNamed && !x.verbose {
			x.line(label, "(%d more with --verbose)", len(k.Inside)-i)
			break
		}
		for _, out := range people[:min(len(people), maxNamed)] {
			if in.Domain != "" && out.Domain != "" {
				x.line(label, "%s %s %s, until %s", in, verb, out, k.Until.UTC().Format(time.DateOnly))
				label = ""
			}
		}
	}
}

// remembered prints what is remembered of a flagged message.
func (x explanation) remembered(f *policy.Flagged) {
	label := "remember"
	until := func(what string, t time.Time) {
		x.line(label, "%s, until %s", what, t.UTC().Format(time.DateOnly))
		label = ""
	}
	if f.MessageID != "" {
		until("message <"+f.MessageID+">", f.MessageUntil)
	}
	if f.Thread != "" {
		until(fmt.Sprintf("thread %x", f.Thread), f.MessageUntil)
	}
	for _, a := range f.Addresses {
		until("address "+a.String(), f.PairUntil)
	}
}

// silence says what it means that a rule has no finding.
func silence(r policy.Rule) string {
	switch r {
	case policy.RuleSpoof:
		return "no claim of a protected domain, and no other finding"
	case policy.RuleAutoReply:
		return "neither an automatic reply nor a receipt"
	case policy.RuleReplyGuard:
		return "nothing is remembered that it could be an answer to"
	case policy.RuleSuspicion:
		return "no indicator of targeted mail"
	case policy.RuleBulletin, policy.RuleDrill:
	}
	return "no finding"
}

// exemptions returns how many exemptions a rule has.
func exemptions(p *policy.Policy, r policy.Rule) int {
	switch r {
	case policy.RuleSpoof:
		return len(p.Spoof.Exempt)
	case policy.RuleAutoReply:
		return len(p.AutoReply.Exempt)
	case policy.RuleReplyGuard, policy.RuleSuspicion, policy.RuleBulletin, policy.RuleDrill:
	}
	return 0
}

// classMeaning says a class in words.
func classMeaning(c policy.Classification) string {
	switch c.Class {
	case policy.ClassAutoReply:
		return gradeMeaning(c.Grade)
	case policy.ClassMDN:
		return "a receipt"
	case policy.ClassDSN:
		return "a delivery report"
	case policy.ClassCalendarReply:
		return "an answer to an invitation"
	case policy.ClassReport:
		return "a report about mail"
	case policy.ClassAutoForward:
		return "a program passed on what somebody wrote"
	case policy.ClassList:
		return "mail of a mailing list"
	case policy.ClassNotification:
		return "a program wrote it, and answers nobody"
	case policy.ClassHuman:
		return "nothing says that a program wrote it"
	}
	return string(c.Class)
}

func gradeMeaning(g policy.Grade) string {
	switch g {
	case policy.GradeA:
		return "one strong signal says that a program answers"
	case policy.GradeB:
		return "several signals together say that a program answers"
	case policy.GradeC:
		return "weak signals alone say that a program answers"
	case policy.GradeNone:
	}
	return "a program answers"
}

// replyMeaning says a finding of the rules for outbound mail in words, or "".
func replyMeaning(finding string) string {
	for _, g := range policy.Grades() {
		if finding == string(policy.ClassAutoReply)+"_"+strings.ToLower(string(g)) {
			return gradeMeaning(g)
		}
	}
	switch finding {
	case string(policy.ClassMDN):
		return "a receipt would go out"
	case policy.FindingAcknowledged:
		return "the Subject has the token: the sender knows what he does"
	case policy.FindingNoMemory:
		return "the store did not answer, so on_error holds"
	case policy.GuardFinding(policy.LevelHigh):
		return "it names a flagged message, and goes to an address that sent flagged mail"
	case policy.GuardFinding(policy.LevelMedium):
		return "it is an answer to an address from which this sender got flagged mail"
	case policy.GuardFinding(policy.LevelLow):
		return "it names a flagged message, and goes to somebody else"
	}
	return ""
}
