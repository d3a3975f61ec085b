package dns

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

// StayTime is for how long the server that took over is asked first after another one did not answer.
const StayTime = 30 * time.Second

// upstream asks servers in turn until one knows.
type upstream struct {
	servers  []*server
	timeout  time.Duration
	attempts int
	buffers  sync.Pool // *[bufferSize]byte

	mu    sync.Mutex
	first int       // index of the server to begin with
	until time.Time // when first goes back to 0
}

// bufferSize is room for one UDP answer, also from a server that does not mind wire.UDPSize.
const bufferSize = 4096

func newUpstream(addrs []netip.AddrPort, timeout time.Duration, attempts int) *upstream {
	u := &upstream{timeout: timeout, attempts: attempts}
	u.buffers.New = func() any { return new([bufferSize]byte) }
	for _, a := range addrs {
		u.servers = append(u.servers, &server{addr: a})
	}
	return u
}

// ask puts one question to one server after the other, as often as attempts allow. A server that answers that it
// cannot is passed over like one that is silent: the worst that any of them said is the answer when none knows.
func (u *upstream) ask(ctx context.Context, name string, t uint16) wire.Answer {
	failure := wire.Answer{DNSAnswer: policy.DNSAnswer{Status: policy.DNSTimeout}}
	begin := u.begin()
	for i := range u.attempts {
		if ctx.Err() != nil {
			break
		}
		n := (begin + i) % len(u.servers)
		a, err := u.attempt(ctx, u.servers[n], name, t)
		switch {
		case err != nil:
			u.leave(n)
		case a.Status == policy.DNSServFail:
			failure = a
		default:
			return a
		}
	}
	return failure
}

// attempt asks one server once, and once more without EDNS where it does not know that (RFC 6891, 7).
func (u *upstream) attempt(ctx context.Context, s *server, name string, t uint16) (wire.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, u.timeout)
	defer cancel()
	room := u.buffers.Get().(*[bufferSize]byte)
	defer u.buffers.Put(room)
	var space [wire.MaxQuery]byte

	reply, err := s.exchange(ctx, wire.AppendQuery(space[:0], id(), name, t, true), room[:])
	if err != nil {
		return wire.Answer{}, err
	}
	if c := wire.RCode(reply); c == dns.RcodeFormatError || c == dns.RcodeNotImplemented {
		reply, err = s.exchange(ctx, wire.AppendQuery(space[:0], id(), name, t, false), room[:])
		if err != nil {
			return wire.Answer{}, err
		}
	}
	return wire.Decode(reply, t), nil
}

// id returns a number that nobody can guess (RFC 5452, 9.2).
func id() uint16 {
	var b [2]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	return binary.BigEndian.Uint16(b[:])
}

// begin returns the index of the server to ask first.
func (u *upstream) begin() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.first != 0 && time.Now().After(u.until) {
		u.first = 0
	}
	return u.first
}

// leave makes the server after n the first one for a while, if n is the first one now.
func (u *upstream) leave(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.first == n {
		u.first, u.until = (n+1)%len(u.servers), time.Now().Add(StayTime)
	}
}

func (u *upstream) close() {
	for _, s := range u.servers {
		s.close()
	}
}
