package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// front is a Store over a backend: it checks, queues, bounds and counts.
type front struct {
	c       Config
	b       backend
	queue   *queue
	guard   *guard
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once
	closing error
	failing bool // the last flush failed; known to the writer only
}

// maxClose bounds how long Close tries to write what is queued.
const maxClose = 3 * time.Second

func newFront(c Config, b backend) *front {
	f := &front{c: c, b: b, queue: newQueue(c.QueueSize), guard: newGuard(), stop: make(chan struct{}), stopped: make(chan struct{})}
	go f.write()
	return f
}

// Remember implements Memory.
func (f *front) Remember(k Key, value []byte, expiry time.Time) {
	if k.purpose == "" || len(value) > MaxValue {
		f.c.Dropped(DropMalformed, 1)
		return
	}
	if !expiry.After(f.c.Now()) {
		return
	}
	own := append(make([]byte, 0, len(value)), value...)
	if why := f.queue.put(entry{k, own, expiry}); why != "" {
		f.c.Dropped(why, 1)
	}
}

// Recall implements Memory.
func (f *front) Recall(ctx context.Context, keys ...Key) ([][]byte, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	start := time.Now()
	values, err := f.recall(ctx, keys)
	f.c.Observe(OpRecall, resultOf(err), time.Since(start))
	if err != nil {
		return nil, fmt.Errorf("recall: %w", err)
	}
	return values, nil
}

func (f *front) recall(ctx context.Context, keys []Key) ([][]byte, error) {
	if len(keys) > MaxKeys {
		return nil, ErrMalformed
	}
	for _, k := range keys {
		if k.purpose == "" {
			return nil, ErrMalformed
		}
	}
	if f.isClosed() {
		return nil, ErrClosed
	}
	now := f.c.Now()
	values := make([][]byte, len(keys))
	if f.queue.find(keys, values, func(e entry) bool { return !e.expiry.After(now) }) == 0 {
		return values, nil
	}
	keys = append([]Key(nil), keys...) // the caller may be gone before the reader is
	kept, err := within(ctx, f.guard, f.c.Timeout, func(ctx context.Context) ([][]byte, error) { return f.b.get(ctx, keys) })
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if v == nil {
			values[i] = kept[i]
		}
	}
	return values, nil
}

// AddOnce implements Ledger.
func (f *front) AddOnce(ctx context.Context, set, member Key, value []byte, expiry time.Time) (bool, error) {
	if member.purpose == "" || len(value) > MaxValue {
		return false, fmt.Errorf("add to a set: %w", ErrMalformed)
	}
	own := append(make([]byte, 0, len(value)), value...)
	return ledger(ctx, f, OpAddOnce, set, func(ctx context.Context) (bool, error) {
		return f.b.add(ctx, set, member, own, expiry)
	})
}

// Count implements Ledger.
func (f *front) Count(ctx context.Context, set Key) (int, error) {
	return ledger(ctx, f, OpCount, set, func(ctx context.Context) (int, error) { return f.b.count(ctx, set) })
}

// Forget implements Ledger.
func (f *front) Forget(ctx context.Context, set Key) error {
	_, err := ledger(ctx, f, OpForget, set, func(ctx context.Context) (struct{}, error) { return struct{}{}, f.b.forget(ctx, set) })
	return err
}

// Each implements Ledger.
func (f *front) Each(ctx context.Context, set Key, each func(Member) error) error {
	step := func(ctx context.Context, read func(context.Context) error) error {
		_, err := ledger(ctx, f, OpEach, set, func(ctx context.Context) (struct{}, error) { return struct{}{}, read(ctx) })
		return err
	}
	return f.b.each(ctx, set, step, each)
}

// ledger runs one call of the Ledger within its time, and counts it.
func ledger[T any](ctx context.Context, f *front, op Op, set Key, do func(context.Context) (T, error)) (T, error) {
	var value T
	var err error
	start := time.Now()
	switch {
	case set.purpose == "":
		err = ErrMalformed
	case f.isClosed():
		err = ErrClosed
	default:
		value, err = within(ctx, f.guard, f.c.LedgerTimeout, do)
	}
	f.c.Observe(op, resultOf(err), time.Since(start))
	if err != nil {
		return value, fmt.Errorf("%s: %w", op, err)
	}
	return value, nil
}

func (f *front) isClosed() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

// Close implements Store. A second call returns what the first did.
func (f *front) Close() error {
	f.once.Do(func() {
		f.queue.close()
		close(f.stop)
		<-f.stopped
		err := f.b.close()
		if left := f.queue.size(); left > 0 {
			f.c.Dropped(DropClosed, left)
			err = errors.Join(err, fmt.Errorf("close the store: %d values are not written", left))
		}
		f.closing = err
	})
	return f.closing
}
