// Package spf decides whether a client may use a domain in MAIL FROM or HELO, by the SPF record of that domain
// (RFC 7208). It decides nothing about the message: that is the spoof rule's.
//
// Records are read strictly and evaluated by this package's own evaluator, not by blitiri.com.ar/go/spf. A strict reader
// is needed in any case, because an error after a match must be found; behind it the evaluation is a few hundred lines,
// and only an own one shows each mechanism it tried, names the limit that it hit and bounds the questions asked for one
// message. The library stays as the second opinion: tests compare the two on the records that both can read.
package spf

import (
	"context"
	"net/netip"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// Limits bounds the work of one check. A field that is 0 has its default.
type Limits struct {
	Terms     int // terms that ask DNS, over all records: 10; one more is a permerror (RFC 7208, 4.6.4)
	Voids     int // terms whose questions find nothing: 2; one more is a permerror (4.6.4)
	MX        int // mail exchangers of one mx: 10; one more is a permerror (4.6.4)
	PTR       int // names of the client: 10; the rest are ignored (4.6.4)
	Questions int // questions of all kinds: 50; one more is a permerror. The limits above would allow 111
}

// Defaults of Limits.
const (
	DefaultTerms     = 10
	DefaultVoids     = 2
	DefaultMX        = 10
	DefaultPTR       = 10
	DefaultQuestions = 50
)

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		value    *int
		fallback int
	}{
		{&l.Terms, DefaultTerms}, {&l.Voids, DefaultVoids}, {&l.MX, DefaultMX}, {&l.PTR, DefaultPTR},
		{&l.Questions, DefaultQuestions},
	} {
		if *f.value == 0 {
			*f.value = f.fallback
		}
	}
	return l
}

// Config is what a Checker works with.
type Config struct {
	Resolver auth.Resolver
	Trace    bool // fill SPF.Steps, and look up the explanation of a fail for it
	Limits   Limits

	// Ahead is how many questions one check may put before it is their turn, where an answer did not come from the
	// resolver's cache. They go beyond Limits.Questions when they turn out not to be needed. 0: none.
	Ahead int
}

// Checker checks identities. It may be used from many goroutines at once.
type Checker struct {
	resolver auth.Resolver
	trace    bool
	limits   Limits
	ahead    int
	records  recordCache
}

// New returns a Checker.
func New(c Config) *Checker {
	return &Checker{resolver: c.Resolver, trace: c.Trace, limits: c.Limits.withDefaults(), ahead: c.Ahead}
}

// Query is one identity to check.
type Query struct {
	Scope      policy.Scope
	Client     netip.Addr
	Helo       string         // argument of HELO as sent, for the macro h
	HeloDomain policy.Domain  // Helo as a domain; zero when it is none
	Sender     policy.Address // MAIL FROM; the null address is checked as postmaster@HeloDomain (RFC 7208, 2.4)
	Receiver   string         // name of this host, for explanations; may be ""
}

// Check evaluates one identity (check_host(), RFC 7208, 4). Result is never "" and each failure of DNS is a temperror,
// as is the end of ctx, with Reason "deadline". Name stays "" when the identity is no domain with two labels, because DNS
// is not asked then. Elapsed is left to the caller.
func (c *Checker) Check(ctx context.Context, q Query) policy.SPF {
	r, _ := c.check(ctx, &q)
	return r
}

// check also returns the explanation of a fail when a trace was asked for.
func (c *Checker) check(ctx context.Context, q *Query) (policy.SPF, string) {
	local, domain := q.Sender.Local, q.Sender.Domain
	if q.Scope == policy.ScopeHelo || q.Sender.IsNull() {
		local, domain = "", q.HeloDomain
	}
	if local == "" {
		local = "postmaster" // RFC 7208, 4.3
	}
	r := policy.SPF{Scope: q.Scope, Domain: domain, Result: policy.ResultNone}
	switch {
	case domain == "":
		r.Sender, r.Reason = local, "the identity is not a domain name"
		return r, ""
	case domain.Labels() < 2:
		r.Sender, r.Reason = local+"@"+string(domain), "the domain has a single label"
		return r, ""
	case !q.Client.IsValid():
		r.Sender, r.Reason = local+"@"+string(domain), "the client has no address"
		return r, ""
	}
	e := evaluation{
		checker: c, ctx: ctx, query: q, client: q.Client.Unmap().WithZone(""),
		local: lastOctets(local, MaxMacroValue), origin: string(domain),
	}
	defer func() {
		if e.ahead != nil {
			e.ahead.stop()
		}
	}()
	o := e.host(string(domain), 0)
	r.Sender = local + "@" + string(domain)
	r.Result, r.Reason, r.Name, r.Steps = o.result, o.reason(), e.name, e.steps
	if r.Result == policy.ResultPass {
		r.Anyone = e.anyone
		if e.client.Is4() {
			r.Reach = min(e.reach, everyIPv4)
		}
	}
	return r, e.explanation
}
