package authres

import (
	"errors"
	"fmt"
	"strings"
)

// Field is a field that was read. Words that the grammar holds to be case-insensitive are in lower case.
type Field struct {
	ID      string // authserv-id, without quotes, as written
	Version int    // 1 where none is written
	Results []Result
}

// Result is one resinfo.
type Result struct {
	Method     string
	Version    int // 1 where none is written
	Result     string
	Reason     string
	Properties []Property
}

// Property is one propspec: type.name=value.
type Property struct {
	Type, Name string
	Value      string // without quotes; of an address local@domain
}

// Get returns the value of the first property with this type and name.
func (r Result) Get(ptype, name string) (string, bool) {
	for _, p := range r.Properties {
		if p.Type == ptype && p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// ErrSyntax is wrapped by every error of Parse.
var ErrSyntax = errors.New("not an Authentication-Results value")

// Parse reads the value of a field by the grammar of RFC 8601, 2.2, and takes nothing else: no semicolon at the end, no
// property without type, no field without semicolon. An error names the octet, counted from 0, where reading ended.
// A field over MaxField or with more than MaxResults results is an error too.
func Parse(value string) (Field, error) {
	x := parser{scanner{s: value}}
	f, err := x.field()
	if err != nil {
		return Field{}, fmt.Errorf("%w: octet %d: %w", ErrSyntax, x.pos, err)
	}
	return f, nil
}

// The mistakes of the grammar.
var (
	errLong    = errors.New("the field is too long")
	errMany    = errors.New("too many results")
	errSep     = errors.New("a semicolon is missing")
	errEquals  = errors.New("an equals sign is missing")
	errPeriod  = errors.New("a period is missing")
	errAddress = errors.New("an address is not complete")
)

type parser struct{ scanner }

// field reads authres-payload.
func (x *parser) field() (f Field, err error) {
	if len(x.s) > MaxField {
		return f, errLong
	}
	if f.ID, f.Version, err = x.head(); err != nil {
		return f, err
	}
	for first := true; ; first = false {
		if !x.accept(';') {
			return f, errSep
		}
		r, none, err := x.resinfo()
		switch {
		case err != nil:
			return f, err
		case none && first:
			return f, nil
		case none:
			return f, errEquals
		case len(f.Results) == MaxResults:
			return f, errMany
		}
		f.Results = append(f.Results, r)
		if x.end() {
			return f, nil
		}
	}
}

// head reads [CFWS] authserv-id [ CFWS authres-version ] [CFWS].
func (x *scanner) head() (id string, version int, err error) {
	version = 1
	if _, err = x.space(); err != nil {
		return id, version, err
	}
	if id, err = x.value(); err != nil {
		return id, version, err
	}
	spaced, err := x.space()
	if err != nil || !digit(x.peek()) {
		return id, version, err
	}
	if !spaced {
		return id, version, errSpace
	}
	if version, err = x.number(); err != nil {
		return id, version, err
	}
	_, err = x.space()
	return id, version, err
}

// resinfo reads what follows a semicolon, with the [CFWS] at its end, or the word none, which is all that may stand
// in the field.
func (x *parser) resinfo() (r Result, none bool, err error) {
	r.Version = 1
	if r.Method, err = x.spacedKeyword(); err != nil {
		return r, false, err
	}
	if x.end() && r.Method == "none" {
		return r, true, nil
	}
	if x.accept('/') {
		if _, err = x.space(); err != nil {
			return r, false, err
		}
		if r.Version, err = x.number(); err != nil {
			return r, false, err
		}
		if _, err = x.space(); err != nil {
			return r, false, err
		}
	}
	if !x.accept('=') {
		return r, false, errEquals
	}
	if _, err = x.space(); err != nil {
		return r, false, err
	}
	result, err := x.keyword()
	if err != nil {
		return r, false, err
	}
	r.Result = strings.ToLower(result)
	return r, false, x.details(&r)
}

// spacedKeyword reads [CFWS] Keyword [CFWS].
func (x *parser) spacedKeyword() (string, error) {
	if _, err := x.space(); err != nil {
		return "", err
	}
	k, err := x.keyword()
	if err != nil {
		return "", err
	}
	_, err = x.space()
	return strings.ToLower(k), err
}

// details reads [ CFWS reasonspec ] [ CFWS 1*propspec ] [CFWS].
func (x *parser) details(r *Result) error {
	spaced, err := x.space()
	for reasons := true; err == nil && !x.end() && x.peek() != ';'; reasons = false {
		// CFWS is needed before the reason and before the first property. Between two properties the grammar does
		// not ask for it; a quoted value ends by itself.
		if !spaced && len(r.Properties) == 0 {
			return errSpace
		}
		var word string
		if word, err = x.spacedKeyword(); err != nil {
			return err
		}
		switch {
		case word == "reason" && reasons && x.accept('='):
			if _, err = x.space(); err != nil {
				return err
			}
			if r.Reason, err = x.value(); err != nil {
				return err
			}
			spaced, err = x.space()
		case x.accept('.'):
			spaced, err = x.property(r, word)
		default:
			return errPeriod
		}
	}
	return err
}

// property reads a propspec after its period.
func (x *parser) property(r *Result, ptype string) (spaced bool, err error) {
	p := Property{Type: ptype}
	if p.Name, err = x.spacedKeyword(); err != nil {
		return false, err
	}
	if !x.accept('=') {
		return false, errEquals
	}
	if _, err = x.space(); err != nil {
		return false, err
	}
	if p.Value, err = x.pvalue(); err != nil {
		return false, err
	}
	r.Properties = append(r.Properties, p)
	return x.space()
}

// pvalue reads value / [ [ local-part ] "@" ] domain-name. What stands before an @ is read first, since a local part
// has octets that a token has not.
func (x *parser) pvalue() (string, error) {
	var word string
	var err error
	start := x.pos
	isQuoted := x.peek() == '"'
	switch {
	case isQuoted:
		word, err = x.quoted()
	case x.peek() != '@':
		word = x.while(func(c byte) bool { return token(c) || atext(c) })
	}
	if err != nil {
		return "", err
	}
	after := x.pos
	if _, err = x.space(); err == nil && x.accept('@') {
		if !isQuoted && after > start && !isDotAtom(word) {
			return "", errAddress
		}
		domain := x.while(func(c byte) bool { return letter(c) || digit(c) || c == '-' || c == '.' })
		if !isDomainName(domain) {
			return "", errAddress
		}
		return word + "@" + domain, nil
	}
	x.pos = after
	if isQuoted {
		return word, nil
	}
	x.pos = start
	return x.value()
}
