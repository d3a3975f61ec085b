package zone

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t *testing.T, text string) *Server {
	t.Helper()
	s, err := parse(t, text).Serve(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// patient is longer than any answer takes in a test that passes.
const patient = 10 * time.Second

// ask sends one question and reads for as long as told.
func ask(t *testing.T, s *Server, network, name string, kind uint16, edns bool, wait time.Duration) (*dns.Msg, error) {
	t.Helper()
	conn, err := net.Dial(network, s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(wait))
	c := dns.Conn{Conn: conn, UDPSize: dns.MaxMsgSize}
	var q dns.Msg
	if err := q.Unpack(wire.AppendQuery(nil, 7, name, kind, edns)); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteMsg(&q); err != nil {
		t.Fatal(err)
	}
	return c.ReadMsg()
}

// TestServe holds that the server says what Lookup says.
func TestServe(t *testing.T) {
	s := serve(t, example)
	for _, tt := range cases {
		name, ok := wire.Canonical(tt.name)
		number, known := wire.Type(tt.t)
		if !ok || !known {
			continue
		}
		for _, network := range []string{"udp", "tcp"} {
			wait := patient
			if tt.want.Status == policy.DNSTimeout {
				wait = 100 * time.Millisecond
			}
			m, err := ask(t, s, network, name, number, true, wait)
			if tt.want.Status == policy.DNSTimeout {
				if err == nil {
					t.Errorf("%s %q: %v, want nothing", network, tt.name, m)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %q: %v", network, tt.name, err)
				continue
			}
			if cut := network == "udp" && tt.name == "cut.example"; m.Truncated != cut {
				t.Errorf("%s %q: truncated is %v", network, tt.name, m.Truncated)
			} else if cut {
				continue
			}
			got := wire.Read(m, number).DNSAnswer
			if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
				t.Errorf("%s %q %s: (-want +got)\n%s", network, tt.name, tt.t, d)
			}
		}
	}
}

func TestNegativeAnswersHaveSOA(t *testing.T) {
	s := serve(t, example)
	for name, want := range map[string]string{"not.mof.go.jp": "mof.go.jp.", "mof.go.jp": "mof.go.jp.", "not.example": "."} {
		m, err := ask(t, s, "udp", name, dns.TypeAAAA, true, patient)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Ns) != 1 || m.Ns[0].Header().Rrtype != dns.TypeSOA || m.Ns[0].Header().Name != want {
			t.Errorf("%s: authority %v, want the SOA of %s", name, m.Ns, want)
		}
	}
}

// TestSize holds that an answer fits what the client can take.
func TestSize(t *testing.T) {
	s := serve(t, "$GENERATE 1-100 big A 192.0.2.$\n")
	for _, tt := range []struct {
		network string
		edns    bool
		cut     bool
	}{{"udp", false, true}, {"udp", true, true}, {"tcp", false, false}} {
		m, err := ask(t, s, tt.network, "big", dns.TypeA, tt.edns, patient)
		if err != nil {
			t.Fatal(err)
		}
		if m.Truncated != tt.cut || (m.IsEdns0() != nil) != tt.edns {
			t.Errorf("%s edns %v: truncated %v, OPT %v", tt.network, tt.edns, m.Truncated, m.IsEdns0())
		}
	}
	if got := s.Asked(); got != 3 {
		t.Errorf("asked %d times, want 3", got)
	}
}

func TestServeRefusesForeignAddresses(t *testing.T) {
	if _, err := parse(t, example).Serve(netip.MustParseAddrPort("192.0.2.1:53")); err == nil {
		t.Error("a server at an address that is not loopback")
	}
}

// TestCloseDuringDelay holds that Close does not wait for a delay.
func TestCloseDuringDelay(t *testing.T) {
	s := serve(t, "a TXT sekimori-test:delay=60s\n")
	ask(t, s, "udp", "a", dns.TypeTXT, true, 50*time.Millisecond)
	done := make(chan struct{})
	go func() { s.Close(); close(done) }()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("still open after 5s")
	}
}
