package policy

import (
	"slices"
	"strings"
	"time"
)

// Rule is the name of a rule: in configuration, log, metric and documentation.
type Rule string

// The rules that this version evaluates.
const (
	RuleSpoof      Rule = "spoof"
	RuleSuspicion  Rule = "suspicion" // flags inbound mail that looks like targeted mail
	RuleBulletin   Rule = "bulletin"  // acts on mail that matches an indicator of a bulletin, in both directions
	RuleAutoReply  Rule = "auto_reply"
	RuleReplyGuard Rule = "reply_guard"
	RuleDrill      Rule = "drill" // recognises the mail of a drill
)

// Rules lists every Rule.
func Rules() []Rule {
	return []Rule{RuleSpoof, RuleSuspicion, RuleBulletin, RuleAutoReply, RuleReplyGuard, RuleDrill}
}

// Mode is how far a rule goes.
type Mode string

// The modes. A rule whose section is absent is off; a section without mode observes.
const (
	ModeOff     Mode = "off"
	ModeObserve Mode = "observe"
	ModeEnforce Mode = "enforce"
)

// Modes lists every Mode.
func Modes() []Mode { return []Mode{ModeOff, ModeObserve, ModeEnforce} }

// Action is what happens to a message, from mildest to strictest.
type Action string

// The actions.
const (
	ActionAccept     Action = "accept"
	ActionTag        Action = "tag"        // delivered with a header that says why
	ActionRemove     Action = "remove"     // some recipients are taken off, the others get it
	ActionDiscard    Action = "discard"    // every recipient is taken off: accepted, and delivered to nobody
	ActionQuarantine Action = "quarantine" // accepted and held by the MTA
	ActionTempfail   Action = "tempfail"   // 4xx: the client tries again
	ActionReject     Action = "reject"     // 5xx
)

// Actions lists every Action from mildest to strictest.
func Actions() []Action {
	return []Action{ActionAccept, ActionTag, ActionRemove, ActionDiscard, ActionQuarantine, ActionTempfail, ActionReject}
}

// TableActions lists the actions that an administrator can choose for a whole message, from mildest to strictest.
func TableActions() []Action {
	return []Action{ActionAccept, ActionTag, ActionQuarantine, ActionTempfail, ActionReject}
}

func (a Action) rank() int {
	for i, x := range Actions() {
		if a == x {
			return i
		}
	}
	return 0
}

