package drill

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// csvHead names the columns of WriteCSV. Rates are between 0 and 1. Scope is body, all, change, or import; a change has its
// difference, round minus compared_with, in rate, low and high, and the likeness of the two rounds.
func csvHead() []string {
	return []string{"drill", "scope", "round", "compared_with", "organisation", "measure", "state", "count", "base", "base_measure",
		"rate", "low", "high", "min", "max", "mean", "error", "design_effect", "likeness", "first_report",
		"source", "last_import", "imports", "records", "rejected"}
}

// csvWriter is the only way in which text reaches a CSV report.
type csvWriter struct {
	c    *csv.Writer
	head []string
}

// row writes the named values, the others empty. Drill and organisation are foreign, the others our own words and numbers.
func (w *csvWriter) row(values map[string]string) error {
	record := make([]string, len(w.head))
	for i, name := range w.head {
		record[i] = values[name]
		if name == "drill" || name == "organisation" {
			record[i] = neutral(record[i])
		}
	}
	return w.c.Write(record)
}

// neutral keeps a spreadsheet from computing a foreign text: one that it would compute gets an apostrophe.
func neutral(s string) string {
	if s = clean(s); formula(s) {
		return "'" + s
	}
	return s
}

// WriteCSV writes the report as CSV (RFC 4180): a row for each number. The count of a hidden one is empty. Its error is
// that of w.
func WriteCSV(out io.Writer, r *Report) error {
	w := &csvWriter{csv.NewWriter(out), csvHead()}
	w.c.UseCRLF = true
	if err := w.c.Write(w.head); err != nil {
		return err
	}
	for _, t := range r.Tables {
		if err := w.table(r, t); err != nil {
			return err
		}
	}
	for _, x := range r.Rounds {
		if err := w.round(r, x); err != nil {
			return err
		}
	}
	if err := w.imports(r); err != nil {
		return err
	}
	w.c.Flush()
	return w.c.Error()
}

// The measures of CSV that have no table: they say something of a round as a whole.
const (
	csvWithin    = "reported_within_" // and a number of seconds; a share of those who reported
	csvLate      = "outside_window"   // persons, of no base
	csvStrangers = "without_mail"
)

// round writes the rows of a round that are in no table, where there is anything to say.
func (w *csvWriter) round(r *Report, x RoundReport) error {
	row := func(measure, base string, c Cell) error {
		v := map[string]string{"drill": r.Drill, "scope": "all", "round": strconv.Itoa(x.Number), "measure": measure, "base_measure": base}
		if base == "" {
			v["state"] = string(c.State)
			if c.State == StateShown {
				v["count"] = strconv.Itoa(c.Share.X)
			}
		} else {
			c.values(v)
		}
		return w.row(v)
	}
	for i, c := range x.Within {
		if err := row(csvWithin+strconv.Itoa(int(ReportLimits()[i].Seconds())), string(EventReported), c); err != nil {
			return err
		}
	}
	for _, alone := range []struct {
		name string
		cell Cell
	}{{csvLate, x.Late}, {csvStrangers, x.Strangers}} {
		if alone.cell.zero() {
			continue
		}
		if err := row(alone.name, "", alone.cell); err != nil {
			return err
		}
	}
	return nil
}

// values writes what is shown of a cell into a row.
func (c Cell) values(v map[string]string) {
	v["state"] = string(c.State)
	if c.State != StateUnknown {
		v["base"] = strconv.Itoa(c.Share.N)
	}
	if c.State == StateShown {
		v["count"] = strconv.Itoa(c.Share.X)
		if c.Share.N > 0 {
			iv := c.Interval()
			v["rate"], v["low"], v["high"] = ratio(c.Share.Rate()), ratio(iv.Low), ratio(iv.High)
		}
	}
}

// imports writes a row for each source of each round. Its state is complete, or incomplete where an import has not ended.
func (w *csvWriter) imports(r *Report) error {
	for i, x := range r.Rounds {
		for _, y := range r.imported(i) {
			v := map[string]string{"drill": r.Drill, "scope": "import", "round": strconv.Itoa(x.Number), "state": "complete", "source": y.Source,
				"last_import": stamp(y.Last), "imports": stated(y.Times), "records": stated(y.Records), "rejected": strconv.Itoa(y.Rejected)}
			if !y.Begun.IsZero() {
				v["state"] = "incomplete"
			}
			if err := w.row(v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *csvWriter) table(r *Report, t Table) error {
	for i, c := range t.Columns {
		about := func(scope, body string, cell Cell) map[string]string {
			v := map[string]string{"drill": r.Drill, "scope": scope, "round": strconv.Itoa(r.Rounds[i].Number), "organisation": body,
				"measure": string(t.Measure), "base_measure": string(r.Base)}
			cell.values(v)
			return v
		}
		reports := t.Measure == Measure(EventReported)
		for k, name := range r.Bodies {
			v := about("body", name, c.Cells[k])
			if reports {
				v["first_report"] = stamp(r.Rounds[i].FirstReport[k])
			}
			if err := w.row(v); err != nil {
				return err
			}
		}
		v := about("all", "", c.Total)
		if s := c.Spread; s.Bodies > 0 {
			v["min"], v["max"], v["mean"], v["error"], v["design_effect"] = ratio(s.Min), ratio(s.Max), ratio(s.Mean), ratio(s.Error), ratio(s.DesignEffect)
		}
		if reports {
			v["first_report"] = stamp(r.Rounds[i].First)
		}
		if err := w.row(v); err != nil {
			return err
		}
	}
	return w.changes(r, t)
}

func (w *csvWriter) changes(r *Report, t Table) error {
	for i, ch := range t.Changes {
		p := r.Pairs[i]
		row := func(body string, d Difference) error {
			if !d.OK {
				return nil
			}
			return w.row(map[string]string{"drill": r.Drill, "scope": "change", "round": strconv.Itoa(r.Rounds[p.Second].Number),
				"compared_with": strconv.Itoa(r.Rounds[p.First].Number), "organisation": body, "measure": string(t.Measure), "base_measure": string(r.Base),
				"rate": ratio(d.Value), "low": ratio(d.Interval.Low), "high": ratio(d.Interval.High), "likeness": string(p.Likeness)})
		}
		for k, d := range ch.Bodies {
			if err := row(r.Bodies[k], d); err != nil {
				return err
			}
		}
		if err := row("", ch.Total); err != nil {
			return err
		}
	}
	return nil
}

func ratio(x float64) string { return strconv.FormatFloat(x, 'f', 5, 64) }

// stamp writes a time by RFC 3339, the zero time as nothing.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
