package suspicion

import (
	"strings"

	"sekimori/policy"
)

// replies lists the indicators about where an answer would go.
func replies() []Indicator {
	return []Indicator{
		{
			Name: "replyto_freemail", Family: policy.FamilyIdentity, Points: 20,
			Definition: "an answer would go to a free mail service, and the mail does not come from one",
			Source:     "SpamAssassin FREEMAIL_FORGED_REPLYTO, rspamd FREEMAIL_REPLYTO_NEQ_FROM_DOM; 5.7 % of recent phishing mails, 0 to 0.8 % of honest mail",
			find:       replyToFreemail,
		},
		{
			Name: "replyto_lookalike", Family: policy.FamilyIdentity, Points: 50,
			Definition: "an answer would go to a domain that is taken for the author's",
			Source:     "sublime impersonation_domain_replyto_lookalike",
			find:       replyToLookalike,
		},
	}
}

// replyToFreemail says nothing of lists that put the address of a member there.
func replyToFreemail(r *reading) (string, bool) {
	w := r.who()
	if w.report || len(w.replyTo) == 0 || len(w.authors) == 0 || r.isList() {
		return "", false
	}
	if _, ok := r.freemailAuthor(); ok {
		return "", false
	}
	for i := range w.replyTo {
		if a := w.replyTo[i].Address; r.lists.isFreemail(a.Domain) {
			return string(w.authors[0]) + " -> " + cut(a.String(), 60), true
		}
	}
	return "", false
}

func replyToLookalike(r *reading) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	for i := range w.replyTo {
		d := w.replyTo[i].Address.Domain
		if d == "" {
			continue
		}
		for _, own := range w.authors {
			if r.lists.nearTo(d, own) {
				return string(own) + " -> " + string(d), true
			}
		}
	}
	return "", false
}

// forgeries lists the indicators about fields that only the house may write.
func forgeries() []Indicator {
	return []Indicator{{
		Name: "forged_internal_header", Family: policy.FamilyIdentity, Points: 40,
		Definition: "mail from outside with a field that only this gateway or an inside Exchange server writes, or with Authentication-Results in the gateway's name",
		Source:     "seen in Japanese phishing mail; none of 51,574 honest mails; RFC 8601, 5",
		find:       forgedInternalHeader,
	}}
}

// forgedInternalHeader takes of the fields of Exchange only the one that says that a client is authenticated inside: others leak from the
// servers of honest senders. So do results that name no host, which Exchange Online writes into mail that goes out: they are removed, and
// no sign.
func forgedInternalHeader(r *reading) (string, bool) {
	f := r.in.Facts
	if len(f.ForgedAR) > 0 && f.NamedAR {
		return f.ForgedAR[0].Name, true
	}
	for _, h := range f.ForgedHeader {
		const exchange = "X-MS-Exchange-Organization-"
		if len(h.Name) > len(exchange) && strings.EqualFold(h.Name[:len(exchange)], exchange) && !strings.EqualFold(h.Name[len(exchange):], "AuthAs") {
			continue
		}
		return h.Name, true
	}
	return "", false
}
