package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// bookFiles keeps each book in a bbolt file of a directory. A file is open only for a step, which may be that of many calls:
// those that come while one is at work wait, and share the next. So a gateway under load costs one lock and one sync for
// many mails, and other processes have their turn between two steps.
//
//	<book>.ledger      what the book holds
//	<book>.destroyed   its summary, complete, while the file above is being overwritten
//	<book>.part        that file, not complete
type bookFiles struct {
	dir string
	now func() time.Time

	mu      sync.Mutex
	lines   map[string]*line
	damaged map[string]damage
	quiet   sync.WaitGroup // of the steps under way
	over    bool
}

// line is who waits for a book.
type line struct {
	waiting []turn
	busy    bool
}

// turn is one call.
type turn struct {
	ctx  context.Context
	mode mode
	do   func(*bbolt.Tx) error
	done chan error
}

// mode is what a turn does with a book.
type mode int

const (
	reads  mode = iota
	writes      // into one that is there
	makes       // and makes it where it is not
)

// maxTurns is how many calls share one step.
const maxTurns = 256

const (
	bookSuffix      = ".ledger"
	destroyedSuffix = ".destroyed"
	partSuffix      = ".part"
)

func openBookFiles(c Config) (*bookFiles, error) {
	if _, err := os.Stat(c.Path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(c.Path, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of ledgers: %w", err)
		}
		adopt(func(uid, gid int) error { return os.Chown(c.Path, uid, gid) }, filepath.Dir(c.Path))
	}
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, fmt.Errorf("ledgers: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is no directory", ErrConfig, c.Path)
	}
	return &bookFiles{dir: c.Path, now: c.Now, lines: map[string]*line{}, damaged: map[string]damage{}}, nil
}

func (b *bookFiles) path(book, suffix string) string { return filepath.Join(b.dir, book+suffix) }

// run waits for a turn at a book. When ctx ends first what it does may still happen.
func (b *bookFiles) run(ctx context.Context, book string, m mode, do func(*bbolt.Tx) error) error {
	t := turn{ctx, m, do, make(chan error, 1)}
	if err := b.enter(book, t); err != nil {
		return err
	}
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *bookFiles) enter(book string, t turn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return ErrClosed
	}
	l := b.lines[book]
	if l == nil {
		l = &line{}
		b.lines[book] = l
	}
	l.waiting = append(l.waiting, t)
	if !l.busy {
		l.busy = true
		b.quiet.Go(func() { b.serve(book, l) })
	}
	return nil
}

// serve gives everybody in the line a turn, and ends when nobody waits.
func (b *bookFiles) serve(book string, l *line) {
	for {
		b.mu.Lock()
		n := min(len(l.waiting), maxTurns)
		if n == 0 {
			delete(b.lines, book)
			b.mu.Unlock()
			return
		}
		turns := slices.Clone(l.waiting[:n])
		l.waiting = slices.Delete(l.waiting, 0, n)
		more := len(l.waiting) > 0
		b.mu.Unlock()
		b.step(book, turns)
		if more {
			time.Sleep(bookBreath)
		}
	}
}

// step opens a book for some turns, each as if alone: where a common transaction fails, each gets its own.
func (b *bookFiles) step(book string, turns []turn) {
	turns = slices.DeleteFunc(turns, func(t turn) bool {
		if t.ctx.Err() != nil { // who asked has gone
			t.done <- context.Cause(t.ctx)
			return true
		}
		return false
	})
	if len(turns) == 0 {
		return
	}
	most := reads
	for _, t := range turns {
		most = max(most, t.mode)
	}
	db, opened, err := b.open(book, most == makes, patience(turns))
	if err != nil {
		for _, t := range turns {
			t.done <- err
		}
		return
	}
	defer func() {
		if b.isDamaged(book, opened) == nil {
			db.Close() // else it may wait for ever
		}
	}()
	err = b.transact(book, opened, db, most, func(tx *bbolt.Tx) error {
		for _, t := range turns {
			if err := t.do(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, t := range turns {
		if err != nil && len(turns) > 1 {
			t.done <- b.transact(book, opened, db, t.mode, t.do)
			continue
		}
		t.done <- err
	}
}

// transact runs one transaction. Where the library panics the file is damaged inside.
func (b *bookFiles) transact(book string, opened *openedBook, db *bbolt.DB, m mode, do func(*bbolt.Tx) error) error {
	if err := b.isDamaged(book, opened); err != nil {
		return err
	}
	err := safely(func() error {
		if m != reads {
			return db.Update(do)
		}
		return db.View(do)
	})
	if errors.Is(err, ErrCorrupt) {
		err = explainBook(b.path(book, bookSuffix), err)
		b.abandon(book, opened, err)
	}
	return err
}

// patience is how long the last of the turns waits.
func patience(turns []turn) time.Duration {
	wait := time.Millisecond
	for _, t := range turns {
		if end, ok := t.ctx.Deadline(); ok {
			wait = max(wait, time.Until(end))
		}
	}
	return wait
}

// syncDir brings the names of files to disk.
func (b *bookFiles) syncDir() error {
	d, err := os.Open(b.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// close waits for the steps under way, but not for a disk that hangs.
func (b *bookFiles) close() error {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	quiet := make(chan struct{})
	go func() {
		b.quiet.Wait()
		close(quiet)
	}()
	select {
	case <-quiet:
		return nil
	case <-time.After(maxClose):
		return fmt.Errorf("close the ledgers: %w", ErrTimeout)
	}
}
