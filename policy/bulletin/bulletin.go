// Package bulletin reads the indicators of an alert (addresses, domains, links, hashes, file names) from the files in which
// they are passed on, and finds them in mail. It decides what an entry of such a file means for mail, which entries would hit
// honest mail and are refused for it, and what of a message equals an indicator. It does not decide what becomes of a message
// that does: that is package policy. It opens no file and knows no clock.
//
// A file is CSV with a header row, JSON (a list, or an object a line), or what MISP exports: an event, or the result of an
// attribute search. Type and value of an entry are required; from and until bound the time in which it holds.
//
// In CSV and JSON a type is one of policy.BulletinKinds, or a usual other word for it, and an entry that cannot be used is a
// mistake. In what MISP exports most attributes have nothing to do with mail: they are left out and counted, and what is
// refused is a warning, because nobody edits an export. There a domain or host name is looked for behind the @ of addresses as
// well as in links, since MISP does not tell the two apart.
package bulletin

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sekimori/policy"
)

// Limits of one file, each tested at its value and one above.
const (
	// MaxFile is the longest file that is read, in octets; of a longer one nothing is.
	MaxFile = 32 << 20
	// MaxIndicators is how many indicators of one file are taken; with one more the rest is not read, which is a mistake.
	MaxIndicators = 200_000
	// MaxValue is the longest value of an entry, in octets; a longer one is a mistake. Of a link no more is kept to compare with.
	MaxValue = 2048
	// MaxMistakes is how many mistakes, and as many warnings, are told; further ones are counted in one more.
	MaxMistakes = 100
)

// Parse reads a file. Its name tells the format where the end of it is .csv, .json or .jsonl, else the content does; name
// is not opened. The indicators are normalised for comparison, each once, in the order of the file. Those of entries without
// a mistake are returned also where others have some: whoever calls decides whether a file with mistakes is used.
func Parse(name string, data []byte) ([]policy.BulletinIndicator, []Mistake) {
	p := &parser{text: text{data: data}, file: name, seen: map[once]struct{}{}, left: map[string]int{}, refang: newRefang()}
	switch {
	case len(data) > MaxFile:
		p.mistake(0, fmt.Sprintf("%d octets; at most %d are possible", len(data), MaxFile))
		return nil, p.mistakes
	case !utf8.Valid(data):
		p.mistake(invalid(data), "not UTF-8; a file from Excel becomes it with iconv -f CP932 -t UTF-8")
		return nil, p.mistakes
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p.skipped = len(p.data) - len(data)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		p.mistake(0, "it is empty; a CSV file has at least the header row type,value")
	case isJSON(name, data):
		p.json(data)
	default:
		p.csv(data)
	}
	p.summarise()
	return p.indicators, p.mistakes
}

// isJSON tells the format. What begins with a brace or a bracket is JSON whatever its name says: no header row does.
func isJSON(name string, data []byte) bool {
	data = bytes.TrimSpace(data)
	if data[0] == '{' || data[0] == '[' {
		return true
	}
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return 0
}

// parser gathers what a file holds.
type parser struct {
	text
	file    string
	skipped int // octets of a byte order mark in front of what is read
	refang  *strings.Replacer

	indicators []policy.BulletinIndicator
	seen       map[once]struct{}
	full       bool // MaxIndicators was reached

	mistakes         []Mistake
	errors, warnings int
	left             map[string]int // why attributes of an export were left out, and how many
	repeated         int
}

// once is what makes two indicators the same.
type once struct {
	kind        policy.BulletinKind
	value       string
	from, until int64
}

// entry is one entry of a file as it stands there.
type entry struct {
	at          int // offset of the value, or of the entry
	kind, value string
	from, until string
	category    string // MISP: where in an attack it was seen
	misp        bool
	quiet       bool // MISP: to_ids is false, the author did not mean it to be looked for
}

