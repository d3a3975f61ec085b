package milter

import (
	"log/slog"
	"time"

	"sekimori/policy"
)

// Examiner begins the examination of one message at MAIL. It is used from many goroutines at once.
// m is filled further while the session goes on; an Examination reads only the parts that have come.
type Examiner interface {
	Begin(m *policy.Message) Examination
}

// Examination is one message being examined. Its methods are called from one goroutine, in the order of an SMTP
// transaction. Exactly one of End and Abort is called, once, and nothing after it; but a panic in End is followed by Abort.
type Examination interface {
	// Recipient is asked at RCPT. Of the Effect only an Action of reject or tempfail, with its Reply, answers
	// that recipient; everything else lets it pass. r stands in m.Recipients only after it was let pass.
	Recipient(r policy.Recipient) policy.Effect
	// Header says that m.Header is complete. It reports whether the body is wanted.
	Header() bool
	// Body hands over the next piece of the body, at most 16 KiB, with CRLF as line ends. p is valid during the call
	// only. It reports whether more is wanted.
	Body(p []byte) bool
	// End says that everything was seen, and waits for look-ups. Record.Effect is what is then applied.
	// Outcome and Elapsed are filled in here.
	End() *policy.Record
	// Abort says that the message will not be finished, and releases everything. It returns what is known, for
	// the log and the counters, or nil.
	Abort() *policy.Record
}

// Stats receives what is to be counted besides messages. Each function may be nil and is called from many
// goroutines at once.
type Stats struct {
	Opened        func() // a connection was accepted
	Closed        func() // a connection that was opened has ended
	Refused       func() // a connection was closed at once, because MaxConnections was reached
	ProtocolError func() // the MTA's side sent what the milter protocol does not allow
	Panicked      func() // an Examination, or a function of Config, panicked
	// Unexamined is called where no Record can tell: a refused connection (session_limit) and a breach of the
	// protocol outside a message (protocol). Every other reason stands in Facts.Unexamined of the Record.
	Unexamined func(policy.Unexamined)
}

// Config says how a Server behaves. Only Examiner is needed.
type Config struct {
	Examiner Examiner

	// Done is called once for each message, after the answer was written, or with OutcomeAborted. A Record of a
	// message that could not be examined has no Policy and no Direction. It may be nil.
	Done func(*policy.Record)
	// OnError says what a message gets that could not be examined: ActionAccept, with the field FieldUnexamined,
	// or ActionTempfail, 451 4.3.0. Nil means ActionAccept.
	OnError func() policy.Action
	// Forged names the fields that are removed from a message that is let through without being examined, so that
	// it carries nothing that passes for ours. m has the client and the header, as far as they came. Nil: none.
	Forged func(m *policy.Message) []policy.HeaderRef
	// Limits says how much of a header is kept (HeaderBytes, HeaderCount). It is asked at MAIL, so that a reload
	// holds from the next message on. Nil, or a limit of 0, means the limits of policy.Default.
	Limits func() policy.Limits
	// ParseAddress reads the argument of MAIL or RCPT, or the macro that holds its address; the second result
	// says why it could not. Nil means a reading that knows brackets and the last @ only.
	ParseAddress func(arg string) (policy.Address, string)
	// ParseDomain reads the argument of HELO. Nil means policy.ParseDomain.
	ParseDomain func(s string) (policy.Domain, bool)

	MaxConnections int           // connections at once, all listeners together; one more is closed unanswered. 0: 1000
	Idle           time.Duration // between two packets; above the MTA's SMTP time-outs. 0: 2 h
	PacketTimeout  time.Duration // from the first octet of a packet to its last, and for the negotiation. 0: 30 s
	WriteTimeout   time.Duration // for one answer. 0: 30 s

	Logger *slog.Logger // for what concerns a session, not a message; nil: nothing is logged
	Stats  Stats
}

// The defaults of Config.
const (
	DefaultMaxConnections = 1000
	DefaultIdle           = 2 * time.Hour
	DefaultPacketTimeout  = 30 * time.Second
	DefaultWriteTimeout   = 30 * time.Second
)

// withDefaults returns c with every absent setting filled in, so that nothing else asks whether one is there.
func (c Config) withDefaults() Config {
	if c.Done == nil {
		c.Done = func(*policy.Record) {}
	}
	if c.OnError == nil {
		c.OnError = func() policy.Action { return policy.ActionAccept }
	}
	if c.Forged == nil {
		c.Forged = func(*policy.Message) []policy.HeaderRef { return nil }
	}
	if c.Limits == nil {
		c.Limits = func() policy.Limits { return policy.Limits{} }
	}
	if c.ParseAddress == nil {
		c.ParseAddress = plainAddress
	}
	if c.ParseDomain == nil {
		c.ParseDomain = func(s string) (policy.Domain, bool) {
			d, err := policy.ParseDomain(s)
			return d, err == nil
		}
	}
	orElse(&c.MaxConnections, DefaultMaxConnections)
	orElse(&c.Idle, DefaultIdle)
	orElse(&c.PacketTimeout, DefaultPacketTimeout)
	orElse(&c.WriteTimeout, DefaultWriteTimeout)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	st := &c.Stats
	for _, f := range []*func(){&st.Opened, &st.Closed, &st.Refused, &st.ProtocolError, &st.Panicked} {
		if *f == nil {
			*f = func() {}
		}
	}
	if c.Stats.Unexamined == nil {
		c.Stats.Unexamined = func(policy.Unexamined) {}
	}
	return c
}

func orElse[T int | time.Duration](v *T, other T) {
	if *v <= 0 {
		*v = other
	}
}
