package main

import (
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
	Message  string `arg:"" help:"The message, an .eml file; - reads standard input."`
	Config   string `short:"c" placeholder:"FILE" help:"The policy file; without it the built-in policy."`
	DNS      string `name:"dns" placeholder:"ZONE" xor:"dns" help:"Answer DNS questions from this zone file."`
	Resolver string `placeholder:"HOST:PORT" xor:"dns" help:"Ask this DNS server."`
	At       string `placeholder:"TIME" help:"Judge as of this time (RFC 3339); default now."`
	Verbose  bool   `short:"v" help:"Show every line whole, and the signatures' canonicalised headers."`
}

// maxMessageBytes bounds a message given to explain, test or probe; a larger one is refused.
const maxMessageBytes = 256 << 20

// Run examines the message exactly as the milter would and prints the derivation, the decision and the edits.
func (c *explainCmd) Run(s streams) error {
	p, err := policyOrDefault(c.Config, s)
	if err != nil {
		return err
	}
	res, done, err := c.resolver(p)
	if err != nil {
		return err
	}
	defer done()
	raw, err := readMessage(c.Message, s)
	if err != nil {
		return err
	}
	m, err := c.message("explain")
	if err != nil {
		return err
	}
	now := time.Now
	if c.At != "" {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return badInput("--at: %w", err)
		}
		shift := time.Until(at)
		now = func() time.Time { return time.Now().Add(shift) }
	}
	host, _ := os.Hostname()
	e := &examine.Examiner{Policy: func() *policy.Policy { return p }, Resolver: res, Memory: nothing{}, Now: now, Host: host, Trace: true}
	r, err := e.Message(m, raw)
	if err != nil {
		return badInput("%s: %w", c.Message, err)
	}
	explanation{w: s.out, verbose: c.Verbose}.record(r)
	return nil
}

func policyOrDefault(path string, s streams) (*policy.Policy, error) {
	if path == "" {
		return compile("built-in policy", demoPolicy(), s.err)
	}
	return readPolicy(path, s.err)
}

// resolver returns where questions go: a zone file, a server, or what the policy names.
func (c *explainCmd) resolver(p *policy.Policy) (auth.Resolver, func(), error) {
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
