package scenario

import (
	"bytes"
	"fmt"
	"net/netip"
)

// Prepared is a case ready to be carried out: messages are signed and padded, and the zone holds the keys.
type Prepared struct {
	Case  *Case
	Zone  []byte // dns.zone and the DKIM keys of the sign lines
	plays map[Target]Play
}

// Play is what one target has to do.
type Play struct {
	Case   *Case
	Target Target
	Steps  []Step // those meant for the target; Content is set where a message is sent
}

// Play returns what t has to do. It has no steps when t has no part in the case.
func (p *Prepared) Play(t Target) Play { return p.plays[t] }

// Prepare signs and pads the messages. Each key is made anew and used for every target. An error is one of signing:
// a message without From cannot be signed.
func (c *Case) Prepare() (*Prepared, error) {
	p := &Prepared{Case: c, plays: map[Target]Play{}}
	k := keyring{}
	for _, t := range Targets() {
		play := Play{Case: c, Target: t}
		if err := play.fill(c, k); err != nil {
			return nil, err
		}
		p.plays[t] = play
	}
	p.Zone = append(bytes.Clone(c.Zone), k.zone()...)
	return p, nil
}

func (p *Play) fill(c *Case, k keyring) error {
	var signs []Sign
	var pad int64
	for _, s := range c.Steps {
		if !meant(s.Only, p.Target) {
			continue
		}
		switch {
		case s.Verb == VerbSign:
			signs = append(signs, s.Sign)
		case s.Verb == VerbPad:
			pad += s.Pad
		case s.Verb.message():
			s.Content = lengthen(wireForm(c.Mails[s.File]), pad)
			for _, sign := range signs {
				signed, err := k.sign(s.Content, sign)
				if err != nil {
					return fmt.Errorf("%s:%d: sign %s with d=%s: %w", c.File, s.Line, s.File, sign.Domain, err)
				}
				s.Content = signed
			}
			signs, pad = nil, 0
		}
		p.Steps = append(p.Steps, s)
	}
	return nil
}

// wireForm returns a message with CR LF line ends.
func wireForm(mail []byte) []byte {
	lf := bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
}

// lengthen adds n octets of body in lines that every MTA passes on unchanged.
func lengthen(mail []byte, n int64) []byte {
	const full = 78 // one line with its CR LF
	out := make([]byte, 0, int64(len(mail))+n)
	out = append(out, mail...)
	for n > 0 {
		take := min(n, full)
		if rest := n - take; rest == 1 || rest == 2 {
			take -= 3 // a line needs its CR LF: leave enough for the last one
		}
		out = append(out, bytes.Repeat([]byte("x"), int(max(take-2, 0)))...)
		out = append(out, "\r\n"...)
		n -= take
	}
	return out
}

// Transaction is one message of a session as a filter meets it, for a runner without an MTA.
type Transaction struct {
	Step          int        // of its data or submit line, in Play.Steps
	Client        netip.Addr // invalid for a submission without SMTP
	Helo          string
	Authenticated string // the user, "" when there is none
	Sender        string // argument of MAIL, brackets included
	Recipients    []string
	Content       []byte // CR LF line ends
}

// Transactions follows the session and returns its messages, each with the recipients that the case does not want
// refused.
func (p Play) Transactions() []Transaction {
	var out []Transaction
	var now Transaction
	for i, s := range p.Steps {
		switch s.Verb {
		case VerbClient:
			now = Transaction{Client: s.Addr}
		case VerbHelo, VerbEhlo:
			now = Transaction{Client: now.Client, Helo: s.Arg, Authenticated: now.Authenticated}
		case VerbAuth:
			now.Authenticated = s.Arg
		case VerbStartTLS:
			now = Transaction{Client: now.Client} // the session starts anew (RFC 3207, 4.2)
		case VerbMail:
			now.Sender, now.Recipients = s.Arg, nil
		case VerbRcpt:
			if s.Want.Code < 400 {
				now.Recipients = append(now.Recipients, s.Arg)
			}
		case VerbData:
			now.Step, now.Content = i, s.Content
			out = append(out, now)
			now.Sender, now.Recipients, now.Content = "", nil, nil
		case VerbRset:
			now.Sender, now.Recipients = "", nil
		case VerbSubmit:
			out = append(out, Transaction{Step: i, Helo: "localhost", Sender: s.Arg, Recipients: s.To, Content: s.Content})
		case VerbNoop, VerbQuit, VerbDrop, VerbSign, VerbPad:
		}
	}
	return out
}
