package main

import (
	"context"
	"time"

	"sekimori/internal/store"
)

// notes is the memory of one case: nothing is forgotten and nothing is written down.
type notes map[store.Key][]byte

// notebook is the whole memory of one case.
type notebook struct {
	recall
	contacts
}

// newNotes returns an empty memory, which has been learning since the given time. Its secret keeps no secret, because the keys end with
// the case.
func newNotes(at time.Time) (*notebook, error) {
	secret, err := store.NewSecret(make([]byte, store.MinSecret))
	if err != nil {
		return nil, err
	}
	n := notes{}
	return &notebook{recall{n, secret}, contacts{n, secret, &since{at: at}, &lately{}}}, nil
}

// Remember keeps a value.
func (n notes) Remember(k store.Key, value []byte, _ time.Time) { n[k] = value }

// Recall returns the value of each key.
func (n notes) Recall(_ context.Context, keys ...store.Key) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, k := range keys {
		values[i] = n[k]
	}
	return values, nil
}
