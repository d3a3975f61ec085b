package milter

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sekimori/policy"
)

func TestConnectionLimit(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxConnections = 2 })
	a, b := r.connect(), r.connect()
	a.hello()
	b.hello()
	r.connect().closed()
	if n, u := r.counts.get("refused"), r.counts.get("unexamined session_limit"); n != 1 || u != 1 {
		t.Errorf("%d refused, %d unexamined, want 1 and 1", n, u)
	}
	a.message() // the others are not touched
	a.write(cmdQuit)
	a.closed()
	eventually(t, func() bool { return r.counts.get("closed") == 1 })
	r.connect().hello()
	if n := r.counts.get("opened"); n != 3 {
		t.Errorf("%d opened, want 3", n)
	}
}

// A milter is also reached by TCP, and one Server serves any number of listeners.
func TestTwoListeners(t *testing.T) {
	r := newRig(t, nil)
	var listeners []net.Listener
	for _, addr := range []string{"inet:0@127.0.0.1", t.TempDir() + "/s"} {
		ln, err := Listen(addr, 0o600, "")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
	}
	r.serve(listeners...)
	for _, ln := range listeners {
		r.dial = func() (net.Conn, error) { return net.Dial(ln.Addr().Network(), ln.Addr().String()) }
		m := r.connect()
		m.hello()
		m.message()
		diffMessage(t, r.record().Message, first())
	}
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// pipes is a listener in memory. Its errors are returned before the next connection.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	mu     sync.Mutex
	errs   []error
}

func newPipes(errs ...error) *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{}), errs: errs}
}

func (p *pipes) Accept() (net.Conn, error) {
	p.mu.Lock()
	if len(p.errs) > 0 {
		err := p.errs[0]
		p.errs = p.errs[1:]
		p.mu.Unlock()
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: os.NewSyscallError("accept4", err)}
	}
	p.mu.Unlock()
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial() (net.Conn, error) {
	a, b := net.Pipe()
	select {
	case p.conns <- a:
		return b, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// startPipes runs a Server on a listener in memory, for a test inside a synctest bubble.
func startPipes(t *testing.T, p *pipes, change func(*Config)) *rig {
	r := newRig(t, change)
	r.dial = p.dial
	r.serve(p)
	return r
}

// A shortage of file descriptors passes; until then accept is tried again, ever more slowly.
func TestAcceptAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes(syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.EMFILE)
		begin := time.Now()
		r := startPipes(t, p, nil)
		m := r.connect()
		if waited := time.Since(begin); waited != (5+10+20+40)*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
		m.hello()
		m.message()
	})
}

func TestAcceptFails(t *testing.T) {
	r := newRig(t, nil)
	broken, other := newPipes(syscall.EINVAL), newPipes()
	err := r.server.Serve(broken, other)
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("got %v, want the error of the listener", err)
	}
	select {
	case <-other.closed:
	default:
		t.Error("the other listener is open")
	}
}

// Each wait has a limit, and what ends it is known by when.
func TestDeadlines(t *testing.T) {
	for _, c := range []struct {
		name  string
		until func(m *mta)
		want  time.Duration
	}{
		{"negotiation", func(*mta) {}, 30 * time.Second},
		{"half a negotiation", func(m *mta) { _, _ = m.c.Write([]byte{0, 0}) }, 30 * time.Second},
		{"between commands", func(m *mta) { m.hello() }, 2 * time.Hour},
		{"inside a message", func(m *mta) { m.hello(); m.mail("<a@example.com>") }, 2 * time.Hour},
		{"inside a packet", func(m *mta) { m.hello(); _, _ = m.c.Write([]byte{0}) }, 30 * time.Second},
		{"octet by octet", func(m *mta) {
			m.hello()
			m.mail("<a@example.com>")
			_, _ = m.c.Write([]byte("\x00\x00\xff\xffB"))
			for range 29 {
				time.Sleep(time.Second)
				_, _ = m.c.Write([]byte("x"))
			}
		}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startPipes(t, newPipes(), nil)
				m := r.connect()
				c.until(m)
				begin := time.Now()
				_ = m.c.SetReadDeadline(time.Time{})
				if n, err := m.r.ReadByte(); err == nil {
					t.Errorf("got %q", n)
				}
				if waited := time.Since(begin); waited != c.want {
					t.Errorf("closed after %v, want %v", waited, c.want)
				}
			})
		})
	}
}

// An MTA that does not read its answer holds nothing up for longer than WriteTimeout.
func TestWriteDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startPipes(t, newPipes(), func(c *Config) { c.WriteTimeout = 7 * time.Second })
		m := r.connect()
		m.hello()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.content("body\r\n")
		begin := time.Now()
		rec := r.record()
		if waited := time.Since(begin); waited != 7*time.Second || rec.Outcome != policy.OutcomeAborted {
			t.Errorf("%s after %v", rec.Outcome, waited)
		}
	})
}

// Stopping lets the message under way come to its end, closes the idle connection at once and accepts no other.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		r := startPipes(t, p, nil)
		idle, busy := r.connect(), r.connect()
		idle.hello()
		idle.message()
		busy.hello()
		busy.mail("<a@example.com>")
		stopped := make(chan error, 1)
		go func() { stopped <- r.server.Shutdown(t.Context()) }()
		idle.closed()
		if _, err := p.dial(); err == nil {
			t.Error("a connection was accepted")
		}
		time.Sleep(time.Minute)
		select {
		case <-stopped:
			t.Fatal("stopped while a message was under way")
		default:
		}
		busy.rcpt("<b@gw.test>")
		busy.content("body\r\n")
		busy.want("c")
		busy.closed()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		r.record()
		if rec := r.record(); rec.Outcome != policy.OutcomeAccepted {
			t.Errorf("outcome %s", rec.Outcome)
		}
	})
}

// Stopping ends with its context, whoever is busy then.
func TestShutdownLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startPipes(t, newPipes(), nil)
		m := r.connect()
		m.hello()
		m.mail("<a@example.com>")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		if err := r.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if rec := r.record(); rec.Outcome != policy.OutcomeAborted {
			t.Errorf("outcome %s", rec.Outcome)
		}
	})
}

func TestServeAfterShutdown(t *testing.T) {
	r := newRig(t, nil)
	if err := r.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := newPipes()
	if err := r.server.Serve(p); err != nil {
		t.Error(err)
	}
	<-p.closed
}

func TestNewWithoutExaminer(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(Config{})
}

// The library writes to the global logger of package log; nothing of a session gets there.
func TestLog(t *testing.T) {
	var ours, global syncBuffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&global, nil))) // takes package log along
	defer slog.SetDefault(was)
	r := start(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&ours, nil)) })
	for _, bytes := range []string{"\x00\x00\x00\x01?", "\x00", ""} {
		m := r.connect()
		m.hello()
		_, _ = m.c.Write([]byte(bytes))
		_ = m.c.Close()
	}
	m := r.connect()
	m.hello()
	r.exam.setup = func(x *exam) { x.panicIn = "end" }
	m.message()
	eventually(t, func() bool { return r.counts.get("closed") == 3 })
	if s := global.String(); s != "" {
		t.Errorf("the global logger got %q", s)
	}
	for _, want := range []string{"level=WARN msg=\"milter: connection given up\"", "level=ERROR msg=\"milter: panic\" in=End", "queue_id=4Q"} {
		if !strings.Contains(ours.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, ours.String())
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
