package journal

import (
	"log/slog"
	"slices"

	"sekimori/policy"
)

// MaxSignals is how many signals of one message are named, and MaxRecalled how many things found again.
const (
	MaxSignals  = 10
	MaxRecalled = 20
)

// outbound renders what an outbound message is, and what was remembered that it could be an answer to. The token that
// lets an answer through is in no line: who reads the log could use it.
func (j *Journal) outbound(f *policy.Facts) []slog.Attr {
	var attrs []slog.Attr
	if c := f.Class; c.Class != "" {
		attrs = append(attrs, slog.String("class", string(c.Class)))
		if c.Grade != policy.GradeNone {
			attrs = append(attrs, slog.String("grade", string(c.Grade)))
		}
		if s := signals(c.Signals); s != nil {
			attrs = append(attrs, slog.Any("signals", s))
		}
	}
	if !f.Memory.Asked {
		return attrs
	}
	memory := []any{slog.String("kind", string(f.Conversation.Kind))}
	if found := j.recalled(f.Memory.Found); found != nil {
		memory = append(memory, slog.Any("found", found))
	}
	if f.Memory.Failed {
		memory = append(memory, slog.Bool("failed", true))
	}
	if f.Memory.Acknowledged {
		memory = append(memory, slog.Bool("acknowledged", true))
	}
	return append(attrs, slog.Group("memory", memory...))
}

func signals(all []policy.Signal) []string {
	var out []string
	for _, s := range all[:min(len(all), MaxSignals)] {
		text := s.Name
		if s.Evidence != "" {
			text += "[" + cut(s.Evidence) + "]"
		}
		out = append(out, text)
	}
	return out
}

// recalled renders by which key what was found again, with the outside address where it is one of an address.
func (j *Journal) recalled(found []policy.Recalled) []string {
	var out []string
	for _, r := range found[:min(len(found), MaxRecalled)] {
		text := string(r.Key)
		if !r.Outside.IsNull() {
			text += " " + j.address(r.Outside)
		}
		out = append(out, text)
	}
	return out
}

// envelope renders what is done to the recipients, and whether the message is remembered.
func (j *Journal) envelope(r *policy.Record) []slog.Attr {
	var attrs []slog.Attr
	if len(r.Effect.Recipients) > 0 {
		var off []string
		for _, x := range r.Message.Recipients {
			if len(off) < MaxRecipients && slices.Contains(r.Effect.Recipients, x.Arg) {
				off = append(off, j.address(x.Address))
			}
		}
		attrs = append(attrs, slog.Any("removed_recipients", off), slog.Int("removed_recipient_count", len(r.Effect.Recipients)))
	}
	if n := len(r.Effect.Add); n > 0 {
		attrs = append(attrs, slog.Int("added_recipients", n))
	}
	if r.Decision.Remember != nil && delivered(r.Outcome) {
		attrs = append(attrs, slog.Bool("remembered", true))
	}
	return attrs
}

// delivered reports whether somebody can have read the message, so that it is remembered.
func delivered(o policy.Outcome) bool {
	switch o {
	case policy.OutcomeAccepted, policy.OutcomeTagged, policy.OutcomeTrimmed, policy.OutcomeQuarantined:
		return true
	case policy.OutcomeDiscarded, policy.OutcomeTempfailed, policy.OutcomeRejected, policy.OutcomeAborted:
	}
	return false
}
