package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"sekimori/internal/dns/wire"
)

// Limits of the sockets kept for one server. A kept socket saves a third of the cost of a question; a port that stays
// the same helps whoever guesses answers (RFC 5452, 9.2). So none stays long.
const (
	MaxIdleSockets = 32               // kept between questions; one more is closed
	MaxSocketUses  = 64               // questions asked on one socket, one at a time; then it is closed
	MaxSocketAge   = 10 * time.Second // an older socket is closed instead of used
	MaxStrays      = 8                // datagrams that answer another question; then the question goes over TCP
)

var errStrays = errors.New("too many datagrams that answer another question")

// server is one name server with the UDP sockets that are connected to it.
type server struct {
	addr netip.AddrPort

	mu     sync.Mutex
	idle   []*socket // the last one was used last
	closed bool
}

// socket is a connected UDP socket: the kernel drops what comes from another address, and chooses the port at random.
type socket struct {
	conn *net.UDPConn
	uses int
	born time.Time
}

// exchange sends query and returns the message that answers it, in buf or, when it came over TCP, in room of its own.
// It goes to TCP when the answer is cut (RFC 7766, 5), or when so many wrong ones come that somebody may be guessing.
func (s *server) exchange(ctx context.Context, query, buf []byte) ([]byte, error) {
	reply, err := s.overUDP(ctx, query, buf)
	switch {
	case err == nil && !wire.Truncated(reply):
		return reply, nil
	case err != nil && !errors.Is(err, errStrays):
		return nil, fmt.Errorf("ask %v: %w", s.addr, err)
	}
	if reply, err = s.overTCP(ctx, query); err != nil {
		return nil, fmt.Errorf("ask %v over tcp: %w", s.addr, err)
	}
	return reply, nil
}

func (s *server) overUDP(ctx context.Context, query, buf []byte) ([]byte, error) {
	k, err := s.take()
	if err != nil {
		return nil, err
	}
	free, err := until(ctx, k.conn)
	if err != nil {
		k.conn.Close()
		return nil, err
	}
	reply, strays, err := k.converse(query, buf)
	if !free() || err != nil || strays > 0 {
		k.conn.Close()
	} else {
		s.give(k)
	}
	return reply, err
}

// until makes conn fail when ctx ends. Free undoes that and reports false when it was too late.
func until(ctx context.Context, conn net.Conn) (free func() bool, err error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }), nil
}

// converse sends query and reads until something answers it; strays counts what did not.
func (k *socket) converse(query, buf []byte) (reply []byte, strays int, err error) {
	k.uses++
	if _, err := k.conn.Write(query); err != nil {
		return nil, 0, err
	}
	for strays < MaxStrays {
		n, err := k.conn.Read(buf)
		if err != nil {
			return nil, strays, err
		}
		if wire.Answers(query, buf[:n]) {
			return buf[:n], strays, nil
		}
		strays++
	}
	return nil, strays, errStrays
}

// overTCP asks on a connection of its own.
func (s *server) overTCP(ctx context.Context, query []byte) ([]byte, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.addr.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	free, err := until(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer free()
	framed := make([]byte, 2, 2+len(query))
	binary.BigEndian.PutUint16(framed, uint16(len(query)))
	if _, err := conn.Write(append(framed, query...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	reply := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, reply); err != nil {
		return nil, err
	}
	if !wire.Answers(query, reply) {
		return nil, errors.New("the message answers another question")
	}
	return reply, nil
}

// take returns a socket that nobody else uses.
func (s *server) take() (*socket, error) {
	now := time.Now()
	s.mu.Lock()
	for n := len(s.idle); n > 0; n = len(s.idle) {
		k := s.idle[n-1]
		s.idle[n-1], s.idle = nil, s.idle[:n-1]
		if now.Sub(k.born) <= MaxSocketAge {
			s.mu.Unlock()
			return k, nil
		}
		k.conn.Close()
	}
	s.mu.Unlock()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.addr))
	if err != nil {
		return nil, err
	}
	return &socket{conn: conn, born: now}, nil
}

// give keeps a socket for the next question, as far as the limits allow.
func (s *server) give(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || k.uses >= MaxSocketUses || len(s.idle) >= MaxIdleSockets {
		k.conn.Close()
		return
	}
	s.idle = append(s.idle, k)
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, k := range s.idle {
		k.conn.Close()
	}
	s.idle = nil
}
