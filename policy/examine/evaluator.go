package examine

import (
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/auth/dkim"
	"sekimori/policy/auth/dmarc"
	"sekimori/policy/auth/spf"
)

// evaluators are the three methods as one policy wants them. They keep what they parsed, so they live as long as the policy.
type evaluators struct {
	policy *policy.Policy
	spf    *spf.Checker
	dkim   *dkim.Verifier
	dmarc  *dmarc.Evaluator
}

// ahead is how many questions of one SPF record are put side by side when the cache does not have them. A derivation keeps
// the order of the record, so a trace asks one after the other.
const ahead = 8

func newEvaluators(p *policy.Policy, r auth.Resolver, trace bool) *evaluators {
	a := p.Authentication
	side := ahead
	if trace {
		side = 0
	}
	return &evaluators{
		policy: p,
		spf:    spf.New(spf.Config{Resolver: r, Trace: trace, Ahead: side}),
		dkim:   dkim.New(dkim.Config{Resolver: r, MaxSignatures: a.MaxSignatures, MinRSABits: a.MinRSABits, Trace: trace}),
		dmarc: dmarc.New(dmarc.Config{Resolver: r, PublicSuffixes: a.PublicSuffixes,
			PublicSuffixList: a.PublicSuffixList, Percent: a.Percent, Trace: trace}),
	}
}

// evaluators returns those of the policy now in force. A race between two messages after a reload makes them twice, which
// does no harm. A trace needs its own, because it listens to the resolver of one message.
func (e *Examiner) evaluators(r auth.Resolver) *evaluators {
	p := e.Policy()
	if e.Trace {
		return newEvaluators(p, r, true)
	}
	ev := e.kept.Load()
	if ev == nil || ev.policy != p {
		ev = newEvaluators(p, r, false)
		e.kept.Store(ev)
	}
	return ev
}
