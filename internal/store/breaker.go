package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// The breaker's numbers: after breakAfter failures in a row nothing is asked until a probe succeeds. The first probe comes
// after breakPause, each later one after twice the time, up to maxBreak.
const (
	breakAfter = 5
	breakPause = time.Second
	maxBreak   = 30 * time.Second
	lookPause  = 250 * time.Millisecond // how often the upkeep looks whether a probe is due
)

// breaker lets a server that is gone cost nothing for each mail. It begins open: the first probe closes it.
type breaker struct {
	open  atomic.Bool
	mu    sync.Mutex
	fails int
	pause time.Duration
	next  time.Time
}

func newBreaker() *breaker {
	b := &breaker{}
	b.open.Store(true)
	return b
}

// failed counts a failure, and reports whether it opened the breaker.
func (b *breaker) failed(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails++; b.fails < breakAfter || b.open.Load() {
		return false
	}
	b.pause, b.next = breakPause, now.Add(breakPause)
	b.open.Store(true)
	return true
}

func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = 0
}

// due reports whether a probe should be made now.
func (b *breaker) due(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open.Load() && !now.Before(b.next)
}

// probed notes how a probe ended, and reports whether that closed the breaker.
func (b *breaker) probed(ok bool, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !ok {
		b.pause = min(max(2*b.pause, breakPause), maxBreak)
		b.next = now.Add(b.pause)
		return false
	}
	b.fails, b.pause = 0, 0
	return b.open.Swap(false)
}
