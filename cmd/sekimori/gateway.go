package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"sekimori/internal/dns"
	"sekimori/internal/journal"
	"sekimori/metrics"
	"sekimori/milter"
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/examine"
	"sekimori/policy/mail"
)

// gateway is everything that a running sekimori consists of.
type gateway struct {
	log      *slog.Logger
	warn     io.Writer
	config   string // path of the policy file; "" in a demonstration
	policy   atomic.Pointer[policy.Policy]
	resolver resolver
	memory   memory
	drills   drills
	gauges   *metrics.DrillGauges
	registry *metrics.Registry
	metrics  *metrics.Metrics
	examiner *examine.Examiner
	milter   *milter.Server
	ready    atomic.Bool
}

// gateway reads the policy and puts the parts together. Nothing listens yet.
func (c *runCmd) gateway(s streams) (*gateway, error) {
	if (c.Config == "") == !c.Demo {
		return nil, hinted{badInput("run wants either --config or --demo"), "sekimori run --config /etc/sekimori/sekimori.toml"}
	}
	g := &gateway{log: slog.New(logHandler(s.err, c.LogFormat)), warn: s.err, config: c.Config, registry: metrics.NewRegistry()}
	p, err := g.read()
	if err != nil {
		return nil, err
	}
	v, golang := version()
	g.metrics = metrics.New(g.registry, p, v, golang)
	presetStore(g.metrics)
	g.policy.Store(p)
	r, err := g.newResolver(p)
	if err != nil {
		return nil, err
	}
	g.useResolver(r, 0)
	if err := g.memory.open(g, p); err != nil {
		return nil, err
	}
	g.drills.g = g
	use, err := g.drills.open(p)
	if err != nil {
		return nil, err
	}
	use(true)
	reader := &drillGauges{policy: g.policy.Load, ledger: g.drills.ledger, now: time.Now, log: g.log}
	g.gauges = metrics.NewDrillGauges(g.registry, reader.read, time.Now)
	key, err := c.hashKey()
	if err != nil {
		return nil, err
	}
	lines := &journal.Journal{Logger: g.log, HashKey: key}
	host, _ := os.Hostname()
	g.examiner = &examine.Examiner{Policy: g.policy.Load, Resolver: &g.resolver, Memory: &g.memory, Ledger: &g.drills, Now: time.Now, Host: host, Panicked: g.panicked}
	g.examiner.Prepare(p)
	g.milter = milter.New(milter.Config{
		Examiner:       examiner{g.examiner},
		Done:           func(r *policy.Record) { lines.Message(r); g.metrics.Observe(r); g.memory.remember(r) },
		OnError:        func() policy.Action { return g.policy.Load().OnError() },
		Forged:         g.examiner.Forged,
		Limits:         func() policy.Limits { return g.policy.Load().Limits },
		ParseAddress:   mail.EnvelopeAddress,
		ParseDomain:    mail.Domain,
		MaxConnections: c.MaxConnections,
		Logger:         g.log,
		Stats:          g.stats(),
	})
	return g, nil
}

// examiner fits examine to what the milter asks for.
type examiner struct{ *examine.Examiner }

func (e examiner) Begin(m *policy.Message) milter.Examination { return e.Examiner.Begin(m) }

func logHandler(w io.Writer, format string) slog.Handler {
	if format == "json" {
		return slog.NewJSONHandler(w, nil)
	}
	return slog.NewTextHandler(w, nil)
}

// hashKey returns the key by which addresses are hashed in the log, or nil where they are plain.
func (c *runCmd) hashKey() ([]byte, error) {
	switch {
	case c.LogAddresses == "plain" && c.LogKey == "":
		return nil, nil
	case c.LogAddresses == "plain":
		return nil, badInput("--log-key goes with --log-addresses=hash")
	case c.LogKey == "":
		key := make([]byte, 32)
		rand.Read(key)
		return key, nil
	}
	key, err := readFile(c.LogKey, 4096)
	if err != nil {
		return nil, inputError{err}
	}
	if len(key) < 16 {
		return nil, badInput("%s: a key of %d octets is too short; at least 16 are wanted", c.LogKey, len(key))
	}
	return key, nil
}

func (g *gateway) read() (*policy.Policy, error) {
	if g.config == "" {
		return compile("built-in policy", demoPolicy(), g.warn)
	}
	return readPolicy(g.config, g.warn)
}

// reload reads the policy file again and swaps the policy in one step. When anything fails the old policy stays.
func (g *gateway) reload() {
	p, err := g.read()
	var next auth.Resolver
	if err == nil && !sameDNS(p.DNS, g.policy.Load().DNS) {
		next, err = g.newResolver(p)
	}
	use := func(bool) {}
	if err == nil {
		use, err = g.drills.open(p)
	}
	if err == nil {
		err = g.memory.open(g, p) // the last that can fail
		use(err == nil)
	}
	if err == nil {
		g.examiner.Prepare(p)
	}
	if err != nil {
		g.metrics.Reload(false, time.Now())
		g.log.Error("reload failed, the old policy stays", "error", err)
		return
	}
	if next != nil {
		g.useResolver(next, p.Limits.Deadline)
	}
	g.metrics.Preset(p)
	g.policy.Store(p)
	g.metrics.Reload(true, time.Now())
	g.log.Info("policy reloaded", "file", g.config)
}

func sameDNS(a, b policy.DNS) bool {
	return slices.Equal(a.Servers, b.Servers) && a.Timeout == b.Timeout && a.Attempts == b.Attempts && a.CacheSize == b.CacheSize
}

// newResolver makes the resolver that p wants.
func (g *gateway) newResolver(p *policy.Policy) (auth.Resolver, error) {
	if g.config == "" {
		return demoZone()
	}
	return newResolver(p, p.DNS.Servers, g.metrics.DNS)
}

// useResolver puts a resolver in force. The one before goes on for the messages under way and is closed when they must
// have ended.
func (g *gateway) useResolver(r auth.Resolver, deadline time.Duration) {
	if old, ok := g.resolver.use(r).(*dns.Resolver); ok {
		time.AfterFunc(2*deadline, old.Close)
	}
}

func (g *gateway) panicked(v any, stack []byte) {
	g.metrics.Panicked()
	g.log.Error("an evaluator failed", "panic", fmt.Sprint(v), "stack", string(stack))
}

func (g *gateway) stats() milter.Stats {
	m := g.metrics
	return milter.Stats{Opened: m.SessionOpened, Closed: m.SessionClosed, Refused: m.SessionRefused,
		ProtocolError: m.ProtocolError, Panicked: m.Panicked, Unexamined: m.Unexamined}
}

func (g *gateway) close() {
	g.gauges.Close()
	if err := g.drills.close(); err != nil {
		g.log.Error("closing the ledger", "error", err)
	}
	if err := g.memory.close(); err != nil {
		g.log.Error("closing the store", "error", err)
	}
	if r, ok := g.resolver.use(nil).(*dns.Resolver); ok {
		r.Close()
	}
}
