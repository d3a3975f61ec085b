package survey

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// The file of a run is JSON Lines: a Head, one Observation for each domain in the order in which they were done, a Head
// with Resumed set where an interrupted run went on, and a Tail. A file may hold several runs, one after the other.

// Version is the version of the file format.
const Version = 1

// Limits of a file. A longer line, and one more run, is an error.
const (
	MaxRunLine = 16 << 10 // octets of a line
	MaxRuns    = 500      // runs of one report
)

// Head begins a run, or with Resumed goes on with one.
type Head struct {
	Version  int       `json:"survey"` // Version
	Resumed  bool      `json:"resumed,omitempty"`
	At       time.Time `json:"at"`
	Name     string    `json:"name,omitempty"` // of the survey; the label of its gauges
	List     string    `json:"list"`           // List.Hash
	Domains  int       `json:"domains"`        // in the list
	Resolver []string  `json:"resolver"`       // who was asked
	Program  string    `json:"program,omitempty"`
}

// Tail ends a run: everything of the list was looked at.
type Tail struct {
	End      time.Time `json:"end"`
	Measured int       `json:"measured"`
}

// Line is what one line of a file is. Exactly one of the three is not nil.
type Line struct {
	Head        *Head
	Observation *Observation
	Tail        *Tail
}

// errLine is wrapped by the errors of ReadLine.
var errLine = errors.New("no line of a survey")

// ReadLine reads one line of the file of a run, without its end. It refuses what it does not know: another version,
// another state.
func ReadLine(text []byte) (Line, error) {
	var kind struct {
		Version *int             `json:"survey"`
		Domain  *json.RawMessage `json:"domain"`
		End     *json.RawMessage `json:"end"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return Line{}, fmt.Errorf("%w: %w", errLine, err)
	}
	var err error
	switch {
	case kind.Version != nil:
		if *kind.Version != Version {
			return Line{}, fmt.Errorf("%w: version %d of the format, known is %d", errLine, *kind.Version, Version)
		}
		var h Head
		if err = json.Unmarshal(text, &h); err == nil {
			return Line{Head: &h}, nil
		}
	case kind.Domain != nil:
		var o Observation
		if err = json.Unmarshal(text, &o); err == nil {
			err = o.valid()
		}
		if err == nil {
			return Line{Observation: &o}, nil
		}
	case kind.End != nil:
		var t Tail
		if err = json.Unmarshal(text, &t); err == nil {
			return Line{Tail: &t}, nil
		}
	default:
		return Line{}, errLine
	}
	return Line{}, fmt.Errorf("%w: %w", errLine, err)
}

// valid reports what a report could not count.
func (o *Observation) valid() error {
	if o.Domain == "" {
		return errors.New("the domain is empty")
	}
	for _, c := range Checks() {
		if s := o.State(c); !slices.Contains(States(), s) {
			return fmt.Errorf("%s of %s: no state is named %q", c, quote(string(o.Domain)), s)
		}
	}
	return nil
}

// AppendLine adds v, a Head, an Observation or a Tail, to b as one line.
func AppendLine(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return b, err
	}
	return append(append(b, text...), '\n'), nil
}

// ReadLines calls f for each line of a file with its number. A last line without an end was being written when the
// program was killed: it is left out, and whole is where the lines before it end, in octets. A file begins with a Head.
// ReadLines stops at the first error, which names file and line.
func ReadLines(r io.Reader, file string, f func(n int, l Line) error) (whole int64, err error) {
	lines := bufio.NewReaderSize(r, MaxRunLine)
	begun := false
	for n := 1; ; n++ {
		text, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return whole, nil
		case errors.Is(err, bufio.ErrBufferFull):
			return whole, fmt.Errorf("%s:%d: the line has more than %d octets", file, n, MaxRunLine)
		case err != nil:
			return whole, fmt.Errorf("read %s: %w", file, err)
		}
		whole += int64(len(text))
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		l, err := ReadLine(text)
		begun = begun || l.Head != nil && !l.Head.Resumed
		switch {
		case err == nil && !begun:
			err = errNoHead
		case err == nil:
			err = f(n, l)
		}
		if err != nil {
			return whole, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
}
