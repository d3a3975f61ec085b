package dns

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"sekimori/policy"
)

// newFor returns a resolver with no cache that asks the given servers.
func newFor(t testing.TB, timeout time.Duration, attempts int, servers ...netip.AddrPort) *Resolver {
	t.Helper()
	r, err := New(Config{Servers: servers, Timeout: timeout, Attempts: attempts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// Times of an attempt.
const (
	patient = 10 * time.Second       // never runs out in a test that passes
	brief   = 400 * time.Millisecond // runs out where a server is silent, and is enough on a busy machine where it is not
)

var (
	wantRight = policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"right"}}
	wantFail  = policy.DNSAnswer{Status: policy.DNSServFail}
)

func check(t *testing.T, r *Resolver, want policy.DNSAnswer) {
	t.Helper()
	got := r.Lookup(t.Context(), "example.jp", policy.TypeTXT)
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestSpoofedAnswers sends wrong answers before the right one.
func TestSpoofedAnswers(t *testing.T) {
	wrong := map[string]func(q *dns.Msg) []byte{
		"id":          func(q *dns.Msg) []byte { return reply(q, "wrong", func(m *dns.Msg) { m.Id++ }) },
		"name":        func(q *dns.Msg) []byte { return reply(q, "wrong", func(m *dns.Msg) { m.Question[0].Name = "b." }) },
		"type":        func(q *dns.Msg) []byte { return reply(q, "wrong", func(m *dns.Msg) { m.Question[0].Qtype = 1 }) },
		"no question": func(q *dns.Msg) []byte { return reply(q, "wrong", func(m *dns.Msg) { m.Question = nil }) },
		"no response": func(q *dns.Msg) []byte { return reply(q, "wrong", func(m *dns.Msg) { m.Response = false }) },
		"garbage":     func(*dns.Msg) []byte { return []byte("garbage") },
		"empty":       func(*dns.Msg) []byte { return nil },
	}
	for what, spoil := range wrong {
		t.Run(what, func(t *testing.T) {
			s := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{spoil(q.Copy()), right(q)} })
			r := newFor(t, patient, 1, s.addr)
			check(t, r, wantRight)
			check(t, r, wantRight)
			if n := s.sourcePorts(); n != 2 {
				t.Errorf("%d source ports for two questions: a socket that met strays is used again", n)
			}
		})
	}
}

// TestSpoofedAddress answers from another socket first.
func TestSpoofedAddress(t *testing.T) {
	other, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	started := make(chan *responder, 1)
	s := respond(t, func(q *dns.Msg, _ bool) [][]byte {
		s := <-started
		s.mu.Lock()
		port := s.ports[len(s.ports)-1]
		s.mu.Unlock()
		to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		other.WriteToUDPAddrPort(reply(q, "wrong", nil), to)
		time.Sleep(20 * time.Millisecond)
		return [][]byte{right(q)}
	})
	started <- s
	check(t, newFor(t, patient, 1, s.addr), wantRight)
}

// TestMaxStrays sends one wrong answer less than the limit, then as many.
func TestMaxStrays(t *testing.T) {
	for _, n := range []int{MaxStrays - 1, MaxStrays} {
		s := respond(t, func(q *dns.Msg, overTCP bool) [][]byte {
			var all [][]byte
			for range n {
				if !overTCP {
					all = append(all, reply(q, "wrong", func(m *dns.Msg) { m.Id++ }))
				}
			}
			return append(all, right(q))
		})
		check(t, newFor(t, patient, 1, s.addr), wantRight)
		want := int64(0)
		if n >= MaxStrays {
			want = 1
		}
		if got := s.streams.Load(); got != want {
			t.Errorf("%d strays: %d questions over TCP, want %d", n, got, want)
		}
	}
}

func TestTruncated(t *testing.T) {
	s := respond(t, func(q *dns.Msg, overTCP bool) [][]byte {
		if overTCP {
			return [][]byte{right(q)}
		}
		return [][]byte{reply(q, "cut", func(m *dns.Msg) { m.Truncated = true })}
	})
	check(t, newFor(t, patient, 1, s.addr), wantRight)
}

// TestTCPAnswersAnotherQuestion holds that TCP is not trusted more than UDP.
func TestTCPAnswersAnotherQuestion(t *testing.T) {
	s := respond(t, func(q *dns.Msg, overTCP bool) [][]byte {
		return [][]byte{reply(q, "wrong", func(m *dns.Msg) {
			m.Truncated = true
			if overTCP {
				m.Id++
			}
		})}
	})
	check(t, newFor(t, patient, 2, s.addr), policy.DNSAnswer{Status: policy.DNSTimeout})
	if n := s.streams.Load(); n != 2 {
		t.Errorf("%d questions over TCP, want 2", n)
	}
}

