package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
)

// scan takes every address around an @ sign in s, without regard to structure: as source, and as angled where it
// stands behind an opening angle bracket. An @ sign that is only wide is for the eye alone.
func (c *collector) scan(s string, source, angled policy.AuthorSource) {
	wide := wideAt(s)
	open := false
	for i := 0; i < len(s); {
		n, size := nextAt(s[i:], wide)
		if n < 0 {
			return
		}
		before := s[i : i+n]
		if b := strings.LastIndexAny(before, "<>"); b >= 0 {
			open = before[b] == '<'
		}
		at := source
		switch {
		case open:
			at = angled
		case size > 1 && source == policy.SourceReading:
			at = policy.SourceDisplay
		}
		i += n + size
		c.around(s[:i-size], s[i:], at)
	}
}

// nextAt finds the next @ sign and its size, -1 when there is none.
func nextAt(s string, wide bool) (int, int) {
	if !wide {
		return strings.IndexByte(s, '@'), 1
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '@':
			return i, 1
		case s[i] == 0xef && (strings.HasPrefix(s[i:], "＠") || strings.HasPrefix(s[i:], "﹫")):
			return i, len("＠")
		}
	}
	return -1, 0
}

// around takes the address whose @ sign stands between before and after: with the longest domain that a reader
// could see, and with the plain one before the first foreign character.
func (c *collector) around(before, after string, source policy.AuthorSource) {
	for len(after) > 0 && blank(after[0]) {
		after = after[1:]
	}
	whole, plain := domainRun(after)
	if whole == 0 {
		return
	}
	if whole > MaxDomainInput {
		c.problem(ProblemDomain)
	}
	if !c.look(source) {
		return
	}
	local := localBefore(before)
	c.seen(local, after[:whole], source)
	if plain < whole {
		c.seen(local, after[:plain], source)
	}
}

// seen takes an address that was seen, if its domain is one with at least two labels.
func (c *collector) seen(local, domain string, source policy.AuthorSource) {
	d, ok := Domain(strings.Trim(domain, "."))
	if !ok || d.Labels() < 2 {
		return
	}
	if source != policy.SourceDisplay {
		c.any = true
	}
	c.add(policy.Address{Local: local, Domain: d}, source)
}

// domainRun returns how many octets at the beginning of s could be a domain name to some reader, and how many of them
// are plain ASCII. Brackets, blanks and punctuation of any script end it; what cannot be seen does not.
func domainRun(s string) (whole, plain int) {
	plain = -1
	i := 0
	for i < len(s) {
		c := s[i]
		size := 1
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
			i++
			continue
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); delimits(r) {
				size = 0
			}
		case blank(c), c >= ' ' && c != 0x7f:
			size = 0
		}
		if size == 0 {
			break
		}
		if plain < 0 {
			plain = i
		}
		i += size
	}
	if plain < 0 {
		plain = i
	}
	return i, plain
}

// delimits reports whether a character that is not ASCII ends an address for the eye.
func delimits(r rune) bool {
	if invisible(r) || r == utf8.RuneError {
		return false
	}
	switch r {
	case '、', '，', '；', '：', '・', '！', '？', '／', '＜', '＞', '＠', '﹫', '\u0085':
		return true
	}
	return unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf, unicode.Z)
}

// localBefore returns the local part that ends s: a quoted string, or all up to the nearest sign that cannot be in one,
// and of that the last MaxLocal octets.
func localBefore(s string) string {
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if n := len(s) - MaxLocal; n > 0 {
		for s = s[n:]; s != "" && !utf8.RuneStart(s[0]); {
			s = s[1:]
		}
	}
	if n := len(s) - 1; n > 0 && s[n] == '"' {
		return unescape(s[strings.LastIndexByte(s[:n], '"')+1 : n])
	}
	i := len(s)
	for i > 0 && (s[i-1] == '.' || atext(s[i-1])) {
		i--
	}
	local := s[i:]
	if ascii(local) {
		return local
	}
	if n := strings.LastIndexFunc(local, delimits); n >= 0 {
		_, size := utf8.DecodeRuneInString(local[n:])
		local = local[n+size:]
	}
	return fold(local)
}
