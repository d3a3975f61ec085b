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
		d.Remove = append(append(d.Remove, f.ForgedAR...), f.ForgedHeader...)
	}
	if d.Direction == Outbound && p.AutoReply.Mode != ModeOff && f.Stage == StageMessage {
		d.Verdicts = append(d.Verdicts, p.AutoReply.verdict(p, m, f))
	}
	if d.Direction == Outbound && p.ReplyGuard.Mode != ModeOff && f.Stage == StageMessage && f.Memory.Asked {
		d.Verdicts = append(d.Verdicts, p.ReplyGuard.verdict(p, m, f, d.Verdicts))
	}
	if d.Direction == Inbound && f.Stage == StageMessage {
		d.Remember = p.ReplyGuard.flagged(p, m, f, d.Verdicts)
	}
	if len(f.Unexamined) > 0 {
		d.Insert = append(d.Insert, Field{Name: "X-Sekimori-Unexamined", Value: unexaminedHeader(f.Unexamined)})
	}
	return d
}

func unexaminedHeader(reasons []Unexamined) string {
	words := make([]string, len(reasons))
	for i, r := range reasons {
		words[i] = string(r)
	}
	return " " + strings.Join(words, ", ")
}
