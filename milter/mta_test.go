package milter

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sekimori/policy"
)

// What Postfix 3.7 and Sendmail 8.17 offer.
const (
	allActions  = 0x1ff
	allProtocol = 0x1fffff
)

// The bits of the protocol that tests take away or look for.
const (
	bitSkip     = 0x400
	bitNoBody   = 0x80000
	bitLeadSpc  = 0x100000
	bitsNoReply = 0x80 | 0x1000 | 0x2000 | 0x10000 | 0x20000 | 0x40000 | bitNoBody
)

// mta is the other side: it speaks packets, one at a time.
type mta struct {
	t        testing.TB
	c        net.Conn
	r        *bufio.Reader
	actions  uint32
	protocol uint32
	symbols  string
}

// packet is one packet from the filter.
type packet struct {
	cmd  byte
	data string
}

func (p packet) String() string { return string(p.cmd) + p.data }

func (m *mta) write(cmd byte, parts ...string) {
	m.t.Helper()
	var out packets
	out.add(cmd, parts...)
	_ = m.c.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := m.c.Write(out); err != nil {
		m.t.Fatalf("writing %q: %v", cmd, err)
	}
}

func (m *mta) read() (packet, error) {
	_ = m.c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var start [packetStart]byte
	if _, err := io.ReadFull(m.r, start[:]); err != nil {
		return packet{}, err
	}
	data := make([]byte, binary.BigEndian.Uint32(start[:])-1)
	_, err := io.ReadFull(m.r, data)
	return packet{start[4], string(data)}, err
}

// answer reads one packet that must be there.
func (m *mta) answer() packet {
	m.t.Helper()
	p, err := m.read()
	if err != nil {
		m.t.Fatalf("no answer: %v", err)
	}
	return p
}

// want reads one packet and compares it, without its last NUL.
func (m *mta) want(want string) {
	m.t.Helper()
	if got := strings.TrimSuffix(m.answer().String(), "\x00"); got != want {
		m.t.Fatalf("got answer %q, want %q", got, want)
	}
}

// closed fails unless the filter has closed the connection.
func (m *mta) closed() {
	m.t.Helper()
	if p, err := m.read(); err == nil {
		m.t.Fatalf("got %q, want the connection closed", p)
	} else if e, ok := err.(net.Error); ok && e.Timeout() {
		m.t.Fatal("the connection stays open")
	}
}

func (m *mta) negotiate(version, actions, protocol uint32) {
	m.t.Helper()
	var o []byte
	for _, v := range []uint32{version, actions, protocol} {
		o = binary.BigEndian.AppendUint32(o, v)
	}
	m.write(cmdNegotiate, string(o))
	p := m.answer()
	if p.cmd != cmdNegotiate || len(p.data) < 12 {
		m.t.Fatalf("negotiation answered with %q", p)
	}
	m.actions = binary.BigEndian.Uint32([]byte(p.data[4:]))
	m.protocol = binary.BigEndian.Uint32([]byte(p.data[8:]))
	m.symbols = p.data[12:]
}

// expects reports whether the filter has to answer cmd.
func (m *mta) expects(cmd byte) bool {
	bit := map[byte]uint32{cmdConnect: 0x1000, cmdHelo: 0x2000, cmdMail: 0x4000, cmdRcpt: 0x8000, cmdData: 0x10000,
		cmdUnknown: 0x20000, cmdEOH: 0x40000, cmdBody: bitNoBody, cmdHeader: 0x80}[cmd]
	return bit != 0 && m.protocol&bit == 0
}

// say writes a command and, where one is due, reads an answer that must be continue.
func (m *mta) say(cmd byte, parts ...string) {
	m.t.Helper()
	m.write(cmd, parts...)
	if m.expects(cmd) {
		m.want("c")
	}
}

// macro defines macros for the stage of cmd.
func (m *mta) macro(cmd byte, kv ...string) {
	m.t.Helper()
	m.write(cmdMacro, string(cmd), strings.Join(append(kv, ""), "\x00"))
}

// hello opens a session as Postfix does.
func (m *mta) hello() {
	m.t.Helper()
	m.negotiate(6, allActions, allProtocol)
	m.client()
}

func (m *mta) client() {
	m.t.Helper()
	m.macro(cmdConnect, "j", "mx.gw.test", "{daemon_name}", "smtpd", "_", "mail.example.com [192.0.2.7]")
	m.say(cmdConnect, "mail.example.com\x00", "4", "\x9c\x40", "192.0.2.7\x00")
	m.macro(cmdHelo)
	m.say(cmdHelo, "mail.example.com\x00")
}

func (m *mta) mail(from string) {
	m.t.Helper()
	m.macro(cmdMail, "{mail_addr}", strings.Trim(from, "<>"))
	m.say(cmdMail, from+"\x00", "SIZE=100\x00")
}

func (m *mta) rcpt(to string) {
	m.t.Helper()
	m.macro(cmdRcpt, "{rcpt_addr}", strings.Trim(to, "<>"))
	m.say(cmdRcpt, to+"\x00")
}

func (m *mta) header(name, value string) {
	m.t.Helper()
	m.macro(cmdHeader, "i", "4Q")
	m.say(cmdHeader, name+"\x00", value+"\x00")
}

// content sends header, body and end of message, without reading the answer to the last.
func (m *mta) content(body string) {
	m.t.Helper()
	m.header("From", " a@example.com")
	m.header("Subject", " hello")
	m.macro(cmdEOH, "i", "4Q")
	m.say(cmdEOH)
	if body != "" {
		m.say(cmdBody, body)
	}
	m.macro(cmdEOM, "i", "4Q")
	m.write(cmdEOM)
}

