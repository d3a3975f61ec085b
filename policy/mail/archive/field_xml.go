package archive

import (
	"bytes"
	"strings"
)

type xmlState uint8

const (
	xmlText  xmlState = iota
	xmlOpen           // behind <
	xmlClose          // behind </
	xmlName           // in the name of an element
	xmlTag            // between attributes
	xmlAttribute
	xmlEqual // before the value of an attribute
	xmlValue
	xmlBang // behind <!
	xmlComment
	xmlCDATA
)

// xmlElement is an element that matters.
type xmlElement uint8

const (
	elementOther  xmlElement = iota
	elementText              // instrText
	elementSimple            // fldSimple
	elementChar              // fldChar
	elementLink              // ddeLink of Excel, dde-source and dde-connection-decl of OpenDocument
)

func (s *fieldScan) scan(p []byte) {
	for i := 0; i < len(p); {
		if s.state == xmlText && !s.inside {
			n := bytes.IndexByte(p[i:], '<')
			if n < 0 {
				return
			}
			if i += n + 1; !passedOver(p[i:]) {
				s.state, s.n = xmlOpen, 0
			}
			continue
		}
		c := p[i]
		if i++; c == 0 {
			continue
		}
		switch s.state {
		case xmlText:
			if c == '<' {
				s.state, s.n = xmlOpen, 0
				continue
			}
			s.entity.write(c, s.current())
		case xmlOpen:
			switch c {
			case '/':
				s.state = xmlClose
			case '!':
				s.state, s.n = xmlBang, 0
			case '?':
				s.state = xmlText
			default:
				s.state = xmlName
				s.letter(c)
			}
		case xmlName, xmlClose:
			switch {
			case c == '<':
				s.state, s.n = xmlOpen, 0
			case c != '>' && c != '/' && c > ' ':
				s.letter(c)
			default:
				s.named(c)
			}
		case xmlTag, xmlAttribute, xmlEqual, xmlValue:
			s.attribute(c)
		case xmlBang, xmlComment, xmlCDATA:
			s.declaration(c)
		}
	}
}

// passedOver reports whether what follows < outside of an instruction is a tag that does not matter, as nearly all are: one that closes,
// or one whose name, behind a prefix of one letter, begins like none of those that do.
func passedOver(b []byte) bool {
	switch {
	case len(b) < 3:
		return false
	case b[0] == '/':
		return true
	case b[1] != ':':
		return false
	}
	switch b[2] {
	case 'i', 'f', 'd', ':', 0:
		return false
	}
	return true
}

// letter takes a letter of a name. What stands before a colon is not part of it.
func (s *fieldScan) letter(c byte) {
	if c == ':' {
		s.n = 0
		return
	}
	if s.n < len(s.name) {
		s.name[s.n] = c
		s.n++
	}
}

// named takes the name of an element, which c ends.
func (s *fieldScan) named(c byte) {
	closes := s.state == xmlClose
	s.state, s.element = xmlText, elementOther
	switch string(s.name[:s.n]) {
	case "instrText":
		s.element = elementText
	case "fldSimple":
		s.element = elementSimple
	case "fldChar":
		s.element = elementChar
	case "ddeLink", "dde-source", "dde-connection-decl":
		s.element = elementLink
	default:
		return // what it has of attributes is passed over: there is no < in them
	}
	s.inside = false
	if closes {
		return
	}
	s.state, s.n, s.slash, s.service, s.topic = xmlTag, 0, false, "", ""
	s.attribute(c)
}

// attribute takes the next octet of an element that matters.
func (s *fieldScan) attribute(c byte) {
	switch s.state {
	case xmlTag:
		switch {
		case c == '>':
			s.opened()
		case c == '/':
			s.slash = true
		case c > ' ':
			s.state, s.n, s.slash = xmlAttribute, 0, false
			s.letter(c)
		}
	case xmlAttribute:
		switch {
		case c == '=':
			s.state = xmlEqual
		case c == '>':
			s.opened()
		case c > ' ':
			s.letter(c)
		}
	case xmlEqual:
		switch c {
		case '"', '\'':
			s.state, s.quote = xmlValue, c
			s.value.n, s.entity = 0, entity{}
		case '>':
			s.opened()
		}
	case xmlValue:
		if c != s.quote {
			s.entity.write(c, &s.value)
			return
		}
		s.state = xmlTag
		s.valued()
	}
}

// declaration takes the next octet of a comment, or of text that is marked as such.
func (s *fieldScan) declaration(c byte) {
	const cdata = "[CDATA["
	switch s.state {
	case xmlBang:
		if s.n < len(s.name) {
			s.name[s.n] = c
			s.n++
		}
		switch text := string(s.name[:s.n]); {
		case text == "--":
			s.state, s.brackets = xmlComment, 0
		case text == cdata:
			s.state, s.brackets = xmlCDATA, 0
		case text != "-" && !strings.HasPrefix(cdata, text):
			s.state = xmlText
		}
	case xmlComment:
		switch {
		case c == '>' && s.brackets >= 2:
			s.state = xmlText
		case c == '-':
			s.brackets++
		default:
			s.brackets = 0
		}
	case xmlCDATA:
		switch {
		case c == '>' && s.brackets >= 2:
			s.state = xmlText
		case c == ']':
			s.brackets++
		default:
			s.brackets = 0
			if s.inside {
				s.current().octet(c)
			}
		}
	default:
	}
}
