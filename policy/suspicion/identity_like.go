package suspicion

import (
	"strings"

	"sekimori/policy"
)

// likeNames lists the indicators about hosts of the sender that are taken for others.
func likeNames() []Indicator {
	return []Indicator{
		{
			Name: "lookalike_domain", Family: policy.FamilyIdentity, Points: 60,
			Definition: "the domain of From, Reply-To or MAIL FROM is taken for that of the house, a protected one, a partner's or a known organisation's: by letters that look alike, dots and hyphens exchanged, a foreign name behind it, another suffix, or a misspelling",
			Source:     "UTS #39; sublime lookalike_sender_domain; rspamd phishing.lua; measured on 5,006 honest domains",
			find:       lookalikeDomain,
		},
		{
			Name: "idn_suspicious", Family: policy.FamilyIdentity, Points: 50,
			Definition: "an internationalised domain of From, Reply-To or MAIL FROM with letters of scripts that nobody writes together, or that all look like a known Latin name",
			Source:     "UTS #39, 5.2; sublime punycode_sender_domain; rspamd URL_HOMOGRAPH_ATTACK",
			find:       idnDomain,
		},
	}
}

func lookalikeDomain(r *reading) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	for _, h := range w.hosts {
		if like, ok := r.lists.lookalike(h.domain); ok {
			return h.where + " " + string(h.domain) + " ~ " + string(like.name) + " (" + like.how + ")", true
		}
	}
	return "", false
}

func idnDomain(r *reading) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	for _, h := range w.hosts {
		if shown, why, odd := r.lists.idnSuspicious(h.domain); odd {
			return h.where + " " + shown + " (" + why + ")", true
		}
	}
	return "", false
}

// nearTo reports whether two names, of which neither need be known, are taken for one another. The same label under another suffix is no
// sign here: companies have both.
func (l *lists) nearTo(a, b policy.Domain) bool {
	x, y := organisational(a), organisational(b)
	if x == y {
		return false
	}
	if withoutMarks(string(x)) == withoutMarks(string(y)) {
		return true
	}
	p, q := label(x), label(y)
	if p == q || withoutDigits(p) == withoutDigits(q) {
		return false
	}
	if l.letters.skeleton(p) == l.letters.skeleton(q) && len(q) > shortLabel {
		return true
	}
	limit := 1
	if len(p) >= minLongSpelling && len(q) >= minLongSpelling {
		limit = 2
	}
	return len(p) >= minSpelling && len(q) >= minSpelling && within(p, q, limit)
}

// withoutDigits drops the digits by which servers of one owner differ.
func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, s)
}
