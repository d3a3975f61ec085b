package dkim

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sekimori/policy"
)

// slow answers after a time, or at the end of the context with a time-out.
type slow struct {
	zone
	after time.Duration
}

func (s slow) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	select {
	case <-time.After(s.after):
		return s.zone.Lookup(ctx, name, t)
	case <-ctx.Done():
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
}

func TestLateKey(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
	for after, want := range map[time.Duration]string{
		999 * time.Millisecond:  "pass ",
		1001 * time.Millisecond: "temperror key unavailable",
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			began := time.Now()
			x := New(Config{Resolver: slow{keys(), after}}).Begin(ctx, h, noon, nil)
			if !x.WantsBody() {
				t.Error("the body is not wanted before the key is there")
			}
			x.Write([]byte(text))
			got := x.Results()[0]
			if !strings.HasPrefix(string(got.Result)+" "+got.Reason, want) {
				t.Errorf("%+v, want %s", got, want)
			}
			if waited := time.Since(began); waited != min(after, time.Second) {
				t.Errorf("waited %v", waited)
			}
		})
	}
}

// deaf answers after a time whatever the context says.
type deaf time.Duration

func (d deaf) Lookup(context.Context, string, policy.DNSType) policy.DNSAnswer {
	time.Sleep(time.Duration(d))
	return policy.DNSAnswer{Status: policy.DNSNXDomain}
}

func TestDeafResolver(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		got := New(Config{Resolver: deaf(time.Hour)}).Begin(ctx, h, noon, nil).Results()[0]
		if got.Result != policy.ResultTempError || got.Reason != "key unavailable: no answer in time" || time.Since(began) != time.Second {
			t.Errorf("%+v after %v", got, time.Since(began))
		}
		time.Sleep(time.Hour) // until its goroutine has ended
	})
}

// TestAbandoned leaves a verification behind without asking for its results: its goroutines end with the context.
func TestAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
		New(Config{Resolver: slow{keys(), time.Hour}}).Begin(ctx, h, noon, nil)
		cancel() // synctest fails the test when a goroutine is left
	})
}

func TestWantsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := func(r zone, more ...string) *Verification {
			h := seal(edKey, template("a=ed25519-sha256; s=ed", append(more, "h=from")...), letter(), text)
			x := New(Config{Resolver: r}).Begin(t.Context(), h, noon, nil)
			synctest.Wait() // until the key is there
			return x
		}
		if !begin(keys()).WantsBody() {
			t.Error("the body is not wanted")
		}
		if begin(keys(), "x=1").WantsBody() {
			t.Error("wanted for a signature that has expired")
		}
		if begin(zone{}).WantsBody() {
			t.Error("wanted for a signature without key")
		}
		if begin(zone{"ed._domainkey.example.jp": {record(rsaKey())}}).WantsBody() {
			t.Error("wanted for a signature whose key is of another kind")
		}
		x := begin(keys(), "l=7")
		for range 2 * sinkSize / len(text) {
			x.Write([]byte(text))
		}
		if x.WantsBody() {
			t.Error("wanted though l= is reached")
		}
		if got := x.Results(); words(got) != "pass" || !got[0].Partial {
			t.Errorf("%+v", got)
		}
		if x.WantsBody() {
			t.Error("wanted after the end")
		}
	})
}

// broken panics.
type broken struct{}

func (broken) Lookup(context.Context, string, policy.DNSType) policy.DNSAnswer { panic("broken") }

// TestPanic sees that a panic in a goroutine of ours reaches the caller, who can recover from it.
func TestPanic(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
	x := New(Config{Resolver: broken{}}).Begin(context.Background(), h, noon, nil)
	x.Write([]byte(text))
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("recovered %v", got)
		}
	}()
	x.Results()
}
