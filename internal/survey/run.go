package survey

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sekimori/policy"
	"sekimori/policy/survey"
)

// MaxConcurrency is the most domains looked at at once. Times survey.MaxConcurrent it stays below what the resolver
// takes at once; a question beyond that would be answered as if its server had failed.
const MaxConcurrency = 128

// flushEvery is how long a result may wait before it is handed to the operating system.
const flushEvery = time.Second

// Config is what Run works with.
type Config struct {
	Targets     []survey.Target
	Look        func(context.Context, policy.Domain) survey.Observation
	Book        *Book
	Concurrency int           // 1 to MaxConcurrency
	Done        *atomic.Int64 // set to the domains in the Book, and kept so
}

// ErrInterrupted is what Run returns when ctx ended before the list did.
var ErrInterrupted = errors.New("interrupted")

// Run looks at every target that the Book does not have and writes each result as it comes. When ctx ends it stops:
// what was not answered by then is not written, so that no interruption is taken for a failure of DNS. It returns when
// nothing of it runs any more.
func Run(ctx context.Context, c Config) error {
	if c.Concurrency < 1 || c.Concurrency > MaxConcurrency {
		return fmt.Errorf("concurrency %d: 1 to %d are possible", c.Concurrency, MaxConcurrency)
	}
	c.Done.Store(int64(c.Book.Resumed()))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo := make(chan survey.Target)
	results := make(chan survey.Observation, c.Concurrency)
	var workers sync.WaitGroup
	for range c.Concurrency {
		workers.Go(func() { c.work(ctx, todo, results) })
	}
	workers.Go(func() {
		defer close(todo)
		for _, t := range c.Targets {
			if c.Book.Has(t.Domain) {
				continue
			}
			select {
			case todo <- t:
			case <-ctx.Done():
				return
			}
		}
	})
	go func() { workers.Wait(); close(results) }()
	err := c.collect(results, cancel)
	switch {
	case err != nil:
		return err
	case c.Done.Load() < int64(len(c.Targets)):
		return ErrInterrupted
	}
	return c.Book.End(time.Now().UTC())
}

func (c *Config) work(ctx context.Context, todo <-chan survey.Target, results chan<- survey.Observation) {
	for t := range todo {
		o := c.Look(ctx, t.Domain)
		if ctx.Err() != nil {
			return
		}
		o.Group, o.At = t.Group, time.Now().UTC().Truncate(time.Millisecond)
		results <- o
	}
}

// collect writes results until there are no more. After an error of the file it stops the others and takes what they
// still have.
func (c *Config) collect(results <-chan survey.Observation, stop func()) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var failed error
	for {
		var err error
		select {
		case o, more := <-results:
			if !more {
				return failed
			}
			if failed != nil {
				continue
			}
			if err = c.Book.Write(&o); err == nil {
				c.Done.Add(1)
			}
		case <-tick.C:
			if failed == nil {
				err = c.Book.Flush()
			}
		}
		if err != nil {
			failed = err
			stop()
		}
	}
}
