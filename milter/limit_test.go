package milter

import (
	"bytes"
	"net"
	"runtime"
	"strings"
	"testing"

	"sekimori/policy"
)

// A packet of the longest payload is read, however it comes; one octet more ends the connection (TestBrokenPackets).
func TestPacketLimits(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.hello()
	m.mail("<a@example.com>")
	m.rcpt("<b@gw.test>")
	arg := strings.Repeat("x", MaxCommand-1)
	m.rcpt(arg)
	m.header("From", " x")
	m.say(cmdEOH)
	body := strings.Repeat("0123456789abcde\n", MaxPacket/16)
	m.say(cmdBody, body)
	m.say(cmdBody, body)
	m.write(cmdEOM)
	m.want("c")
	rec := r.record()
	if rec.Message.BodySize != 2*MaxPacket || string(r.last().body) != body+body {
		t.Errorf("body of %d octets, %d handed over", rec.Message.BodySize, len(r.last().body))
	}
	if got := rec.Message.Recipients[1].Arg; got != arg {
		t.Errorf("an argument of %d octets, want %d", len(got), len(arg))
	}
}

// However the octets are torn apart, the same message is seen.
func TestOneOctetAtATime(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	var wire bytes.Buffer
	recorder := &mta{t: t, c: m.c, r: m.r}
	m.hello()
	recorder.protocol = m.protocol
	recorder.c = discardReads{m.c, &wire}
	recorder.macro(cmdMail, "{mail_addr}", "a@example.com")
	recorder.write(cmdMail, "<a@example.com>\x00")
	recorder.macro(cmdRcpt, "{rcpt_addr}", "b@gw.test")
	recorder.write(cmdRcpt, "<b@gw.test>\x00")
	recorder.content("body\r\n")
	for _, b := range wire.Bytes() {
		if _, err := m.c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	m.want("c")
	m.want("c")
	m.want("c")
	diffMessage(t, r.record().Message, first())
}

func TestHeaderLimits(t *testing.T) {
	field := func(n int) (string, string) { return "X", strings.Repeat("v", n-1) }
	for _, c := range []struct {
		name   string
		limits policy.Limits
		sizes  []int // octets of name and value
		want   int   // fields kept whole
		cut    bool
	}{
		{"bytes reached", policy.Limits{HeaderBytes: 100}, []int{60, 40}, 2, false},
		{"one octet more", policy.Limits{HeaderBytes: 100}, []int{60, 41}, 1, true},
		{"one field reaches it", policy.Limits{HeaderBytes: 100}, []int{100}, 1, false},
		{"one field is over it", policy.Limits{HeaderBytes: 100}, []int{101}, 0, true},
		{"no value is kept behind what was left out", policy.Limits{HeaderBytes: 100}, []int{60, 50, 2}, 1, true},
		{"fields reached", policy.Limits{HeaderCount: 3}, []int{2, 2, 2}, 3, false},
		{"one field more", policy.Limits{HeaderCount: 3}, []int{2, 2, 2, 2}, 3, true},
		{"the default", policy.Limits{}, []int{100_000, 100_000, 262_144 - 200_000}, 3, false},
		{"one octet above the default", policy.Limits{}, []int{100_000, 100_000, 262_144 - 200_000 + 1}, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, func(cfg *Config) { cfg.Limits = func() policy.Limits { return c.limits } })
			m := r.connect()
			m.hello()
			for range 2 { // the second message begins anew
				m.mail("<a@example.com>")
				m.rcpt("<b@gw.test>")
				for _, n := range c.sizes {
					name, value := field(n)
					m.header(name, value)
				}
				m.say(cmdEOH)
				m.write(cmdEOM)
				m.want("c")
				msg := r.record().Message
				if len(msg.Header) != len(c.sizes) || msg.HeaderCut != c.cut {
					t.Fatalf("%d fields, cut %v, want %d and %v", len(msg.Header), msg.HeaderCut, len(c.sizes), c.cut)
				}
				for i, f := range msg.Header {
					if i >= c.want {
						if f != (policy.Field{Name: "X"}) {
							t.Errorf("of field %d there is %q: %q, want the name only", i, f.Name, f.Value)
						}
						continue
					}
					if n := len(f.Name) + len(f.Value); n != c.sizes[i] {
						t.Errorf("field %d has %d octets, want %d", i, n, c.sizes[i])
					}
				}
			}
		})
	}
}

