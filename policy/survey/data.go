package survey

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// WriteJSON writes the report as one JSON object: counts, from which every rate can be made again.
func WriteJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteCSV writes one row for each run, set of domains (each run by itself, a group, or the panel) and check (RFC 4180).
func WriteCSV(w io.Writer, r *Report) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	head := []string{"at", "list", "complete", "denominator", "set", "group", "check"}
	for _, s := range States() {
		head = append(head, string(s))
	}
	head = append(head, "known")
	for _, l := range Levels() {
		head = append(head, string(l)+"_percent")
	}
	c.Write(head)
	for i := range r.Runs {
		run := &r.Runs[i]
		row := func(set, group string, of Denominator, t Tally) {
			of = denominator(of, t.Check)
			fields := []string{
				run.At.UTC().Format("2006-01-02T15:04:05Z"), run.List, strconv.FormatBool(run.Complete), string(of), set, harmless(group), string(t.Check),
			}
			c.Write(append(fields, figures(t.Counts)...))
		}
		for _, t := range run.Checks {
			row("run", "", r.Denominator, t)
		}
		for _, g := range run.Groups {
			for _, t := range g.Checks {
				row("group", g.Name, r.Denominator, t)
			}
		}
		for _, p := range r.Panel {
			row("panel", "", r.Denominator, Tally{p.Check, p.Runs[i]})
		}
	}
	c.Flush()
	return c.Error()
}

func denominator(d Denominator, c Check) Denominator {
	if always(c) {
		return OfAll
	}
	return d
}

func figures(c Counts) []string {
	var fields []string
	for _, s := range States() {
		fields = append(fields, strconv.Itoa(c.Of(s)))
	}
	fields = append(fields, strconv.Itoa(c.Known()))
	for _, l := range Levels() {
		percent := ""
		if c.Known() > 0 {
			percent = Percent(c.Have(l), c.Known())
		}
		fields = append(fields, percent)
	}
	return fields
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
