package suspicion

import "strings"

// maxRecipients is how many recipients are looked for.
const maxRecipients = 20

// minLocal is the least length of a local part without a digit or a mark that is looked for: shorter ones are words.
const minLocal = 6

// recipientNamed looks for what a program puts in that knows no more of somebody than the address.
func recipientNamed(r *reading) (string, bool) {
	w := r.who()
	if w.report {
		return "", false
	}
	subject := strings.ToLower(r.readText().subject)
	for i := range r.in.Message.Recipients[:min(len(r.in.Message.Recipients), maxRecipients)] {
		a := r.in.Message.Recipients[i].Address
		if a.Local == "" {
			continue
		}
		whole, local := strings.ToLower(a.String()), strings.ToLower(a.Local)
		for _, text := range [...]string{subject, w.fromNames()} {
			switch {
			case text == "":
			case strings.Contains(text, whole):
				return whole, true
			case distinctive(local) && containsWord(text, local):
				return local, true
			}
		}
	}
	return "", false
}

// fromNames returns the display names of From in small letters.
func (w *identityReading) fromNames() string {
	if len(w.from) == 0 {
		return ""
	}
	return strings.ToLower(w.from[0].Name)
}

// distinctive reports whether a local part is nobody's word: long enough, or with a digit or a mark, and no name of an office.
func distinctive(local string) bool {
	switch local {
	case "support", "service", "services", "webmaster", "postmaster", "contact", "inquiry", "toiawase", "otoiawase", "soumu-ka", "office",
		"hostmaster", "security", "helpdesk", "newsletter", "no-reply", "keiri1", "kouhou", "saiyou", "madoguchi", "mail-magazine", "e-mail":
		return false
	}
	return len(local) >= minLocal || len(local) > 3 && strings.ContainsAny(local, "0123456789._-")
}

// containsWord reports whether text holds word with no letter or digit of ASCII beside it.
func containsWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		if !asciiWord(text, i-1) && !asciiWord(text, i+len(word)) {
			return true
		}
		from = i + 1
	}
}
