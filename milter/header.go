package milter

import (
	"bytes"

	"sekimori/policy"
)

// header gathers the header of one message: all octets in one buffer, so that a header of any number of fields
// becomes one string at its end.
type header struct {
	octets []byte
	fields []mark
	limits policy.Limits
	full   bool // a limit was reached: this field and everything behind it is left out
	over   bool // the field being read is over the limit
	start  int  // where the field being read begins
}

// mark says where a name and its value end. A value begins where its name ends.
type mark struct{ name, value int }

// reset begins another header. A limit of 0 means the one of policy.Default.
func (h *header) reset(l policy.Limits) {
	d := policy.Default().Limits
	if l.HeaderBytes <= 0 {
		l.HeaderBytes = d.HeaderBytes
	}
	if l.HeaderCount <= 0 {
		l.HeaderCount = d.HeaderCount
	}
	h.limits, h.full = l, false
	if cap(h.octets) > keptBuffer {
		h.octets = nil
	}
	h.octets, h.fields = h.octets[:0], h.fields[:0]
}

// begin begins a field.
func (h *header) begin() {
	h.start, h.over = len(h.octets), h.full || len(h.fields) >= h.limits.HeaderCount
}

// write adds a piece of the field: name NUL value NUL.
func (h *header) write(p []byte) {
	// The two NULs of this field do not count; those of the fields before it are gone.
	if h.over || len(h.octets)+len(p) > h.limits.HeaderBytes+2 {
		h.over = true
		return
	}
	h.octets = append(h.octets, p...)
}

// end ends the field and reports whether it was one. addSpace puts back the space that an MTA without
// OptHeaderLeadingSpace took away.
func (h *header) end(addSpace bool) bool {
	if h.over {
		h.octets, h.full = h.octets[:h.start], true
		return true
	}
	f := h.octets[h.start:]
	colon := bytes.IndexByte(f, 0)
	if colon <= 0 || f[len(f)-1] != 0 || len(f) == colon+1 {
		h.octets = h.octets[:h.start]
		return false
	}
	h.fields = append(h.fields, mark{})
	m := &h.fields[len(h.fields)-1]
	m.name = h.start + colon
	if addSpace {
		f[colon] = ' ' // in place of the NUL between name and value
		m.value = len(h.octets) - 1
		h.octets = h.octets[:m.value]
		return true
	}
	copy(f[colon:], f[colon+1:])
	m.value = len(h.octets) - 2
	h.octets = h.octets[:m.value]
	return true
}

// header returns what was gathered.
func (h *header) header() policy.Header {
	if len(h.fields) == 0 {
		return nil
	}
	text := string(h.octets)
	out := make(policy.Header, len(h.fields))
	start := 0
	for i, m := range h.fields {
		out[i] = policy.Field{Name: text[start:m.name], Value: text[m.name:m.value]}
		start = m.value
	}
	return out
}