// Fields over the limit keep their names, up to a number of them; a message with one more is refused.
func TestLateFields(t *testing.T) {
	for n, want := range map[int]string{MaxLateFields: "c", MaxLateFields + 1: "y550 5.6.0 header of the message cannot be read (4Q)"} {
		r := start(t, func(cfg *Config) { cfg.Limits = func() policy.Limits { return policy.Limits{HeaderCount: 1} } })
		m := r.connect()
		m.hello()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.header("From", " a@example.com")
		for range n - 1 {
			m.header("X", " v")
		}
		m.header("Authentication-Results", " gw.test; "+strings.Repeat("x", 50_000))
		m.say(cmdEOH)
		m.write(cmdEOM)
		m.want(want)
		h := r.record().Message.Header
		if last := h[len(h)-1]; n == MaxLateFields && last != (policy.Field{Name: "Authentication-Results"}) {
			t.Errorf("the last field is %q: %.20q", last.Name, last.Value)
		}
		if len(h) != MaxLateFields+1 {
			t.Errorf("%d fields", len(h))
		}
	}
}

func TestRecipientLimit(t *testing.T) {
	r := start(t, nil)
	m := r.connect()
	m.hello()
	m.mail("<a@example.com>")
	arg := strings.Repeat("x", 4096)
	for range MaxRecipientBytes / len(arg) {
		m.say(cmdRcpt, arg+"\x00")
	}
	m.write(cmdRcpt, "y\x00")
	m.want("y451 4.5.3 too many recipients")
	m.write(cmdAbort)
	if n := len(r.record().Message.Recipients); n != MaxRecipientBytes/len(arg) {
		t.Errorf("%d recipients kept", n)
	}
}

// A length costs nothing before its data has come, and a connection without a message costs little.
func TestMemory(t *testing.T) {
	const connections = 100
	r := start(t, nil)
	before := heap()
	var mtas []*mta
	for range connections {
		m := r.connect()
		m.hello()
		mtas = append(mtas, m)
	}
	perIdle := (heap() - before) / connections
	for _, m := range mtas {
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.say(cmdEOH)
		_, _ = m.c.Write([]byte("\x00\x10\x00\x01B")) // 1 MiB announced
	}
	perAnnounced := (heap() - before) / connections
	if perIdle > 60<<10 || perAnnounced > 70<<10 {
		t.Errorf("%d octets for an idle connection, %d for one with an announced packet", perIdle, perAnnounced)
	}
	t.Logf("idle %d octets, announced %d", perIdle, perAnnounced)
}

// Bodies pass through: a hundred connections with 8 MiB each hold no more than one buffer each.
func TestMemoryOfBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("800 MiB of mail")
	}
	const connections = 100
	r := start(t, nil)
	r.exam.setup = func(x *exam) { x.wantBody = false }
	before := heap()
	done := make(chan error)
	ready := make(chan bool)
	piece := strings.Repeat("x", 65535)
	for range connections {
		m := r.connect()
		m.hello()
		m.mail("<a@example.com>")
		m.rcpt("<b@gw.test>")
		m.say(cmdEOH)
		go func() {
			var out packets
			out.add(cmdBody, piece)
			for range 128 {
				if _, err := m.c.Write(out); err != nil {
					done <- err
					return
				}
			}
			done <- nil
			<-ready
		}()
	}
	for range connections {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	used := heap() - before
	close(ready)
	if used > 30<<20 {
		t.Errorf("%d MiB held, the test's own packets included", used>>20)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// discardReads is a connection that only keeps what is written to it.
type discardReads struct {
	net.Conn
	w *bytes.Buffer
}

func (d discardReads) Write(p []byte) (int, error) { return d.w.Write(p) }
