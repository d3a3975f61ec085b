package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// migrate brings a file from the version that it has to fileVersion, in one transaction. An empty file has version 0.
func migrate(tx *bbolt.Tx) error {
	version, err := versionOf(tx)
	if err != nil {
		return err
	}
	steps := []func(*bbolt.Tx) error{layOut} // the step at i leads from version i to i+1
	if version > uint64(len(steps)) {
		return fmt.Errorf("%w: its data has version %d, this sekimori knows up to %d", ErrVersion, version, len(steps))
	}
	if version == uint64(len(steps)) {
		return whole(tx)
	}
	for _, step := range steps[version:] {
		if err := step(tx); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Put(versionKey, binary.BigEndian.AppendUint64(nil, fileVersion))
}

func versionOf(tx *bbolt.Tx) (uint64, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return 0, ErrForeign
		}
		return 0, nil
	}
	v := meta.Get(versionKey)
	if len(v) != 8 {
		return 0, ErrForeign
	}
	return binary.BigEndian.Uint64(v), nil
}

func buckets() [][]byte {
	return [][]byte{metaBucket, memoryBucket, expiryBucket, ledgerBucket, setsBucket}
}

// layOut leads from the empty file to version 1.
func layOut(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// whole fails where a bucket is missing that the version has.
func whole(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: there is no bucket %s", ErrCorrupt, name)
		}
	}
	return nil
}
