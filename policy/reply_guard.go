package policy

import (
	"slices"
	"strings"
	"time"
)

// ReplyGuard is the rule that stops staff from answering mail that was flagged.
type ReplyGuard struct {
	Mode        Mode
	Actions     map[GuardLevel]Action // accept, quarantine or reject
	KeepMessage time.Duration         // how long Message-ID and Thread-Index are remembered
	KeepPair    time.Duration         // how long addresses are
	Ack         bool                  // a second try whose Subject carries the token passes
	Exempt      []string              // outside addresses in lower case, or domains with every name below: mail to them is not judged
	Text        string                // what the sender is told to do; ASCII
	URL         string                // where to read more; "" for none
	OnError     Action                // accept or tempfail: when the rule could not be evaluated, or the memory did not answer
}

// GuardLevel is how sure it is that a message answers a flagged one.
type GuardLevel string

// The levels.
const (
	LevelHigh   GuardLevel = "high"   // it names a flagged message, and goes to an address that sent flagged mail
	LevelMedium GuardLevel = "medium" // an answer to an address that sent this sender flagged mail
	LevelLow    GuardLevel = "low"    // it names a flagged message, and goes to somebody else
)

// GuardLevels lists every GuardLevel, from sure to unsure.
func GuardLevels() []GuardLevel { return []GuardLevel{LevelHigh, LevelMedium, LevelLow} }

// The findings of the reply_guard rule beside reply_<level>.
const (
	FindingAcknowledged = "acknowledged" // the Subject carries the token: the sender knows what he does
	FindingNoMemory     = "no_memory"    // the memory did not answer
)

// ReplyGuardFindings lists every name a finding of the reply_guard rule can have.
func ReplyGuardFindings() []string {
	names := []string{FindingAcknowledged, FindingNoMemory, FindingUnexamined}
	for _, l := range GuardLevels() {
		names = append(names, GuardFinding(l))
	}
	return names
}

// GuardFinding returns the name of the finding of a level.
func GuardFinding(l GuardLevel) string { return "reply_" + string(l) }

// DefaultReplyText is what a refused sender is told. It fits an SMTP reply together with a URL, a token and a queue id.
const DefaultReplyText = "reply to suspicious mail stopped; verify the sender by telephone, with a number you already know"

// verdict judges an outbound message that a person may have written. Recipients that an earlier verdict takes off are not
// looked at: what nobody gets is no answer, and a program is not told to make a telephone call.
func (s *ReplyGuard) verdict(p *Policy, m *Message, f *Facts, earlier []Verdict) Verdict {
	v := Verdict{Rule: RuleReplyGuard, Mode: s.Mode, Action: ActionAccept}
	switch {
	case slices.Contains(f.Unexamined, UnexaminedPanic):
		return s.unable(v, Finding{Name: FindingUnexamined, Evidence: string(UnexaminedPanic)})
	case f.Memory.Failed:
		return s.unable(v, Finding{Name: FindingNoMemory})
	}
	for _, r := range m.Recipients {
		if p.InsideRecipient(r) || s.exempt(r.Address) || takenOff(earlier, r) {
			continue
		}
		l := f.level(r.Address)
		if l == "" {
			continue
		}
		fd := Finding{Name: GuardFinding(l), Evidence: string(r.Address.Domain), Action: s.Actions[l]}
		if s.Ack && f.Memory.Acknowledged && fd.Action != ActionAccept {
			fd = Finding{Name: FindingAcknowledged, Evidence: string(r.Address.Domain), Action: ActionAccept}
		}
		if !slices.Contains(v.Findings, fd) {
			v.Findings = append(v.Findings, fd)
		}
		v.Action = Stricter(v.Action, fd.Action)
	}
	if v.Action == ActionReject {
		v.Reply, v.Text = ReplyToFlagged, s.text(f.Memory.Token)
	}
	return v
}

func takenOff(verdicts []Verdict, r Recipient) bool {
	return slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.enforces() && slices.Contains(v.Remove, r.Arg) })
}

// unable is the verdict when the rule could not be evaluated.
func (s *ReplyGuard) unable(v Verdict, fd Finding) Verdict {
	fd.Action = s.OnError
	v.Action, v.Findings = s.OnError, []Finding{fd}
	if v.Action == ActionTempfail {
		v.Reply = ReplyUnexamined
	}
	return v
}

// level says how sure it is that mail to a answers flagged mail, "" when nothing speaks for it.
func (f *Facts) level(a Address) GuardLevel {
	named := f.Memory.found(RecallMessageID, Address{}) || f.Memory.found(RecallThread, Address{})
	pair := f.Memory.found(RecallPair, a)
	answers := f.Conversation.Kind == KindReply || f.Class.Class == ClassCalendarReply // whose Subject says something else
	switch {
	case named && (pair || f.Memory.found(RecallAddress, a)):
		return LevelHigh
	case pair && answers:
		return LevelMedium
	case named:
		return LevelLow
	}
	return ""
}

func (r *Recollection) found(k RecallKey, a Address) bool {
	return slices.ContainsFunc(r.Found, func(x Recalled) bool {
		return x.Key == k && x.Outside.Domain == a.Domain && strings.EqualFold(x.Outside.Local, a.Local)
	})
}

func (s *ReplyGuard) exempt(a Address) bool {
	return slices.ContainsFunc(s.Exempt, func(who string) bool {
		if strings.Contains(who, "@") {
			return strings.EqualFold(a.String(), who)
		}
		return a.Domain.Under(Domain(who))
	})
}

// text is what the sender is told: what to do, where to read more, and how to send it all the same.
func (s *ReplyGuard) text(token string) string {
	t := s.Text
	if t == "" {
		t = DefaultReplyText
	}
	if s.URL != "" {
		t += " - " + s.URL
	}
	if s.Ack && token != "" {
		t += " - if you did, send it again with " + token + " in the Subject"
	}
	return t
}

// flagged returns what is remembered of an inbound message that an enforcing rule flags, nil when none does.
func (s *ReplyGuard) flagged(p *Policy, m *Message, f *Facts, verdicts []Verdict) *Flagged {
	flags := func(v Verdict) bool {
		return v.enforces() && (v.Action == ActionTag || v.Action == ActionQuarantine)
	}
	drill := f.Drill.Recognised && f.Drill.Mode != DrillObserve // an answer to it is stopped like one to the real thing
	if s.Mode == ModeOff || !drill && !slices.ContainsFunc(verdicts, flags) {
		return nil
	}
	fl := &Flagged{MessageID: f.Conversation.ID, Thread: f.Conversation.Thread,
		MessageUntil: f.At.Add(s.KeepMessage), PairUntil: f.At.Add(s.KeepPair)}
	for _, a := range f.Conversation.Contacts {
		if !p.InsideAddress(a) {
			fl.Addresses = append(fl.Addresses, a)
		}
	}
	for _, r := range m.Recipients {
		fl.Recipients = append(fl.Recipients, r.Address)
	}
	return fl
}
