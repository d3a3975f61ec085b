package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"time"

	"sekimori/internal/dns"
	"sekimori/internal/zone"
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/examine"
)

type explainCmd struct {
	envelope
	Messages []string `arg:"" name:"message" help:"The message, an .eml file; - reads standard input. With --summary any number of files, mbox files, Maildirs and directories."`
	Config   string   `short:"c" placeholder:"FILE" help:"The policy file; without it the built-in policy."`
	DNS      string   `name:"dns" placeholder:"ZONE" xor:"dns" help:"Answer DNS questions from this zone file."`
	Resolver string   `placeholder:"HOST:PORT" xor:"dns" help:"Ask this DNS server."`
	Offline  bool     `xor:"dns" help:"Ask no DNS server: what authentication would find is temperror."`
	At       string   `placeholder:"TIME" help:"Judge as of this time (RFC 3339); default now, with --summary the time at which each message came."`
	Score    bool     `help:"Show how the score of suspicion is made, and what was looked for and not found."`
	Summary  bool     `help:"Count what the suspicion rule finds in many messages. DNS is asked only with --dns or --resolver."`
	Verbose  bool     `short:"v" help:"Show every line whole, and the signatures' canonicalised headers."`
}

// maxMessageBytes bounds a message given to explain, test or probe; a larger one is refused.
const maxMessageBytes = 256 << 20

// Run examines the message exactly as the milter would and prints the derivation, the decision and the edits.
func (c *explainCmd) Run(s streams) error {
	p, err := policyOrDefault(c.Config, s)
	if err != nil {
		return err
	}
	if c.Summary {
		return c.summary(s, p)
	}
	if len(c.Messages) != 1 {
		return hinted{badInput("%d messages; one can be explained", len(c.Messages)), "--summary counts what is found in many"}
	}
	if c.Score {
		p = observing(p)
	}
	res, done, err := c.resolver(p)
	if err != nil {
		return err
	}
	defer done()
	raw, err := readMessage(c.Messages[0], s)
	if err != nil {
		return err
	}
	m, err := c.message("explain")
	if err != nil {
		return err
	}
	now := time.Now
	if at, err := c.at(); err != nil {
		return err
	} else if !at.IsZero() {
		shift := time.Until(at)
		now = func() time.Time { return time.Now().Add(shift) }
	}
	host, _ := os.Hostname()
	e := &examine.Examiner{Policy: func() *policy.Policy { return p }, Resolver: res, Memory: nothing{}, Now: now, Host: host, Trace: true}
	r, err := e.Message(m, raw)
	if err != nil {
		return badInput("%s: %w", c.Messages[0], err)
	}
	explanation{w: s.out, verbose: c.Verbose, scored: c.Score}.record(r)
	return nil
}

// at returns the time that --at says, the zero time where it says none.
func (c *explainCmd) at() (time.Time, error) {
	if c.At == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return time.Time{}, badInput("--at: %w", err)
	}
	return at, nil
}

// offline answers no question.
type offline struct{}

// Lookup says that no server answers.
func (offline) Lookup(context.Context, string, policy.DNSType) policy.DNSAnswer {
	return policy.DNSAnswer{Status: policy.DNSServFail}
}

func policyOrDefault(path string, s streams) (*policy.Policy, error) {
	if path == "" {
		return compile("built-in policy", demoPolicy(), s.err)
	}
	return readPolicy(path, s.err)
}

// resolver returns where questions go: a zone file, a server, or what the policy names.
func (c *explainCmd) resolver(p *policy.Policy) (auth.Resolver, func(), error) {
	if c.Offline {
		return offline{}, func() {}, nil
	}
	if c.DNS != "" {
		z, err := readZone(c.DNS)
		return z, func() {}, err
	}
	servers := p.DNS.Servers
	if c.Resolver != "" {
		a, err := netip.ParseAddrPort(c.Resolver)
		if err != nil {
			return nil, nil, hinted{badInput("--resolver: %w", err), "an address and a port, such as 192.0.2.53:53"}
		}
		servers = []netip.AddrPort{a}
	}
	r, err := newResolver(p, servers, nil)
	if err != nil {
		return nil, nil, err
	}
	return r, r.Close, nil
}

func readZone(path string) (*zone.Zone, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, inputError{err}
	}
	defer f.Close()
	z, err := zone.Parse(f, path)
	if err != nil {
		return nil, inputError{err}
	}
	return z, nil
}

// newResolver makes the caching resolver for a policy. With no servers those of the system are asked.
func newResolver(p *policy.Policy, servers []netip.AddrPort, observe func(policy.DNSType, policy.DNSStatus, bool, time.Duration)) (*dns.Resolver, error) {
	if len(servers) == 0 {
		var err error
		if servers, err = dns.SystemServers(""); err != nil {
			return nil, hinted{fmt.Errorf("finding DNS servers: %w", err), "name them in [dns] servers"}
		}
	}
	return dns.New(dns.Config{Servers: servers, Timeout: p.DNS.Timeout, Attempts: p.DNS.Attempts, CacheSize: p.DNS.CacheSize, Observe: observe})
}
