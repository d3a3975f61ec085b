package examine

import (
	"context"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/auth/authres"
	"sekimori/policy/auth/dmarc"
	"sekimori/policy/mail"
)

// readHeader finds the fields that only this house may write, and the authors. The former come first: a header that makes
// another reader fail must not carry them past the gate.
func (x *Examination) readHeader() {
	x.f.ForgedHeader = mail.Forged(x.m.Header)
	x.f.ForgedAR, x.f.NamedAR = forgedResults(x.m.Header, x.p, x.servID())
	a := mail.Authors(x.m.Header, x.p.Limits.Authors)
	x.f.Authors, x.f.FromFields, x.f.FromProblem = a.Authors, a.Fields, a.Problem
	if x.p.ReplyGuard.Mode != policy.ModeOff || x.p.Suspicion.Mode != policy.ModeOff || x.bulletins() {
		x.f.Conversation = conversation(x.m, x.f.Authors)
	}
	if a.Cut {
		x.miss(policy.UnexaminedAuthors)
	}
	if x.m.HeaderCut {
		x.miss(policy.UnexaminedHeader)
	}
}

// Forged names the fields of a message from outside that only this house may write, for a message that is let through
// without an examination.
func (e *Examiner) Forged(m *policy.Message) []policy.HeaderRef {
	p := e.Policy()
	if p.InsideClient(m.Client) {
		return nil
	}
	refs, _ := forgedResults(m.Header, p, e.servID(p, m))
	return append(refs, mail.Forged(m.Header)...)
}

// forgedResults finds the Authentication-Results fields that a reader could take for ours (RFC 8601, 5), and whether one bears our name.
func forgedResults(h policy.Header, p *policy.Policy, id string) (refs []policy.HeaderRef, named bool) {
	ids := append([]string{id}, p.Authentication.RemoveIDs...)
	for ref, field := range mail.Index(h, authres.Name) {
		if authres.Claims(field.Value, ids) {
			refs = append(refs, ref)
			named = named || authres.Names(field.Value, ids)
		}
	}
	return refs, named
}

func (x *Examination) servID() string { return x.e.servID(x.p, x.m) }

// servID returns the authserv-id that the results of m carry.
func (e *Examiner) servID(p *policy.Policy, m *policy.Message) string {
	for _, id := range []string{p.Authentication.ServID, m.Server, e.Host} {
		if id != "" {
			return strings.ToLower(id)
		}
	}
	return "localhost"
}

// results writes the one Authentication-Results field of this message.
func (x *Examination) results() policy.Field {
	return policy.Field{Name: authres.Name, Value: authres.Write(x.servID(), &x.f)}
}

// startDMARC discovers the policy of each author domain, in every reading of From.
func (x *Examination) startDMARC(ctx context.Context) {
	domains := x.authorDomains()
	x.found = make([]*dmarc.Discovery, len(domains))
	if x.trace == nil {
		x.askAhead(ctx)
	}
	for i, d := range domains {
		x.lookups.Go(func() {
			defer x.recovered()
			x.found[i] = x.ev.dmarc.Discover(ctx, d)
		})
	}
}

// askAhead puts the question that alignment will ask for the domain that SPF authenticates, where it is another than an author's: the
// answer is kept when the results are brought together. What comes of it does not matter here, and it is no part of a trace.
func (x *Examination) askAhead(ctx context.Context) {
	d := x.m.Sender.Domain
	if x.m.Sender.IsNull() {
		d = x.m.HeloDomain
	}
	if d == "" || !x.couldAlign(d) || slices.Contains(x.authorDomains(), d) {
		return
	}
	x.lookups.Go(func() {
		defer x.recovered()
		x.res.Lookup(ctx, "_dmarc."+string(d), policy.TypeTXT)
	})
}

// authorDomains returns each domain of an author once, without those that are only displayed.
func (x *Examination) authorDomains() []policy.Domain {
	var ds []policy.Domain
	for _, a := range x.f.Authors {
		d := a.Address.Domain
		if a.Source != policy.SourceDisplay && d != "" && !slices.Contains(ds, d) {
			ds = append(ds, d)
		}
	}
	return ds
}

// evaluateDMARC brings the discovered policies and the authenticated identifiers together. The SPF identity of a null sender
// is that of HELO (RFC 7208, 2.4).
func (x *Examination) evaluateDMARC() {
	x.lookups.Wait()
	spf := x.f.MailFrom
	if x.m.Sender.IsNull() {
		spf = x.f.Helo
	}
	for _, d := range x.found {
		if d != nil {
			x.f.DMARC = append(x.f.DMARC, x.ev.dmarc.Evaluate(x.end, d, spf, spf.Domain, x.f.DKIM))
		}
	}
}
