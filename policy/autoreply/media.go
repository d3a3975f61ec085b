package autoreply

import "strings"

// The media types that decide something.
const (
	typeReport         = "multipart/report"
	typeDeliveryStatus = "message/delivery-status"
	typeGlobalStatus   = "message/global-delivery-status" // RFC 6533, 4
	typeFeedback       = "message/feedback-report"
	typeReceipt        = "message/disposition-notification"
	typeGlobalReceipt  = "message/global-disposition-notification" // RFC 6533, 5
	typeTLS            = "application/tlsrpt"                      // and what is added with a plus sign
	typeCalendar       = "text/calendar"
	typeTNEF           = "application/ms-tnef"
	typeOldTNEF        = "application/vnd.ms-tnef"
)

// media is what the Content- fields of a message or of a part say (RFC 2045, 5.1). The zero value says nothing, which
// is text/plain.
type media struct {
	kind       string // type/subtype in small letters
	boundary   string
	reportType string // RFC 6522, 3
	method     string // RFC 6047, 2.4
	name       string // name, or filename of Content-Disposition
	attachment bool   // RFC 2183, 2.2
	encoding   string
}

// parseMedia reads a Content-Type. What the grammar does not allow is passed over.
func parseMedia(value string) media {
	var m media
	kind, rest := cutToken(value)
	m.kind = strings.ToLower(kind)
	m.params(rest)
	return m
}

// disposition reads a Content-Disposition (RFC 2183).
func (m *media) disposition(value string) {
	kind, rest := cutToken(value)
	m.attachment = strings.EqualFold(kind, "attachment")
	m.params(rest)
}

// params reads what follows the first token. Of a parameter that is repeated the first counts; pieces of one
// (RFC 2231, 3) are joined in the order in which they stand.
func (m *media) params(s string) {
	for s != "" {
		var name, value string
		s = strings.TrimLeft(s, "; \t\r\n")
		if s != "" && s[0] == '(' {
			_, s = cutComment(s)
			continue
		}
		name, s = cutName(s)
		value, s = cutValue(s)
		m.set(name, value)
	}
}

func (m *media) set(name, value string) {
	name, _, piece := strings.Cut(name, "*")
	var field *string
	switch {
	case strings.EqualFold(name, "boundary"):
		field = &m.boundary
	case strings.EqualFold(name, "report-type"):
		field = &m.reportType
	case strings.EqualFold(name, "method"):
		field = &m.method
	case strings.EqualFold(name, "name"), strings.EqualFold(name, "filename"):
		field = &m.name
	default:
		return
	}
	switch {
	case *field == "":
		*field = value
	case piece && len(*field) < maxParam:
		*field += value
	}
}

// maxParam is where joining the pieces of a parameter stops, in octets.
const maxParam = 1024

// cutToken cuts the first token off s, comments and blanks before it left out.
func cutToken(s string) (token, rest string) {
	s = trim(s)
	for s != "" && s[0] == '(' {
		_, s = cutComment(s)
		s = trim(s)
	}
	n := strings.IndexAny(s, "; \t\r\n(")
	if n < 0 {
		return s, ""
	}
	return s[:n], s[n:]
}

// cutName cuts the name of a parameter off s, and the equals sign after it.
func cutName(s string) (name, rest string) {
	n := strings.IndexAny(s, "=;")
	switch {
	case n < 0:
		return "", ""
	case s[n] == ';':
		return "", s[n:]
	}
	return trim(s[:n]), strings.TrimLeft(s[n+1:], " \t\r\n")
}

// cutValue cuts a token or a quoted string off s.
func cutValue(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		n := strings.IndexAny(s, "; \t\r\n")
		if n < 0 {
			return s, ""
		}
		return s[:n], s[n:]
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return unquote(s[1:i]), s[i+1:]
		case '\\':
			i++
		}
	}
	return "", ""
}

// unquote takes the backslashes and the folds out of the content of a quoted string.
func unquote(s string) string {
	if !strings.ContainsAny(s, "\\\r\n") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\r', '\n':
			continue
		case '\\':
			if i++; i == len(s) {
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
