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
	bbolterrors "go.etcd.io/bbolt/errors"
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

// damage is a file that failed inside. It is left alone until another one is in its place, for the library lets go of nothing then.
type damage struct {
	file fs.FileInfo
	err  error
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
const maxTurns = 64

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

// openedBook is a file that was opened, and which one that is.
type openedBook struct {
	file *os.File
	info fs.FileInfo
}

// abandon lets go of a damaged file as far as that goes, and remembers it.
func (b *bookFiles) abandon(book string, opened *openedBook, err error) {
	unlock(opened.file)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.damaged[book] = damage{opened.info, err}
}

// isDamaged returns what is known to be wrong with a file.
func (b *bookFiles) isDamaged(book string, opened *openedBook) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.damaged[book]
	if ok && os.SameFile(d.file, opened.info) && d.file.Size() == opened.info.Size() && d.file.ModTime().Equal(opened.info.ModTime()) {
		return d.err
	}
	return nil
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

// open opens the file of a book under its lock, and makes it where that is wanted; without it fs.ErrNotExist. While this waited
// for the lock, another process may have replaced the file.
func (b *bookFiles) open(book string, create bool, wait time.Duration) (*bbolt.DB, *openedBook, error) {
	path := b.path(book, bookSuffix)
	for range 3 {
		if err := b.resume(book); err != nil {
			return nil, nil, err
		}
		switch info, err := os.Stat(path); {
		case err == nil:
			if err := b.isDamaged(book, &openedBook{info: info}); err != nil {
				return nil, nil, err
			}
		case !create || !errors.Is(err, fs.ErrNotExist):
			return nil, nil, err
		}
		db, opened, err := b.openFile(path, wait)
		same := opened != nil && isAt(opened.info, path)
		switch {
		case err == nil && same:
			return db, opened, nil
		case err == nil:
			db.Close()
		case opened == nil || same || errors.Is(err, bbolterrors.ErrTimeout):
			err = explainBook(path, err)
			if same && errors.Is(err, ErrCorrupt) {
				b.abandon(book, opened, err)
			}
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%s: %w", path, ErrLocked)
}

// openFile opens a file and looks it over. It returns which file that was, whatever became of it.
func (b *bookFiles) openFile(path string, wait time.Duration) (db *bbolt.DB, opened *openedBook, err error) {
	err = safely(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: wait, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, mode)
				if err != nil {
					return nil, err
				}
				info, err := f.Stat()
				if err != nil {
					f.Close()
					return nil, err
				}
				opened = &openedBook{f, info}
				adopt(f.Chown, b.dir)
				return f, nil
			},
		})
		if err != nil {
			return err
		}
		return lookOver(db, opened.file)
	})
	switch {
	case err == nil:
		return db, opened, nil
	case db != nil:
		db.Close()
	case opened != nil: // where the library panicked, and so did not let go of it
		unlock(opened.file)
		opened.file.Close()
	}
	return nil, opened, err
}

// isAt reports whether a file still has its name.
func isAt(mine fs.FileInfo, path string) bool {
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// lookOver fails where a file is not whole as far as can be told at once, not ours, or newer.
func lookOver(db *bbolt.DB, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it has %d octets of %d", ErrCorrupt, info.Size(), tx.Size())
		}
		version, err := versionOf(tx)
		if err == nil && version > bookVersion {
			return fmt.Errorf("%w: its data has version %d, this sekimori knows up to %d", ErrVersion, version, bookVersion)
		}
		return err
	})
}

// explainBook says what is wrong with the file of a book and what to do about it.
func explainBook(path string, err error) error {
	const moveAway = "; move it away: what was counted in it is lost, unless a backup is put in its place"
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return fmt.Errorf("%s: %w", path, ErrLocked)
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrChecksum), errors.Is(err, bbolterrors.ErrVersionMismatch),
		errors.Is(err, bbolterrors.ErrInvalidMapping):
		return fmt.Errorf("%s: %w: %w%s", path, ErrCorrupt, err, moveAway)
	case errors.Is(err, ErrCorrupt):
		return fmt.Errorf("%s: %w%s", path, err, moveAway)
	case errors.Is(err, ErrVersion):
		return fmt.Errorf("%s: %w: install that version again", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// close waits for the steps under way.
func (b *bookFiles) close() error {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.quiet.Wait()
	return nil
}
