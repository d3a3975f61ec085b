package dmarc

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"sekimori/policy"
)

// Discovery is what DNS says of an author domain before anything is known of the message: the record that applies,
// the organisational domain, and whether the domain exists. Once made it is not changed; it may be evaluated many
// times and from several goroutines.
type Discovery struct {
	Author policy.Domain
	Name   policy.DNSStatus // existence of Author; never DNSNXDomain where a name below it is known to exist

	walk    walk
	applied *level // the record that applies; nil when there is none or it is hidden
	hidden  bool   // a temporary failure hides whether a record applies
	org     policy.Domain
	how     basis
	steps   []policy.Step
}

// Discover walks the tree up from author, at most MaxQueries questions, and asks whether author exists where the
// walk has not shown it. It returns when all is known or ctx ends; a failure is part of what it returns.
//
// Existence is meant as in RFC 8020: a name does not exist when DNS answers NXDOMAIN, whatever type was asked for
// (RFC 9989, 3.2.13). The type asked for is TXT, because the SPF check of an honest message has asked that question
// already, and a cache answers it. Where `_dmarc` below the author exists, so does the author, and nothing is asked.
func (e *Evaluator) Discover(ctx context.Context, author policy.Domain) *Discovery {
	d := &Discovery{Author: author}
	if author == "" {
		return d
	}
	d.walk.start = author
	first := &d.walk.levels[0]
	e.ask(ctx, first, author)
	d.walk.n = 1
	switch first.status {
	case policy.DNSFound, policy.DNSNoData:
		d.Name = policy.DNSNoData
		e.climbOn(ctx, d)
	case policy.DNSNXDomain, policy.DNSServFail, policy.DNSTimeout:
		e.climbAndAsk(ctx, d)
	}
	l, known := d.walk.applied()
	d.applied, d.hidden = l, !known
	d.org, d.how = e.organisation(&d.walk)
	if e.config.Trace {
		d.trace()
	}
	return d
}

func (e *Evaluator) climbOn(ctx context.Context, d *Discovery) {
	if !d.walk.levels[0].stops() {
		e.climb(ctx, &d.walk, nil)
	}
}

// climbAndAsk walks on and asks meanwhile whether the author exists. A panic in that question reaches the caller, who
// may recover from it; in a goroutine of its own it would end the process.
func (e *Evaluator) climbAndAsk(ctx context.Context, d *Discovery) {
	var asked sync.WaitGroup
	var broken any
	asked.Go(func() {
		defer func() { broken = recover() }()
		d.Name = e.config.Resolver.Lookup(ctx, string(d.Author), policy.TypeTXT).Status
	})
	func() {
		defer asked.Wait()
		e.climbOn(ctx, d)
	}()
	if broken != nil {
		panic(broken)
	}
}

// organisation is that of RFC 9989, and by the public suffix list where the walk found nothing at all and the list
// may be used.
func (e *Evaluator) organisation(w *walk) (policy.Domain, basis) {
	org, how := w.organisation()
	if how == byDefault && e.config.PublicSuffixList {
		org = listedOrganisation(w.start)
	}
	return org, how
}

// trace writes down how the record and the organisational domain were found.
func (d *Discovery) trace() {
	for i := range d.walk.seen() {
		l := &d.walk.levels[i]
		d.steps = append(d.steps, policy.Step{Text: "TXT " + prefix + string(l.domain) + ": " + l.String(), Decided: l == d.applied})
	}
	d.steps = append(d.steps, policy.Step{Text: fmt.Sprintf("author domain %s: %s", d.Author, existence(d.Name))})
	text := "organisational domain " + string(d.org)
	switch d.how {
	case byNothing:
		text = "organisational domain unknown: DNS failed"
	case byDefault:
		text += ", no record found"
	case byRecord:
	}
	d.steps = append(d.steps, policy.Step{Text: text})
}

func existence(s policy.DNSStatus) string {
	switch s {
	case policy.DNSFound, policy.DNSNoData:
		return "exists"
	case policy.DNSNXDomain:
		return "does not exist"
	case policy.DNSServFail, policy.DNSTimeout:
	}
	return "existence unknown (" + string(s) + ")"
}

// String says what stands at a level.
func (l *level) String() string {
	text := string(l.status)
	switch {
	case l.many:
		text = "several DMARC records, none counts"
	case l.found:
		text = l.record.String()
	case l.status == policy.DNSFound:
		text = "no DMARC record among the answers"
	}
	if l.suffix {
		text += " (public suffix)"
	}
	return text
}

// String writes the record in the canonical form, with the tags that decide something.
func (r Record) String() string {
	s := "v=DMARC1"
	for _, t := range [...]struct {
		name  string
		value policy.DMARCPolicy
	}{{"p", r.P}, {"sp", r.SP}, {"np", r.NP}} {
		if t.value != "" {
			s += "; " + t.name + "=" + string(t.value)
		}
	}
	for _, t := range [...]struct {
		set  bool
		text string
	}{
		{r.PSD != PSDUnknown && r.PSD != "", "psd=" + string(r.PSD)}, {r.StrictDKIM, "adkim=s"}, {r.StrictSPF, "aspf=s"}, {r.Testing, "t=y"},
		{r.Sampled, "pct=0"},
	} {
		if t.set {
			s += "; " + t.text
		}
	}
	if r.Fault != FaultNone {
		s += " (" + string(r.Fault) + ", usable: " + strconv.FormatBool(r.Usable()) + ")"
	}
	return s
}
