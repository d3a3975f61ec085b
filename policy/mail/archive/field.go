package archive

import (
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
	if !ddeKeyword(text) {
		return "", false
	}
	return strings.Join(strings.Fields(text), " "), true
}

// ddeKeyword reports whether a text begins with the word DDE or DDEAUTO.
func ddeKeyword(text string) bool {
	const auto = "ddeauto"
	n := len(auto)
	if len(text) < n || !strings.EqualFold(text[:n], auto) {
		if n = len("dde"); len(text) < n || !strings.EqualFold(text[:n], auto[:n]) {
			return false
		}
	}
	return n == len(text) || !identifier(text[n])
}
