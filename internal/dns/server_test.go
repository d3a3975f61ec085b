package dns

import (
	"context"
	"testing"
	"time"

	"github.com/miekg/dns"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

// TestMaxSocketUses asks as often as one socket may, then once more.
func TestMaxSocketUses(t *testing.T) {
	s := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	r := newFor(t, patient, 1, s.addr)
	for range MaxSocketUses {
		check(t, r, wantRight)
	}
	if n := s.sourcePorts(); n != 1 {
		t.Errorf("%d source ports for %d questions, want 1", n, MaxSocketUses)
	}
	check(t, r, wantRight)
	if n := s.sourcePorts(); n != 2 {
		t.Errorf("%d source ports for %d questions, want 2", n, MaxSocketUses+1)
	}
}

// TestMaxSocketAge puts an old socket among the idle ones.
func TestMaxSocketAge(t *testing.T) {
	s := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	r := newFor(t, patient, 1, s.addr)
	pool := r.upward.servers[0]
	check(t, r, wantRight)
	age := func(d time.Duration) {
		pool.mu.Lock()
		pool.idle[0].born = time.Now().Add(-d)
		pool.mu.Unlock()
	}
	age(MaxSocketAge - 5*time.Second) // what is left is for a slow machine
	check(t, r, wantRight)
	if n := s.sourcePorts(); n != 1 {
		t.Errorf("%d source ports, want 1", n)
	}
	age(MaxSocketAge + 1)
	check(t, r, wantRight)
	if n := s.sourcePorts(); n != 2 {
		t.Errorf("%d source ports, want 2", n)
	}
}

func TestMaxIdleSockets(t *testing.T) {
	s := respond(t, func(*dns.Msg, bool) [][]byte { return nil })
	pool := &server{addr: s.addr}
	defer pool.close()
	for range MaxIdleSockets + 1 {
		k := dial(t, s)
		pool.give(k)
	}
	if n := len(pool.idle); n != MaxIdleSockets {
		t.Errorf("%d idle sockets, want %d", n, MaxIdleSockets)
	}
	pool.close()
	pool.give(dial(t, s))
	if n := len(pool.idle); n != 0 {
		t.Errorf("%d idle sockets after close, want 0", n)
	}
}

func dial(t *testing.T, s *responder) *socket {
	t.Helper()
	k, err := (&server{addr: s.addr}).take()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// BenchmarkExchange includes what the other side spends.
func BenchmarkExchange(b *testing.B) {
	s := respond(b, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	buf := make([]byte, bufferSize)
	query := make([]byte, 0, wire.MaxQuery)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	kept := &server{addr: s.addr}
	defer kept.close()
	b.Run("kept socket", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kept.exchange(ctx, wire.AppendQuery(query, id(), "example.jp", dns.TypeTXT, true), buf)
		}
	})
	b.Run("new socket", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fresh := &server{addr: s.addr}
			fresh.exchange(ctx, wire.AppendQuery(query, id(), "example.jp", dns.TypeTXT, true), buf)
			fresh.close()
		}
	})
}

func BenchmarkLookupAsked(b *testing.B) {
	s := respond(b, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	r := newFor(b, patient, 1, s.addr)
	b.ReportAllocs()
	for b.Loop() {
		r.Lookup(b.Context(), "example.jp", policy.TypeTXT)
	}
}
