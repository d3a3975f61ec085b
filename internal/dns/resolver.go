// Package dns asks the questions that authentication has, and keeps the answers. It decides how often, whom and how
// long to ask, and tells the five statuses of an answer apart; it does not decide what an answer means for a mail.
//
// What comes from the network is taken only from the server that was asked, on the socket that asked, with the id and
// the question that were sent (RFC 5452, 9.1). A failure is kept for FailureTTL, so that a dead domain does not
// hold up every mail that names it (RFC 9520, 3.2).
package dns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

// Limits. What they do when they are reached stands beside each.
const (
	MaxInFlight = 1000            // different questions asked at once; one more is DNSServFail, at once and not kept
	FailureTTL  = 5 * time.Second // how long DNSServFail and DNSTimeout are kept
	MeanSize    = 1 << 10         // octets of names and data per answer of Config.CacheSize; beyond, the oldest leave
)

// Config says how to ask.
type Config struct {
	Servers   []netip.AddrPort // in order of preference; empty: SystemServers("")
	Timeout   time.Duration    // one attempt, above 0
	Attempts  int              // over all servers, at least 1
	CacheSize int              // answers kept; 0 keeps none

	// Observe is told of every call of Lookup and how long it took, 0 when cached; nil: nobody is. It is called from
	// many goroutines and must return soon.
	Observe func(t policy.DNSType, s policy.DNSStatus, cached bool, d time.Duration)
}

// Resolver answers questions from what it keeps and from servers. It may be used from many goroutines at once.
type Resolver struct {
	observe func(policy.DNSType, policy.DNSStatus, bool, time.Duration)
	ask     func(context.Context, string, uint16) wire.Answer
	bound   time.Duration // for one question, over all attempts
	limit   int           // questions in flight

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup // one for each flight
	upward  *upstream

	mu      sync.Mutex
	cache   *cache
	flights map[question]*flight
	closed  bool
}

// question is a name in canonical spelling and the number of a type.
type question struct {
	name string
	t    uint16
}

// flight is one question that is being asked, for all who want to know.
type flight struct {
	done   chan struct{} // closed when answer is there
	answer policy.DNSAnswer
}

// New returns a resolver that asks as c says. It opens no socket yet; it fails when a value of c is out of its range
// or SystemServers fails.
func New(c Config) (*Resolver, error) {
	switch {
	case c.Timeout <= 0:
		return nil, fmt.Errorf("dns timeout: %v is not above 0", c.Timeout)
	case c.Attempts < 1:
		return nil, fmt.Errorf("dns attempts: %d is below 1", c.Attempts)
	case c.CacheSize < 0:
		return nil, fmt.Errorf("dns cache size: %d is below 0", c.CacheSize)
	}
	servers := c.Servers
	if len(servers) == 0 {
		var err error
		if servers, err = SystemServers(""); err != nil {
			return nil, fmt.Errorf("find dns servers: %w", err)
		}
	}
	for _, s := range servers {
		if !s.IsValid() || s.Port() == 0 {
			return nil, errors.New("dns servers: an address with port is needed")
		}
	}
	up := newUpstream(servers, c.Timeout, c.Attempts)
	r := newResolver(c.CacheSize, time.Duration(c.Attempts)*c.Timeout, up.ask)
	r.upward = up
	if c.Observe != nil {
		r.observe = c.Observe
	}
	return r, nil
}

func newResolver(size int, bound time.Duration, ask func(context.Context, string, uint16) wire.Answer) *Resolver {
	r := &Resolver{
		observe: func(policy.DNSType, policy.DNSStatus, bool, time.Duration) {},
		ask:     ask,
		bound:   bound,
		limit:   MaxInFlight,
		cache:   newCache(size),
		flights: make(map[question]*flight),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Lookup answers one question. It returns when there is an answer or ctx ends, whichever is first; the end of ctx is
// DNSTimeout, and the question goes on for others who wait for it and for whoever asks next.
//
// Name may hold any octet but a dot inside a label. What can be no name in DNS (empty, an empty label, a label of more
// than 63 octets, more than 253 in all) does not exist: it is DNSNXDomain without asking. One trailing dot is ignored.
func (r *Resolver) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	name, ok := wire.Canonical(name)
	if !ok {
		return r.known(policy.DNSAnswer{Status: policy.DNSNXDomain}, t)
	}
	number, ok := wire.Type(t)
	if !ok {
		return r.known(policy.DNSAnswer{Status: policy.DNSServFail}, t)
	}
	start := time.Now()
	q := question{name, number}
	r.mu.Lock()
	if kept := r.cache.get(q, start); kept != nil {
		r.mu.Unlock()
		return r.known(kept.answer, t)
	}
	f := r.join(ctx, q)
	r.mu.Unlock()

	var a policy.DNSAnswer
	select {
	case <-f.done:
		a = f.answer
	case <-ctx.Done():
		a.Status = policy.DNSTimeout
	}
	r.observe(t, a.Status, false, time.Since(start))
	return a
}

// known gives back an answer for which no server was asked.
func (r *Resolver) known(a policy.DNSAnswer, t policy.DNSType) policy.DNSAnswer {
	a.Cached = true
	r.observe(t, a.Status, true, 0)
	return a
}

// join returns the flight that asks q, and starts it where there is none. The lock is held.
func (r *Resolver) join(ctx context.Context, q question) *flight {
	if f := r.flights[q]; f != nil {
		return f
	}
	switch {
	case r.closed || ctx.Err() != nil:
		return landed(policy.DNSTimeout)
	case len(r.flights) >= r.limit:
		return landed(policy.DNSServFail)
	}
	f := &flight{done: make(chan struct{})}
	r.flights[q] = f
	r.running.Add(1)
	go r.fly(q, f)
	return f
}

// landed is a flight that never took off.
func landed(s policy.DNSStatus) *flight {
	f := &flight{done: make(chan struct{}), answer: policy.DNSAnswer{Status: s}}
	close(f.done)
	return f
}

// fly asks q under a bound of its own: the callers come and go.
func (r *Resolver) fly(q question, f *flight) {
	defer r.running.Done()
	ctx, cancel := context.WithTimeout(r.ctx, r.bound)
	defer cancel()
	a := r.ask(ctx, q.name, q.t)
	if a.Status.Temporary() {
		a.TTL = FailureTTL
	}
	r.mu.Lock()
	if r.ctx.Err() == nil { // an answer that Close cut short says nothing
		r.cache.put(q, a, time.Now())
	}
	delete(r.flights, q)
	r.mu.Unlock()
	f.answer = a.DNSAnswer
	close(f.done)
}

// Close ends what is being asked (those who wait are told DNSTimeout), waits for it and closes every socket. Lookup
// may still be called; it answers DNSTimeout but for what is kept.
func (r *Resolver) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.running.Wait()
	if r.upward != nil {
		r.upward.close()
	}
}
