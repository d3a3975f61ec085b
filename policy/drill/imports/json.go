package imports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// elements reads a file of JSON documents one after the other: arrays, or objects some of whose members are arrays. It calls f
// for each element of the arrays under keys, key "" being an array that is the document itself; without keys each document is an
// element. It hands over the octets, which hold until f returns, or nil where there are more than MaxRecord. Nesting costs no
// stack, and only one element is held.
func (in *input) elements(keys []string, f func(element []byte, at Place) error) error {
	s := scanner{in: in, counts: map[string]int{}, keys: keys, f: f}
	err := s.documents()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the JSON ends in the middle", errForm)
	}
	return err
}

// scanner cuts JSON into elements. It finds where values end; whether they are JSON the decoder of each element says.
type scanner struct {
	in     *input
	keys   []string
	f      func([]byte, Place) error
	counts map[string]int
	buf    []byte
	over   bool // the value is longer than MaxRecord
}

var errJSON = fmt.Errorf("%w: it is no JSON", errForm)

func (s *scanner) documents() error {
	for first := true; ; first = false {
		c, err := s.in.space()
		switch {
		case errors.Is(err, io.EOF) && !first:
			return nil
		case err != nil:
			return err
		case len(s.keys) == 0:
			err = s.element("")
		case c == '[' && slices.Contains(s.keys, ""):
			err = s.array("")
		case c == '{':
			err = s.object()
		default:
			return errJSON
		}
		if err != nil {
			return err
		}
	}
}

// object reads an object whose arrays are wanted.
func (s *scanner) object() error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.in.space()
		if err != nil {
			return err
		}
		if c == '}' && first {
			return s.expect('}')
		}
		if err := s.value(maxKey); err != nil {
			return err
		}
		var key string
		if c != '"' || !s.over && json.Unmarshal(s.buf, &key) != nil {
			return errJSON
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if c, err = s.in.space(); err != nil {
			return err
		}
		if c == '[' && key != "" && slices.Contains(s.keys, key) {
			err = s.array(key)
		} else {
			err = s.value(0)
		}
		if err != nil {
			return err
		}
		if end, err := s.separator('}'); end || err != nil {
			return err
		}
	}
}

// array hands over the elements of an array.
func (s *scanner) array(key string) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.in.space()
		if err != nil {
			return err
		}
		if c == ']' && first {
			return s.expect(']')
		}
		if err := s.element(key); err != nil {
			return err
		}
		if end, err := s.separator(']'); end || err != nil {
			return err
		}
	}
}

// element reads one value and hands it over.
func (s *scanner) element(key string) error {
	if err := s.value(MaxRecord); err != nil {
		return err
	}
	s.counts[key]++
	element := s.buf
	if s.over {
		element = nil
	}
	return s.f(element, Place{s.in.name, key, s.counts[key]})
}

// separator reads a comma, or what ends an object or array.
func (s *scanner) separator(end byte) (ended bool, err error) {
	c, err := s.in.space()
	if err != nil {
		return false, err
	}
	if c != ',' && c != end {
		return false, errJSON
	}
	_, err = s.in.r.ReadByte()
	return c == end, err
}

func (s *scanner) expect(c byte) error {
	got, err := s.in.space()
	if err != nil {
		return err
	}
	if got != c {
		return errJSON
	}
	_, err = s.in.r.ReadByte()
	return err
}

// value reads one value of any kind into buf, as far as it has most octets.
func (s *scanner) value(most int) error {
	s.buf, s.over = s.buf[:0], false
	depth, quoted, escaped := 0, false, false
	for {
		c, err := s.in.r.ReadByte()
		if err != nil {
			return err
		}
		if c == '\n' {
			s.in.line++
		}
		if !quoted && depth == 0 && ends(c) { // after a number or a word, or with nothing read at all
			if len(s.buf) == 0 && !s.over {
				return errJSON
			}
			return s.in.r.UnreadByte()
		}
		if len(s.buf) < most {
			s.buf = append(s.buf, c)
		} else {
			s.over = true
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth == 0 && !quoted && !escaped && (c == '"' || c == '}' || c == ']') {
			return nil
		}
	}
}

// ends reports whether an octet cannot be part of a number or a word.
func ends(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}
