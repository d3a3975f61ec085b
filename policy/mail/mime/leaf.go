package mime

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail"
	"sekimori/policy/mail/archive"
)

// headSize is how many octets of a part are kept to see what it is.
const headSize = 1024

// kept says what the octets of a part are kept for.
type kept uint8

const (
	keptNot kept = iota
	keptText
	keptHTML
)

// leaf reads the content of one part that holds no others, or of a container that is encoded.
type leaf struct {
	r      *Reader
	part   int
	child  *walk // of an encoded container
	decode decoder

	hash   hash.Hash
	size   int64
	head   []byte
	opened bool
	image  int // how much of the mark of a disk image was seen at its place
	kept   kept
	keep   []byte
	cut    bool // keep is not all of it
	list   *archive.Lister
	active activeScan
}

func (w *walk) beginLeaf(index int, child *walk) {
	l := &w.leaf
	*l = leaf{r: w.r, part: index, child: child, hash: l.hash, head: l.head[:0], active: l.active, keep: l.keep[:0], decode: l.decode}
	l.decode.begin(w.r.content.Parts[index].Encoding)
	l.active.begin("")
	if l.hash == nil {
		l.hash = sha256.New()
	} else {
		l.hash.Reset()
	}
	w.state = inLeaf
}

// write takes encoded octets.
func (l *leaf) write(p []byte) {
	for len(p) > 0 && !l.r.full {
		var out []byte
		out, p = l.decode.next(p)
		l.take(out)
	}
}

// take takes decoded octets.
func (l *leaf) take(p []byte) {
	switch {
	case len(p) == 0:
		return
	case l.child != nil:
		l.child.write(p)
		return
	}
	if left := max(0, l.r.limits.Decoded-l.r.content.Decoded); int64(len(p)) > left {
		l.consume(p[:left])
		l.r.halt(LimitDecoded) // behind the limits that what came first reaches
		return
	}
	l.consume(p)
}

// consume takes decoded octets for which there is room.
func (l *leaf) consume(p []byte) {
	l.r.content.Decoded += int64(len(p))
	l.hash.Write(p)
	l.mark(p)
	l.size += int64(len(p))
	if !l.opened {
		n := min(len(p), headSize-len(l.head))
		l.head = append(l.head, p[:n]...)
		p = p[n:]
		if len(l.head) < headSize {
			return
		}
		l.open()
	}
	l.feed(p)
}

// mark looks for the mark of an ISO 9660 image, which stands far behind the beginning (ECMA-119, 8.1.2), in octets that
// begin at l.size.
func (l *leaf) mark(p []byte) {
	const place = 0x8001
	from := place + int64(l.image) - l.size
	if l.image == len(isoMark) || from < 0 || from >= int64(len(p)) {
		return
	}
	for _, c := range p[from:] {
		if l.image == len(isoMark) || c != isoMark[l.image] {
			return
		}
		l.image++
	}
}

const isoMark = "CD001"

// open decides what to do with the content, from its beginning and its header.
func (l *leaf) open() {
	l.opened = true
	p := &l.r.content.Parts[l.part]
	p.Kind = sniff(l.head)
	if p.Kind == KindPDF || p.Kind == KindRTF {
		l.active.begin(p.Kind)
	}
	switch format := archiveFormat(p.Kind); {
	case format != "":
		if l.r.archives++; l.r.archives > l.r.limits.Archives {
			l.r.content.stop(LimitArchives)
			break
		}
		l.list = archive.New(format, l.r.limits.Archive)
	case isHTML(p):
		l.kept = keptHTML
	case isText(p):
		l.kept = keptText
	}
	l.feed(l.head)
}

// feed hands decoded octets on.
func (l *leaf) feed(p []byte) {
	if l.active.kind != "" {
		l.active.write(p)
	}
	switch {
	case len(p) == 0:
	case l.list != nil:
		l.list.Write(p)
	case l.kept == keptText:
		l.room(p, l.r.limits.Text-l.r.text, LimitText)
	case l.kept == keptHTML:
		l.room(p, l.r.limits.HTML-l.r.html, LimitHTML)
	}
}

// room keeps octets as far as there is room for them.
func (l *leaf) room(p []byte, left int, limit Limit) {
	if left = max(0, left-len(l.keep)); len(p) > left {
		p = p[:left]
		l.cut = true
		l.r.content.stop(limit)
	}
	l.keep = append(l.keep, p...)
}

// end takes what the decoder holds, and writes the facts down.
func (l *leaf) end() {
	if !l.r.full {
		l.take(l.decode.flush())
	}
	p := &l.r.content.Parts[l.part]
	if l.decode.bad {
		if p.Encoding == EncodingBase64 {
			p.odd(OddityBase64)
		} else {
			p.odd(OddityQuoted)
		}
	}
	if l.child != nil {
		l.child.end()
		return
	}
	if !l.opened {
		l.open()
	}
	p.Size = l.size
	if l.image == len(isoMark) {
		p.Kind = KindISO
	}
	if l.r.wants { // all of it has come
		p.Hashed = true
		l.hash.Sum(p.SHA256[:0])
	}
	if l.active.kind != "" {
		l.active.take()
		p.Active = l.active.found
	}
	switch {
	case l.list != nil:
		l.listing(p)
	case l.kept == keptText:
		l.r.text += len(l.keep)
		l.plain(p)
	case l.kept == keptHTML:
		l.r.html += len(l.keep)
		l.markup(p)
	}
}

func (l *leaf) listing(p *Part) {
	p.Archive = l.list.Listing()
	if len(p.Archive.Stopped) > 0 {
		l.r.content.stop(LimitEntries)
	}
	if k := officeKind(p.Archive); k != "" {
		p.Kind = k
	}
}

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
	if name, ok := inlineUU(p.Text); ok {
		p.odd(OddityInlineUU)
		p.name(plainName(name, NameInline))
	}
	if p.Kind == KindText || p.Kind == "" || strings.HasPrefix(p.Type, "text/") {
		l.r.textLinks(l.part, p.Text)
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
