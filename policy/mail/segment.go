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

// segments appends the segments of a field body to out (RFC 5322, 3.2 and 3.4). It never fails and never looks back:
// at the first thing that is not closed, or at MaxSegments, the rest becomes one segment without structure. Text that
// is only blank is left out.
func segments(out []segment, s string) []segment {
	words := len(wordRegion(s))
	plain := 0 // where the text not yet put out began
	for i := 0; i < len(s); {
		k, size := segmentAt(s, i, words)
		if size == 0 {
			i++
			continue
		}
		out = appendText(out, s, plain, i)
		if k == segBroken || len(out) >= MaxSegments-1 {
			return append(out, segment{segBroken, int32(i), int32(len(s))})
		}
		out = append(out, segment{k, int32(i), int32(i + size)})
		i += size
		plain = i
	}
	return appendText(out, s, plain, len(s))
}

func appendText(out []segment, s string, from, to int) []segment {
	if trim(s[from:to]) == "" {
		return out
	}
	return append(out, segment{segText, int32(from), int32(to)})
}

// segmentAt returns the segment that begins at s[i], with size 0 where text goes on. Encoded-words end before words.
func segmentAt(s string, i, words int) (kind, int) {
	k, end := segText, -1
	switch s[i] {
	case '"':
		k, end = segQuoted, closeQuote(s[i:])
	case '(':
		k, end = segComment, closeComment(s[i:])
	case '<':
		k, end = segAngle, closeAngle(s[i:])
	case ',':
		return segComma, 1
	case ':':
		return segColon, 1
	case ';':
		return segSemicolon, 1
	case '=':
		if i < words {
			if _, size := wordAt(s[i:words]); size > 0 && !hasBlank(s[i:i+size]) {
				return segEncoded, size
			}
		}
		return segText, 0
	default:
		return segText, 0
	}
	if end < 0 {
		return segBroken, len(s) - i
	}
	return k, end + 1
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
