package policyfile

import (
	"errors"
	pathpkg "path"
	"slices"
	"strconv"
	"strings"
)

// Files reads the files that a policy names. An error says why in words that follow the name of the file.
type Files interface {
	// ReadFile returns what a file holds. A larger one than most octets is an error.
	ReadFile(name string, most int64) ([]byte, error)
	// ReadSecret is ReadFile for a file that not everyone may read; one that everyone may read is an error.
	ReadSecret(name string, most int64) ([]byte, error)
}

// Limits of the files that a policy names.
const (
	maxFileName   = 1024      // octets of the name of one
	maxFiles      = 200       // files
	maxFileOctets = 256 << 20 // octets of all of them
	maxKeyFile    = 4 << 10   // octets of a key of a drill
)

// named is a setting that names a file: what stands in the policy, and where.
type named struct {
	name string // "" where none is given
	at   *node
}

// fileName reads the name of a file, "" for none. One that does not begin with / is looked for beside the policy file.
func fileName(to *named) read {
	return func(d *document, n *node) {
		switch {
		case !d.wants(n, kindText, `"list.txt"`):
		case len(n.text) > maxFileName || strings.ContainsRune(n.text, 0):
			d.report(n.at, n.path, "%s is not possible as the name of a file", quote(n.text))
		case strings.HasSuffix(n.text, "/"):
			d.report(n.at, n.path, "%s is a directory; write the name of a file", quote(n.text))
		default:
			*to = named{n.text, n}
		}
	}
}

// contents is a file that was read once, however often it is named.
type contents struct {
	name   string // as it was asked for
	most   int64
	secret bool
	data   []byte
	err    error
}

// load returns what a file holds and by which name. A file that cannot be read is a problem at the place that names it; without Files
// nothing is read, and nothing is wrong.
func (c *compiler) load(f named, most int64, secret bool) (name string, data []byte, ok bool) {
	if f.name == "" || c.from == nil {
		return "", nil, false
	}
	name = f.name
	if !strings.HasPrefix(name, "/") {
		name = pathpkg.Join(pathpkg.Dir(c.file), name)
	}
	i := slices.IndexFunc(c.opened, func(o contents) bool {
		return o.name == name && o.most == most && o.secret == secret // a key is asked for as one, whoever else names it
	})
	if i < 0 {
		if len(c.opened) == maxFiles {
			c.report(f.at.at, f.at.path, "the policy names more than %d files", maxFiles)
			return name, nil, false
		}
		o := contents{name: name, most: most, secret: secret}
		if secret {
			o.data, o.err = c.from.ReadSecret(name, most)
		} else {
			o.data, o.err = c.from.ReadFile(name, min(most, maxFileOctets-c.octets))
		}
		c.octets += int64(len(o.data))
		i = len(c.opened)
		c.opened = append(c.opened, o)
	}
	if err := c.opened[i].err; err != nil {
		c.report(f.at.at, f.at.path, "%s cannot be used: %v", quote(f.name), err)
		return name, nil, false
	}
	return name, c.opened[i].data, true
}

// place is something wrong with a file that the policy names.
type place struct {
	line, column int // from 1; a line of 0 stands for the file as a whole
	text         string
	source       string // the line
	warning      bool
}

// Limits on what is told of such files.
const (
	maxForeign   = 20  // mistakes, and as many warnings, of one
	maxElsewhere = 400 // problems of all
)

// foreign reports what is wrong in a file that the policy names, at its own lines.
func (c *compiler) foreign(name string, found []place) {
	if len(found) == 0 || slices.ContainsFunc(c.elsewhere, func(p Problem) bool {
		return p.File == name && p.Line == max(found[0].line, 1) && strings.HasPrefix(p.Text, found[0].text)
	}) {
		return // named twice for the same, told once
	}
	told, more := map[bool]int{}, 0
	for _, p := range found {
		if told[p.warning]++; told[p.warning] > maxForeign || len(c.elsewhere) == maxElsewhere {
			more++
			continue
		}
		c.elsewhere = append(c.elsewhere, Problem{File: name, Line: max(p.line, 1), Column: max(p.column, 1), Text: p.text,
			Source: p.source, Warning: p.warning})
	}
	if more > 0 {
		last := &c.elsewhere[len(c.elsewhere)-1]
		last.Text += " (" + strconv.Itoa(more) + " more problems of " + name + " are not shown)"
	}
}

// lineOf returns a line, from 1, without its end, cut to what is ever shown of one; "" for line 0.
func lineOf(data []byte, line int) string {
	n := 0
	for s := range strings.Lines(string(data)) {
		if n++; n == line {
			s = strings.TrimRight(s, "\r\n")
			return strings.ToValidUTF8(s[:min(len(s), 4<<10)], "\ufffd")
		}
	}
	return ""
}

// listed turns the mistakes of a list, each written as name:line: text, into places.
func listed(name string, data []byte, err error) []place {
	all := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		all = joined.Unwrap()
	}
	var found []place
	for _, e := range all {
		text := strings.TrimPrefix(e.Error(), name+":")
		number, rest, _ := strings.Cut(text, ":")
		line, err := strconv.Atoi(number)
		if err != nil {
			line, rest = 0, text
		}
		found = append(found, place{line: line, text: strings.TrimSpace(rest), source: lineOf(data, line)})
	}
	return found
}
