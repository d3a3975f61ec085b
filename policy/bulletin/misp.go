package bulletin

import (
	"encoding/json"
	"errors"
	"fmt"
)

// attribute is what is read of an attribute of MISP. It has many more keys.
type attribute struct {
	Type     string `json:"type"`
	Value    string `json:"value"`
	Category string `json:"category"`
	IDs      flag   `json:"to_ids"`
	Deleted  flag   `json:"deleted"`
}

// flag is a yes or no as versions of MISP write it: true, 1 or "1". The zero value is neither.
type flag string

const (
	yes flag = "yes"
	no  flag = "no"
)

// UnmarshalJSON reads a flag; anything else is neither.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", "1", `"1"`, `"true"`:
		*f = yes
	case "false", "0", `"0"`, `"false"`:
		*f = no
	}
	return nil
}

// attribute reads one attribute.
func (r *jsonReader) attribute(at int) error {
	var a attribute
	err := r.Decode(&a)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		r.warning(at, fmt.Sprintf("left out: an attribute whose %s is no text", wrong.Field))
		return nil
	case err != nil:
		return err
	case a.Deleted == yes, a.Type == "" && a.Value == "":
		return nil
	}
	r.add(entry{at: at, misp: true, kind: a.Type, value: a.Value, category: a.Category, quiet: a.IDs == no})
	return nil
}