// message sends a whole message and reads packets up to the final answer.
func (m *mta) message() []string {
	m.t.Helper()
	m.mail("<a@example.com>")
	m.rcpt("<b@gw.test>")
	m.content("body\r\n")
	return m.verdict()
}

// verdict reads the answer to an end of message: changes, then one that is none.
func (m *mta) verdict() []string {
	m.t.Helper()
	var got []string
	for {
		p := m.answer()
		got = append(got, strings.TrimSuffix(p.String(), "\x00"))
		if !strings.ContainsRune("imhq-+be2p", rune(p.cmd)) {
			return got
		}
	}
}

// examiner is an Examiner that writes down what it is shown. Its functions, where they are set, answer.
type examiner struct {
	mu     sync.Mutex
	exams  []*exam
	setup  func(x *exam)
	noBody bool
}

func (e *examiner) Begin(m *policy.Message) Examination {
	x := &exam{m: m, wantBody: !e.noBody}
	x.call("begin " + m.SenderArg)
	e.mu.Lock()
	e.exams = append(e.exams, x)
	e.mu.Unlock()
	if e.setup != nil {
		e.setup(x)
	}
	return x
}

// exam is one message as it was seen.
type exam struct {
	m         *policy.Message
	calls     []string
	body      []byte
	wantBody  bool
	stopBody  int // no more is wanted from this many octets on
	effect    policy.Effect
	recipient func(r policy.Recipient) policy.Effect
	panicIn   string
	noRecord  bool

	idAtHeader string // the queue id as it was known then

	hold chan struct{} // End waits for it
}

func (x *exam) call(s string) {
	x.calls = append(x.calls, s)
	if x.panicIn != "" && strings.HasPrefix(s, x.panicIn) {
		panic("the test wants it")
	}
}

func (x *exam) Recipient(r policy.Recipient) policy.Effect {
	x.call("recipient " + r.Arg)
	if x.recipient != nil {
		return x.recipient(r)
	}
	return policy.Effect{Action: policy.ActionAccept}
}

func (x *exam) Header() bool {
	x.call("header")
	x.idAtHeader = x.m.QueueID
	return x.wantBody
}

func (x *exam) Body(p []byte) bool {
	x.call("body")
	x.body = append(x.body, p...)
	return x.stopBody == 0 || len(x.body) < x.stopBody
}

func (x *exam) End() *policy.Record {
	x.call("end")
	if x.hold != nil {
		<-x.hold
	}
	if x.noRecord {
		return nil
	}
	if x.effect.Action == "" {
		x.effect.Action = policy.ActionAccept
	}
	return &policy.Record{Stage: policy.StageMessage, Effect: x.effect, Facts: &policy.Facts{}}
}

func (x *exam) Abort() *policy.Record { x.call("abort"); return nil }

// counts is Stats that counts.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(name string) func() {
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.n[name]++
	}
}

func (c *counts) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

// rig is a running Server with what it saw.
type rig struct {
	t       testing.TB
	server  *Server
	exam    *examiner
	counts  *counts
	records chan *policy.Record
	dial    func() (net.Conn, error)
}

// start runs a Server on a unix socket; change, which may be nil, changes its Config.
func start(t testing.TB, change func(*Config)) *rig {
	t.Helper()
	r := newRig(t, change)
	path := filepath.Join(t.TempDir(), "m.sock")
	ln, err := Listen("unix:"+path, 0o600, "")
	if err != nil {
		t.Fatal(err)
	}
	r.dial = func() (net.Conn, error) { return net.Dial("unix", path) }
	r.serve(ln)
	return r
}

func newRig(t testing.TB, change func(*Config)) *rig {
	r := &rig{t: t, exam: &examiner{}, counts: &counts{n: map[string]int{}}, records: make(chan *policy.Record, 1000)}
	c := Config{Examiner: r.exam, Done: func(rec *policy.Record) { r.records <- rec }}
	c.Stats = Stats{
		Opened: r.counts.add("opened"), Closed: r.counts.add("closed"), Refused: r.counts.add("refused"),
		ProtocolError: r.counts.add("protocol"), Panicked: r.counts.add("panicked"),
		Unexamined: func(u policy.Unexamined) { r.counts.add("unexamined " + string(u))() },
	}
	if change != nil {
		change(&c)
	}
	r.server = New(c)
	return r
}

func (r *rig) serve(ln ...net.Listener) {
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(ln...) }()
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := r.server.Shutdown(ctx); err != nil {
			r.t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			r.t.Errorf("serve: %v", err)
		}
	})
}

// connect opens a connection as an MTA.
func (r *rig) connect() *mta {
	r.t.Helper()
	c, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return &mta{t: r.t, c: c, r: bufio.NewReader(c)}
}

// record waits for the next Record.
func (r *rig) record() *policy.Record {
	r.t.Helper()
	select {
	case rec := <-r.records:
		return rec
	case <-time.After(10 * time.Second):
		r.t.Fatal("no record")
		return nil
	}
}

// last returns the examination that began last.
func (r *rig) last() *exam {
	r.exam.mu.Lock()
	defer r.exam.mu.Unlock()
	if len(r.exam.exams) == 0 {
		r.t.Fatal("nothing was examined")
	}
	return r.exam.exams[len(r.exam.exams)-1]
}
