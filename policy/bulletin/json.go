package bulletin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxNesting bounds events inside events; the exports of MISP need five.
const maxNesting = 16

// jsonReader walks through JSON without holding more of it than one value.
type jsonReader struct {
	*parser
	data []byte
	*json.Decoder
	nesting int
	raw     json.RawMessage
}

// context is what values stand in.
type context int

const (
	own        context = iota // nothing yet, or a list of entries
	event                     // something of MISP that holds attributes
	attributes                // its attributes
)

// json reads a list of entries, an object a line, or what MISP exports.
func (p *parser) json(data []byte) {
	r := &jsonReader{parser: p, data: data, Decoder: json.NewDecoder(bytes.NewReader(data))}
	for !p.full {
		if _, there := r.peek(); !there {
			return
		}
		if err := r.item(own); err != nil {
			r.jsonError(err)
			return
		}
	}
}

func (r *jsonReader) jsonError(err error) {
	at, _ := r.peek()
	text := "JSON: " + err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at, text = len(r.data), "JSON: it ends before everything that was opened is closed"
	}
	r.mistake(at, text)
}

// peek returns the offset of the next value, and whether there is one.
func (r *jsonReader) peek() (at int, there bool) {
	for at = int(r.InputOffset()); at < len(r.data); at++ {
		switch r.data[at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			continue
		}
		return at, true
	}
	return at, false
}

// next returns the first octet of the next value, 0 at the end.
func (r *jsonReader) next() (at int, c byte) {
	at, there := r.peek()
	if !there {
		return at, 0
	}
	return at, r.data[at]
}

// item reads an entry or an event, or a list of them.
func (r *jsonReader) item(in context) error {
	at, c := r.next()
	if r.nesting++; r.nesting > maxNesting {
		return fmt.Errorf("nested more than %d deep", maxNesting)
	}
	defer func() { r.nesting-- }()
	switch c {
	case '[':
		if _, err := r.Token(); err != nil {
			return err
		}
		for r.More() && !r.full {
			if err := r.item(in); err != nil {
				return err
			}
		}
		if r.full {
			return nil
		}
		_, err := r.Token()
		return err
	case '{':
		if in == attributes {
			return r.attribute(at)
		}
		return r.object(at, in)
	}
	_, err := r.value()
	if err == nil && in == own {
		r.mistake(at, `an entry is an object: {"type": "domain", "value": "example.org"}`)
	}
	return err
}

// object reads an entry, or whatever holds entries.
func (r *jsonReader) object(at int, in context) error {
	if _, err := r.Token(); err != nil {
		return err
	}
	e := entry{at: at}
	holds, wrong := in == event, false
	var unknown []unknownKey
	for r.More() {
		keyAt, _ := r.peek()
		t, err := r.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return errors.New("a key is wanted")
		}
		valueAt, c := r.next()
		switch inner, holder := holderOf(key); {
		case holder && (c == '{' || c == '['):
			holds = true
			if err = r.item(inner); r.full {
				return err
			}
		case in == event || holder:
			_, err = r.value()
		case key == "type":
			e.kind, err = r.text(&wrong)
		case key == "value":
			e.at = valueAt
			e.value, err = r.text(&wrong)
		case key == "from":
			e.from, err = r.text(&wrong)
		case key == "until":
			e.until, err = r.text(&wrong)
		default:
			if c, known := columnOf(key); !known || c != columnNone {
				unknown = append(unknown, unknownKey{keyAt, key})
			}
			_, err = r.value()
		}
		if err != nil {
			return err
		}
	}
	if _, err := r.Token(); err != nil || holds || wrong {
		return err
	}
	if e.kind == "bundle" && len(unknown) > 0 {
		r.mistake(at, "STIX is not read; let MISP export the indicators, or write them as CSV")
		return nil
	}
	for _, u := range unknown {
		r.mistake(u.at, fmt.Sprintf("unknown key %s; possible are type, value, from, until, comment", quote(u.key)))
	}
	if len(unknown) == 0 {
		r.add(e)
	}
	return nil
}

// holderOf returns what the value of a key of MISP holds.
func holderOf(key string) (context, bool) {
	switch key {
	case "Event", "response", "Object":
		return event, true
	case "Attribute":
		return attributes, true
	}
	return own, false
}

// unknownKey is a key that an entry cannot have, and where it stands.
type unknownKey struct {
	at  int
	key string
}

// value reads whatever comes next. What it returns holds until the next call.
func (r *jsonReader) value() (json.RawMessage, error) {
	err := r.Decode(&r.raw)
	return r.raw, err
}

// text reads a text; wrong is set where something else stands, which is a mistake.
func (r *jsonReader) text(wrong *bool) (string, error) {
	at, c := r.next()
	raw, err := r.value()
	if err != nil {
		return "", err
	}
	if c == 'n' { // null
		return "", nil
	}
	if len(raw) > 1 && bytes.IndexByte(raw, '\\') < 0 && c == '"' {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		r.mistake(at, fmt.Sprintf("%s is found where a text in quotation marks is wanted", quote(string(raw[:min(len(raw), MaxValue)]))))
		*wrong = true
	}
	return s, nil
}
