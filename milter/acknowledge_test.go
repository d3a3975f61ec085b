//go:build linux

package milter

import (
	"net"
	"testing"
	"time"
)

// TestAcknowledged sends messages as Sendmail does by TCP: each command in a write of its own, the next one held back by
// the kernel until the one before is acknowledged. Where acknowledgements are late a message takes 40 ms or more.
func TestAcknowledged(t *testing.T) {
	const messages, limit = 10, 200 * time.Millisecond
	r := newRig(t, nil)
	ln, err := Listen("inet:0@127.0.0.1", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	r.dial = func() (net.Conn, error) { return net.Dial("tcp", ln.Addr().String()) }
	r.serve(ln)
	m := r.connect()
	if err := m.c.(*net.TCPConn).SetNoDelay(false); err != nil {
		t.Fatal(err)
	}
	m.hello()
	fastest := time.Hour // the machine may be busy
	for range 3 {
		start := time.Now()
		for range messages {
			m.message()
			r.record()
		}
		fastest = min(fastest, time.Since(start))
	}
	if fastest > limit {
		t.Errorf("%d messages take %s, wanted are at most %s", messages, fastest, limit)
	}
}

// A connection that is none of TCP needs nothing.
func TestAcknowledgerOfPipe(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if acknowledger(a) != nil {
		t.Error("a pipe is acknowledged")
	}
}
