package dns

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
)

// responder is a name server that says what a test tells it to.
type responder struct {
	addr  netip.AddrPort
	udp   *net.UDPConn
	tcp   *net.TCPListener
	ended sync.WaitGroup

	asked   atomic.Int64 // questions over UDP
	streams atomic.Int64 // questions over TCP
	mu      sync.Mutex
	ports   []uint16 // source ports, each once, in the order of their first question
}

// respond starts a responder. Over UDP it sends every message that answer returns, in order; over TCP the last one.
func respond(t testing.TB, answer func(q *dns.Msg, overTCP bool) [][]byte) *responder {
	t.Helper()
	var r *responder
	for r == nil { // until a port is free for both
		udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
		if err != nil {
			t.Fatal(err)
		}
		addr := udp.LocalAddr().(*net.UDPAddr).AddrPort()
		tcp, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
		if err != nil {
			udp.Close()
			continue
		}
		r = &responder{addr: addr, udp: udp, tcp: tcp}
	}
	r.ended.Go(func() { r.serveUDP(answer) })
	r.ended.Go(func() { r.serveTCP(answer) })
	t.Cleanup(func() {
		r.udp.Close()
		r.tcp.Close()
		r.ended.Wait()
	})
	return r
}

func (r *responder) serveUDP(answer func(*dns.Msg, bool) [][]byte) {
	buf := make([]byte, 4096)
	for {
		n, from, err := r.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		r.asked.Add(1)
		r.mu.Lock()
		if !slices.Contains(r.ports, from.Port()) {
			r.ports = append(r.ports, from.Port())
		}
		r.mu.Unlock()
		var q dns.Msg
		if q.Unpack(buf[:n]) != nil {
			continue
		}
		for _, b := range answer(&q, false) {
			r.udp.WriteToUDPAddrPort(b, from)
		}
	}
}

func (r *responder) serveTCP(answer func(*dns.Msg, bool) [][]byte) {
	for {
		conn, err := r.tcp.Accept()
		if err != nil {
			return
		}
		r.streams.Add(1)
		var size [2]byte
		io.ReadFull(conn, size[:])
		b := make([]byte, binary.BigEndian.Uint16(size[:]))
		io.ReadFull(conn, b)
		var q dns.Msg
		if q.Unpack(b) == nil {
			for _, b := range answer(&q, true) {
				conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
			}
		}
		conn.Close()
	}
}

func (r *responder) sourcePorts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ports)
}

// reply packs an answer to q with one text and lets spoil change it first.
func reply(q *dns.Msg, txt string, spoil func(m *dns.Msg)) []byte {
	m := new(dns.Msg).SetReply(q)
	m.Answer = []dns.RR{&dns.TXT{
		Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60},
		Txt: []string{txt},
	}}
	if spoil != nil {
		spoil(m)
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func right(q *dns.Msg) []byte { return reply(q, "right", nil) }
