package milter

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"sekimori/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// first is the message that (*mta).message sends, as it must be seen.
func first() *policy.Message {
	return &policy.Message{
		QueueID:    "4Q",
		Server:     "mx.gw.test",
		Client:     policy.Client{Addr: netip.MustParseAddr("192.0.2.7"), Name: "mail.example.com"},
		Helo:       "mail.example.com",
		HeloDomain: "mail.example.com",
		SenderArg:  "<a@example.com>",
		Sender:     policy.Address{Local: "a", Domain: "example.com"},
		Recipients: []policy.Recipient{{Arg: "<b@gw.test>", Address: policy.Address{Local: "b", Domain: "gw.test"}}},
		Header:     policy.Header{{Name: "From", Value: " a@example.com"}, {Name: "Subject", Value: " hello"}},
		BodySize:   6,
	}
}

func diffMessage(t *testing.T, got, want *policy.Message) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
}

func TestMessage(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.hello()
	if got := m.message(); len(got) != 1 || got[0] != "c" {
		t.Errorf("answered %q, want continue alone", got)
	}
	rec := r.record()
	diffMessage(t, rec.Message, first())
	if rec.Outcome != policy.OutcomeAccepted || rec.Stage != policy.StageMessage || rec.Elapsed <= 0 {
		t.Errorf("record %+v", rec)
	}
	x := r.last()
	want := []string{"begin <a@example.com>", "recipient <b@gw.test>", "header", "body", "end"}
	if d := cmp.Diff(want, x.calls); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	if string(x.body) != "body\r\n" {
		t.Errorf("body %q", x.body)
	}
}

// Postfix sends ABORT after each message, Sendmail does not: neither loses the client, and nothing of one message
// shows in the next.
func TestSecondMessage(t *testing.T) {
	for _, between := range []string{"nothing", "abort", "twoaborts"} {
		t.Run(between, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.hello()
			m.macro(cmdMail, "i", "FIRST", "{mail_addr}", "first@example.org", "{auth_authen}", "taro")
			m.say(cmdMail, "<first@example.org>\x00")
			m.rcpt("<one@gw.test>")
			m.rcpt("<two@gw.test>")
			m.header("X-First", " 1")
			m.say(cmdEOH)
			m.say(cmdBody, "first\r\n")
			m.write(cmdEOM)
			m.verdict()
			if rec := r.record(); rec.Message.Client.Authenticated != "taro" || rec.Message.QueueID != "FIRST" {
				t.Errorf("first message %+v", rec.Message)
			}
			for range map[string]int{"nothing": 0, "abort": 1, "twoaborts": 2}[between] {
				m.write(cmdAbort)
			}
			// No macros at all: none may be left over either.
			m.say(cmdMail, "<a@example.com>\x00")
			m.say(cmdRcpt, "<b@gw.test>\x00")
			m.content("body\r\n")
			m.verdict()
			diffMessage(t, r.record().Message, first())
		})
	}
}

// EHLO inside a transaction ends it: Postfix says HELO and then ABORT, Sendmail ABORT and then HELO.
func TestHeloInTransaction(t *testing.T) {
	for _, order := range []string{"HA", "HAA", "AH", "H"} {
		t.Run(order, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.hello()
			m.mail("<old@example.org>")
			m.rcpt("<old@gw.test>")
			for _, cmd := range []byte(order) {
				if cmd == cmdHelo {
					m.say(cmdHelo, "other.example.com\x00")
				} else {
					m.write(cmd)
				}
			}
			m.message()
			if rec := r.record(); rec.Outcome != policy.OutcomeAborted || rec.Message.Helo != "mail.example.com" {
				t.Errorf("first record: %v, HELO %q", rec.Outcome, rec.Message.Helo)
			}
			want := first()
			want.Helo, want.HeloDomain = "other.example.com", "other.example.com"
			diffMessage(t, r.record().Message, want)
			if d := cmp.Diff([]string{"begin <old@example.org>", "recipient <old@gw.test>", "abort"}, r.exam.exams[0].calls); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
			if n := r.counts.get("protocol"); n != 0 {
				t.Errorf("%d protocol errors", n)
			}
		})
	}
}

