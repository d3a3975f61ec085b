package autoreply

import (
	"bytes"
	"strings"
)

// walkState is what the next line of a body belongs to.
type walkState uint8

const (
	inBetween walkState = iota // preamble, epilogue, or a part that says nothing
	inHeader                   // header of a part
	inContent                  // a part whose content is read
)

// walk reads a body line by line and notes the types of its parts (RFC 2046, 5.1). It holds one line, one field and
// the content of at most one part of each kind that is read: two spellings of a receipt and of TNEF, and a calendar.
type walk struct {
	wants bool
	cut   bool
	left  int // octets that may still be looked at
	parts int

	bounds [MaxDepth]string // boundaries that are open, outermost first
	depth  int
	state  walkState
	line   []byte // the beginning of a line that has not ended
	field  []byte // a field of a part's header
	part   media
	into   *content

	report     bool // a multipart/report
	delivery   bool
	feedback   bool
	tls        bool
	receipt    bool
	tnef       bool
	reportFile string // name of a file as DMARC aggregate reports have it
	contents   []content
}

// content is what is kept of one part.
type content struct {
	media
	data []byte // as transferred, lines ended by LF
}

// maxBoundary is the longest boundary that is looked for, in octets. RFC 2046, 5.1.1, asks for 70.
const maxBoundary = 256

func (w *walk) begin(top media, encoding string) {
	w.left = MaxBody
	top.encoding = encoding
	w.wants = true
	w.parts-- // the message itself is none
	w.enter(top)
	w.wants = w.wants && (w.depth > 0 || w.state == inContent)
}

// enter begins the body of a part, or of the message.
func (w *walk) enter(m media) {
	w.state = inBetween
	if w.parts++; w.parts > MaxParts {
		w.cut, w.wants = true, false
		return
	}
	w.note(&m)
	switch {
	case w.delivery || w.feedback || w.tls: // nothing that follows could say otherwise
		w.wants = false
	case strings.HasPrefix(m.kind, "multipart/"):
		if m.boundary != "" && len(m.boundary) <= maxBoundary && w.depth < MaxDepth {
			w.bounds[w.depth] = strings.TrimRight(m.boundary, " \t")
			w.depth++
		}
	case m.kind == typeCalendar, m.kind == typeReceipt, m.kind == typeGlobalReceipt, m.kind == typeTNEF, m.kind == typeOldTNEF:
		w.keep(m)
	}
}

// keep opens the content of a part, the first of its kind.
func (w *walk) keep(m media) {
	if w.contentOf(m.kind) != nil {
		return
	}
	w.contents = append(w.contents, content{media: m})
	w.into, w.state = &w.contents[len(w.contents)-1], inContent
}

// note takes down what a type means.
func (w *walk) note(m *media) {
	switch m.kind {
	case typeReport:
		w.report = true
		switch {
		case strings.EqualFold(m.reportType, "delivery-status"), strings.EqualFold(m.reportType, "global-delivery-status"):
			w.delivery = true
		case strings.EqualFold(m.reportType, "feedback-report"):
			w.feedback = true
		case strings.EqualFold(m.reportType, "tlsrpt"):
			w.tls = true
		case strings.EqualFold(m.reportType, "disposition-notification"):
			w.receipt = true
		}
	case typeDeliveryStatus, typeGlobalStatus:
		w.delivery = true
	case typeFeedback:
		w.feedback = true
	case typeReceipt, typeGlobalReceipt:
		w.receipt = true
	case typeTNEF, typeOldTNEF:
		w.tnef = true
	default:
		w.tls = w.tls || m.kind == typeTLS || strings.HasPrefix(m.kind, typeTLS+"+")
	}
	if w.reportFile == "" && dmarcFile(m.name) {
		w.reportFile = m.name
	}
}

// write takes the next octets. How the body is cut into pieces makes no difference.
func (w *walk) write(p []byte) {
	if !w.wants {
		return
	}
	if len(p) > w.left {
		p, w.cut = p[:w.left], true
	}
	w.left -= len(p)
	for len(p) > 0 && w.wants {
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			w.line = appendMost(w.line, p, MaxPartField)
			break
		}
		line := p[:n]
		if len(w.line) > 0 {
			w.line = appendMost(w.line, line, MaxPartField)
			line = w.line
		}
		w.take(line)
		w.line, p = w.line[:0], p[n+1:]
	}
	w.wants = w.wants && !w.cut
}

// end takes the last line, and a header that nothing followed.
func (w *walk) end() {
	if len(w.line) > 0 {
		w.take(w.line)
		w.line = w.line[:0]
	}
	if w.state == inHeader {
		w.flush()
		w.enter(w.part)
	}
	w.wants = false
}

// take reads one line without its LF.
func (w *walk) take(line []byte) {
	line = bytes.TrimSuffix(line[:min(len(line), MaxPartField)], []byte("\r"))
	if len(line) > 2 && line[0] == '-' && line[1] == '-' && w.boundary(line[2:]) {
		return
	}
	switch w.state {
	case inBetween:
	case inHeader:
		w.header(line)
	case inContent:
		if room := MaxContent - len(w.into.data); room > len(line) {
			w.into.data = append(append(w.into.data, line...), '\n')
		} else {
			w.into.data = append(w.into.data, line[:room]...)
			w.state = inBetween
		}
	}
}

// boundary reports whether a line that began with two hyphens ends a part.
func (w *walk) boundary(line []byte) bool {
	for i := range w.depth {
		b := w.bounds[i]
		if len(line) < len(b) || string(line[:len(b)]) != b {
			continue
		}
		rest := bytes.TrimRight(line[len(b):], " \t")
		if len(rest) > 0 && string(rest) != "--" {
			continue
		}
		if w.state == inHeader {
			w.flush()
			w.enter(w.part)
		}
		w.depth, w.state, w.part = i+1, inHeader, media{}
		if len(rest) > 0 {
			w.depth, w.state = i, inBetween
			w.wants = w.wants && i > 0
		}
		return true
	}
	return false
}

// header reads one line of a part's header.
func (w *walk) header(line []byte) {
	switch {
	case len(line) == 0:
		w.flush()
		w.enter(w.part)
	case line[0] == ' ' || line[0] == '\t':
		w.field = appendMost(w.field, line, MaxPartField)
	default:
		w.flush()
		w.field = appendMost(w.field, line, MaxPartField)
	}
}

// flush reads the field that has come to its end.
func (w *walk) flush() {
	name, value, _ := bytes.Cut(w.field, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	switch {
	case len(name) < len("Content-Type") || !bytes.EqualFold(name[:len("Content-")], []byte("Content-")):
	case bytes.EqualFold(name, []byte("Content-Type")):
		m := parseMedia(string(value))
		m.attachment, m.encoding = w.part.attachment, w.part.encoding
		if m.name == "" {
			m.name = w.part.name
		}
		w.part = m
	case bytes.EqualFold(name, []byte("Content-Disposition")):
		w.part.disposition(string(value))
	case bytes.EqualFold(name, []byte("Content-Transfer-Encoding")):
		w.part.encoding = trim(string(value))
	}
	w.field = w.field[:0]
}

// appendMost appends src to dst up to a length of limit.
func appendMost(dst, src []byte, limit int) []byte {
	return append(dst, src[:min(len(src), max(0, limit-len(dst)))]...)
}
