package store

import (
	"fmt"
	"log/slog"
	"time"
)

// Kind is what keeps the memory.
type Kind string

// The kinds.
const (
	KindFile  Kind = "file"  // one gateway: a bbolt file
	KindRedis Kind = "redis" // several gateways: Redis, Sentinel, Cluster
)

// Kinds lists every Kind.
func Kinds() []Kind { return []Kind{KindFile, KindRedis} }

// The defaults and bounds of Config.
const (
	DefaultPath          = "/var/lib/sekimori/memory.db"
	DefaultTimeout       = 20 * time.Millisecond
	DefaultLedgerTimeout = time.Second
	DefaultFlushInterval = 100 * time.Millisecond
	DefaultQueueSize     = 10_000
	BatchSize            = 1_000 // values of one write; as many waiting are written without waiting for FlushInterval
	MaxReading           = 64    // readings under way at once; more are refused with ErrBusy
	MaxFlushPause        = 10 * time.Second
)

// Config says where the memory is and how long it may take. Zero values mean the default.
type Config struct {
	Kind   Kind    // KindFile
	Secret *Secret // never nil
	Path   string  // KindFile: the file, made with mode 0600 when it is not there; DefaultPath
	Redis  Redis   // KindRedis

	Timeout       time.Duration // longest wait of a mail for Recall
	LedgerTimeout time.Duration // longest wait for a call of the Ledger
	FlushInterval time.Duration // longest time that a value waits to be written while all is well
	QueueSize     int           // values that may wait; more are dropped and counted

	Now     func() time.Time                                  // clock of expiry; time.Now
	Log     *slog.Logger                                      // what begins and ends to fail; nil: nothing is said
	Observe func(op Op, result Result, elapsed time.Duration) // called for every piece of work
	Dropped func(why Drop, values int)                        // called when values are not remembered
	Size    func(Size)                                        // called at the start and about once a minute
}

// complete fills in the defaults, and returns the first mistake.
func (c Config) complete() (Config, error) {
	if c.Kind == "" {
		c.Kind = KindFile
	}
	if c.Path == "" {
		c.Path = DefaultPath
	}
	fill(&c.Timeout, DefaultTimeout)
	fill(&c.LedgerTimeout, DefaultLedgerTimeout)
	fill(&c.FlushInterval, DefaultFlushInterval)
	fill(&c.QueueSize, DefaultQueueSize)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(Op, Result, time.Duration) {}
	}
	if c.Dropped == nil {
		c.Dropped = func(Drop, int) {}
	}
	if c.Size == nil {
		c.Size = func(Size) {}
	}
	switch {
	case c.Secret == nil:
		return c, fmt.Errorf("%w: there is no secret", ErrConfig)
	case c.Timeout < 0 || c.LedgerTimeout < 0 || c.FlushInterval < 0 || c.QueueSize < 0:
		return c, fmt.Errorf("%w: a time or size is below 0", ErrConfig)
	case c.Kind == KindFile:
		return c, nil
	case c.Kind == KindRedis:
		return c, c.Redis.complete()
	}
	return c, fmt.Errorf("%w: there is no kind %q", ErrConfig, c.Kind)
}

// fill sets what is zero.
func fill[T comparable](at *T, standard T) {
	var zero T
	if *at == zero {
		*at = standard
	}
}
