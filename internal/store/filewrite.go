package store

import (
	"context"

	"go.etcd.io/bbolt"
)

// maxGroup is how many changes share one transaction.
const maxGroup = 256

// job is one change. It may run more than once, each time on what was there before it.
type job struct {
	change func(*bbolt.Tx) error
	done   chan error
}

// update hands a change to the writer and waits until it is on disk. When ctx ends first the change may still happen.
func (f *file) update(ctx context.Context, change func(*bbolt.Tx) error) error {
	j := job{change, make(chan error, 1)}
	select {
	case f.jobs <- j:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-f.stop:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-f.stopped:
	}
	select {
	case err := <-j.done:
		return err
	default:
		return ErrClosed
	}
}

// write is the one goroutine that changes the file.
func (f *file) write() {
	defer close(f.stopped)
	for {
		select {
		case j := <-f.jobs:
			f.commit(f.group(j))
		case <-f.stop:
			for {
				select {
				case j := <-f.jobs:
					f.commit(f.group(j))
				default:
					return
				}
			}
		}
	}
}

// group adds what waits already to the first job.
func (f *file) group(first job) []job {
	jobs := []job{first}
	for len(jobs) < maxGroup {
		select {
		case j := <-f.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit brings jobs to disk in one transaction; where that fails each gets one of its own, so that none fails for another.
func (f *file) commit(jobs []job) {
	err := f.transact(func(tx *bbolt.Tx) error {
		for _, j := range jobs {
			if err := j.change(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, j := range jobs {
		if err != nil && len(jobs) > 1 {
			j.done <- f.transact(j.change)
			continue
		}
		j.done <- err
	}
}

func (f *file) transact(change func(*bbolt.Tx) error) error {
	return safely(func() error { return f.db.Update(change) })
}
