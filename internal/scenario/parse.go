package scenario

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Mistake is something in a case that cannot be read, or a result that is not what the case wants.
type Mistake struct {
	File string
	Line int // from 1
	Text string
}

func (m Mistake) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Text) }

// Mistakes is every mistake of one case, in the order of its lines. As an error it prints one line each.
type Mistakes []Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// The embedded files with a meaning of their own. Every other one must end in .eml, or be a file that the policy names.
const (
	filePolicy  = "policy.toml"
	fileZone    = "dns.zone"
	fileSession = "session"
	fileWant    = "want"
)

// Parse reads a case. The name is for messages and gives the case its Name. A non-nil error is always Mistakes.
func Parse(name string, data []byte) (*Case, error) {
	p := &parser{c: &Case{
		Name:   strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)),
		File:   name,
		Policy: DefaultPolicy(),
		Files:  map[string][]byte{},
		Mails:  map[string][]byte{},
		lines:  map[string]int{},
	}}
	if len(data) > MaxFileBytes {
		p.mistake(1, "the file has %d octets, at most %d are possible", len(data), MaxFileBytes)
		return nil, p.mistakes
	}
	p.archive(data)
	if len(p.mistakes) > 0 {
		slices.SortStableFunc(p.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return nil, p.mistakes
	}
	return p.c, nil
}

// parser gathers the mistakes of one case.
type parser struct {
	c        *Case
	used     map[string]bool // mails that a session line names
	mistakes Mistakes
}

func (p *parser) mistake(line int, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{File: p.c.File, Line: line, Text: fmt.Sprintf(format, args...)})
}

// archive takes the embedded files apart and reads session and want last, whatever their place.
func (p *parser) archive(data []byte) {
	a := txtar.Parse(data)
	p.c.Comment = strings.TrimSpace(string(a.Comment))
	if p.c.Comment == "" {
		p.mistake(1, "the case begins without a word on what it shows")
	}
	line := 1 + bytes.Count(a.Comment, []byte("\n"))
	var session, want []byte
	for _, f := range a.Files {
		line++ // the marker
		if p.c.lines[f.Name] != 0 {
			p.mistake(line-1, "%s stands in the case twice", f.Name)
		}
		p.c.lines[f.Name] = line
		switch {
		case f.Name == filePolicy:
			p.c.Policy = f.Data
		case f.Name == fileZone:
			p.c.Zone = f.Data
		case f.Name == fileSession:
			session = f.Data
		case f.Name == fileWant:
			want = f.Data
		case strings.HasSuffix(f.Name, ".eml"):
			p.c.Mails[f.Name] = f.Data
		default:
			p.c.Files[f.Name] = f.Data
		}
		line += bytes.Count(f.Data, []byte("\n"))
	}
	for _, f := range a.Files {
		if _, ok := p.c.Files[f.Name]; ok && (strings.Contains(f.Name, "/") || !bytes.Contains(p.c.Policy, []byte(`"`+f.Name+`"`))) {
			p.mistake(p.c.lines[f.Name]-1, "%s has no place in a case; possible are %s, %s, %s, %s, names that end in .eml, "+
				"and files beside it that the policy names", f.Name, filePolicy, fileZone, fileSession, fileWant)
		}
	}
	if p.c.lines[fileSession] == 0 {
		p.mistake(1, "the case has no %s", fileSession)
	}
	p.session(p.c.lines[fileSession], session)
	p.want(p.c.lines[fileWant], want)
}

// line is one line of session or want that says something.
type line struct {
	number int
	only   []Target
	text   string
}

// split cuts data into lines, drops comments and blank lines and takes the [target] prefix off.
func (p *parser) split(first int, data []byte) []line {
	var lines []line
	for i, text := range strings.Split(string(data), "\n") {
		l := line{number: first + i, text: strings.TrimSpace(text)}
		if l.text == "" || strings.HasPrefix(l.text, "#") {
			continue
		}
		if strings.HasPrefix(l.text, "[") {
			name, rest, ok := strings.Cut(l.text[1:], "]")
			only := targets(name)
			if !ok || only == nil {
				p.mistake(l.number, "[%s] names no target; possible are [decision], [mta], [postfix] and [sendmail]", name)
				continue
			}
			l.only, l.text = only, strings.TrimSpace(rest)
		}
		lines = append(lines, l)
	}
	return lines
}

// targets returns the targets that a prefix names, nil for nonsense.
func targets(name string) []Target {
	if name == "mta" {
		return []Target{Postfix, Sendmail}
	}
	for _, t := range Targets() {
		if name == string(t) {
			return []Target{t}
		}
	}
	return nil
}
