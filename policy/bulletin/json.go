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

// json reads a list of entries, an object a line, or what MISP exports.
func (p *parser) json(data []byte) {
	r := &jsonReader{parser: p, data: data, Decoder: json.NewDecoder(bytes.NewReader(data))}
	for !p.full {
		if _, there := r.peek(); !there {
			return
		}
		if err := r.item(false); err != nil {
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
func (r *jsonReader) item(misp bool) error {
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
			if err := r.item(misp); err != nil {
				return err
			}
		}
		if r.full {
			return nil
		}
		_, err := r.Token()
		return err
	case '{':
		return r.object(at, misp)
	}
	_, err := r.value()
	if err == nil && !misp {
		r.mistake(at, `an entry is an object: {"type": "domain", "value": "example.org"}`)
	}
	return err
}

// object reads an entry, or whatever holds entries.
func (r *jsonReader) object(at int, misp bool) error {
	if _, err := r.Token(); err != nil {
		return err
	}
	e := entry{at: at, misp: misp}
	holds, wrong, deleted := false, false, false
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
		at, c := r.next()
		switch key {
		case "Event", "response", "Attribute", "Object", "attributes":
			if c != '{' && c != '[' {
				_, err = r.value()
				break
			}
			holds = true
			if err = r.item(true); r.full {
				return err
			}
		case "type":
			e.kind, err = r.text(&wrong)
		case "value":
			e.at = at
			e.value, err = r.text(&wrong)
		case "from", "until":
			if misp { // MISP has no such keys
				_, err = r.value()
				break
			}
			to := &e.from
			if key == "until" {
				to = &e.until
			}
			*to, err = r.text(&wrong)
		case "to_ids":
			e.quiet, err = r.is(false)
		case "deleted":
			deleted, err = r.is(true)
		case "category":
			e.category, err = r.text(&wrong)
		case "comment", "note", "reference", "source":
			_, err = r.value()
		default:
			if !misp {
				unknown = append(unknown, unknownKey{keyAt, key})
			}
			_, err = r.value()
		}
		if err != nil {
			return err
		}
	}
	if _, err := r.Token(); err != nil || holds || deleted || wrong {
		return err
	}
	for _, u := range unknown {
		r.mistake(u.at, fmt.Sprintf("unknown key %s; possible are type, value, from, until, comment", quote(u.key)))
	}
	if len(unknown) > 0 || misp && e.kind == "" && e.value == "" {
		return nil
	}
	r.add(e)
	return nil
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

// is reports whether a value says what is asked for, as MISP writes it: true, 1 or "1".
func (r *jsonReader) is(want bool) (bool, error) {
	raw, err := r.value()
	switch string(bytes.Trim(raw, `"`)) {
	case "true", "1":
		return want, err
	case "false", "0":
		return !want, err
	}
	return false, err
}
