package store

import (
	"context"
	"time"
)

// write is the one goroutine that writes what is remembered, and looks after the backend.
func (f *front) write() {
	defer close(f.stopped)
	upkeep := time.NewTimer(0)
	defer upkeep.Stop()
	size := time.NewTicker(time.Minute)
	defer size.Stop()
	f.tellSize()
	var due <-chan time.Time // when to flush; nil while nothing waits
	var pause time.Duration  // after a failure
	for {
		select {
		case <-f.stop:
			f.drain()
			return
		case <-upkeep.C:
			upkeep.Reset(f.tend())
		case <-size.C:
			f.tellSize()
		case <-f.queue.first:
			if due == nil {
				due = time.After(f.c.FlushInterval)
			}
		case <-f.queue.full:
			if pause == 0 {
				due = time.After(0)
			}
		case <-due:
			due = nil
			if f.flush(context.Background()) {
				pause = 0
				continue
			}
			pause = min(max(2*pause, f.c.FlushInterval), MaxFlushPause)
			due = time.After(pause)
		}
	}
}

// flush writes batch after batch until nothing waits or one fails; what failed waits again.
func (f *front) flush(ctx context.Context) bool {
	for batch := f.queue.take(); batch != nil; batch = f.queue.take() {
		start := time.Now()
		err := safely(func() error { return f.b.put(ctx, batch) })
		f.c.Observe(OpFlush, resultOf(err), time.Since(start))
		if err != nil {
			f.queue.putBack()
			if !f.failing {
				f.failing = true
				f.c.Log.Error("store: what was to be remembered cannot be written; it waits while there is room", "error", err)
			}
			return false
		}
		f.queue.written()
		if f.failing {
			f.failing = false
			f.c.Log.Info("store: writing again")
		}
	}
	return true
}

// drain writes what waits before the end, without patience for what fails.
func (f *front) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), maxClose)
	defer cancel()
	f.flush(ctx)
}

// tend runs one piece of upkeep and returns when the next is wanted.
func (f *front) tend() time.Duration {
	next := time.Minute
	err := safely(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), f.c.LedgerTimeout)
		defer cancel()
		next = f.b.tend(ctx)
		return nil
	})
	if err != nil {
		f.c.Observe(OpUpkeep, ResultFailed, 0)
		f.c.Log.Error("store: upkeep failed", "error", err)
	}
	return next
}

func (f *front) tellSize() {
	ctx, cancel := context.WithTimeout(context.Background(), f.c.LedgerTimeout)
	defer cancel()
	var s Size
	err := safely(func() (err error) {
		s, err = f.b.size(ctx)
		return err
	})
	if err != nil {
		s = Size{Entries: -1, Bytes: -1}
	}
	s.Waiting = int64(f.queue.size())
	f.c.Size(s)
}
