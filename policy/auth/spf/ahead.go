package spf

import (
	"context"
	"sync"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// ahead holds questions that were put before it was their turn, so that a record whose terms are not in the resolver's
// cache waits once and not once a term. It never changes a result: an answer is looked at when its term is evaluated,
// counts then, and not otherwise.
type ahead struct {
	resolver auth.Resolver
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	started  []*early
}

// early is one question put ahead. The answer may be read when done is closed.
type early struct {
	question
	done   chan struct{}
	answer policy.DNSAnswer
}

// askAhead starts the look-ups of several questions except the first, which is about to be asked in any case. At most
// Config.Ahead questions are put ahead in one check; the rest wait for their turn.
func (e *evaluation) askAhead(questions []question) {
	if len(questions) < 2 {
		return
	}
	if e.ahead == nil {
		ctx, cancel := context.WithCancel(e.ctx)
		e.ahead = &ahead{resolver: e.checker.resolver, ctx: ctx, cancel: cancel}
	}
	for _, q := range questions[1:] {
		if len(e.ahead.started) == e.checker.ahead {
			return
		}
		if askable(q.name) && q != questions[0] && e.ahead.find(q) == nil {
			e.ahead.start(q)
		}
	}
}

func (a *ahead) start(q question) {
	s := &early{question: q, done: make(chan struct{})}
	a.started = append(a.started, s)
	a.running.Go(func() {
		defer close(s.done)
		defer func() { _ = recover() }() // lookup asks again, where a panic can be met by the caller
		s.answer = a.resolver.Lookup(a.ctx, q.name, q.kind)
	})
}

func (a *ahead) find(q question) *early {
	for _, s := range a.started {
		if s.question == q {
			return s
		}
	}
	return nil
}

// stop ends what is still running and waits for it.
func (a *ahead) stop() {
	a.cancel()
	a.running.Wait()
}

// lookup returns the answer that was asked for ahead, or asks now.
func (e *evaluation) lookup(q question) policy.DNSAnswer {
	if e.ahead != nil {
		if s := e.ahead.find(q); s != nil {
			if <-s.done; s.answer.Status != "" {
				return s.answer
			}
		}
	}
	return e.checker.resolver.Lookup(e.ctx, q.name, q.kind)
}

// recordAhead puts the questions of a record's terms ahead, up to the term that surely ends its evaluation.
func (e *evaluation) recordAhead(r *Record) {
	left := min(e.checker.ahead+1, e.checker.limits.Terms-e.terms)
	questions := make([]question, 0, e.checker.ahead+1)
	for i := 0; i < len(r.Mechanisms) && left > 0; i++ {
		t := &r.Mechanisms[i]
		switch t.Kind {
		case KindAll:
			left = 0
		case KindIP4, KindIP6:
			if t.Network.Contains(e.client) {
				left = 0
			}
		case KindInclude, KindA, KindMX, KindExists:
			if t.Target.name != "" {
				questions = append(questions, question{t.Target.name, e.firstQuestion(t.Kind)})
			}
			left--
		case KindPTR:
			left--
		case KindRedirect, KindExp, KindOther: // no mechanisms
		}
	}
	if t := r.Modifier(KindRedirect); t != nil && left > 0 && t.Target.name != "" {
		questions = append(questions, question{t.Target.name, policy.TypeTXT})
	}
	e.askAhead(questions)
}

// firstQuestion returns the type that a term of this kind asks for first.
func (e *evaluation) firstQuestion(k Kind) policy.DNSType {
	switch k {
	case KindA:
		return e.addressType()
	case KindMX:
		return policy.TypeMX
	case KindExists:
		return policy.TypeA
	case KindInclude, KindAll, KindPTR, KindIP4, KindIP6, KindRedirect, KindExp, KindOther:
	}
	return policy.TypeTXT
}

// exchangersAhead puts the questions about mail exchangers ahead.
func (e *evaluation) exchangersAhead(list []policy.MX) {
	questions := make([]question, 0, len(list))
	for _, mx := range list {
		questions = append(questions, question{mx.Host, e.addressType()})
	}
	e.askAhead(questions)
}
