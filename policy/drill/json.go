package drill

import (
	"encoding/json"
	"io"
	"strconv"
)

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
		Median      int             `json:"report_median_seconds,omitempty"`
		Within      []jsonWithin    `json:"reported_within,omitempty"`
		Visits      int             `json:"visits,omitempty"`
		Lost        int             `json:"lost_events,omitempty"`
		Late        *jsonNumber     `json:"persons_outside_window,omitempty"`
		Strangers   *jsonNumber     `json:"persons_without_mail,omitempty"`
		Imports     []jsonImport    `json:"imports,omitempty"`
		Unimported  bool            `json:"nothing_imported,omitempty"`
	}
	jsonNumber struct {
		State State `json:"state"`
		Count *int  `json:"count,omitempty"`
	}
	jsonWithin struct {
		Seconds int `json:"seconds"`
		jsonCell
	}
	jsonImport struct {
		Source   string `json:"source"`
		Last     string `json:"last_success,omitempty"`
		Times    int    `json:"imports,omitempty"`
		Records  int    `json:"records,omitempty"`
		Rejected int    `json:"rejected"`
		Begun    string `json:"not_ended_since,omitempty"`
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
	for i, x := range r.Rounds {
		round := x.json()
		for _, y := range r.imported(i) {
			round.Imports = append(round.Imports, jsonImport{y.Source, stamp(y.Last), y.Times, y.Records, y.Rejected, stamp(y.Begun)})
		}
		j.Rounds = append(j.Rounds, round)
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
		Uncounted: x.Uncounted, Median: int(x.ReportMedian.Seconds()), Visits: x.Visits, Lost: x.Lost, Late: x.Late.alone(), Strangers: x.Strangers.alone(), Unimported: x.Unimported}
	for _, name := range x.Missing {
		j.Missing = append(j.Missing, clean(name))
	}
	for i, c := range x.Within {
		j.Within = append(j.Within, jsonWithin{int(ReportLimits()[i].Seconds()), c.json("")})
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

// alone is a number of persons that is no share of anything; nil where there are none.
func (c Cell) alone() *jsonNumber {
	switch {
	case c.zero():
		return nil
	case c.State == StateHidden:
		return &jsonNumber{State: c.State}
	}
	return &jsonNumber{c.State, &c.Share.X}
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
