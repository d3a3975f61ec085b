package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// The parts of a key that tell memory from sets.
const (
	memoryKeys = "m"
	setKeys    = "s"
)

// put implements backend.
func (s *shared) put(ctx context.Context, batch []entry) error {
	if s.breaker.open.Load() {
		return ErrUnavailable
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, ErrTimeout)
	defer cancel()
	pipe := s.client.Pipeline()
	now := s.now()
	for _, e := range batch {
		if left := e.expiry.Sub(now); left >= time.Millisecond { // without time to live it would stay for ever
			pipe.Set(ctx, s.key(memoryKeys, e.key), e.value, left)
		}
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	s.asked(err, true)
	return err
}

// get implements backend: one round trip, in a Cluster one to each node that has some of the keys, side by side.
func (s *shared) get(ctx context.Context, keys []Key) ([][]byte, error) {
	if s.breaker.open.Load() {
		return nil, ErrUnavailable
	}
	pipe := s.client.Pipeline()
	replies := make([]*redis.StringCmd, len(keys))
	for i, k := range keys {
		replies[i] = pipe.Get(ctx, s.key(memoryKeys, k))
	}
	_, err := pipe.Exec(ctx) // that of the first reply with an error, which may be redis.Nil
	found := make([][]byte, len(keys))
	for i, r := range replies {
		text, wrong := r.Result()
		switch {
		case errors.Is(wrong, redis.Nil):
			continue
		case wrong != nil:
			s.asked(wrong, false)
			return nil, wrong
		case len(text) <= MaxValue: // anything longer is not ours
			found[i] = []byte(text)
		}
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		s.asked(err, false)
		return nil, err
	}
	s.asked(nil, false)
	return found, nil
}

// add implements backend. Member and expiry go together, so that a gateway that dies leaves no set without end.
func (s *shared) add(ctx context.Context, set, member Key, value []byte, expiry time.Time) (bool, error) {
	if s.breaker.open.Load() {
		return false, ErrUnavailable
	}
	name := s.key(setKeys, set)
	pipe := s.client.TxPipeline()
	added := pipe.HSetNX(ctx, name, string(member.id[:]), value)
	if expiry.IsZero() {
		pipe.Persist(ctx, name)
	} else {
		pipe.PExpire(ctx, name, expiry.Sub(s.now())) // not a time of day: the server's clock may differ
	}
	_, err := pipe.Exec(ctx)
	s.asked(err, true)
	if wrong := added.Err(); wrong != nil {
		err = wrong // says more than that the transaction was given up
	}
	if err != nil {
		return false, err
	}
	return added.Val(), nil
}

// count implements backend.
func (s *shared) count(ctx context.Context, set Key) (int, error) {
	if s.breaker.open.Load() {
		return 0, ErrUnavailable
	}
	n, err := s.client.HLen(ctx, s.key(setKeys, set)).Result()
	s.asked(err, false)
	return int(n), err
}

// each implements backend. A scan may name a member more than once.
func (s *shared) each(ctx context.Context, set Key, step stepper, do func(Member) error) error {
	name := s.key(setKeys, set)
	seen := map[ID]bool{}
	for cursor := uint64(0); ; {
		var pairs []string
		err := step(ctx, func(ctx context.Context) error {
			if s.breaker.open.Load() {
				return ErrUnavailable
			}
			some, next, err := s.client.HScan(ctx, name, cursor, "", eachStep).Result()
			s.asked(err, false)
			pairs, cursor = some, next
			return err
		})
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			m := Member{Value: []byte(pairs[i+1])}
			if len(pairs[i]) != len(m.ID) {
				continue // not ours
			}
			copy(m.ID[:], pairs[i])
			if seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			if err := do(m); err != nil {
				return err
			}
		}
		if cursor == 0 {
			return nil
		}
	}
}

// forget implements backend. The server frees the members beside its other work.
func (s *shared) forget(ctx context.Context, set Key) error {
	if s.breaker.open.Load() {
		return ErrUnavailable
	}
	err := s.client.Unlink(ctx, s.key(setKeys, set)).Err()
	s.asked(err, true)
	return err
}
