package policyfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
	"golang.org/x/text/width"
)

// admissible checks what must hold before a parser is asked: size and encoding.
func (d *document) admissible() bool {
	if len(d.data) > MaxSize {
		d.report(0, "", "the file has %d octets; at most %d are read", len(d.data), MaxSize)
		return false
	}
	if utf8.Valid(d.data) {
		return true
	}
	if bytes.HasPrefix(d.data, []byte("\xff\xfe")) || bytes.HasPrefix(d.data, []byte("\xfe\xff")) {
		d.report(0, "", "the file is UTF-16, and UTF-8 is wanted; hint: iconv -f UTF-16 -t UTF-8")
		return false
	}
	at := 0
	for at < len(d.data) {
		r, n := utf8.DecodeRune(d.data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	d.report(at, "", "the file is not UTF-8; hint: iconv -f CP932 -t UTF-8")
	return false
}

// recover reports a mistake of syntax and returns the offset of the next line at which reading can go on, or -1.
func (d *document) recover(err error) int {
	start := d.expressionStart()
	at := start
	var pe *unstable.ParserError
	message := err.Error()
	if errors.As(err, &pe) {
		at = d.base + int(d.parser.Range(pe.Highlight).Offset)
		message = pe.Message
	}
	d.syntax(start, min(at, len(d.data)), message)
	if start < len(d.data) && d.data[start] == '[' {
		d.current = &node{kind: kindTable} // the keys of a section whose header cannot be read are not judged
	}
	if len(d.errors) == MaxProblems {
		return -1 // also bounds the work: a mistake may have been found at the end of the file only
	}
	for line := d.line(start); line < len(d.lines); line++ {
		if next := d.lines[line]; startsExpression(d.source(line + 1)) {
			return next
		}
	}
	return -1
}

// expressionStart returns the offset of the first octet behind the last good expression that is not white space
// or comment.
func (d *document) expressionStart() int {
	at := d.end
	if at > d.base {
		for at < len(d.data) && d.data[at] != '\n' {
			if c := d.data[at]; c != ' ' && c != '\t' && c != '\r' && c != '#' && c != ']' {
				return at // something behind a good expression on its line
			} else if c == '#' {
				break
			}
			at++
		}
	}
	for at < len(d.data) {
		switch c := d.data[at]; c {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			end := bytes.IndexByte(d.data[at:], '\n')
			if end < 0 {
				return at
			}
			at += end
		default:
			return at
		}
	}
	return at
}

// startsExpression reports whether a line looks like a [header] or `key = …`, also one typed in full width.
func startsExpression(line string) bool {
	line = strings.TrimLeft(line, " \t\u3000")
	notKey := func(r rune) bool { return !bareKey(r) && r != '.' && (r < utf8.RuneSelf || !unicode.IsLetter(r)) }
	if rest, ok := strings.CutPrefix(line, "["); ok {
		name := strings.TrimLeft(rest, "[ ")
		end := strings.IndexFunc(name, notKey)
		return end > 0 && name[end] == ']'
	}
	end := strings.IndexFunc(line, notKey)
	if end <= 0 {
		return false
	}
	rest := strings.TrimLeft(line[end:], " \t\u3000")
	return strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "＝")
}

func bareKey(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// syntax reports a mistake of syntax at an offset, in an expression that began at start, in the words of this package.
func (d *document) syntax(start, at int, message string) {
	key := d.keyOf(start)
	open := d.line(start) < d.line(at)
	r, _ := utf8.DecodeRune(d.data[at:])
	switch {
	case at < len(d.data) && r >= utf8.RuneSelf:
		d.report(at, key, "the character %s cannot stand here%s", character(r), halfWidth(r))
	case strings.HasPrefix(message, "array is incomplete"), strings.HasPrefix(message, "expected ',' or ']'") && open:
		d.report(at, key, "the list that begins on line %d misses a comma, or its ], before this", d.line(start))
	case strings.Contains(message, "control character"), at < len(d.data) && r < ' ' && r != '\n' && r != '\r':
		d.report(at, key, "the control character %s cannot stand here", character(r))
	case strings.HasPrefix(message, "expected ',' or ']'") && r == '.':
		d.report(at, key, "a comma or ] is missing here; an address stands in quotation marks")
	default:
		if word := unquoted(d.text[at:], message); word != "" {
			d.report(at, key, "a text stands in quotation marks: %s", quote(word))
			return
		}
		d.report(at, key, "%s", plain(message))
	}
}

// unquoted returns the word at which a value was expected, or "".
func unquoted(text, message string) string {
	if !strings.HasPrefix(message, "unexpected character") && !strings.HasPrefix(message, "expected keyword") {
		return ""
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !bareKey(r) && r != '.' })
	if end < 0 {
		end = len(text)
	}
	return text[:end]
}

// keyOf returns the key of a setting that could not be read, for the message.
func (d *document) keyOf(start int) string {
	line := d.text[start:]
	end := strings.IndexFunc(line, func(r rune) bool { return !bareKey(r) && r != '.' })
	if end <= 0 || !startsExpression(line[:min(len(line), end+8)]) {
		return ""
	}
	return join(d.current.path, line[:min(end, maxKeyLength)])
}

// plain says a message of the parser in the words of this package.
func plain(message string) string {
	for _, m := range [...]struct{ from, to string }{
		{"strings must be quoted", `a text or a duration stands in quotation marks: "…"`},
		{"unexpected character", `a value must begin here: a "text", a number, true or false, or a [list]`},
		{"expected keyword", `a text stands in quotation marks: "…"; without them only true and false are possible`},
		{"expected '=' after key", "expected = behind the key"},
		{"expected newline", "the line should end here: one setting on a line"},
		{"expected ',' or ']'", "expected a comma or ] here"},
		{"expected value", "a value is missing here"},
		{"expected ']' to close", "expected ] at the end of the section's name"},
		{"expected ']]' to close", "expected ]] at the end of the section's name"},
		{"invalid character at start of key", "a key must begin here"},
		{"integers cannot have leading zeroes", "a number cannot begin with 0"},
		{"basic strings cannot have new lines", `the text is not closed: a " is missing`},
		{"unterminated basic string", `the text is not closed: a " is missing`},
		{"literal strings cannot have new lines", "the text is not closed: a ' is missing"},
		{"unterminated literal string", "the text is not closed: a ' is missing"},
		{"invalid escape character", `\ begins an escape in a "text"; for a plain \ write the text between single quotes, '…'`},
	} {
		if strings.HasPrefix(message, m.from) {
			return m.to
		}
	}
	return message
}

// character names a character in a way that shows invisible ones.
func character(r rune) string {
	if !unicode.IsPrint(r) {
		return fmt.Sprintf("%U", r)
	}
	return fmt.Sprintf("%q (%U)", r, r)
}

// halfWidth returns the hint for a character that has a half-width twin, or "".
func halfWidth(r rune) string {
	switch r {
	case '\u3000', '\u00a0':
		return "; type a plain space"
	case '“', '”', '„', '〝', '〟', '″':
		return `; type a plain "`
	case '‘', '’', '′':
		return "; type a plain '"
	case '、', '，':
		return "; type a plain ,"
	case '「', '『', '［', '【':
		return `; type " around a text, or [ before a list`
	case '」', '』', '］', '】':
		return `; type " around a text, or ] behind a list`
	}
	if f := width.LookupRune(r).Folded(); f != 0 && f < utf8.RuneSelf {
		return "; type it in half width: " + string(f)
	}
	return `; other letters than a-z can stand only in a "text" and behind #`
}
