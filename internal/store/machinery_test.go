package store

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWithin holds a reading that hangs to the bound, and the readings to their number.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuard()
		hang := make(chan struct{})
		read := func(context.Context) (int, error) { <-hang; return 1, nil }
		start := time.Now()
		for range MaxReading {
			if _, err := within(t.Context(), g, 20*time.Millisecond, read); !errors.Is(err, ErrTimeout) {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != MaxReading*20*time.Millisecond {
			t.Errorf("%d readings took %v", MaxReading, took)
		}
		start = time.Now()
		if _, err := within(t.Context(), g, 20*time.Millisecond, read); !errors.Is(err, ErrBusy) || time.Since(start) != 0 {
			t.Errorf("reading %d: %v", MaxReading+1, err)
		}
		close(hang)
		synctest.Wait()
		if n, err := within(t.Context(), g, 20*time.Millisecond, read); n != 1 || err != nil {
			t.Errorf("when it works again: %d, %v", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := within(ctx, g, time.Hour, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }); !errors.Is(err, context.Canceled) {
			t.Errorf("given up by the caller: %v", err)
		}
		if _, err := within(t.Context(), g, time.Hour, func(context.Context) (int, error) { panic("assertion failed") }); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a panic: %v", err)
		}
		if _, err := within(t.Context(), g, time.Hour, func(context.Context) (int, error) { return 0, os.ErrDeadlineExceeded }); !errors.Is(err, ErrTimeout) {
			t.Errorf("a socket's time-out: %v", err)
		}
		synctest.Wait()
		if len(g.slots) != 0 {
			t.Errorf("%d slots are not given back", len(g.slots))
		}
	})
}

func TestBreaker(t *testing.T) {
	now := time.Unix(1000, 0)
	b := newBreaker()
	if !b.open.Load() || !b.due(now) {
		t.Error("it does not begin with a probe")
	}
	if !b.probed(true, now) || b.open.Load() || b.due(now) {
		t.Error("a probe did not close it")
	}
	for range breakAfter - 1 {
		b.failed(now)
	}
	b.succeeded()
	for range breakAfter - 1 {
		b.failed(now)
	}
	if b.open.Load() {
		t.Errorf("open after %d failures in a row", breakAfter-1)
	}
	if !b.failed(now) || !b.open.Load() || b.failed(now) {
		t.Errorf("failure %d did not open it, once", breakAfter)
	}
	pause := breakPause
	for range 10 {
		if b.due(now.Add(pause-time.Nanosecond)) || !b.due(now.Add(pause)) {
			t.Errorf("the probe is not due after %v", pause)
		}
		now = now.Add(pause)
		b.probed(false, now)
		pause = min(2*pause, maxBreak)
	}
	if pause != maxBreak || !b.probed(true, now) || b.open.Load() {
		t.Error("it did not close in the end")
	}
}

func TestConfig(t *testing.T) {
	secret := testSecret(t, "a")
	redis := func(change func(*Redis)) Config {
		c := Config{Secret: secret, Kind: KindRedis, Redis: Redis{Addresses: []string{"127.0.0.1:6379"}}}
		change(&c.Redis)
		return c
	}
	for _, tt := range []struct {
		name   string
		config Config
		says   string
	}{
		{"no secret", Config{}, "there is no secret"},
		{"kind", Config{Secret: secret, Kind: "sqlite"}, `there is no kind "sqlite"`},
		{"time", Config{Secret: secret, Timeout: -1}, "below 0"},
		{"file", Config{Secret: secret}, ""},
		{"redis", redis(func(*Redis) {}), ""},
		{"no address", redis(func(r *Redis) { r.Addresses = nil }), "needs an address"},
		{"both", redis(func(r *Redis) { r.Master, r.Cluster = "m", true }), "either behind Sentinel or a Cluster"},
		{"several", redis(func(r *Redis) { r.Addresses = []string{"a:1", "b:1"} }), "the master's name for Sentinel, or cluster"},
		{"sentinel", redis(func(r *Redis) { r.Addresses, r.Master = []string{"a:1", "b:1"}, "m" }), ""},
		{"cluster", redis(func(r *Redis) { r.Addresses, r.Cluster = []string{"a:1", "b:1"}, true }), ""},
		{"database of a cluster", redis(func(r *Redis) { r.Cluster, r.Database = true, 1 }), "0 to 15"},
		{"database 15", redis(func(r *Redis) { r.Database = 15 }), ""},
		{"database 16", redis(func(r *Redis) { r.Database = 16 }), "0 to 15"},
		{"key without certificate", redis(func(r *Redis) { r.TLS, r.KeyFile = true, "k" }), "go together"},
		{"ca without tls", redis(func(r *Redis) { r.CAFile = "ca" }), "need tls"},
		{"prefix of 64", redis(func(r *Redis) { r.Prefix = strings.Repeat("a", 64) }), ""},
		{"prefix of 65", redis(func(r *Redis) { r.Prefix = strings.Repeat("a", 65) }), "prefix"},
		{"prefix", redis(func(r *Redis) { r.Prefix = "a{b}" }), "prefix"},
	} {
		c, err := tt.config.complete()
		if tt.says == "" {
			if err != nil || c.Timeout != DefaultTimeout || c.QueueSize != DefaultQueueSize || c.Now == nil {
				t.Errorf("%s: %v, %+v", tt.name, err, c)
			}
			continue
		}
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestStamp(t *testing.T) {
	at := time.Unix(1_800_000_000, 1)
	if s := stamp(at); over(s, time.Unix(1_800_000_000, 999)) || !over(s, time.Unix(1_800_000_001, 0)) {
		t.Error("it expires at another second than the next")
	}
	if over(stamp(time.Time{}), time.Unix(1<<40, 0)) {
		t.Error("the zero time expires")
	}
	if over(stamp(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), time.Unix(4_294_967_294, 0)) {
		t.Error("a time far away wraps round")
	}
	if !over(stamp(time.Unix(-5, 0)), time.Unix(2, 0)) {
		t.Error("a time long ago does not expire")
	}
}

func FuzzUsedMemory(f *testing.F) {
	for _, s := range []string{"", "used_memory:1048576\r\nused_memory_human:1M\r\n", "used_memory:-1", "used_memory:99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if usedMemory(s) < 0 {
			t.Error("below 0")
		}
	})
}