// A refused recipient is answered and forgotten; the transaction and its other recipients stay.
func TestRefusedRecipient(t *testing.T) {
	r := start(t, nil)
	r.exam.setup = func(x *exam) {
		x.recipient = func(p policy.Recipient) policy.Effect {
			switch p.Address.Local {
			case "bad":
				return policy.Effect{Action: policy.ActionReject, Reply: policy.ReplySPFFail}
			case "later":
				return policy.Effect{Action: policy.ActionTempfail, Reply: policy.ReplySPFTempError}
			case "hold":
				return policy.Effect{Action: policy.ActionQuarantine}
			}
			return policy.Effect{}
		}
	}
	m := r.connect()
	m.hello()
	m.mail("<a@example.com>")
	m.write(cmdRcpt, "<bad@gw.test>\x00")
	m.want("y550 5.7.23 SPF check failed for the sender")
	m.rcpt("<b@gw.test>")
	m.write(cmdRcpt, "<later@gw.test>\x00")
	m.want("y451 4.7.24 SPF record of the sender cannot be read now")
	m.rcpt("<hold@gw.test>")
	m.content("body\r\n")
	m.verdict()
	want := first()
	want.Recipients = append(want.Recipients, policy.Recipient{Arg: "<hold@gw.test>",
		Address: policy.Address{Local: "hold", Domain: "gw.test"}})
	diffMessage(t, r.record().Message, want)
	// and the message after it has everything too
	m.message()
	diffMessage(t, r.record().Message, first())
}

// When every recipient was refused, the refusal is the outcome.
func TestEveryRecipientRefused(t *testing.T) {
	r := start(t, nil)
	r.exam.setup = func(x *exam) {
		x.recipient = func(policy.Recipient) policy.Effect {
			return policy.Effect{Action: policy.ActionReject, Reply: policy.ReplySPFFail}
		}
	}
	m := r.connect()
	m.hello()
	m.mail("<a@example.com>")
	m.macro(cmdRcpt, "i", "4Q%d")
	m.write(cmdRcpt, "<bad@gw.test>\x00")
	m.want("y550 5.7.23 SPF check failed for the sender (4Qd)")
	m.write(cmdAbort)
	m.write(cmdQuit)
	rec := r.record()
	if rec.Outcome != policy.OutcomeRejected || rec.Stage != policy.StageEnvelope || rec.Effect.Reply != policy.ReplySPFFail {
		t.Errorf("record %+v", rec)
	}
}

func TestQuitNewConnection(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.hello()
	m.message()
	r.record()
	m.write(cmdQuitNew)
	m.say(cmdConnect, "[198.51.100.3]\x00", "4", "\x00\x19", "198.51.100.3\x00")
	m.say(cmdMail, "<a@example.com>\x00")
	m.rcpt("<b@gw.test>")
	m.content("body\r\n")
	m.verdict()
	want := first()
	want.Server, want.Helo, want.HeloDomain = "", "", ""
	want.Client = policy.Client{Addr: netip.MustParseAddr("198.51.100.3")}
	diffMessage(t, r.record().Message, want)
}

// The queue id is taken wherever it comes first, and kept.
func TestQueueID(t *testing.T) {
	for _, stage := range "MRTLNBE" {
		t.Run(string(stage), func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.hello()
			at := func(cmd rune) {
				if cmd == stage {
					m.macro(byte(cmd), "i", "4QID")
				} else {
					m.macro(byte(cmd), "{msg_id}", "x")
				}
			}
			at('M')
			m.say(cmdMail, "<a@example.com>\x00")
			at('R')
			m.say(cmdRcpt, "<b@gw.test>\x00")
			at('T')
			at('L')
			m.say(cmdHeader, "From\x00 a@example.com\x00")
			at('N')
			m.say(cmdEOH)
			at('B')
			m.say(cmdBody, "x\r\n")
			at('E')
			m.write(cmdEOM)
			m.verdict()
			if rec := r.record(); rec.Message.QueueID != "4QID" {
				t.Errorf("queue id %q", rec.Message.QueueID)
			}
			if known := r.last().idAtHeader != ""; known != strings.ContainsRune("MRTLN", stage) {
				t.Errorf("known at the end of the header: %v", known)
			}
		})
	}
}

