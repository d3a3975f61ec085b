package suspicion

import (
	"slices"
	"strconv"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// fromForm lists the indicators about a header that readers take differently.
func fromForm() []Indicator {
	return []Indicator{
		{
			Name: "from_ambiguous", Family: policy.FamilyIdentity, Points: 80,
			Definition: "readers of mail would take different addresses for the author: several From fields or addresses, or a From that only careless readers can read",
			Source:     "Mailsploit, espoofer; rspamd MULTIPLE_FROM; 2 of 51,574 honest mails; RFC 5322, 3.6",
			find:       fromAmbiguous,
		},
		{
			Name: "from_raw_8bit", Family: policy.FamilyIdentity, Points: 30,
			Definition: "From holds octets above 0x7f outside encoded-words, and the mail was not sent as RFC 6531 allows it",
			Source:     "rspamd, SpamAssassin FROM_ILLEGAL_CHARS; 8.6 % of recent phishing mails, 0.05 % of honest mail of 2002; old Japanese programs do it",
			find:       fromRaw8Bit,
		},
		{
			Name: "header_ambiguous", Family: policy.FamilyIdentity, Points: 30,
			Definition: "another field that readers of mail take differently: one that may be there once is there twice (not To and Cc), holds a NUL, a line end or a bidirectional override after decoding, or has a blank in its name",
			Source:     "rspamd; Chen et al. 2020, composition attacks; RFC 5322, 3.6",
			find:       headerAmbiguous,
		},
	}
}

// fromAmbiguous looks at what Authors read. Name and address that are the same ("a@b.example <a@b.example>") are one address there, and
// no sign.
func fromAmbiguous(r *reading) (string, bool) {
	f := r.in.Facts
	if r.who().report || r.bounceWithoutAddress() {
		return "", false
	}
	switch {
	case f.FromFields == 0:
		return "no From", true
	case f.FromFields > 1:
		return strconv.Itoa(f.FromFields) + " From fields", true
	}
	first := ""
	for i := range f.Authors {
		a := &f.Authors[i]
		if a.Source == policy.SourceDisplay {
			continue
		}
		switch s := a.Address.String(); {
		case first == "":
			first = s
		case s != first:
			return cut(first, 40) + " or " + cut(s, 40), true
		}
	}
	for _, q := range r.who().quirks {
		if q.Field == "from" && misleading(q.Kind) {
			return string(q.Kind), true
		}
	}
	switch f.FromProblem {
	case mail.ProblemNUL, mail.ProblemGrammar, mail.ProblemLong, mail.ProblemNoAddress:
		return f.FromProblem, true
	}
	return "", false
}

// bounceWithoutAddress reports whether a message with the null sender has no address in From but a name that says so: mailers write
// "MAILER-DAEMON <>" or leave the domain to the next one. Nobody is impersonated by that.
func (r *reading) bounceWithoutAddress() bool {
	f := r.in.Facts
	if !r.in.Message.Sender.IsNull() || r.in.Message.SenderBad != "" || f.FromFields != 1 || slices.ContainsFunc(f.Authors, hasDomain) {
		return false
	}
	name := strings.Trim(strings.TrimSuffix(r.who().fields.from, "<>"), " \t\"")
	switch strings.ToLower(name) {
	case "mailer-daemon", "postmaster", "mail delivery system", "mail delivery subsystem":
		return true
	}
	return false
}

func hasDomain(a policy.Author) bool { return a.Address.Domain != "" }

// misleading reports whether a quirk shows one reader something else than another.
func misleading(k mail.QuirkKind) bool {
	switch k {
	case mail.QuirkNUL, mail.QuirkWordLine, mail.QuirkWordNUL, mail.QuirkBidi, mail.QuirkNameBlank, mail.QuirkName, mail.QuirkFirstFold:
		return true
	case mail.QuirkDuplicate, mail.QuirkControl, mail.Quirk8Bit, mail.QuirkJIS, mail.QuirkUTF8, mail.QuirkWordAt, mail.QuirkEmptyFold:
	}
	return false
}

// fromRaw8Bit looks for octets that a client must guess the charset of. Mail of RFC 6531 may have UTF-8 there; the gateway is not told
// whether it was sent so, but an address that needs it, or a Received field, says so.
func fromRaw8Bit(r *reading) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	for _, q := range w.quirks {
		if q.Field != "from" {
			continue
		}
		if q.Kind == mail.Quirk8Bit || q.Kind == mail.QuirkUTF8 && !r.internationalised() {
			name := ""
			if len(w.from) > 0 {
				name = w.from[0].Name
			}
			return cut(name, 30), true
		}
	}
	return "", false
}

// internationalised reports whether the message was sent with SMTPUTF8 (RFC 6531), as far as that can be told.
func (r *reading) internationalised() bool {
	m := r.in.Message
	if !plainASCII(m.SenderArg) || !plainASCII(m.Sender.Local) {
		return true
	}
	for i := range m.Recipients {
		if !plainASCII(m.Recipients[i].Arg) {
			return true
		}
	}
	for _, f := range mail.Index(m.Header, "Received") {
		return strings.Contains(f.Value, "UTF8SMTP") // RFC 6531, 4.3; the newest alone
	}
	return false
}

// headerAmbiguous looks at the fields besides From. Of those that are doubled without harm by honest programs it says nothing: MIME-Version,
// and To and Cc, which forms on web pages write twice and which say nothing of the sender.
func headerAmbiguous(r *reading) (string, bool) {
	for _, q := range r.who().quirks {
		if q.Field == "from" {
			continue
		}
		shown := false
		switch q.Field {
		case "sender", "reply-to", "to", "cc", "subject", "date", "message-id":
			shown = true
		}
		switch q.Kind {
		case mail.QuirkDuplicate, mail.QuirkNameBlank, mail.QuirkName:
			if shown && (q.Kind != mail.QuirkDuplicate || q.Field != "to" && q.Field != "cc") {
				return q.Field + ": " + string(q.Kind), true
			}
		case mail.QuirkNUL, mail.QuirkWordLine, mail.QuirkWordNUL, mail.QuirkBidi:
			return q.Field + ": " + string(q.Kind), true
		case mail.QuirkControl, mail.Quirk8Bit, mail.QuirkJIS, mail.QuirkUTF8, mail.QuirkWordAt, mail.QuirkEmptyFold, mail.QuirkFirstFold:
		}
	}
	return "", false
}
