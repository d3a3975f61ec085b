package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// eachStep is how many members one step of Each reads.
const eachStep = 500

func setName(k Key) []byte {
	return append(append(append(make([]byte, 0, 64), k.purpose...), 0), k.id[:]...)
}

// setOf returns the members of a set, nil when there is none or it has expired.
func setOf(tx *bbolt.Tx, name []byte, now time.Time) *bbolt.Bucket {
	if at := tx.Bucket(setsBucket).Get(name); len(at) != stampSize || over(at, now) {
		return nil
	}
	return tx.Bucket(ledgerBucket).Bucket(name)
}

// add implements backend.
func (f *file) add(ctx context.Context, set, member Key, value []byte, expiry time.Time) (bool, error) {
	var added bool
	name := setName(set)
	err := f.update(ctx, func(tx *bbolt.Tx) error {
		added = false
		if setOf(tx, name, f.now()) == nil {
			if err := dropSet(tx, name); err != nil {
				return err
			}
		}
		if err := tx.Bucket(setsBucket).Put(name, stamp(expiry)); err != nil {
			return err
		}
		members, err := tx.Bucket(ledgerBucket).CreateBucketIfNotExists(name)
		if err != nil || members.Get(member.id[:]) != nil {
			return err
		}
		added = true
		if err := members.Put(member.id[:], value); err != nil {
			return err
		}
		return members.SetSequence(members.Sequence() + 1)
	})
	if err != nil {
		return false, err // the writer may still be at it: added is not read
	}
	return added, nil
}

// dropSet removes a set, if it is there.
func dropSet(tx *bbolt.Tx, name []byte) error {
	all := tx.Bucket(ledgerBucket)
	if all.Bucket(name) != nil {
		if err := all.DeleteBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(setsBucket).Delete(name)
}

// forget implements backend.
func (f *file) forget(ctx context.Context, set Key) error {
	name := setName(set)
	return f.update(ctx, func(tx *bbolt.Tx) error { return dropSet(tx, name) })
}

// count implements backend.
func (f *file) count(_ context.Context, set Key) (int, error) {
	n := 0
	err := f.db.View(func(tx *bbolt.Tx) error {
		if members := setOf(tx, setName(set), f.now()); members != nil {
			n = int(members.Sequence())
		}
		return nil
	})
	return n, err
}

// each implements backend. No transaction is open while do runs.
func (f *file) each(ctx context.Context, set Key, step stepper, do func(Member) error) error {
	for from := []byte(nil); ; {
		var some []Member
		err := step(ctx, func(context.Context) error {
			read, err := f.members(set, from)
			some = read
			return err
		})
		if err != nil {
			return err
		}
		for _, m := range some {
			if err := do(m); err != nil {
				return err
			}
		}
		if len(some) < eachStep {
			return nil
		}
		from = append(from[:0:0], some[len(some)-1].ID[:]...)
	}
}

// members returns up to eachStep members that come after an id.
func (f *file) members(set Key, after []byte) ([]Member, error) {
	var some []Member
	err := f.db.View(func(tx *bbolt.Tx) error {
		members := setOf(tx, setName(set), f.now())
		if members == nil {
			return nil
		}
		c := members.Cursor()
		k, v := c.Seek(after)
		if after != nil && string(k) == string(after) {
			k, v = c.Next()
		}
		for ; k != nil && len(some) < eachStep; k, v = c.Next() {
			m := Member{Value: append(make([]byte, 0, len(v)), v...)}
			copy(m.ID[:], k)
			some = append(some, m)
		}
		return nil
	})
	return some, err
}
