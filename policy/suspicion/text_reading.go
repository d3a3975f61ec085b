package suspicion

import "sekimori/policy/mail"

// textReading is what the indicators about words share.
type textReading struct {
	looked  bool
	subject string
	bodies  []string // what clients show as the text of the mail, one string a part
}

// readText returns the Subject as it is shown, and the texts of the mail. A mail in text and HTML has both.
func (r *reading) readText() *textReading {
	t := &r.text
	if t.looked {
		return t
	}
	t.looked = true
	for _, f := range mail.Index(r.in.Message.Header, "Subject") {
		t.subject = mail.DecodeWords(f.Value)
		break
	}
	if r.in.Content == nil {
		return t
	}
	for i := range r.in.Content.Parts {
		if p := &r.in.Content.Parts[i]; p.Text != "" && r.isBody(i) {
			t.bodies = append(t.bodies, p.Text)
		}
	}
	return t
}

// lowerLatin returns at most n octets of s with A to Z made small. Japanese text stays as it is, without the cost of looking at its letters.
func lowerLatin(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lowerFrom([]byte(s), i)
		}
	}
	return s
}

func lowerFrom(b []byte, i int) string {
	for ; i < len(b); i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
