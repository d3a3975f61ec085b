package mime

import (
	"strings"
)

// enter begins the content of a part whose header was read.
func (w *walk) enter(d *declared) {
	r := w.r
	w.state, w.bol, w.pending = outside, true, eolNone
	if len(r.content.Parts) >= r.limits.Parts {
		r.halt(LimitParts)
		return
	}
	p := &d.part
	p.Parent = w.parent
	if w.parent >= 0 {
		p.Depth = r.content.Parts[w.parent].Depth + 1
	}
	if p.Type == "" && d.digest {
		p.Type = "message/rfc822"
	}
	index := len(r.content.Parts)
	r.content.Parts = append(r.content.Parts, *p)
	p = &r.content.Parts[index]
	r.keepNames(p, 0)
	multi := strings.HasPrefix(p.Type, "multipart/")
	switch {
	case !multi && !isMessage(p):
		w.beginLeaf(index, nil)
	case p.Depth >= r.limits.Depth:
		r.content.stop(LimitDepth)
		w.beginLeaf(index, nil)
	case multi:
		w.enterMultipart(index, d)
	case encoded(p):
		child := &walk{r: r}
		child.expect(index, true)
		w.enterEncoded(index, child)
	default:
		p.Container = true
		w.expect(index, true)
	}
}

// isMessage reports whether a part is a message, by its type (RFC 2046, 5.2.1; RFC 6532, 3.7) or by its name, as
// clients open it.
func isMessage(p *Part) bool {
	if p.Type == "message/rfc822" || p.Type == "message/global" {
		return true
	}
	return named(p, ".eml")
}

// named reports whether a name of the part ends in one of the suffixes, which are in small letters.
func named(p *Part, suffixes ...string) bool {
	for i := range p.Names {
		name := strings.TrimRight(p.Names[i].Text, " .\x00")
		for _, s := range suffixes {
			if len(name) >= len(s) && strings.EqualFold(name[len(name)-len(s):], s) {
				return true
			}
		}
	}
	return false
}

func encoded(p *Part) bool {
	return p.Encoding == EncodingBase64 || p.Encoding == EncodingQuotedPrintable
}

func (w *walk) enterMultipart(index int, d *declared) {
	p := &w.r.content.Parts[index]
	if d.more {
		w.r.content.stop(LimitBoundary)
	}
	if len(d.bounds) == 0 {
		if !d.more {
			p.odd(OddityNoBoundary)
		}
		w.beginLeaf(index, nil)
		return
	}
	l := level{part: index, bounds: d.bounds, digest: p.Type == "multipart/digest"}
	if encoded(p) {
		w.enterEncoded(index, &walk{r: w.r, levels: []level{l}, bol: true})
		return
	}
	p.Container = true
	w.levels = append(w.levels, l)
}

// enterEncoded goes into a container that is encoded, which RFC 2045, 6.4, forbids and clients decode all the same.
func (w *walk) enterEncoded(index int, child *walk) {
	p := &w.r.content.Parts[index]
	p.odd(OddityEncodedMulti)
	p.Container = true
	w.beginLeaf(index, child)
}
