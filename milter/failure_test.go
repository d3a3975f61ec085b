package milter

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// A panic in any method gives that message the answer of OnError. The session and its next message are whole.
func TestPanic(t *testing.T) {
	for _, onError := range []policy.Action{policy.ActionAccept, policy.ActionTempfail} {
		for _, method := range []string{"begin", "recipient", "header", "body", "end"} {
			t.Run(fmt.Sprintf("%s %s", onError, method), func(t *testing.T) {
				r := start(t, func(c *Config) { c.OnError = func() policy.Action { return onError } })
				r.exam.setup = func(x *exam) {
					if method == "begin" {
						panic("the test wants it")
					}
					x.panicIn = method
				}
				m := r.connect()
				m.hello()
				want, outcome := []string{"i\x00\x00\x00\x00X-Sekimori-Unexamined\x00 panic", "c"}, policy.OutcomeAccepted
				if onError == policy.ActionTempfail {
					want, outcome = []string{"y451 4.3.0 message cannot be examined now (4Q)"}, policy.OutcomeTempfailed
				}
				if d := cmp.Diff(want, m.message()); d != "" {
					t.Errorf("answer (-want +got):\n%s", d)
				}
				rec := r.record()
				if d := cmp.Diff([]policy.Unexamined{policy.UnexaminedPanic}, rec.Facts.Unexamined); d != "" || rec.Outcome != outcome {
					t.Errorf("outcome %s, unexamined (-want +got):\n%s", rec.Outcome, d)
				}
				if calls := r.last().calls; method != "begin" && calls[len(calls)-1] != "abort" {
					t.Errorf("calls %q, want abort at the end", calls)
				}
				if n := r.counts.get("panicked"); n != 1 {
					t.Errorf("%d panics counted, want 1", n)
				}
				r.exam.setup = nil
				if d := cmp.Diff([]string{"c"}, m.message()); d != "" {
					t.Errorf("answer to the second message (-want +got):\n%s", d)
				}
				diffMessage(t, r.record().Message, first())
			})
		}
	}
}

// What is let through unexamined carries nothing that passes for ours, wherever it stood.
func TestForged(t *testing.T) {
	r := start(t, func(c *Config) {
		c.Forged = func(m *policy.Message) (refs []policy.HeaderRef) {
			for i, f := range m.Header {
				if f.Value == " forged" {
					refs = append(refs, policy.HeaderRef{Name: f.Name, Index: i + 1})
				}
			}
			return refs
		}
	})
	r.exam.setup = func(x *exam) { x.panicIn = "header" }
	m := r.connect()
	m.hello()
	m.mail("<a@example.com>")
	m.rcpt("<b@gw.test>")
	m.header("A", " x")
	m.header("A", " forged")
	m.say(cmdEOH)
	m.header("A", " forged") // out of order
	m.write(cmdEOM)
	want := []string{"m\x00\x00\x00\x03A\x00", "m\x00\x00\x00\x02A\x00", "i\x00\x00\x00\x00X-Sekimori-Unexamined\x00 panic", "c"}
	if d := cmp.Diff(want, m.verdict()); d != "" {
		t.Errorf("answer (-want +got):\n%s", d)
	}
}

