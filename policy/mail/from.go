package mail

import (
	"strings"

	"sekimori/policy"
)

// The problems of From. They are constant texts without foreign octets.
const (
	ProblemNoFrom    = "no From field"
	ProblemNoAddress = "From holds no address"
	ProblemNUL       = "From holds a NUL"
	ProblemLong      = "From is too long to be read whole"
	ProblemGrammar   = "From holds an address that only careless readers see"
	ProblemDomain    = "From holds an address without a domain name"
)

// From is what the From fields of one message show.
type From struct {
	Authors []policy.Author
	Fields  int    // how many From fields there are
	Problem string // the first reason why one of them could not be read whole, a Problem constant; "" when each could
	Cut     bool   // there were more authors than the limit: the strongest sources were kept
}

// Authors returns every address that a reader could take for an author of a message with this header, at most limit
// of them, and never more than MaxAuthors. All fields named From count, in any case, and those whose name only looks
// like it. The sources are:
//
//   - policy.SourceFrom: the grammar of RFC 5322 (3.4 with the obsolete 4.4) and RFC 6532 reads the address as one of
//     the mailboxes, groups included. Text that the grammar would not allow around one pair of angle brackets is
//     passed over, as every mail client does.
//   - policy.SourceReading: only another reader sees it: one that takes the first address or the last, that does not
//     know groups, routes or escapes in quoted strings, that decodes encoded-words before it parses, or that stops at
//     a NUL.
//   - policy.SourceDisplay: a name or a comment shows it to the eye, with any @ sign, after decoding; also the domain
//     of a percent address, and a bare domain after an @.
//
// An address that is found more than once in one field is there once, with the first of these sources. An author
// whose domain is no domain name has a zero Domain, and Problem says so.
func Authors(h policy.Header, limit int) From {
	c := collector{limit: min(max(limit, 0), MaxAuthors)}
	for i := range h {
		if !isFrom(h[i].Name) {
			continue
		}
		c.from.Fields++
		c.field(h[i].Value)
	}
	if c.from.Fields == 0 {
		c.problem(ProblemNoFrom)
	}
	return c.from
}

// isFrom reports whether a careless reader takes name for From. A first octet that is neither F nor foreign settles
// nearly every field.
func isFrom(name string) bool {
	if len(name) < len("From") {
		return false
	}
	if len(name) == len("From") {
		return equalASCII(name, "From")
	}
	if c := name[0]; c|0x20 != 'f' && ' ' < c && c < 0x7f {
		return false
	}
	if printable(name) && strings.IndexByte(name, ' ') < 0 {
		return false
	}
	return foldName(name) == "from"
}

// collector gathers authors, field by field.
type collector struct {
	from   From
	limit  int
	looks  int    // addresses looked at so far
	value  string // what is being read
	strict bool   // the grammar read an address in this field
	any    bool   // some reader reads an address in this field
}

// field reads one From field in every charset that its octets may be in.
func (c *collector) field(value string) {
	c.strict, c.any = false, false
	if len(value) > MaxFrom {
		c.problem(ProblemLong)
		value = cut(value, MaxFrom)
	}
	if strings.IndexByte(value, 0) >= 0 {
		c.problem(ProblemNUL)
		// Sendmail takes a NUL out where others stop at it.
		c.read(strings.ReplaceAll(value, "\x00", ""), policy.SourceReading)
	}
	text := rawText(value)
	c.read(text, policy.SourceFrom)
	if text != value {
		c.undecoded(value)
	}
	switch {
	case !c.any:
		c.problem(ProblemNoAddress)
	case !c.strict:
		c.problem(ProblemGrammar)
	}
}

// undecoded reads a field that is in an undeclared charset as those do who do not know that. In the seven bits of
// ISO-2022-JP any sign can be half of a character, so that only what the grammar reads there counts.
func (c *collector) undecoded(value string) {
	if ascii(value) {
		var buf [32]segment
		c.value = value
		c.boxes(segments(buf[:0], value), policy.SourceReading, true)
	} else {
		// A reader of UTF-8 shows a replacement character, and no octet becomes half of another one.
		c.read(strings.ToValidUTF8(value, "\ufffd"), policy.SourceReading)
	}
}

