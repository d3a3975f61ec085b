package suspicion

import "sekimori/policy"

// contact lists the indicators about whether sender and recipient know each other.
func contact() []Indicator {
	return []Indicator{{
		Name: "first_contact", Family: policy.FamilyContact, Points: 5,
		Definition: "none of the recipients had mail from an author, or wrote to one, since pairs are learned; at free mail services the address counts, elsewhere the organisation. It makes half as much again of other signs and is none alone",
		Source:     "Microsoft first contact safety tip; rspamd known_senders; 290 of 1,189 sublime rules ask for it",
		find: func(r *reading) (string, bool) {
			if !r.firstContact() {
				return "", false
			}
			if w := r.who(); len(w.authors) > 0 {
				return string(w.authors[0]), true
			}
			return "", true
		},
	}}
}

// firstContact reports whether the memory is old enough to know its correspondents, was asked, and knows none of the authors. A new person
// of an organisation with which there is contact is no stranger: that would mark a tenth of all business mail. Where anybody can have
// an address, the organisation is none, and only the address counts.
func (r *reading) firstContact() bool {
	a := &r.in.Facts.Acquaintance
	if !a.Asked || a.Failed || a.Address || a.Wrote || a.InThread || r.who().report || !r.learned() || r.onlyInside() {
		return false
	}
	if _, freemail := r.freemailAuthor(); freemail {
		return true
	}
	return !a.Domain && !a.WroteToDomain
}

// onlyInside reports whether every author is of the house. Colleagues are never strangers; whether it is one is for others to say.
func (r *reading) onlyInside() bool {
	w := r.who()
	for _, d := range w.authors {
		if !r.lists.isInside(d) {
			return false
		}
	}
	return len(w.authors) > 0
}

// learned reports whether pairs have been learned for long enough.
func (r *reading) learned() bool {
	a, learning := &r.in.Facts.Acquaintance, r.policy.Suspicion.Contacts.Learning
	if learning == 0 {
		return true
	}
	return !a.Since.IsZero() && !a.Since.Add(learning).After(r.in.Facts.At)
}