// Panics outside the examination, in Abort, in the functions of Config, end no session either.
func TestPanicElsewhere(t *testing.T) {
	boom := func() { panic("the test wants it") }
	for name, change := range map[string]func(*Config){
		"Done":   func(c *Config) { done := c.Done; c.Done = func(r *policy.Record) { done(r); boom() } },
		"Limits": func(c *Config) { c.Limits = func() policy.Limits { boom(); return policy.Limits{} } },
		"ParseAddress": func(c *Config) {
			c.ParseAddress = func(string) (policy.Address, string) { boom(); return policy.Address{}, "" }
		},
		"ParseDomain": func(c *Config) { c.ParseDomain = func(string) (policy.Domain, bool) { boom(); return "", true } },
		"Forged and End": func(c *Config) {
			c.Forged = func(*policy.Message) []policy.HeaderRef { boom(); return nil }
			c.Examiner.(*examiner).setup = func(x *exam) { x.panicIn = "end" }
		},
		"OnError and End": func(c *Config) {
			c.OnError = func() policy.Action { boom(); return policy.ActionTempfail }
			c.Examiner.(*examiner).setup = func(x *exam) { x.panicIn = "end" }
		},
		"Abort":    func(c *Config) { c.Examiner.(*examiner).setup = func(x *exam) { x.panicIn = "abort" } },
		"a nil":    func(c *Config) { c.Examiner = nothing{} },
		"noRecord": func(c *Config) { c.Examiner.(*examiner).setup = func(x *exam) { x.noRecord = true } },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, change)
			m := r.connect()
			m.hello()
			for range 2 {
				got := m.message()
				if got[len(got)-1] != "c" {
					t.Errorf("answered %q", got)
				}
				r.record()
			}
			m.mail("<a@example.com>")
			m.write(cmdAbort)
			r.record()
			m.write(cmdQuit)
			m.closed()
		})
	}
}

// nothing is an Examiner that does not keep its promise.
type nothing struct{}

func (nothing) Begin(*policy.Message) Examination { return nil }

