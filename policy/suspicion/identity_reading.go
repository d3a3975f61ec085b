package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// maxMailboxes is how many entries of one field with addresses are looked at.
const maxMailboxes = 20

// identityReading is what the indicators about the sender share. It is filled when the first of them asks.
type identityReading struct {
	looked  bool
	report  bool // a report of delivery or the like, which nobody wrote
	from    []mail.Mailbox
	replyTo []mail.Mailbox
	quirks  []mail.Quirk
	authors []policy.Domain // domains of what a reader could take for the author, each once
	hosts   []namedHost     // of all identities
	claims  []nameClaim
	fields  fields
	sent    sentDate
	list    answer // isList
}

// answer is one that several ask for.
type answer struct{ known, yes bool }

// namedHost is a host and the identity that names it.
type namedHost struct {
	domain policy.Domain
	where  string
}

// nameClaim is a display name of From that is that of an organisation.
type nameClaim struct {
	spelling spelling
	from     policy.Domain
}

// fields are the values of fields that are there once in honest mail; the first of each counts.
type fields struct {
	from, replyTo, date, to, mailer, listID, contentType string
	hasDate, hasTo, hasMailer, answers                   bool
	urgent                                               string // a field that says that the mail is important
}

// who reads what the header and the envelope say about the sender.
func (r *reading) who() *identityReading {
	w := &r.identity
	if w.looked {
		return w
	}
	w.looked = true
	w.fields = readFields(r.in.Message.Header)
	w.report = r.isReport()
	w.quirks = mail.Quirks(r.in.Message.Header)
	for i := range r.in.Message.Header {
		if f := &r.in.Message.Header[i]; strings.EqualFold(f.Name, "From") && len(w.from) < maxMailboxes {
			w.from = append(w.from, mail.Mailboxes(f.Value, maxMailboxes-len(w.from))...)
		}
	}
	w.replyTo = mail.Mailboxes(w.fields.replyTo, maxMailboxes)
	for i := range r.in.Facts.Authors {
		a := &r.in.Facts.Authors[i]
		if a.Source == policy.SourceDisplay || a.Address.Domain == "" {
			continue
		}
		w.authors = addDomain(w.authors, a.Address.Domain)
	}
	for _, d := range w.authors {
		w.hosts = append(w.hosts, namedHost{d, "From"})
	}
	if d := r.in.Message.Sender.Domain; d != "" {
		w.addHost(d, "MAIL FROM")
	}
	for i := range w.replyTo {
		if d := w.replyTo[i].Address.Domain; d != "" {
			w.addHost(d, "Reply-To")
		}
	}
	r.readClaims(w)
	return w
}

func addDomain(list []policy.Domain, d policy.Domain) []policy.Domain {
	for _, have := range list {
		if have == d {
			return list
		}
	}
	return append(list, d)
}

func (w *identityReading) addHost(d policy.Domain, where string) {
	for i := range w.hosts {
		if w.hosts[i].domain == d {
			return
		}
	}
	w.hosts = append(w.hosts, namedHost{d, where})
}

// readFields goes once through the header.
func readFields(h policy.Header) fields {
	var f fields
	first := func(to *string, v string) {
		if *to == "" {
			*to = strings.TrimSpace(v)
		}
	}
	for i := range h {
		name, v := h[i].Name, h[i].Value
		if !mayMatter(name) {
			continue
		}
		switch {
		case strings.EqualFold(name, "From"):
			first(&f.from, v)
		case strings.EqualFold(name, "Reply-To"):
			first(&f.replyTo, v)
		case strings.EqualFold(name, "Date"):
			f.hasDate = true
			first(&f.date, v)
		case strings.EqualFold(name, "To"), strings.EqualFold(name, "Cc"):
			f.hasTo = true
			first(&f.to, v)
		case strings.EqualFold(name, "X-Mailer"):
			f.hasMailer = true
			first(&f.mailer, v)
		case strings.EqualFold(name, "List-Id"):
			first(&f.listID, v)
		case strings.EqualFold(name, "Content-Type"):
			first(&f.contentType, v)
		case strings.EqualFold(name, "In-Reply-To"), strings.EqualFold(name, "References"), strings.EqualFold(name, "Thread-Index"):
			f.answers = f.answers || strings.TrimSpace(v) != ""
		case f.urgent == "" && important(name, v):
			f.urgent = name + ": " + strings.TrimSpace(v)
		}
	}
	return f
}