// Stricter returns the stricter of two actions.
func Stricter(a, b Action) Action {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// Reply names an SMTP reply; the one table of codes and texts is in package milter.
type Reply string

// The replies.
const (
	ReplyNone         Reply = ""              // the MTA answers for itself
	ReplySPFFail      Reply = "spf_fail"      // 550 5.7.23 (RFC 7372, 3.2)
	ReplySPFPermError Reply = "spf_permerror" // 550 5.7.24
	ReplySPFTempError Reply = "spf_temperror" // 451 4.7.24
	ReplyNoSuchDomain Reply = "no_such_domain"
	ReplyDMARCFail    Reply = "dmarc_fail"    // 550 5.7.26 (RFC 7372, 3.3)
	ReplyAuthTemp     Reply = "auth_tempfail" // 451 4.7.26 is not registered: 451 4.7.0
	ReplyUnreadable   Reply = "unreadable"
	ReplyToFlagged    Reply = "reply_to_flagged" // 550 5.7.1
	ReplySuspicious   Reply = "suspicious"       // 550 5.7.1
	ReplyBulletin     Reply = "bulletin"         // 550 5.7.1
	ReplyUnexamined   Reply = "unexamined"       // 451 4.3.0: on_error = "tempfail"
)

// Finding is a named reason with its evidence.
type Finding struct {
	Name     string // snake_case, from the closed list of its rule
	Evidence string // may hold foreign octets: whoever writes it escapes it
	Action   Action // what this finding alone asks for
	Exempt   string // the exemption that made it accept; "" when none did
	Points   Points // weight of an indicator; 0 for every other finding
}

// Verdict is what one rule says.
type Verdict struct {
	Rule     Rule
	Name     string // which of several of the rule: a bulletin, a drill; "" where there is one
	Mode     Mode
	Waived   string // why an enforcing rule does nothing all the same: the name of a drill; "" when it does
	Action   Action
	Reply    Reply
	Text     string // in place of the text of Reply; "" leaves it
	Findings []Finding
	Insert   []Field     // header fields that go with the action
	Strip    []HeaderRef // header fields that do not go with the action
	Remove   []string    // recipients to take off, as Recipient.Arg
	Add      []string    // recipients to add, with their brackets: inside addresses only

	Score      Points // of RuleSuspicion
	Level      Level  // of RuleSuspicion
	TagSubject string // text to put before every Subject; whoever examines turns it into Change
	Change     []FieldChange
}

// FieldChange puts another value into a field, where it stands.
type FieldChange struct {
	Ref   HeaderRef
	Value string // starts with its space, folded with LF, safe to write
}

// enforces reports whether what v asks for is done.
func (v *Verdict) enforces() bool { return v.Mode == ModeEnforce && v.Waived == "" }

// Decision is what to do with a message and why. It is data; nothing has been done yet.
type Decision struct {
	Direction Direction
	Verdicts  []Verdict
	Remove    []HeaderRef   // forged fields: removed whatever the rules say, as long as the message is delivered
	Insert    []Field       // fields written whatever the rules say
	Remember  *Flagged      // what to remember when the message is delivered; nil: nothing
	Met       *Met          // who got to know whom, when it is delivered; nil: nobody
	Drill     []DrillRecord // for the ledger, before the answer is given
}

// Effect is the part of a Decision that reaches the wire.
type Effect struct {
	Action     Action
	Reply      Reply
	Text       string        // in place of the text of Reply; "" leaves it
	Reason     string        // quarantine reason: rule and finding names only
	Remove     []HeaderRef   // any order; whoever applies them goes from the highest index down
	Change     []FieldChange // applied before anything is removed
	Insert     []Field       // top of the header first; Value starts with its space and is safe to write
	Recipients []string      // recipients to take off, as Recipient.Arg
	Add        []string      // recipients to add, with their brackets
}

// Effect merges the verdicts of the rules that enforce. This is the one place where observe stops: a rule that
// does not enforce contributes nothing here.
func (d Decision) Effect() Effect {
	e := Effect{Action: ActionAccept, Remove: slices.Clone(d.Remove)}
	for _, v := range d.Verdicts {
		if !v.enforces() {
			continue
		}
		e.Insert = once(e.Insert, v.Insert)
		e.Remove = strip(e.Remove, v.Strip)
		if e.Change == nil {
			e.Change = v.Change // one rule tags
		}
		e.Recipients = append(e.Recipients, v.Remove...)
		e.Add = append(e.Add, v.Add...)
		if Stricter(e.Action, v.Action) == e.Action {
			continue
		}
		e.Action, e.Reply, e.Text = v.Action, v.Reply, v.Text
		if v.Action == ActionQuarantine {
			e.Reason = v.reason()
		}
	}
	e.Insert = append(e.Insert, d.Insert...)
	return e
}

// once appends what is not there yet: two rules may want the same.
func once[T comparable](have, more []T) []T {
	for _, x := range more {
		if !slices.Contains(have, x) {
			have = append(have, x)
		}
	}
	return have
}

// strip appends the fields that are not named yet, whatever the case of their names: a field that is removed twice takes the one
// behind it along.
func strip(have, more []HeaderRef) []HeaderRef {
	for _, x := range more {
		if !slices.ContainsFunc(have, func(h HeaderRef) bool { return h.Index == x.Index && strings.EqualFold(h.Name, x.Name) }) {
			have = append(have, x)
		}
	}
	return have
}

// reason is a short text without foreign octets.
func (v Verdict) reason() string {
	s := "sekimori " + string(v.Rule)
	if v.Name != "" {
		s += " " + v.Name
	}
	for _, f := range v.Findings {
		if f.Action == v.Action {
			s += " " + f.Name
		}
	}
	return s
}

// Action returns the strictest action of all rules as if every rule enforced: what the message *would* have met.
func (d Decision) Action() Action {
	a := ActionAccept
	for _, v := range d.Verdicts {
		a = Stricter(a, v.Action)
	}
	return a
}

// Outcome says how a message left this filter.
type Outcome string

// The outcomes.
const (
	OutcomeAccepted    Outcome = "accepted"
	OutcomeTagged      Outcome = "tagged"
	OutcomeTrimmed     Outcome = "trimmed"   // delivered to some of its recipients
	OutcomeDiscarded   Outcome = "discarded" // accepted and delivered to nobody
	OutcomeQuarantined Outcome = "quarantined"
	OutcomeTempfailed  Outcome = "tempfailed"
	OutcomeRejected    Outcome = "rejected"
	OutcomeAborted     Outcome = "aborted" // the client or the MTA gave up before the end: nothing was delivered
)

// Outcomes lists every Outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeAccepted, OutcomeTagged, OutcomeTrimmed, OutcomeDiscarded, OutcomeQuarantined, OutcomeTempfailed, OutcomeRejected, OutcomeAborted}
}

// OutcomeOf returns the outcome that an action on the wire has.
func OutcomeOf(a Action) Outcome {
	switch a {
	case ActionTag:
		return OutcomeTagged
	case ActionRemove:
		return OutcomeTrimmed
	case ActionDiscard:
		return OutcomeDiscarded
	case ActionQuarantine:
		return OutcomeQuarantined
	case ActionTempfail:
		return OutcomeTempfailed
	case ActionReject:
		return OutcomeRejected
	case ActionAccept:
	}
	return OutcomeAccepted
}

// Record is one message after the fact: what log, counters and memory are written from.
type Record struct {
	Message  *Message
	Facts    *Facts
	Policy   *Policy // the policy it was decided by
	Decision Decision
	Effect   Effect
	Outcome  Outcome
	Stage    Stage         // where it was answered
	Elapsed  time.Duration // from MAIL to the answer
}
