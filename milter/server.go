// Package milter is the MTA's side of sekimori: it speaks the milter protocol, makes a policy.Message of what the MTA
// says, hands it to an Examiner, and applies the policy.Effect that comes back. It is the only importer of the milter
// wire library and the only place where an Effect reaches the wire. It decides nothing about mail: the one answer of
// its own is for a message that could not be examined (Config.OnError).
//
// A connection that breaks the protocol in a way that leaves its packets readable (commands out of order) gets that
// answer at the end of the message. One whose packets cannot be read (a length of 0 or beyond MaxPacket, an unknown
// command, a second negotiation) is closed, and the MTA's default action rules. Both are counted.
package milter

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sekimori/policy"
)

// The waits after a failed accept: the first, doubled each time up to the last.
const (
	firstAcceptWait = 5 * time.Millisecond
	lastAcceptWait  = time.Second
)

// Server serves MTAs on any number of listeners. Make it with New.
type Server struct {
	config   Config
	stopping atomic.Bool
	stopped  chan struct{} // closed when stopping begins

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	sessions  map[*session]struct{}
	running   sync.WaitGroup // sessions
}

// New makes a Server. It panics without an Examiner.
func New(c Config) *Server {
	if c.Examiner == nil {
		panic("milter: a Server needs an Examiner")
	}
	return &Server{
		config:    c.withDefaults(),
		stopped:   make(chan struct{}),
		listeners: make(map[net.Listener]struct{}),
		sessions:  make(map[*session]struct{}),
	}
}

// Serve accepts connections on each listener until Shutdown, when it returns nil, or until one of them fails for good,
// when it closes all of them and returns the error. Running sessions go on either way.
func (s *Server) Serve(listeners ...net.Listener) error {
	s.mu.Lock()
	for _, ln := range listeners {
		s.listeners[ln] = struct{}{}
	}
	s.mu.Unlock()
	if s.stopping.Load() {
		s.closeListeners()
		return nil
	}
	failed := make(chan error, len(listeners))
	for _, ln := range listeners {
		go func() { failed <- s.accept(ln) }()
	}
	var first error
	for range listeners {
		if err := <-failed; err != nil && first == nil {
			first = err
			s.closeListeners()
		}
	}
	return first
}

// accept accepts on one listener. A shortage (of file descriptors, of memory) passes: it waits and tries again.
func (s *Server) accept(ln net.Listener) error {
	wait := firstAcceptWait
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			wait = firstAcceptWait
			s.admit(conn)
		case s.stopping.Load() || errors.Is(err, net.ErrClosed):
			return nil
		case passes(err):
			s.config.Logger.Error("milter: cannot accept a connection", "error", err, "next_try", wait)
			select {
			case <-time.After(wait):
			case <-s.stopped:
			}
			wait = min(2*wait, lastAcceptWait)
		default:
			return err
		}
	}
}

// passes reports whether an error of accept(2) is one that goes away by itself.
func passes(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// admit starts a session, or closes the connection when there are MaxConnections already.
func (s *Server) admit(conn net.Conn) {
	ss := &session{wire: newWire(conn, &s.config, &s.stopping), config: &s.config, server: s}
	ss.eom = [packetStart]byte{3: 1, 4: cmdEOM}
	s.mu.Lock()
	stopping, full := s.stopping.Load(), len(s.sessions) >= s.config.MaxConnections
	if !stopping && !full {
		s.sessions[ss] = struct{}{}
		s.running.Add(1)
	}
	s.mu.Unlock()
	switch {
	case stopping:
		_ = conn.Close()
		return
	case full:
		_ = conn.Close()
		s.config.Stats.Refused()
		s.config.Stats.Unexamined(policy.UnexaminedSession)
		s.config.Logger.Warn("milter: connection refused", "limit", s.config.MaxConnections)
		return
	}
	s.config.Stats.Opened()
	go ss.run()
}

// forget takes a session that has ended off the list.
func (s *Server) forget(ss *session) {
	s.mu.Lock()
	_, listed := s.sessions[ss]
	delete(s.sessions, ss)
	s.mu.Unlock()
	if listed {
		s.config.Stats.Closed()
		s.running.Done()
	}
}

// Shutdown stops accepting, closes every connection on which no message is under way, and waits for the others to end
// theirs. When ctx ends first it closes them too and returns its error; an Examination that is still busy then ends by
// itself.
func (s *Server) Shutdown(ctx context.Context) error {
	if !s.stopping.Swap(true) {
		close(s.stopped)
	}
	s.closeListeners()
	s.each(func(ss *session) { _ = ss.conn.SetReadDeadline(time.Now()) })
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		s.each(func(ss *session) { _ = ss.conn.Close() })
		return ctx.Err()
	}
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ln := range s.listeners {
		_ = ln.Close()
		delete(s.listeners, ln)
	}
}

func (s *Server) each(f func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ss := range s.sessions {
		f(ss)
	}
}
