package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// organizer compares the organizer of an invitation (RFC 5545, 3.8.4.3) with the authors of the mail. Invitations that are passed
// on keep the organizer of another house, which is why it weighs next to nothing.
func (r *reading) organizer() (string, bool) {
	if r.in.Content == nil || len(r.in.Facts.Authors) == 0 {
		return "", false
	}
	for i := range r.in.Content.Parts {
		p := &r.in.Content.Parts[i]
		if p.Type != "text/calendar" && p.Kind != mime.KindCalendar {
			continue
		}
		text := strings.ToLower(p.Text)
		if strings.Contains(text, "\nmethod:reply") || strings.Contains(text, "\nmethod:counter") {
			continue // an answer, which names who invited
		}
		domain := organizerDomain(text)
		if domain == "" || r.sameHouse(domain) {
			continue
		}
		return domain + " / " + string(r.in.Facts.Authors[0].Address.Domain), true
	}
	return "", false
}

// sameHouse reports whether an author's domain is the same, above or below.
func (r *reading) sameHouse(domain string) bool {
	for _, a := range r.in.Facts.Authors {
		if d := string(a.Address.Domain); strings.HasSuffix("."+domain, "."+d) || strings.HasSuffix("."+d, "."+domain) {
			return true
		}
	}
	d, _ := policy.ParseDomain(domain)
	return r.policy.InsideAddress(policy.Address{Local: "x", Domain: d}) // an invitation of ours that comes back
}

// organizerDomain returns the domain of the first ORGANIZER in a text in small letters, folded or not, "" when there is none.
func organizerDomain(text string) string {
	const property = "\norganizer"
	i := strings.Index(text, property)
	if i < 0 {
		return ""
	}
	line := text[i+len(property):]
	var b strings.Builder
	for len(line) > 0 && b.Len() < 1000 {
		var piece string
		piece, line, _ = strings.Cut(line, "\n")
		b.WriteString(strings.TrimSuffix(piece, "\r"))
		if line == "" || line[0] != ' ' && line[0] != '\t' {
			break
		}
		line = line[1:]
	}
	_, address, ok := strings.Cut(b.String(), "mailto:")
	if !ok {
		return ""
	}
	return strings.Trim(address[strings.LastIndexByte(address, '@')+1:], " \"'")
}
