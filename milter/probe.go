package milter

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"sekimori/policy"
)

// maxProbeAnswer is the longest answer that Probe reads, in octets; a longer one is an error.
const maxProbeAnswer = 1 << 20

// bodyPiece is how much of a body an MTA sends at a time.
const bodyPiece = 65535

// ProbeMessage is a message to try a milter with. Arguments stand as in SMTP, with their brackets.
type ProbeMessage struct {
	ClientName string         // verified name of the client, "" for none
	Client     netip.AddrPort // invalid: mail that comes without SMTP
	Helo       string         // "" leaves HELO out
	Sender     string         // argument of MAIL
	Recipients []string       // arguments of RCPT
	Header     policy.Header  // values as they stand behind the colon
	Body       []byte         // with CRLF; it is sent as it is
	Server     string         // the name by which the MTA calls itself
	QueueID    string
	User       string // authenticated user, "" for none
}

// ProbeAnswer is what a milter said at one command.
type ProbeAnswer struct {
	Command string // "connect", "helo", "mail", "rcpt", "header", "end of header", "body", "end of message"
	About   string // the argument of the command
	Answer  string // "continue", "accept", "reject", "tempfail", "discard", "skip", or an SMTP reply
}

// ProbeEdit is one change that a milter asked for.
type ProbeEdit struct {
	// Kind is "insert", "add", "change" or "remove", of a header field, or "quarantine", "remove recipient",
	// "add recipient", "change sender" or "replace body".
	Kind  string
	Index int    // of a header field
	Name  string // of a header field
	Value string // of a header field; else the recipient, the reason or the sender; nothing of a body
}

// ProbeResult is what came of a ProbeMessage.
type ProbeResult struct {
	Answers []ProbeAnswer // to commands that the milter answers, in order
	Edits   []ProbeEdit   // in the order asked for
	Final   string        // the answer that decided, as in ProbeAnswer.Answer
}

// Probe hands a message to the milter at network and addr ("unix" and a path, or "tcp" and host:port) as Postfix
// would, and returns what it answered. Nothing is delivered. It ends with ctx. An error is a milter that is not there,
// does not answer or does not speak the protocol.
//
// The library's own client is not used: it refuses a server that answers with protocol version 2 when it was offered
// more, and so every server of the same library.
func Probe(ctx context.Context, network, addr string, in ProbeMessage) (ProbeResult, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return ProbeResult{}, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	p := &probe{conn: conn, r: bufio.NewReader(io.LimitReader(conn, 16*maxProbeAnswer))}
	err = p.run(in)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return p.result, err
}

// probe is the MTA's side of one connection.
type probe struct {
	conn     net.Conn
	r        *bufio.Reader
	out      packets
	protocol uint32
	result   ProbeResult
}

// errDecided says that an answer has ended the message.
var errDecided = errors.New("the milter has decided")

func (p *probe) run(in ProbeMessage) error {
	if err := p.negotiate(); err != nil {
		return err
	}
	err := p.transaction(in)
	if err != nil && !errors.Is(err, errDecided) {
		return err
	}
	p.out.add(cmdAbort)
	p.out.add(cmdQuit)
	return p.flush()
}

func (p *probe) negotiate() error {
	const version, actions, protocol = 6, 0x1ff, 0x1fffff // what Postfix 3.7 and Sendmail 8.17 offer
	var offer []byte
	for _, v := range []uint32{version, actions, protocol} {
		offer = binary.BigEndian.AppendUint32(offer, v)
	}
	p.out.add(cmdNegotiate, string(offer))
	cmd, data, err := p.read()
	if err != nil {
		return fmt.Errorf("negotiating: %w", err)
	}
	if cmd != cmdNegotiate || len(data) < len(offer) {
		return fmt.Errorf("negotiating: %w: the answer is %q", errProtocol, cmd)
	}
	p.protocol = binary.BigEndian.Uint32(data[8:])
	return nil
}

