package main

import (
	"context"
	"errors"
	"fmt"

	"sekimori/internal/webhook"
)

// hooks is the webhook as run serves it.
type hooks struct {
	server *webhook.Server
	hook   *hook
	life   context.Context
	stop   context.CancelFunc
	ended  chan struct{}
}

// webhook opens the listener of the webhook, or returns nil where there is none.
func (c *runCmd) webhook(g *gateway) (*hooks, error) {
	switch {
	case c.Webhook == "" && c.WebhookSecret == "":
		return nil, nil
	case c.Webhook == "" || c.WebhookSecret == "":
		return nil, badInput("--webhook and --webhook-secret go together")
	}
	secret, err := readKey(c.WebhookSecret)
	if err != nil {
		return nil, inputError{fmt.Errorf("--webhook-secret: %w", err)}
	}
	ln, err := webhook.Listen(c.Webhook)
	if err != nil {
		return nil, badInput("--webhook: %w", err)
	}
	k := newHook(g)
	server, err := webhook.New(ln, webhook.Config{Secret: secret, Take: k.take, Count: func(r webhook.Result) { g.metrics.DrillWebhook(string(r)) }})
	if err != nil {
		return nil, errors.Join(hinted{badInput("--webhook-secret: %w", err), "openssl rand -hex 32 makes one"}, ln.Close())
	}
	h := &hooks{server: server, hook: k, ended: make(chan struct{})}
	h.life, h.stop = context.WithCancel(context.Background())
	go func() {
		defer close(h.ended)
		go k.writer.run(h.life)
		k.run(h.life)
	}()
	return h, nil
}

// newHook returns what takes the bodies, on the ledger of the gateway.
func newHook(g *gateway) *hook {
	in := func() hookLedger {
		if o := g.drills.now.Load(); o != nil {
			return o.Ledger
		}
		return nil
	}
	return &hook{ledger: in, policy: g.policy.Load, metrics: g.metrics, writer: newNoteWriter(in), rounds: map[hookRound]*liveRound{}, most: maxLive,
		failed: func(err error) { g.log.Error("the webhook of a drill", "error", err) }}
}

// close waits for the requests under way, until ctx ends.
func (h *hooks) close(ctx context.Context) error {
	err := h.server.Shutdown(ctx)
	h.stop()
	<-h.ended
	return err
}
