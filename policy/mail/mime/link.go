package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// link adds a link to a target as it is written and returns its index, -1 where there is none to add.
func (m *markup) link(kind LinkKind, written []byte) int {
	if len(written) == 0 {
		return -1
	}
	return m.target(kind, unescape(written))
}

// target adds a link.
func (m *markup) target(kind LinkKind, to []byte) int {
	to = cleanTarget(to)
	if hasPrefixFold(to, "data:") {
		m.facts.DataTargets++
	}
	if m.r.linksFull() {
		return -1
	}
	return m.r.addLink(Link{Part: m.part, Kind: kind, Target: m.slab.keep(to), Hidden: m.hidden != ""})
}

// linksFull reports, and notes, that there is no room for another link.
func (r *Reader) linksFull() bool {
	if len(r.content.Links) < r.limits.Links {
		return false
	}
	r.content.stop(LimitLinks)
	return true
}

func (r *Reader) addLink(l Link) int {
	if r.linksFull() {
		return -1
	}
	l.Size = len(l.Target)
	limit := MaxTarget
	if hasPrefixFold(l.Target, "data:") {
		limit = MaxDataTarget
	}
	if len(l.Target) > limit { // the rest is not to stay in memory
		l.Target = strings.Clone(cutRunes(l.Target, limit))
	}
	if r.content.Links == nil {
		r.content.Links = r.scratch.links[:0]
	}
	r.content.Links = append(r.content.Links, l)
	return len(r.content.Links) - 1
}

// cleanTarget takes from a URL what browsers do: controls and blanks around it, line ends and tabs inside
// (URL Standard, 4.4).
func cleanTarget(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\t') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	return bytes.Map(func(r rune) rune {
		if r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, b)
}

// refreshTarget returns the address in the content of a meta refresh (HTML, 4.2.5.3).
func refreshTarget(content string) string {
	_, rest, ok := strings.Cut(strings.ReplaceAll(content, ",", ";"), ";")
	if !ok {
		return ""
	}
	rest = content[len(content)-len(rest):]
	rest = strings.TrimSpace(rest)
	if hasPrefixFold(rest, "url") {
		if after, ok := strings.CutPrefix(strings.TrimSpace(rest[len("url"):]), "="); ok {
			rest = strings.TrimSpace(after)
		}
	}
	return strings.Trim(rest, `"'`)
}

// textLinks adds the addresses that a text writes out: scheme://… and www.…, each up to what ends it, and what stands between them
// where bare is set. It is a scan by hand, because regular expressions for addresses take a hundred times as long.
func (r *Reader) textLinks(part int, text string, bare bool) {
	scheme, www := finder{mark: "://"}, finder{mark: "www."}
	low := 0 // the end of the link before
	for i := 0; i < len(text); {
		s, w := scheme.next(text, i), www.next(text, i)
		if s < 0 && w < 0 {
			break
		}
		from, rest := w, w+len("www.")
		if w < 0 || s >= 0 && s < w {
			from, rest = schemeStart(text, i, s), s+len("://")
			if from == s {
				i = rest
				continue
			}
		} else if w > 0 && (schemeOctet(text[w-1]) || text[w-1] == '@' || text[w-1] == '_') {
			i = rest
			continue
		}
		end := rest
		for end < len(text) && end-from < maxWritten && addressOctet(text[end]) {
			end++
		}
		end = trimAddress(text, from, end)
		if end > rest {
			if bare && !r.bareLinks(part, text, low, from) || r.addLink(Link{Part: part, Kind: LinkText, Target: text[from:end]}) < 0 {
				return
			}
			low = end
		}
		i = max(end, rest)
	}
	if bare {
		r.bareLinks(part, text, low, len(text))
	}
}

// maxWritten is how long an address in text may be, in octets; what follows is taken for the next thing in the text.
const maxWritten = 64 << 10

// finder finds a mark again and again, without looking at anything twice.
type finder struct {
	mark string
	at   int
	done bool
}

// next returns where the mark is at or behind i, which does not go back; -1 when it is not there.
func (f *finder) next(text string, i int) int {
	if f.done || f.at >= i && f.at > 0 {
		return f.at
	}
	n := strings.Index(text[i:], f.mark)
	if n < 0 {
		f.at, f.done = -1, true
		return -1
	}
	f.at = i + n
	return f.at
}

// schemeStart returns where the letters before :// begin.
func schemeStart(text string, low, at int) int {
	const longest = 16
	from := at
	for from > low && at-from < longest && schemeOctet(text[from-1]) {
		from--
	}
	return from
}

func schemeOctet(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'
}

// addressOctet reports whether clients take c as part of an address written in text. Characters above 0x7f are, because
// host names have them; full stops, brackets and quotes of Japanese text end an address in trimAddress.
func addressOctet(c byte) bool {
	return c > ' ' && c != '<' && c != '>' && c != '"' && c != 0x7f && c != '`'
}

// trimAddress takes off what follows an address in a sentence.
func trimAddress(text string, from, end int) int {
	s := text[from:end]
	for i, r := range s {
		switch r {
		case '。', '、', '」', '』', '）', '】', '＞', '　', '「', '（', '【', '，', '”':
			s = s[:i]
		}
		if len(s) <= i {
			break
		}
	}
	return from + len(strings.TrimRight(s, ".,;:!?')]}"))
}

func hasPrefixFold[T string | []byte](s T, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(string(s[:len(prefix)]), prefix)
}

// cutRunes returns at most n octets of s without cutting a character in UTF-8.
func cutRunes[T string | []byte](s T, n int) T {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
