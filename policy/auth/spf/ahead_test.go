package spf

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sekimori/policy"
)

// distant is a zone behind a line of 50 ms.
type distant struct {
	*zone
	put *atomic.Int64
}

func (d distant) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	d.put.Add(1)
	select {
	case <-time.After(50 * time.Millisecond):
		return d.zone.Lookup(ctx, name, t)
	case <-ctx.Done():
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
}

// TestAhead counts the waits of a check. The bubble fails when a look-up outlives its check.
func TestAhead(t *testing.T) {
	lines := []string{
		"four.jp TXT v=spf1 include:i0.jp include:i1.jp a:a.jp redirect=i2.jp",
		"i0.jp TXT v=spf1 ip4:192.0.2.9", "i1.jp TXT v=spf1 ip4:192.0.2.9", "i2.jp TXT v=spf1 -all", "a.jp A 192.0.2.9",
		"early.jp TXT v=spf1 include:i0.jp ip4:192.0.2.1 include:i1.jp a:a.jp",
		"macro.jp TXT v=spf1 exists:%{d1r}.%{o} exists:a.jp a:%{d}",
		"mx.jp TXT v=spf1 mx -all", "mx.jp MX h0.jp", "mx.jp MX h1.jp", "mx.jp MX h2.jp",
		"h0.jp A 192.0.2.9", "h1.jp A 192.0.2.9", "h2.jp A 192.0.2.1",
		"all.jp TXT v=spf1 include:i0.jp -all include:i1.jp a:a.jp",
		"first.jp TXT v=spf1 include:i3.jp include:i0.jp include:i1.jp a:a.jp -all", "i3.jp TXT v=spf1 ip4:192.0.2.1",
	}
	for _, c := range []struct {
		domain       policy.Domain
		ahead        int
		warm         bool
		waits, asked int
	}{
		{domain: "four.jp", waits: 5, asked: 5},
		{domain: "four.jp", ahead: 8, waits: 2, asked: 5},
		{domain: "four.jp", ahead: 1, waits: 4, asked: 5},
		{domain: "four.jp", ahead: 8, warm: true, waits: 5, asked: 5},
		{domain: "early.jp", ahead: 8, waits: 2, asked: 2},
		{domain: "mx.jp", waits: 5, asked: 5},
		{domain: "mx.jp", ahead: 8, waits: 3, asked: 5},
		{domain: "mx.jp", ahead: 1, waits: 4, asked: 5},
		{domain: "all.jp", ahead: 8, waits: 2, asked: 2},
		{domain: "macro.jp", ahead: 8, waits: 3, asked: 3},
		{domain: "first.jp", ahead: 8, waits: 2, asked: 5},
		{domain: "first.jp", ahead: 2, waits: 2, asked: 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			z := testZone(lines...)
			z.warm = c.warm
			q := queryFrom("192.0.2.1")
			q.Sender.Domain = c.domain
			var put atomic.Int64
			start := time.Now()
			got := New(Config{Resolver: distant{z, &put}, Ahead: c.ahead}).Check(context.Background(), q)
			if waits := int(time.Since(start) / (50 * time.Millisecond)); waits != c.waits || int(put.Load()) != c.asked {
				t.Errorf("%s with %d ahead: %d waits, want %d; %d questions, want %d; %s (%s)", c.domain, c.ahead, waits, c.waits,
					put.Load(), c.asked, got.Result, got.Reason)
			}
		})
	}
}

// endless answers the names of a zone at once and no others before the context ends.
type endless struct {
	*zone
	open *atomic.Int64
}

func (n endless) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	n.open.Add(1)
	defer n.open.Add(-1)
	if a := n.zone.Lookup(ctx, name, t); a.Status == policy.DNSFound {
		return a
	}
	<-ctx.Done()
	time.Sleep(time.Millisecond)
	return policy.DNSAnswer{Status: policy.DNSTimeout}
}

// TestAheadEnds wants what is no longer needed to be given up, and nothing to go on after the check.
func TestAheadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := testZone("example.jp TXT v=spf1 a:a.jp include:b.jp include:c.jp -all", "a.jp A 192.0.2.1")
		var open atomic.Int64
		got := New(Config{Resolver: endless{z, &open}, Ahead: 8}).Check(context.Background(), queryFrom("192.0.2.1"))
		if got.Result != policy.ResultPass || open.Load() != 0 {
			t.Errorf("%s (%s), %d look-ups go on", got.Result, got.Reason, open.Load())
		}
	})
}

// TestAheadDeadline ends the context while questions are out.
func TestAheadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := testZone("example.jp TXT v=spf1 include:a.jp include:b.jp -all")
		ctx, cancel := context.WithTimeout(context.Background(), 70*time.Millisecond)
		defer cancel()
		got := New(Config{Resolver: distant{z, new(atomic.Int64)}, Ahead: 8}).Check(ctx, queryFrom("192.0.2.1"))
		if got.Result != policy.ResultTempError || got.Reason != "deadline" {
			t.Errorf("%s (%s)", got.Result, got.Reason)
		}
	})
}

// TestAheadSame wants the same outcome whatever is asked ahead, also where limits are met.
func TestAheadSame(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 11))
		z := newZone()
		addr4 := func() string { return fmt.Sprintf("192.0.2.%d", r.IntN(8)) }
		addr6 := func() string { return fmt.Sprintf("2001:db8::%x", r.IntN(8)) }
		name := func() string { return fmt.Sprintf("n%d.example.jp", r.IntN(9)) } // some do not exist
		for i := range 6 {
			n := fmt.Sprintf("n%d.example.jp", i)
			z.add(n, policy.TypeTXT, randomRecord(r, name, addr4, addr6))
			z.add(n, policy.TypeMX, name())
			z.add(n, policy.TypeMX, name())
			if i < 4 {
				z.add(n, policy.TypeA, addr4())
			}
		}
		z.broken["n7.example.jp"] = policy.DNSServFail
		q := queryFrom(addr4())
		q.Client = netip.MustParseAddr(addr4())
		q.Sender.Domain = "n0.example.jp"
		plain := New(Config{Resolver: z}).Check(context.Background(), q)
		before := z.asked.Load()
		got := New(Config{Resolver: z, Ahead: 4}).Check(context.Background(), q)
		if got.Result != plain.Result || got.Reason != plain.Reason || got.Name != plain.Name {
			t.Fatalf("seed %d: %+v, without asking ahead %+v", seed, got, plain)
		}
		if n := z.asked.Load() - before; n > before+4 {
			t.Fatalf("seed %d: %d questions, without asking ahead %d", seed, n, before)
		}
	}
}

// broken panics where it is asked for one name.
type broken struct{ *zone }

func (b broken) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	if name == "panic.jp" {
		panic("the resolver is broken")
	}
	return b.zone.Lookup(ctx, name, t)
}

// TestAheadPanic wants a panic of the resolver in the caller's goroutine, where it can be met, and only if the answer is
// needed.
func TestAheadPanic(t *testing.T) {
	for record, want := range map[string]bool{"a:a.jp a:panic.jp -all": true, "exists:a.jp a:panic.jp -all": false} {
		func() {
			defer func() {
				if got := recover() != nil; got != want {
					t.Errorf("%s: a panic %t, want %t", record, got, want)
				}
			}()
			z := testZone("example.jp TXT v=spf1 "+record, "a.jp A 192.0.2.9")
			New(Config{Resolver: broken{z}, Ahead: 8}).Check(context.Background(), queryFrom("192.0.2.1"))
		}()
	}
}
