package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// stand is a kind of store to test: a configuration of an empty one, and how time goes by for it.
type stand struct {
	config Config
	pass   func(time.Duration)
	now    func() time.Time
}

// clock is one that the test turns.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// patient are bounds that a busy machine does not reach.
func patient(c Config) Config {
	c.Timeout, c.LedgerTimeout, c.FlushInterval = 10*time.Second, 10*time.Second, time.Millisecond
	return c
}

func newFileStand(t testing.TB) stand {
	c := &clock{at: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	return stand{
		config: patient(Config{Secret: testSecret(t, "a"), Path: filepath.Join(t.TempDir(), "memory.db"), Now: c.now}),
		pass:   c.pass,
		now:    c.now,
	}
}

func testSecret(t testing.TB, letter string) *Secret {
	t.Helper()
	octets := make([]byte, MinSecret)
	copy(octets, letter)
	s, err := NewSecret(octets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustOpen(t testing.TB, c Config) Store {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// flushed waits until all that was remembered is written.
func flushed(t testing.TB, s Store) {
	t.Helper()
	for range 2_000 {
		if s.(*front).queue.size() == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("what was remembered was not written in 10 s")
}

// recalled returns what is remembered under keys, each as text or "-".
func recalled(t testing.TB, s Store, keys ...Key) string {
	t.Helper()
	values, err := s.Recall(context.Background(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, v := range values {
		if v == nil {
			text += "- "
			continue
		}
		text += fmt.Sprintf("%q ", v)
	}
	return text
}

func mustAdd(t testing.TB, s Store, set, member Key, value string, expiry time.Time) bool {
	t.Helper()
	added, err := s.AddOnce(context.Background(), set, member, []byte(value), expiry)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func mustCount(t testing.TB, s Store, set Key) int {
	t.Helper()
	n, err := s.Count(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
