package milter

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func probeFirst() ProbeMessage {
	return ProbeMessage{
		ClientName: "mail.example.com",
		Client:     netip.MustParseAddrPort("192.0.2.7:40000"),
		Helo:       "mail.example.com",
		Sender:     "<a@example.com>",
		Recipients: []string{"<b@gw.test>"},
		Header:     policy.Header{{Name: "From", Value: " a@example.com"}, {Name: "Subject", Value: " hello"}},
		Body:       []byte("body\r\n"),
		Server:     "mx.gw.test",
		QueueID:    "4Q",
	}
}

// probeRig runs a Server and probes it.
func probeRig(t *testing.T, r *rig, in ProbeMessage) ProbeResult {
	t.Helper()
	c, err := r.dial()
	if err != nil {
		t.Fatal(err)
	}
	addr := c.RemoteAddr()
	_ = c.Close()
	got, err := Probe(t.Context(), addr.Network(), addr.String(), in)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestProbe(t *testing.T) {
	r := start(t, nil)
	r.exam.setup = func(x *exam) {
		x.effect = policy.Effect{Action: policy.ActionQuarantine, Reason: "why", Remove: []policy.HeaderRef{{Name: "Subject", Index: 1}},
			Insert: []policy.Field{{Name: "X-A", Value: " a"}}}
	}
	got := probeRig(t, r, probeFirst())
	diffMessage(t, r.record().Message, first())
	want := ProbeResult{
		Answers: []ProbeAnswer{
			{Command: "mail", About: "<a@example.com>", Answer: "continue"},
			{Command: "rcpt", About: "<b@gw.test>", Answer: "continue"},
			{Command: "end of message", Answer: "continue"},
		},
		Edits: []ProbeEdit{
			{Kind: "remove", Index: 1, Name: "Subject"},
			{Kind: "insert", Name: "X-A", Value: " a"},
			{Kind: "quarantine", Value: "why"},
		},
		Final: "continue",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("result (-want +got):\n%s", d)
	}
}

func TestProbeVariants(t *testing.T) {
	refuse := func(x *exam) {
		x.recipient = func(p policy.Recipient) policy.Effect {
			if p.Address.Local == "b" {
				return policy.Effect{Action: policy.ActionReject, Reply: policy.ReplySPFFail}
			}
			return policy.Effect{}
		}
	}
	for _, c := range []struct {
		name   string
		setup  func(x *exam)
		change func(in *ProbeMessage)
		final  string
		check  func(m *policy.Message) bool
	}{
		{"refused", refuse, func(*ProbeMessage) {}, "550 5.7.23 SPF check failed for the sender (4Q)",
			func(m *policy.Message) bool { return len(m.Recipients) == 0 }},
		{"one of two refused", refuse, func(in *ProbeMessage) { in.Recipients = append(in.Recipients, "<c@gw.test>") }, "continue",
			func(m *policy.Message) bool { return len(m.Recipients) == 1 }},
		{"without SMTP", nil, func(in *ProbeMessage) { in.Client, in.Sender = netip.AddrPort{}, `""` }, "continue",
			func(m *policy.Message) bool { return m.Client.Local && m.Sender.IsNull() }},
		{"IPv6 without a name", nil, func(in *ProbeMessage) {
			in.Client, in.ClientName = netip.MustParseAddrPort("[2001:db8::1]:25"), ""
		}, "continue", func(m *policy.Message) bool {
			return m.Client.Addr == netip.MustParseAddr("2001:db8::1") && m.Client.Name == ""
		}},
		{"user, no HELO, no body", nil, func(in *ProbeMessage) { in.User, in.Helo, in.Body = "taro", "", nil }, "continue",
			func(m *policy.Message) bool {
				return m.Client.Authenticated == "taro" && m.Helo == "" && m.BodySize == 0
			}},
		{"large body", nil, func(in *ProbeMessage) { in.Body = make([]byte, 200_000) }, "continue",
			func(m *policy.Message) bool { return m.BodySize == 200_000 }},
		{"per cent", func(x *exam) { x.effect = policy.Effect{Action: policy.ActionReject} }, func(*ProbeMessage) {}, "reject",
			func(*policy.Message) bool { return true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, nil)
			r.exam.setup = c.setup
			in := probeFirst()
			c.change(&in)
			if got := probeRig(t, r, in); got.Final != c.final {
				t.Errorf("final answer %q, want %q", got.Final, c.final)
			}
			if m := r.record().Message; !c.check(m) {
				t.Errorf("message %+v", m)
			}
		})
	}
}

// A milter that is not ours may answer anything.
func TestProbeForeign(t *testing.T) {
	neg := "\x00\x00\x00\x0dO\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\x33\xff" // wants the end of the message only
	for _, c := range []struct{ name, answer, final, err string }{
		{"all kinds of changes", neg + "\x00\x00\x00\x07hA\x00 b\x00\x00" + "\x00\x00\x00\x01p" + "\x00\x00\x00\x02bx" + "\x00\x00\x00\x01a", "accept", ""},
		{"not the protocol", "HTTP/1.1 400 Bad Request\r\n", "", "milter protocol: an answer of 1213486160 octets"},
		{"another first answer", "\x00\x00\x00\x01c", "", "milter protocol: the answer is 'c'"},
		{"an unknown answer", neg + "\x00\x00\x00\x01?", "", "'?' is not known"},
		{"a short insertion", neg + "\x00\x00\x00\x01i", "", "'i' is not known"},
		{"closed", neg, "", "EOF"},
		{"empty", "", "", "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Probe(t.Context(), "unix", serveBytes(t, c.answer), probeFirst())
			if got.Final != c.final || c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %+v, %v; want %q, %q", got, err, c.final, c.err)
			}
		})
	}
}

// serveBytes answers whoever connects with bytes, half a closed connection included, and returns its path.
func serveBytes(t *testing.T, answer string) string {
	ln, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte(answer))
		_ = c.(*net.UnixConn).CloseWrite()
		_, _ = bufio.NewReader(c).WriteTo(discard{})
		_ = c.Close()
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String()
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestProbeEndsWithItsContext(t *testing.T) {
	r := start(t, nil)
	hold := make(chan struct{})
	defer close(hold)
	r.exam.setup = func(x *exam) { x.hold = hold }
	c, err := r.dial()
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Probe(ctx, "unix", c.RemoteAddr().String(), probeFirst()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func FuzzProbe(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x0dO\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff\x00\x00\x00\x07hA\x00 b\x00\x00\x00\x00\x00\x01a"))
	f.Add([]byte("\x00\x00\x00\x0dO\x00\x00\x00\x06\x00\x00\x01\xff\x00\x00\x00\x00\x00\x00\x00\x01c\x00\x00\x00\x01s\x00\x00\x00\x05i\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		near, far := net.Pipe()
		go func() {
			go func() { _, _ = bufio.NewReader(far).WriteTo(discard{}) }()
			_, _ = far.Write(answer)
			_ = far.Close()
		}()
		p := &probe{conn: near, r: bufio.NewReader(near)}
		_ = p.run(probeFirst())
		_ = near.Close()
	})
}
