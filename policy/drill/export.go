package drill

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// csvHead names the columns of WriteCSV. Rates are between 0 and 1. Scope is body, all, or change; a change has its
// difference, round minus compared_with, in rate, low and high, and the likeness of the two rounds.
func csvHead() []string {
	return []string{"drill", "scope", "round", "compared_with", "organisation", "measure", "state", "count", "base", "base_measure",
		"rate", "low", "high", "min", "max", "mean", "error", "design_effect", "likeness", "first_report"}
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
	w.c.Flush()
	return w.c.Error()
}

func (w *csvWriter) table(r *Report, t Table) error {
	for i, c := range t.Columns {
		about := func(scope, body string, cell Cell) map[string]string {
			v := map[string]string{"drill": r.Drill, "scope": scope, "round": strconv.Itoa(r.Rounds[i].Number), "organisation": body,
				"measure": string(t.Measure), "state": string(cell.State), "base_measure": string(r.Base)}
			if cell.State != StateUnknown {
				v["base"] = strconv.Itoa(cell.Share.N)
			}
			if cell.State == StateShown {
				v["count"] = strconv.Itoa(cell.Share.X)
				if cell.Share.N > 0 {
					iv := cell.Interval()
					v["rate"], v["low"], v["high"] = ratio(cell.Share.Rate()), ratio(iv.Low), ratio(iv.High)
				}
			}
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

// The shapes of the JSON report. Members are left out where nothing is known; a count where it is hidden.
type (
	jsonReport struct {
		Drill   string      `json:"drill"`
		Base    Measure     `json:"base_measure"`
		MinCell int         `json:"min_cell"`
		Rounds  []jsonRound `json:"rounds"`
		Pairs   []jsonPair  `json:"pairs"`
		Tables  []jsonTable `json:"measures"`
	}
	jsonRound struct {
		Round       int             `json:"round"`
		Kind        Kind            `json:"kind,omitempty"`
		Lure        string          `json:"lure,omitempty"`
		Rating      Rating          `json:"rating,omitempty"`
		Raters      int             `json:"raters,omitempty"`
		Mode        Mode            `json:"mode,omitempty"`
		From        string          `json:"from,omitempty"`
		Until       string          `json:"until,omitempty"`
		Staff       int             `json:"staff,omitempty"`
		People      map[Measure]int `json:"people"`
		FirstReport string          `json:"first_report,omitempty"`
		Machines    int             `json:"machine_visits_left_out"`
		Missing     []string        `json:"nothing_from,omitempty"`
		Uncounted   []Measure       `json:"not_counted_by_all,omitempty"`
	}
	jsonPair struct {
		First    int      `json:"first"`
		Second   int      `json:"second"`
		Likeness Likeness `json:"likeness"`
		Trend    bool     `json:"trend"`
		Bodies   int      `json:"bodies_in_both"`
		Months   float64  `json:"months_between,omitempty"`
	}
	jsonTable struct {
		Measure Measure      `json:"measure"`
		Rounds  []jsonColumn `json:"rounds"`
		Changes []jsonChange `json:"changes"`
	}
	jsonColumn struct {
		Round  int         `json:"round"`
		All    jsonCell    `json:"all"`
		Spread *jsonSpread `json:"of_bodies_shown,omitempty"`
		Bodies []jsonCell  `json:"bodies"`
	}
	jsonCell struct {
		Organisation string   `json:"organisation,omitempty"`
		State        State    `json:"state"`
		Count        *int     `json:"count,omitempty"`
		Base         *int     `json:"base,omitempty"`
		Rate         *float64 `json:"rate,omitempty"`
		Low          *float64 `json:"low,omitempty"`
		High         *float64 `json:"high,omitempty"`
		FirstReport  string   `json:"first_report,omitempty"`
	}
	jsonSpread struct {
		Bodies       int     `json:"bodies"`
		Min          float64 `json:"min"`
		Max          float64 `json:"max"`
		Mean         float64 `json:"mean"`
		Error        float64 `json:"error"`
		Margin       float64 `json:"margin"`
		DesignEffect float64 `json:"design_effect"`
	}
	jsonChange struct {
		First        int              `json:"first"`
		Second       int              `json:"second"`
		Organisation string           `json:"organisation,omitempty"`
		Difference   float64          `json:"difference"`
		Low          float64          `json:"low"`
		High         float64          `json:"high"`
		Ratio        *float64         `json:"first_over_second,omitempty"`
		Paired       *jsonPairedTable `json:"same_persons,omitempty"`
	}
	jsonPairedTable struct {
		Both       int     `json:"both"`
		FirstOnly  int     `json:"first_only"`
		SecondOnly int     `json:"second_only"`
		Neither    int     `json:"neither"`
		McNemar    float64 `json:"mcnemar_p"`
	}
)

// WriteJSON writes the report as JSON (RFC 8259), indented. Rates always come with their counts. Its error is that of w.
func WriteJSON(w io.Writer, r *Report) error {
	j := jsonReport{Drill: r.Drill, Base: r.Base, MinCell: r.MinCell}
	for _, x := range r.Rounds {
		j.Rounds = append(j.Rounds, x.json())
	}
	for _, p := range r.Pairs {
		j.Pairs = append(j.Pairs, jsonPair{r.Rounds[p.First].Number, r.Rounds[p.Second].Number, p.Likeness, p.Likeness == Alike, p.Both, digits(p.Months)})
	}
	for _, t := range r.Tables {
		j.Tables = append(j.Tables, r.jsonTable(t))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(j)
}

func (x RoundReport) json() jsonRound {
	j := jsonRound{Round: x.Number, Kind: x.Kind, Lure: clean(x.Lure), Rating: x.Difficulty.Rating, Raters: x.Difficulty.Raters, Mode: x.Mode,
		From: stamp(x.Window.From), Until: stamp(x.Window.Until), Staff: x.Staff, People: map[Measure]int{}, FirstReport: stamp(x.First), Machines: x.Machines,
		Uncounted: x.Uncounted}
	for _, name := range x.Missing {
		j.Missing = append(j.Missing, clean(name))
	}
	for i, m := range Populations() {
		if x.Populations[i].State == StateShown {
			j.People[m] = x.Populations[i].Share.X
		}
	}
	return j
}

func (r *Report) jsonTable(t Table) jsonTable {
	j := jsonTable{Measure: t.Measure, Changes: []jsonChange{}}
	for i, c := range t.Columns {
		col := jsonColumn{Round: r.Rounds[i].Number, All: c.Total.json("")}
		if s := c.Spread; s.Bodies > 0 {
			col.Spread = &jsonSpread{s.Bodies, digits(s.Min), digits(s.Max), digits(s.Mean), digits(s.Error), digits(s.Margin), digits(s.DesignEffect)}
		}
		for k, name := range r.Bodies {
			cell := c.Cells[k].json(clean(name))
			if t.Measure == Measure(EventReported) {
				cell.FirstReport = stamp(r.Rounds[i].FirstReport[k])
			}
			col.Bodies = append(col.Bodies, cell)
		}
		j.Rounds = append(j.Rounds, col)
	}
	for i, ch := range t.Changes {
		a, b := r.Rounds[r.Pairs[i].First].Number, r.Rounds[r.Pairs[i].Second].Number
		for k, d := range ch.Bodies {
			if d.OK {
				j.Changes = append(j.Changes, d.json(a, b, clean(r.Bodies[k])))
			}
		}
		if ch.Total.OK {
			total := ch.Total.json(a, b, "")
			if ch.Ratio.OK {
				total.Ratio = point(ch.Ratio.Value)
			}
			if q := ch.Paired; q != nil {
				total.Paired = &jsonPairedTable{q.Paired.Both, q.Paired.FirstOnly, q.Paired.SecondOnly, q.Paired.Neither, q.Paired.McNemar()}
			}
			j.Changes = append(j.Changes, total)
		}
	}
	return j
}

func (d Difference) json(first, second int, body string) jsonChange {
	return jsonChange{First: first, Second: second, Organisation: body, Difference: digits(d.Value), Low: digits(d.Interval.Low), High: digits(d.Interval.High)}
}

func (c Cell) json(body string) jsonCell {
	j := jsonCell{Organisation: body, State: c.State}
	if c.State != StateUnknown {
		j.Base = &c.Share.N
	}
	if c.State == StateShown {
		j.Count = &c.Share.X
		if c.Share.N > 0 {
			iv := c.Interval()
			j.Rate, j.Low, j.High = point(c.Share.Rate()), point(iv.Low), point(iv.High)
		}
	}
	return j
}

// digits cuts a number to what it can say, so that the same counts give the same text on every machine.
func digits(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', 6, 64), 64)
	if err != nil {
		return 0
	}
	return y
}

func point(x float64) *float64 { y := digits(x); return &y }