// transaction sends the message. It returns errDecided as soon as an answer has ended it.
func (p *probe) transaction(in ProbeMessage) error {
	if err := p.open(in); err != nil {
		return err
	}
	p.macros(cmdMail, "i", in.QueueID, "{mail_addr}", strings.Trim(in.Sender, "<>"), "{auth_authen}", in.User)
	if err := p.say(cmdMail, "mail", in.Sender, in.Sender+"\x00"); err != nil {
		return err
	}
	accepted := 0
	for _, r := range in.Recipients {
		p.macros(cmdRcpt, "i", in.QueueID, "{rcpt_addr}", strings.Trim(r, "<>"))
		switch err := p.say(cmdRcpt, "rcpt", r, r+"\x00"); {
		case err == nil:
			accepted++
		case !errors.Is(err, errDecided) || p.result.Final == "discard" || p.result.Final == "accept":
			return err
		}
	}
	if accepted == 0 && len(in.Recipients) > 0 {
		return errDecided
	}
	p.result.Final = ""
	return p.content(in)
}

// open says who the client is.
func (p *probe) open(in ProbeMessage) error {
	name, host, family, port := in.ClientName, in.Client.Addr().String(), "4", in.Client.Port()
	resolved := name + " [" + host + "]"
	switch {
	case !in.Client.IsValid():
		name, host, resolved, port = "localhost", "127.0.0.1", "localhost [127.0.0.1]", 0
	case name == "":
		name, resolved = "["+host+"]", "unknown ["+host+"]"
	}
	if in.Client.Addr().Is6() {
		family = "6"
	}
	p.macros(cmdConnect, "j", in.Server, "_", resolved)
	if err := p.say(cmdConnect, "connect", resolved,
		name, "\x00", family, string([]byte{byte(port >> 8), byte(port)}), host, "\x00"); err != nil {
		return err
	}
	if in.Helo == "" {
		return nil
	}
	return p.say(cmdHelo, "helo", in.Helo, in.Helo+"\x00")
}

// content sends header and body and reads the verdict.
func (p *probe) content(in ProbeMessage) error {
	p.macros(cmdData, "i", in.QueueID)
	for _, f := range in.Header {
		value := f.Value
		if p.protocol&0x100000 == 0 { // the milter does not want the space after the colon
			value = strings.TrimPrefix(value, " ")
		}
		if err := p.say(cmdHeader, "header", f.Name, f.Name, "\x00", value, "\x00"); err != nil {
			return err
		}
	}
	p.macros(cmdEOH, "i", in.QueueID)
	if err := p.say(cmdEOH, "end of header", ""); err != nil {
		return err
	}
	for body := in.Body; len(body) > 0 && p.result.Final != "skip"; {
		n := min(len(body), bodyPiece)
		if err := p.say(cmdBody, "body", "", string(body[:n])); err != nil {
			return err
		}
		body = body[n:]
	}
	p.macros(cmdEOM, "i", in.QueueID)
	return p.say(cmdEOM, "end of message", "")
}

// macros defines macros, those without a value left out.
func (p *probe) macros(cmd byte, kv ...string) {
	parts := []string{string(cmd)}
	for i := 0; i < len(kv); i += 2 {
		if kv[i+1] != "" {
			parts = append(parts, kv[i], "\x00", kv[i+1], "\x00")
		}
	}
	p.out.add(cmdMacro, parts...)
}

// say sends one command, unless the milter does not want it, and reads the answer, where there is one.
func (p *probe) say(cmd byte, name, about string, parts ...string) error {
	no, silent := probeBits(cmd)
	if p.protocol&no != 0 {
		return nil
	}
	p.out.add(cmd, parts...)
	if p.protocol&silent != 0 {
		if len(p.out) < keptBuffer {
			return nil
		}
		return p.flush()
	}
	for {
		cmd, data, err := p.read()
		if err != nil {
			return fmt.Errorf("answer to %s: %w", name, err)
		}
		if edit, ok := readEdit(cmd, data); ok {
			p.result.Edits = append(p.result.Edits, edit)
			continue
		}
		answer := readAnswer(cmd, data)
		switch answer {
		case "":
			return fmt.Errorf("answer to %s: %w: %q is not known", name, errProtocol, cmd)
		case "progress":
			continue
		}
		p.result.Answers = append(p.result.Answers, ProbeAnswer{Command: name, About: about, Answer: answer})
		p.result.Final = answer
		if answer == "continue" || answer == "skip" {
			return nil
		}
		return errDecided
	}
}
