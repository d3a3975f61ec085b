package bulletin

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Mistake is one thing that is wrong with a file, or with Warning one that leaves it usable.
type Mistake struct {
	File    string
	Line    int // from 1
	Column  int // in characters, from 1
	Text    string
	Source  string // the line, without its end; "" where it is longer than MaxSource
	Warning bool
}

// MaxSource is the longest line that a mistake repeats, in octets. What MISP exports is often one line of megabytes.
const MaxSource = 1000

// String returns place and text in one line.
func (m Mistake) String() string {
	w := ""
	if m.Warning {
		w = "warning: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", m.File, m.Line, m.Column, w, m.Text)
}

// mistake notes what is wrong at an offset.
func (p *parser) mistake(at int, text string) {
	if p.errors++; p.errors <= MaxMistakes {
		p.note(at, text, false)
	}
}

func (p *parser) warning(at int, text string) {
	if p.warnings++; p.warnings <= MaxMistakes {
		p.note(at, text, true)
	}
}

func (p *parser) note(at int, text string, warning bool) {
	line, column, source := p.place(at + p.skipped)
	p.mistakes = append(p.mistakes, Mistake{File: p.file, Line: line, Column: column, Text: text, Source: source, Warning: warning})
}

// overflow says how many mistakes and warnings are not told.
func (p *parser) overflow() {
	if n := p.errors - MaxMistakes; n > 0 {
		p.note(0, fmt.Sprintf("%d further mistakes are not shown", n), false)
	}
	if n := p.warnings - MaxMistakes; n > 0 {
		p.note(0, fmt.Sprintf("%d further warnings are not shown", n), true)
	}
}

// text turns offsets into places. Offsets come mostly in their order, so it goes on from where it was.
type text struct {
	data        []byte
	at          int // the offset that was asked for last
	line, start int // its line, counted from 0, and the offset of that
	column      int // characters between the two
}

// place returns line and column of an offset, and the line.
func (t *text) place(at int) (line, column int, source string) {
	at = min(at, len(t.data))
	if at < t.at {
		t.at, t.line, t.start, t.column = 0, 0, 0, 0
	}
	for {
		n := bytes.IndexByte(t.data[t.at:at], '\n')
		if n < 0 {
			break
		}
		t.at += n + 1
		t.line, t.start, t.column = t.line+1, t.at, 0
	}
	t.column += utf8.RuneCount(t.data[t.at:at])
	t.at, column = at, t.column+1
	whole := t.data[t.start:min(len(t.data), t.start+MaxSource+len("\ufeff\r\n"))]
	if n := bytes.IndexByte(whole, '\n'); n >= 0 {
		whole = whole[:n]
	}
	whole = bytes.TrimSuffix(whole, []byte("\r"))
	if bytes.HasPrefix(whole, []byte("\ufeff")) { // nobody sees it
		whole = whole[len("\ufeff"):]
		column = max(1, column-1)
	}
	if len(whole) <= MaxSource {
		source = string(whole)
	}
	return t.line + 1, column, source
}

// offset returns the offset of a line, counted from 1, and a column in octets, counted from 1.
func (t *text) offset(line, column int) int {
	if line-1 < t.line {
		t.at, t.line, t.start, t.column = 0, 0, 0, 0
	}
	for t.line < line-1 {
		n := bytes.IndexByte(t.data[t.at:], '\n')
		if n < 0 {
			break
		}
		t.at += n + 1
		t.line, t.start, t.column = t.line+1, t.at, 0
	}
	return min(t.start+column-1, len(t.data))
}

// quote shows what stands in a file: in quotation marks, cut, nothing of it able to disturb a terminal.
func quote(s string) string {
	return strconv.Quote(cutText(s))
}

// cutText cuts what is shown of a text and takes what cannot be printed out of it.
func cutText(s string) string {
	const most = 60
	out := make([]rune, 0, min(len(s), most+1))
	for _, r := range s {
		if len(out) == most {
			out = append(out, '…')
			break
		}
		if !unicode.IsPrint(r) {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}
