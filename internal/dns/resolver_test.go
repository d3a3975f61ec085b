package dns

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stub is an upstream in memory: it answers as told, after a while, and counts.
type stub struct {
	answer wire.Answer
	after  time.Duration
	asked  atomic.Int64
}

func (s *stub) ask(ctx context.Context, _ string, _ uint16) wire.Answer {
	s.asked.Add(1)
	select {
	case <-time.After(s.after):
		return s.answer
	case <-ctx.Done():
		return wire.Answer{DNSAnswer: policy.DNSAnswer{Status: policy.DNSTimeout}}
	}
}

func found(ttl time.Duration, txt string) wire.Answer {
	return wire.Answer{DNSAnswer: policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{txt}}, TTL: ttl}
}

func status(s policy.DNSStatus, ttl time.Duration) wire.Answer {
	return wire.Answer{DNSAnswer: policy.DNSAnswer{Status: s}, TTL: ttl}
}

const bound = 6 * time.Second // for one question, in these tests

// TestKept asks again just before and at the end of the time that an answer is kept.
func TestKept(t *testing.T) {
	tests := []struct {
		what   string
		answer wire.Answer
		want   time.Duration
	}{
		{"found", found(time.Minute, "x"), time.Minute},
		{"found, ttl 0", found(0, "x"), 0},
		{"nodata", status(policy.DNSNoData, 10*time.Second), 10 * time.Second},
		{"nxdomain", status(policy.DNSNXDomain, 10*time.Second), 10 * time.Second},
		{"nxdomain without soa", status(policy.DNSNXDomain, 0), 0},
		{"servfail", status(policy.DNSServFail, 0), FailureTTL},
		{"timeout", status(policy.DNSTimeout, 0), FailureTTL},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{answer: tt.answer}
				r := newResolver(10, bound, s.ask)
				defer r.Close()
				ask := func(after time.Duration, cached bool, asked int64) {
					t.Helper()
					time.Sleep(after)
					got := r.Lookup(t.Context(), "Example.jp.", policy.TypeTXT)
					if got.Status != tt.answer.Status || !slices.Equal(got.TXT, tt.answer.TXT) || got.Cached != cached {
						t.Errorf("%+v, want %+v, cached %v", got, tt.answer, cached)
					}
					if n := s.asked.Load(); n != asked {
						t.Errorf("the server was asked %d times, want %d", n, asked)
					}
				}
				ask(0, false, 1)
				if tt.want > 0 {
					ask(tt.want-time.Nanosecond, true, 1)
				}
				ask(time.Nanosecond, false, 2)
			})
		})
	}
}

// TestTypesAreKeptApart holds that a name and a type make a question, and the spelling of the name does not.
func TestTypesAreKeptApart(t *testing.T) {
	s := &stub{answer: found(time.Minute, "x")}
	r := newResolver(10, bound, s.ask)
	defer r.Close()
	for _, kind := range policy.DNSTypes() {
		for _, name := range []string{"example.jp", "EXAMPLE.jp."} {
			r.Lookup(t.Context(), name, kind)
		}
	}
	if got, want := s.asked.Load(), int64(len(policy.DNSTypes())); got != want {
		t.Errorf("asked %d times, want %d", got, want)
	}
}

func TestSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{answer: found(0, "x"), after: time.Second}
		r := newResolver(10, bound, s.ask)
		defer r.Close()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if got := r.Lookup(t.Context(), "example.jp", policy.TypeTXT); got.Status != policy.DNSFound || got.Cached {
					t.Errorf("%+v", got)
				}
			})
		}
		wg.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("50 at once made %d questions, want 1", n)
		}
	})
}

// TestCallerLeaves holds that the question goes on for others when the one who began it has no time left.
func TestCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{answer: found(time.Minute, "x"), after: time.Second}
		r := newResolver(10, bound, s.ask)
		defer r.Close()
		start := time.Now()
		hasty, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			got := r.Lookup(hasty, "example.jp", policy.TypeTXT)
			if d := time.Since(start); got.Status != policy.DNSTimeout || d != 100*time.Millisecond {
				t.Errorf("the hasty one: %s after %v", got.Status, d)
			}
		})
		wg.Go(func() {
			time.Sleep(50 * time.Millisecond)
			if got := r.Lookup(t.Context(), "example.jp", policy.TypeTXT); got.Status != policy.DNSFound {
				t.Errorf("the patient one: %s", got.Status)
			}
		})
		wg.Wait()
		if got := r.Lookup(hasty, "example.jp", policy.TypeTXT); !got.Cached || got.Status != policy.DNSFound {
			t.Errorf("what is kept needs no time: %+v", got)
		}
		if got := r.Lookup(hasty, "example.com", policy.TypeTXT); got.Status != policy.DNSTimeout {
			t.Errorf("without time: %+v, want timeout", got)
		}
		synctest.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("asked %d times, want 1: without time nothing is asked", n)
		}
	})
}

