package milter

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"sekimori/policy"
)

func TestNegotiate(t *testing.T) {
	for _, c := range []struct {
		name                         string
		version, actions, protocol   uint32
		wantActions, wantProtocol    uint32
		wantSymbols, wantNoBodyReply bool
	}{
		{"postfix and sendmail", 6, allActions, allProtocol, 0x13d, 0x1f3380, true, true},
		{"version 2", 2, 0x3f, 0x7f, 0x3d, 0, false, false},
		{"nothing", 6, 0, 0, 0, 0, false, false},
		{"later bits", 99, 0xffffffff, 0xffffffff, 0x13d, 0x1f3380, true, true},
		{"no silence for the body", 6, allActions, allProtocol &^ bitNoBody, 0x13d, 0x173780, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.negotiate(c.version, c.actions, c.protocol)
			// bits 0x200 (no DATA) and 0x100 (no unknown commands) are part of what is wanted
			want := c.wantProtocol | 0x300&c.protocol
			if m.actions != c.wantActions || m.protocol != want {
				t.Errorf("asked for %#x %#x, want %#x %#x", m.actions, m.protocol, c.wantActions, want)
			}
			if got := m.symbols != ""; got != c.wantSymbols {
				t.Errorf("macros asked for: %q", m.symbols)
			}
			if c.wantSymbols {
				checkSymbols(t, m.symbols)
			}
			if got := m.protocol&bitNoBody != 0; got != c.wantNoBodyReply {
				t.Errorf("silence for the body: %v", got)
			}
		})
	}
}

func checkSymbols(t *testing.T, symbols string) {
	t.Helper()
	got := map[uint32]string{}
	for symbols != "" {
		list, rest, _ := strings.Cut(symbols[4:], "\x00")
		got[binary.BigEndian.Uint32([]byte(symbols))] = list
		symbols = rest
	}
	for stage, names := range map[uint32]string{0: "j _ {client_resolve}", 2: "i {mail_addr} {auth_authen}",
		3: "i {rcpt_addr}", 4: "i", 5: "i", 6: "i"} {
		for name := range strings.FieldsSeq(names) {
			if !strings.Contains(" "+got[stage]+" ", " "+name+" ") {
				t.Errorf("stage %d: %q lacks %s", stage, got[stage], name)
			}
		}
	}
}

// Whatever is offered, never more than that is asked for, and a message is answered as was agreed.
func TestEveryOffer(t *testing.T) {
	r := start(t, nil)
	for range 60 {
		actions, protocol := rand.Uint32()&allActions, rand.Uint32()&allProtocol
		m := r.connect()
		m.negotiate(6, actions, protocol)
		if m.actions&^actions != 0 || m.protocol&^protocol != 0 {
			t.Fatalf("offered %#x %#x, asked for %#x %#x", actions, protocol, m.actions, m.protocol)
		}
		m.client()
		for range 2 {
			if got := m.message(); len(got) != 1 || got[0] != "c" {
				t.Fatalf("offered %#x %#x, answered %q", actions, protocol, got)
			}
			want := first()
			if protocol&bitLeadSpc == 0 {
				want.Header[0].Value, want.Header[1].Value = " "+want.Header[0].Value, " "+want.Header[1].Value
			}
			diffMessage(t, r.record().Message, want)
		}
		m.write(cmdQuit)
		m.closed()
	}
}

// An MTA that keeps one space of a value to itself gets it put back, so that a value always is what followed the colon.
func TestLeadingSpace(t *testing.T) {
	for _, c := range []struct {
		protocol   uint32
		sent, want string
	}{
		{allProtocol, " x", " x"}, {allProtocol, "x", "x"}, {allProtocol, "", ""}, {allProtocol, "\tx", "\tx"},
		{allProtocol &^ bitLeadSpc, "x", " x"}, {allProtocol &^ bitLeadSpc, " x", "  x"}, {allProtocol &^ bitLeadSpc, "", " "},
		{allProtocol &^ bitLeadSpc, "\tx\n\ty ", " \tx\n\ty "},
	} {
		r := start(t, nil)
		m := r.connect()
		m.negotiate(6, allActions, c.protocol)
		m.client()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.header("X-One", c.sent)
		m.header("X-Two", c.sent)
		m.say(cmdEOH)
		m.write(cmdEOM)
		m.verdict()
		h := r.record().Message.Header
		if len(h) != 2 || h[0] != (policy.Field{Name: "X-One", Value: c.want}) || h[1] != (policy.Field{Name: "X-Two", Value: c.want}) {
			t.Errorf("%#x, %q: header %q, want %q", c.protocol, c.sent, h, c.want)
		}
	}
}

// Without silence for the body but with SKIP, the rest of an unwanted body is skipped; without either it goes on.
func TestSkip(t *testing.T) {
	for _, c := range []struct {
		protocol uint32
		want     string
	}{
		{allProtocol &^ bitNoBody, "s"},
		{allProtocol &^ (bitNoBody | bitSkip), "c"},
	} {
		r := start(t, nil)
		r.exam.setup = func(x *exam) { x.stopBody = 10 }
		m := r.connect()
		m.negotiate(6, allActions, c.protocol)
		m.client()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.header("From", " x")
		m.say(cmdEOH)
		m.write(cmdBody, "1234567\r\n")
		m.want("c")
		m.write(cmdBody, "0\r\n")
		m.want(c.want)
		m.write(cmdBody, "more\r\n")
		m.want(c.want)
		m.write(cmdEOM)
		m.want("c")
		if rec := r.record(); string(r.last().body) != "1234567\r\n0\r\n" || rec.Message.BodySize != 18 {
			t.Errorf("%#x: body %q, size %d", c.protocol, r.last().body, rec.Message.BodySize)
		}
	}
}

// A body that is not wanted is counted and not handed over.
func TestUnwantedBody(t *testing.T) {
	r := start(t, nil)
	r.exam.noBody = true
	m := r.connect()
	m.hello()
	m.message()
	if rec := r.record(); rec.Message.BodySize != 6 || r.last().body != nil {
		t.Errorf("size %d, body %q", rec.Message.BodySize, r.last().body)
	}
}

func TestNegotiationRefused(t *testing.T) {
	for name, payload := range map[string]string{
		"version 1": "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00",
		"short":     "\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00",
		"empty":     "",
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.write(cmdNegotiate, payload)
			m.closed()
			if n := r.counts.get("protocol"); n != 1 {
				t.Errorf("%d protocol errors counted, want 1", n)
			}
		})
	}
}
