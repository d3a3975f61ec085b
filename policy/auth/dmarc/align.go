package dmarc

import (
	"context"

	"sekimori/policy"
)

// MaxAlignmentWalks is how many different authenticated domains of one message are walked for. What comes after them
// is not aligned; signatures that count are few, and each walk costs up to MaxQueries questions.
const MaxAlignmentWalks = 8

// alignment is whether an authenticated domain is aligned.
type alignment uint8

const (
	unaligned alignment = iota
	aligned
	unknown // a temporary failure hides it
)

// survey is the alignment of everything that was authenticated in one message.
type survey struct {
	spf     bool
	dkim    policy.Domain
	partial bool   // no aligned signature covers the whole body
	passed  bool   // something was authenticated
	limited bool   // MaxAlignmentWalks was reached
	unknown string // why a pass may be hidden by a temporary failure; "" when none is
}

// aligner judges domains against one author.
type aligner struct {
	e      *Evaluator
	d      *Discovery
	judged [MaxAlignmentWalks]struct {
		domain policy.Domain
		is     alignment
	}
	n       int
	limited bool   // a domain came after the last walk
	why     string // the last failure
	steps   []policy.Step
}

// survey judges SPF and every signature. Domains whose check failed for a time are judged only when nothing else
// made a pass: one of them, aligned, keeps the result open.
func (a *aligner) survey(ctx context.Context, r Record, spf policy.SPF, spfDomain policy.Domain, dkim []policy.DKIM) survey {
	var s survey
	if spf.Result == policy.ResultPass && spfDomain != "" {
		s.passed = true
		s.spf = a.take(ctx, &s, spfDomain, r.StrictSPF, "SPF")
	}
	a.signatures(ctx, &s, r, dkim, false)
	if s.dkim == "" {
		a.signatures(ctx, &s, r, dkim, true)
		s.partial = s.dkim != ""
	}
	s.limited = a.limited
	if s.spf || s.dkim != "" || s.unknown != "" || a.d.applied == nil {
		return s
	}
	if spf.Result == policy.ResultTempError && spfDomain != "" && a.judge(ctx, spfDomain, r.StrictSPF) != unaligned {
		s.unknown = ReasonSPFTemp
		return s
	}
	for i := range dkim {
		if dkim[i].Result == policy.ResultTempError && dkim[i].Domain != "" && a.judge(ctx, dkim[i].Domain, r.StrictDKIM) != unaligned {
			s.unknown = ReasonDKIMTemp
			break
		}
	}
	return s
}

// signatures judges the signatures that passed, either those that cover the whole body or those that do not.
func (a *aligner) signatures(ctx context.Context, s *survey, r Record, dkim []policy.DKIM, partial bool) {
	for i := range dkim {
		if dkim[i].Result != policy.ResultPass || dkim[i].Domain == "" || dkim[i].Partial != partial {
			continue
		}
		s.passed = true
		if s.dkim == a.d.Author || s.dkim != "" && dkim[i].Domain != a.d.Author {
			continue
		}
		if a.take(ctx, s, dkim[i].Domain, r.StrictDKIM, "DKIM") {
			s.dkim = dkim[i].Domain
		}
	}
}

// take judges a domain that passed.
func (a *aligner) take(ctx context.Context, s *survey, id policy.Domain, strict bool, what string) bool {
	is := a.judge(ctx, id, strict)
	if is == unknown && s.unknown == "" {
		s.unknown = a.why
	}
	if a.e.config.Trace {
		text := what + " domain " + string(id) + ": "
		switch is {
		case aligned:
			text += "aligned"
		case unaligned:
			text += "not aligned"
		case unknown:
			text += "alignment unknown, " + a.why
		}
		if strict {
			text += " (strict)"
		}
		a.steps = append(a.steps, policy.Step{Text: text})
	}
	return is == aligned
}

// judge compares organisational domains (RFC 9989, 4.10.2), and walks only where the answer is open without.
func (a *aligner) judge(ctx context.Context, id policy.Domain, strict bool) alignment {
	d := a.d
	switch {
	case id == d.Author:
		return aligned
	case strict:
		return unaligned
	case d.how == byNothing:
		return a.doubt(id)
	case !id.Under(d.org):
		return unaligned // the organisational domain of id is id or above it
	case id == d.org:
		return aligned
	}
	for _, j := range a.judged[:a.n] {
		if j.domain == id {
			return j.is
		}
	}
	if a.n == MaxAlignmentWalks {
		a.limited = true
		return unaligned
	}
	a.judged[a.n].domain, a.judged[a.n].is = id, a.compare(ctx, id)
	a.n++
	return a.judged[a.n-1].is
}

// compare walks up from id.
func (a *aligner) compare(ctx context.Context, id policy.Domain) alignment {
	w := walk{start: id}
	a.e.climb(ctx, &w, &a.d.walk)
	org, how := a.e.organisation(&w)
	switch {
	case how == byNothing:
		a.why = w.failure()
		return unknown
	case org == a.d.org:
		return aligned
	}
	return unaligned
}

// doubt judges where the author's organisational domain is hidden. Domains of different registrants are apart
// whatever it is; for others nothing can be said.
func (a *aligner) doubt(id policy.Domain) alignment {
	if a.e.config.PublicSuffixList && listedOrganisation(id) != listedOrganisation(a.d.Author) {
		return unaligned
	}
	a.why = a.d.walk.failure()
	return unknown
}
