package mime

import (
	"bytes"
)

// walkState is what the next octets belong to.
type walkState uint8

const (
	outside  walkState = iota // preamble or epilogue
	inHeader                  // header of a part
	inLeaf                    // content of a part that holds no others
)

// eol is a line end that has come and not been handed on, because it belongs to the delimiter if one follows
// (RFC 2046, 5.1.1).
type eol uint8

const (
	eolNone eol = iota
	eolCR       // which may be half a line end
	eolLF
	eolCRLF
)

// level is a multipart that is open.
type level struct {
	part   int
	bounds []string
	digest bool // parts without a type are messages (RFC 2046, 5.1.5)
	begun  bool
}

// walk splits a stream of octets into parts. One is for the message, others for containers that are encoded.
type walk struct {
	r      *Reader
	parent int // of the part whose header comes
	levels []level
	state  walkState

	bol     bool   // the next octet begins a line
	pending eol    // not handed on
	hold    []byte // the beginning of a line that may be a delimiter, or that is in a header

	header  []byte // of a part, lines ended by LF
	lines   bool   // the header has a line
	message bool   // the header is that of a message

	leaf leaf
}

func (w *walk) write(p []byte) {
	for len(p) > 0 {
		switch {
		case w.r.full:
			return
		case w.state == inHeader:
			p = w.headerRun(p)
		case len(w.levels) == 0:
			w.emit(p)
			return
		case w.pending == eolCR:
			p = w.afterCR(p)
		case w.bol:
			p = w.lineStart(p)
		default:
			p = w.contentRun(p)
		}
	}
}

// contentRun hands on what comes before the next line that could be a delimiter.
func (w *walk) contentRun(p []byte) []byte {
	if i := bytes.Index(p, []byte("\n--")); i >= 0 {
		w.emitLine(p[:i+1])
		return p[i+1:]
	}
	if bytes.HasSuffix(p, []byte("\n-")) {
		w.emitLine(p[:len(p)-1])
		return p[len(p)-1:]
	}
	w.emitLine(p)
	return nil
}

// emitLine hands on octets and holds the line end at their end back.
func (w *walk) emitLine(p []byte) {
	n := len(p)
	switch {
	case bytes.HasSuffix(p, []byte("\r\n")):
		n, w.pending, w.bol = n-2, eolCRLF, true
	case p[n-1] == '\n':
		n, w.pending, w.bol = n-1, eolLF, true
	case p[n-1] == '\r':
		n, w.pending = n-1, eolCR
	}
	w.emit(p[:n])
}

// afterCR settles a CR that ended the last piece.
func (w *walk) afterCR(p []byte) []byte {
	if p[0] == '\n' {
		w.pending, w.bol = eolCRLF, true
		return p[1:]
	}
	w.release()
	return p
}

// lineStart reads the beginning of a line until it is known whether it is a delimiter.
func (w *walk) lineStart(p []byte) []byte {
	if len(w.hold) == 0 && p[0] != '-' || len(w.hold) == 1 && p[0] != '-' {
		w.noDelimiter()
		return p
	}
	n := bytes.IndexByte(p, '\n')
	whole := n >= 0
	if !whole {
		n = len(p) - 1
	}
	if len(w.hold)+n+1 > MaxDelimiter {
		w.noDelimiter()
		return p
	}
	if !whole {
		w.hold = append(w.hold, p...)
		return nil
	}
	line := p[:n+1]
	if len(w.hold) > 0 {
		w.hold = append(w.hold, line...)
		line = w.hold
	}
	if !w.delimiter(line) {
		w.release()
		w.bol = false
		w.emitLine(line)
	}
	w.hold = w.hold[:0]
	return p[n+1:]
}

// noDelimiter hands on what was held back.
func (w *walk) noDelimiter() {
	w.release()
	w.bol = false
	w.emit(w.hold)
	w.hold = w.hold[:0]
}

// release hands on the line end that was held back.
func (w *walk) release() {
	switch w.pending {
	case eolNone:
	case eolCR:
		w.emit([]byte("\r"))
	case eolLF:
		w.emit([]byte("\n"))
	case eolCRLF:
		w.emit([]byte("\r\n"))
	}
	w.pending = eolNone
}

// emit hands octets to the part that they belong to.
func (w *walk) emit(p []byte) {
	switch {
	case len(p) == 0 || w.r.full:
	case w.state == inLeaf:
		w.leaf.write(p)
	case len(w.levels) > 0 && !w.levels[len(w.levels)-1].begun:
		w.r.content.Preamble += int64(len(p))
	default:
		w.r.content.Epilogue += int64(len(p))
	}
}

// delimiter takes a line, its end included, that is a delimiter of an open multipart (RFC 2046, 5.1.1). Of several
// that fit the innermost counts.
func (w *walk) delimiter(line []byte) bool {
	i, shut, tail := w.match(line)
	if i < 0 {
		return false
	}
	if w.state == inHeader {
		w.headerEnd(false)
	}
	w.finish()
	w.leave(i + 1)
	l := &w.levels[i]
	l.begun = true
	w.pending, w.bol = eolNone, true
	if tail {
		w.r.content.Parts[l.part].odd(OddityCloseTail)
	}
	if shut {
		w.levels, w.state = w.levels[:i], outside
		return true
	}
	w.expect(l.part, false)
	return true
}

// match finds the multipart whose delimiter line is, -1 when there is none. Shut says that it is the last one, tail
// that more follows on the line.
func (w *walk) match(line []byte) (i int, shut, tail bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	if len(line) < 2 || line[0] != '-' || line[1] != '-' {
		return -1, false, false
	}
	for i := len(w.levels) - 1; i >= 0; i-- {
		for _, b := range w.levels[i].bounds {
			if len(line)-2 < len(b) || string(line[2:2+len(b)]) != b {
				continue
			}
			rest := line[2+len(b):]
			switch {
			case len(rest) == 0:
				return i, false, false
			case len(rest) >= 2 && rest[0] == '-' && rest[1] == '-':
				return i, true, len(rest) > 2
			}
		}
	}
	return -1, false, false
}

// leave closes the multiparts above the first n, which did not end themselves.
func (w *walk) leave(n int) {
	for _, l := range w.levels[n:] {
		w.unclosed(l)
	}
	w.levels = w.levels[:n]
}

func (w *walk) unclosed(l level) {
	if l.begun {
		w.r.content.Parts[l.part].odd(OddityNoClose)
	} else {
		w.r.content.Parts[l.part].odd(OddityNoParts)
	}
}

// expect begins the header of a part.
func (w *walk) expect(parent int, message bool) {
	w.state, w.parent, w.message, w.lines = inHeader, parent, message, false
	w.header, w.hold = w.header[:0], w.hold[:0]
}

// end takes what is left when the stream ends.
func (w *walk) end() {
	if w.r.full {
		w.finish()
		return
	}
	if w.state == inHeader {
		if len(w.hold) > 0 {
			w.headerTake(w.hold)
		}
	} else if len(w.hold) == 0 || !w.delimiter(w.hold) {
		w.release()
		w.emit(w.hold)
	}
	if w.state == inHeader {
		w.headerEnd(false)
	}
	w.finish()
	if w.r.wants { // else the end may only not have been looked at
		w.leave(0)
	}
}

// finish ends the part that is open, if one is.
func (w *walk) finish() {
	if w.state == inLeaf {
		w.leaf.end()
		w.state = outside
	}
}
