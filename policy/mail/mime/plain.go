package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail"
)

// whole cuts a character in UTF-8 off that is not whole because keep was cut.
func (l *leaf) whole() []byte {
	b := l.keep
	if !l.cut {
		return b
	}
	for back := 1; back < utf8.UTFMax && back <= len(b); back++ {
		if c := b[len(b)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-back:]) {
				return b[:len(b)-back]
			}
			break
		}
	}
	return b
}

// plain keeps the text of a part and the links in it.
func (l *leaf) plain(p *Part) {
	b := l.whole()
	if p.Charset == "" && !asciiOctets(b) {
		p.odd(OddityUndeclared)
	}
	p.Text = mail.DecodeText(p.Charset, b)
	shown := shows(p)
	if name, ok := inlineUU(p.Text); ok {
		p.odd(OddityInlineUU)
		had := len(p.Names)
		p.name(plainName(name, NameInline))
		l.r.keepNames(p, had)
	}
	if p.Kind == KindText || p.Kind == "" || strings.HasPrefix(p.Type, "text/") {
		l.r.textLinks(l.part, p.Text, shown)
	}
}

func asciiOctets(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// inlineUU finds the first line that begins a file as uuencode writes it, which some clients show as an attachment.
func inlineUU(text string) (name string, ok bool) {
	const begin = "begin "
	for rest := text; ; {
		i := strings.Index(rest, begin)
		if i < 0 {
			return "", false
		}
		atStart := i == 0 && len(rest) == len(text) || i > 0 && rest[i-1] == '\n'
		rest = rest[i+len(begin):]
		line, _, _ := strings.Cut(rest[:min(len(rest), MaxName)], "\n")
		line = strings.TrimRight(line, "\r ")
		if atStart && len(line) > 4 && line[3] == ' ' && strings.Trim(line[:3], "01234567") == "" {
			return line[4:], true
		}
	}
}

// isHTML reports whether clients show a part as HTML.
func isHTML(p *Part) bool {
	switch p.Type {
	case "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml":
		return true
	}
	return p.Kind == KindHTML || p.Kind == KindSVG || named(p, ".html", ".htm", ".shtml", ".xhtml", ".xht", ".svg", ".hta")
}

// isText reports whether a part is text, by its type or because nothing else is known of it.
func isText(p *Part) bool {
	if strings.HasPrefix(p.Type, "text/") || p.Type == "" {
		return true
	}
	return p.Kind == KindText && p.Type != "application/octet-stream" || strings.HasPrefix(p.Type, "message/")
}

// metaCharset finds the charset that an HTML text declares in its beginning (HTML, 13.2.3.2).
func metaCharset(b []byte) string {
	const mark = "charset="
	head := bytes.ToLower(b[:min(len(b), headSize)])
	_, rest, ok := bytes.Cut(head, []byte(mark))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, "\"' ")
	if n := bytes.IndexAny(rest, "\"' ;/>\r\n\t"); n >= 0 {
		return string(rest[:n])
	}
	return ""
}