// add takes an entry. It returns false where no more are taken.
func (p *parser) add(e entry) bool {
	m, known := meaningOf(e.kind)
	switch {
	case p.full:
		return false
	case e.misp && e.quiet:
		p.left["not marked to_ids"]++
		return true
	case e.misp && known && m.why == "" && m.kinds[0] == policy.BulletinFilename && onMachine(e.category):
		p.left[fmt.Sprintf("%s of %s", e.kind, strings.ToLower(e.category))]++
		return true
	case e.misp && (!known || m.why != ""):
		p.left[cutText(e.kind)]++
		return true
	case !known:
		p.mistake(e.at, unknownType(e.kind))
		return true
	case m.why != "":
		p.mistake(e.at, fmt.Sprintf("type %s cannot be used: %s", e.kind, m.why))
		return true
	}
	complain := p.mistake
	if e.misp {
		complain = func(at int, text string) { p.warning(at, "left out: "+text) }
	}
	from, until, why := period(e.from, e.until)
	if why != "" {
		complain(e.at, why)
		return true
	}
	if len(e.value) > MaxValue {
		complain(e.at, fmt.Sprintf("a value of %d octets; at most %d are possible", len(e.value), MaxValue))
		return true
	}
	kinds := m.kinds
	if !e.misp {
		kinds = kinds[:1]
	}
	for _, k := range kinds {
		k, v, why := p.normal(k, m.part(e.value))
		if why == "" {
			why = refused(k, v)
		}
		if why != "" {
			complain(e.at, why)
			return true
		}
		if why := doubtful(k, v); why != "" {
			p.warning(e.at, why)
		}
		if !p.keep(e.at, policy.BulletinIndicator{Kind: k, Value: strings.Clone(v), From: from, Until: until}) {
			return false
		}
	}
	return true
}

// onMachine reports whether a category of MISP is about files that an attack leaves on a machine. Their names, readme.txt for one, are no
// sign in mail.
func onMachine(category string) bool {
	return category == "Artifacts dropped" || category == "Payload installation" || category == "Persistence mechanism"
}

// keep appends an indicator that is not there yet.
func (p *parser) keep(at int, i policy.BulletinIndicator) bool {
	key := once{i.Kind, i.Value, i.From.Unix(), i.Until.Unix()}
	if _, there := p.seen[key]; there {
		p.repeated++
		return true
	}
	if len(p.indicators) == MaxIndicators {
		p.full = true
		p.mistake(at, fmt.Sprintf("more than %d indicators; the rest is not read", MaxIndicators))
		return false
	}
	p.seen[key] = struct{}{}
	p.indicators = append(p.indicators, i)
	return true
}

// summarise tells what was left out, and that mistakes were.
func (p *parser) summarise() {
	if len(p.left) > 0 {
		var words []string
		for _, w := range slices.Sorted(maps.Keys(p.left)) {
			words = append(words, fmt.Sprintf("%s (%d)", w, p.left[w]))
		}
		const most = 20
		if n := len(words) - most; n > 0 {
			words = append(words[:most], fmt.Sprintf("%d more types", n))
		}
		p.warning(0, "left out, because mail is not compared with it: "+strings.Join(words, ", "))
	}
	if p.repeated > 0 {
		p.warning(0, fmt.Sprintf("indicators that are there already: %d; each counts once", p.repeated))
	}
	p.overflow()
}

// period reads the time in which an entry holds. A date is a whole day, UTC: until that day is over.
func period(from, until string) (f, u time.Time, why string) {
	if f, why = moment(from, 0); why != "" {
		return f, u, "from: " + why
	}
	if u, why = moment(until, 24*time.Hour); why != "" {
		return f, u, "until: " + why
	}
	if !f.IsZero() && !u.IsZero() && !f.Before(u) {
		return f, u, "it ends before it begins"
	}
	return f, u, ""
}

func moment(s string, add time.Duration) (time.Time, string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, ""
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Add(add), ""
	}
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(s, " ", "T", 1))
	if err != nil {
		return t, fmt.Sprintf("%s is no date; write 2026-11-30, or 2026-11-30T17:00:00+09:00", quote(s))
	}
	return t.UTC(), ""
}
