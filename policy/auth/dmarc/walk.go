package dmarc

import (
	"context"

	"sekimori/policy"
)

// MaxQueries is the most that one tree walk asks; a name with more labels is cut down after the first question so
// that the walk still ends at the top (RFC 9989, 4.10).
const MaxQueries = 8

// level is one name that a walk passed.
type level struct {
	domain policy.Domain
	status policy.DNSStatus
	record Record // where found
	found  bool   // exactly one DMARC record stands there
	many   bool   // more than one stands there, so none counts
	suffix bool   // a public suffix by configuration, or by the list while DNS does not answer
}

// boundary reports whether the organisational domains are one label below l.
func (l *level) boundary() bool { return l.suffix || l.found && l.record.PSD == PSDYes }

// stops reports whether the walk ends at l: psd=n and psd=y end it, and so does a failure, since what stands above
// cannot be judged without it.
func (l *level) stops() bool {
	return l.status.Temporary() || l.boundary() || l.found && l.record.PSD == PSDNo
}

// walk is a DNS tree walk: the levels from the longest name to the shortest.
type walk struct {
	start  policy.Domain
	levels [MaxQueries]level
	n      int
}

func (w *walk) seen() []level { return w.levels[:w.n] }

// at returns the level of d, or nil where the walk did not pass it or there was none.
func (w *walk) at(d policy.Domain) *level {
	if w == nil {
		return nil
	}
	for i := range w.seen() {
		if w.levels[i].domain == d {
			return &w.levels[i]
		}
	}
	return nil
}

// next returns the name to ask for after d (RFC 9989, 4.10, steps 4 and 7), or the zero Domain at the top.
func next(d policy.Domain) policy.Domain {
	d = d.Parent()
	for d.Labels() >= MaxQueries {
		d = d.Parent()
	}
	return d
}

// climb walks on from where w stands, to the top or to a level that stops it. A level that known has passed is taken
// from there; known may be nil.
func (e *Evaluator) climb(ctx context.Context, w, known *walk) {
	d := w.start
	if w.n > 0 {
		d = next(w.levels[w.n-1].domain)
	}
	for ; d != "" && w.n < MaxQueries; d = next(d) {
		l := &w.levels[w.n]
		w.n++
		if k := known.at(d); k != nil {
			*l = *k
		} else {
			e.ask(ctx, l, d)
		}
		if l.stops() {
			return
		}
	}
}

// prefix stands before the name that a record is about (RFC 9989, 4.5). A name of more than maxAsked octets has no
// room for it in DNS, so nothing can stand there, and nothing is asked.
const (
	prefix   = "_dmarc."
	maxAsked = policy.MaxDomainLength - len(prefix)
)

// ask fills the level of d.
func (e *Evaluator) ask(ctx context.Context, l *level, d policy.Domain) {
	a := policy.DNSAnswer{Status: policy.DNSNXDomain}
	if len(d) <= maxAsked {
		a = e.config.Resolver.Lookup(ctx, prefix+string(d), policy.TypeTXT)
	}
	*l = level{domain: d, status: a.Status, suffix: e.suffixes[d]}
	for _, txt := range a.TXT {
		r, ok := Parse(txt)
		if !ok {
			continue
		}
		if l.found || l.many {
			l.found, l.many, l.record = false, true, Record{}
			continue
		}
		l.found, l.record = true, r
	}
	switch {
	case l.suffix:
		l.record.PSD = PSDYes
	case l.status.Temporary() && e.config.PublicSuffixList:
		l.suffix = listedSuffix(d)
	}
}

// organisation selects the organisational domain of the walk's start (RFC 9989, 4.10.2). How tells what it rests on.
func (w *walk) organisation() (org policy.Domain, how basis) {
	for i := range w.seen() {
		l := &w.levels[i]
		switch {
		case l.found && l.record.PSD == PSDNo:
			return l.domain, byRecord
		case l.boundary():
			return childToward(w.start, l.domain), byRecord
		case l.status.Temporary():
			return w.start, byNothing
		case l.found:
			org = l.domain
		}
	}
	if org == "" {
		return w.start, byDefault
	}
	return org, byRecord
}

// basis is what an organisational domain rests on.
type basis uint8

const (
	byNothing basis = iota // a failure hides it
	byDefault              // no record at any level: the name itself
	byRecord               // a record, or a configured suffix
)

// childToward returns the name one label below parent on the way to d, and d itself where it is parent: psd=y says
// nothing of the name where a walk starts. It goes by labels, since a walk that was cut down has not passed the name.
func childToward(d, parent policy.Domain) policy.Domain {
	for d != parent {
		up := d.Parent()
		if up == parent {
			return d
		}
		d = up
	}
	return d
}

// applied returns the level whose record is applied to the start: its own, that of its organisational domain, or
// that of the public suffix above it (RFC 9989, 4.10.1). It returns nil and true where there is none, and nil and
// false where a failure hides it.
func (w *walk) applied() (*level, bool) {
	own := &w.levels[0]
	if own.found {
		return own, true
	}
	org, how := w.organisation()
	if l := w.at(org); l != nil && l.found {
		return l, true
	}
	last := &w.levels[w.n-1]
	if last.found { // it ended the walk with psd=y
		return last, true
	}
	return nil, how != byNothing && !last.status.Temporary()
}

// failure names the question that the walk failed at.
func (w *walk) failure() string {
	l := &w.levels[w.n-1]
	return "DNS " + string(l.status) + " at " + prefix + string(l.domain)
}
