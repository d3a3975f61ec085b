package examine

import (
	"context"
	"strings"

	"sekimori/policy"
	"sekimori/policy/auth/authres"
	"sekimori/policy/auth/dmarc"
	"sekimori/policy/mail"
)

// readHeader finds the authors and the fields that only this house may write.
func (x *Examination) readHeader() {
	a := mail.Authors(x.m.Header, x.p.Limits.Authors)
	x.f.Authors, x.f.FromFields, x.f.FromProblem = a.Authors, a.Fields, a.Problem
	if a.Cut {
		x.miss(policy.UnexaminedAuthors)
	}
	if x.m.HeaderCut {
		x.miss(policy.UnexaminedHeader)
	}
	x.f.ForgedHeader = mail.Forged(x.m.Header)
	x.f.ForgedAR = x.forgedResults()
}

// forgedResults finds the Authentication-Results fields that a reader could take for ours (RFC 8601, 5).
func (x *Examination) forgedResults() []policy.HeaderRef {
	var refs []policy.HeaderRef
	ids := append([]string{x.servID()}, x.p.Authentication.RemoveIDs...)
	for ref, field := range mail.Index(x.m.Header, authres.Name) {
		if authres.Claims(field.Value, ids) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// servID returns the authserv-id that this message's results carry.
func (x *Examination) servID() string {
	for _, id := range []string{x.p.Authentication.ServID, x.m.Server, x.e.Host} {
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
	for i, d := range domains {
		x.lookups.Go(func() {
			defer x.recovered()
			x.found[i] = x.ev.dmarc.Discover(ctx, d)
		})
	}
}

// authorDomains returns each domain of an author once, without those that are only displayed.
func (x *Examination) authorDomains() []policy.Domain {
	var ds []policy.Domain
	seen := make(map[policy.Domain]bool)
	for _, a := range x.f.Authors {
		d := a.Address.Domain
		if a.Source != policy.SourceDisplay && d != "" && !seen[d] {
			seen[d] = true
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
