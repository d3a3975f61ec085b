// Package store is the memory between messages: what was flagged, and who did what in a drill. It decides how that is
// kept, how long a mail waits for it and what happens while it is away; it knows no rule and not what a key stands for.
//
// One gateway keeps a file (bbolt); several share a Redis, or anything that speaks its protocol. Both do the same through
// the same interface. No key can be read back (see Secret), and values are small and hold no names.
//
// A mail never waits for a write of what is remembered, and for a read at most Config.Timeout. What fails is an error
// that the rule's on_error answers; losing the store never stops mail.
package store

import (
	"context"
	"errors"
	"time"
)

// The limits of a store that no configuration changes.
const (
	MaxValue = 256 // octets of one value; a longer one is not kept: DropMalformed, or ErrMalformed
	MaxKeys  = 512 // keys of one Recall; more are refused with ErrMalformed
)

// The errors that tell what to do. Every other error is a failure of the disk, the network or the server.
var (
	ErrTimeout     = errors.New("the store did not answer in time")
	ErrBusy        = errors.New("too many questions to the store are under way")
	ErrUnavailable = errors.New("the store is away")
	ErrMalformed   = errors.New("a key without purpose, a value that is too long or too many keys")
	ErrClosed      = errors.New("the store is closed")
	ErrLocked      = errors.New("another process has it open")
	ErrVersion     = errors.New("it was written by a newer version")
	ErrSecret      = errors.New("it was written with another secret")
	ErrCorrupt     = errors.New("it is damaged")
	ErrForeign     = errors.New("it is not a store of sekimori")
	ErrConfig      = errors.New("wrong configuration of the store")
)

// Memory remembers small values under keys until they expire.
type Memory interface {
	// Remember keeps value under k until expiry, in place of what was there. It never waits: the write happens within
	// Config.FlushInterval, and Recall of this process sees it at once. What cannot be kept is counted (Config.Dropped).
	Remember(k Key, value []byte, expiry time.Time)
	// Recall returns the value of each key, nil where nothing is remembered. It answers within Config.Timeout, with
	// ErrTimeout, ErrBusy, ErrUnavailable or what went wrong; then no value is returned. The values must not be changed.
	Recall(ctx context.Context, keys ...Key) ([][]byte, error)
}

// Ledger keeps sets whose members are added once and counted. Each call answers within Config.LedgerTimeout.
type Ledger interface {
	// AddOnce adds member with value to set unless it is there; then what is there stays, and added is false. Expiry is
	// that of the whole set, the one given last holds, and the zero time keeps it until Forget. When it returns nil the
	// member is on disk (file), or in the server's memory (Redis: its appendonly setting says the rest). After an error the
	// member may or may not be there; adding it again is safe.
	AddOnce(ctx context.Context, set, member Key, value []byte, expiry time.Time) (added bool, err error)
	// Count returns the number of members, 0 for a set that does not exist.
	Count(ctx context.Context, set Key) (int, error)
	// Each calls f for every member, each once, in no order. Members added meanwhile may be missed. An error of f ends it
	// and is returned. LedgerTimeout bounds each step of some hundred members, not the whole.
	Each(ctx context.Context, set Key, f func(Member) error) error
	// Forget removes a set with its members.
	Forget(ctx context.Context, set Key) error
}

// Member is one element of a set of the Ledger.
type Member struct {
	ID    ID
	Value []byte
}

// Store is both, until Close. Close writes what is still queued, for at most a few seconds.
type Store interface {
	Memory
	Ledger
	Close() error
}

// Open opens the store that c describes. Mistakes of c are ErrConfig. A file that is locked, damaged, newer, foreign or of
// another secret is an error; so is a Redis that answers and is newer or of another secret. A Redis that does not
// answer is none: the store begins unavailable and goes on trying.
func Open(c Config) (Store, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	var b backend
	switch c.Kind {
	case KindFile:
		b, err = openFile(c)
	case KindRedis:
		b, err = openRedis(c)
	}
	if err != nil {
		return nil, err
	}
	return newFront(c, b), nil
}

// backend is what differs between the kinds of store. The front has checked keys and values before it calls.
type backend interface {
	put(ctx context.Context, batch []entry) error
	get(ctx context.Context, keys []Key) ([][]byte, error)
	add(ctx context.Context, set, member Key, value []byte, expiry time.Time) (bool, error)
	count(ctx context.Context, set Key) (int, error)
	each(ctx context.Context, set Key, step stepper, f func(Member) error) error
	forget(ctx context.Context, set Key) error
	tend(ctx context.Context) time.Duration // upkeep; returns when it wants to be called again
	size(ctx context.Context) (Size, error)
	close() error
}

// stepper runs one bounded step of a longer reading.
type stepper func(ctx context.Context, read func(ctx context.Context) error) error

// entry is one value to remember.
type entry struct {
	key    Key
	value  []byte
	expiry time.Time
}
