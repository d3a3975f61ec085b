package suspicion

import (
	"strings"

	"sekimori/policy"
)

// claimedNames lists the indicators about a display name that is somebody else's.
func claimedNames() []Indicator {
	return []Indicator{
		{
			Name: "dispname_org_mismatch", Family: policy.FamilyIdentity, Points: 50,
			Definition: "the display name of From is that of a known organisation, alone or with words that an office adds, and the address is in none of its domains",
			Source:     "35.6 % of 837 Japanese phishing mails, none of 10,249 honest mails; rspamd SPOOF_DISPLAY_NAME, sublime brand_impersonation",
			find: func(r *reading) (string, bool) {
				w := r.who()
				if _, trusted := r.trustedList(); w.report || len(w.claims) == 0 || trusted {
					return "", false
				}
				c := w.claims[0]
				return cut(c.spelling.name, 30) + " -> " + string(c.from), true
			},
		},
		{
			Name: "dispname_internal_person", Family: policy.FamilyIdentity, Points: 40,
			Definition: "the display name of From is that of a person of suspicion.lists.people, and the address is outside and not known as that person's",
			Source:     "sublime vip_impersonation; Microsoft Defender user impersonation",
			find:       func(r *reading) (string, bool) { return r.borrowedPerson(false) },
		},
		{
			Name: "dispname_internal_person_freemail", Family: policy.FamilyIdentity, Points: 60,
			Definition: "as dispname_internal_person, with an address that anybody can have",
			Source:     "NPA and NISC on MirrorFace, 2025-01-08; sublime impersonation_free_email_masquerade_vip",
			Replaces:   "dispname_internal_person",
			find:       func(r *reading) (string, bool) { return r.borrowedPerson(true) },
		},
		{
			Name: "freemail_claims_official", Family: policy.FamilyIdentity, Points: 30,
			Definition: "an author at a free mail service whose display name or signature is that of a known organisation, or who says that he is of it (外務省の佐藤です)",
			Source:     "NPA and NISC on MirrorFace, 2025-01-08: sent from Outlook and Gmail addresses with stolen identities",
			find:       freemailClaimsOfficial,
		},
	}
}

// borrowedPerson looks for a person's name before an address that is not the person's. Whoever was written to from here is known to be
// somebody of the same name.
func (r *reading) borrowedPerson(freemail bool) (string, bool) {
	w := r.who()
	if len(r.lists.people) == 0 || w.report || r.in.Facts.Acquaintance.Wrote || r.in.Facts.Acquaintance.InThread {
		return "", false
	}
	for i := range w.from {
		m := &w.from[i]
		if m.Name == "" || m.Address.Domain == "" || r.lists.isInside(m.Address.Domain) || freemail && !r.lists.isFreemail(m.Address.Domain) {
			continue
		}
		for _, p := range r.lists.people[personKey(m.Name)] {
			if !isAddressOf(p, m.Address) {
				return cut(m.Name, 30) + " -> " + cut(m.Address.String(), 60), true
			}
		}
	}
	return "", false
}

func isAddressOf(p policy.Person, a policy.Address) bool {
	for _, own := range p.Addresses {
		if own.Domain == a.Domain && strings.EqualFold(own.Local, a.Local) {
			return true
		}
	}
	return false
}

// freemailClaimsOfficial adds to a name that does not fit that anybody can have the address, and finds the name also in a signature.
func freemailClaimsOfficial(r *reading) (string, bool) {
	w := r.who()
	if w.report || r.in.Facts.Acquaintance.InThread || r.in.Facts.Acquaintance.Wrote {
		return "", false
	}
	d, ok := r.freemailAuthor()
	if !ok {
		return "", false
	}
	for _, c := range w.claims {
		if r.lists.isFreemail(c.from) {
			return cut(c.spelling.name, 30) + " -> " + string(c.from), true
		}
	}
	if line, ok := r.officialSignature(d); ok {
		return cut(line, 40) + " -> " + string(d), true
	}
	return "", false
}
