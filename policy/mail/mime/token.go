package mime

import "bytes"

// tokenKind is what a piece of HTML is.
type tokenKind uint8

const (
	tokenText    tokenKind = iota
	tokenOpen              // a tag that begins an element, self-closing or not
	tokenClose             // a tag that ends one
	tokenComment           // <!-- … -->
	tokenOther             // document type, and what browsers take for a comment because it is broken
)

// tokens cuts HTML into pieces as browsers do (HTML, 13.2.5), without a copy and without reading attributes, of which nearly all are
// of no interest. Its work is proportional to the input. A tag that does not end is dropped with what follows, as the standard says.
// The content of noscript is read, because mail clients run no script.
type tokens struct {
	b    []byte
	raw  string // the element in which there are no tags but its own end
	kind tokenKind
}

// next returns the next piece, whole, and false at the end.
func (t *tokens) next() ([]byte, bool) {
	if t.raw != "" {
		n := rawEnd(t.b, t.raw)
		t.raw = ""
		if n > 0 {
			return t.take(n, tokenText), true
		}
	}
	for from := 0; ; from++ {
		n := bytes.IndexByte(t.b[from:], '<')
		if n < 0 || from+n+1 >= len(t.b) {
			rest := t.take(len(t.b), tokenText)
			return rest, len(rest) > 0
		}
		from += n
		c := t.b[from+1]
		if !letter(c) && c != '/' && c != '!' && c != '?' {
			continue // a sign in the text
		}
		if from > 0 {
			return t.take(from, tokenText), true
		}
		switch {
		case c == '/' && len(t.b) == len("</"):
			return t.take(len(t.b), tokenText), true
		case c == '!':
			return t.declaration(), true
		case c == '?' || c == '/' && !letter(t.b[2]):
			return t.take(angleEnd(t.b), tokenOther), true
		}
		return t.tag(c)
	}
}

// take cuts a piece off.
func (t *tokens) take(n int, k tokenKind) []byte {
	piece := t.b[:n:n]
	t.b, t.kind = t.b[n:], k
	return piece
}

func (t *tokens) tag(c byte) ([]byte, bool) {
	n := tagEnd(t.b)
	if n < 0 {
		t.b = nil
		return nil, false
	}
	if c == '/' {
		return t.take(n, tokenClose), true
	}
	t.raw = rawElement(t.b[1:n])
	return t.take(n, tokenOpen), true
}

// declaration cuts off what begins with <!.
func (t *tokens) declaration() []byte {
	if bytes.HasPrefix(t.b, []byte("<!--")) {
		return t.take(commentEnd(t.b), tokenComment)
	}
	return t.take(angleEnd(t.b), tokenOther)
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// angleEnd returns where what ends at the next > does.
func angleEnd(b []byte) int {
	if n := bytes.IndexByte(b[2:], '>'); n >= 0 {
		return 2 + n + 1
	}
	return len(b)
}

// tagEnd returns where a tag ends, -1 where it does not. A > in quotes is part of a value.
func tagEnd(b []byte) int {
	i := 2
	for i < len(b) && !ends(b[i]) {
		i++
	}
	for {
		i = skipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		if b[i] == '>' {
			return i + 1
		}
		if b[i] == '=' { // part of a key where it begins one
			i++
		}
		for i < len(b) && marks[b[i]] == 0 {
			i++
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		if b[i] == '/' {
			i++
		} else if b[i] == '=' {
			if i = valueEnd(b, i+1); i < 0 {
				return -1
			}
		}
	}
}

// valueEnd returns where the value ends that begins at i, -1 where it does not.
func valueEnd(b []byte, i int) int {
	i = skipSpace(b, i)
	if i >= len(b) {
		return -1
	}
	if q := b[i]; q == '"' || q == '\'' {
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return -1
		}
		return i + 1 + n + 1
	}
	for i < len(b) && b[i] != '>' && !space(b[i]) {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && space(b[i]) {
		i++
	}
	return i
}

// commentEnd returns where a comment ends: at -->, --!>, or at a > that follows <!-- or <!--- at once.
func commentEnd(b []byte) int {
	dashes, beginning := 0, true
	for i := len("<!--"); i < len(b); i++ {
		switch b[i] {
		case '-':
			dashes++
			continue
		case '>':
			if dashes >= 2 || beginning {
				return i + 1
			}
		case '!':
			if dashes < 2 {
				break
			}
			if i++; i == len(b) {
				return i
			}
			switch b[i] {
			case '>':
				return i + 1
			case '-':
				dashes, beginning = 1, false
				continue
			}
		default:
			if dashes == 0 && !beginning { // nothing happens before the next one of those
				n := bytes.IndexAny(b[i:], "-")
				if n < 0 {
					return len(b)
				}
				i += n - 1
				continue
			}
		}
		dashes, beginning = 0, false
	}
	return len(b)
}

// commentText returns what stands in a comment.
func commentText(b []byte) []byte {
	b = b[len("<!--"):]
	for _, end := range [...]string{"--!>", "-->"} {
		if text, ok := bytes.CutSuffix(b, []byte(end)); ok {
			return text
		}
	}
	return b
}
