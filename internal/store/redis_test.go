//go:build linux && endtoend

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRedis(t *testing.T) {
	s := startRedis(t)
	suite(t, func(t testing.TB) stand {
		s.tell(t, "FLUSHALL")
		return s.stand(t)
	})
}

// TestRedisUnreadable looks for what was remembered in all that the server holds, and for keys without end.
func TestRedisUnreadable(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	s := mustOpen(t, st.config)
	s.Remember(st.config.Secret.Key("pair", "taro@mof.go.jp", "mallory@attacker.test"), []byte("v1"), time.Now().Add(time.Hour))
	mustAdd(t, s, st.config.Secret.Key("opened", "drill-7"), st.config.Secret.Key("person", "taro@mof.go.jp"), "", time.Now().Add(time.Hour))
	flushed(t, s)
	all := ""
	for _, k := range server.tell(t, "KEYS", "*").([]any) {
		name := k.(string)
		ttl := server.tell(t, "PTTL", name).(int64)
		if name != "sekimori:meta" && (ttl <= 0 || ttl > time.Hour.Milliseconds()) {
			t.Errorf("%q expires in %d ms", name, ttl)
		}
		if !strings.HasPrefix(name, "sekimori:1:") && name != "sekimori:meta" {
			t.Errorf("key %q has no prefix", name)
		}
		all += name + fmt.Sprint(server.tell(t, "DUMP", name))
	}
	for _, text := range []string{"taro", "mof.go.jp", "mallory", "attacker", "drill-7"} {
		if strings.Contains(all, text) {
			t.Errorf("the server holds %q", text)
		}
	}
	if !strings.Contains(all, "opened") {
		t.Error("the purpose is not there: this test looks at the wrong server")
	}
}

// TestRedisRefused opens stores of another version or of something else.
func TestRedisRefused(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	mustOpen(t, st.config).Close()
	server.tell(t, "HSET", "sekimori:meta", "version", redisVersion+1)
	if _, err := Open(st.config); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "bring all gateways to one version") {
		t.Errorf("newer: %v", err)
	}
	st.config.Redis.Prefix = "other" // has nothing to do with it
	mustOpen(t, st.config).Close()
	for _, foreign := range [][]any{{"SET", "sekimori:meta", "x"}, {"HSET", "sekimori:meta", "version", "x", "secret", "y"}} {
		server.tell(t, "DEL", "sekimori:meta")
		server.tell(t, foreign...)
		st.config.Redis.Prefix = ""
		s := mustOpen(t, st.config)
		if _, err := s.Recall(context.Background(), keys(st, 1)...); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%v: %v", foreign, err)
		}
		s.Close()
	}
}

