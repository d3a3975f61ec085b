package policy

import (
	"slices"
	"strings"
	"time"
)

// AutoReply is the rule that keeps automatic replies and receipts inside: outside recipients are taken off. Reports of
// delivery, of abuse, of DMARC and of TLS are never touched (RFC 5321, 6.1, asks for the first).
type AutoReply struct {
	Mode    Mode
	Strict  bool    // grade C loses its outside recipients too
	MDN     bool    // receipts lose theirs (RFC 8098, 2.1, leaves it to the recipient's side to send none)
	Audit   Address // inside mailbox that gets a copy of what was stopped; zero: none
	OnError Action  // accept or tempfail: when the rule could not be evaluated
	Exempt  []ReplyExemption
}

// ReplyExemption lets replies out: those of some senders, to some recipients, of some classes. What is empty is any.
type ReplyExemption struct {
	Name       string   // label of counters
	Senders    []string // addresses in lower case, or domains, each with every name below it
	Recipients []Domain // each with every name below it
	Classes    []MailClass
	Until      time.Time // first moment at which it no longer holds; zero: no end
}

// AutoReplyFindings lists every name a finding of the auto_reply rule can have.
func AutoReplyFindings() []string {
	names := []string{string(ClassMDN), FindingUnexamined}
	for _, g := range Grades() {
		names = append(names, gradeFinding(g))
	}
	return names
}

func gradeFinding(g Grade) string { return string(ClassAutoReply) + "_" + strings.ToLower(string(g)) }

// verdict judges an outbound message, recipient by recipient. Inside recipients always keep their copy.
func (s *AutoReply) verdict(p *Policy, m *Message, f *Facts) Verdict {
	v := Verdict{Rule: RuleAutoReply, Mode: s.Mode, Action: ActionAccept}
	if slices.Contains(f.Unexamined, UnexaminedPanic) {
		v.Action, v.Reply = s.OnError, ReplyNone
		if v.Action == ActionTempfail {
			v.Reply = ReplyUnexamined
		}
		v.Findings = []Finding{{Name: FindingUnexamined, Evidence: string(UnexaminedPanic), Action: v.Action}}
		return v
	}
	name, stopped := s.stops(f.Class)
	if name == "" {
		return v
	}
	finding := Finding{Name: name, Evidence: f.Class.evidence(), Action: ActionAccept}
	if !stopped {
		v.Findings = []Finding{finding}
		return v
	}
	for _, r := range m.Recipients {
		if p.InsideRecipient(r) {
			continue
		}
		if e := s.exemption(m, f, r); e != "" {
			exempt := finding
			exempt.Exempt = e
			if !slices.Contains(v.Findings, exempt) {
				v.Findings = append(v.Findings, exempt)
			}
			continue
		}
		v.Remove = append(v.Remove, r.Arg)
	}
	switch len(v.Remove) {
	case 0:
		return v
	case len(m.Recipients):
		v.Action = ActionDiscard
	default:
		v.Action = ActionRemove
	}
	finding.Action = v.Action
	v.Findings = append(v.Findings, finding)
	if !s.Audit.IsNull() {
		v.Add = []string{"<" + s.Audit.String() + ">"}
	}
	return v
}

// stops names the finding for a class, "" where the rule has nothing to say, and says whether recipients are taken off.
func (s *AutoReply) stops(c Classification) (name string, stopped bool) {
	switch c.Class {
	case ClassAutoReply:
		return gradeFinding(c.Grade), c.Grade == GradeA || c.Grade == GradeB || s.Strict
	case ClassMDN:
		return string(ClassMDN), s.MDN
	case ClassDSN, ClassCalendarReply, ClassReport, ClassAutoForward, ClassList, ClassNotification, ClassHuman:
	}
	return "", false
}

// exemption returns the name of the first exemption that lets this reply out to r, or "". The sender of a reply with a
// null sender is its author.
func (s *AutoReply) exemption(m *Message, f *Facts, r Recipient) string {
	for _, e := range s.Exempt {
		switch {
		case !e.Until.IsZero() && !f.At.Before(e.Until):
		case len(e.Classes) > 0 && !slices.Contains(e.Classes, f.Class.Class):
		case len(e.Recipients) > 0 && !slices.ContainsFunc(e.Recipients, r.Address.Domain.Under):
		case len(e.Senders) > 0 && !slices.ContainsFunc(e.Senders, func(who string) bool { return sentBy(who, m, f) }):
		default:
			return e.Name
		}
	}
	return ""
}

// sentBy reports whether who, an address or a domain, sent m: as envelope sender, or with a null sender as the only author.
func sentBy(who string, m *Message, f *Facts) bool {
	sender := m.Sender
	if sender.IsNull() {
		if len(f.Authors) != 1 {
			return false
		}
		sender = f.Authors[0].Address
	}
	if strings.Contains(who, "@") {
		return strings.EqualFold(sender.String(), who)
	}
	return sender.Domain.Under(Domain(who))
}

// maxSignals is how many signals stand in the evidence of a finding; the facts have them all.
const maxSignals = 6

func (c Classification) evidence() string {
	names := make([]string, 0, maxSignals)
	for _, s := range c.Signals[:min(len(c.Signals), maxSignals)] {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

// InsideRecipient reports whether mail to r stays in the house. An address without domain is one of the MTA's own; one that
// asks another host to pass it on (RFC 5321, 4.1.2 source routes, percent and bang paths) or names it by address is not.
func (p *Policy) InsideRecipient(r Recipient) bool {
	if strings.ContainsAny(r.Address.Local, "%!@") {
		return false
	}
	if r.Address.Domain == "" {
		return !strings.Contains(r.Arg, "@")
	}
	return p.InsideAddress(r.Address)
}
