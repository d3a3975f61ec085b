package mail

import (
	"bytes"
	"errors"
	"iter"
	"strings"

	"sekimori/policy"
)

// ErrNoHeader is returned by Split for what does not begin with a header field.
var ErrNoHeader = errors.New("not a mail message: it does not begin with a header field")

// Split reads a message from a file as a milter would be handed it by Postfix (RFC 5322, 2.2): lines end in LF or
// CR LF; a value keeps the space after the colon and its trailing blanks, its folds are LF and white space; blanks
// before the colon are gone; a value ends at a NUL; a CR inside a line is a space. An mbox separator before the first
// field is passed over. The first line that is no field and no continuation ends the header, and belongs to the body
// unless it is empty.
//
// Body has CR LF at the end of each line, also of the last one; a CR inside a line stays. It shares memory with raw
// where raw is written so. Without any field the error is ErrNoHeader, and body is all of raw.
func Split(raw []byte) (h policy.Header, body []byte, err error) {
	rest := raw
	if bytes.HasPrefix(rest, []byte("From ")) || bytes.HasPrefix(rest, []byte(">From ")) {
		_, rest = nextLine(rest)
	}
	for len(rest) > 0 {
		line, after := nextLine(rest)
		if len(line) == 0 {
			rest = after
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && len(h) > 0 {
			rest = continuation(&h[len(h)-1], rest)
			continue
		}
		name, value, ok := splitField(line)
		if !ok {
			break
		}
		h = append(h, policy.Field{Name: name, Value: headerText(value)})
		rest = after
	}
	if len(h) == 0 {
		return nil, crlf(raw), ErrNoHeader
	}
	for i := range h {
		h[i].Value, _, _ = strings.Cut(h[i].Value, "\x00")
	}
	return h, crlf(rest), nil
}

// continuation adds all continuation lines at the beginning of b to f and returns what follows them.
func continuation(f *policy.Field, b []byte) []byte {
	var value strings.Builder
	value.WriteString(f.Value)
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		var line []byte
		line, b = nextLine(b)
		value.WriteByte('\n')
		value.WriteString(headerText(line))
	}
	f.Value = value.String()
	return b
}

// nextLine cuts the first line off b, without its line end.
func nextLine(b []byte) (line, rest []byte) {
	n := bytes.IndexByte(b, '\n')
	if n < 0 {
		return b, nil
	}
	return bytes.TrimSuffix(b[:n], []byte("\r")), b[n+1:]
}

// splitField tells a field from other lines as Postfix does: a name of printable ASCII, blanks, a colon.
func splitField(line []byte) (name string, value []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return "", nil, false
	}
	label := bytes.TrimRight(line[:colon], " \t")
	for _, c := range label {
		if c <= ' ' || c >= 0x7f {
			return "", nil, false
		}
	}
	return string(label), line[colon+1:], len(label) > 0
}

// headerText is a line of a value after the MTA replaced what it does not let through.
func headerText(line []byte) string {
	return strings.ReplaceAll(string(line), "\r", " ")
}

// crlf ends every line in CR LF.
func crlf(b []byte) []byte {
	lines, ends := bytes.Count(b, []byte("\n")), bytes.Count(b, []byte("\r\n"))
	whole := len(b) == 0 || b[len(b)-1] == '\n'
	if lines == ends && whole {
		return b
	}
	out := make([]byte, 0, len(b)+lines-ends+2)
	for len(b) > 0 {
		var line []byte
		line, b = nextLine(b)
		out = append(append(out, line...), "\r\n"...)
	}
	return out
}

// Index yields the fields called name, in any case, in their order, each with the reference by which an MTA knows it.
func Index(h policy.Header, name string) iter.Seq2[policy.HeaderRef, policy.Field] {
	return func(yield func(policy.HeaderRef, policy.Field) bool) {
		n := 0
		for i := range h {
			if !equalASCII(h[i].Name, name) {
				continue
			}
			n++
			if !yield(policy.HeaderRef{Name: h[i].Name, Index: n}, h[i]) {
				return
			}
		}
	}
}
