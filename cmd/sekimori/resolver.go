package main

import (
	"context"
	"sync/atomic"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// resolver is an auth.Resolver that can be exchanged while it is used.
type resolver struct{ now atomic.Pointer[auth.Resolver] }

// use puts r in force and returns the one before, nil at first.
func (r *resolver) use(next auth.Resolver) auth.Resolver {
	old := r.now.Swap(&next)
	if old == nil {
		return nil
	}
	return *old
}

// Lookup asks the resolver in force.
func (r *resolver) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	next := *r.now.Load()
	if next == nil {
		return policy.DNSAnswer{Status: policy.DNSTimeout} // closed
	}
	return next.Lookup(ctx, name, t)
}
