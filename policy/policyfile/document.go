package policyfile

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Limits of a document. What is beyond them is a problem, not read.
const (
	MaxSize      = 4 << 20 // octets of one file
	maxKeyLength = 64      // octets of one part of a key
	maxKeyParts  = 8       // parts of a dotted key
)

// part is one part of a dotted key.
type part struct {
	name string
	at   int
}

// document is a TOML file as a tree whose every node knows its place.
type document struct {
	file     string
	data     []byte // without byte order mark
	text     string // the same
	lines    []int  // offset of the start of each line
	root     *node
	errors   Problems
	warnings Problems
	dropped  int // problems beyond MaxProblems

	parser  unstable.Parser
	base    int   // offset of the parser's input in data
	current *node // the section that keys belong to
	end     int   // offset of the end of the last good expression
}

// parse reads a file into a tree. Mistakes of syntax become problems, and reading goes on behind them.
func parse(file string, data []byte) *document {
	d := &document{file: file, data: slices.Clone(bytes.TrimPrefix(data, []byte("\ufeff"))), root: &node{kind: kindTable}}
	d.text = string(d.data)
	d.lines = []int{0}
	for i, c := range d.data {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	d.current = d.root
	if !d.admissible() {
		return d
	}
	for from := 0; from >= 0; {
		from = d.parseFrom(from)
	}
	return d
}

// parseFrom reads expressions from an offset to the end of the file, or to a mistake; it returns the offset at which
// to go on, or -1.
func (d *document) parseFrom(from int) int {
	d.base, d.end = from, from
	d.parser.Reset(d.data[from:])
	for d.parser.NextExpression() {
		e := d.parser.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			parts := d.parts("", e.Key())
			d.end = d.base + int(lastKey(e.Key()).Raw.Offset+lastKey(e.Key()).Raw.Length)
			d.current = d.open(parts, e.Kind == unstable.ArrayTable)
		case unstable.KeyValue:
			d.end = d.base + int(e.Raw.Offset+e.Raw.Length)
			d.assign(d.current, e)
		}
	}
	err := d.parser.Error()
	if err == nil {
		return -1
	}
	return d.recover(err)
}

func lastKey(it unstable.Iterator) *unstable.Node {
	var n *unstable.Node
	for it.Next() {
		n = it.Node()
	}
	return n
}

