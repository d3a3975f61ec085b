package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sekimori/internal/dns"
	"sekimori/internal/zone"
	"sekimori/milter"
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/auth/authres"
	"sekimori/policy/examine"
	"sekimori/policy/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The time for a question that nobody answers: short, because the suites have some, and asked twice, because a busy
// machine loses datagrams.
const (
	dnsTimeout  = time.Second
	dnsAttempts = 2
)

// conversation bounds one message on a busy machine.
const conversation = 20 * time.Second

// server is the name that the MTA of the tests gives itself.
const server = "mx.gw.test"

// gate is a running sekimori with a DNS of its own. It may be used from many goroutines at once.
type gate struct {
	t      testing.TB
	socket string
	close  func()
}

// open starts a gate in a world that the zone file describes. Every rule is off: what is under test is what the gate
// says about a message. It may be called from any goroutine of a test.
func open(t testing.TB, zonefile string) (*gate, error) {
	z, err := zone.Parse(strings.NewReader(zonefile), "zone")
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, zonefile)
	}
	names, err := z.Serve(netip.AddrPort{})
	if err != nil {
		return nil, err
	}
	resolver, err := dns.New(dns.Config{Servers: []netip.AddrPort{names.Addr()}, Timeout: dnsTimeout, Attempts: dnsAttempts, CacheSize: 1000})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gate") // the name of a test may be too long for a socket
	if err != nil {
		return nil, err
	}
	g := &gate{t: t, socket: filepath.Join(dir, "s")}
	ln, err := net.Listen("unix", g.socket)
	if err != nil {
		return nil, err
	}
	m := g.milter(resolver)
	served := make(chan error, 1)
	go func() { served <- m.Serve(ln) }()
	g.close = func() {
		ctx, cancel := context.WithTimeout(context.Background(), conversation)
		defer cancel()
		err := errors.Join(m.Shutdown(ctx), <-served)
		resolver.Close()
		if err = errors.Join(err, names.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	}
	return g, nil
}

// milter returns a server that is wired as the program wires it.
func (g *gate) milter(r auth.Resolver) *milter.Server {
	p := policy.Default()
	x := &examine.Examiner{
		Policy: func() *policy.Policy { return p }, Resolver: r, Now: time.Now,
		Panicked: func(v any, stack []byte) { g.t.Errorf("panic: %v\n%s", v, stack) },
	}
	return milter.New(milter.Config{
		Examiner: examiner{x}, ParseAddress: mail.EnvelopeAddress, ParseDomain: mail.Domain,
		Logger: slog.New(slog.NewTextHandler(g.t.Output(), nil)),
		Stats: milter.Stats{
			ProtocolError: func() { g.t.Error("the milter sees a breach of the protocol") },
			Panicked:      func() { g.t.Errorf("panic in the milter\n%s", debug.Stack()) },
		},
	})
}

type examiner struct{ *examine.Examiner }

func (e examiner) Begin(m *policy.Message) milter.Examination { return e.Examiner.Begin(m) }

// letter is a message from an address that no zone knows.
func letter(client netip.Addr, helo, mailArg string) milter.ProbeMessage {
	return milter.ProbeMessage{
		Client: netip.AddrPortFrom(client, 40000), Helo: helo, Sender: mailArg, Recipients: []string{"<hanako@gw.test>"},
		Header: policy.Header{{Name: "From", Value: " a@author.test"}}, Body: []byte("body\r\n"), Server: server, QueueID: "4Q1",
	}
}

// results hands a message in and returns what the one Authentication-Results field says, and the field.
func (g *gate) results(in milter.ProbeMessage) ([]authres.Result, string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), conversation)
	defer cancel()
	got, err := milter.Probe(ctx, "unix", g.socket, in)
	if err != nil || got.Final != "continue" || len(got.Edits) != 1 || got.Edits[0].Kind != "insert" || got.Edits[0].Name != authres.Name {
		g.t.Errorf("%s: the gate answers %+v, %v", in.Sender, got, err)
		return nil, ""
	}
	value := got.Edits[0].Value
	f, err := authres.Parse(value)
	if err != nil || f.ID != server {
		g.t.Errorf("%s: %q: %v", in.Sender, value, err)
	}
	return f.Results, value
}

// spf returns the result for MAIL FROM, which stands before that for HELO, or for HELO where the sender is null; and the
// field.
func (g *gate) spf(in milter.ProbeMessage) (policy.Result, string) {
	g.t.Helper()
	all, value := g.results(in)
	for _, r := range all {
		if r.Method != "spf" {
			continue
		}
		_, helo := r.Get("smtp", "helo")
		if null := in.Sender == "<>"; helo && !null {
			g.t.Errorf("%s: no result for MAIL FROM in %q", in.Sender, value)
		}
		return policy.Result(r.Result), value
	}
	g.t.Errorf("%s: no SPF result in %q", in.Sender, value)
	return "", value
}
