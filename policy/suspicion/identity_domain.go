package suspicion

import (
	"slices"

	"sekimori/policy"
)

// claimedDomains lists the indicators about an author whose domain is one that strangers borrow.
func claimedDomains() []Indicator {
	return []Indicator{
		{
			Name: "protected_domain_unauth", Family: policy.FamilyIdentity, Points: 60,
			Definition: "an author in a protected or a partner's domain, and neither does DMARC pass nor, where no record is published, an aligned SPF or DKIM pass prove him",
			Source:     "IPA Technical Watch 2015-01-09 (forged senders); 40 % of 837 Japanese phishing mails have a .jp author, 8 % of them an aligned SPF pass",
			find:       protectedUnauthenticated,
		},
		{
			Name: "internal_from_outside", Family: policy.FamilyIdentity, Points: 60,
			Definition: "an author of the house in mail from outside, who is not proved either, and it is not proved to come from a service of suspicion.lists.senders",
			Source:     "sublime impersonation_recipient_domain; IPA Technical Watch 2015-01-09",
			Replaces:   "protected_domain_unauth",
			find:       internalFromOutside,
		},
	}
}

// protectedUnauthenticated asks for proof of every author whose domain matters. Lists that are trusted break that proof honestly, and
// exemptions of the spoof rule hold here too. A DNS failure is no sign of anything.
func protectedUnauthenticated(r *reading) (string, bool) {
	for _, d := range r.who().authors {
		if !r.lists.isProtected(d) {
			continue
		}
		if result, ok := r.unproved(d); ok && !r.fromService() {
			return string(d) + " dmarc=" + string(result), true
		}
	}
	return "", false
}

func internalFromOutside(r *reading) (string, bool) {
	for _, d := range r.who().authors {
		if !r.lists.isInside(d) {
			continue
		}
		if result, ok := r.unproved(d); ok && !r.fromService() {
			return string(d) + " dmarc=" + string(result), true
		}
	}
	return "", false
}

// unproved returns the DMARC result of an author domain that should have passed and did not. Many offices publish no record: what their SPF
// or a signature proves is proved.
func (r *reading) unproved(d policy.Domain) (policy.Result, bool) {
	result := r.dmarc(d)
	switch result {
	case policy.ResultPass, policy.ResultTempError, "":
		return "", false
	case policy.ResultNone, policy.ResultFail, policy.ResultSoftFail, policy.ResultNeutral, policy.ResultPolicy, policy.ResultPermError:
	}
	if r.who().report || r.exempt(d) || r.aligned(d) {
		return "", false
	}
	if _, trusted := r.trustedList(); trusted {
		return "", false
	}
	return result, true
}

// aligned reports whether an author domain is proved as the spoof rule would have it.
func (r *reading) aligned(d policy.Domain) bool {
	f := r.in.Facts
	sender := f.MailFrom
	if r.in.Message.Sender.IsNull() {
		sender = f.Helo
	}
	i := slices.IndexFunc(f.DMARC, func(x policy.DMARC) bool { return x.Author == d })
	return i >= 0 && r.policy.Spoof.Proves(f.DMARC[i], sender)
}

// exempt reports whether an exemption of the spoof rule covers an author of domain d.
func (r *reading) exempt(d policy.Domain) bool {
	for i := range r.policy.Spoof.Exempt {
		e := &r.policy.Spoof.Exempt[i]
		if !slices.Contains(e.Claims, policy.ClaimFrom) || !e.Until.IsZero() && !r.in.Facts.At.Before(e.Until) ||
			len(e.Domains) > 0 && !underAny(e.Domains, d) {
			continue
		}
		for _, n := range e.Networks {
			if n.Contains(r.in.Message.Client.Addr) {
				return true
			}
		}
	}
	return false
}
