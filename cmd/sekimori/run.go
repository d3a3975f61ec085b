package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"sekimori/internal/admin"
	"sekimori/internal/systemd"
	"sekimori/metrics"
	"sekimori/milter"
)

type runCmd struct {
	Config         string        `short:"c" placeholder:"FILE" help:"The policy file. Read again at SIGHUP."`
	Demo           bool          `help:"Run on the built-in policy and a built-in example zone instead of the real DNS."`
	Listen         []string      `placeholder:"ADDRESS" help:"Where the MTA connects: inet:port@host, inet6:port@host or unix:/path. May be repeated. Default inet:8891@127.0.0.1, or the sockets that systemd passes."`
	SocketMode     string        `default:"0660" help:"Mode of unix sockets, octal."`
	SocketGroup    string        `help:"Group of unix sockets."`
	Metrics        string        `default:"127.0.0.1:9891" help:"Where /metrics, /healthz and /readyz are served; empty: nowhere."`
	LogFormat      string        `enum:"json,text" default:"text" help:"json or text."`
	LogAddresses   string        `enum:"plain,hash" default:"plain" help:"plain, or hash: local parts are replaced by a keyed hash."`
	LogKey         string        `placeholder:"FILE" help:"Key of the hash. Without it a new one is drawn at each start."`
	Webhook        string        `placeholder:"ADDRESS" help:"Take what GoPhish posts here while a drill runs: a loopback address such as 127.0.0.1:9892, or unix:/path; the path of the URL is /gophish."`
	WebhookSecret  string        `placeholder:"FILE" help:"The secret of that webhook in GoPhish, at least 16 octets."`
	MaxConnections int           `default:"1000" help:"Connections of MTAs served at once; one more is closed and counted."`
	StopTimeout    time.Duration `default:"30s" help:"How long running messages may take when stopping."`
}

// Run serves until it is told to stop.
func (c *runCmd) Run(s streams) error {
	tuneCollector()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	g, err := c.gateway(s)
	if err != nil {
		return err
	}
	defer g.close()
	milters, err := c.listen()
	if err != nil {
		return err
	}
	adm, err := c.admin(g)
	if err != nil {
		return err
	}
	hooks, err := c.webhook(g)
	if err != nil {
		return err
	}
	serving := make(chan error, 3)
	if hooks != nil {
		go func() { serving <- hooks.server.Serve() }()
	}
	if adm != nil {
		go func() { serving <- adm.Serve() }()
	}
	go func() { serving <- g.milter.Serve(milters...) }()
	g.ready.Store(true)
	c.announce(s, milters)
	systemd.Notify("READY=1\nSTATUS=filtering")
	err = g.attend(ctx, serving)
	g.ready.Store(false)
	systemd.Notify("STOPPING=1")
	g.log.Info("stopping", "limit", c.StopTimeout.String())
	end, cancel := context.WithTimeout(context.Background(), c.StopTimeout)
	defer cancel()
	err = errors.Join(err, g.milter.Shutdown(end))
	if hooks != nil {
		err = errors.Join(err, hooks.close(end))
	}
	if adm != nil {
		err = errors.Join(err, adm.Shutdown(end))
	}
	return err
}

// attend waits for the end, reloading at SIGHUP and feeding systemd's watchdog meanwhile.
func (g *gateway) attend(ctx context.Context, serving <-chan error) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	var bark <-chan time.Time
	if d := systemd.Watchdog(); d > 0 {
		t := time.NewTicker(d / 2)
		defer t.Stop()
		bark = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-serving:
			return err
		case <-hup:
			systemd.Notify(systemd.Reloading())
			g.reload()
			systemd.Notify("READY=1\nSTATUS=filtering")
		case <-bark:
			systemd.Notify("WATCHDOG=1")
		}
	}
}

// listen opens the milter's sockets: those of systemd, else those of --listen.
func (c *runCmd) listen() ([]net.Listener, error) {
	passed, err := systemd.Listeners()
	if err != nil {
		return nil, fmt.Errorf("taking the sockets of systemd: %w", err)
	}
	if len(passed) > 0 && len(c.Listen) == 0 {
		return passed, nil
	}
	if len(c.Listen) == 0 {
		c.Listen = []string{"inet:8891@127.0.0.1"}
	}
	mode, err := strconv.ParseUint(c.SocketMode, 8, 9)
	if err != nil {
		return nil, badInput("--socket-mode %q is no octal mode up to 0777", c.SocketMode)
	}
	lns := passed
	for _, addr := range c.Listen {
		ln, err := milter.Listen(addr, fs.FileMode(mode), c.SocketGroup)
		if err != nil {
			return nil, badInput("--listen %s: %w", addr, err)
		}
		lns = append(lns, ln)
	}
	return lns, nil
}

// admin opens the listener of metrics and health.
func (c *runCmd) admin(g *gateway) (*admin.Server, error) {
	if c.Metrics == "" {
		return nil, nil
	}
	ln, err := admin.Listen(c.Metrics)
	if err != nil {
		return nil, badInput("--metrics %s: %w", c.Metrics, err)
	}
	return admin.New(ln, metrics.Handler(g.registry), func() error {
		if !g.ready.Load() {
			return errors.New("not serving")
		}
		return nil
	}), nil
}

// announce says on standard error where the gate stands, and in a demonstration what to try.
func (c *runCmd) announce(s streams, lns []net.Listener) {
	for _, ln := range lns {
		fmt.Fprintf(s.err, "sekimori: milter on %s\n", endpoint(ln))
	}
	if c.Metrics != "" {
		fmt.Fprintf(s.err, "sekimori: metrics on http://%s/metrics\n", c.Metrics)
	}
	if c.Webhook != "" {
		fmt.Fprintf(s.err, "sekimori: webhook on %s\n", c.Webhook)
	}
	if c.Demo {
		demoHints(s.err, endpoint(lns[0]), c.Metrics)
	}
}

// endpoint says where ln listens, as an MTA's configuration writes it.
func endpoint(ln net.Listener) string {
	a := ln.Addr()
	return milter.Endpoint{Network: a.Network(), Address: a.String()}.String()
}
