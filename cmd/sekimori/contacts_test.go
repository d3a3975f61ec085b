package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
)

// learning returns contacts on a new file, which have been learning since 1970.
func learning(t *testing.T) *contacts {
	r, s := remembering(t)
	return &contacts{s, r.secret, &since{at: time.Unix(0, 0)}, &lately{}}
}

func TestAcquaintance(t *testing.T) {
	c := learning(t)
	hanako, saburo := policy.Address{Local: "hanako", Domain: "gw.test"}, policy.Address{Local: "saburo", Domain: "gw.test"}
	jiro, other := policy.Address{Local: "jiro", Domain: "mail.partner.example"}, policy.Address{Local: "x", Domain: "partner.example"}
	wrote := policy.Address{Local: "y", Domain: "vendor.example"}
	soon := time.Now().Add(time.Hour)
	c.Learn(&policy.Met{Inside: []policy.Address{hanako}, Outside: []policy.Address{jiro}, Until: soon})
	c.Learn(&policy.Met{Outbound: true, Inside: []policy.Address{{}, saburo}, Outside: []policy.Address{wrote, {Local: "x"}}, MessageID: "1@gw.test", Until: soon, SentUntil: soon})
	to := func(a ...policy.Address) []policy.Address { return a }
	tests := []struct {
		name string
		q    policy.ContactQuery
		want policy.Acquaintance
	}{
		{"nothing asked", policy.ContactQuery{}, policy.Acquaintance{}},
		{"known", policy.ContactQuery{Authors: to(policy.Address{Local: "JIRO+x", Domain: "mail.partner.example"}), Recipients: to(hanako)}, policy.Acquaintance{Address: true, Domain: true}},
		{"known to one of them", policy.ContactQuery{Authors: to(jiro), Recipients: to(saburo, hanako)}, policy.Acquaintance{Address: true, Domain: true}},
		{"known to somebody else", policy.ContactQuery{Authors: to(jiro), Recipients: to(saburo)}, policy.Acquaintance{}},
		{"the organisation is known", policy.ContactQuery{Authors: to(other), Recipients: to(hanako)}, policy.Acquaintance{Domain: true}},
		{"written to", policy.ContactQuery{Authors: to(wrote), Recipients: to(saburo)}, policy.Acquaintance{Wrote: true, WroteToDomain: true}},
		{"an answer", policy.ContactQuery{MessageIDs: []string{"0@x", "1@gw.test"}}, policy.Acquaintance{InThread: true}},
		{"an answer to nobody's mail", policy.ContactQuery{MessageIDs: []string{"2@gw.test"}}, policy.Acquaintance{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Asked, tt.want.Since = true, time.Unix(0, 0)
			if got := c.Acquaintance(context.Background(), tt.q); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// The limits of a question come to what a store takes, and one more is passed over.
func TestAcquaintanceLimit(t *testing.T) {
	c := learning(t)
	m := &counting{}
	c.memory = m
	q := policy.ContactQuery{Authors: make([]policy.Address, maxContactAuthors), Recipients: make([]policy.Address, maxContactRecipients),
		MessageIDs: make([]string, maxContactMessages)}
	c.Acquaintance(context.Background(), q)
	if m.keys != store.MaxKeys {
		t.Errorf("%d keys, want %d", m.keys, store.MaxKeys)
	}
	q.Authors, q.Recipients, q.MessageIDs = append(q.Authors, policy.Address{}), append(q.Recipients, policy.Address{}), append(q.MessageIDs, "")
	if c.Acquaintance(context.Background(), q); m.keys != store.MaxKeys {
		t.Errorf("with one more %d keys, want %d", m.keys, store.MaxKeys)
	}
	a := func(n int) (all []policy.Address) {
		for range n {
			all = append(all, policy.Address{Local: "x", Domain: "x.test"})
		}
		return all
	}
	for _, n := range []int{maxLearned, maxLearned + 1} {
		m.values = 0
		c.Learn(&policy.Met{Inside: a(n), Outside: a(1)})
		if m.values != 2*maxLearned {
			t.Errorf("%d recipients: %d values, want %d", n, m.values, 2*maxLearned)
		}
	}
}

// counting counts what it is asked and given.
type counting struct{ keys, values int }

func (c *counting) Remember(store.Key, []byte, time.Time) { c.values++ }
func (c *counting) Recall(_ context.Context, keys ...store.Key) ([][]byte, error) {
	c.keys = len(keys)
	return nil, errors.New("away")
}

// A store that does not answer knows nobody, and says so.
func TestAcquaintanceFails(t *testing.T) {
	c := learning(t)
	c.memory = &counting{}
	got := c.Acquaintance(context.Background(), policy.ContactQuery{MessageIDs: []string{"x"}})
	if !got.Asked || !got.Failed || got.InThread {
		t.Errorf("%+v", got)
	}
	var m memory
	if got := m.Acquaintance(context.Background(), policy.ContactQuery{}); !got.Asked || !got.Failed {
		t.Errorf("without a store %+v", got)
	}
}

// What a message teaches depends on what became of it: what nobody got teaches nothing.
func TestTeaches(t *testing.T) {
	for _, o := range policy.Outcomes() {
		got := teaches(&policy.Record{Outcome: o, Decision: policy.Decision{Met: &policy.Met{}}})
		want := o == policy.OutcomeAccepted || o == policy.OutcomeTagged || o == policy.OutcomeTrimmed
		if (got != nil) != want {
			t.Errorf("%s: %v", o, got)
		}
	}
}

// Two gateways on one store agree since when they learn, whoever asks first, and so do those that come later.
func TestSince(t *testing.T) {
	secret, err := store.NewSecret([]byte(strings.Repeat("s", store.MinSecret)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "memory.db"), Secret: secret, LedgerTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := time.Unix(1_800_000_000, 0)
	for i, at := range []time.Time{begin, begin.Add(time.Hour), begin.Add(-time.Hour)} {
		now := newSince(s, secret, func() time.Time { return at })
		if got := now.get(); !got.IsZero() {
			t.Fatalf("gateway %d waits for the store: %v", i, got)
		}
		now.asking.Wait()
		if got := now.get(); !got.Equal(begin) {
			t.Errorf("gateway %d learns since %v, want %v", i, got, begin)
		}
		now.close()
	}
}

// A store that is away is asked again, but not by every mail.
func TestSinceAway(t *testing.T) {
	r, s := remembering(t)
	s.Close()
	at := time.Unix(1_800_000_000, 0)
	now := newSince(s, r.secret, func() time.Time { return at })
	defer now.close()
	for _, step := range []struct {
		wait time.Duration
		asks bool
	}{{0, true}, {sinceRetry - 1, false}, {1, true}} {
		at = at.Add(step.wait)
		before := now.next
		now.get()
		now.asking.Wait()
		if asked := !now.next.Equal(before); asked != step.asks {
			t.Errorf("after %v: asked %v", step.wait, asked)
		}
	}
	if !now.get().IsZero() {
		t.Error("a time came from nowhere")
	}
}

// BenchmarkAcquaintance is what one mail with one author, one recipient and two ancestors asks, without the store.
func BenchmarkAcquaintance(b *testing.B) {
	secret, err := store.NewSecret(make([]byte, store.MinSecret))
	if err != nil {
		b.Fatal(err)
	}
	c := &contacts{&counting{}, secret, &since{at: time.Unix(1, 0)}, &lately{}}
	q := policy.ContactQuery{Authors: []policy.Address{{Local: "jiro", Domain: "mail.partner.example"}},
		Recipients: []policy.Address{{Local: "hanako", Domain: "gw.test"}}, MessageIDs: []string{"1@gw.test", "2@gw.test"}}
	b.ReportAllocs()
	for b.Loop() {
		c.Acquaintance(context.Background(), q)
	}
}

// What was written lately is not written again, for a time; and what is known of it is bounded.
func TestLately(t *testing.T) {
	c := learning(t)
	m := &counting{}
	at := time.Unix(1_800_000_000, 0)
	c.memory, c.lately = m, &lately{now: func() time.Time { return at }}
	met := policy.Met{Inside: []policy.Address{{Local: "hanako", Domain: "gw.test"}}, Outside: []policy.Address{{Local: "jiro", Domain: "partner.example"}}}
	for _, step := range []struct {
		wait   time.Duration
		writes int
	}{{0, 2}, {0, 0}, {latelyFor - 1, 0}, {1, 0}, {latelyFor - 1, 0}, {1, 2}, {3 * latelyFor, 2}} {
		at, m.values = at.Add(step.wait), 0
		if c.Learn(&met); m.values != step.writes {
			t.Errorf("after %v more: %d values written, want %d", step.wait, m.values, step.writes)
		}
	}
	key := func(i int) store.Key { return c.secret.Key(purposeContactAddress, fmt.Sprint(i)) }
	l := &lately{now: func() time.Time { return at }}
	for i := range maxLately {
		l.again(key(i))
	}
	if len(l.old) > 0 {
		t.Error("the limit is reached too early")
	}
	if l.again(key(maxLately)); len(l.old) != maxLately || len(l.young) != 1 || !l.again(key(0)) {
		t.Errorf("one above the limit: %d old, %d young", len(l.old), len(l.young))
	}
}
