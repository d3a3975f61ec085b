package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// file is the backend of one gateway: a bbolt file. Every change goes through one goroutine, which brings what comes
// together to the disk together; readings go beside it.
//
//	meta                        version, secret
//	memory/<purpose>            id → expiry, value          (sequence: number of values)
//	expiry/<purpose>            expiry, id → nothing
//	ledger/<purpose><NUL><id>   id of a member → value      (sequence: number of members)
//	sets                        name in ledger → expiry
type file struct {
	db      *bbolt.DB
	now     func() time.Time
	observe func(Op, Result, time.Duration)
	jobs    chan job
	stop    chan struct{}
	stopped chan struct{}
	last    []byte // the set that the sweep looked at last; known to the upkeep only
}

// fileVersion is the version of the data in a file.
const fileVersion = 1

// mapSize is how much of the file is mapped from the start, in octets of address space. Beyond it a growing file makes
// readings wait a moment for each other.
const mapSize = 256 << 20

// lockWait is how long another process is given to let go of the file: a restart may overlap.
const lockWait = time.Second

var (
	metaBucket   = []byte("meta")
	memoryBucket = []byte("memory")
	expiryBucket = []byte("expiry")
	ledgerBucket = []byte("ledger")
	setsBucket   = []byte("sets")
	versionKey   = []byte("version")
	secretKey    = []byte("secret")
)

func openFile(c Config) (*file, error) {
	var db *bbolt.DB
	err := safely(func() (err error) {
		db, err = bbolt.Open(c.Path, 0o600, &bbolt.Options{
			Timeout: lockWait, FreelistType: bbolt.FreelistMapType, NoStatistics: true, InitialMmapSize: mapSize,
		})
		if err != nil {
			return err
		}
		return check(db, c)
	})
	if err != nil {
		if db != nil {
			db.Close()
		}
		return nil, explainOpen(c.Path, err)
	}
	f := &file{
		db: db, now: c.Now, observe: c.Observe,
		jobs: make(chan job, maxGroup), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go f.write()
	return f, nil
}

// explainOpen says what is wrong with a file and what to do about it.
func explainOpen(path string, err error) error {
	const moveAway = "; move it away and start again: what was remembered is lost, mail is not"
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return fmt.Errorf("store %s: %w: another gateway needs a file of its own, or Redis", path, ErrLocked)
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrChecksum), errors.Is(err, bbolterrors.ErrVersionMismatch),
		errors.Is(err, bbolterrors.ErrInvalidMapping):
		return fmt.Errorf("store %s: %w: %w%s", path, ErrCorrupt, err, moveAway)
	case errors.Is(err, ErrCorrupt):
		return fmt.Errorf("store %s: %w%s", path, err, moveAway)
	case errors.Is(err, ErrSecret):
		return fmt.Errorf("store %s: %w: give the secret back that it was written with, or move the file away and begin anew", path, err)
	case errors.Is(err, ErrVersion):
		return fmt.Errorf("store %s: %w: install that version again, or move the file away and begin anew", path, err)
	case errors.Is(err, ErrForeign):
		return fmt.Errorf("store %s: %w: give another path", path, err)
	}
	return fmt.Errorf("store %s: %w", path, err)
}

// check looks whether a file is whole as far as can be told at once, and ours, and brings it to fileVersion.
func check(db *bbolt.DB, c Config) error {
	info, err := os.Stat(c.Path)
	if err != nil {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it has %d octets of %d", ErrCorrupt, info.Size(), tx.Size())
		}
		if err := migrate(tx); err != nil {
			return err
		}
		meta, mark := tx.Bucket(metaBucket), []byte(c.Secret.mark())
		switch kept := meta.Get(secretKey); {
		case kept == nil:
			return meta.Put(secretKey, mark)
		case string(kept) != string(mark):
			return ErrSecret
		}
		return nil
	})
}

func (f *file) size(context.Context) (Size, error) {
	var s Size
	err := f.db.View(func(tx *bbolt.Tx) error {
		s.Bytes = tx.Size()
		for _, name := range [][]byte{memoryBucket, ledgerBucket} {
			b := tx.Bucket(name)
			err := b.ForEachBucket(func(k []byte) error {
				s.Entries += int64(b.Bucket(k).Sequence())
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

// close ends the writer. What was handed to it before is on disk then.
func (f *file) close() error {
	close(f.stop)
	<-f.stopped
	return f.db.Close()
}
