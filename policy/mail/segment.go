package mail

import "strings"

// kind is what a segment of a From field is to a reader who knows the grammar.
type kind uint8

const (
	segText    kind = iota // atoms, dots, @ signs: a phrase or an address without brackets
	segEncoded             // one encoded-word
	segQuoted              // "…"
	segComment             // (…)
	segAngle               // <…>
	segBroken              // from something that is never closed to the end: without structure
	segComma
	segColon
	segSemicolon
)

// segment is a part of a field body by its place; delimiters belong to it.
type segment struct {
	kind     kind
	from, to int32
}

func (g segment) raw(s string) string { return s[g.from:g.to] }

// content is the segment without its delimiters; the quoted pairs in it are as they are.
func (g segment) content(s string) string {
	switch g.kind {
	case segQuoted, segComment, segAngle:
		return s[g.from+1 : g.to-1]
	case segText, segEncoded, segBroken, segComma, segColon, segSemicolon:
	}
	return s[g.from:g.to]
}

// separates reports whether the segment ends a mailbox.
func (g segment) separates() bool {
	return g.kind == segComma || g.kind == segColon || g.kind == segSemicolon
}

// segmenter cuts a field body into segments (RFC 5322, 3.2 and 3.4) in one pass. It never fails and never looks back:
// at the first thing that is not closed, or at MaxSegments, the rest becomes one segment without structure.
type segmenter struct {
	s     string
	words int // encoded-words end before this place
	out   []segment
	plain int // where the text not yet put out began
}

// segments appends the segments of s to buf. Text that is only blank is left out.
func segments(buf []segment, s string) []segment {
	g := segmenter{s: s, words: len(wordRegion(s)), out: buf}
	for i := 0; i < len(s); {
		k, size := g.at(i)
		if size == 0 {
			i++
			continue
		}
		g.text(i)
		if k == segBroken || len(g.out) >= MaxSegments-1 {
			g.out = append(g.out, segment{segBroken, int32(i), int32(len(s))})
			return g.out
		}
		g.out = append(g.out, segment{k, int32(i), int32(i + size)})
		i += size
		g.plain = i
	}
	g.text(len(s))
	return g.out
}

// at returns the segment that begins at i, with size 0 where text goes on.
func (g *segmenter) at(i int) (kind, int) {
	end := -1
	k := segText
	switch g.s[i] {
	case '"':
		k, end = segQuoted, closeQuote(g.s[i:])
	case '(':
		k, end = segComment, closeComment(g.s[i:])
	case '<':
		k, end = segAngle, closeAngle(g.s[i:])
	case ',':
		return segComma, 1
	case ':':
		return segColon, 1
	case ';':
		return segSemicolon, 1
	case '=':
		if i < g.words {
			if _, size := wordAt(g.s[i:g.words]); size > 0 && !hasBlank(g.s[i:i+size]) {
				return segEncoded, size
			}
		}
		return segText, 0
	default:
		return segText, 0
	}
	if end < 0 {
		return segBroken, len(g.s) - i
	}
	return k, end + 1
}

// text puts out the text that ends before i.
func (g *segmenter) text(i int) {
	if t := g.s[g.plain:i]; trim(t) != "" {
		g.out = append(g.out, segment{segText, int32(g.plain), int32(i)})
	}
	g.plain = i
}

// closeAngle returns the index of the bracket that ends the angle address at the beginning of s, -1 when none does.
// Brackets in quoted strings and comments do not count.
func closeAngle(s string) int {
	for i := 1; i < len(s); i++ {
		n := 0
		switch s[i] {
		case '>':
			return i
		case '"':
			n = closeQuote(s[i:])
		case '(':
			n = closeComment(s[i:])
		}
		if n < 0 {
			return -1
		}
		i += n
	}
	return -1
}

func hasBlank(s string) bool { return strings.ContainsAny(s, " \t\r\n") }
