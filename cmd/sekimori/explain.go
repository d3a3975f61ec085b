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
	"sekimori/policy/mail"
)

type explainCmd struct {
	Message  string   `arg:"" help:"The message, an .eml file; - reads standard input."`
	Config   string   `short:"c" placeholder:"FILE" help:"The policy file; without it the built-in policy."`
	Client   string   `default:"203.0.113.1" placeholder:"IP" help:"Address of the SMTP client."`
	Name     string   `help:"Verified host name of the client."`
	Helo     string   `default:"mail.example.test" help:"Argument of HELO or EHLO."`
	From     string   `default:"<>" placeholder:"ADDRESS" help:"Argument of MAIL FROM."`
	Rcpt     []string `placeholder:"ADDRESS" help:"Argument of RCPT TO; may be repeated."`
	User     string   `help:"The authenticated user."`
	DNS      string   `name:"dns" placeholder:"ZONE" xor:"dns" help:"Answer DNS questions from this zone file."`
	Resolver string   `placeholder:"HOST:PORT" xor:"dns" help:"Ask this DNS server."`
	At       string   `placeholder:"TIME" help:"Judge as of this time (RFC 3339); default now."`
	Verbose  bool     `short:"v" help:"Show every question to DNS and the signatures' canonicalised headers."`
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
	raw, err := c.read(s)
	if err != nil {
		return err
	}
	m, err := c.message()
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
	e := &examine.Examiner{Policy: func() *policy.Policy { return p }, Resolver: res, Now: now, Host: host, Trace: true}
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

func (c *explainCmd) read(s streams) ([]byte, error) {
	if c.Message == "-" {
		return readAll(s.in, "standard input", maxMessageBytes)
	}
	raw, err := readFile(c.Message, maxMessageBytes)
	if err != nil {
		return nil, inputError{err}
	}
	return raw, nil
}

// message builds the envelope from the flags.
func (c *explainCmd) message() (*policy.Message, error) {
	m := &policy.Message{QueueID: "explain", Helo: c.Helo, SenderArg: c.From}
	addr, err := netip.ParseAddr(c.Client)
	if err != nil {
		return nil, badInput("--client: %w", err)
	}
	m.Client = policy.Client{Addr: addr.Unmap().WithZone(""), Name: c.Name, Authenticated: c.User}
	m.HeloDomain, _ = mail.Domain(c.Helo)
	if m.Sender, m.SenderBad = mail.EnvelopeAddress(c.From); m.SenderBad != "" {
		return nil, badInput("--from %s: %s", c.From, m.SenderBad)
	}
	for _, r := range c.Rcpt {
		a, bad := mail.EnvelopeAddress(r)
		if bad != "" {
			return nil, badInput("--rcpt %s: %s", r, bad)
		}
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: r, Address: a})
	}
	return m, nil
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
