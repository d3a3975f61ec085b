package mime

import (
	"bytes"
	"strings"

	"sekimori/policy"
)

// headerRun takes octets of a part's header up to the next line end.
func (w *walk) headerRun(p []byte) []byte {
	n := bytes.IndexByte(p, '\n')
	if n < 0 {
		w.hold = appendMost(w.hold, p, w.lineMost())
		return nil
	}
	line := p[:n+1]
	if len(w.hold) > 0 {
		w.hold = appendMost(w.hold, line, w.lineMost())
		line = w.hold
	}
	w.headerTake(line)
	w.hold = w.hold[:0]
	return p[n+1:]
}

// lineMost is how much of one line in a header is kept: one octet beyond the limit shows that it was reached, and a
// delimiter fits.
func (w *walk) lineMost() int { return max(w.r.limits.PartHeader+1, MaxDelimiter) }

// headerTake reads one line of a part's header, or the delimiter that ends the part.
func (w *walk) headerTake(line []byte) {
	if len(line) > 2 && len(line) <= MaxDelimiter && line[0] == '-' && line[1] == '-' && w.delimiter(line) {
		return
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		w.headerEnd(true)
		return
	}
	w.lines = true
	if len(w.header)+len(line)+1 > w.r.limits.PartHeader {
		w.r.content.stop(LimitPartHeader)
		return
	}
	w.header = append(append(w.header, line...), '\n')
}

// headerEnd reads the header that has come, and begins the content. Whole says that a blank line ended the header.
func (w *walk) headerEnd(whole bool) {
	d := declared{message: w.message, room: w.r.limits.Headers - w.r.headers}
	d.read(string(w.header))
	if d.message {
		w.r.headers = w.r.limits.Headers - d.room
	}
	if d.cut {
		w.r.content.stop(LimitHeaders)
	}
	if !whole && w.lines {
		d.odd(OddityNoHeaderEnd)
	}
	if n := len(w.levels); n > 0 && w.levels[n-1].part == w.parent {
		d.digest = w.levels[n-1].digest
	}
	w.bol, w.pending = true, eolNone
	w.enter(&d)
}

// declared is what the header of a part says.
type declared struct {
	part      Part
	types     int
	encodings int
	places    int // Content-Disposition fields
	bounds    []string
	message   bool // keep the whole header, as far as there is room
	room      int  // for it, in octets
	cut       bool // there was not enough
	digest    bool
	more      bool // boundaries beyond MaxBoundaries, or a boundary beyond MaxBoundary
}

func (d *declared) odd(o Oddity) { d.part.odd(o) }

// read splits the header of a part (RFC 5322, 2.2), whose lines end in LF. A line that is no field is passed over.
func (d *declared) read(raw string) {
	keep := d.message && d.take(len(raw)) // what is kept of it keeps all of it in memory
	for raw != "" {
		line := raw[:strings.IndexByte(raw, '\n')]
		end := len(line) + 1
		for end < len(raw) && (raw[end] == ' ' || raw[end] == '\t') {
			end += strings.IndexByte(raw[end:], '\n') + 1
		}
		colon := strings.IndexByte(line, ':')
		if colon <= 0 || line[0] == ' ' || line[0] == '\t' {
			d.odd(OddityHeaderLine)
			raw = raw[end:]
			continue
		}
		name := strings.TrimRight(line[:colon], " \t")
		if len(name) < colon {
			d.odd(OddityHeaderBlank)
		}
		d.part.octets(raw[:end])
		value := raw[colon+1 : end-1]
		if keep = keep && d.take(fieldCost); keep {
			d.part.Message = append(d.part.Message, policy.Field{Name: name, Value: value})
		}
		d.field(name, value)
		raw = raw[end:]
	}
}

// fieldCost is what keeping one field takes besides its octets.
const fieldCost = 64

// take takes room for the header of a message, and reports whether there is as much.
func (d *declared) take(n int) bool {
	if n > d.room {
		d.cut = true
		return false
	}
	d.room -= n
	return true
}