// mayMatter reports whether a name is as long as one that readFields looks for, and begins as it does. Names that are not ASCII may be one in
// another case.
func mayMatter(name string) bool {
	if name == "" {
		return false
	}
	c := name[0] | 0x20
	switch len(name) {
	case len("To"):
		return c == 't' || c == 'c' || !plainASCII(name)
	case len("From"):
		return c == 'f' || c == 'd' || !plainASCII(name)
	case len("List-Id"):
		return c == 'l' || !plainASCII(name)
	case len("Reply-To"):
		return c == 'r' || c == 'x' || c == 'p' || !plainASCII(name)
	case len("References"):
		return c == 'r' || c == 'x' || c == 'i' || !plainASCII(name)
	case len("In-Reply-To"):
		return c == 'i' || !plainASCII(name)
	case len("Content-Type"):
		return c == 'c' || c == 't' || !plainASCII(name)
	case len("X-MSMail-Priority"):
		return c == 'x' || !plainASCII(name)
	}
	return !plainASCII(name)
}

// important reports whether a field asks for more attention than other mail has.
func important(name, value string) bool {
	v := strings.TrimSpace(value)
	switch {
	case strings.EqualFold(name, "X-Priority"):
		return strings.HasPrefix(v, "1") || strings.HasPrefix(v, "2")
	case strings.EqualFold(name, "Importance"), strings.EqualFold(name, "X-MSMail-Priority"):
		return strings.EqualFold(v, "high")
	case strings.EqualFold(name, "Priority"):
		return strings.EqualFold(v, "urgent")
	}
	return false
}

// isReport reports whether nobody wrote the message: a report with the null sender (RFC 3461, 3464, 8098), whose From says little.
func (r *reading) isReport() bool {
	if !r.in.Message.Sender.IsNull() || r.in.Message.SenderBad != "" {
		return false
	}
	const report = "multipart/report"
	t := r.who().fields.contentType
	return len(t) >= len(report) && strings.EqualFold(t[:len(report)], report)
}

// readClaims looks for organisations among the display names.
func (r *reading) readClaims(w *identityReading) {
	for i := range w.from {
		m := &w.from[i]
		name, _, _ := strings.Cut(m.Name, "@")
		found := r.lists.bodies.claimed(name)
		if len(found) == 0 {
			continue
		}
		d := m.Address.Domain
		if d == "" && len(w.authors) > 0 {
			d = w.authors[0]
		}
		if d == "" || r.mayClaim(found, d) {
			continue
		}
		w.claims = append(w.claims, nameClaim{found[0], d})
	}
}

// mayClaim reports whether an author at d may bear one of these names: the organisation itself; what is protected, of which another
// indicator asks for proof; governments of other countries, whose offices have the same abbreviations; and for a name of the house a service
// that may write in it.
//
// At the domain of a free mail service itself anybody has an address; its own mail comes from names below it.
func (r *reading) mayClaim(found []spelling, d policy.Domain) bool {
	if mayBear(found, d) && !r.lists.freemail[d] || r.lists.isInside(d) || underAny(r.policy.Spoof.Protected, d) || governmental(organisational(d).Parent()) {
		return true
	}
	if !underAny(r.lists.senders, d) {
		return false
	}
	for _, s := range found {
		for _, own := range s.body.Domains {
			if r.lists.isInside(own) {
				return true
			}
		}
	}
	return false
}

// freemailAuthor returns the author domain at which anybody can have an address.
func (r *reading) freemailAuthor() (policy.Domain, bool) {
	for _, d := range r.who().authors {
		if r.lists.isFreemail(d) {
			return d, true
		}
	}
	return "", false
}

// hasFile reports whether something is attached that is more than text.
func (r *reading) hasFile() bool {
	for _, f := range r.attached() {
		if len(f.names) > 0 || f.part.Disposition == mime.DispositionAttachment {
			return true
		}
	}
	return false
}

// cut returns at most n characters of s, for evidence.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
