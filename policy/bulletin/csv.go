package bulletin

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// column is what a column of a CSV file holds.
type column int

const (
	columnNone column = iota
	columnType
	columnValue
	columnFrom
	columnUntil
	columnIDs
	columnCategory
)

// columnOf reads the name of a column. False means that no such column is known.
func columnOf(name string) (c column, known bool) {
	switch canonical(name) {
	case "type", "kind":
		return columnType, true
	case "value", "indicator":
		return columnValue, true
	case "from":
		return columnFrom, true
	case "until":
		return columnUntil, true
	case "to-ids":
		return columnIDs, true
	case "category":
		return columnCategory, true
	case "comment", "note", "reference", "source":
		return columnNone, true
	}
	return columnNone, false
}

// csv reads a header row and entries (RFC 4180), separated by commas, or by semicolons or tabs where the header row is. Lines
// that begin with # are passed over.
func (p *parser) csv(data []byte) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.Comment = separator(data), '#'
	r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true
	head, err := r.Read()
	if err != nil {
		p.csvError(err)
		return
	}
	columns, misp, ok := p.header(r, head)
	if !ok {
		return
	}
	for !p.full {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.csvError(err)
			continue
		}
		at := func(i int) int { return p.csvOffset(r.FieldPos(i)) }
		if len(row) > len(columns) {
			p.mistake(at(len(columns)), fmt.Sprintf("a row of %d fields under a header of %d; put values with a separator in quotation marks", len(row), len(columns)))
			continue
		}
		e := entry{at: at(0), misp: misp}
		for i, v := range row {
			switch columns[i] {
			case columnType:
				e.kind = v
			case columnValue:
				e.value, e.at = v, at(i)
			case columnFrom:
				e.from = v
			case columnUntil:
				e.until = v
			case columnIDs:
				e.quiet = v == "0" || strings.EqualFold(v, "false")
			case columnCategory:
				e.category = v
			case columnNone:
			}
		}
		p.add(e)
	}
}

// header reads the names of the columns. A file with the columns uuid or to_ids is what MISP exports: it has many others.
func (p *parser) header(r *csv.Reader, head []string) (columns []column, misp, ok bool) {
	for _, name := range head {
		if c := canonical(name); c == "to-ids" || c == "uuid" {
			misp = true
		}
	}
	have := map[column]bool{}
	ok = true
	for i, name := range head {
		c, known := columnOf(name)
		switch at := p.csvOffset(r.FieldPos(i)); {
		case !known && !misp:
			p.mistake(at, fmt.Sprintf("unknown column %s; possible are type, value, from, until, comment", quote(name)))
			ok = false
		case c != columnNone && have[c]:
			p.mistake(at, fmt.Sprintf("column %s is there twice", quote(name)))
			ok = false
		}
		have[c] = true
		columns = append(columns, c)
	}
	if ok && (!have[columnType] || !have[columnValue]) {
		p.mistake(0, "the first row names the columns; type and value are required")
		ok = false
	}
	return columns, misp, ok
}

// separator tells by what the fields of the first row are separated.
func separator(data []byte) rune {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		for _, c := range []byte{',', ';', '\t'} {
			if bytes.IndexByte(line, c) >= 0 {
				return rune(c)
			}
		}
		break
	}
	return ','
}

func (p *parser) csvError(err error) {
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		p.mistake(0, "it has no header row; the first row names the columns: type,value")
	case errors.As(err, &wrong):
		p.mistake(p.csvOffset(wrong.Line, wrong.Column), "CSV: "+wrong.Err.Error())
	default:
		p.mistake(0, "CSV: "+err.Error())
	}
}

// csvOffset returns the offset of a place, behind the byte order mark.
func (p *parser) csvOffset(line, column int) int {
	at := p.offset(line, max(1, column))
	if line > 1 {
		at -= p.skipped
	}
	return at
}
