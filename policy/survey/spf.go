package survey

import (
	"context"
	"strings"

	"sekimori/policy"
	"sekimori/policy/auth/spf"
)

// MaxLookups is the most terms that may ask DNS in a record with all that it includes (RFC 7208, 4.6.4). With one
// more the record is invalid, and nothing more is read; so one domain costs at most MaxLookups+1 questions for SPF.
//
// Counted are all terms that a client passes that nothing lets in. The two void look-ups that the RFC allows are not
// held against a record: which questions find nothing depends on the client.
const MaxLookups = spf.DefaultTerms

// spfWalk follows the records of one domain.
type spfWalk struct {
	s      *Surveyor
	ctx    context.Context
	out    *SPF
	anyone bool
	hidden bool // a question failed
}

// spf reads the record of a domain and what it includes.
func (s *Surveyor) spf(ctx context.Context, d policy.Domain) SPF {
	var out SPF
	w := spfWalk{s: s, ctx: ctx, out: &out}
	text, why := w.ask(string(d))
	switch {
	case w.hidden:
		return SPF{State: Unknown, Why: WhyDNS}
	case why == "" && text == "":
		return SPF{State: No}
	}
	out.Record = cut(text)
	if why == "" {
		out.All, why = w.record(text, true)
	}
	if why != "" {
		out.State, out.Why = Invalid, why
		return out
	}
	out.State, out.Why = w.judge()
	return out
}

// judge says how good a record without mistakes is. A question that failed hides more than it could excuse.
func (w *spfWalk) judge() (State, Why) {
	switch {
	case w.hidden:
		return Unknown, WhyDNS
	case w.anyone || w.out.All == string(spf.Pass):
		return Weak, WhyAnyone
	case w.out.IPv4 > w.s.maxAddresses:
		return Weak, WhyWide
	case w.out.All == "":
		return Weak, WhyNoAll
	case w.out.All == string(spf.Neutral):
		return Weak, WhyNeutral
	}
	return Yes, ""
}

// ask returns the SPF record at a name, "" where there is none.
func (w *spfWalk) ask(name string) (text string, why Why) {
	a := w.s.resolver.Lookup(w.ctx, name, policy.TypeTXT)
	if a.Status.Temporary() {
		w.hidden = true
		return "", ""
	}
	n := 0
	for _, txt := range a.TXT {
		if spf.IsRecord(txt) {
			text, n = txt, n+1
		}
	}
	if n > 1 {
		return text, WhySeveral
	}
	return text, ""
}

// record reads one record and follows it. Counted says whether what it passes, its sender passes, too: so it is but
// behind an include with another qualifier than "+". All is the qualifier that ends it.
func (w *spfWalk) record(text string, counted bool) (all string, why Why) {
	r, mistakes := spf.Read(text)
	if len(mistakes) > 0 {
		return "", WhySyntax
	}
	p := r.Published()
	if counted {
		w.out.IPv4 = min(w.out.IPv4+p.IPv4, 1<<32)
		w.anyone = w.anyone || p.Anyone
	}
	for _, t := range r.Effective() {
		if !t.Kind.Asks() {
			continue
		}
		if w.out.Lookups++; w.out.Lookups > MaxLookups {
			return "", WhyLookups
		}
		if t.Kind == spf.KindInclude {
			if _, why := w.follow(&t.Target, counted && t.Qualifier == spf.Pass); why != "" {
				return "", why
			}
		}
	}
	redirect := r.Modifier(spf.KindRedirect)
	if p.All != "" || redirect == nil { // with "all" redirect is ignored (RFC 7208, 6.1)
		return string(p.All), ""
	}
	if w.out.Lookups++; w.out.Lookups > MaxLookups {
		return "", WhyLookups
	}
	return w.follow(&redirect.Target, counted)
}

// follow reads the record that include or redirect names; that there is none is a permanent error (RFC 7208, 5.2 and
// 6.1). A name with macros depends on the mail and cannot be followed: the record is taken as one that refuses.
func (w *spfWalk) follow(target *spf.Spec, counted bool) (all string, why Why) {
	if target.HasMacro() {
		return string(spf.Fail), ""
	}
	name := strings.TrimSuffix(target.Text, ".")
	hidden := w.hidden
	w.hidden = false
	text, why := w.ask(name)
	failed := w.hidden
	w.hidden = hidden || failed
	switch {
	case failed:
		return "", ""
	case why == "" && text != "":
		if all, why = w.record(text, counted); why == "" || why == WhyLookups || why == WhyInclude {
			return all, why
		}
	}
	if d, err := policy.ParseDomain(name); err == nil {
		w.out.At = d
	}
	return "", WhyInclude
}
