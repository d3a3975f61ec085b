package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// destroy implements bookBackend. The summary is first on disk in a file of its own; only then the book is overwritten, and
// replaced by it. Whoever opens the book meanwhile goes on where a process died.
func (b *bookFiles) destroy(ctx context.Context, book string) error {
	var s seal
	err := b.run(ctx, book, reads, func(tx *bbolt.Tx) error {
		s = sealOf(tx)
		return nil
	})
	switch {
	case err != nil:
		return err
	case s.state == StateDestroyed:
		return nil
	case s.state != StateSealed || s.summary == nil:
		return fmt.Errorf("%w: it has no summary", ErrMalformed)
	}
	if err := b.writeDestroyed(book, s.summary); err != nil {
		return err
	}
	_, err = b.sealed(ctx, book) // opens it, and so goes on
	return err
}

// writeDestroyed makes the file that takes the place of a book.
func (b *bookFiles) writeDestroyed(book string, summary []string) error {
	part := b.path(book, partSuffix)
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, _, err := b.openFile(part, lockWait)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		return errors.Join(meta.Put(versionKey, binary.BigEndian.AppendUint64(nil, bookVersion)), meta.Put(sealedKey, []byte{1}),
			writeSummary(tx, summary))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return b.rename(part, b.path(book, destroyedSuffix))
}

// resume ends the destruction of a book that has begun.
func (b *bookFiles) resume(book string) error {
	summary, path := b.path(book, destroyedSuffix), b.path(book, bookSuffix)
	if _, err := os.Stat(summary); err != nil {
		return nothing(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		return b.rename(summary, path)
	}
	defer f.Close()
	if err := lock(f, lockWait); err != nil {
		return err
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := os.Stat(summary); err != nil || !isAt(mine, path) {
		return nothing(err) // another process was faster
	}
	if err := overwrite(f); err != nil {
		return err
	}
	return b.rename(summary, path)
}

// overwrite puts zeros in the place of everything, on disk.
func overwrite(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < info.Size(); at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// rename gives a file another name, also on disk.
func (b *bookFiles) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return b.syncDir()
}

// lock takes the lock that the library takes, so that nobody has the book open.
func lock(f *os.File, wait time.Duration) error {
	for end := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		locked, err := tryLock(f)
		switch {
		case err != nil:
			return err
		case locked:
			return nil
		case time.Now().After(end):
			return ErrLocked
		}
	}
}
