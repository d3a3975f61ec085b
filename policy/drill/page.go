package drill

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
)

// pageText is the page. Every value reaches it through html/template, which escapes by the place where it stands.
//
//go:embed page.html
var pageText string

// pageData is what the template shows.
type pageData struct {
	Lang    Lang
	Title   string
	Rounds  []string
	Grids   []pageGrid
	Notes   []string
	Heading string // of the notes
}

// pageGrid is a grid with the picture that belongs to it.
type pageGrid struct {
	Title  string
	Head   []string
	Rows   []pageRow
	Below  []string
	Chart  *chart
	Anchor int
}

type pageRow struct {
	Cells  []string
	Strong bool
}

// WriteHTML writes the report as one page that needs nothing else: no script, no font, no network. It follows the
// reader's choice of light or dark and prints in black on white. Its error is that of w.
func WriteHTML(w io.Writer, r *Report, l Lang) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	d := pageData{Lang: l, Title: clean(l.title(r)), Heading: l.say("How to read this", "読み方")}
	for _, s := range l.rounds(r) {
		d.Rounds = append(d.Rounds, clean(s))
	}
	for _, s := range l.notes(r) {
		d.Notes = append(d.Notes, clean(s))
	}
	for i, g := range l.grids(r) {
		p := pageGrid{Title: clean(g.title), Head: cleanAll(g.head), Below: cleanAll(g.below), Anchor: i}
		for k, row := range g.rows {
			p.Rows = append(p.Rows, pageRow{cleanAll(row), k >= g.strong})
		}
		if i > 0 {
			p.Chart = l.chart(r, r.Tables[i-1])
		}
		d.Grids = append(d.Grids, p)
	}
	return t.Execute(w, d)
}

func cleanAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = clean(s)
	}
	return out
}

// Sizes of a chart, in units of its view box.
const (
	chartLeft   = 190.0 // where the axis begins
	chartWidth  = 560.0 // of the axis
	chartRight  = 30.0
	chartTop    = 26.0
	chartLine   = 13.0 // height of one round of one body
	chartGap    = 7.0  // between bodies
	chartBottom = 24.0
	chartRounds = 6  // rounds that have a colour of their own
	maxLabel    = 22 // cells of a body's name beside the axis
)

// chart is a dot plot: a line for each body and round, with its interval. Numbers are places in the view box.
type chart struct {
	Title, Description string
	Width, Height      float64
	Bottom             float64
	Ticks              []tick
	Labels             []label
	Dots               []dot
	Legend             []legend
}

type (
	tick   struct{ X, Label any }
	label  struct{ Y, Text any }
	legend struct{ X, Class, Text any }
	dot    struct {
		X, Low, High, Y float64
		Class           int
		Title           string
		Strong          bool
	}
)

// chart draws one measure over all bodies, nil where nothing is shown. Bodies keep their order: it is no league table.
func (l Lang) chart(r *Report, t Table) *chart {
	most := 0.0
	for _, c := range t.Columns {
		for _, cell := range append([]Cell{c.Total}, c.Cells...) {
			if cell.State == StateShown && cell.Share.N > 0 {
				most = max(most, cell.Interval().High)
			}
		}
	}
	if most == 0 || len(r.Bodies) > maxChart {
		return nil
	}
	step := tickStep(most)
	top := math.Min(1, math.Ceil(most/step)*step)
	c := &chart{Title: clean(l.measure(t.Measure)), Width: chartLeft + chartWidth + chartRight}
	c.Description = l.say("Share of each organisation in each round, with its 95 % interval", "組織・回ごとの割合と95 %区間")
	x := func(share float64) float64 { return tenth(chartLeft + chartWidth*math.Min(share, top)/top) }
	y := chartTop
	row := func(name string, cells []Cell, strong bool) {
		c.Labels = append(c.Labels, label{tenth(y + chartLine*float64(len(cells))/2 + 4), shorten(clean(name))})
		for i, cell := range cells {
			y += chartLine
			if cell.State != StateShown || cell.Share.N == 0 {
				continue
			}
			iv := cell.Interval()
			c.Dots = append(c.Dots, dot{x(cell.Share.Rate()), x(iv.Low), x(iv.High), tenth(y - chartLine/2), i % chartRounds,
				clean(fmt.Sprintf("%s, %s: %s (%s)", name, l.round(r.Rounds[i].Number), cell.rate(), cell.interval())), strong})
		}
		y += chartGap
	}
	for i, name := range r.Bodies {
		cells := make([]Cell, len(t.Columns))
		for k := range t.Columns {
			cells[k] = t.Columns[k].Cells[i]
		}
		row(name, cells, false)
	}
	totals := make([]Cell, len(t.Columns))
	for k := range t.Columns {
		totals[k] = t.Columns[k].Total
	}
	row(l.say("all", "全体"), totals, true)
	c.Bottom, c.Height = tenth(y), tenth(y+chartBottom)
	for s := 0.0; s <= top+step/2; s += step {
		c.Ticks = append(c.Ticks, tick{x(s), fmt.Sprintf("%g%%", math.Round(1000*s)/10)})
	}
	for i, rr := range r.Rounds {
		c.Legend = append(c.Legend, legend{tenth(chartLeft + float64(i)*90), i % chartRounds, l.round(rr.Number)})
	}
	return c
}

// maxChart is the number of bodies that a chart shows; with more it is left out.
const maxChart = 60

// tickStep is the distance of the marks of an axis that reaches a share: four to ten of them.
func tickStep(most float64) float64 {
	for _, s := range []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1} {
		if most/s <= 8 {
			return s
		}
	}
	return 0.2
}

// shorten cuts a name to what fits beside the axis.
func shorten(s string) string {
	if cells(s) <= maxLabel {
		return s
	}
	n := 0
	for i, r := range s {
		if n += cells(string(r)); n > maxLabel-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func tenth(x float64) float64 { return math.Round(10*x) / 10 }
