package survey

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"sekimori/policy"
)

// Resolver answers DNS questions, as auth.Resolver does.
type Resolver interface {
	Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer
}

// Paced is a Resolver that puts at most so many questions a second to servers. A question that the cache answers costs
// nothing. One that has to be repeated counts once, so that a server that does not answer sees as many times more as
// there are attempts.
type Paced struct {
	next  Resolver
	every time.Duration // between two questions; 0: no limit
	asked atomic.Int64

	mu   sync.Mutex
	slot time.Time // of the next question
}

// NewPaced returns a Paced with a limit in questions a second; 0 or less is no limit.
func NewPaced(next Resolver, perSecond int) *Paced {
	p := &Paced{next: next}
	if perSecond > 0 {
		p.every = time.Second / time.Duration(perSecond)
	}
	return p
}

// Asked returns how many questions went to servers.
func (p *Paced) Asked() int64 { return p.asked.Load() }

// Lookup waits for its turn and asks. When ctx ends meanwhile the answer is DNSTimeout.
func (p *Paced) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	if !p.wait(ctx) {
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
	a := p.next.Lookup(ctx, name, t)
	if a.Cached {
		p.giveBack()
	} else {
		p.asked.Add(1)
	}
	return a
}

// wait takes the next slot and waits for it.
func (p *Paced) wait(ctx context.Context) bool {
	if p.every == 0 {
		return ctx.Err() == nil
	}
	now := time.Now()
	p.mu.Lock()
	if p.slot.Before(now) {
		p.slot = now
	}
	turn := p.slot
	p.slot = p.slot.Add(p.every)
	p.mu.Unlock()
	d := turn.Sub(now)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// giveBack returns a slot that was not needed to whoever comes next.
func (p *Paced) giveBack() {
	if p.every == 0 {
		return
	}
	p.mu.Lock()
	p.slot = p.slot.Add(-p.every)
	p.mu.Unlock()
}
