package mime

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail"
)

// names adds the names that parameters give.
func (d *declared) names(params []parameter, name string, source NameSource) {
	for i := range params {
		if strings.EqualFold(params[i].name, name) {
			d.part.name(plainName(params[i].value, source))
		}
	}
	if n, ok := extended(params, name); ok {
		d.part.name(Name{Text: n, Source: source, Spelling: SpellingExtended})
	}
}

// name adds a name that is not there yet.
func (p *Part) name(n Name) {
	for _, have := range p.Names {
		if have == n {
			return
		}
	}
	if len(p.Names) > 0 && p.Names[0].Text != n.Text {
		p.odd(OddityNames)
	}
	if len(p.Names) < MaxNames {
		p.Names = append(p.Names, n)
	}
}

// plainName decodes a name that is written without RFC 2231.
func plainName(value string, source NameSource) Name {
	value = strings.Clone(value[max(0, len(value)-maxWrittenName):]) // of a header that is not to stay in memory
	n := Name{Text: value, Source: source, Spelling: SpellingPlain}
	switch {
	case strings.Contains(value, "=?"):
		n.Spelling = SpellingWords
		n.Text = mail.DecodeWords(value)
	case !ascii(value):
		n.Spelling = SpellingRaw
		n.Text = mail.DecodeText("", []byte(value))
	case strings.IndexByte(value, 0x1b) >= 0: // ISO-2022-JP
		n.Spelling = SpellingRaw
		n.Text = mail.DecodeText("", []byte(value))
	}
	n.Text = nameEnd(n.Text)
	return n
}

// maxWrittenName is how much of a name as it is written is decoded, in octets. Encoded words take three times what they hold, and more.
const maxWrittenName = 4 * MaxName

// nameEnd cuts a name at MaxName octets. Its end is kept, because the extension is there.
func nameEnd(s string) string {
	if len(s) <= MaxName {
		return s
	}
	s = s[len(s)-MaxName:]
	for i := 0; i < utf8.UTFMax-1 && !utf8.RuneStart(s[0]); i++ {
		s = s[1:]
	}
	return strings.Clone(s)
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
