package examine

import (
	"context"
	"slices"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// acquaint asks the memory who of the recipients knows the authors, side by side with what still comes of the message.
func (x *Examination) acquaint(ctx context.Context) {
	q := policy.ContactQuery{MessageIDs: x.f.Conversation.Ancestors}
	for _, a := range x.f.Authors {
		if a.Source == policy.SourceFrom && !x.p.InsideAddress(a.Address) {
			q.Authors = add(q.Authors, a.Address)
		}
	}
	for _, r := range x.m.Recipients {
		q.Recipients = add(q.Recipients, r.Address)
	}
	if x.e.Memory == nil {
		x.known = policy.Acquaintance{Asked: true, Failed: true}
		return
	}
	x.lookups.Go(func() {
		defer x.recovered()
		x.known = x.e.Memory.Acquaintance(ctx, q)
	})
}

// assess looks for the indicators of targeted mail, once everything they look at is there. Where something failed before, there is no
// assessment, and on_error holds.
func (x *Examination) assess() {
	defer x.recovered()
	if x.ev.suspicion == nil || x.dkim == nil {
		return
	}
	x.lookups.Wait()
	x.f.Acquaintance = x.known
	if slices.Contains(x.missed(), policy.UnexaminedPanic) {
		return
	}
	x.f.Suspicion = x.ev.suspicion.Assess(suspicion.Input{Message: x.m, Facts: &x.f, Content: x.content})
}
