package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// stampSize is the length of an expiry on disk: seconds since 1970, most significant octet first.
const stampSize = 4

// stamp rounds up, so that nothing goes early. The zero time is 0, and what lies beyond the year 2106 is its last second.
func stamp(t time.Time) []byte {
	var seconds int64
	if !t.IsZero() {
		seconds = t.Unix()
		if t.Nanosecond() > 0 {
			seconds++
		}
		seconds = min(max(seconds, 1), math.MaxUint32)
	}
	return binary.BigEndian.AppendUint32(make([]byte, 0, stampSize+MaxValue), uint32(seconds))
}

// over reports whether what is stamped so has expired. A stamp of 0 never does.
func over(stamped []byte, now time.Time) bool {
	at := binary.BigEndian.Uint32(stamped)
	return at != 0 && int64(at) <= now.Unix()
}

// put implements backend.
func (f *file) put(ctx context.Context, batch []entry) error {
	slices.SortFunc(batch, func(a, b entry) int { // neighbours share pages
		if a.key.purpose != b.key.purpose {
			return bytes.Compare([]byte(a.key.purpose), []byte(b.key.purpose))
		}
		return bytes.Compare(a.key.id[:], b.key.id[:])
	})
	return f.update(ctx, func(tx *bbolt.Tx) error {
		for rest := batch; len(rest) > 0; {
			purpose := rest[0].key.purpose
			n := slices.IndexFunc(rest, func(e entry) bool { return e.key.purpose != purpose })
			if n < 0 {
				n = len(rest)
			}
			if err := remember(tx, purpose, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	})
}

// remember writes values of one purpose, each with its place in the order of expiry.
func remember(tx *bbolt.Tx, p Purpose, entries []entry) error {
	values, err := tx.Bucket(memoryBucket).CreateBucketIfNotExists([]byte(p))
	if err != nil {
		return err
	}
	order, err := tx.Bucket(expiryBucket).CreateBucketIfNotExists([]byte(p))
	if err != nil {
		return err
	}
	order.FillPercent = 0.9 // it grows at its end
	added := uint64(0)
	for _, e := range entries {
		id := e.key.id[:]
		at := stamp(e.expiry)
		switch old := values.Get(id); {
		case len(old) < stampSize:
			added++
		case !bytes.Equal(old[:stampSize], at):
			if err := order.Delete(place(old, id)); err != nil {
				return err
			}
		}
		if err := order.Put(place(at, id), nil); err != nil {
			return err
		}
		if err := values.Put(id, append(at, e.value...)); err != nil {
			return err
		}
	}
	if added == 0 {
		return nil
	}
	return values.SetSequence(values.Sequence() + added)
}

// place is where id stands in the order of expiry.
func place(stamped, id []byte) []byte {
	return append(append(make([]byte, 0, stampSize+len(id)), stamped[:stampSize]...), id...)
}

// get implements backend.
func (f *file) get(_ context.Context, keys []Key) ([][]byte, error) {
	found := make([][]byte, len(keys))
	now := f.now()
	err := f.db.View(func(tx *bbolt.Tx) error {
		all := tx.Bucket(memoryBucket)
		var of Purpose
		var values *bbolt.Bucket
		for i := range keys {
			if keys[i].purpose != of {
				of = keys[i].purpose
				values = all.Bucket([]byte(of))
			}
			if values == nil {
				continue
			}
			v := values.Get(keys[i].id[:])
			if len(v) < stampSize || over(v, now) {
				continue
			}
			found[i] = append(make([]byte, 0, len(v)-stampSize), v[stampSize:]...)
		}
		return nil
	})
	return found, err
}
