package suspicion

import (
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// namedAddresses lists the indicators about addresses and domains in a display name, which many clients show instead of the address.
func namedAddresses() []Indicator {
	return []Indicator{
		{
			Name: "dispname_contains_address", Family: policy.FamilyIdentity, Points: 30,
			Definition: "the display name of From holds an address of another organisation than the author's",
			Source:     "SpamAssassin FROMNAME_SPOOFED_EMAIL, rspamd FROM_NEQ_DISPLAY_NAME; 0.85 % of recent phishing mails, 0.03 % of honest mail",
			find:       func(r *reading) (string, bool) { return r.shownAddress(false) },
		},
		{
			Name: "dispname_contains_protected_address", Family: policy.FamilyIdentity, Points: 60,
			Definition: "as dispname_contains_address, with an address of the house, of a protected domain or of a partner",
			Source:     "as dispname_contains_address",
			Replaces:   "dispname_contains_address",
			find:       func(r *reading) (string, bool) { return r.shownAddress(true) },
		},
		{
			Name: "dispname_contains_domain", Family: policy.FamilyIdentity, Points: 10,
			Definition: "the display name of From holds a domain of another organisation than the author's",
			Source:     "9.6 % of 837 Japanese phishing mails; up to 10 % of newsletters of 2002 (CNET News.com)",
			find:       func(r *reading) (string, bool) { return r.shownDomain(false) },
		},
		{
			Name: "dispname_contains_protected_domain", Family: policy.FamilyIdentity, Points: 50,
			Definition: "as dispname_contains_domain, with a domain of the house, a protected one or a partner's",
			Source:     "sublime impersonation_recipient_domain_display_name; seen in Japanese phishing mail",
			Replaces:   "dispname_contains_domain",
			find:       func(r *reading) (string, bool) { return r.shownDomain(true) },
		},
	}
}

// shownAddress looks at the addresses that names and comments show. Mailing lists that write in the name of a member show his address
// (RFC 7960, 4.1.3.1); where the list says what it is that is no sign, but for protected domains.
func (r *reading) shownAddress(protected bool) (string, bool) {
	w := r.who()
	if w.report || !protected && r.isList() {
		return "", false
	}
	for i := range r.in.Facts.Authors {
		a := &r.in.Facts.Authors[i]
		if a.Source != policy.SourceDisplay || a.Address.Domain == "" || !r.nameCounts(a.Address.Domain, protected) {
			continue
		}
		if d, ok := r.otherAuthor(a.Address.Domain); ok {
			return cut(a.Address.String(), 60) + " -> " + string(d), true
		}
	}
	return "", false
}

// isList reports whether a mailing list wrote the message in its own name: two fields say so, and the list belongs to the author's
// organisation. Anybody can write that, but only of himself.
func (r *reading) isList() bool {
	w := r.who()
	if !w.list.known {
		w.list = answer{known: true, yes: r.readList()}
	}
	return w.list.yes
}

func (r *reading) readList() bool {
	d, ok := mail.Domain(listID(r.who().fields.listID))
	if !ok {
		return false
	}
	if _, other := r.otherAuthor(d); other {
		return false
	}
	for i := range r.in.Message.Header {
		switch n := r.in.Message.Header[i].Name; {
		case strings.EqualFold(n, "List-Post"), strings.EqualFold(n, "List-Unsubscribe"):
			return true
		}
	}
	return false
}

// otherAuthor returns the first author domain when none of them belongs to the organisation of d.
func (r *reading) otherAuthor(d policy.Domain) (policy.Domain, bool) {
	w := r.who()
	if len(w.authors) == 0 {
		return "", false
	}
	for _, own := range w.authors {
		if sameOrganisation(own, d) {
			return "", false
		}
	}
	return w.authors[0], true
}

// nameCounts reports whether a name in a display name is one that matters: a protected one, or any that can be registered.
func (r *reading) nameCounts(d policy.Domain, protected bool) bool {
	return r.lists.isProtected(d) || !protected && knownName(d)
}

// knownName reports whether d lies under a suffix at which names are registered.
func knownName(d policy.Domain) bool {
	suffix, icann := publicsuffix.PublicSuffix(string(d))
	return icann && suffix != string(d)
}

// shownDomain looks for names of hosts in display names. One behind an @ is that of an address.
func (r *reading) shownDomain(protected bool) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	for i := range w.from {
		name := w.from[i].Name
		if !strings.ContainsAny(name, ".．。｡") {
			continue
		}
		for word := range strings.FieldsFuncSeq(mail.Fold(cut(name, maxName/4)), betweenHosts) {
			d, ok := hostIn(word)
			if !ok || !r.nameCounts(d, protected) {
				continue
			}
			if own, ok := r.otherAuthor(d); ok {
				return string(d) + " -> " + string(own), true
			}
		}
	}
	return "", false
}

// betweenHosts reports whether r cannot stand in the name of a host or in an address as people write it in Latin letters.
func betweenHosts(r rune) bool {
	return r >= unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-_@%+", r))
}

// hostIn reads a word that is the name of a host.
func hostIn(word string) (policy.Domain, bool) {
	word = strings.Trim(word, ".-_")
	if strings.ContainsAny(word, "@%+_") || strings.IndexByte(word, '.') < 0 {
		return "", false
	}
	d, ok := mail.Domain(word)
	return d, ok && d.Labels() > 1
}
