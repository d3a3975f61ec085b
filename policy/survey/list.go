package survey

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// Limits of a list. One more is a mistake, and the list is not used.
const (
	MaxDomains     = 2_000_000 // domains
	MaxGroups      = 1000      // different groups; each is a value of a label in Prometheus
	MaxGroupLength = 64        // characters of a group
	MaxLine        = 1024      // octets of a line
	MaxProblems    = 100       // problems that are kept; further ones are counted only
)

// Target is one domain of a list.
type Target struct {
	Domain policy.Domain
	Group  string // "" where the list has none
}

// List is what is to be surveyed.
type List struct {
	Targets []Target // in the order of the file
	Hash    string   // SHA-256 over the sorted lines "domain,group", in hex: the same for the same content in any order
}

// Problem is a mistake in a list, or with Warning something that was understood all the same.
type Problem struct {
	File    string
	Line    int // from 1; 0 where the whole file is meant
	Text    string
	Hint    string // "" for none
	Warning bool
}

// String returns the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Text)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// reader reads one list.
type reader struct {
	file       string
	line       int
	problems   []Problem
	mistakes   int // errors, also those that are not kept
	maxDomains int
	maxGroups  int
	list       List
	first      map[policy.Domain]int // the line of each domain
	groups     map[string]bool
}

// ReadList reads a list of domains: CSV in UTF-8, a domain and optionally a group in each line, with or without a line
// "domain,group" above. Empty lines and lines that begin with # are left out. Domains in U-labels or full width letters
// are converted, with a warning.
//
// It returns every problem, at most MaxProblems, and how many mistakes there are in all. With a mistake the list is not
// to be used.
func ReadList(text []byte, file string) (l List, problems []Problem, mistakes int) {
	r := reader{
		file: file, maxDomains: MaxDomains, maxGroups: MaxGroups,
		first: make(map[policy.Domain]int), groups: make(map[string]bool),
	}
	r.read(text)
	if len(r.list.Targets) == 0 && r.mistakes == 0 {
		r.line = 0
		r.mistake("", "it names no domain")
	}
	r.list.Hash = hash(r.list.Targets)
	return r.list, r.problems, r.mistakes
}

func (r *reader) read(text []byte) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if !utf8.Valid(text) {
		r.line = 1 + bytes.Count(text[:invalid(text)], []byte("\n"))
		r.mistake("a list from a Japanese Windows may be converted with iconv -f CP932 -t UTF-8", "it is not UTF-8")
		return
	}
	for line := range bytes.Lines(text) {
		r.line++
		line = bytes.TrimRight(line, "\r\n")
		switch trimmed := bytes.TrimSpace(line); {
		case len(trimmed) == 0 || trimmed[0] == '#':
		case len(line) > MaxLine:
			r.mistake("", "the line has %d octets, at most %d are possible", len(line), MaxLine)
		default:
			r.row(string(line))
		}
	}
}

// invalid returns the offset of the first octet that is not UTF-8.
func invalid(text []byte) int {
	at := 0
	for at < len(text) {
		c, n := utf8.DecodeRune(text[at:])
		if c == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// row reads one line. Quotes are read as in RFC 4180, but no field goes on in the next line.
func (r *reader) row(line string) {
	fields := strings.SplitN(line, ",", 4)
	if strings.Contains(line, `"`) {
		c := csv.NewReader(strings.NewReader(line))
		c.FieldsPerRecord, c.TrimLeadingSpace = -1, true
		var err error
		if fields, err = c.Read(); err != nil {
			r.mistake("", "a quotation mark is not closed, or stands inside a field")
			return
		}
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if strings.EqualFold(fields[0], "domain") && len(r.first) == 0 {
		if len(fields) > 2 || len(fields) == 2 && !strings.EqualFold(fields[1], "group") {
			r.mistake("", "the columns %s are unknown; possible are domain,group", quote(line))
		}
		return
	}
	if len(fields) > 2 {
		r.mistake("a group with a comma stands between quotation marks", "it has more than two columns")
		return
	}
	group := ""
	if len(fields) == 2 {
		group = fields[1]
	}
	d, okDomain := r.domain(fields[0])
	if okGroup := r.group(group); okDomain && okGroup {
		r.add(Target{d, group})
	}
}

// domain reads the first column.
func (r *reader) domain(s string) (policy.Domain, bool) {
	hint := ""
	switch {
	case s == "":
		r.mistake("", "the domain is missing")
		return "", false
	case strings.Contains(s, "@"):
		hint = "write what stands behind the @"
	case strings.Contains(s, "/"):
		hint = "write the name of the host only"
	case strings.HasPrefix(s, "*."), strings.HasPrefix(s, "."):
		hint = "each domain is listed by itself"
	}
	d, err := policy.ParseDomain(s)
	if err != nil {
		var ok bool
		if hint == "" {
			d, ok = mail.Domain(s)
		}
		if !ok {
			r.mistake(hint, "%s is not a domain name", quote(s))
			return "", false
		}
		r.problem(Problem{Text: fmt.Sprintf("%s is read as %s", quote(s), d), Warning: true})
	}
	last := string(d[strings.LastIndexByte(string(d), '.')+1:])
	switch {
	case d.Labels() < 2:
		r.mistake("", "%s is a single label", quote(s))
		return "", false
	case strings.Trim(last, "0123456789") == "":
		r.mistake("", "%s ends in a number, as an address does", quote(s))
		return "", false
	}
	return d, true
}

// group checks the second column: it is shown to people, and is a value of a label.
func (r *reader) group(g string) bool {
	switch {
	case utf8.RuneCountInString(g) > MaxGroupLength:
		r.mistake("", "the group has more than %d characters", MaxGroupLength)
		return false
	case strings.ContainsFunc(g, func(c rune) bool { return !unicode.IsPrint(c) }):
		r.mistake("", "the group %s holds a character that cannot be shown", quote(g))
		return false
	}
	if !r.groups[g] && len(r.groups) == r.maxGroups {
		r.mistake("", "%s is one group more than the %d that are possible", quote(g), r.maxGroups)
		return false
	}
	r.groups[g] = true
	return true
}

func (r *reader) add(t Target) {
	if line := r.first[t.Domain]; line > 0 {
		r.mistake("", "%s stands in line %d already", t.Domain, line)
		return
	}
	if len(r.list.Targets) >= r.maxDomains {
		if len(r.list.Targets) == r.maxDomains {
			r.mistake("", "more than %d domains; the rest is not read", r.maxDomains)
			r.list.Targets = append(r.list.Targets, t)
		}
		return
	}
	r.first[t.Domain] = r.line
	r.list.Targets = append(r.list.Targets, t)
}

func (r *reader) mistake(hint, format string, args ...any) {
	r.problem(Problem{Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) problem(p Problem) {
	if !p.Warning {
		r.mistakes++
	}
	if len(r.problems) == MaxProblems {
		return
	}
	p.File, p.Line = r.file, r.line
	r.problems = append(r.problems, p)
}

// quote shows what was found, cut, in printable characters.
func quote(s string) string {
	const most = 80
	if n := utf8.RuneCountInString(s); n > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func hash(targets []Target) string {
	sorted := slices.Clone(targets)
	slices.SortFunc(sorted, func(a, b Target) int { return cmp.Compare(a.Domain, b.Domain) })
	h := sha256.New()
	var line []byte
	for _, t := range sorted {
		line = append(append(append(append(line[:0], t.Domain...), ','), t.Group...), '\n')
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil))
}