// octets notes octets that do not belong in a header.
func (p *Part) octets(s string) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0:
			p.odd(OddityHeaderNUL)
		case s[i] >= 0x80:
			p.odd(OddityHeader8Bit)
			if strings.IndexByte(s[i:], 0) >= 0 {
				p.odd(OddityHeaderNUL)
			}
			return
		}
	}
}

// field reads one field of a header.
func (d *declared) field(name, value string) {
	const prefix = "Content-"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return
	}
	switch rest := strings.TrimRight(name[len(prefix):], " \t"); {
	case strings.EqualFold(rest, "Type"):
		d.contentType(value)
	case strings.EqualFold(rest, "Disposition"):
		d.disposition(value)
	case strings.EqualFold(rest, "Transfer-Encoding"):
		d.encoding(value)
	}
}

// contentType reads a Content-Type. Of several the first counts, but for one that is the first multipart, because
// there is more to be seen in it.
func (d *declared) contentType(value string) {
	if d.types++; d.types > 1 {
		d.odd(OddityTypes)
	}
	kind, rest := cutToken(value)
	kind = strings.ToLower(strings.Clone(kind[:min(len(kind), MaxType)]))
	if d.types == 1 || strings.HasPrefix(kind, "multipart/") && !strings.HasPrefix(d.part.Type, "multipart/") {
		d.part.Type = kind
	}
	params := readParameters(rest)
	for i := range params {
		switch name := params[i].name; {
		case strings.EqualFold(name, "charset"):
			if d.part.Charset == "" {
				d.part.Charset = strings.Clone(params[i].value[:min(len(params[i].value), MaxCharset)])
			}
		case strings.EqualFold(name, "boundary"):
			d.boundary(params[i].value)
		}
	}
	if b, ok := extended(params, "boundary"); ok {
		d.boundary(b)
	}
	d.names(params, "name", NameType)
}

// boundary adds a boundary. Blanks at its end are none of it (RFC 2046, 5.1.1).
func (d *declared) boundary(b string) {
	b = strings.TrimRight(b, " \t")
	if b == "" {
		return
	}
	for _, have := range d.bounds {
		if have == b {
			return
		}
	}
	if len(d.bounds) > 0 {
		d.odd(OddityBoundaries)
	}
	if len(d.bounds) == MaxBoundaries || len(b) > MaxBoundary {
		d.more = true
		return
	}
	d.bounds = append(d.bounds, b)
}

func (d *declared) disposition(value string) {
	if d.places++; d.places > 1 {
		d.odd(OddityDispositions)
	}
	kind, rest := cutToken(value)
	if d.places == 1 {
		switch {
		case strings.EqualFold(kind, "inline"):
			d.part.Disposition = DispositionInline
		case strings.EqualFold(kind, "attachment"):
			d.part.Disposition = DispositionAttachment
		default:
			d.part.Disposition = DispositionOther
		}
	}
	d.names(readParameters(rest), "filename", NameDisposition)
}

// encoding reads a Content-Transfer-Encoding, of several the first.
func (d *declared) encoding(value string) {
	if d.encodings++; d.encodings > 1 {
		d.odd(OddityEncodings)
		return
	}
	word, rest := cutToken(value)
	d.part.Encoding = EncodingUnknown
	for _, e := range [...]Encoding{Encoding7Bit, Encoding8Bit, EncodingBinary, EncodingBase64, EncodingQuotedPrintable, EncodingUU} {
		if strings.EqualFold(word, string(e)) {
			d.part.Encoding = e
		}
	}
	if strings.EqualFold(word, "uuencode") || strings.EqualFold(word, "x-uue") {
		d.part.Encoding = EncodingUU
	}
	rest = strings.Trim(rest, " \t\r\n;")
	if d.part.Encoding == EncodingUnknown || rest != "" && rest[0] != '(' {
		d.odd(OddityUnknownEncoding)
	}
}

// appendMost appends src to dst up to a length of limit.
func appendMost(dst, src []byte, limit int) []byte {
	return append(dst, src[:min(len(src), max(0, limit-len(dst)))]...)
}
