package spf

import (
	"context"
	"fmt"
	"net/netip"

	"sekimori/policy"
)

// evaluation is the state of one check. It is used by one goroutine.
type evaluation struct {
	checker       *Checker
	ctx           context.Context
	query         *Query
	client        netip.Addr // neither mapped nor with a zone
	local, origin string     // the two sides of the sender
	name          policy.DNSStatus

	terms     int // that asked DNS so far
	questions int
	voids     []question // that counted, each once
	names     names      // of the client
	included  int        // how many include terms are open
	reach     uint64     // IPv4 addresses that the terms so far let in
	anyone    bool       // the last term that matched lets every client in
	ahead     *ahead     // nil until a question was put ahead

	steps       []policy.Step
	note        string // what the term at hand met, for its step
	decided     bool   // a step has settled the result
	explanation string
}

// outcome is how an evaluation ended: by a term, or for a reason in words. The zero value means that it goes on.
type outcome struct {
	result policy.Result
	term   *Term  // that matched
	domain string // whose record holds it
	detail string
}

func (o outcome) final() bool { return o.result != "" }

// reason says for people what settled the result, in printable ASCII.
func (o outcome) reason() string {
	if o.term == nil {
		return o.detail
	}
	return printable(o.term.Text) + " in " + printable(o.domain)
}

// host evaluates the record of one domain (check_host(), RFC 7208, 4.3 to 4.7).
func (e *evaluation) host(domain string, depth int) outcome {
	r, stop := e.record(domain, depth)
	if stop.final() {
		return stop
	}
	for i := range r.Mechanisms {
		t := &r.Mechanisms[i]
		line := e.begin(depth+1, t)
		matched, stop := e.match(t, domain, depth)
		e.end(line, t, matched, stop)
		if stop.final() {
			return stop
		}
		if matched {
			e.widen(t, t.reach)
			if t.Qualifier == Fail && e.checker.trace && e.included == 0 {
				e.explain(r, domain, depth)
			}
			return outcome{result: t.Qualifier.Result(), term: t, domain: domain}
		}
	}
	if n := len(r.Mechanisms); n > 0 {
		e.reach += r.Mechanisms[n-1].reach
	}
	if t := r.Modifier(KindRedirect); t != nil {
		return e.redirect(t, domain, depth)
	}
	if e.included == 0 {
		e.conclude(depth+1, "no mechanism matches: neutral")
	}
	return outcome{result: policy.ResultNeutral, detail: "no mechanism of " + printable(domain) + " matches"}
}

// record finds and reads the record of a domain. Every mistake in it is a permerror, whatever stands before (4.6).
func (e *evaluation) record(domain string, depth int) (*Record, outcome) {
	if !askable(domain) || isSingleLabel(domain) {
		return nil, e.stop(depth, policy.ResultNone, printable(domain)+" is not a domain name with two labels")
	}
	a, stop := e.need(domain, policy.TypeTXT)
	if depth == 0 && e.name == "" {
		e.name = a.Status
	}
	if stop.final() {
		return nil, e.stop(depth, stop.result, stop.detail)
	}
	text, found := "", 0
	for _, txt := range a.TXT {
		if IsRecord(txt) {
			text = txt
			found++
		}
	}
	switch {
	case found == 0 && a.Status == policy.DNSNXDomain:
		return nil, e.stop(depth, policy.ResultNone, printable(domain)+" does not exist")
	case found == 0:
		return nil, e.stop(depth, policy.ResultNone, printable(domain)+" has no SPF record")
	case found > 1:
		return nil, e.stop(depth, policy.ResultPermError, fmt.Sprintf("%s has %d SPF records", printable(domain), found))
	}
	r, mistake := e.checker.records.read(text)
	if e.checker.ahead > 0 && !a.Cached && mistake == nil {
		e.recordAhead(r)
	}
	if e.checker.trace {
		e.steps = append(e.steps, policy.Step{Depth: depth, Text: printable(domain) + ": " + printable(text)})
	}
	if mistake != nil {
		return nil, e.stop(depth+1, policy.ResultPermError, "record of "+printable(domain)+": "+mistake.String())
	}
	return r, outcome{}
}

// redirect goes on with the record of another domain (RFC 7208, 6.1).
func (e *evaluation) redirect(t *Term, domain string, depth int) outcome {
	line := e.begin(depth+1, t)
	name, stop := e.open(t, domain)
	if stop.final() {
		e.end(line, t, false, stop)
		return stop
	}
	o := e.host(name, depth+1)
	if o.result == policy.ResultNone {
		return outcome{result: policy.ResultPermError, detail: printable(t.Text) + ": " + o.detail}
	}
	return o
}

// match reports whether a mechanism matches the client.
func (e *evaluation) match(t *Term, domain string, depth int) (bool, outcome) {
	switch t.Kind {
	case KindAll:
		return true, outcome{}
	case KindIP4, KindIP6:
		return t.Network.Contains(e.client), outcome{}
	case KindInclude, KindA, KindMX, KindPTR, KindExists:
	case KindRedirect, KindExp, KindOther: // no mechanisms
	}
	name, stop := e.open(t, domain)
	if stop.final() {
		return false, stop
	}
	switch t.Kind {
	case KindInclude:
		return e.include(t, name, depth)
	case KindA:
		return e.matchA(t, name)
	case KindMX:
		return e.matchMX(t, name)
	case KindPTR:
		return e.matchPTR(name)
	case KindExists:
		return e.matchExists(name)
	case KindAll, KindIP4, KindIP6, KindRedirect, KindExp, KindOther: // handled above
	}
	return false, outcome{}
}

// open counts a term that asks DNS, before it asks, and returns the name it is about.
func (e *evaluation) open(t *Term, domain string) (string, outcome) {
	if e.terms == e.checker.limits.Terms {
		return "", outcome{result: policy.ResultPermError,
			detail: fmt.Sprintf("%s is beyond the limit of %d terms that ask DNS", printable(t.Text), e.terms)}
	}
	e.terms++
	return e.target(&t.Target, domain)
}

// include evaluates another record and matches where that passes (RFC 7208, 5.2).
func (e *evaluation) include(t *Term, name string, depth int) (bool, outcome) {
	before := e.reach
	e.included++
	o := e.host(name, depth+2)
	e.included--
	if t.Qualifier != Pass {
		e.reach = before
	}
	switch o.result {
	case policy.ResultPass:
		return true, outcome{}
	case policy.ResultTempError, policy.ResultPermError:
		return false, o
	case policy.ResultNone:
		return false, outcome{result: policy.ResultPermError, detail: printable(t.Text) + ": " + o.detail}
	case policy.ResultFail, policy.ResultSoftFail, policy.ResultNeutral, policy.ResultPolicy:
		e.remark(string(o.result))
	}
	return false, outcome{}
}