// TestMalformed sends what has the right id and question and is broken behind them.
func TestMalformed(t *testing.T) {
	s := respond(t, func(q *dns.Msg, _ bool) [][]byte {
		b := right(q)
		return [][]byte{b[:len(b)-3]}
	})
	check(t, newFor(t, patient, 3, s.addr), wantFail)
	if n := s.asked.Load(); n != 3 {
		t.Errorf("asked %d times, want 3", n)
	}
}

// TestWithoutEDNS asks a server that refuses what it does not know.
func TestWithoutEDNS(t *testing.T) {
	for _, rcode := range []int{dns.RcodeFormatError, dns.RcodeNotImplemented} {
		s := respond(t, func(q *dns.Msg, _ bool) [][]byte {
			if q.IsEdns0() != nil {
				return [][]byte{reply(q, "", func(m *dns.Msg) { m.Rcode, m.Answer, m.Question = rcode, nil, nil })}
			}
			return [][]byte{right(q)}
		})
		check(t, newFor(t, patient, 1, s.addr), wantRight)
	}
}

// TestServerFailures holds that a server that cannot is passed over, and that servfail is worse than silence.
func TestServerFailures(t *testing.T) {
	for _, rcode := range []int{dns.RcodeServerFailure, dns.RcodeRefused, dns.RcodeFormatError, dns.RcodeNotImplemented} {
		sick := respond(t, func(q *dns.Msg, _ bool) [][]byte {
			return [][]byte{reply(q, "", func(m *dns.Msg) { m.Rcode = rcode })}
		})
		well := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
		mute := respond(t, func(*dns.Msg, bool) [][]byte { return nil })
		check(t, newFor(t, patient, 2, sick.addr, well.addr), wantRight)
		check(t, newFor(t, patient, 2, sick.addr), wantFail)
		check(t, newFor(t, brief, 2, sick.addr, mute.addr), wantFail)
	}
}

// TestDeadServer holds that the next server takes over, and stays first for a while.
func TestDeadServer(t *testing.T) {
	mute := respond(t, func(*dns.Msg, bool) [][]byte { return nil })
	well := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	r := newFor(t, brief, 3, mute.addr, well.addr)
	for range 3 {
		check(t, r, wantRight)
	}
	if n := mute.asked.Load(); n != 1 {
		t.Errorf("the dead server was asked %d times, want 1", n)
	}
	r.upward.mu.Lock()
	r.upward.until = time.Now().Add(-time.Second) // StayTime is over
	r.upward.mu.Unlock()
	check(t, r, wantRight)
	if n := mute.asked.Load(); n != 2 {
		t.Errorf("later the dead server was asked %d times, want 2", n)
	}
}

// TestNobodyListens holds that a closed port is found out at once.
func TestNobodyListens(t *testing.T) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	conn.Close()
	start := time.Now()
	check(t, newFor(t, patient, 3, addr), policy.DNSAnswer{Status: policy.DNSTimeout})
	if d := time.Since(start); d >= patient {
		t.Errorf("it took %v", d)
	}
}

// TestDeadlineWins holds that a caller leaves a silent server when its own time is over.
func TestDeadlineWins(t *testing.T) {
	mute := respond(t, func(*dns.Msg, bool) [][]byte { return nil })
	r := newFor(t, patient, 3, mute.addr)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	if got := r.Lookup(ctx, "example.jp", policy.TypeTXT); got.Status != policy.DNSTimeout {
		t.Errorf("%s, want timeout", got.Status)
	}
	r.Close() // ends the question itself
	if d := time.Since(start); d >= patient {
		t.Errorf("it took %v", d)
	}
}

// TestAttempts counts the questions to a silent server.
func TestAttempts(t *testing.T) {
	mute := respond(t, func(*dns.Msg, bool) [][]byte { return nil })
	check(t, newFor(t, brief, 3, mute.addr), policy.DNSAnswer{Status: policy.DNSTimeout})
	if n := mute.asked.Load(); n != 3 {
		t.Errorf("asked %d times, want 3", n)
	}
	if n := mute.sourcePorts(); n != 3 {
		t.Errorf("%d source ports: a socket that timed out is used again", n)
	}
}

func TestObserve(t *testing.T) {
	s := respond(t, func(q *dns.Msg, _ bool) [][]byte { return [][]byte{right(q)} })
	type seen struct {
		Type   policy.DNSType
		Status policy.DNSStatus
		Cached bool
		Took   bool
	}
	var got []seen
	r, err := New(Config{
		Servers: []netip.AddrPort{s.addr}, Timeout: patient, Attempts: 1, CacheSize: 10,
		Observe: func(k policy.DNSType, s policy.DNSStatus, cached bool, d time.Duration) {
			got = append(got, seen{k, s, cached, d > 0})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Lookup(t.Context(), "example.jp", policy.TypeTXT)
	r.Lookup(t.Context(), "example.jp", policy.TypeTXT)
	r.Lookup(t.Context(), "..", policy.TypeMX)
	want := []seen{
		{policy.TypeTXT, policy.DNSFound, false, true},
		{policy.TypeTXT, policy.DNSFound, true, false},
		{policy.TypeMX, policy.DNSNXDomain, true, false},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