// read takes what the grammar reads as source, and what other readers see besides.
func (c *collector) read(value string, source policy.AuthorSource) {
	var buf [32]segment // a field with more goes to the heap
	c.value = value
	c.boxes(segments(buf[:0], value), source, false)
}

// boxes goes through the mailboxes of a field. A semicolon that ends no group is a separator to careless readers only.
func (c *collector) boxes(segs []segment, source policy.AuthorSource, strictOnly bool) {
	group := false
	for len(segs) > 0 {
		n := 0
		for n < len(segs) && !segs[n].separates() {
			n++
		}
		b := box{segs: segs[:n]}
		if n < len(segs) {
			b.name = segs[n].kind == segColon
			if segs[n].kind == segSemicolon && !group {
				source = policy.SourceReading
			}
			group = b.name || group && segs[n].kind == segComma
			n++
		}
		segs = segs[n:]
		if len(b.segs) == 0 {
			continue
		}
		plain := c.byGrammar(b, source)
		if !strictOnly && !plain {
			c.byOthers(b)
		}
	}
}

// found takes an address; domain is as written.
func (c *collector) found(local, domain string, source policy.AuthorSource) {
	c.any = true
	c.strict = c.strict || source == policy.SourceFrom
	if !c.look(source) {
		return
	}
	d, ok := Domain(domain)
	if !ok {
		c.problem(ProblemDomain)
	}
	c.add(policy.Address{Local: local, Domain: d}, source)
	if i := strings.LastIndexByte(local, '%'); i >= 0 {
		if d, ok := Domain(local[i+1:]); ok && d.Labels() > 1 {
			c.add(policy.Address{Local: local[:i], Domain: d}, policy.SourceDisplay)
		}
	}
}

func (c *collector) problem(p string) {
	if c.from.Problem == "" {
		c.from.Problem = p
	}
}

// look reports whether an address from source is worth a look: not when the list is full of ones that are as strong,
// and not above MaxLooks.
func (c *collector) look(source policy.AuthorSource) bool {
	if c.from.Cut {
		if i := weakest(c.from.Authors); i < 0 || rank(c.from.Authors[i].Source) <= rank(source) {
			return false
		}
	}
	if c.looks >= MaxLooks {
		c.from.Cut = true
		return false
	}
	c.looks++
	return true
}

// add puts an address on the list, once per field. On a full list it takes the place of a weaker one.
func (c *collector) add(a policy.Address, source policy.AuthorSource) {
	list := c.from.Authors
	for i := len(list) - 1; i >= 0; i-- {
		o := &list[i]
		if o.Field != c.from.Fields {
			break
		}
		if o.Address.Domain != a.Domain {
			continue
		}
		if equalASCII(o.Address.Local, a.Local) {
			if rank(source) < rank(o.Source) {
				o.Source = source
			}
			return
		}
		if a.Local == "" && rank(o.Source) <= rank(source) {
			return // "@domain" beside an address there
		}
	}
	author := policy.Author{Address: a, Source: source, Field: c.from.Fields}
	if len(list) < c.limit {
		c.from.Authors = append(list, author)
		return
	}
	c.from.Cut = true
	if i := weakest(list); i >= 0 && rank(source) < rank(list[i].Source) {
		c.from.Authors = append(append(list[:i:i], list[i+1:]...), author)
	}
}

// weakest returns the index of the last author with the weakest source, -1 for an empty list.
func weakest(list []policy.Author) int {
	w := -1
	for i := range list {
		if w < 0 || rank(list[i].Source) >= rank(list[w].Source) {
			w = i
		}
	}
	return w
}

// rank orders sources: 0 is the strongest.
func rank(s policy.AuthorSource) int {
	switch s {
	case policy.SourceFrom:
		return 0
	case policy.SourceReading:
		return 1
	case policy.SourceDisplay:
	}
	return 2
}
