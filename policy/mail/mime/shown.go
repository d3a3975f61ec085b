package mime

import (
	"bytes"

	"golang.org/x/net/html"
)

// words takes text between tags, as written.
func (m *markup) words(text []byte) {
	switch {
	case m.raw == "script":
		m.script(text)
		return
	case m.raw != "":
		return
	case m.hidden != "":
		m.facts.HiddenText += len(text)
		return
	}
	if bytes.IndexByte(text, '&') >= 0 {
		text = []byte(html.UnescapeString(string(text)))
	}
	if len(text) <= m.room {
		m.fit(text)
		return
	}
	for len(text) > 0 {
		n := 0
		for n < len(text) && text[n] > ' ' {
			n++
		}
		if n == 0 {
			m.blank()
			text = text[1:]
			continue
		}
		m.show(text[:n])
		m.space = false
		text = text[n:]
	}
}

// fit adds text for which there is room, blanks in a row as one.
func (m *markup) fit(text []byte) {
	from := len(m.text)
	for i := 0; i < len(text); {
		if text[i] <= ' ' {
			if !m.space {
				m.text = append(m.text, ' ')
				m.space = true
			}
			i++
			continue
		}
		n := i + 1
		for n < len(text) && (text[n] > ' ' || text[n] == ' ' && n+1 < len(text) && text[n+1] > ' ') {
			n++ // words with one blank between them stay as they are
		}
		m.text = append(m.text, text[i:n]...)
		m.space, i = false, n
	}
	added := m.text[from:]
	m.room -= len(added)
	if left := MaxLinkText - len(m.shown); m.anchor >= 0 && left > 0 {
		m.shown = append(m.shown, cutRunes(added, left)...)
	}
}

// blank separates words.
func (m *markup) blank() {
	if !m.space {
		m.show([]byte{' '})
		m.space = true
	}
}

// show adds to the text, and to that of the link that is open.
func (m *markup) show(b []byte) {
	if left := MaxLinkText - len(m.shown); m.anchor >= 0 && left > 0 {
		m.shown = append(m.shown, cutRunes(b, left)...)
	}
	if m.room == 0 {
		return
	}
	if len(b) > m.room {
		m.r.content.stop(LimitText)
		m.text = append(m.text, cutRunes(b, m.room)...)
		m.room = 0
		return
	}
	m.room -= len(b)
	m.text = append(m.text, b...)
}

func (m *markup) script(text []byte) {
	for _, w := range ScriptWords() {
		if bytes.Contains(text, []byte(w)) {
			m.facts.word(w)
		}
	}
}

func (h *HTML) word(w ScriptWord) {
	for _, have := range h.ScriptWords {
		if have == w {
			return
		}
	}
	h.ScriptWords = append(h.ScriptWords, w)
}
