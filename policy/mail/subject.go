package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// Limits of a Subject that TagSubject writes, in octets.
const (
	// MaxSubject is how much of a Subject is kept, both as it stands and as UTF-8; the rest of a longer one is left out, so that
	// nobody escapes a tag by writing more than an MTA takes.
	MaxSubject = 8 << 10
	// MaxSubjectLine is the longest line that stays as it is (RFC 5322, 2.1.1).
	MaxSubjectLine = 998
)

// Of lines with encoded-words (RFC 2047, 2).
const (
	maxWordLine   = 76
	wordStart     = "=?UTF-8?B?"
	wordEnd       = "?="
	subjectIndent = len("Subject: ")
)

// TagSubject returns the value of a Subject with tag and a space before what it shows. ASCII and encoded-words stay as they are. A
// Subject with other octets in it (raw UTF-8, ISO-2022-JP, Shift_JIS, controls), or with a line that is too long, is decoded as
// DecodeWords does and written anew in encoded-words of UTF-8, each of at most 75 octets and whole characters (RFC 2047, 2 and
// 5 (3)); there, what is no character becomes U+FFFD, and a line end or NUL a space.
//
// The result is printable ASCII, folded with LF, and begins with a space. A Subject that shows the tag at its beginning already is returned
// as it is, and so is any with an empty tag. An empty value becomes the tag alone.
func TagSubject(value, tag string) string {
	tag = trim(strings.ToValidUTF8(tag, ""))
	rest := trim(value)
	shown := trim(DecodeWords(rest))
	if strings.HasPrefix(shown, tag) {
		return value
	}
	if !staysAsItIs(rest) {
		return " " + encodeText(tag+" "+writable(shown), maxWordLine-subjectIndent)
	}
	first := " " + tag
	if !plainText(tag) {
		space := ""
		if _, size := wordAt(wordRegion(rest)); size > 0 {
			space = " " // the one between adjacent words is not shown
		}
		first = " " + encodeText(tag+space, maxWordLine-subjectIndent)
	}
	if rest == "" {
		return first
	}
	line, _, _ := strings.Cut(rest, "\n")
	last := first[strings.LastIndexByte(first, '\n')+1:]
	if subjectIndent+len(last)+len(line) > maxWordLine {
		return first + "\n " + rest
	}
	return first + " " + rest
}

// staysAsItIs reports whether s can stand behind a tag without being written anew.
func staysAsItIs(s string) bool {
	if len(s) > MaxSubject {
		return false
	}
	line := 1 // the space before it
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' && i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\t'):
			line = 0
			continue
		case c < ' ' && c != '\t', c > '~':
			return false
		}
		if line++; line > MaxSubjectLine {
			return false
		}
	}
	return true
}

// plainText reports whether s is printable ASCII that nobody takes for an encoded-word.
func plainText(s string) bool { return printable(s) && !strings.Contains(s, "=?") }

// writable returns text as an encoded-word may carry it. Programs that decode a word and write it into a header again would
// make fields of line ends.
func writable(s string) string {
	s = cut(strings.ToValidUTF8(s, string(utf8.RuneError)), MaxSubject)
	return trim(strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, s))
}

// encodeText writes valid UTF-8 in encoded-words, one a line, of which the first has room octets.
func encodeText(s string, room int) string {
	var b strings.Builder
	b.Grow(2*len(s) + len(wordStart) + len(wordEnd))
	for {
		n := min(len(s), (room-len(wordStart)-len(wordEnd))/4*3)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		b.WriteString(wordStart)
		b.WriteString(base64.StdEncoding.EncodeToString([]byte(s[:n])))
		b.WriteString(wordEnd)
		if s = s[n:]; s == "" {
			return b.String()
		}
		b.WriteString("\n ")
		room = maxWordLine - 1
	}
}