// TestRedisLost kills the server under a store: nothing waits, what is remembered waits for its return, and nothing else
// is needed for it to go on.
func TestRedisLost(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	var mu sync.Mutex
	results := map[Result]int{}
	st.config.Timeout = 200 * time.Millisecond
	st.config.Observe = func(op Op, r Result, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if op == OpRecall {
			results[r]++
		}
	}
	s := mustOpen(t, st.config)
	all := keys(st, 3)
	ctx := context.Background()
	s.Remember(all[0], []byte("before"), time.Now().Add(time.Hour))
	flushed(t, s)
	server.kill()

	for range breakAfter {
		if _, err := s.Recall(ctx, all[0]); err == nil {
			t.Fatal("a server that is dead answered")
		}
	}
	start := time.Now()
	for range 1000 {
		if _, err := s.Recall(ctx, all[0]); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("1000 mails with a dead server cost %v", took)
	}
	if _, err := s.AddOnce(ctx, all[0], all[1], nil, time.Time{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("add: %v", err)
	}
	s.Remember(all[1], []byte("meanwhile"), time.Now().Add(time.Hour))
	if got := recalled(t, s, all[1]); got != `"meanwhile" ` {
		t.Errorf("what waits: %s", got)
	}
	server.start(t)
	flushed(t, s)
	if got := recalled(t, s, all...); got != `- "meanwhile" - ` { // the server kept nothing
		t.Errorf("when it is back: %s", got)
	}
	if results[ResultUnavailable] != 1000 {
		t.Errorf("counted %v, wanted 1000 unavailable", results)
	}
}

// TestRedisAbsent opens a store whose server comes later.
func TestRedisAbsent(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	server.kill()
	s := mustOpen(t, st.config)
	k := keys(st, 1)[0]
	s.Remember(k, []byte("early"), time.Now().Add(time.Hour))
	server.start(t)
	flushed(t, s)
	if got := recalled(t, s, k); got != `"early" ` {
		t.Error(got)
	}
}

// TestRedisAbsentClose closes a store whose server never came: what waits is counted.
func TestRedisAbsentClose(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	server.kill()
	dropped := 0
	st.config.Dropped = func(why Drop, n int) {
		if why == DropClosed {
			dropped += n
		}
	}
	s := mustOpen(t, st.config)
	for _, k := range keys(st, 7) {
		s.Remember(k, nil, time.Now().Add(time.Hour))
	}
	if err := s.Close(); err == nil || dropped != 7 {
		t.Errorf("%v, %d dropped, wanted an error and 7", err, dropped)
	}
}

// TestRedisSlow puts a delay before the server: a mail waits for the stated time and no longer, and soon not at all.
func TestRedisSlow(t *testing.T) {
	server := startRedis(t)
	p := newProxy(t, server.socket)
	st := server.stand(t)
	st.config.Redis.Addresses = []string{p.address}
	st.config.Timeout, st.config.LedgerTimeout = 50*time.Millisecond, 300*time.Millisecond
	s := mustOpen(t, st.config)
	k := keys(st, 1)[0]
	ctx := context.Background()
	if _, err := s.Recall(ctx, k); err != nil {
		t.Fatalf("with a quick server: %v", err)
	}
	p.delay.Store(int64(2 * time.Second))
	for i := range breakAfter {
		start := time.Now()
		_, err := s.Recall(ctx, k)
		if took := time.Since(start); took > 150*time.Millisecond || !errors.Is(err, ErrTimeout) {
			t.Errorf("recall %d: %v after %v, wanted %v after 50 ms", i, err, took, ErrTimeout)
		}
	}
	time.Sleep(20 * time.Millisecond) // the readings given up end
	start := time.Now()
	if _, err := s.Recall(ctx, k); !errors.Is(err, ErrUnavailable) || time.Since(start) > 20*time.Millisecond {
		t.Errorf("after %d time-outs: %v in %v", breakAfter, err, time.Since(start))
	}
	p.delay.Store(0)
	for range 100 {
		if _, err := s.Recall(ctx, k); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("it is quick again, and not asked")
}

// TestRedisFull gives the server a limit: writings fail and are counted, readings go on.
func TestRedisFull(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	failed := make(chan Result, 1000)
	st.config.Observe = func(op Op, r Result, _ time.Duration) {
		if op == OpFlush && r != ResultOK {
			select {
			case failed <- r:
			default:
			}
		}
	}
	s := mustOpen(t, st.config)
	all := keys(st, 2)
	s.Remember(all[0], []byte("kept"), time.Now().Add(time.Hour))
	flushed(t, s)
	server.tell(t, "CONFIG", "SET", "maxmemory-policy", "noeviction")
	server.tell(t, "CONFIG", "SET", "maxmemory", "1")
	s.Remember(all[1], []byte("later"), time.Now().Add(time.Hour))
	if r := <-failed; r != ResultFailed {
		t.Errorf("counted as %s", r)
	}
	for range 2 * breakAfter {
		if _, err := s.AddOnce(context.Background(), all[0], all[1], nil, time.Time{}); err == nil || !strings.Contains(err.Error(), "OOM") {
			t.Errorf("add: %v", err)
		}
	}
	if got := recalled(t, s, all[0]); got != `"kept" ` {
		t.Errorf("reading from a full server: %s", got)
	}
	server.tell(t, "CONFIG", "SET", "maxmemory", "0")
	flushed(t, s)
}

// TestRedisTwoProcesses lets two processes add the same members: together they add each once.
func TestRedisTwoProcesses(t *testing.T) {
	server := startRedis(t)
	sum := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 2 {
		cmd := another(t, "add all", "redis", server.socket)
		wg.Go(func() {
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%v\n%s", err, cmd.Stderr)
				return
			}
			n, err := strconv.Atoi(strings.TrimSpace(string(out)))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum += n
		})
	}
	wg.Wait()
	st := server.stand(t)
	if n := mustCount(t, mustOpen(t, st.config), st.config.Secret.Key("set")); sum != 500 || n != 500 {
		t.Errorf("two processes added %d, %d are there, wanted 500", sum, n)
	}
}

// TestRedisKilled kills a gateway in the middle of writing: what it was told is there, and another goes on.
func TestRedisKilled(t *testing.T) {
	server := startRedis(t)
	st := server.stand(t)
	acknowledged := killAfter(t, another(t, "add until killed", "redis", server.socket, "x"), 40)
	s := mustOpen(t, st.config)
	for _, id := range acknowledged {
		if mustAdd(t, s, st.config.Secret.Key("set"), st.config.Secret.Key("m", id), "", time.Time{}) {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
}

// TestRedisServerKilled kills the server in the middle of writing: with appendfsync always nothing acknowledged is lost.
func TestRedisServerKilled(t *testing.T) {
	server := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	st := server.stand(t)
	s := mustOpen(t, st.config)
	set := st.config.Secret.Key("set")
	killed := make(chan struct{})
	var acknowledged []Key
	for i := 0; ; i++ {
		k := st.config.Secret.Key("m", fmt.Sprint(i))
		if i == 50 {
			go func() { server.kill(); close(killed) }()
		}
		if _, err := s.AddOnce(context.Background(), set, k, nil, time.Time{}); err != nil {
			break
		}
		acknowledged = append(acknowledged, k)
	}
	<-killed
	server.start(t)
	again := mustOpen(t, st.config)
	for i, k := range acknowledged {
		if mustAdd(t, again, set, k, "", time.Time{}) {
			t.Errorf("addition %d was acknowledged and is lost", i)
		}
	}
}

// TestRedisPassword takes the password from a file.
func TestRedisPassword(t *testing.T) {
	server := startRedis(t, "--requirepass", "correct horse")
	st := server.stand(t)
	s := mustOpen(t, st.config)
	if _, err := s.Recall(context.Background(), keys(st, 1)...); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without password: %v", err)
	}
	st.config.Redis.PasswordFile = filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(st.config.Redis.PasswordFile, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	recalled(t, mustOpen(t, st.config), keys(st, 1)...)
}
