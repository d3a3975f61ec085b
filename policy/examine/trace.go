package examine

import (
	"context"
	"sync"
	"time"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// tracer notes every question of one examination.
type tracer struct {
	next auth.Resolver
	now  func() time.Time

	mu      sync.Mutex
	queries []policy.DNSQuery
}

func (t *tracer) Lookup(ctx context.Context, name string, typ policy.DNSType) policy.DNSAnswer {
	start := t.now()
	a := t.next.Lookup(ctx, name, typ)
	q := policy.DNSQuery{Name: name, Type: typ, Answer: a, Elapsed: t.now().Sub(start)}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queries = append(t.queries, q)
	return a
}

func (t *tracer) take() []policy.DNSQuery {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.queries
}
