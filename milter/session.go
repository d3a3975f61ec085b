package milter

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"

	gomilter "github.com/emersion/go-milter"

	"sekimori/policy"
)

// session is one connection of an MTA. The library reads from it, as from a net.Conn, only the commands that it is to
// dispatch; it calls back as its backend (backend.go). Macros, header fields and pieces of the body are taken here, in
// place, before the library would make several copies of each. All of it happens on one goroutine.
//
// Answers are gathered in the wire and not returned to the library: an answer of its own costs a buffer and a write
// each, and after an answer other than continue it forgets the client.
type session struct {
	*wire
	config *Config
	server *Server

	offer  offer
	macros macros

	// What the library is to read next, and how much of the input buffer it occupies.
	shown []byte
	held  int
	arg   []byte            // payload of the command being dispatched
	eom   [packetStart]byte // an end of message without payload

	connected  bool
	connecting connection // as CONNECT said it
	client     policy.Client
	serverName string
	helo       string
	heloDomain policy.Domain

	msg *transaction // nil between messages
	buf header       // reused from message to message
}

// negotiateFirst reads the negotiation and leaves it for the library to read. It returns io.EOF for a connection
// that was closed unused, as a check of the port does.
func (s *session) negotiateFirst() error {
	cmd, n, err := s.next()
	if err != nil {
		return err
	}
	if cmd != cmdNegotiate {
		return fmt.Errorf("%w: it begins with command %q", errProtocol, cmd)
	}
	if err := s.show(n); err != nil {
		return err
	}
	s.offer, err = negotiate(s.arg)
	return err
}

// Read gives the library its next command. Every end of the connection is io.EOF to it, so that it stays silent; what
// is to be said about it has been said here.
func (s *session) Read(p []byte) (int, error) {
	for len(s.shown) == 0 {
		if err := s.advance(); err != nil {
			s.ended(err)
			return 0, io.EOF
		}
	}
	n := copy(p, s.shown)
	s.shown = s.shown[n:]
	return n, nil
}

// Write takes what the library says of its own accord: the answer to the negotiation.
func (s *session) Write(p []byte) (int, error) {
	s.out = append(s.out, p...)
	return len(p), nil
}

// advance takes packets until there is one for the library.
func (s *session) advance() error {
	if s.held > 0 {
		s.drop(s.held)
		s.held = 0
		s.done()
	}
	for len(s.shown) == 0 {
		s.busy = s.msg != nil
		cmd, n, err := s.next()
		if err != nil {
			return err
		}
		if err := s.packet(cmd, n); err != nil {
			return err
		}
	}
	return nil
}

// packet takes one packet or shows it to the library.
func (s *session) packet(cmd byte, n int) error {
	switch cmd {
	case cmdMacro:
		return s.macroPacket(n)
	case cmdHeader:
		return s.headerPacket(n)
	case cmdBody:
		return s.bodyPacket(n)
	case cmdEOM:
		// Its payload, where there is one, is the last piece of the body.
		if err := s.pieces(n, s.body); err != nil {
			return err
		}
		s.shown = s.eom[:]
		return nil
	case cmdEOH:
		s.endOfHeader()
		return s.ignore(cmd, n)
	case cmdData, cmdUnknown:
		return s.ignore(cmd, n)
	case cmdQuitNew:
		s.abort()
		s.connected, s.client, s.helo, s.heloDomain = false, policy.Client{}, "", ""
		s.macros.endConnection()
		return s.ignore(cmd, n)
	case cmdConnect:
		if err := s.show(n); err != nil {
			return err
		}
		c, ok := readConnect(s.arg)
		if !ok {
			return fmt.Errorf("%w: a CONNECT that cannot be read", errProtocol)
		}
		s.connecting = c
		return nil
	case cmdHelo, cmdMail, cmdRcpt, cmdAbort, cmdQuit:
		return s.show(n)
	case cmdNegotiate:
		return fmt.Errorf("%w: a second negotiation", errProtocol)
	}
	return fmt.Errorf("%w: command %q is not known", errProtocol, cmd)
}

// show leaves a packet in the buffer for the library to read.
func (s *session) show(n int) error {
	p, err := s.whole(n)
	if err != nil {
		return err
	}
	s.shown, s.arg, s.held = p, p[packetStart:], len(p)
	return nil
}

// ignore takes a packet, and answers it where an answer is expected.
func (s *session) ignore(cmd byte, n int) error {
	if err := s.pieces(n, func([]byte) {}); err != nil {
		return err
	}
	if cmd != cmdQuitNew {
		s.proceed(cmd)
	}
	return nil
}

// proceed says continue where an answer is expected.
func (s *session) proceed(cmd byte) {
	if !s.offer.unanswered(cmd) {
		s.out.add(ansContinue)
	}
}

func (s *session) macroPacket(n int) error {
	var stage *[]byte
	first := true
	return s.pieces(n, func(p []byte) {
		if first {
			stage, p, first = s.macros.set(p[0]), p[1:], false
		}
		define(stage, p)
	})
}

// ended logs and counts why a connection ended, where that is worth it, and lets go of a message under way.
func (s *session) ended(err error) {
	var gone net.Error
	switch {
	case errors.Is(err, errProtocol):
		s.breach(err)
	case errors.Is(err, errStopped), errors.Is(err, io.EOF) && s.msg == nil:
	case errors.As(err, &gone) && gone.Timeout():
		s.config.Logger.Warn("milter: connection timed out", "error", err, "queue_id", s.queueID())
	default:
		s.config.Logger.Debug("milter: connection lost", "error", err, "queue_id", s.queueID())
	}
	s.abort()
}

// breach counts and logs a breach of the protocol. A message under way was not examined; where there is none, whatever
// follows on this connection will not be.
func (s *session) breach(err error) {
	s.config.Stats.ProtocolError()
	s.config.Logger.Warn("milter: connection given up", "error", err, "queue_id", s.queueID())
	switch {
	case s.msg != nil:
		s.fail(policy.UnexaminedProtocol)
	case s.connected: // else it need not even be an MTA
		s.config.Stats.Unexamined(policy.UnexaminedProtocol)
	}
}

func (s *session) queueID() string {
	if s.msg == nil {
		return ""
	}
	return s.msg.QueueID
}

// Close is called by the library when the session is over, whatever the reason, and only once by it.
func (s *session) Close() error {
	s.abort()
	err := s.conn.Close()
	s.server.forget(s)
	return err
}

// guard calls f and reports whether it returned. A panic in it is logged and counted.
func (s *session) guard(what string, f func()) (ok bool) {
	defer func() {
		if ok {
			return
		}
		s.config.Stats.Panicked()
		s.config.Logger.Error("milter: panic", "in", what, "panic", recover(), "queue_id", s.queueID(),
			"stack", string(debug.Stack()))
	}()
	f()
	return true
}

var _ gomilter.Milter = (*session)(nil)
