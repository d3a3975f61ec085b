package suspicion

import "sekimori/policy"

// hostLinks lists the indicators about hosts that are taken for others. A service behind which a link hides is not looked at
// itself, but what stands behind it.
func hostLinks() []Indicator {
	return []Indicator{
		{
			Name: "url_protected_in_subdomain", Family: policy.FamilyLink, Points: 40,
			Definition: "a link to a host of somebody else in which a known name stands in full, such as mof.go.jp.example.com",
			Source:     "11.6 % of 837 Japanese phishing mails",
			Replaces:   "url_brand_in_subdomain",
			find: func(r *reading) (string, bool) {
				return r.findHost(func(h *linkHost) (string, bool) {
					return string(h.name) + " ~ " + string(h.like.name), h.alike && h.like.how == likeInside
				})
			},
		},
		{
			Name: "url_brand_in_subdomain", Family: policy.FamilyLink, Points: 20,
			Definition: "a link to a host of somebody else in which the first label of a known name stands, such as rakuten.example.com; services give their customers such names, so that it is weak; not a name without a scheme in a text, as those of packages are",
			Source:     "seen in Japanese phishing mail: amazon.izby.cn, smbc-card.ctrrr.com",
			find: func(r *reading) (string, bool) {
				return r.findHost(func(h *linkHost) (string, bool) {
					return string(h.name) + " ~ " + string(h.borrowed), h.borrowed != "" && h.addressed
				})
			},
		},
		{
			Name: "url_lookalike", Family: policy.FamilyLink, Points: 60,
			Definition: "a link to a host whose name is taken for a known one: by letters that look alike, dots and hyphens exchanged, another suffix, or a misspelling",
			Source:     "as lookalike_domain; sublime link_recipient_domain_in_path, rspamd phishing.lua",
			find: func(r *reading) (string, bool) {
				return r.findHost(func(h *linkHost) (string, bool) {
					return string(h.name) + " ~ " + string(h.like.name) + " (" + h.like.how + ")", h.alike && h.like.how != likeInside
				})
			},
		},
		{
			Name: "url_idn_suspicious", Family: policy.FamilyLink, Points: 50,
			Definition: "a link to an internationalised host with letters of scripts that nobody writes together, letters that all look like a known Latin name, or an A-label that hides plain letters",
			Source:     "rspamd URL_HOMOGRAPH_ATTACK, R_MIXED_CHARSET_URL; sublime link_contains_punycode_characters",
			find: func(r *reading) (string, bool) {
				return r.findHost(func(h *linkHost) (string, bool) { return h.odd, h.odd != "" })
			},
		},
	}
}

// findHost looks for the first host of a link of which test is true. Hosts of the house, of partners and of proved authors are
// what they are.
func (r *reading) findHost(test func(*linkHost) (string, bool)) (string, bool) {
	r.followedLinks()
	for _, h := range r.link.order {
		if h.own {
			continue
		}
		r.judge(h)
		if !h.alike && h.borrowed == "" && h.odd == "" {
			continue
		}
		if evidence, ok := test(h); ok {
			return evidence, true
		}
	}
	return "", false
}

// judge compares a host with the known names, once.
func (r *reading) judge(h *linkHost) {
	if h.judged {
		return
	}
	h.judged = true
	h.like, h.alike = r.lists.lookalike(h.name)
	if !h.alike && !h.tracker && !governmental(h.org.Parent()) && !r.authorOwns(h) { // a town has its soumu too
		h.borrowed, _ = r.lists.borrowedLabel(h.name)
	}
	if shown, why, odd := r.lists.idnSuspicious(h.name); odd {
		h.odd = shown + " (" + why + ")"
	}
}
