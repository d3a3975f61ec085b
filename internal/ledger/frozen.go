package ledger

import (
	"encoding/json"
	"fmt"
	"time"

	"sekimori/policy/drill"
)

// frozen is one value of a summary: a round, a body in it, or what the same persons did in two rounds. There are numbers, the
// words of the definition and times of the whole, and nothing of any person.
type frozen struct {
	Version int `json:"v"`
	Round   int `json:"round"`

	Kind   drill.Kind    `json:"kind,omitempty"`
	Lure   string        `json:"lure,omitempty"`
	Rating drill.Rating  `json:"rating,omitempty"`
	Cues   int           `json:"cues,omitempty"`
	Prem   drill.Premise `json:"premise,omitempty"`
	Raters int           `json:"raters,omitempty"`
	Mode   drill.Mode    `json:"mode,omitempty"`
	From   time.Time     `json:"from,omitzero"`
	Until  time.Time     `json:"until,omitzero"`
	Lost   int           `json:"lost,omitempty"`
	Late   int           `json:"late,omitempty"`
	Others int           `json:"strangers,omitempty"`
	Median time.Duration `json:"report_median,omitempty"`
	Timed  int           `json:"report_timed,omitempty"`
	Within []int         `json:"report_within,omitempty"`

	Imports    []drill.Import `json:"imports,omitempty"`
	Unimported bool           `json:"unimported,omitempty"`

	Body        string                `json:"organisation,omitempty"`
	Staff       int                   `json:"staff,omitempty"`
	Numbers     map[drill.Measure]int `json:"numbers,omitempty"`
	FirstReport time.Time             `json:"first_report,omitzero"`

	Second  int           `json:"second,omitempty"`
	Measure drill.Measure `json:"measure,omitempty"`
	Paired  *drill.Paired `json:"paired,omitempty"`
}

const frozenVersion = 1

// freeze writes counts as the values of a summary.
func freeze(c drill.Counts) ([]string, error) {
	all := []frozen{}
	for _, r := range c.Rounds {
		all = append(all, frozen{Round: r.Number, Kind: r.Kind, Lure: r.Lure, Rating: r.Difficulty.Rating, Cues: r.Difficulty.Cues,
			Prem: r.Difficulty.Premise, Raters: r.Difficulty.Raters, Mode: r.Mode, From: r.Window.From, Until: r.Window.Until,
			Lost: r.Lost, Late: r.Late, Others: r.Strangers, Median: r.ReportMedian, Timed: r.ReportTimed,
			Within: r.ReportWithin, Imports: r.Imports, Unimported: r.Unimported})
		for _, b := range r.Bodies {
			all = append(all, frozen{Round: r.Number, Body: b.Organisation, Staff: b.Staff, Numbers: b.Numbers, FirstReport: b.FirstReport})
		}
	}
	for _, p := range c.Paired {
		all = append(all, frozen{Round: p.First, Second: p.Second, Measure: p.Measure, Paired: &p.Paired})
	}
	values := make([]string, len(all))
	for i, f := range all {
		f.Version = frozenVersion
		text, err := json.Marshal(f)
		if err != nil {
			return nil, err
		}
		values[i] = string(text)
	}
	return values, nil
}

// thaw reads what freeze wrote.
func thaw(name string, values []string) (drill.Counts, error) {
	c := drill.Counts{Drill: name}
	for i, v := range values {
		var f frozen
		if err := json.Unmarshal([]byte(v), &f); err != nil {
			return drill.Counts{}, fmt.Errorf("value %d: %w", i, err)
		}
		switch {
		case f.Version != frozenVersion:
			return drill.Counts{}, fmt.Errorf("value %d: version %d, this sekimori knows %d", i, f.Version, frozenVersion)
		case f.Paired != nil:
			c.Paired = append(c.Paired, drill.PairedCounts{First: f.Round, Second: f.Second, Measure: f.Measure, Paired: *f.Paired})
		case f.Body == "":
			c.Rounds = append(c.Rounds, drill.RoundCounts{Number: f.Round, Kind: f.Kind, Lure: f.Lure, Mode: f.Mode,
				Difficulty: drill.Difficulty{Rating: f.Rating, Cues: f.Cues, Premise: f.Prem, Raters: f.Raters},
				Window:     drill.Window{From: f.From, Until: f.Until}, Lost: f.Lost, Late: f.Late, Strangers: f.Others, ReportMedian: f.Median,
				ReportTimed: f.Timed, ReportWithin: f.Within, Imports: f.Imports, Unimported: f.Unimported})
		case len(c.Rounds) == 0 || c.Rounds[len(c.Rounds)-1].Number != f.Round:
			return drill.Counts{}, fmt.Errorf("value %d: an organisation of round %d, which does not come before it", i, f.Round)
		default:
			r := &c.Rounds[len(c.Rounds)-1]
			r.Bodies = append(r.Bodies, drill.BodyCounts{Organisation: f.Body, Staff: f.Staff, Numbers: f.Numbers, FirstReport: f.FirstReport})
		}
	}
	return c, nil
}
