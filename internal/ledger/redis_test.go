//go:build linux && endtoend

package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sekimori/internal/store"
	"sekimori/policy"
)

// startRedis runs a real redis-server on a unix socket and returns its name, and how to end it.
func startRedis(t testing.TB) (socket string, kill func()) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is missing: install the Debian package redis-server, or run `make test-setup`")
	}
	dir, err := os.MkdirTemp("", "redis") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(kill)
	for range 500 {
		c := redis.NewClient(&redis.Options{Addr: socket, MaxRetries: -1})
		err := c.Ping(context.Background()).Err()
		c.Close()
		if err == nil {
			return socket, kill
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("redis-server does not answer")
	return "", nil
}

func onRedis(t testing.TB, socket string) *Ledger {
	t.Helper()
	secret, err := store.NewSecret([]byte(strings.Repeat("s", store.MinSecret)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(Config{Store: policy.Store{Kind: policy.StoreRedis, Redis: policy.Redis{Addresses: []string{socket}}}, Secret: secret, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestRedis(t *testing.T) {
	suite(t, func(t testing.TB) place {
		socket, _ := startRedis(t)
		return func(t testing.TB) *Ledger { return onRedis(t, socket) }
	})
}

// TestRedisAway: what cannot be written is known to be lost.
func TestRedisAway(t *testing.T) {
	socket, kill := startRedis(t)
	l := onRedis(t, socket)
	record(t, l, event(policy.DrillAccepted, 0))
	if n := l.Accepted(t.Context(), "d", 1); n != 1 {
		t.Errorf("%d accepted", n)
	}
	kill()
	for range 10 {
		if err := l.Record(t.Context(), []policy.DrillRecord{event(policy.DrillReplied, 1)}); err == nil || errors.Is(err, ErrClosed) {
			t.Fatalf("recorded without a server: %v", err)
		}
	}
	if n := l.Accepted(t.Context(), "d", 1); n != 1 {
		t.Errorf("%d accepted while the server is away", n)
	}
	if l.lost["d"][1] != 10 {
		t.Errorf("%d are known to be lost, of 10", l.lost["d"][1])
	}
}

// TestRedisUnresolvable looks for what was destroyed in all that the server holds.
func TestRedisUnresolvable(t *testing.T) {
	socket, _ := startRedis(t)
	l := onRedis(t, socket)
	record(t, l, event(policy.DrillAccepted, 0), event(policy.DrillOpened, 1))
	h, err := l.hasherOf(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: socket})
	defer c.Close()
	all := func() string {
		var text strings.Builder
		for _, key := range c.Keys(t.Context(), "*").Val() {
			fmt.Fprint(&text, key, c.HGetAll(t.Context(), key).Val())
		}
		return text.String()
	}
	marks := map[string]string{"the key": string(h.key), "a person": h.person(hanako())}
	for what, octets := range marks {
		if !strings.Contains(all(), octets) {
			t.Fatalf("%s is not found before: this looks at the wrong place", what)
		}
	}
	if strings.Contains(all(), "hanako") {
		t.Error("the server holds a name")
	}
	if err := errors.Join(l.Freeze(t.Context(), "d", counting(l)), l.Forget(t.Context(), "d")); err != nil {
		t.Fatal(err)
	}
	for what, octets := range marks {
		if strings.Contains(all(), octets) {
			t.Errorf("%s is still there", what)
		}
	}
}
