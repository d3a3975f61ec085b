package survey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say how a report is shown.
type Options struct {
	Lang   Lang    // "": English
	Level  Level   // what the course counts; "": Published
	Checks []Check // what the course shows; nil: SPF and DMARC
	Groups bool    // a table of the groups, where the list has any
}

func (o Options) withDefaults() Options {
	if o.Level == "" {
		o.Level = Published
	}
	if o.Checks == nil {
		o.Checks = []Check{CheckSPF, CheckDMARC}
	}
	return o
}

// page is a report in words and tables: what text and HTML have in common.
type page struct {
	Lang   Lang
	Title  string
	Notes  []string
	Tables []table
}

// table is one table. The first column is text and stands left, the others stand right.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
}

// writer builds a page.
type writer struct {
	r     *Report
	o     Options
	words map[string]phrase
}

func newPage(r *Report, o Options) page {
	w := writer{r: r, o: o.withDefaults(), words: phrases()}
	p := page{Lang: w.o.Lang, Title: w.say("title"), Notes: w.notes()}
	if p.Lang == "" {
		p.Lang = English
	}
	if len(r.Runs) > 1 {
		p.Tables = append(p.Tables, w.course(), w.panel())
	}
	if n := len(r.Runs); n > 0 {
		last := &r.Runs[n-1]
		if last.Name != "" {
			p.Title += ": " + last.Name
		}
		p.Tables = append(p.Tables, w.crossSection(last))
		if w.o.Groups && len(last.Groups) > 0 {
			p.Tables = append(p.Tables, w.groups(last))
		}
		if len(last.Details) > 0 {
			p.Tables = append(p.Tables, w.details(last))
		}
	}
	return p
}

func (w *writer) say(key string, args ...any) string {
	text := w.words[key].in(w.o.Lang)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Date is how a report writes the day of a run.
func Date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// notes state denominator, lists, resolvers, and everything that makes the figures less than they seem.
func (w *writer) notes() []string {
	of := "of all"
	if w.r.Denominator == OfMX {
		of = "of mx"
	}
	list := []string{w.say(of), w.say("unknown"), w.say(string(w.o.Level))}
	differ := false
	for i := range w.r.Runs {
		r := &w.r.Runs[i]
		day := Date(r.At)
		list = append(list, w.say("run", day, r.Measured, r.Listed, r.WithMX, r.MXUnknown, shortHash(r.List), strings.Join(r.Resolvers, ", ")))
		if last := Date(r.Last); last != day {
			list = append(list, w.say("spread", day, last))
		}
		if !r.Complete {
			list = append(list, w.say("incomplete", day))
		}
		differ = differ || r.List != w.r.Runs[0].List
	}
	if differ {
		list = append(list, w.say("lists"))
	}
	return list
}

// shortHash is enough of a hash for people.
func shortHash(h string) string { return h[:min(len(h), 12)] }

// Percent writes a share with one decimal place, halves up; "–" where there is nothing to have a share of.
func Percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	tenths := (2000*n + of) / (2 * of)
	return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10)
}

func (w *writer) crossSection(r *Run) table {
	t := table{Title: w.say("cross", Date(r.At)), Head: []string{w.say("check")}}
	for _, s := range States() {
		t.Head = append(t.Head, stateName(s, w.o.Lang))
	}
	t.Head = append(t.Head, w.say("known"))
	for _, l := range Levels() {
		t.Head = append(t.Head, levelName(l, w.o.Lang))
	}
	for _, tally := range r.Checks {
		c := tally.Counts
		row := []string{checkName(tally.Check)}
		for _, s := range States() {
			row = append(row, strconv.Itoa(c.Of(s)))
		}
		row = append(row, strconv.Itoa(c.Known()))
		for _, l := range Levels() {
			row = append(row, Percent(c.Have(l), c.Known()))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (w *writer) groups(r *Run) table {
	t := table{
		Title: w.say("groups", Date(r.At)) + ", " + levelName(w.o.Level, w.o.Lang),
		Head:  []string{w.say("group"), w.say("domains")},
	}
	for _, c := range Checks() {
		t.Head = append(t.Head, checkName(c))
	}
	for _, g := range r.Groups {
		name := g.Name
		if name == "" {
			name = w.say("ungrouped")
		}
		row := []string{name, strconv.Itoa(g.Domains)}
		for _, tally := range g.Checks {
			row = append(row, Percent(tally.Counts.Have(w.o.Level), tally.Counts.Known()))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (w *writer) details(r *Run) table {
	t := table{Title: w.say("details", Date(r.At)), Head: []string{w.say("what"), w.say("value"), w.say("domains")}}
	for _, d := range r.Details {
		t.Rows = append(t.Rows, []string{checkName(d.Check) + " " + d.What, d.Value, strconv.Itoa(d.Domains)})
	}
	return t
}

// share writes a rate with what it was made of.
func share(c Counts, l Level) string {
	return fmt.Sprintf("%s (%d/%d)", Percent(c.Have(l), c.Known()), c.Have(l), c.Known())
}

func (w *writer) course() table {
	t := table{Title: w.say("course") + ", " + levelName(w.o.Level, w.o.Lang), Head: []string{w.say("date")}}
	for _, c := range w.o.Checks {
		t.Head = append(t.Head, checkName(c))
	}
	for i := range w.r.Runs {
		row := []string{Date(w.r.Runs[i].At)}
		for _, c := range w.o.Checks {
			row = append(row, share(w.r.Runs[i].counts(c), w.o.Level))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (w *writer) panel() table {
	t := table{Title: w.say("panel") + ", " + levelName(w.o.Level, w.o.Lang), Head: []string{w.say("date")}}
	for _, c := range w.o.Checks {
		t.Head = append(t.Head, checkName(c), w.say("gained"), w.say("lost"))
	}
	for i := range w.r.Runs {
		row := []string{Date(w.r.Runs[i].At)}
		for _, c := range w.o.Checks {
			p := w.r.panel(c)
			row = append(row, share(p.Runs[i], w.o.Level), strconv.Itoa(p.Gained[i]), strconv.Itoa(p.Lost[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// counts returns the counts of one check.
func (r *Run) counts(c Check) Counts {
	if i := slices.IndexFunc(r.Checks, func(t Tally) bool { return t.Check == c }); i >= 0 {
		return r.Checks[i].Counts
	}
	return Counts{}
}

// panel returns the panel of one check; there are at least two runs.
func (r *Report) panel(c Check) *Panel {
	return &r.Panel[slices.IndexFunc(r.Panel, func(p Panel) bool { return p.Check == c })]
}
