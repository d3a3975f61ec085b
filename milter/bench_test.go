package milter

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gomilter "github.com/emersion/go-milter"

	"sekimori/policy"
)

// still is an Examiner that looks at everything and finds nothing; it inserts one field.
type still struct{ body bool }

func (s still) Begin(m *policy.Message) Examination { return &stillExam{still: s} }

type stillExam struct {
	still
	n int
}

func (*stillExam) Recipient(policy.Recipient) policy.Effect { return policy.Effect{} }
func (x *stillExam) Header() bool                           { return x.body }
func (x *stillExam) Body(p []byte) bool                     { x.n += len(p); return true }
func (*stillExam) Abort() *policy.Record                    { return nil }
func (*stillExam) End() *policy.Record {
	return &policy.Record{Effect: policy.Effect{Action: policy.ActionAccept,
		Insert: []policy.Field{{Name: "Authentication-Results", Value: " mx.gw.test; none"}}}}
}

// load is what Postfix sends for one message, cut where it waits for an answer.
type load struct{ steps [][]byte }

func newLoad(fields, body int, protocol uint32) load {
	var l load
	var out packets
	step := func() { l.steps, out = append(l.steps, out), nil }
	macro := func(cmd byte, kv ...string) { out.add(cmdMacro, string(cmd), strings.Join(append(kv, ""), "\x00")) }
	macro(cmdMail, "{mail_addr}", "a@example.com", "{mail_host}", "example.com", "{mail_mailer}", "smtp")
	out.add(cmdMail, "<a@example.com>\x00", "SIZE=2000\x00")
	step()
	macro(cmdRcpt, "{rcpt_addr}", "b@gw.test", "{rcpt_host}", "gw.test", "{rcpt_mailer}", "local")
	out.add(cmdRcpt, "<b@gw.test>\x00")
	step()
	for i := range fields {
		macro(cmdHeader, "i", "4QxYz12345")
		out.add(cmdHeader, fmt.Sprintf("X-Field-%d\x00", i), " a value of the length that such values have on average, folded\n\tonce\x00")
		if protocol&0x80 == 0 {
			step()
		}
	}
	macro(cmdEOH, "i", "4QxYz12345")
	out.add(cmdEOH)
	if protocol&0x40000 == 0 {
		step()
	}
	for body > 0 {
		n := min(body, 65535)
		macro(cmdBody, "i", "4QxYz12345")
		out.add(cmdBody, strings.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n", n/64+1)[:n])
		body -= n
		if protocol&bitNoBody == 0 {
			step()
		}
	}
	macro(cmdEOM, "i", "4QxYz12345")
	out.add(cmdEOM)
	step()
	return l
}

// session opens a session for a benchmark; with a connection to a server of any make.
func openBench(b *testing.B, path string, protocol uint32) *mta {
	c, err := net.Dial("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	m := &mta{t: b, c: c, r: bufio.NewReader(c)}
	m.negotiate(6, allActions, protocol)
	m.client()
	return m
}

func (m *mta) run(b *testing.B, l load) {
	var start [packetStart]byte
	skipped := false
	for i, step := range l.steps {
		if skipped && i < len(l.steps)-1 {
			continue
		}
		if _, err := m.c.Write(step); err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := io.ReadFull(m.r, start[:]); err != nil {
				b.Fatal(err)
			}
			if _, err := m.r.Discard(int(binary.BigEndian.Uint32(start[:])) - 1); err != nil {
				b.Fatal(err)
			}
			skipped = skipped || start[4] == 's'
			if start[4] != 'i' && start[4] != 'h' {
				break
			}
		}
	}
	if _, err := m.c.Write([]byte("\x00\x00\x00\x01A")); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMessage is one message through a unix socket, the MTA's side included: by this package, and by the library
// alone, which answers every packet.
func BenchmarkMessage(b *testing.B) {
	for _, size := range []int{2_000, 300_000} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			b.Run("sekimori", func(b *testing.B) { benchOurs(b, size, true, allProtocol) })
			b.Run("plain", func(b *testing.B) { benchPlain(b, size) })
		})
	}
}

// BenchmarkUnwantedBody is a message of which only the header is wanted: with the body dropped as it comes, and with
// an MTA that is told to skip it, which must wait for an answer to each piece.
func BenchmarkUnwantedBody(b *testing.B) {
	for _, size := range []int{2_000, 300_000, 3_000_000} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			b.Run("drop", func(b *testing.B) { benchOurs(b, size, false, allProtocol) })
			b.Run("skip", func(b *testing.B) { benchOurs(b, size, false, allProtocol&^bitNoBody) })
		})
	}
}

func benchOurs(b *testing.B, size int, body bool, protocol uint32) {
	path := filepath.Join(b.TempDir(), "s")
	ln, err := Listen(path, 0o600, "")
	if err != nil {
		b.Fatal(err)
	}
	s := New(Config{Examiner: still{body}})
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()
	m := openBench(b, path, protocol)
	l := newLoad(22, size, m.protocol)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	before := cpu()
	for b.Loop() {
		m.run(b, l)
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
	b.StopTimer()
	_ = s.Shutdown(b.Context())
	<-served
}

// plain is a filter as the library's documentation shows it.
type plain struct{ gomilter.NoOpMilter }

func (plain) Headers(textproto.MIMEHeader, *gomilter.Modifier) (gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

func (plain) Body(m *gomilter.Modifier) (gomilter.Response, error) {
	return gomilter.RespAccept, m.InsertHeader(0, "Authentication-Results", "mx.gw.test; none")
}

func benchPlain(b *testing.B, size int) {
	path := filepath.Join(b.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	lib := gomilter.Server{NewMilter: func() gomilter.Milter { return plain{} }, Actions: gomilter.OptAddHeader}
	go func() { _ = lib.Serve(ln) }()
	m := openBench(b, path, allProtocol)
	l := newLoad(22, size, 0)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	before := cpu()
	for b.Loop() {
		m.run(b, l)
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
	b.StopTimer()
	_ = ln.Close()
	_ = m.c.Close()
}

// cpu returns the CPU time of this process in nanoseconds: what a machine that is busy elsewhere does not distort.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
