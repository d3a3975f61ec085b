// Package dmarc decides what DMARC says of one author domain (RFC 9989): which policy record applies, what its owner
// asks for, which authenticated domain is aligned, and so pass or fail. It does not check SPF or DKIM, does not choose
// among the authors of a message, sends no reports, and says nothing about what is done with a message.
//
// Alignment is a fact of its own. It is found even where no record is published and the result is none, because a rule
// may want proof from a domain that asks for none.
//
// Three settings go beyond RFC 9989. A pct= below 100 can count as t=y, for domains that still wait for its effect. A configured public suffix counts as if it published psd=y, whatever DNS says, so
// that bodies below it never align with each other. And where the walk finds no record at any level, the public suffix
// list of RFC 7489 can give the organisational domain. The latter only widens alignment in messages whose result is
// none, and never changes a result: with a record anywhere above the author the list is not asked, except that names
// on it are taken as boundaries while DNS fails to answer for them.
package dmarc

import (
	"context"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// Config is what an Evaluator works with.
type Config struct {
	Resolver         auth.Resolver
	PublicSuffixes   []policy.Domain // treated as psd=y whatever DNS says
	PublicSuffixList bool            // golang.org/x/net/publicsuffix where the walk finds no record
	Percent          bool            // pct= below 100 counts as t=y
	Trace            bool            // fill Steps
}

// Evaluator evaluates DMARC. It is used from many goroutines at once.
type Evaluator struct {
	config   Config
	suffixes map[policy.Domain]bool
}

// New returns an Evaluator.
func New(c Config) *Evaluator {
	e := &Evaluator{config: c, suffixes: make(map[policy.Domain]bool, len(c.PublicSuffixes))}
	for _, d := range c.PublicSuffixes {
		e.suffixes[d] = true
	}
	return e
}

// The reasons that go with a result. A temperror names the question that failed instead.
const (
	ReasonNoAuthor       = "the author has no domain"
	ReasonNoRecord       = "no policy record"
	ReasonUnusable       = "the policy record asks for nothing"
	ReasonNothingPassed  = "nothing authenticated"
	ReasonNotAligned     = "not aligned"
	ReasonSPFTemp        = "temporary SPF error of an aligned domain"
	ReasonDKIMTemp       = "temporary DKIM error of an aligned domain"
	ReasonExistence      = "it is unknown whether the author domain exists"
	ReasonAlignmentWalks = "too many authenticated domains"
)

// Evaluate applies what was discovered to one message. Spf is the check of MAIL FROM, or of HELO for a null sender
// (RFC 7208, 2.4), spfDomain the domain that it authenticates, and dkim every signature. Look-ups are made only for
// authenticated domains that differ from the author and lie under its organisational domain.
//
// Neither pass nor fail is said where a temporary failure leaves it open (RFC 9989, 5.3.6): then it is temperror.
// A record whose p, sp or np cannot be read and whose owner wants no reports is a permerror; one without p is as
// good as none.
func (e *Evaluator) Evaluate(ctx context.Context, d *Discovery, spf policy.SPF, spfDomain policy.Domain, dkim []policy.DKIM) policy.DMARC {
	out := policy.DMARC{Author: d.Author, Name: d.Name, OrgDomain: d.org, Result: policy.ResultNone}
	if d.Author == "" {
		out.Reason = ReasonNoAuthor
		return out
	}
	if d.how == byNothing {
		out.OrgDomain = ""
	}
	var r Record
	if l := d.applied; l != nil {
		r = l.record
		r.Testing = r.Testing || e.config.Percent && r.Sampled // RFC 9989, A.6: t=y is what pct=0 was
		out.Record, out.Published, out.Testing = l.domain, r.P, r.Testing
		if r.Usable() {
			out.Policy = r.For(l.domain != d.Author, d.Name)
		}
	}
	a := aligner{e: e, d: d}
	s := a.survey(ctx, r, spf, spfDomain, dkim)
	out.SPFAligned, out.DKIM, out.Partial = s.spf, s.dkim, s.partial
	out.Result, out.Reason = e.result(d, r, s)
	if e.config.Trace {
		out.Steps = append(append(out.Steps, d.steps...), a.steps...)
		out.Steps = append(out.Steps, policy.Step{Text: conclusion(&out), Decided: true})
	}
	return out
}

// result concludes from the record and the alignment.
func (e *Evaluator) result(d *Discovery, r Record, s survey) (policy.Result, string) {
	switch {
	case d.hidden:
		return policy.ResultTempError, d.walk.failure()
	case d.applied == nil:
		return policy.ResultNone, ReasonNoRecord
	case !r.Usable() && r.Fault == FaultMissing:
		return policy.ResultNone, ReasonUnusable
	case !r.Usable():
		return policy.ResultPermError, string(r.Fault)
	case s.spf || s.dkim != "":
		return policy.ResultPass, ""
	case s.unknown != "":
		return policy.ResultTempError, s.unknown
	case d.Name.Temporary() && r.For(true, policy.DNSNXDomain) != r.For(true, policy.DNSNoData):
		return policy.ResultTempError, ReasonExistence
	case s.limited:
		return policy.ResultFail, ReasonAlignmentWalks
	case s.passed:
		return policy.ResultFail, ReasonNotAligned
	}
	return policy.ResultFail, ReasonNothingPassed
}

func conclusion(m *policy.DMARC) string {
	text := "dmarc=" + string(m.Result)
	if m.Policy != "" {
		text += ", policy " + string(m.Policy)
	}
	if m.Reason != "" {
		text += ": " + m.Reason
	}
	return text
}
