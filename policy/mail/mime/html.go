package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail"
)

// markup reads a part as HTML. It is cut into pieces but no tree is made of them: what has taken time out of proportion in
// other readers was in that.
func (l *leaf) markup(p *Part) {
	b := l.whole()
	read, charset := len(b), p.Charset
	if charset == "" {
		charset = metaCharset(b)
	}
	if charset == "" && !asciiOctets(b) {
		p.odd(OddityUndeclared)
	}
	if !utf8.Valid(b) || !plainUTF8(charset, b) {
		b = []byte(mail.DecodeText(charset, b))
	}
	p.HTML = &HTML{Read: read}
	s := l.r.scratch
	m := markup{r: l.r, part: l.part, facts: p.HTML, anchor: -1, room: max(0, l.r.limits.Text-l.r.text),
		text: s.text[:0], shown: s.shown[:0], style: s.style[:0], name: s.name[:0]}
	m.read(b, 0)
	m.closeAnchor()
	p.Text = string(m.text)
	l.r.text += len(p.Text)
	s.text, s.shown, s.style, s.name = m.text, m.shown, m.style, m.name
}

// plainUTF8 reports whether valid UTF-8 in a charset stands for itself.
func plainUTF8(charset string, b []byte) bool {
	return strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") || charset == "" && bytes.IndexByte(b, 0x1b) < 0
}

// markup is one HTML text that is being read.
type markup struct {
	r      *Reader
	part   int
	facts  *HTML
	anchor int    // index of the link that is open, -1 when none is
	hidden string // the element that hides what is in it, "" when none does
	nested int    // elements of that name that are open
	raw    string // script or style, while one is open
	text   []byte
	room   int
	shown  []byte // text of the link that is open
	style  []byte // scratch
	name   []byte // scratch
	space  bool   // the text ends in a blank
	slab   slab
}

// maxConditional is how deep conditional comments are gone into.
const maxConditional = 1

func (m *markup) read(b []byte, depth int) {
	t := tokens{b: b}
	for {
		piece, ok := t.next()
		if !ok {
			return
		}
		switch t.kind {
		case tokenText:
			m.words(piece)
		case tokenOpen:
			m.tag(piece)
		case tokenClose:
			m.close(m.tagName(piece))
		case tokenComment:
			m.comment(commentText(piece), depth)
		case tokenOther:
		}
	}
}

// comment reads what only Outlook shows: <!--[if mso]> … <![endif]-->.
func (m *markup) comment(b []byte, depth int) {
	if depth >= maxConditional || !bytes.HasPrefix(bytes.TrimLeft(b, " "), []byte("[if ")) {
		return
	}
	m.facts.Comments++
	if _, inner, ok := bytes.Cut(b, []byte("]>")); ok {
		m.read(inner, depth+1)
		m.raw = ""
	}
}

// attributes are those of one tag that matter.
type attributes struct {
	href, src, action, content, equiv, kind, rel []byte // as written, in what is read
	hidden                                       bool   // by its style too
}

func (m *markup) tag(raw []byte) {
	r := readAttributes(raw)
	var a attributes
	for {
		key, value, ok := r.next()
		if !ok {
			break
		}
		m.attribute(&a, key, value)
	}
	name := m.tagName(raw)
	element := element(name)
	if element == "" && m.hidden == "" && !a.hidden {
		return
	}
	m.hide(name, &a)
	m.element(element, &a)
}

// tagName returns the name of a tag in small letters, good until the next call.
func (m *markup) tagName(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw[1:], []byte("/"))
	n := 0
	for n < len(raw) && !ends(raw[n]) {
		n++
	}
	m.name = append(m.name[:0], raw[:n]...)
	for i, c := range m.name {
		if 'A' <= c && c <= 'Z' {
			m.name[i] = c + 'a' - 'A'
		}
	}
	return m.name
}

// attribute takes one attribute; of several with one name browsers take the first.
func (m *markup) attribute(a *attributes, key, value []byte) {
	set := func(b *[]byte) {
		if len(*b) == 0 {
			*b = value
		}
	}
	switch string(key) {
	case "href", "xlink:href":
		set(&a.href)
	case "src", "data", "background", "poster":
		set(&a.src)
	case "action", "formaction":
		set(&a.action)
	case "content":
		set(&a.content)
	case "http-equiv":
		set(&a.equiv)
	case "type":
		set(&a.kind)
	case "rel":
		set(&a.rel)
	case "":
	case "style":
		a.hidden = a.hidden || m.hides(unescape(value))
	case "hidden":
		a.hidden = true
	default:
		if len(key) > 2 && key[0] == 'o' && key[1] == 'n' {
			m.facts.Handlers++
		}
	}
}

// element returns the name of an element that matters, "" for others, without allocation.
func element(name []byte) string {
	switch string(name) {
	case "a":
		return "a"
	case "area":
		return "area"
	case "form":
		return "form"
	case "input":
		return "input"
	case "button":
		return "button"
	case "img", "image":
		return "img"
	case "base":
		return "base"
	case "meta":
		return "meta"
	case "iframe", "frame", "object", "embed":
		return "frame"
	case "script":
		return "script"
	case "style":
		return "style"
	case "link":
		return "link"
	case "p", "div", "br", "tr", "td", "th", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table", "hr", "title", "blockquote", "center", "option", "pre":
		return "block"
	}
	return ""
}

func (m *markup) element(element string, a *attributes) {
	switch element {
	case "a":
		m.closeAnchor()
		m.anchor = m.link(LinkAnchor, a.href)
	case "area":
		m.link(LinkAnchor, a.href)
	case "form":
		m.facts.Forms++
		m.link(LinkForm, a.action)
	case "input", "button":
		if strings.EqualFold(strings.TrimSpace(string(unescape(a.kind))), "password") {
			m.facts.Passwords++
		}
		m.link(LinkForm, a.action)
	case "img":
		m.facts.Images++
		if m.anchor >= 0 {
			m.r.content.Links[m.anchor].Image = true
		}
		m.link(LinkImage, first(a.src, a.href))
	case "base":
		m.link(LinkBase, a.href)
	case "meta":
		if strings.EqualFold(strings.TrimSpace(string(unescape(a.equiv))), "refresh") {
			if to := refreshTarget(string(unescape(a.content))); to != "" {
				m.target(LinkRefresh, []byte(to))
			}
		}
	case "frame":
		m.link(LinkFrame, a.src)
	case "script":
		m.raw = "script"
		m.facts.Scripts++
		m.link(LinkScript, first(a.src, a.href))
	case "style":
		m.raw = "style"
	case "link":
		if strings.Contains(strings.ToLower(string(unescape(a.rel))), "stylesheet") {
			m.link(LinkStylesheet, a.href)
		}
	case "block":
		m.blank()
		m.link(LinkImage, a.src) // background
	}
}

func first(a, b []byte) []byte {
	if len(a) > 0 {
		return a
	}
	return b
}

// closeAnchor ends the link that is open.
func (m *markup) closeAnchor() {
	if m.anchor >= 0 {
		m.r.content.Links[m.anchor].Text = m.slab.keep(bytes.TrimSpace(m.shown))
	}
	m.anchor, m.shown = -1, m.shown[:0]
}

func (m *markup) close(name []byte) {
	switch element(name) {
	case "a":
		m.closeAnchor()
	case "script", "style":
		m.raw = ""
	case "block":
		m.blank()
	}
	if m.hidden != "" && string(name) == m.hidden {
		if m.nested--; m.nested == 0 {
			m.hidden = ""
		}
	}
}
