package milter

import (
	"bytes"

	"sekimori/policy"
)

// MaxLateFields is how many fields beyond the header limits are kept by name, without their values, so that those which
// pass for ours can still be removed. A message with one more is refused, 550 5.6.0, whatever the rules say.
const MaxLateFields = 10_000

// header gathers the header of one message: all octets in one buffer, so that a header of any number of fields
// becomes one string at its end.
type header struct {
	octets []byte
	fields []mark
	limits policy.Limits
	full   bool     // a limit was reached: of this field and everything behind it only the name is kept
	over   bool     // the field being read is over the limit
	start  int      // where the field being read begins
	name   []byte   // of the field being read, as far as it is over the limit
	late   []string // names of the fields over the limit
	flood  bool     // there are more than MaxLateFields of them
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
	h.limits, h.full, h.flood, h.late = l, false, false, nil
	if cap(h.octets) > keptBuffer {
		h.octets = nil
	}
	h.octets, h.fields = h.octets[:0], h.fields[:0]
}

// begin begins a field.
func (h *header) begin() {
	h.start, h.over = len(h.octets), h.full || len(h.fields) >= h.limits.HeaderCount
	h.name = h.name[:0]
}

// write adds a piece of the field: name NUL value NUL.
func (h *header) write(p []byte) {
	// The two NULs of this field do not count; those of the fields before it are gone.
	if !h.over && len(h.octets)+len(p) > h.limits.HeaderBytes+2 {
		h.over = true
		h.keepName(h.octets[h.start:])
	}
	if h.over {
		h.keepName(p)
		return
	}
	h.octets = append(h.octets, p...)
}

// keepName keeps what p has of the name of a field over the limit, its NUL included, and at most MaxFieldName octets.
func (h *header) keepName(p []byte) {
	if n := len(h.name); n > MaxFieldName || n > 0 && h.name[n-1] == 0 {
		return
	}
	if end := bytes.IndexByte(p, 0); end >= 0 {
		p = p[:end+1]
	}
	h.name = append(h.name, p[:min(len(p), MaxFieldName+1-len(h.name))]...)
}

// end ends the field and reports whether it was one. addSpace puts back the space that an MTA without
// OptHeaderLeadingSpace took away.
func (h *header) end(addSpace bool) bool {
	if h.over {
		h.octets, h.full = h.octets[:h.start], true
		if len(h.late) == MaxLateFields {
			h.flood = true
			return true
		}
		h.late = append(h.late, string(bytes.TrimSuffix(h.name, []byte{0})))
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

// header returns what was gathered. Fields over the limit have no value.
func (h *header) header() policy.Header {
	if len(h.fields)+len(h.late) == 0 {
		return nil
	}
	text := string(h.octets)
	out := make(policy.Header, len(h.fields), len(h.fields)+len(h.late))
	start := 0
	for i, m := range h.fields {
		out[i] = policy.Field{Name: text[start:m.name], Value: text[m.name:m.value]}
		start = m.value
	}
	for _, name := range h.late {
		out = append(out, policy.Field{Name: name})
	}
	return out
}