// The MTA's own reading of an address counts where it gives one with a domain.
func TestAddressMacro(t *testing.T) {
	for _, c := range []struct{ arg, macro, want string }{
		{"<@relay.example:a@victim.go.jp>", "a@victim.go.jp", "a@victim.go.jp"},
		{`<"x@y"@victim.go.jp>`, `"x@y"@victim.go.jp`, `"x@y"@victim.go.jp`},
		{"<taro@mx.gw.test>", "taro", "taro@mx.gw.test"},
		{"<taro@gw.test>", "", "taro@gw.test"},
		{"<>", "", ""},
		{"<>", "<>", ""},
		{`""`, "", ""},
		{"root@gw.test", "root@gw.test", "root@gw.test"},
	} {
		r := start(t, nil)
		m := r.connect()
		m.hello()
		m.macro(cmdMail, "{mail_addr}", c.macro)
		m.say(cmdMail, c.arg+"\x00")
		m.macro(cmdRcpt, "{rcpt_addr}", c.macro)
		m.say(cmdRcpt, c.arg+"\x00")
		m.write(cmdAbort)
		msg := r.record().Message
		if got := msg.Sender.String(); got != c.want || msg.SenderArg != c.arg {
			t.Errorf("MAIL %s, macro %q: sender %q, argument %q, want %q", c.arg, c.macro, got, msg.SenderArg, c.want)
		}
		if got := msg.Recipients[0]; got.Address.String() != c.want || got.Arg != c.arg {
			t.Errorf("RCPT %s, macro %q: recipient %+v, want %q", c.arg, c.macro, got, c.want)
		}
	}
}

// What was defined for a MAIL that never came, or for a message that is over, is not believed of another.
func TestStaleMacros(t *testing.T) {
	for name, end := range map[string]func(m *mta){
		"abort": func(m *mta) { m.write(cmdAbort) },
		"helo":  func(m *mta) { m.say(cmdHelo, "mail.example.com\x00") },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.hello()
			m.macro(cmdMail, "i", "OLD", "{auth_authen}", "taro")
			end(m)
			m.say(cmdMail, "<>\x00")
			m.write(cmdAbort)
			if msg := r.record().Message; msg.Client.Authenticated != "" || msg.QueueID != "" {
				t.Errorf("message %+v", msg)
			}
		})
	}
	t.Run("end of message", func(t *testing.T) {
		r := start(t, nil)
		m := r.connect()
		m.hello()
		m.message()     // its queue id is 4Q
		m.write(cmdEOM) // the end of nothing
		m.verdict()
		m.say(cmdMail, "<>\x00")
		m.say(cmdRcpt, "<b@gw.test>\x00")
		m.write(cmdEOM)
		m.want("c")
		for i, want := range []string{"4Q", "", ""} {
			if id := r.record().Message.QueueID; id != want {
				t.Errorf("message %d: queue id %q, want %q", i, id, want)
			}
		}
	})
}

// A macro without braces, a value that is missing and a definition that is too long do no harm.
func TestOddMacros(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.hello()
	m.write(cmdMacro)
	m.write(cmdMacro, "Z", "i\x00never\x00")
	m.write(cmdMacro, "M", "{i}\x004Q\x00odd")
	m.say(cmdMail, "<a@example.com>\x00")
	m.write(cmdMacro, "R", "pad\x00", strings.Repeat("x", maxMacros), "\x00{rcpt_addr}\x00other@gw.test\x00")
	m.say(cmdRcpt, "<b@gw.test>\x00")
	m.content("body\r\n")
	m.verdict()
	diffMessage(t, r.record().Message, first())
}
