package examine

import (
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/auth/dkim"
	"sekimori/policy/auth/dmarc"
	"sekimori/policy/auth/smime"
	"sekimori/policy/auth/spf"
	"sekimori/policy/bulletin"
	"sekimori/policy/mail/mime"
	"sekimori/policy/suspicion"
)

// evaluators are what judges messages as one policy wants it. They keep what they parsed, so they live as long as the policy.
type evaluators struct {
	policy    *policy.Policy
	spf       *spf.Checker
	dkim      *dkim.Verifier
	dmarc     *dmarc.Evaluator
	suspicion *suspicion.Assessor // nil where the rule is off
	smime     *smime.Verifier     // nil where it is off, or has no anchors
	bulletins *bulletin.Index     // nil where there are none
	body      mime.Limits
	readers   *mime.Readers
}

// ahead is how many questions of one SPF record are put side by side when the cache does not have them. A derivation keeps
// the order of the record, so a trace asks one after the other.
const ahead = 8

func newEvaluators(p *policy.Policy, r auth.Resolver) *evaluators {
	ev := &evaluators{policy: p, readers: new(mime.Readers)}
	if p.Suspicion.Mode != policy.ModeOff {
		ev.suspicion = suspicion.New(p)
		if anchors := p.Suspicion.Lists.Anchors; len(anchors) > 0 {
			ev.smime = smime.New(anchors)
		}
	}
	if len(p.Bulletins) > 0 {
		ev.bulletins = bulletin.New(p.Bulletins)
	}
	ev.body = bodyLimits(p.Suspicion.Body, ev.bulletins.HasHashes())
	ev.body.Hash = ev.bulletins != nil && ev.bulletins.HasHashes()
	ev.authenticate(r, false)
	return ev
}

// authenticate makes the three methods that ask r.
func (ev *evaluators) authenticate(r auth.Resolver, trace bool) {
	a := ev.policy.Authentication
	side := ahead
	if trace {
		side = 0
	}
	ev.spf = spf.New(spf.Config{Resolver: r, Trace: trace, Ahead: side})
	ev.dkim = dkim.New(dkim.Config{Resolver: r, MaxSignatures: a.MaxSignatures, MinRSABits: a.MinRSABits, Trace: trace})
	ev.dmarc = dmarc.New(dmarc.Config{Resolver: r, PublicSuffixes: a.PublicSuffixes,
		PublicSuffixList: a.PublicSuffixList, Percent: a.Percent, Trace: trace})
}

// Prepare makes what judges messages by p, so that the first of them does not wait for it: lists are parsed and indicators
// indexed here. It is called before p is in force.
func (e *Examiner) Prepare(p *policy.Policy) { e.next.Store(newEvaluators(p, e.Resolver)) }

// evaluators returns those of the policy now in force. A race between two messages after a reload makes them twice, which
// does no harm. A trace needs its own methods, because it listens to the resolver of one message.
func (e *Examiner) evaluators(r auth.Resolver) *evaluators {
	ev := e.inForce(e.Policy())
	if !e.Trace {
		return ev
	}
	own := *ev
	own.authenticate(r, true)
	return &own
}

// inForce returns what judges by p: what is used already, what was prepared, or what is made now. While a reload is under way
// both policies have messages, so what was prepared waits apart.
func (e *Examiner) inForce(p *policy.Policy) *evaluators {
	ev := e.kept.Load()
	if ev != nil && ev.policy == p {
		return ev
	}
	if ev = e.next.Load(); ev == nil || ev.policy != p {
		ev = newEvaluators(p, e.Resolver)
	}
	e.next.CompareAndSwap(ev, nil)
	e.kept.Store(ev)
	return ev
}
