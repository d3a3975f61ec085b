package policy

import "strings"

// Decide turns the facts about a message into a decision. It is pure: time is f.At, memory comes as facts.
// Inside clients are not asked for proof of their identity; every other rule judges them all the same.
func Decide(p *Policy, m *Message, f *Facts) Decision {
	d := Decision{Direction: p.Direction(m)}
	if d.Direction == Inbound {
		if p.Spoof.Mode != ModeOff {
			d.Verdicts = append(d.Verdicts, p.Spoof.verdict(m, f))
		}
		if p.Suspicion.Mode != ModeOff && f.Stage == StageMessage {
			d.Verdicts = append(d.Verdicts, p.Suspicion.verdict(p, m, f))
		}
		d.Remove = append(append(d.Remove, f.ForgedAR...), f.ForgedHeader...)
	}
	if d.Direction != Internal && f.Stage == StageMessage {
		d.Verdicts = append(d.Verdicts, p.bulletins(m, f)...)
	}
	if d.Direction == Outbound && p.AutoReply.Mode != ModeOff && f.Stage == StageMessage {
		d.Verdicts = append(d.Verdicts, p.AutoReply.verdict(p, m, f))
	}
	if d.Direction == Outbound && p.ReplyGuard.Mode != ModeOff && f.Stage == StageMessage && f.Memory.Asked {
		d.Verdicts = append(d.Verdicts, p.ReplyGuard.verdict(p, m, f, d.Verdicts))
	}
	if d.Direction == Inbound && f.Stage == StageMessage {
		d.drill(f)
		d.Remember = p.ReplyGuard.flagged(p, m, f, d.Verdicts)
	}
	d.Met = p.Suspicion.met(p, m, f, d)
	if f.Stage == StageMessage {
		d.Drill = p.drillRecords(m, f, d)
	}
	if value := unexaminedHeader(f.Unexamined); value != "" {
		d.Insert = append(d.Insert, Field{Name: "X-Sekimori-Unexamined", Value: value})
	}
	return d
}

// unexaminedHeader is the value of the field, "" for none. A body that was not read to its end does not get it: long mail is
// common, SuspicionHeader says so (FindingIncomplete), and the reason is counted.
func unexaminedHeader(reasons []Unexamined) string {
	var words []string
	for _, r := range reasons {
		if r != UnexaminedBody {
			words = append(words, string(r))
		}
	}
	if words == nil {
		return ""
	}
	return " " + strings.Join(words, ", ")
}

// drill adds the verdict about mail of a drill. Where the round is exempt every other rule says what it would do, and does not.
func (d *Decision) drill(f *Facts) {
	v, ok := f.Drill.verdict()
	if !ok {
		return
	}
	if f.Drill.Recognised && f.Drill.Mode == DrillExempt {
		for i := range d.Verdicts {
			d.Verdicts[i].Waived = f.Drill.Drill
		}
	}
	d.Verdicts = append(d.Verdicts, v)
}
