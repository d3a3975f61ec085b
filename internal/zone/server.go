package zone

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Server answers from a Zone over UDP and TCP.
type Server struct {
	zone  *Zone
	addr  netip.AddrPort
	udp   *dns.Server
	tcp   *dns.Server
	asked atomic.Int64
	done  chan struct{}
	once  sync.Once
	ended sync.WaitGroup
}

// Serve starts a server at addr, a loopback address; the zero AddrPort means 127.0.0.1 and a free port. It answers
// questions from anybody who can reach it, which is why other addresses are refused.
func (z *Zone) Serve(addr netip.AddrPort) (*Server, error) {
	if !addr.IsValid() {
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	if !addr.Addr().IsLoopback() {
		return nil, fmt.Errorf("serve dns at %v: it is no loopback address", addr)
	}
	packets, streams, err := listen(addr)
	if err != nil {
		return nil, fmt.Errorf("serve dns: %w", err)
	}
	s := &Server{zone: z, addr: packets.LocalAddr().(*net.UDPAddr).AddrPort(), done: make(chan struct{})}
	handler := dns.HandlerFunc(s.handle)
	s.udp = &dns.Server{PacketConn: packets, Handler: handler, UDPSize: dns.DefaultMsgSize}
	s.tcp = &dns.Server{Listener: streams, Handler: handler}
	for _, half := range []*dns.Server{s.udp, s.tcp} {
		ready := make(chan struct{})
		half.NotifyStartedFunc = func() { close(ready) }
		s.ended.Go(func() { half.ActivateAndServe() })
		<-ready
	}
	return s, nil
}

// listen takes the same port for UDP and TCP. Where any port will do, one that is free for UDP can be taken for TCP,
// so it tries a few.
func listen(addr netip.AddrPort) (*net.UDPConn, *net.TCPListener, error) {
	const tries = 10
	var last error
	for range tries {
		packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
		if err != nil {
			return nil, nil, err
		}
		port := packets.LocalAddr().(*net.UDPAddr).AddrPort()
		streams, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(port))
		if err == nil {
			return packets, streams, nil
		}
		packets.Close()
		if last = err; addr.Port() != 0 {
			break
		}
	}
	return nil, nil, last
}

// Addr returns the address that the server listens at.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Asked returns how many questions have come so far, over UDP and TCP together.
func (s *Server) Asked() int { return int(s.asked.Load()) }

// Close ends the server, delayed answers too, and waits for it. It may be called again.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		close(s.done)
		err = errors.Join(s.udp.Shutdown(), s.tcp.Shutdown())
		s.ended.Wait()
	})
	return err
}

func (s *Server) handle(w dns.ResponseWriter, q *dns.Msg) {
	s.asked.Add(1)
	overUDP := w.LocalAddr().Network() == "udp"
	m := s.reply(q, overUDP)
	if m == nil {
		return
	}
	m.Compress = true
	size := dns.MaxMsgSize
	if overUDP {
		size = dns.MinMsgSize
	}
	if opt := q.IsEdns0(); opt != nil {
		if overUDP {
			size = max(size, int(opt.UDPSize()))
		}
		m.SetEdns0(dns.DefaultMsgSize, false)
	}
	m.Truncate(size)
	// An error here means that the one who asked is gone.
	_ = w.WriteMsg(m)
}

// reply returns the answer to q, nil for none.
func (s *Server) reply(q *dns.Msg, overUDP bool) *dns.Msg {
	if len(q.Question) != 1 || q.Question[0].Qclass != dns.ClassINET {
		return new(dns.Msg).SetRcode(q, dns.RcodeRefused)
	}
	key, err := pack(q.Question[0].Name)
	if err != nil {
		return new(dns.Msg).SetRcodeFormatError(q)
	}
	m, f := s.zone.answer(key, q.Question[0].Qtype)
	if f.delay > 0 {
		wait(s.done, f.delay)
	}
	switch {
	case f.timeout:
		return nil
	case f.servfail:
		return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure)
	case f.truncate && overUDP:
		m = new(dns.Msg).SetReply(q)
		m.Truncated = true
		return m
	}
	m.Id, m.RecursionDesired = q.Id, q.RecursionDesired
	m.Question = q.Question
	return m
}
