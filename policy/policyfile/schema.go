package policyfile

import (
	"fmt"
	"strings"
)

// key is one setting of a section.
type key struct {
	name string // dotted, below its section
	read read
}

// outline is the shape of a whole file: the keys of each section, for hints and for the test of the documentation.
type outline map[string][]string

// header returns a section as it is written in a file.
func header(section string) string {
	if repeated(section) {
		return "[[" + section + "]]"
	}
	return "[" + section + "]"
}

func names(keys []key) []string {
	n := make([]string, len(keys))
	for i, k := range keys {
		n[i] = k.name
	}
	return n
}

// section reads a table by its keys, and reports what is no key of it. What is a section of its own is passed over.
func (d *document) section(t *node, keys []key, shape outline) {
	known := make(map[string]read, len(keys))
	for _, k := range keys {
		known[k.name] = k.read
	}
	d.walk(t, t, known, shape)
}

// walk reads the entries of t, which is the section itself or a table within it, such as that of mail_from.fail.
func (d *document) walk(section, t *node, known map[string]read, shape outline) {
	for _, n := range t.items {
		rel := strings.TrimPrefix(n.path, section.path+".")
		switch {
		case known[rel] != nil:
			known[rel](d, n)
		case shape[n.path] != nil: // read by its own function
		case n.kind == kindTable && isPrefix(rel, known):
			d.walk(section, n, known, shape)
		default:
			d.unknown(section.path, rel, n, shape)
		}
	}
}

func isPrefix(name string, known map[string]read) bool {
	for k := range known {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}

// sections checks the top of the file and hands each section that it finds to its reader.
func (d *document) sections(shape outline) {
	for _, n := range d.root.items {
		switch {
		case n.kind != kindTable && n.kind != kindSections:
			d.stray(n, shape)
		case shape[n.name] == nil:
			d.unknownSection(n, shape)
		case n.kind == kindSections && !repeated(n.name):
			d.report(n.at, n.path, "there is one such section; write [%s]", n.name)
		case n.kind == kindTable && repeated(n.name):
			d.report(n.at, n.path, "write [[%s]], with two brackets, for each one", n.name)
		}
	}
}

// stray reports a key that stands before the first section.
func (d *document) stray(n *node, shape outline) {
	if repeated(n.name) && n.kind == kindList {
		d.report(n.keyAt, n.path, "write [[%s]], with two brackets, for each one", n.name)
		return
	}
	homes := shape.homes(strings.ToLower(n.name))
	hint := "every key belongs in a section"
	if homes != "" {
		hint = fmt.Sprintf("%s belongs in %s", strings.ToLower(n.name), homes)
	}
	d.report(n.keyAt, n.path, "unknown key before the first section; %s", hint)
}

// each returns the tables of a [[section]], with path such as "spoof.exempt", and complains where it is something else.
func (d *document) each(path string) []*node {
	above, name := d.root, path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		above, name = d.one(path[:i]), path[i+1:]
	}
	if above == nil {
		return nil
	}
	return d.within(above, name)
}

// within returns the tables of the [[section]] of a name that stand below one table, itself perhaps one of several.
func (d *document) within(t *node, name string) []*node {
	n := t.child(name)
	switch {
	case n == nil:
		return nil
	case n.kind == kindSections:
		return n.items
	case t == d.root:
		return nil // reported by sections
	}
	d.report(n.keyAt, n.path, "write [[%s]], with two brackets, for each one", n.path)
	return nil
}

// one returns the table of a [section], with path such as "suspicion.limits", or nil.
func (d *document) one(path string) *node {
	if t := d.root.descend(path); t != nil && t.kind == kindTable {
		return t
	}
	return nil
}

// below returns the [section] of a name below a table, or nil, and complains where it is something else.
func (d *document) below(t *node, name string) *node {
	n := t.child(name)
	switch {
	case n == nil:
		return nil
	case n.kind == kindTable:
		return n
	case n.kind == kindSections:
		d.report(n.at, n.path, "there is one such section; write [%s]", n.path)
	default:
		d.report(n.at, n.path, "found %s where a section is wanted, [%s]", n.kind, n.path)
	}
	return nil
}
