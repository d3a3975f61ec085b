package mime

import (
	"crypto/sha256"
	"hash"

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
	tnef   *tnefReader
	short  bool // the content does not end
}

func (w *walk) beginLeaf(index int, child *walk) {
	w.leaf.begin(w.r, index, child)
	w.state = inLeaf
}

func (l *leaf) begin(r *Reader, index int, child *walk) {
	*l = leaf{r: r, part: index, child: child, hash: l.hash, head: l.head[:0], active: l.active, keep: l.keep[:0], decode: l.decode}
	l.decode.begin(r.content.Parts[index].Encoding)
	l.active.begin("", nil)
	switch {
	case !r.limits.Hash:
	case l.hash == nil:
		l.hash = sha256.New()
	default:
		l.hash.Reset()
	}
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
		l.r.content.Decoded += left
		l.consume(p[:left])
		l.r.halt(LimitDecoded) // behind the limits that what came first reaches
		return
	}
	l.r.content.Decoded += int64(len(p))
	l.consume(p)
}

// consume takes decoded octets for which there is room.
func (l *leaf) consume(p []byte) {
	if l.hash != nil {
		l.hash.Write(p)
	}
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
		l.active.begin(p.Kind, l.r)
	}
	if p.Kind == KindTNEF {
		l.enterTNEF(p)
	}
	switch format := archiveFormat(p.Kind); {
	case format != "":
		if l.r.archives++; l.r.archives > l.r.limits.Archives {
			l.r.content.stop(LimitArchives)
			break
		}
		limits := l.r.limits.Archive
		limits.Together = min(limits.Together, l.r.limits.Expanded-l.r.expanded)
		limits.Unpacked = min(limits.Unpacked, l.r.limits.Unpacked-l.r.unpacked)
		limits.Names = min(limits.Names, l.r.limits.Names-l.r.names)
		l.list = archive.New(format, limits)
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
	if l.tnef != nil {
		l.tnef.write(p)
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
	if l.child == nil && !l.opened {
		l.open()
	}
	if l.tnef != nil {
		l.tnef.end()
	}
	p := &l.r.content.Parts[l.part] // behind all that adds parts
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
	p.Size = l.size
	if l.image == len(isoMark) {
		p.Kind = KindISO
	}
	whole := l.r.wants && !l.short // all of it has come
	if l.hash != nil && whole {
		p.Hashed = true
		l.hash.Sum(p.SHA256[:0])
	}
	if l.active.kind != "" {
		l.active.end(whole)
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
	l.r.expanded += l.list.Expanded()
	l.r.unpacked += l.list.Unpacked()
	l.r.names += p.Archive.NameOctets()
	l.list = nil // what it needed for the listing is not to stay in memory
	if len(p.Archive.Stopped) > 0 {
		l.r.content.stop(LimitEntries)
	}
	if p.Archive.Head != nil {
		p.Inner = sniff(p.Archive.Head)
		p.Archive.Head = nil // which is not to stay in memory either
	}
	if k := officeKind(p.Archive); k != "" {
		p.Kind = k
	}
}
