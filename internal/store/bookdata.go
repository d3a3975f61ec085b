package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"go.etcd.io/bbolt"
)

// The file of a book:
//
//	meta            version, key, sealed
//	ledger/<set>    id of an entry → time, value     (sequence: number of entries)
//	summary         number → value
const bookVersion = 1

var (
	keyKey        = []byte("key")
	sealedKey     = []byte("sealed")
	summaryBucket = []byte("summary")
)

// nothing turns the absence of a book into what an empty one would say.
func nothing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// key implements bookBackend.
func (b *bookFiles) key(ctx context.Context, book string) ([]byte, error) {
	var key []byte
	take := func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		switch {
		case meta == nil:
			return fs.ErrNotExist
		case len(meta.Get(keyKey)) == bookKeySize:
			key = bytes.Clone(meta.Get(keyKey))
			return nil
		}
		return ErrSealed // destroyed
	}
	err := b.run(ctx, book, reads, take)
	if errors.Is(err, fs.ErrNotExist) {
		err = b.run(ctx, book, makes, func(tx *bbolt.Tx) error {
			if err := begin(tx); err != nil {
				return err
			}
			return take(tx)
		})
	}
	if err != nil {
		return nil, err // a step may still be at it: key is not read
	}
	return key, nil
}

// begin makes what a new book has.
func begin(tx *bbolt.Tx) error {
	if tx.Bucket(metaBucket) != nil {
		return nil
	}
	var random [bookKeySize]byte
	rand.Read(random[:]) // never fails
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	_, err = tx.CreateBucket(ledgerBucket)
	return errors.Join(err, meta.Put(versionKey, binary.BigEndian.AppendUint64(nil, bookVersion)), meta.Put(keyKey, random[:]))
}

// add implements bookBackend.
func (b *bookFiles) add(ctx context.Context, book string, key []byte, entries []Entry) (int, error) {
	var added int
	err := b.run(ctx, book, writes, func(tx *bbolt.Tx) error {
		added = 0
		meta := tx.Bucket(metaBucket)
		switch {
		case meta == nil:
			return ErrOtherKey
		case meta.Get(sealedKey) != nil:
			return ErrSealed
		case subtle.ConstantTimeCompare(meta.Get(keyKey), key) != 1:
			return ErrOtherKey
		}
		for _, e := range entries {
			isNew, err := put(tx.Bucket(ledgerBucket), e)
			if err != nil {
				return err
			}
			if isNew {
				added++
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrOtherKey
	}
	if err != nil {
		return 0, err
	}
	return added, nil
}

// put adds one entry, unless one that is as early is there.
func put(sets *bbolt.Bucket, e Entry) (isNew bool, err error) {
	set, err := sets.CreateBucketIfNotExists([]byte(e.Set))
	if err != nil {
		return false, err
	}
	text := e.text()
	old := set.Get([]byte(e.ID))
	if old != nil && !earlier(text, string(old)) {
		return false, nil
	}
	if err := set.Put([]byte(e.ID), []byte(text)); err != nil || old != nil {
		return false, err
	}
	return true, set.SetSequence(set.Sequence() + 1)
}

// setIn returns a set of a book, nil where there is none.
func setIn(tx *bbolt.Tx, name string) *bbolt.Bucket {
	if sets := tx.Bucket(ledgerBucket); sets != nil {
		return sets.Bucket([]byte(name))
	}
	return nil
}

// count implements bookBackend.
func (b *bookFiles) count(ctx context.Context, book, set string) (int, error) {
	n := 0
	err := b.run(ctx, book, reads, func(tx *bbolt.Tx) error {
		if s := setIn(tx, set); s != nil {
			n = int(s.Sequence())
		}
		return nil
	})
	if err != nil {
		return 0, nothing(err)
	}
	return n, nil
}

// find implements bookBackend.
func (b *bookFiles) find(ctx context.Context, book, set string, ids []string) ([]*Entry, error) {
	var found []*Entry
	err := b.run(ctx, book, reads, func(tx *bbolt.Tx) error {
		found = make([]*Entry, len(ids))
		s := setIn(tx, set)
		if s == nil {
			return nil
		}
		for i, id := range ids {
			if e, ok := entryOf(set, id, string(s.Get([]byte(id)))); ok {
				found[i] = &e
			}
		}
		return nil
	})
	if err != nil {
		return make([]*Entry, len(ids)), nothing(err)
	}
	return found, nil
}

// read implements bookBackend.
func (b *bookFiles) read(ctx context.Context, book string, from cursor) (page, error) {
	var p page
	err := b.run(ctx, book, reads, func(tx *bbolt.Tx) error {
		p = page{next: cursor{done: true}}
		all := tx.Bucket(ledgerBucket)
		if all == nil {
			return nil
		}
		sets := all.Cursor()
		for name, _ := sets.Seek([]byte(from.set)); name != nil; name, _ = sets.Next() {
			set := all.Bucket(name)
			if set == nil {
				continue
			}
			after := ""
			if string(name) == from.set {
				after = from.id
			}
			c := set.Cursor()
			id, text := c.Seek([]byte(after))
			if after != "" && string(id) == after {
				id, text = c.Next()
			}
			for ; id != nil; id, text = c.Next() {
				if len(p.entries) == bookStep {
					last := p.entries[bookStep-1]
					p.next = cursor{set: last.Set, id: last.ID}
					return nil
				}
				if e, ok := entryOf(string(name), string(id), string(text)); ok {
					p.entries = append(p.entries, e)
				}
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return page{next: cursor{done: true}}, nil
	}
	if err != nil {
		return page{}, err
	}
	return p, nil
}

// seal implements bookBackend.
func (b *bookFiles) seal(ctx context.Context, book string, summary []string) error {
	return b.run(ctx, book, makes, func(tx *bbolt.Tx) error {
		if err := begin(tx); err != nil {
			return err
		}
		if err := tx.Bucket(metaBucket).Put(sealedKey, []byte{1}); err != nil {
			return err
		}
		if summary == nil || tx.Bucket(summaryBucket) != nil {
			return nil
		}
		return writeSummary(tx, summary)
	})
}

func writeSummary(tx *bbolt.Tx, summary []string) error {
	s, err := tx.CreateBucket(summaryBucket)
	if err != nil {
		return err
	}
	for i, v := range summary {
		if err := s.Put(fmt.Appendf(nil, "%06d", i), []byte(v)); err != nil {
			return err
		}
	}
	return nil
}

// sealed implements bookBackend.
func (b *bookFiles) sealed(ctx context.Context, book string) (seal, error) {
	var s seal
	err := b.run(ctx, book, reads, func(tx *bbolt.Tx) error {
		s = sealOf(tx)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return seal{state: StateNone}, nil
	}
	if err != nil {
		return seal{}, err
	}
	return s, nil
}

func sealOf(tx *bbolt.Tx) seal {
	meta := tx.Bucket(metaBucket)
	switch {
	case meta == nil:
		return seal{state: StateNone}
	case meta.Get(sealedKey) == nil:
		return seal{state: StateOpen}
	}
	s := seal{state: StateSealed}
	if meta.Get(keyKey) == nil {
		s.state = StateDestroyed
	}
	if values := tx.Bucket(summaryBucket); values != nil {
		s.summary = []string{}
		values.ForEach(func(_, v []byte) error { // which never fails
			s.summary = append(s.summary, string(v))
			return nil
		})
	}
	return s
}
