package milter

import (
	"bytes"
	"net"
	"net/textproto"

	gomilter "github.com/emersion/go-milter"
)

// run reads the negotiation and leaves the rest to the library, which gets a server of its own for each connection:
// so its backend and this connection are one thing, and it asks for no more than this MTA offered.
func (s *session) run() {
	if err := s.negotiateFirst(); err != nil {
		s.ended(err)
		_ = s.Close()
		return
	}
	lib := gomilter.Server{
		NewMilter: func() gomilter.Milter { return s },
		Actions:   s.offer.actions,
		Protocol:  s.offer.protocol,
		SymList:   s.offer.symbols(),
	}
	_ = lib.Serve(&single{conn: sessionConn{Conn: s.conn, session: s}})
}

// sessionConn is a session as the library sees it.
type sessionConn struct {
	net.Conn
	session *session
}

func (c sessionConn) Read(p []byte) (int, error)  { return c.session.Read(p) }
func (c sessionConn) Write(p []byte) (int, error) { return c.session.Write(p) }
func (c sessionConn) Close() error                { return c.session.Close() }

// single is a listener of one connection.
type single struct{ conn net.Conn }

// Accept returns the connection once and net.ErrClosed afterwards.
func (l *single) Accept() (net.Conn, error) {
	c := l.conn
	if l.conn = nil; c == nil {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Close does nothing: the connection closes itself.
func (*single) Close() error { return nil }

// Addr is asked for by nobody.
func (*single) Addr() net.Addr { return nil }

// The callbacks of the library. It passes arguments without brackets and ESMTP parameters, addresses that it could not
// read as nil, and macros of one packet only; so each callback reads s.arg instead. Each returns nil: answers have been
// gathered by then.

// Connect begins an SMTP session.
func (s *session) Connect(string, string, uint16, net.IP, *gomilter.Modifier) (gomilter.Response, error) {
	s.abort()
	s.connected = true
	s.client = s.connecting.client(&s.macros)
	s.serverName, _ = s.macros.at(cmdConnect, "j")
	s.proceed(cmdConnect)
	return nil, nil
}

// Helo ends a message under way, as it does in SMTP (RFC 5321, 4.1.4). Postfix sends its ABORT for it afterwards,
// Sendmail before.
func (s *session) Helo(string, *gomilter.Modifier) (gomilter.Response, error) {
	s.abort()
	s.macros.endMessage()
	s.helo, s.heloDomain = s.argument(), ""
	s.guard("HELO", func() {
		if d, ok := s.config.ParseDomain(s.helo); ok {
			s.heloDomain = d
		}
	})
	s.proceed(cmdHelo)
	return nil, nil
}

// MailFrom begins a message.
func (s *session) MailFrom(string, *gomilter.Modifier) (gomilter.Response, error) {
	s.abort()
	s.begin(s.argument())
	s.proceed(cmdMail)
	return nil, nil
}

// RcptTo adds a recipient to the message, or refuses it.
func (s *session) RcptTo(string, *gomilter.Modifier) (gomilter.Response, error) {
	s.recipient(s.argument())
	return nil, nil
}

// Body answers the end of the message.
func (s *session) Body(*gomilter.Modifier) (gomilter.Response, error) {
	s.endOfMessage()
	return nil, nil
}

// Abort forgets the message, never the client.
func (s *session) Abort(*gomilter.Modifier) error {
	s.abort()
	s.macros.endMessage()
	return nil
}

// Header, Headers and BodyChunk are not reached: their packets do not get as far as the library.
func (s *session) Header(string, string, *gomilter.Modifier) (gomilter.Response, error) {
	return nil, nil
}

// Headers: see Header.
func (s *session) Headers(textproto.MIMEHeader, *gomilter.Modifier) (gomilter.Response, error) {
	return nil, nil
}

// BodyChunk: see Header.
func (s *session) BodyChunk([]byte, *gomilter.Modifier) (gomilter.Response, error) { return nil, nil }

// argument returns the first argument of the command being dispatched, exactly as it came. ESMTP parameters follow it.
func (s *session) argument() string {
	if i := bytes.IndexByte(s.arg, 0); i >= 0 {
		return string(s.arg[:i])
	}
	return string(s.arg)
}
