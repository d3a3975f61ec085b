package suspicion

import (
	"fmt"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// bodyForm lists the indicator about a body that readers take differently.
func bodyForm() []Indicator {
	return []Indicator{{
		Name: "mime_ambiguous", Family: policy.FamilyAttachment, Points: 30,
		Definition: "a body in which filters and mail clients see different parts: headers of a part that contradict each other, a multipart without its boundary or end, an encoded multipart, octets that do not belong into base64, much text outside of every part, or more than 8 levels",
		Source:     "MIMEminer, CCS 2024 (204 cases); RFC 2045, 6.4; RFC 2046, 5.1",
		find:       (*reading).ambiguousBody,
	}}
}

const (
	maxOutside = 4 << 10 // octets before the first and behind the last delimiter; lists and programs put a few lines there
	maxLevels  = 8       // multiparts in each other, within one message
)

func (r *reading) ambiguousBody() (string, bool) {
	c := r.in.Content
	if c == nil {
		return "", false
	}
	for i := range c.Parts {
		if r.returned(i) {
			continue
		}
		p := &c.Parts[i]
		for _, o := range p.Oddities {
			if contradicts(o, p) || o == mime.OddityNoClose && r.openFile(i) {
				return describe(p) + " (" + string(o) + ")", true
			}
		}
		if n := r.levels(i); n > maxLevels {
			return fmt.Sprintf("%d levels", n), true
		}
	}
	if c.Preamble > maxOutside || c.Epilogue > maxOutside {
		return fmt.Sprintf("%d octets outside of every part", max(c.Preamble, c.Epilogue)), true
	}
	return "", false
}

// openFile reports whether the last part of a multipart without an end is a file: some readers take it and some do not. Mails that are
// cut behind their text are many, delivery reports above all.
func (r *reading) openFile(i int) bool {
	parts := r.in.Content.Parts
	for at := len(parts) - 1; at > i && parts[i].Type != "multipart/report"; at-- {
		if parts[at].Parent == i {
			return !parts[at].Container && !showable(&parts[at])
		}
	}
	return false
}

// contradicts reports whether an oddity lets something through, and is not what honest programs do. Those write a file's name in raw
// octets, put a footer behind a text in base64, forget the charset, invent the encoding of a text, and encode a message that is
// attached although they should not.
func contradicts(o mime.Oddity, p *mime.Part) bool {
	switch o {
	case mime.OddityTypes, mime.OddityEncodings, mime.OddityDispositions, mime.OddityBoundaries, mime.OddityNoBoundary,
		mime.OddityCloseTail, mime.OddityNoParts, mime.OddityHeaderNUL, mime.OddityHeaderBlank:
		return true
	case mime.OddityEncodedMulti:
		return p.Encoding == mime.EncodingBase64 && strings.HasPrefix(p.Type, "multipart/")
	case mime.OddityUnknownEncoding, mime.OddityBase64, mime.OddityHeaderLine:
		return !p.Container && !showable(p)
	case mime.OddityNoClose, mime.OddityQuoted, mime.OddityHeader8Bit, mime.OddityNoHeaderEnd, mime.OddityNames, mime.OddityUndeclared, mime.OddityInlineUU:
		return false
	}
	return false
}

// describe names a part for evidence.
func describe(p *mime.Part) string {
	switch {
	case len(p.Names) > 0:
		return shortName(p.Names[0].Text)
	case p.Type != "":
		return shortName(p.Type)
	}
	return "part"
}

// returned reports whether a part lies in a message that a delivery report returns: such messages are cut.
func (r *reading) returned(i int) bool {
	parts := r.in.Content.Parts
	for at := parts[i].Parent; at >= 0; at = parts[at].Parent {
		if parent := parts[at].Parent; parent >= 0 && parts[parent].Type == "multipart/report" && !strings.HasPrefix(parts[at].Type, "multipart/") {
			return true
		}
	}
	return false
}

// levels counts the multiparts around a part, up to the message that holds it.
func (r *reading) levels(i int) int {
	parts := r.in.Content.Parts
	n := 0
	for at := parts[i].Parent; at >= 0 && strings.HasPrefix(parts[at].Type, "multipart/"); at = parts[at].Parent {
		n++
	}
	return n
}
