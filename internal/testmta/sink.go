//go:build linux

package testmta

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
)

// Delivery is one message as an MTA handed it on.
type Delivery struct {
	ID   string // queue id, from the topmost Received field
	From string // without brackets
	To   []string
	Data []byte // octet by octet, CR LF, without dot-stuffing
}

// Sink takes all mail by SMTP or LMTP (RFC 2033) and keeps it.
type Sink struct {
	listener net.Listener
	mu       sync.Mutex
	mails    []Delivery
	changed  chan struct{} // closed when mails grows
}

// StartSink listens at addr.
func StartSink(addr string) (*Sink, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Sink{listener: l, changed: make(chan struct{})}
	go s.accept()
	return s, nil
}

// Close stops listening. Open connections end with their clients.
func (s *Sink) Close() { s.listener.Close() }

// Addr returns where the sink listens.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Deliveries returns everything taken so far, oldest first.
func (s *Sink) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails[:len(s.mails):len(s.mails)]
}

// Wait returns everything taken as soon as enough says so, and an error when ctx ends before.
func (s *Sink) Wait(ctx context.Context, enough func([]Delivery) bool) ([]Delivery, error) {
	for {
		s.mu.Lock()
		mails, changed := s.mails[:len(s.mails):len(s.mails)], s.changed
		s.mu.Unlock()
		if enough(mails) {
			return mails, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return mails, fmt.Errorf("%d deliveries so far: %w", len(mails), ctx.Err())
		}
	}
}

func (s *Sink) keep(d Delivery) {
	d.ID = queueID(d.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, d)
	close(s.changed)
	s.changed = make(chan struct{})
}

var receivedID = regexp.MustCompile(`(?m)^Received:.*?\sid ([0-9A-Za-z]+)`)

// queueID returns the id in the topmost Received field, "" when there is none.
func queueID(mail []byte) string {
	header, _, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	unfolded := bytes.ReplaceAll(header, []byte("\r\n\t"), []byte(" "))
	if m := receivedID.FindSubmatch(unfolded); m != nil {
		return string(m[1])
	}
	return ""
}

func (s *Sink) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go s.serve(conn)
	}
}

// serve speaks with one client until it goes.
func (s *Sink) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(lines ...string) { fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n") }
	say("220 sink ESMTP")
	lmtp := false
	var mail Delivery
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch word {
		case "EHLO", "LHLO":
			lmtp = word == "LHLO"
			say("250-sink", "250-8BITMIME", "250-SMTPUTF8", "250-DSN", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 SIZE 100000000")
		case "MAIL":
			mail = Delivery{From: path(line)}
			say("250 2.1.0 ok")
		case "RCPT":
			mail.To = append(mail.To, path(line))
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go")
			if mail.Data, err = content(r); err != nil {
				return
			}
			s.keep(mail)
			replies := 1
			if lmtp {
				replies = len(mail.To)
			}
			for range replies {
				say("250 2.0.0 taken")
			}
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default: // HELO, RSET, NOOP
			say("250 2.0.0 ok")
		}
	}
}

// path returns what stands in the angle brackets of a MAIL or RCPT line.
func path(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// content reads up to the final dot.
func content(r *bufio.Reader) ([]byte, error) {
	var b bytes.Buffer
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if string(line) == ".\r\n" {
			return b.Bytes(), nil
		}
		b.Write(bytes.TrimPrefix(line, []byte(".")))
	}
}
