package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves on loopback until the test ends. Prepare may change the server before.
func start(t *testing.T, metrics http.Handler, ready func() error, prepare func(*Server)) *Server {
	t.Helper()
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(ln, metrics, ready)
	if prepare != nil {
		prepare(s)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Errorf("serving ended: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func page(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

func isReady() error { return nil }

func TestPages(t *testing.T) {
	var broken atomic.Bool
	s := start(t, page("series"), func() error {
		if broken.Load() {
			return errors.New("no\nDNS")
		}
		return nil
	}, nil)
	ask := func(method, path string) string {
		t.Helper()
		q, err := http.NewRequest(method, "http://"+s.Addr().String()+path, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.StatusCode, " ", string(body), r.Header.Get("Allow"))
	}
	const nothing = "404 there are /metrics, /healthz and /readyz\n"
	for _, x := range []struct{ method, path, want string }{
		{"GET", "/metrics", "200 series"},
		{"HEAD", "/metrics", "200 "},
		{"GET", "/metrics?name=x", "200 series"},
		{"GET", "/healthz", "200 ok\n"},
		{"GET", "/readyz", "200 ready\n"},
		{"HEAD", "/readyz", "200 "},
		{"POST", "/metrics", "405 GET or HEAD\nGET, HEAD"},
		{"DELETE", "/readyz", "405 GET or HEAD\nGET, HEAD"},
		{"OPTIONS", "/healthz", "405 GET or HEAD\nGET, HEAD"},
		{"GET", "/", nothing},
		{"GET", "/metrics/", nothing},
		{"GET", "//metrics", nothing},
		{"GET", "/debug/pprof/", nothing},
		{"GET", "/-/reload", nothing},
		{"POST", "/config", nothing},
	} {
		if got := ask(x.method, x.path); got != x.want {
			t.Errorf("%s %s: %q, wanted %q", x.method, x.path, got, x.want)
		}
	}
	broken.Store(true)
	if got, want := ask("GET", "/readyz"), "503 not ready: no DNS\n"; got != want {
		t.Errorf("%q, wanted %q", got, want)
	}
	if got, want := ask("GET", "/healthz"), "200 ok\n"; got != want {
		t.Errorf("%q, wanted %q", got, want)
	}
}

func TestAddressInUse(t *testing.T) {
	s := start(t, page(""), isReady, nil)
	if _, err := Listen(s.Addr().String()); err == nil || !strings.Contains(err.Error(), "opening the address of the metrics") {
		t.Errorf("%v", err)
	}
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSlowHeader sends a header that never ends.
func TestSlowHeader(t *testing.T) {
	const short = 50 * time.Millisecond
	s := start(t, page(""), isReady, func(s *Server) {
		if s.http.ReadHeaderTimeout != HeaderTimeout || s.http.ReadTimeout != ReadTimeout || s.http.WriteTimeout != WriteTimeout || s.http.IdleTimeout != IdleTimeout {
			t.Error("a time-out is not set")
		}
		s.http.ReadHeaderTimeout = short
	})
	c := dial(t, s)
	began := time.Now()
	fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n")
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < 1000; i++ {
			if _, err := fmt.Fprintf(c, "X-%d: y\r\n", i); err != nil {
				return
			}
			time.Sleep(short / 10)
		}
	})
	_, _ = io.Copy(io.Discard, c)
	if d := time.Since(began); d < short || d > 5*time.Second {
		t.Errorf("closed after %v", d)
	}
	c.Close()
	wg.Wait()
}

// TestHeaderLimit sends headers of the longest admitted size, and one octet more.
func TestHeaderLimit(t *testing.T) {
	s := start(t, page(""), isReady, nil)
	const slop = 4096 // net/http reads this much beyond MaxHeaderBytes
	for size, want := range map[int]string{MaxHeaderBytes + slop: "200", MaxHeaderBytes + slop + 1: "431"} {
		c := dial(t, s)
		head := "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: "
		fmt.Fprintf(c, "%s%s\r\n\r\n", head, strings.Repeat("y", size-len(head)-len("\r\n\r\n")))
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(line, want) {
			t.Errorf("%d octets: %q %v, wanted %s", size, line, err, want)
		}
	}
}

// TestConnectionLimit fills every place; the next client is served when one is given back.
func TestConnectionLimit(t *testing.T) {
	s := start(t, page("series"), isReady, nil)
	get := func(c net.Conn) error {
		if _, err := fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return err
		}
		return r.Body.Close()
	}
	var open []net.Conn
	for range MaxConnections {
		c := dial(t, s)
		if err := get(c); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	next := dial(t, s)
	served := make(chan error, 1)
	go func() { served <- get(next) }()
	select {
	case err := <-served:
		t.Fatalf("one more than %d was served: %v", MaxConnections, err)
	case <-time.After(100 * time.Millisecond):
	}
	open[0].Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestShutdownWaits lets a scrape under way end.
func TestShutdownWaits(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	s := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-release
		_, _ = io.WriteString(w, "whole")
	}), isReady, nil)
	body := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + s.Addr().String() + "/metrics")
		if err != nil {
			body <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		body <- string(b)
	}()
	<-began
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(context.Background()) }()
	select {
	case <-ended:
		t.Error("it did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if got := <-body; got != "whole" {
		t.Errorf("%q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestShutdownCutsOff ends a scrape that does not end, and a client that only waits, at the deadline.
func TestShutdownCutsOff(t *testing.T) {
	began := make(chan struct{})
	s := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}), isReady, nil)
	c := dial(t, s)
	fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	<-began
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if n, err := io.Copy(io.Discard, c); n > 0 || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d octets, %v", n, err)
	}
}

// TestCloseWhileFull wakes a listener that waits for room.
func TestCloseWhileFull(t *testing.T) {
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(ln, 1)
	l.room <- struct{}{}
	failed := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		failed <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
