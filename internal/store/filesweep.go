package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// The pace of sweeping: at most sweepStep values or members, and sweepSets sets looked at, in one transaction; the next
// after sweepPause while there is more, else after sweepInterval.
const (
	sweepStep     = 1_000
	sweepSets     = 1_000
	sweepPause    = 50 * time.Millisecond
	sweepInterval = time.Minute
)

// tend implements backend: one step of removing what has expired.
func (f *file) tend(ctx context.Context) time.Duration {
	start := time.Now()
	now := f.now()
	more, last, err := f.sweep(ctx, now)
	f.observe(OpUpkeep, resultOf(err), time.Since(start))
	if err != nil {
		return sweepInterval
	}
	f.last = last
	if more {
		return sweepPause
	}
	return sweepInterval
}

// sweep removes some of what has expired, and reports whether there is more. Where nothing has, it writes nothing.
func (f *file) sweep(ctx context.Context, now time.Time) (more bool, last []byte, err error) {
	var purposes, sets [][]byte
	err = f.db.View(func(tx *bbolt.Tx) error {
		order := tx.Bucket(expiryBucket)
		err := order.ForEachBucket(func(p []byte) error {
			if k, _ := order.Bucket(p).Cursor().First(); k != nil && over(k, now) {
				purposes = append(purposes, clone(p))
			}
			return nil
		})
		sets, last = expiredSets(tx, f.last, now)
		return err
	})
	if err != nil || len(purposes)+len(sets) == 0 {
		return last != nil, last, err
	}
	left := 0
	err = f.update(ctx, func(tx *bbolt.Tx) error {
		left = sweepStep
		for _, p := range purposes {
			if err := sweepMemory(tx, p, now, &left); err != nil {
				return err
			}
		}
		for _, name := range sets {
			if err := sweepSet(tx, name, now, &left); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, nil, err
	}
	if left <= 0 {
		return true, f.last, nil // some of these sets may still be there
	}
	return last != nil, last, nil
}

func sweepMemory(tx *bbolt.Tx, purpose []byte, now time.Time, left *int) error {
	values, order := tx.Bucket(memoryBucket).Bucket(purpose), tx.Bucket(expiryBucket).Bucket(purpose)
	if values == nil || order == nil {
		return nil
	}
	var places [][]byte
	c := order.Cursor()
	for k, _ := c.First(); k != nil && over(k, now) && len(places) < *left; k, _ = c.Next() {
		places = append(places, clone(k))
	}
	removed := uint64(0)
	for _, k := range places {
		if err := order.Delete(k); err != nil {
			return err
		}
		id := k[stampSize:]
		if v := values.Get(id); len(v) < stampSize || !over(v, now) {
			continue
		}
		if err := values.Delete(id); err != nil {
			return err
		}
		removed++
	}
	*left -= len(places)
	return values.SetSequence(values.Sequence() - min(removed, values.Sequence()))
}

// expiredSets looks at some sets after the given one. Last is where to go on, nil when all were looked at.
func expiredSets(tx *bbolt.Tx, after []byte, now time.Time) (expired [][]byte, last []byte) {
	c := tx.Bucket(setsBucket).Cursor()
	k, v := c.Seek(after)
	for n := 0; k != nil && n < sweepSets; n++ {
		if len(v) == stampSize && over(v, now) {
			expired = append(expired, clone(k))
		}
		k, v = c.Next()
	}
	return expired, clone(k)
}

// sweepSet removes members of an expired set, and the set with its last one.
func sweepSet(tx *bbolt.Tx, name []byte, now time.Time, left *int) error {
	if at := tx.Bucket(setsBucket).Get(name); len(at) != stampSize || !over(at, now) || *left <= 0 {
		return nil
	}
	if members := tx.Bucket(ledgerBucket).Bucket(name); members != nil {
		var ids [][]byte
		c := members.Cursor()
		k, _ := c.First()
		for ; k != nil && len(ids) < *left; k, _ = c.Next() {
			ids = append(ids, clone(k))
		}
		for _, id := range ids {
			if err := members.Delete(id); err != nil {
				return err
			}
		}
		*left -= len(ids)
		if k != nil {
			return members.SetSequence(members.Sequence() - min(uint64(len(ids)), members.Sequence()))
		}
	}
	return dropSet(tx, name)
}

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}
