package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"sekimori/milter"
	"sekimori/policy"
	"sekimori/policy/mail"
)

type probeCmd struct {
	envelope
	Messages []string      `arg:"" name:"message" help:"Messages, .eml files; - reads standard input."`
	Milter   string        `default:"inet:8891@127.0.0.1" placeholder:"ADDRESS" help:"The milter, as an MTA's configuration names it."`
	Expect   string        `enum:"accept,tag,quarantine,tempfail,reject" default:"accept" help:"The action that makes the exit status 0. With accept, tag does too."`
	Timeout  time.Duration `default:"60s" help:"How long one message may take."`
	Port     uint16        `default:"25000" hidden:""`
}

// Run sends each message and prints what the milter answered and asked for. Exit status 1 when one met another action than the
// one expected, or the milter failed.
func (c *probeCmd) Run(s streams) error {
	at, err := milter.ParseEndpoint(c.Milter)
	if err != nil {
		return badInput("--milter: %w", err)
	}
	if len(c.Rcpt) == 0 {
		c.Rcpt = []string{"<postmaster>"}
	}
	m, err := c.message("probe")
	if err != nil {
		return err
	}
	unexpected := 0
	for _, path := range c.Messages {
		action, err := c.one(s, at, m, path)
		if err != nil {
			return err
		}
		if string(action) != c.Expect && !(c.Expect == string(policy.ActionAccept) && action == policy.ActionTag) {
			unexpected++
		}
	}
	if unexpected > 0 {
		return fmt.Errorf("%d of %d messages did not meet %s", unexpected, len(c.Messages), c.Expect)
	}
	return nil
}

func (c *probeCmd) one(s streams, at milter.Endpoint, m *policy.Message, path string) (policy.Action, error) {
	raw, err := readMessage(path, s)
	if err != nil {
		return "", err
	}
	h, body, err := mail.Split(raw)
	if err != nil {
		return "", badInput("%s: %w", path, err)
	}
	host, _ := os.Hostname()
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	r, err := milter.Probe(ctx, at.Network, at.Address, milter.ProbeMessage{
		ClientName: c.Name, Client: netip.AddrPortFrom(m.Client.Addr, c.Port), Helo: c.Helo, Sender: c.From,
		Recipients: c.Rcpt, Header: h, Body: body, Server: host, QueueID: m.QueueID, User: c.User,
	})
	if err != nil {
		return "", hinted{fmt.Errorf("%s: milter %s: %w", path, at, err), "is sekimori running, and is --milter its address?"}
	}
	action := met(r)
	fmt.Fprintf(s.out, "%s: %s\n", visible(path), action)
	show(s, r)
	return action, nil
}

// met says which action a message met.
func met(r milter.ProbeResult) policy.Action {
	switch {
	case r.Final == "reject", r.Final == "discard", strings.HasPrefix(r.Final, "5"):
		return policy.ActionReject
	case r.Final == "tempfail", strings.HasPrefix(r.Final, "4"):
		return policy.ActionTempfail
	}
	action := policy.ActionAccept
	for _, e := range r.Edits {
		switch {
		case e.Kind == "quarantine":
			return policy.ActionQuarantine
		case e.Name == policy.SuspicionHeader && strings.Contains(e.Value, "level="+string(policy.LevelNone)+";"):
			// something was found, and it stays below every threshold
		case e.Kind == "insert" && strings.HasPrefix(e.Name, "X-Sekimori-"):
			action = policy.ActionTag
		}
	}
	return action
}

// show prints the answers that were not continue, and every edit.
func show(s streams, r milter.ProbeResult) {
	for _, a := range r.Answers {
		if a.Answer != "continue" && a.Answer != "skip" {
			fmt.Fprintf(s.out, "  %s %s: %s\n", a.Command, visible(a.About), visible(a.Answer))
		}
	}
	for _, e := range r.Edits {
		switch {
		case e.Kind == "remove":
			fmt.Fprintf(s.out, "  remove %s, number %d\n", visible(e.Name), e.Index)
		case e.Name != "":
			fmt.Fprintf(s.out, "  %s %s:%s\n", e.Kind, visible(e.Name), visible(unfold(e.Value)))
		default:
			fmt.Fprintf(s.out, "  %s %s\n", e.Kind, visible(e.Value))
		}
	}
}

// unfold writes a folded value on one line.
func unfold(v string) string {
	return strings.NewReplacer("\n\t", " ", "\n ", " ").Replace(v)
}
