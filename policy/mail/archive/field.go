package archive

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fieldScan looks through a part of a document that is XML, as it comes, for what fetches by DDE: fields of Word (ECMA-376-1, 17.16),
// links of Excel (18.14) and of OpenDocument (1.2, part 1, 14.6). Nothing of it is kept but the instructions of the fields around the
// place that it is at. Elements are told by their names without the prefix, which every file can choose.
type fieldScan struct {
	state    xmlState
	name     [maxXMLName + 1]byte // of the element, without its prefix, or of the attribute
	n        int
	element  xmlElement
	quote    byte
	slash    bool // the last that stood in the tag
	inside   bool // inside instrText
	brackets int  // of the end of CDATA, or hyphens of the end of a comment
	entity   entity
	value    fieldText // of the attribute
	service  string    // of a link
	topic    string
	fields   [maxFields]field // those around, innermost at top-1, in a ring
	top      int
	depth    int
	dde      string
}

// field is a field while its instruction is read.
type field struct {
	text fieldText
	past bool // behind the instruction, in the result
}

const (
	// maxFields is how many fields can be around one; those further out are forgotten. Word allows 20.
	maxFields  = 20
	maxXMLName = 24
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

func (s *fieldScan) begin() {
	*s = fieldScan{dde: s.dde}
}

// write takes the next octets. Once there is a link no more are wanted. NULs are passed over: what matters is ASCII, and so it can be read
// in UTF-16 as well.
func (s *fieldScan) write(p []byte) bool {
	s.scan(p)
	return s.dde == ""
}

// end looks at fields that do not end.
func (s *fieldScan) end() {
	for ; s.depth > 0; s.depth-- {
		s.top--
		if f := &s.fields[s.top%maxFields]; !f.past {
			s.instruction(f)
		}
	}
}

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

// valued takes an attribute that is whole.
func (s *fieldScan) valued() {
	switch string(s.name[:s.n]) {
	case "instr":
		if s.element == elementSimple {
			s.simple()
		}
	case "fldCharType":
		if s.element == elementChar {
			s.char()
		}
	case "ddeService", "dde-application":
		s.service = s.value.String()
	case "ddeTopic", "dde-topic":
		s.topic = s.value.String()
	}
}

// opened takes the end of a tag.
func (s *fieldScan) opened() {
	s.state = xmlText
	switch s.element {
	case elementText:
		s.inside, s.entity = !s.slash, entity{}
	case elementLink:
		if s.service != "" {
			s.link(s.service + "|" + s.topic)
		}
	default:
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

// current is where letters of an instruction go.
func (s *fieldScan) current() *fieldText {
	if s.depth == 0 || s.fields[(s.top-1)%maxFields].past {
		s.value.n = 0
		return &s.value
	}
	return &s.fields[(s.top-1)%maxFields].text
}

// simple takes a field that is written in one element.
func (s *fieldScan) simple() {
	if link, ok := ddeInstruction(s.value.String()); ok {
		s.link(link)
	}
}

// char takes a mark of a field: where it begins, where its result does, where it ends. What is around a field takes what it comes to.
func (s *fieldScan) char() {
	switch s.value.String() {
	case "begin":
		s.fields[s.top%maxFields] = field{}
		s.top++
		s.depth = min(s.depth+1, maxFields)
	case "separate":
		if s.depth > 0 {
			f := &s.fields[(s.top-1)%maxFields]
			s.instruction(f)
			f.past = true
		}
	case "end":
		if s.depth == 0 {
			return
		}
		s.top--
		s.depth--
		f := &s.fields[s.top%maxFields]
		if !f.past {
			s.instruction(f)
		}
		if s.depth > 0 {
			f.text.quoted(s.current())
		}
	}
}

func (s *fieldScan) instruction(f *field) {
	if f.text.n == 0 || foldOctet(f.text.text[0]) != 'd' {
		return
	}
	if link, ok := ddeInstruction(f.text.String()); ok {
		s.link(link)
	}
}

func (s *fieldScan) link(text string) {
	if s.dde == "" {
		s.dde = strings.ToValidUTF8(text[:min(len(text), MaxField)], "\ufffd")
	}
}

// fieldText is the beginning of an instruction.
type fieldText struct {
	text [MaxField]byte
	n    int
}

// add appends a letter where there is room. Blanks at the beginning are left out, so that there are never too many of them.
func (t *fieldText) add(r rune) {
	if r <= ' ' {
		r = ' '
	}
	if n := utf8.RuneLen(r); r == ' ' && t.n == 0 || n < 0 || t.n+n > len(t.text) {
		return
	}
	if r < utf8.RuneSelf {
		t.text[t.n] = byte(r)
		t.n++
		return
	}
	t.n += utf8.EncodeRune(t.text[t.n:], r)
}

func (t *fieldText) octet(c byte) {
	switch {
	case c < utf8.RuneSelf:
		t.add(rune(c))
	case t.n < len(t.text):
		t.text[t.n] = c
		t.n++
	}
}

func (t *fieldText) String() string { return string(t.text[:t.n]) }

// quoted appends to another text what a QUOTE field comes to: numbers stand for letters (ECMA-376-1, 17.16.5.49).
func (t *fieldText) quoted(to *fieldText) {
	words := strings.Fields(t.String())
	if len(words) < 2 || !strings.EqualFold(words[0], "QUOTE") {
		return
	}
	for _, w := range words[1:] {
		if n, err := strconv.ParseUint(w, 10, 16); err == nil {
			to.add(rune(n))
			continue
		}
		for _, r := range strings.Trim(w, `"`) {
			to.add(r)
		}
	}
}

// ddeInstruction reports whether the instruction of a field fetches by DDE, and returns it on one line.
func ddeInstruction(text string) (string, bool) {
	text = strings.TrimLeft(text, " \t\r\n")
	const auto = "ddeauto"
	n := len(auto)
	if len(text) < n || !strings.EqualFold(text[:n], auto) {
		if n = len("dde"); len(text) < n || !strings.EqualFold(text[:n], auto[:n]) {
			return "", false
		}
	}
	if n < len(text) && identifier(text[n]) {
		return "", false
	}
	return strings.Join(strings.Fields(text), " "), true
}