// TestBound holds that a question ends after all its attempts, whatever time its caller has.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{after: time.Hour}
		r := newResolver(10, bound, s.ask)
		defer r.Close()
		start := time.Now()
		if got := r.Lookup(t.Context(), "example.jp", policy.TypeTXT); got.Status != policy.DNSTimeout || time.Since(start) != bound {
			t.Errorf("%s after %v, want timeout after %v", got.Status, time.Since(start), bound)
		}
	})
}

// TestInFlight fills the resolver with questions, then asks one more.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{answer: found(0, "x"), after: time.Second}
		var refused atomic.Int64
		r := newResolver(10, bound, s.ask)
		r.observe = func(_ policy.DNSType, s policy.DNSStatus, cached bool, _ time.Duration) {
			if s == policy.DNSServFail && !cached {
				refused.Add(1)
			}
		}
		defer r.Close()
		var wg sync.WaitGroup
		for i := range MaxInFlight {
			wg.Go(func() {
				if got := r.Lookup(t.Context(), fmt.Sprint("n", i), policy.TypeTXT); got.Status != policy.DNSFound {
					t.Errorf("question %d: %s", i+1, got.Status)
				}
			})
		}
		synctest.Wait()
		if got := r.Lookup(t.Context(), "one.more", policy.TypeTXT); got.Status != policy.DNSServFail {
			t.Errorf("question %d: %s, want servfail", MaxInFlight+1, got.Status)
		}
		wg.Go(func() { // one that is being asked already costs nothing
			if got := r.Lookup(t.Context(), "n0", policy.TypeTXT); got.Status != policy.DNSFound {
				t.Errorf("the same question again: %s", got.Status)
			}
		})
		wg.Wait()
		if got := r.Lookup(t.Context(), "one.more", policy.TypeTXT); got.Status != policy.DNSFound {
			t.Errorf("afterwards: %s, want found", got.Status)
		}
		if n := refused.Load(); n != 1 {
			t.Errorf("%d observed as servfail, want 1", n)
		}
	})
}

func TestNoName(t *testing.T) {
	s := &stub{answer: found(time.Minute, "x")}
	r := newResolver(10, bound, s.ask)
	defer r.Close()
	for _, name := range []string{"", ".", "a..b", ".a", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a"} {
		if got := r.Lookup(t.Context(), name, policy.TypeA); got.Status != policy.DNSNXDomain {
			t.Errorf("%q: %s, want nxdomain", name, got.Status)
		}
	}
	if got := r.Lookup(t.Context(), "a", "SPF"); got.Status != policy.DNSServFail {
		t.Errorf("unknown type: %s, want servfail", got.Status)
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("asked %d times, want 0", n)
	}
	if got := r.Lookup(t.Context(), strings.Repeat("a.", 126)+"a", policy.TypeA); got.Status != policy.DNSFound {
		t.Errorf("a name of 253 octets: %s, want found", got.Status)
	}
}

// TestClose holds that Close ends what is under way, keeps nothing of it, and that a late caller is answered.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{after: time.Second}
		r := newResolver(10, bound, s.ask)
		var wg sync.WaitGroup
		wg.Go(func() {
			if got := r.Lookup(t.Context(), "a", policy.TypeA); got.Status != policy.DNSTimeout {
				t.Errorf("under way: %s, want timeout", got.Status)
			}
		})
		synctest.Wait()
		start := time.Now()
		r.Close()
		if d := time.Since(start); d != 0 {
			t.Errorf("Close took %v", d)
		}
		wg.Wait()
		if got := r.Lookup(t.Context(), "a", policy.TypeA); got.Status != policy.DNSTimeout || got.Cached {
			t.Errorf("late: %+v, want timeout", got)
		}
		r.Close()
	})
}

func TestNewRefuses(t *testing.T) {
	good := Config{Servers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:53")}, Timeout: time.Second, Attempts: 1}
	tests := []struct {
		spoil func(c *Config)
		want  string
	}{
		{func(c *Config) { c.Timeout = 0 }, "dns timeout: 0s is not above 0"},
		{func(c *Config) { c.Attempts = 0 }, "dns attempts: 0 is below 1"},
		{func(c *Config) { c.CacheSize = -1 }, "dns cache size: -1 is below 0"},
		{func(c *Config) { c.Servers = []netip.AddrPort{{}} }, "dns servers: an address with port is needed"},
	}
	for _, tt := range tests {
		c := good
		tt.spoil(&c)
		if _, err := New(c); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	r, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

func BenchmarkLookupCached(b *testing.B) {
	s := &stub{answer: found(time.Hour, "v=spf1 -all")}
	r := newResolver(50_000, bound, s.ask)
	defer r.Close()
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("_dmarc.n%d.go.jp", i)
		r.Lookup(b.Context(), names[i], policy.TypeTXT)
	}
	ctx := b.Context()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.Lookup(ctx, names[i%len(names)], policy.TypeTXT)
		i++
	}
}
