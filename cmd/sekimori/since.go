package main

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"sekimori/internal/store"
)

// purposeSince is the set, and its one member, that says since when who knows whom is learned.
const purposeSince store.Purpose = "contacts_since"

// sinceRetry is how long nobody asks again after the store did not say since when.
const sinceRetry = 10 * time.Second

// since knows since when contacts are learned. The store keeps the moment of the first question or lesson, the same for every
// gateway that shares it. Until it has answered, the zero time says that nothing is known.
type since struct {
	ledger store.Ledger
	secret *store.Secret
	now    func() time.Time
	ctx    context.Context
	cancel context.CancelFunc
	asking sync.WaitGroup

	mu    sync.Mutex
	at    time.Time
	next  time.Time // when to ask again
	asked bool      // an answer is awaited
}

func newSince(l store.Ledger, secret *store.Secret, now func() time.Time) *since {
	s := &since{ledger: l, secret: secret, now: now}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// get returns what is known now. It never waits: the first call has the store asked.
func (s *since) get() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() && !s.asked && !s.now().Before(s.next) && s.ctx.Err() == nil {
		s.asked = true
		s.asking.Go(s.ask)
	}
	return s.at
}

// ask notes this moment in the store, unless one is there, and reads the one that is there.
func (s *since) ask() {
	at, err := s.first()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = false
	if err != nil {
		s.next = s.now().Add(sinceRetry)
		return
	}
	s.at = at
}

var errNoSince = errors.New("the store does not say since when contacts are learned")

func (s *since) first() (at time.Time, err error) {
	key := s.secret.Key(purposeSince)
	var value [8]byte
	binary.BigEndian.PutUint64(value[:], uint64(s.now().Unix()))
	if _, err := s.ledger.AddOnce(s.ctx, key, key, value[:], time.Time{}); err != nil {
		return time.Time{}, err
	}
	err = s.ledger.Each(s.ctx, key, func(m store.Member) error {
		if len(m.Value) == len(value) {
			at = time.Unix(int64(binary.BigEndian.Uint64(m.Value)), 0)
		}
		return nil
	})
	if err == nil && at.IsZero() {
		err = errNoSince
	}
	return at, err
}

// close waits for a question under way.
func (s *since) close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.asking.Wait()
}