// parts copies a dotted key out of the parser. A key beyond the limits is reported and gives nothing.
func (d *document) parts(path string, it unstable.Iterator) []part {
	depth := 0
	if path != "" {
		depth = 1 + strings.Count(path, ".")
	}
	var parts []part
	for it.Next() {
		k := it.Node()
		at := d.base + int(k.Raw.Offset)
		if len(k.Data) > maxKeyLength {
			d.report(at, "", "a key of %d octets; at most %d are possible", len(k.Data), maxKeyLength)
			return nil
		}
		parts = append(parts, part{string(k.Data), at})
		if depth+len(parts) > maxKeyParts {
			d.report(at, "", "a key of more than %d parts", maxKeyParts)
			return nil
		}
	}
	return parts
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// open finds or makes the table of a [header] or [[header]]. After a mistake it returns a table apart from the tree,
// so that one mistake is told once.
func (d *document) open(parts []part, repeated bool) *node {
	apart := &node{kind: kindTable}
	if len(parts) == 0 {
		return apart
	}
	t := d.root
	for _, p := range parts[:len(parts)-1] {
		c := t.child(p.name)
		if c == nil {
			c = t.add(&node{kind: kindTable, path: join(t.path, p.name), name: p.name, at: p.at, keyAt: p.at})
		}
		if c.kind != kindTable && c.kind != kindSections {
			d.report(p.at, c.path, "it is %s, given on line %d, and no section", c.kind, d.line(c.keyAt))
			return apart
		}
		t = c.last()
	}
	p := parts[len(parts)-1]
	c := t.child(p.name)
	fresh := &node{kind: kindTable, path: join(t.path, p.name), name: p.name, at: p.at, keyAt: p.at, header: true}
	if repeated {
		return d.openRepeated(t, c, fresh)
	}
	switch {
	case c == nil:
		return t.add(fresh)
	case c.kind == kindSections:
		d.report(p.at, c.path, "this section is written with two brackets, [[%s]]", c.path)
		return apart
	case c.kind != kindTable:
		d.report(p.at, c.path, "it is %s, given on line %d, and no section", c.kind, d.line(c.keyAt))
		return apart
	case c.header:
		d.report(p.at, c.path, "the section is written twice; first on line %d", d.line(c.at))
		return c
	}
	c.header, c.at = true, p.at
	return c
}

func (d *document) openRepeated(t, c, fresh *node) *node {
	switch {
	case c == nil:
		c = t.add(&node{kind: kindSections, path: fresh.path, name: fresh.name, at: fresh.at, keyAt: fresh.at})
	case c.kind != kindSections:
		d.report(fresh.at, fresh.path, "this was %s on line %d; every one of [[%s]] is written with two brackets",
			c.kind, d.line(c.keyAt), fresh.path)
		return &node{kind: kindTable}
	}
	c.items = append(c.items, fresh)
	return fresh
}

// assign puts `key = value` into a table.
func (d *document) assign(t *node, e *unstable.Node) {
	parts := d.parts(t.path, e.Key())
	if len(parts) == 0 {
		return
	}
	for _, p := range parts[:len(parts)-1] {
		c := t.child(p.name)
		if c == nil {
			c = t.add(&node{kind: kindTable, path: join(t.path, p.name), name: p.name, at: p.at, keyAt: p.at})
		}
		if c.kind != kindTable {
			d.report(p.at, c.path, "it is %s, given on line %d: it has no settings below it", c.kind, d.line(c.keyAt))
			return
		}
		t = c
	}
	p := parts[len(parts)-1]
	if c := t.child(p.name); c != nil {
		d.report(parts[0].at, c.path, "given twice; first on line %d", d.line(c.keyAt))
		return
	}
	n := d.value(e.Value(), join(t.path, p.name), d.valueAt(e))
	n.name, n.keyAt = p.name, parts[0].at
	t.add(n)
}

// valueAt returns the offset of the value of a `key = value`; the parser gives none for lists.
func (d *document) valueAt(e *unstable.Node) int {
	k := lastKey(e.Key())
	at := d.base + int(k.Raw.Offset+k.Raw.Length)
	for at < len(d.data) && strings.IndexByte(" \t=", d.data[at]) >= 0 {
		at++
	}
	return at
}

// value copies a value out of the parser.
func (d *document) value(v *unstable.Node, path string, at int) *node {
	if v.Raw.Length > 0 {
		at = d.base + int(v.Raw.Offset)
	}
	n := &node{path: path, at: at, keyAt: at}
	switch v.Kind {
	case unstable.Array:
		n.kind = kindList
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.Array {
				n.items = append(n.items, &node{kind: kindList, path: path, at: at, keyAt: at})
				continue // nothing here is a list of lists: its kind is told, its contents do not matter
			}
			n.items = append(n.items, d.value(it.Node(), path, at))
		}
		return n
	case unstable.InlineTable:
		n.kind, n.header = kindTable, true
		for it := v.Children(); it.Next(); {
			d.assign(n, it.Node())
		}
		return n
	case unstable.String:
		n.kind = kindText
	case unstable.Integer:
		n.kind = kindInteger
	case unstable.Float:
		n.kind = kindFloat
	case unstable.Bool:
		n.kind = kindBool
	case unstable.LocalDate:
		n.kind = kindDate
	case unstable.DateTime:
		n.kind = kindMoment
	default:
		n.kind = kindTime
	}
	n.text = string(v.Data)
	return n
}

// conform asks the library itself whether the file is TOML, for the rules that the tree does not enforce. It comes
// last: what was found wrong before is told in better words.
func (d *document) conform() {
	if len(d.errors) > 0 {
		return
	}
	var any map[string]any
	err := toml.Unmarshal(d.data, &any)
	var de *toml.DecodeError
	if errors.As(err, &de) {
		line, column := de.Position()
		at := min(d.lines[min(max(line, 1), len(d.lines))-1]+max(column, 1)-1, len(d.data))
		d.report(at, strings.Join(de.Key(), "."), "%s", strings.TrimPrefix(de.Error(), "toml: "))
	} else if err != nil {
		d.report(0, "", "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
}
