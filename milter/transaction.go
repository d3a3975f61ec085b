package milter

import (
	"time"

	gomilter "github.com/emersion/go-milter"

	"sekimori/policy"
)

// MaxRecipientBytes is how many octets of RCPT arguments one message may have, about 30,000 recipients. One more
// recipient is answered 451 4.5.3.
const MaxRecipientBytes = 1 << 20

// phase is how far a message has come.
type phase int

// The phases.
const (
	inEnvelope phase = iota
	inHeader
	inBody
)

// transaction is one message, from MAIL to its answer.
type transaction struct {
	*policy.Message
	started time.Time
	phase   phase
	exam    Examination       // nil when the message is not examined (any more)
	failed  policy.Unexamined // why not; "" while it is
	known   *policy.Record    // what the examination knew when it was given up; may be nil
	wanted  bool              // more of the body is wanted

	recipientBytes int
	refusal        policy.Effect // the last answer that refused a recipient
}

// begin begins a message and its examination.
func (s *session) begin(arg string) {
	s.start()
	t := s.msg
	t.SenderArg = arg
	t.QueueID, _ = s.macros.at(cmdMail, "i")
	t.Client.Authenticated, _ = s.macros.at(cmdMail, "auth_authen")
	addr, _ := s.macros.at(cmdMail, "mail_addr")
	s.macros.endMessage() // MAIL's have been read; whatever else there is belongs to another message
	if !s.connected {
		s.disorder("MAIL before CONNECT")
		return
	}
	if !s.guard("MAIL", func() {
		t.Sender, t.SenderBad = address(s.config.ParseAddress, arg, addr)
		t.exam = s.config.Examiner.Begin(t.Message)
	}) || t.exam == nil {
		s.fail(policy.UnexaminedPanic)
	}
}

// start makes the message that a session is about to see.
func (s *session) start() {
	s.msg = &transaction{started: time.Now(), Message: &policy.Message{
		Server:     s.serverName,
		Client:     s.client,
		Helo:       s.helo,
		HeloDomain: s.heloDomain,
	}}
	var limits policy.Limits
	s.guard("Limits", func() { limits = s.config.Limits() })
	s.buf.reset(limits)
}

// disorder notes a command that is out of order. The message, or what follows as one, is not examined: it gets the
// answer of OnError at its end.
func (s *session) disorder(what string) {
	if s.msg == nil {
		s.macros.endMessage()
		s.start()
	}
	if s.msg.failed != "" {
		return
	}
	s.config.Stats.ProtocolError()
	s.config.Logger.Warn("milter: commands out of order", "command", what, "queue_id", s.msg.QueueID)
	s.fail(policy.UnexaminedProtocol)
}

// fail gives up the examination of the message under way.
func (s *session) fail(why policy.Unexamined) {
	t := s.msg
	if t.failed == "" {
		t.failed = why
	}
	t.wanted = false
	s.release()
}

// release lets the examination go that will not come to its end.
func (s *session) release() {
	t := s.msg
	x := t.exam
	if x == nil {
		return
	}
	t.exam = nil
	if !s.guard("Abort", func() { t.known = x.Abort() }) {
		s.fail(policy.UnexaminedPanic)
	}
}

// ask calls one method of the examination, where there is one; a panic in it ends the examination.
func (s *session) ask(what string, f func(Examination)) {
	if x := s.msg.exam; x != nil && !s.guard(what, func() { f(x) }) {
		s.fail(policy.UnexaminedPanic)
	}
}

// recipient asks about a recipient and answers it.
func (s *session) recipient(arg string) {
	if s.msg == nil || s.msg.phase != inEnvelope {
		s.disorder("RCPT")
	}
	t := s.msg
	s.findQueueID()
	if t.recipientBytes+len(arg) > MaxRecipientBytes {
		s.reply(policy.Effect{Action: policy.ActionTempfail, Reply: replyTooMany})
		return
	}
	r := policy.Recipient{Arg: arg}
	var e policy.Effect
	addr, _ := s.macros.at(cmdRcpt, "rcpt_addr")
	s.macros.forget(cmdRcpt)
	if !s.guard("RCPT", func() { r.Address, _ = address(s.config.ParseAddress, arg, addr) }) {
		s.fail(policy.UnexaminedPanic)
	}
	s.ask("Recipient", func(x Examination) { e = x.Recipient(r) })
	if e.Action == policy.ActionReject || e.Action == policy.ActionTempfail {
		t.refusal = e
		s.reply(e)
		return
	}
	t.recipientBytes += len(arg)
	t.Recipients = append(t.Recipients, r)
	s.proceed(cmdRcpt)
}

// findQueueID takes the queue id from the first stage that has it: Postfix names it from the second recipient on,
// Sendmail at MAIL and at no stage behind RCPT.
func (s *session) findQueueID() {
	if s.msg.QueueID == "" {
		s.msg.QueueID, _ = s.macros.get("i")
	}
}

// headerPacket takes one header field.
func (s *session) headerPacket(n int) error {
	if s.msg == nil || s.msg.phase > inHeader {
		s.disorder("header field")
	}
	if s.msg.phase == inEnvelope {
		s.msg.phase = inHeader
	}
	s.buf.begin()
	if err := s.pieces(n, s.buf.write); err != nil {
		return err
	}
	if !s.buf.end(!s.offer.has(gomilter.OptHeaderLeadingSpace)) {
		s.disorder("header field that is not one")
	}
	s.proceed(cmdHeader)
	return nil
}

// endOfHeader completes the header. An MTA that sends body or end of message without it has ended the header too.
func (s *session) endOfHeader() {
	if s.msg == nil || s.msg.phase == inBody {
		s.disorder("end of header")
	}
	t := s.msg
	t.phase = inBody
	s.findQueueID()
	if t.failed != "" {
		return
	}
	t.Header, t.HeaderCut = s.buf.header(), s.buf.full
	s.ask("Header", func(x Examination) { t.wanted = x.Header() })
}

// bodyPacket takes a piece of the body.
func (s *session) bodyPacket(n int) error {
	s.body(nil) // an empty piece is one too
	if err := s.pieces(n, s.body); err != nil {
		return err
	}
	switch {
	case s.offer.unanswered(cmdBody):
	case !s.msg.wanted && s.offer.has(gomilter.OptSkip):
		s.out.add(ansSkip)
	default:
		s.out.add(ansContinue)
	}
	return nil
}

func (s *session) body(p []byte) {
	if s.msg == nil {
		s.disorder("body")
	}
	if s.msg.phase != inBody {
		s.endOfHeader()
	}
	s.msg.BodySize += int64(len(p))
	if s.msg.wanted && len(p) > 0 {
		s.ask("Body", func(x Examination) { s.msg.wanted = x.Body(p) })
	}
}
