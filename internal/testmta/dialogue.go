//go:build linux

package testmta

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"sekimori/internal/scenario"
)

// replyTimeout is how long a client waits for one reply. It is longer than any time-out of a milter under test.
const replyTimeout = 45 * time.Second

// Dialogue is the client's side of one SMTP connection. It does what it is told, without a mind of its own.
type Dialogue struct {
	conn net.Conn
	r    *bufio.Reader
}

// Dial connects to server from the address client and reads the greeting.
func Dial(ctx context.Context, client netip.Addr, server netip.AddrPort) (*Dialogue, scenario.Reply, error) {
	d := net.Dialer{
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(client, 0)),
		Control:   freebind,
	}
	conn, err := d.DialContext(ctx, "tcp", server.String())
	if err != nil {
		return nil, scenario.Reply{}, err
	}
	dialogue := &Dialogue{conn: conn, r: bufio.NewReader(conn)}
	greeting, err := dialogue.read()
	if err != nil {
		conn.Close()
	}
	return dialogue, greeting, err
}

// freebind lets an address of a local route be bound although no interface holds it. IPv4 needs no leave.
func freebind(network, _ string, c syscall.RawConn) error {
	const ipv6Freebind = 78 // IPV6_FREEBIND of linux/in6.h
	if network != "tcp6" {
		return nil
	}
	var err error
	if e := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, ipv6Freebind, 1) }); e != nil {
		return e
	}
	return err
}

// Say sends one line and returns the reply.
func (d *Dialogue) Say(format string, args ...any) (scenario.Reply, error) {
	if err := d.send(fmt.Appendf(nil, format+"\r\n", args...)); err != nil {
		return scenario.Reply{}, err
	}
	return d.read()
}

// Data sends DATA and, when the server wants it, the content; it returns the last reply. The content has CR LF line
// ends; dots are stuffed here.
func (d *Dialogue) Data(content []byte) (scenario.Reply, error) {
	if reply, err := d.Say("DATA"); err != nil || reply.Code != 354 {
		return reply, err
	}
	if err := d.SendContent(content); err != nil {
		return scenario.Reply{}, err
	}
	return d.Finish()
}

// SendContent sends a part of a message that begins and ends with whole lines, without the final dot.
func (d *Dialogue) SendContent(content []byte) error {
	if bytes.HasPrefix(content, []byte(".")) {
		content = append([]byte("."), content...)
	}
	content = bytes.ReplaceAll(content, []byte("\n."), []byte("\n.."))
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\r\n")) {
		content = append(content, "\r\n"...)
	}
	return d.send(content)
}

// Finish sends the final dot and returns the reply.
func (d *Dialogue) Finish() (scenario.Reply, error) { return d.Say(".") }

// StartTLS sends STARTTLS and shakes hands. The certificate is not checked.
func (d *Dialogue) StartTLS() (scenario.Reply, error) {
	reply, err := d.Say("STARTTLS")
	if err != nil || reply.Code != 220 {
		return reply, err
	}
	conn := tls.Client(d.conn, &tls.Config{InsecureSkipVerify: true})
	conn.SetDeadline(time.Now().Add(replyTimeout))
	if err := conn.Handshake(); err != nil {
		return reply, fmt.Errorf("shake hands: %w", err)
	}
	d.conn, d.r = conn, bufio.NewReader(conn)
	return reply, nil
}

// AuthPlain authenticates (RFC 4616).
func (d *Dialogue) AuthPlain(user, password string) (scenario.Reply, error) {
	return d.Say("AUTH PLAIN %s", base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)))
}

// Close closes the connection without QUIT.
func (d *Dialogue) Close() error { return d.conn.Close() }

func (d *Dialogue) send(p []byte) error {
	d.conn.SetWriteDeadline(time.Now().Add(replyTimeout))
	_, err := d.conn.Write(p)
	return err
}

func (d *Dialogue) read() (scenario.Reply, error) {
	d.conn.SetReadDeadline(time.Now().Add(replyTimeout))
	return readReply(d.r)
}
