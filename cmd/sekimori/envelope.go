package main

import (
	"net/netip"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// envelope is the SMTP session that explain and probe invent around a message.
type envelope struct {
	Client string   `default:"203.0.113.1" placeholder:"IP" help:"Address of the SMTP client."`
	Name   string   `help:"Verified host name of the client."`
	Helo   string   `default:"mail.example.test" help:"Argument of HELO or EHLO."`
	From   string   `default:"<>" placeholder:"ADDRESS" help:"Argument of MAIL FROM."`
	Rcpt   []string `placeholder:"ADDRESS" help:"Argument of RCPT TO; may be repeated."`
	User   string   `help:"The authenticated user."`
}

// message builds the envelope of a message from the flags, and finds the mistakes in them.
func (e *envelope) message(queueID string) (*policy.Message, error) {
	m := &policy.Message{QueueID: queueID, Helo: e.Helo, SenderArg: e.From}
	addr, err := netip.ParseAddr(e.Client)
	if err != nil {
		return nil, badInput("--client: %w", err)
	}
	m.Client = policy.Client{Addr: addr.Unmap().WithZone(""), Name: e.Name, Authenticated: e.User}
	m.HeloDomain, _ = mail.Domain(e.Helo)
	if m.Sender, m.SenderBad = mail.EnvelopeAddress(e.From); m.SenderBad != "" {
		return nil, badInput("--from %s: %s", e.From, m.SenderBad)
	}
	for _, r := range e.Rcpt {
		a, bad := mail.EnvelopeAddress(r)
		if bad != "" {
			return nil, badInput("--rcpt %s: %s", r, bad)
		}
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: r, Address: a})
	}
	return m, nil
}

// readMessage reads a message from a file, or from standard input where the name is "-".
func readMessage(path string, s streams) ([]byte, error) {
	if path == "-" {
		return readAll(s.in, "standard input", maxMessageBytes)
	}
	raw, err := readFile(path, maxMessageBytes)
	if err != nil {
		return nil, inputError{err}
	}
	return raw, nil
}