// Commands out of order are no message that was examined; the answer at its end says so, and the next one is whole.
func TestDisorder(t *testing.T) {
	unexamined := []string{"i\x00\x00\x00\x00X-Sekimori-Unexamined\x00 protocol", "c"}
	for name, send := range map[string]func(m *mta){
		"end of message without MAIL": func(m *mta) { m.write(cmdEOM) },
		"RCPT without MAIL": func(m *mta) {
			m.rcpt("<b@gw.test>")
			m.content("body\r\n")
		},
		"header field without MAIL": func(m *mta) {
			m.header("From", " x")
			m.write(cmdEOM)
		},
		"end of header without MAIL": func(m *mta) {
			m.say(cmdEOH)
			m.write(cmdEOM)
		},
		"body without MAIL": func(m *mta) {
			m.say(cmdBody, "x\r\n")
			m.write(cmdEOM, "y\r\n")
		},
		"empty body without MAIL": func(m *mta) {
			m.say(cmdBody)
			m.write(cmdEOM)
		},
		"RCPT behind the header": func(m *mta) {
			m.mail("<a@example.com>")
			m.header("From", " x")
			m.rcpt("<b@gw.test>")
			m.write(cmdEOM)
		},
		"header field behind the header": func(m *mta) {
			m.mail("<a@example.com>")
			m.rcpt("<b@gw.test>")
			m.say(cmdEOH)
			m.header("From", " x")
			m.write(cmdEOM)
		},
		"header field behind the body": func(m *mta) {
			m.mail("<a@example.com>")
			m.rcpt("<b@gw.test>")
			m.say(cmdBody, "x\r\n")
			m.header("From", " x")
			m.write(cmdEOM)
		},
		"two ends of the header": func(m *mta) {
			m.mail("<a@example.com>")
			m.rcpt("<b@gw.test>")
			m.say(cmdEOH)
			m.say(cmdEOH)
			m.write(cmdEOM)
		},
		"header field that is not one": func(m *mta) {
			m.mail("<a@example.com>")
			m.rcpt("<b@gw.test>")
			m.say(cmdHeader, "From\x00")
			m.say(cmdEOH)
			m.write(cmdEOM)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, protocol := range []uint32{allProtocol, 0} {
				r := start(t, nil)
				m := r.connect()
				m.negotiate(6, allActions, protocol)
				m.client()
				send(m)
				if d := cmp.Diff(unexamined, m.verdict()); protocol != 0 && d != "" {
					t.Errorf("answer (-want +got):\n%s", d)
				}
				rec := r.record()
				if d := cmp.Diff([]policy.Unexamined{policy.UnexaminedProtocol}, rec.Facts.Unexamined); d != "" {
					t.Errorf("unexamined (-want +got):\n%s", d)
				}
				if n := r.counts.get("protocol"); n != 1 {
					t.Errorf("%d protocol errors counted, want 1", n)
				}
				if d := cmp.Diff([]string{"c"}, m.message()); d != "" {
					t.Errorf("answer to the next message (-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestMailBeforeConnect(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.negotiate(6, allActions, allProtocol)
	if got := m.message(); !strings.Contains(got[0], "Unexamined\x00 protocol") {
		t.Errorf("answered %q", got)
	}
}

// Some commands may be left out without harm.
func TestOmissions(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.negotiate(6, allActions, allProtocol)
	m.say(cmdConnect, "[192.0.2.7]\x00", "4", "\x00\x19", "192.0.2.7\x00") // no HELO
	m.mail("<never@example.com>")                                          // neither ABORT nor end
	m.mail("<a@example.com>")
	m.rcpt("<b@gw.test>")
	m.header("From", " x")
	m.write(cmdEOM, "bo", "dy\r\n") // no end of header, the body in the end of message
	m.want("c")
	if rec := r.record(); rec.Outcome != policy.OutcomeAborted {
		t.Errorf("first message %s", rec.Outcome)
	}
	if rec := r.record(); string(r.last().body) != "body\r\n" || len(rec.Message.Header) != 1 || rec.Facts.Unexamined != nil {
		t.Errorf("body %q, header %q, unexamined %q", r.last().body, rec.Message.Header, rec.Facts.Unexamined)
	}
	if n := r.counts.get("protocol"); n != 0 {
		t.Errorf("%d protocol errors counted", n)
	}
}

// What cannot be cut into packets ends the connection. A message under way was not examined, and that is counted.
func TestBrokenPackets(t *testing.T) {
	raw := func(length uint32, rest string) string {
		return string(binary.BigEndian.AppendUint32(nil, length)) + rest
	}
	for name, bytes := range map[string]string{
		"no command":         raw(0, "B"),
		"longer than 1 MiB":  raw(MaxPacket+2, "B"),
		"gigabytes":          raw(0xffffffff, "B"),
		"command too long":   raw(MaxCommand+2, "R"+strings.Repeat("x", MaxCommand+1)),
		"unknown command":    raw(1, "?"),
		"second negotiation": raw(13, "O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x00\x00\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.hello()
			m.mail("<a@example.com>")
			_, _ = m.c.Write([]byte(bytes))
			m.closed()
			rec := r.record()
			if d := cmp.Diff([]policy.Unexamined{policy.UnexaminedProtocol}, rec.Facts.Unexamined); d != "" || rec.Outcome != policy.OutcomeAborted {
				t.Errorf("outcome %s, unexamined (-want +got):\n%s", rec.Outcome, d)
			}
			if n := r.counts.get("protocol"); n != 1 {
				t.Errorf("%d protocol errors counted, want 1", n)
			}
			m = r.connect()
			m.hello()
			_, _ = m.c.Write([]byte(bytes))
			m.closed()
			if n := r.counts.get("unexamined protocol"); n != 1 {
				t.Errorf("%d sessions counted as unexamined, want 1", n)
			}
		})
	}
}

// What is no MTA at all is a protocol error, but no mail went unexamined. A check of the port is neither.
func TestStranger(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	_, _ = m.c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	m.closed()
	_ = r.connect().c.Close()
	m = r.connect()
	m.write(cmdMail, "<a@example.com>\x00")
	m.closed()
	if p, u := r.counts.get("protocol"), r.counts.get("unexamined protocol"); p != 2 || u != 0 {
		t.Errorf("%d protocol errors, %d unexamined, want 2 and 0", p, u)
	}
}

// The client goes away in the middle of a message.
func TestGone(t *testing.T) {
	for _, partial := range []string{"", "\x00", "\x00\x00\x00\x09B1234"} {
		r := start(t, nil)
		m := r.connect()
		m.hello()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.header("From", " x")
		_, _ = m.c.Write([]byte(partial))
		_ = m.c.Close()
		if rec := r.record(); rec.Outcome != policy.OutcomeAborted || rec.Facts.Unexamined != nil {
			t.Errorf("%q: outcome %s, unexamined %q", partial, rec.Outcome, rec.Facts.Unexamined)
		}
		if calls := r.last().calls; calls[len(calls)-1] != "abort" {
			t.Errorf("%q: calls %q", partial, calls)
		}
	}
}
