package spf

import (
	"fmt"
	"slices"
	"strings"

	"sekimori/policy"
)

type question struct {
	name string
	kind policy.DNSType
}

// ask puts one question to the resolver. It stops the check where time or questions are used up; a name that DNS cannot
// hold is answered here: it does not exist.
func (e *evaluation) ask(name string, t policy.DNSType) (policy.DNSAnswer, outcome) {
	if !askable(name) {
		return policy.DNSAnswer{Status: policy.DNSNXDomain}, outcome{}
	}
	if e.ctx.Err() != nil {
		return policy.DNSAnswer{Status: policy.DNSTimeout}, deadline()
	}
	if e.questions == e.checker.limits.Questions {
		return policy.DNSAnswer{}, outcome{result: policy.ResultPermError,
			detail: fmt.Sprintf("the limit of %d questions to DNS is reached", e.questions)}
	}
	e.questions++
	a := e.lookup(question{name, t})
	if a.Status == policy.DNSTimeout && e.ctx.Err() != nil {
		return a, deadline()
	}
	return a, outcome{}
}

func deadline() outcome {
	return outcome{result: policy.ResultTempError, detail: "deadline"}
}

// need is ask for a question whose failure makes the check a temperror (RFC 7208, 4.4 and 5).
func (e *evaluation) need(name string, t policy.DNSType) (policy.DNSAnswer, outcome) {
	a, stop := e.ask(name, t)
	if !stop.final() && a.Status.Temporary() {
		stop = outcome{result: policy.ResultTempError, detail: string(t) + " of " + printable(name) + ": " + string(a.Status)}
	}
	return a, stop
}

// void counts a term whose question found nothing (RFC 7208, 4.6.4). The RFC counts terms; those that repeat a question
// cost nothing more and count once. A name that was not asked for, because DNS cannot hold it, does not count; nor does
// a name that has no IPv6 address, because it may well have an IPv4 one: a record in order must not become a permanent
// error by the family of the client.
func (e *evaluation) void(name string, t policy.DNSType, s policy.DNSStatus) outcome {
	if s != policy.DNSNXDomain && s != policy.DNSNoData {
		return outcome{}
	}
	e.remark(string(s))
	q := question{name, t}
	if s == policy.DNSNoData && t == policy.TypeAAAA || t != policy.TypePTR && !askable(name) || slices.Contains(e.voids, q) {
		return outcome{}
	}
	if len(e.voids) == e.checker.limits.Voids {
		return outcome{result: policy.ResultPermError,
			detail: fmt.Sprintf("%s of %s is beyond the limit of %d look-ups that find nothing", t, printable(name), len(e.voids))}
	}
	e.voids = append(e.voids, q)
	return outcome{}
}

func isSingleLabel(name string) bool { return strings.IndexByte(name, '.') < 0 }
