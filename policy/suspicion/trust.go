package suspicion

import (
	"slices"

	"sekimori/policy"
)

// trust lists the indicators about what speaks for the sender. Each needs a proof: what a stranger can write speaks for nobody.
func trust() []Indicator {
	return []Indicator{
		{
			Name: "dmarc_pass_known_sender", Family: policy.FamilyTrust, Points: -30,
			Definition: "DMARC passes for the author, and a recipient had mail from the author before; not at free mail services unless it is the same address",
			Source:     "365 of 1,189 sublime rules excuse known domains unless DMARC fails",
			find:       knownSender,
		},
		{
			Name: "rcpt_wrote_to_sender", Family: policy.FamilyTrust, Points: -40,
			Definition: "a recipient wrote to the author before, and the author is proved by an aligned SPF or DKIM pass",
			Source:     "rspamd known_senders, replies; sublime profile.by_sender",
			find: func(r *reading) (string, bool) {
				return r.firstAuthor(), r.in.Facts.Acquaintance.Wrote && r.proven()
			},
		},
		{
			Name: "in_thread", Family: policy.FamilyTrust, Points: -40,
			Definition: "In-Reply-To or References names a message that went out from here, whose Message-ID strangers do not know",
			Source:     "rspamd replies; sublime fake_thread rules",
			find: func(r *reading) (string, bool) {
				return r.firstAuthor(), r.in.Facts.Acquaintance.InThread
			},
		},
		{
			Name: "partner_dmarc_pass", Family: policy.FamilyTrust, Points: -50,
			Definition: "every author is in a domain of suspicion.lists.partners, and DMARC passes",
			Source:     "allow lists of sublime and rspamd, which hold only with authentication",
			find:       authenticatedPartner,
		},
		{
			Name: "trusted_list", Family: policy.FamilyTrust, Points: -20,
			Definition: "mail of a mailing list of suspicion.lists.trusted_lists, signed by the list's own organisation",
			Source:     "RFC 2919; lists break the proof of their members",
			find:       func(r *reading) (string, bool) { return r.trustedList() },
		},
		{
			Name: "trusted_signer", Family: policy.FamilyTrust, Points: -30,
			Definition: "a DKIM signature of the whole body passes of a domain of suspicion.lists.signers, such as the gateway of a network of administrations (LGWAN)",
			Source:     "networks whose members are known to whoever signs for them",
			find:       trustedSigner,
		},
		{
			Name: "smime_author", Family: policy.FamilyTrust, Points: -30,
			Definition: "an S/MIME signature of the whole body by a certificate that names the one author and leads to an anchor of suspicion.lists.smime_anchors",
			Source:     "RFC 8550, 3; banks and administrations of Japan sign what they send to many",
			find: func(r *reading) (string, bool) {
				s := &r.in.Facts.SMIME
				return s.Signer + " by " + s.Issuer, s.Result == policy.SMIMEPass
			},
		},
	}
}

func (r *reading) firstAuthor() string {
	if w := r.who(); len(w.authors) > 0 {
		return string(w.authors[0])
	}
	return ""
}

// passes reports whether DMARC passes for every author, and there is one.
func (r *reading) passes() bool {
	w := r.who()
	for _, d := range w.authors {
		if r.dmarc(d) != policy.ResultPass {
			return false
		}
	}
	return len(w.authors) > 0
}

func knownSender(r *reading) (string, bool) {
	a := &r.in.Facts.Acquaintance
	if !r.passes() {
		return "", false
	}
	_, freemail := r.freemailAuthor()
	return r.firstAuthor(), a.Address || a.Domain && !freemail
}

func authenticatedPartner(r *reading) (string, bool) {
	if !r.passes() {
		return "", false
	}
	for _, d := range r.who().authors {
		if !underAny(r.lists.partners, d) {
			return "", false
		}
	}
	return r.firstAuthor(), true
}

// trustedSigner returns the domain of the list whose signature passes. What leaves a part of the body unsigned, or has a weak key,
// speaks for nobody.
func trustedSigner(r *reading) (string, bool) {
	for i := range r.in.Facts.DKIM {
		s := &r.in.Facts.DKIM[i]
		if s.Result == policy.ResultPass && !s.Partial && !s.Testing && !s.WeakKey() && slices.Contains(r.policy.Suspicion.Lists.Signers, s.Domain) {
			return string(s.Domain), true
		}
	}
	return "", false
}
