package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

// guard bounds how long a caller waits for a reading, also where the kernel does not come back (a page of a file on a
// disk that hangs), and how many such readings there are.
type guard struct{ slots chan struct{} }

func newGuard() *guard { return &guard{slots: make(chan struct{}, MaxReading)} }

type outcome[T any] struct {
	value T
	err   error
}

// within returns what read does, or ErrTimeout after limit, or ErrBusy at once.
func within[T any](ctx context.Context, g *guard, limit time.Duration, read func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case g.slots <- struct{}{}:
	default:
		return none, ErrBusy
	}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	done := make(chan outcome[T], 1)
	go func() {
		defer func() { <-g.slots }()
		var o outcome[T]
		o.err = safely(func() (err error) {
			o.value, err = read(bounded)
			return err
		})
		done <- o
	}()
	select {
	case o := <-done:
		switch { // the library's own words for it differ
		case o.err != nil && bounded.Err() != nil:
			o.err = context.Cause(bounded)
		case errors.Is(o.err, os.ErrDeadlineExceeded):
			o.err = ErrTimeout
		}
		return o.value, o.err
	case <-bounded.Done():
		return none, context.Cause(bounded)
	}
}

// safely turns a panic into ErrCorrupt, that of a page which the file no longer has included: bbolt asserts what it
// reads, and reads through a mapping.
func safely(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return f()
}
