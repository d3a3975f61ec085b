package policyfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// line returns the number of the line that an offset is in, from 1.
func (d *document) line(at int) int {
	i, found := slices.BinarySearch(d.lines, at)
	if found {
		return i + 1
	}
	return i
}

// source returns a line, by its number, without its end.
func (d *document) source(line int) string {
	from, to := d.lines[line-1], len(d.data)
	if line < len(d.lines) {
		to = d.lines[line]
	}
	return strings.ToValidUTF8(strings.TrimRight(d.text[from:to], "\r\n"), "\ufffd")
}

// report adds an error at an offset.
func (d *document) report(at int, key, format string, args ...any) {
	d.add(at, key, false, fmt.Sprintf(format, args...))
}

// warn adds a warning at an offset.
func (d *document) warn(at int, key, format string, args ...any) {
	d.add(at, key, true, fmt.Sprintf(format, args...))
}

func (d *document) add(at int, key string, warning bool, text string) {
	list := &d.errors
	if warning {
		list = &d.warnings
	}
	if len(*list) == MaxProblems {
		d.dropped++
		return
	}
	line := d.line(at)
	column := utf8.RuneCount(d.data[d.lines[line-1]:at]) + 1
	*list = append(*list, Problem{d.file, line, column, key, text, d.source(line), warning})
}

// problems returns everything reported, in the order of the file.
func (d *document) problems() Problems {
	p := slices.Concat(d.errors, d.warnings)
	p.sort()
	if d.dropped > 0 {
		p[len(p)-1].Text += fmt.Sprintf(" (%d more problems are not shown)", d.dropped)
	}
	return p
}
