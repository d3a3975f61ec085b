package imports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// table reads CSV (RFC 4180) whose first line names the columns. Lines end with CR LF or LF, cells are separated by commas.
type table struct {
	in    *input
	names []string
	raw   []byte   // of the record
	ends  []int    // where each cell ends in cells
	cells []byte   // without quotes
	row   []string // the cells of the record
	at    int      // line where the record begins
}

// newTable reads the names. Those that are needed must be there, in any case and order, each once.
func newTable(in *input, needed ...string) (*table, error) {
	t := &table{in: in}
	why, err := t.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: it is empty", errForm)
	case err != nil:
		return nil, err
	case why != "":
		return nil, fmt.Errorf("%w: the first line is no line of CSV (%s)", errForm, why)
	case len(t.row) > MaxColumns:
		return nil, fmt.Errorf("%w: it has more than %d columns", errForm, MaxColumns)
	}
	for _, n := range t.row {
		t.names = append(t.names, strings.ToLower(strings.TrimSpace(n)))
	}
	return t, t.needs(needed...)
}

// needs returns an error unless the columns are there, each once.
func (t *table) needs(columns ...string) error {
	for _, n := range columns {
		switch t.column(n) {
		case missing:
			return fmt.Errorf("%w: the column %s is missing", errForm, n)
		case twice:
			return fmt.Errorf("%w: the column %s is there twice", errForm, n)
		}
	}
	return nil
}

// Columns that are none.
const (
	missing = -1
	twice   = -2
)

// column returns the index of a column.
func (t *table) column(name string) int {
	at := missing
	for i, n := range t.names {
		if n == strings.ToLower(name) {
			if at != missing {
				return twice
			}
			at = i
		}
	}
	return at
}

// cell returns a cell of the record; one of a column that is not there is empty.
func (t *table) cell(column int) string {
	if column < 0 {
		return ""
	}
	return t.row[column]
}

// next reads a record into row; empty lines are passed over. A record that cannot be read has a reason; the next call goes on
// with the line below it. io.EOF ends the file. The cells of a record share one string.
func (t *table) next() (why Reason, err error) {
	for {
		if why, err = t.read(); err != nil || why != "" {
			return why, err
		}
		if len(t.raw) > 0 {
			break
		}
	}
	if !t.split() {
		return ReasonMalformed, nil
	}
	if t.names != nil && len(t.row) != len(t.names) {
		return ReasonColumns, nil
	}
	return "", nil
}

// read reads the octets of one record, which ends at the first line end outside quotes.
func (t *table) read() (why Reason, err error) {
	t.raw, t.at = t.raw[:0], t.in.line
	var q quoting
	size := 0
	for {
		piece, err := t.in.r.ReadSlice('\n')
		for _, c := range piece {
			q.pass(c)
		}
		if size += len(piece); size <= MaxRecord {
			t.raw = append(t.raw, piece...)
		}
		ended := err == nil // a whole line
		if ended {
			t.in.line++
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case errors.Is(err, io.EOF) && size == 0:
			return "", io.EOF
		case errors.Is(err, io.EOF) && size <= MaxRecord && q.inside:
			return ReasonMalformed, nil
		case errors.Is(err, io.EOF) || ended && (!q.inside || size > MaxRecord):
			if size > MaxRecord {
				return ReasonTooLong, nil
			}
			t.raw = trimEnd(t.raw)
			return "", nil
		}
	}
}

// quoting follows where quoted cells begin and end, so that a quote in the middle of a cell takes no further line with it.
type quoting struct{ inside, within, closed bool }

func (q *quoting) pass(c byte) {
	switch {
	case c == '"' && q.inside:
		q.inside, q.closed = false, true
		return
	case c == '"' && (q.closed || !q.within): // the second of a pair, or the first octet of a cell
		q.inside = true
	}
	q.closed, q.within = false, q.inside || c != ','
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// split cuts the record into cells. False means that a quote stands where none may.
func (t *table) split() bool {
	t.cells, t.ends, t.row = t.cells[:0], t.ends[:0], t.row[:0]
	for rest := t.raw; ; {
		quoted := len(rest) > 0 && rest[0] == '"'
		i := 0
		if quoted {
			for i = 1; i < len(rest); i++ {
				if rest[i] == '"' {
					if i+1 >= len(rest) || rest[i+1] != '"' {
						break
					}
					i++
				}
				t.cells = append(t.cells, rest[i])
			}
			i++ // the closing quote
		} else {
			for i < len(rest) && rest[i] != ',' {
				if rest[i] == '"' {
					return false
				}
				i++
			}
			t.cells = append(t.cells, rest[:i]...)
		}
		t.ends = append(t.ends, len(t.cells))
		if i >= len(rest) {
			break
		}
		if rest[i] != ',' {
			return false
		}
		rest = rest[i+1:]
	}
	all, from := string(t.cells), 0
	for _, to := range t.ends {
		t.row = append(t.row, all[from:to])
		from = to
	}
	return true
}
