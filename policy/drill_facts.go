package policy

import "time"

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
	Verdict      Action // of DrillAccepted: what the rules would have done, drill or not; else ""
	MessageID    string // of DrillAccepted, by which an answer or a report is recognised; "" when it has none
}

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
// has answered, whatever became of the answer.
func (p *Policy) drillRecords(m *Message, f *Facts, d Decision) []DrillRecord {
	var records []DrillRecord
	if f.Drill.Recognised {
		switch d.Effect().Action {
		case ActionAccept, ActionTag, ActionRemove, ActionQuarantine:
			would := d.Action()
			for _, r := range m.Recipients {
				records = append(records, DrillRecord{Drill: f.Drill.Drill, Round: f.Drill.Round, Event: DrillAccepted, Person: r.Address,
					Organisation: p.Organisation(r.Address.Domain), Class: DrillHuman, At: f.At, Verdict: would, MessageID: f.Conversation.ID})
			}
		case ActionDiscard, ActionTempfail, ActionReject:
		}
	}
	for _, t := range f.Drill.Touched {
		r := DrillRecord{Drill: t.Drill, Round: t.Round, Event: t.Event, Person: t.Person, Organisation: p.Organisation(t.Person.Domain),
			Class: t.Class, At: f.At}
		if r.Event == DrillAutoReplied && d.stops(RuleAutoReply) {
			r.Event = DrillAutoReplyStopped
		}
		records = append(records, r)
	}
	return records
}

// stops reports whether an enforcing rule takes recipients off.
func (d Decision) stops(r Rule) bool {
	for _, v := range d.Verdicts {
		if v.Rule == r && v.Mode == ModeEnforce && len(v.Remove) > 0 {
			return true
		}
	}
	return false
}
