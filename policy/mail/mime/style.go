package mime

import "bytes"

// hide notes an element that hides what is in it, and what is in it that has its name.
func (m *markup) hide(name []byte, a *attributes) {
	switch {
	case m.hidden != "":
		if string(name) == m.hidden {
			m.nested++
		}
	case a.hidden:
		m.facts.Hidden++
		switch string(name) {
		case "img", "br", "input", "hr", "meta", "link", "area", "base", "col", "embed", "source", "wbr":
		default:
			m.hidden, m.nested = string(name), 1
		}
	}
}

// hides reports whether a style hides the element that has it. What stands around a property is not looked at, so that a comment in
// front of it hides nothing from us.
func (m *markup) hides(style []byte) bool {
	if !mayHide(style) {
		return false
	}
	s := m.style[:0]
	for _, c := range style {
		switch {
		case c <= ' ':
		case 'A' <= c && c <= 'Z':
			s = append(s, c+'a'-'A')
		default:
			s = append(s, c)
		}
	}
	m.style = s
	for from := 0; ; {
		n := bytes.IndexByte(s[from:], ':')
		if n < 0 {
			return false
		}
		if property, value := s[from:from+n], s[from+n+1:]; hiding(property, value) {
			return true
		}
		from += n + 1
	}
}

// mayHide reports whether a value in a style begins as one that hides does. Nearly every style ends here.
func mayHide(style []byte) bool {
	for {
		n := bytes.IndexByte(style, ':')
		if n < 0 {
			return false
		}
		for style = style[n+1:]; len(style) > 0 && style[0] <= ' '; {
			style = style[1:]
		}
		if len(style) == 0 {
			return false
		}
		switch style[0] | 0x20 {
		case 'n', 'h', 'a', '0':
			return true
		}
	}
}

// hiding reports whether a declaration hides. Property ends, and value begins, at a colon.
func hiding(property, value []byte) bool {
	if len(value) == 0 {
		return false
	}
	is := func(name string) bool { return bytes.HasSuffix(property, []byte(name)) }
	switch value[0] {
	case 'n':
		return bytes.HasPrefix(value, []byte("none")) && is("display")
	case 'h':
		return bytes.HasPrefix(value, []byte("hidden")) && is("visibility")
	case 'a':
		return bytes.HasPrefix(value, []byte("all")) && is("mso-hide")
	case '0':
		return nothing(value) && (is("font-size") || is("opacity") || is("max-height"))
	}
	return false
}

// nothing reports whether a value that begins with 0 is 0, such as 0px or 0.0em.
func nothing(value []byte) bool {
	value = bytes.TrimLeft(value, "0.")
	return len(value) == 0 || value[0] < '1' || '9' < value[0]
}
