//go:build linux && endtoend

package endtoend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sekimori/internal/testmta"
)

// redisServer is a real Redis on a unix socket, which keeps nothing on disk.
type redisServer struct {
	socket string
	cmd    *exec.Cmd
}

// start runs it and waits until it answers.
func (s *redisServer) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("redis-server", "--port", "0", "--unixsocket", s.socket, "--dir", filepath.Dir(s.socket), "--save", "", "--appendonly", "no")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("%v: install the Debian package redis-server, or run `make test-setup`", err)
	}
	s.waitKeys(t, 0)
}

// stop ends it at once.
func (s *redisServer) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// waitKeys returns when it holds n keys or more.
func (s *redisServer) waitKeys(t *testing.T, n int64) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.socket, MaxRetries: -1})
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), settleTimeout)
	defer cancel()
	for {
		got, err := c.DBSize(ctx).Result()
		if err == nil && got >= n {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("Redis has %d keys, wanted are %d: %v", got, n, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestSharedMemory has mail come in through one gateway and its answer leave through another, which know of each other by
// a Redis alone. While that is gone mail flows both ways, and the counters say so; when it is back, what was flagged in
// between is known at the other gateway.
func TestSharedMemory(t *testing.T) {
	t.Parallel()
	const keys = 4                                    // version and secret; Message-ID; address; pair
	dir, err := os.MkdirTemp(testmta.RunDir, "redis") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	server := &redisServer{socket: filepath.Join(dir, "s")}
	server.start(t)
	t.Cleanup(func() { server.stop() })
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	policy := flagging("", fmt.Sprintf("kind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", server.socket, secret))
	sIn, sOut := newStand(t, 10, flaggingZone, policy), newStand(t, 11, flaggingZone, policy)
	in, out := sIn.postfix(t, "192.0.2.20"), sOut.postfix(t, "192.0.2.21")
	gIn, gOut := startGateway(t, sIn.gatewayConfig), startGateway(t, sOut.gatewayConfig)
	receive := func(id string) {
		t.Helper()
		wantReply(t, send(t, in, attackerAddr, "taro@meti.go.jp", []string{"hanako@gw.test"}, bait(id)), 250, "")
	}
	reply := func(id string) int {
		t.Helper()
		return send(t, out, insideAddr, "hanako@gw.test", []string{"taro@meti.go.jp"}, answer(id, "Re: notice")).Code
	}

	if code := reply("1"); code != 250 {
		t.Fatalf("an answer to what nobody has flagged meets %d", code)
	}
	receive("1")
	server.waitKeys(t, keys)
	if code := reply("1"); code != 550 {
		t.Fatalf("an answer to what the other gateway flagged meets %d", code)
	}

	server.stop()
	before := counter(t, gOut.scrape(), "sekimori_findings_total", `finding="no_memory"`)
	const lost = 8 // more than the gateway tries before it waits for Redis to come back
	for range lost {
		start := time.Now()
		if code := reply("1"); code != 250 {
			t.Fatalf("without Redis an answer meets %d: mail must flow", code)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("without Redis a mail takes %s", d)
		}
	}
	receive("2")
	text := gOut.scrape()
	if n := counter(t, text, "sekimori_findings_total", `finding="no_memory"`) - before; n != lost {
		t.Errorf("%v mails are counted as not held against the memory, wanted are %d", n, lost)
	}
	total, ok := counter(t, text, "sekimori_store_operations_total", `op="recall"`), counter(t, text, "sekimori_store_operations_total", `op="recall"`, `result="ok"`)
	if total-ok != lost {
		t.Errorf("%v questions to the store are counted as failed, wanted are %d", total-ok, lost)
	}
	gOut.reload([]byte(strings.Replace(string(sOut.policy), "[reply_guard]\n", "[reply_guard]\non_error = \"tempfail\"\n", 1)), "success")
	if code := reply("1"); code != 451 {
		t.Errorf("with on_error = \"tempfail\" an answer meets %d without Redis", code)
	}

	server.start(t)
	server.waitKeys(t, keys) // what waited is written, by a gateway that found out by itself
	gIn.waitFor(func() bool {
		return counter(t, gIn.scrape(), "sekimori_store_operations_total", `op="flush"`, `result="ok"`) >= 2
	})
	gOut.waitFor(func() bool { return reply("2") == 550 })
	if n := len(in.Sink().Deliveries()); n != 2 {
		t.Errorf("%d flagged mails were delivered, wanted are 2", n)
	}
}
