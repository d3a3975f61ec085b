package policyfile

import "strings"

// kind is what a node of a document is.
type kind int

// The kinds. Each has its words in kind.String.
const (
	kindTable    kind = iota
	kindSections      // [[name]], written any number of times
	kindList
	kindText
	kindInteger
	kindFloat
	kindBool
	kindDate   // a local date
	kindMoment // a date-time with its offset from UTC
	kindTime   // a time without a date, or without an offset
)

func (k kind) String() string {
	return [...]string{"a section", "a section", "a list", "a text", "a whole number", "a fractional number",
		"true or false", "a date", "a date with time", "a time without offset"}[k]
}

// node is one value, list or table of a document, with its place.
type node struct {
	kind   kind
	path   string // dotted key, section included
	name   string // last part of path
	text   string // a scalar: decoded text, or the number or date as written
	at     int    // offset of the value; of a table, of what made it
	keyAt  int    // offset of the key
	header bool   // made by a [header] of its own
	items  []*node
	keys   map[string]*node // children of a table, also in items, in order
}

// child returns the entry of a table, or nil.
func (n *node) child(name string) *node { return n.keys[name] }

// descend returns the entry that a dotted key below a table leads to, or nil.
func (n *node) descend(key string) *node {
	for name := range strings.SplitSeq(key, ".") {
		if n = n.keys[name]; n == nil {
			return nil
		}
	}
	return n
}

func (n *node) add(c *node) *node {
	if n.keys == nil {
		n.keys = make(map[string]*node)
	}
	n.keys[c.name] = c
	n.items = append(n.items, c)
	return c
}

// last returns the table that a path through n leads to: n itself, or the latest of its [[sections]].
func (n *node) last() *node {
	if n.kind == kindSections {
		return n.items[len(n.items)-1]
	}
	return n
}
