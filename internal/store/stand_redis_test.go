//go:build linux && endtoend

package store

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a real redis-server on a unix socket.
type server struct {
	socket string
	dir    string
	args   []string
	cmd    *exec.Cmd
	gone   chan struct{}
}

func startRedis(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is missing: install the Debian package redis-server, or run `make test-setup`")
	}
	dir, err := os.MkdirTemp("", "redis") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &server{socket: filepath.Join(dir, "s"), dir: dir, args: args}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

// start runs the server and waits until it answers.
func (s *server) start(t testing.TB) {
	t.Helper()
	args := append([]string{"--port", "0", "--unixsocket", s.socket, "--dir", s.dir, "--save", "", "--appendonly", "no"}, s.args...)
	s.cmd = exec.Command("redis-server", args...)
	out := &strings.Builder{}
	s.cmd.Stdout, s.cmd.Stderr = out, out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	s.gone = gone
	go func(cmd *exec.Cmd) { cmd.Wait(); close(gone) }(s.cmd)
	for range 500 {
		c := redis.NewClient(&redis.Options{Addr: s.socket, MaxRetries: -1})
		err := c.Ping(context.Background()).Err()
		c.Close()
		if err == nil || strings.HasPrefix(err.Error(), "NOAUTH") {
			return
		}
		select {
		case <-gone:
			t.Fatalf("redis-server ended:\n%s", out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatal("redis-server does not answer")
}

// kill ends the server at once.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.gone
}

// tell sends one command past the store.
func (s *server) tell(t testing.TB, command ...any) any {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.socket})
	defer c.Close()
	reply, err := c.Do(context.Background(), command...).Result()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return reply
}

func (s *server) stand(t testing.TB) stand {
	return stand{
		config: patient(Config{Kind: KindRedis, Secret: testSecret(t, "a"), Redis: Redis{Addresses: []string{s.socket}}}),
		pass:   time.Sleep,
		now:    time.Now,
	}
}
