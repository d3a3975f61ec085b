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
			Definition: "an author in a protected or a partner's domain, and DMARC does not pass",
			Source:     "IPA Technical Watch 2015-01-09 (forged senders); 40 % of 837 Japanese phishing mails have a .jp author, 8 % of them an aligned SPF pass",
			find:       protectedUnauthenticated,
		},
		{
			Name: "internal_from_outside", Family: policy.FamilyIdentity, Points: 60,
			Definition: "an author of the house in mail from outside, and neither does DMARC pass nor is it proved to come from a service of suspicion.lists.senders",
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

// unproved returns the DMARC result of an author domain that should have passed and did not.
func (r *reading) unproved(d policy.Domain) (policy.Result, bool) {
	result := r.dmarc(d)
	switch result {
	case policy.ResultPass, policy.ResultTempError, "":
		return "", false
	case policy.ResultNone, policy.ResultFail, policy.ResultSoftFail, policy.ResultNeutral, policy.ResultPolicy, policy.ResultPermError:
	}
	if r.who().report || r.exempt(d) {
		return "", false
	}
	if _, trusted := r.trustedList(); trusted {
		return "", false
	}
	return result, true
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
