package mail

import (
	"strings"

	"sekimori/policy"
)

// box is one mailbox of the value that is being read, as the separators cut it out. It holds no text, so that it
// can stay on the stack.
type box struct {
	segs []segment
	name bool // a colon ends it: the name of a group, not a mailbox
}

// raw is the whole mailbox as written.
func (b box) raw(value string) string { return value[b.segs[0].from:b.segs[len(b.segs)-1].to] }

// angles counts the pairs of angle brackets and returns the last.
func (b box) angles() (int, segment) {
	n, last := 0, segment{}
	for _, g := range b.segs {
		if g.kind == segAngle {
			n, last = n+1, g
		}
	}
	return n, last
}

// byGrammar takes the one address that the grammar reads in a mailbox. True means that nothing else can be in it.
func (c *collector) byGrammar(b box, source policy.AuthorSource) bool {
	n, angle := b.angles()
	spec := ""
	switch {
	case b.name || n > 1:
		return false
	case n == 1:
		spec = angle.content(c.value)
	default:
		spec = b.raw(c.value)
	}
	local, domain, plain, ok := addrSpec(spec)
	if !ok {
		return false
	}
	c.found(local, domain, source)
	if !plain || strings.Contains(spec, "=?") {
		return false
	}
	for _, g := range b.segs {
		if g.kind != segAngle && n == 1 && (g.kind == segEncoded || showsAt(g.raw(c.value))) {
			return false
		}
	}
	return true
}

// showsAt reports whether s may hold an @ sign, one that is encoded or wide included.
func showsAt(s string) bool {
	return strings.IndexByte(s, '@') >= 0 || strings.Contains(s, "=?") || wideAt(s)
}

func wideAt(s string) bool { return strings.Contains(s, "＠") || strings.Contains(s, "﹫") }

// byOthers takes what readers see in a mailbox who do not keep to the grammar, and what it shows to the eye.
func (c *collector) byOthers(b box) {
	n, _ := b.angles()
	phrase := n > 0 || b.name
	for _, g := range b.segs {
		content := g.content(c.value)
		switch g.kind {
		case segText:
			c.scan(content, policy.SourceReading, policy.SourceReading)
		case segQuoted:
			if !phrase {
				c.scan(shown(content), policy.SourceReading, policy.SourceReading)
			}
		case segComment:
			c.display(shown(content), bracketed(content))
		case segAngle, segBroken:
			c.scan(content, policy.SourceReading, policy.SourceReading)
			if strings.Contains(content, "=?") {
				c.decoded(content)
			}
		case segEncoded, segComma, segColon, segSemicolon: // words are decoded below, with what stands around them
		}
	}
	switch {
	case phrase:
		c.display(DecodeWords(b.phrase(c.value)), bracketed(b.raw(c.value)))
	case strings.Contains(b.raw(c.value), "=?"):
		c.decoded(b.raw(c.value))
	}
}

// shown is the content of a quoted string or comment as a client shows it.
func shown(content string) string { return DecodeWords(unescape(content)) }

// phrase joins what a client shows as the name. Parts are kept apart by a blank but for those that an address
// would be cut at.
func (b box) phrase(value string) string {
	var out []byte
	var first string
	parts := 0
	for _, g := range b.segs {
		if g.kind != segText && g.kind != segQuoted && g.kind != segEncoded {
			continue
		}
		part := trim(g.content(value))
		if g.kind == segQuoted {
			part = unescape(part)
		}
		if part == "" {
			continue
		}
		if parts++; parts == 1 {
			first = part
			continue
		}
		if parts == 2 {
			out = append(out, first...)
		}
		if !joins(out[len(out)-1]) && !joins(part[0]) {
			out = append(out, ' ')
		}
		out = append(out, part...)
	}
	if parts < 2 {
		return first
	}
	return string(out)
}

func joins(c byte) bool { return c == '@' || c == '.' }

// decoded takes addresses that appear at the place of an address once encoded-words are decoded.
func (c *collector) decoded(s string) {
	text := DecodeWords(s)
	if strings.IndexByte(text, 0) >= 0 {
		c.problem(ProblemNUL)
	}
	c.scan(text, policy.SourceReading, policy.SourceReading)
}

// bracketed says what an address in angle brackets is that stands in the name or comment raw. A plain quoted string or
// comment only shows it. Where it must be unescaped or decoded first, readers differ on whether that is done before
// they look for brackets, and for some of them it is the author.
func bracketed(raw string) policy.AuthorSource {
	if strings.IndexByte(raw, '\\') >= 0 || strings.Contains(raw, "=?") || !ascii(raw) {
		return policy.SourceReading
	}
	return policy.SourceDisplay
}

// display takes the addresses that a name or comment shows, those in angle brackets as the source bracketed. A decoder
// that stops at a NUL or a line end makes an address of the author out of all of them.
func (c *collector) display(text string, bracketed policy.AuthorSource) {
	if !showsAt(text) {
		return
	}
	source := policy.SourceDisplay
	if strings.ContainsAny(text, "\x00\r\n") {
		source = policy.SourceReading
		if strings.IndexByte(text, 0) >= 0 {
			c.problem(ProblemNUL)
		}
	}
	if source == policy.SourceReading {
		bracketed = source
	}
	c.scan(text, source, bracketed)
	const override, pop = "\u202e", "\u202c" // right-to-left override shows text backwards (UAX #9, 2.2)
	for _, part := range strings.Split(text, override)[1:] {
		part, _, _ = strings.Cut(part, pop)
		c.scan(reverse(part), policy.SourceDisplay, policy.SourceDisplay)
	}
}

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
