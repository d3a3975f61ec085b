package policy

import (
	"slices"
	"time"
)

// DrillFacts is what a message has to do with a drill. The zero value: nothing.
type DrillFacts struct {
	Drill      string
	Round      int
	Mode       DrillMode
	Recognised bool
	Reasons    []string    // of mail that looks like a round's and is not: the closed list drill.Reasons
	Remove     []HeaderRef // fields that recognised mail loses
	Touched    []DrillTouch
}

// DrillTouch is that somebody inside answered, reported or passed on the mail of a round, or that a program did.
type DrillTouch struct {
	Drill  string
	Round  int
	Event  DrillEvent
	Person Address
	Class  DrillClass

	Recipient string // Recipient.Arg of the sender of the round, of an answer; else ""
}

// DrillRecord is one event for the ledger.
type DrillRecord struct {
	Drill        string
	Round        int
	Event        DrillEvent
	Person       Address
	Organisation string // of the person
	Class        DrillClass
	At           time.Time
	Verdict      Action // of DrillAccepted: what the rules that enforce would have done, were it no drill; else ""
	MessageID    string // of DrillAccepted, by which an answer or a report is recognised; "" when it has none
}

// DrillTail is how long after the end of a round's window its answers and reports are still looked for. They are counted as late
// ones, and are no part of a rate.
const DrillTail = 30 * 24 * time.Hour

// FindingDrillRecognised is the finding of the drill rule beside drill_<reason>.
const FindingDrillRecognised = "drill_recognised"

// verdict says what becomes of mail that belongs to a round, or pretends to.
func (d *DrillFacts) verdict() (Verdict, bool) {
	if d.Drill == "" || !d.Recognised && len(d.Reasons) == 0 {
		return Verdict{}, false
	}
	v := Verdict{Rule: RuleDrill, Name: d.Drill, Mode: ModeEnforce, Action: ActionAccept}
	if d.Mode == DrillObserve {
		v.Mode = ModeObserve
	}
	if !d.Recognised {
		for _, r := range d.Reasons {
			v.Findings = append(v.Findings, Finding{Name: "drill_" + r, Evidence: d.Drill, Action: ActionAccept})
		}
		return v, true
	}
	v.Findings = []Finding{{Name: FindingDrillRecognised, Evidence: d.Drill, Action: ActionAccept}}
	v.Strip = d.Remove
	return v, true
}

// drillRecords returns the events that a message is for the ledger. Mail that is refused has no DrillAccepted; who tried to answer
// has answered, whatever became of the answer. An automatic reply that does not reach the round's sender was stopped, and a receipt
// that does not was none.
func (p *Policy) drillRecords(m *Message, f *Facts, d Decision) []DrillRecord {
	if !f.Drill.Recognised && len(f.Drill.Touched) == 0 {
		return nil
	}
	effect := d.Effect()
	var records []DrillRecord
	if f.Drill.Recognised && effect.Action.delivers() {
		would := d.unwaived()
		for _, r := range m.Recipients {
			if !p.InsideRecipient(r) {
				continue
			}
			records = append(records, DrillRecord{Drill: f.Drill.Drill, Round: f.Drill.Round, Event: DrillAccepted, Person: r.Address,
				Organisation: p.Organisation(r.Address.Domain), Class: DrillHuman, At: f.At, Verdict: would, MessageID: f.Conversation.ID})
		}
	}
	for _, t := range f.Drill.Touched {
		r := DrillRecord{Drill: t.Drill, Round: t.Round, Event: t.Event, Person: t.Person, Organisation: p.Organisation(t.Person.Domain),
			Class: t.Class, At: f.At}
		kept := !effect.Action.delivers() || slices.Contains(effect.Recipients, t.Recipient)
		switch {
		case r.Event == DrillAutoReplied && kept:
			r.Event = DrillAutoReplyStopped
		case r.Event == DrillReceipt && kept:
			continue
		}
		records = append(records, r)
	}
	return records
}

// delivers reports whether the MTA takes a message and keeps it, if only on hold.
func (a Action) delivers() bool {
	switch a {
	case ActionAccept, ActionTag, ActionRemove, ActionQuarantine:
		return true
	case ActionDiscard, ActionTempfail, ActionReject:
	}
	return false
}

// unwaived returns what the message would have met if it were no drill: the strictest action of the rules that enforce.
func (d Decision) unwaived() Action {
	a := ActionAccept
	for _, v := range d.Verdicts {
		if v.Mode == ModeEnforce {
			a = Stricter(a, v.Action)
		}
	}
	return a
}
