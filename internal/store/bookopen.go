package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// open opens the file of a book under its lock, and makes it where that is wanted; without it fs.ErrNotExist. While this waited
// for the lock, another process may have replaced the file.
func (b *bookFiles) open(book string, create bool, wait time.Duration) (*bbolt.DB, *openedBook, error) {
	path := b.path(book, bookSuffix)
	for range 3 {
		if err := b.resume(book); err != nil {
			return nil, nil, err
		}
		fresh := false
		switch info, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist) && create:
			fresh = true
		case err == nil:
			if err := b.isDamaged(book, &openedBook{info: info}); err != nil {
				return nil, nil, err
			}
		default:
			return nil, nil, err
		}
		db, opened, err := b.openFile(path, wait)
		same := opened != nil && isAt(opened.info, path)
		if err == nil && same && fresh {
			err = b.syncDir() // or a failure of power takes the name of the file, and what it holds
		}
		switch {
		case err == nil && same:
			return db, opened, nil
		case db != nil:
			db.Close()
			if err != nil {
				return nil, nil, err
			}
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

// damage is a file that failed inside. It is left alone until another one is in its place, for the library lets go of nothing then.
type damage struct {
	file fs.FileInfo
	err  error
}
