package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// dmarc returns the result for an author domain, "" where none was found out.
func (r *reading) dmarc(d policy.Domain) policy.Result {
	for i := range r.in.Facts.DMARC {
		if r.in.Facts.DMARC[i].Author == d {
			return r.in.Facts.DMARC[i].Result
		}
	}
	return ""
}

// proven reports whether every author of the message is proved: DMARC passes, or what it asks for holds where no record was published.
func (r *reading) proven() bool {
	w := r.who()
	if len(w.authors) == 0 {
		return false
	}
	for _, d := range w.authors {
		if !r.provenAuthor(d) {
			return false
		}
	}
	return true
}

func (r *reading) provenAuthor(d policy.Domain) bool {
	for i := range r.in.Facts.DMARC {
		if x := &r.in.Facts.DMARC[i]; x.Author == d {
			return x.Result == policy.ResultPass || x.SPFAligned || x.DKIM != ""
		}
	}
	return false
}

// signedBy reports whether a DKIM signature passes of a domain for which test is true.
func (r *reading) signedBy(test func(policy.Domain) bool) bool {
	for i := range r.in.Facts.DKIM {
		if s := &r.in.Facts.DKIM[i]; s.Result == policy.ResultPass && test(s.Domain) {
			return true
		}
	}
	return false
}

// trustedList returns the List-Id by which a list comes that is trusted, and whose own signature passes.
func (r *reading) trustedList() (string, bool) {
	v := r.who().fields.listID
	if v == "" || len(r.lists.trustedLists) == 0 {
		return "", false
	}
	id := listID(v)
	if !r.lists.trustedLists[id] {
		return "", false
	}
	d, ok := mail.Domain(id)
	if !ok {
		return "", false
	}
	return id, r.signedBy(func(s policy.Domain) bool { return sameOrganisation(s, d) })
}

// listID returns what identifies a list in a List-Id (RFC 2919, 3), in small letters.
func listID(v string) string {
	id := v[strings.LastIndexByte(v, '<')+1:]
	id, _, _ = strings.Cut(id, ">")
	return strings.ToLower(strings.TrimSpace(id))
}

// fromService reports whether one of suspicion.lists.senders is proved to have sent the message.
func (r *reading) fromService() bool {
	senders := r.lists.senders
	if len(senders) == 0 {
		return false
	}
	under := func(d policy.Domain) bool { return underAny(senders, d) }
	f := &r.in.Facts.MailFrom
	if f.Result == policy.ResultPass && under(f.Domain) || r.signedBy(under) {
		return true
	}
	name, ok := mail.Domain(r.in.Message.Client.Name)
	return ok && under(name)
}
