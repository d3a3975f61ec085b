package autoreply

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// contentOf returns the decoded content of the first part of one of the kinds, nil when there is none.
func (w *walk) contentOf(kinds ...string) *content {
	for i := range w.contents {
		for _, k := range kinds {
			if w.contents[i].kind == k {
				return &w.contents[i]
			}
		}
	}
	return nil
}

// text undoes the transfer encoding (RFC 2045, 6), as far as it can be undone.
func (c *content) text() string {
	word, _ := keyword(c.encoding)
	switch {
	case strings.EqualFold(word, "base64"):
		return string(decodeBase64(c.data))
	case strings.EqualFold(word, "quoted-printable"):
		text, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(c.data))) // what was read before a mistake counts
		return string(text)
	}
	return string(c.data)
}

// decodeBase64 decodes whole groups and passes over what is outside the alphabet (RFC 2045, 6.8).
func decodeBase64(data []byte) []byte {
	clean := make([]byte, 0, len(data))
	for _, c := range data {
		if 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' {
			clean = append(clean, c)
		}
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(out, clean) // an octet that is left over is dropped
	return out[:n]
}

// receiptDetails reads a receipt (RFC 8098, 3.2): whose reading it reports, and whether a program decided to send it.
func (w *walk) receiptDetails() (original MessageID, automatic bool) {
	c := w.contentOf(typeReceipt, typeGlobalReceipt)
	if c == nil {
		return "", false
	}
	for line := range strings.SplitSeq(unfoldLines(c.text(), " "), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case original == "" && strings.EqualFold(trim(name), "Original-Message-ID"):
			original, _ = ParseMessageID(value)
		case strings.EqualFold(trim(name), "Disposition"):
			automatic = strings.Contains(strings.ToLower(value), "mdn-sent-automatically")
		}
	}
	return original, automatic
}

// calendarDetails reads a calendar object: its method, from the parameter or, where that is missing in a part that is no
// attachment, from the object (RFC 6047, 2.4), and the organizer as an address.
func (w *walk) calendarDetails() (method string, organizer policy.Address) {
	c := w.contentOf(typeCalendar)
	if c == nil {
		return "", organizer
	}
	method = trim(c.method)
	for line := range strings.SplitSeq(unfoldLines(c.text(), ""), "\n") {
		switch {
		case method == "" && !c.attachment && hasPrefixFold(line, "METHOD:"):
			method = trim(line[len("METHOD:"):])
		case organizer.IsNull() && hasPrefixFold(line, "ORGANIZER"):
			organizer = calendarAddress(line)
		}
	}
	return method, organizer
}

// calendarAddress returns the address of a property whose value is a mailto URI (RFC 5545, 3.3.3).
func calendarAddress(line string) policy.Address {
	const scheme = "mailto:"
	i := strings.LastIndex(strings.ToLower(line), scheme)
	if i < 0 || i+len(scheme) > len(line) {
		return policy.Address{}
	}
	a, problem := mail.EnvelopeAddress(trim(line[i+len(scheme):]))
	if problem != "" {
		return policy.Address{}
	}
	return a
}

// unfoldLines joins folded lines, with a blank in a header (RFC 5322, 2.2.3), with nothing in a calendar
// (RFC 5545, 3.1).
func unfoldLines(s, with string) string {
	return strings.NewReplacer("\r\n ", with, "\r\n\t", with, "\n ", with, "\n\t", with, "\r\n", "\n").Replace(s)
}

// tnefReceipt reports whether a TNEF part names the message class of a receipt (MS-OXTNEF, 2.1.3.4; MS-OXOMSG,
// 2.2.2.1: those end in IPNRN when the mail was read, in IPNNRN when it was not).
func (w *walk) tnefReceipt() bool {
	c := w.contentOf(typeTNEF, typeOldTNEF)
	if c == nil {
		return false
	}
	s := strings.ReplaceAll(c.text(), "\x00", "") // the class may stand in UTF-16
	return strings.Contains(s, ".IPNRN") || strings.Contains(s, ".IPNNRN") || strings.Contains(s, "IPM.Microsoft Mail.Read Receipt")
}
