package survey

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The plane of the curve, in the units of the SVG.
const (
	curveWidth  = 760
	curveHeight = 360
	curveLeft   = 48
	curveRight  = 96 // room for the names of the lines
	curveTop    = 16
	curveBottom = 40
	minLabelGap = 64 // between dates below the axis; a date with less room is left out
	minNameGap  = 14 // between names of lines
	rateWidth   = 36 // of a rate beside a point
	rateAbove   = -9 // its base line from the point
	rateBelow   = 19 // the same where above is no room
)

// chart is the course of rates over time, ready to be drawn.
type chart struct {
	Width, Height int
	Title, Help   string
	Grid          []tick // horizontal lines, 0 to 100 %
	Dates         []tick
	Lines         []curveLine
	Left, Right   int // ends of the horizontal lines
	Bottom        int // of the plane
}

// tick is a position on an axis with its text.
type tick struct {
	At   float64
	Text string
}

// curveLine is one line with its points.
type curveLine struct {
	Name   string
	Class  int // which colour
	Dashed bool
	Path   string // the points attribute of a polyline
	Points []point
	NameX  float64
	NameY  float64
}

type point struct {
	X, Y  float64
	Text  string // what a pointer that rests on it is told
	Rate  string
	RateY float64 // base line of Rate; 0: it is not written, because others stand there
	Open  bool    // the run is incomplete
}

// newChart draws the checks of the options: solid what each run by itself gives, dashed what the panel gives. A run
// without a known state has no point.
func newChart(r *Report, o Options) *chart {
	w := writer{r: r, o: o, words: phrases()}
	c := &chart{
		Width: curveWidth, Height: curveHeight, Title: w.say("chart") + ", " + levelName(o.Level, o.Lang), Help: w.say("chart help"),
		Left: curveLeft, Right: curveWidth - curveRight, Bottom: curveHeight - curveBottom,
	}
	for percent := 0; percent <= 100; percent += 20 {
		c.Grid = append(c.Grid, tick{c.y(float64(percent)), fmt.Sprint(percent)})
	}
	xs := c.dates(r)
	for i, check := range o.Checks {
		panel := r.panel(check)
		single := curveLine{Name: checkName(check), Class: i}
		common := curveLine{Class: i, Dashed: true}
		for j := range r.Runs {
			day := Date(r.Runs[j].At)
			c.add(&single, xs[j], day, checkName(check), r.Runs[j].counts(check), o.Level)
			if n := len(single.Points); n > 0 && !r.Runs[j].Complete {
				single.Points[n-1].Open = true
			}
			c.add(&common, xs[j], day, checkName(check)+", "+w.say("panel"), panel.Runs[j], o.Level)
		}
		c.Lines = append(c.Lines, common, single)
	}
	c.placeRates()
	c.nameLines()
	return c
}

// placeRates writes each rate above its point, or below where another stands, or not: it is in the tables, too.
func (c *chart) placeRates() {
	var taken []point // X and RateY
	free := func(x, y float64) bool {
		return !slices.ContainsFunc(taken, func(t point) bool {
			return math.Abs(t.X-x) < rateWidth && math.Abs(t.RateY-y) < minNameGap
		}) && !c.covered(x, y)
	}
	for i := range c.Lines {
		if c.Lines[i].Dashed {
			continue
		}
		for j := range c.Lines[i].Points {
			p := &c.Lines[i].Points[j]
			switch {
			case free(p.X, p.Y+rateAbove):
				p.RateY = p.Y + rateAbove
			case p.Y+rateBelow <= float64(c.Bottom) && free(p.X, p.Y+rateBelow):
				p.RateY = p.Y + rateBelow
			default:
				continue
			}
			taken = append(taken, *p)
		}
	}
}

func (c *chart) y(percent float64) float64 {
	return curveTop + (100-percent)*float64(c.Bottom-curveTop)/100
}

// dates places the runs by time and returns where each is.
func (c *chart) dates(r *Report) []float64 {
	first, last := r.Runs[0].At, r.Runs[len(r.Runs)-1].At
	span := max(last.Sub(first), time.Second)
	xs := make([]float64, len(r.Runs))
	free := -1.0
	for i := range r.Runs {
		xs[i] = curveLeft + 24 + float64(r.Runs[i].At.Sub(first))/float64(span)*float64(c.Right-curveLeft-48)
		if xs[i] >= free {
			c.Dates = append(c.Dates, tick{xs[i], Date(r.Runs[i].At)})
			free = xs[i] + minLabelGap
		}
	}
	return xs
}

func (c *chart) add(l *curveLine, x float64, day, name string, n Counts, v Level) {
	if n.Known() == 0 {
		return
	}
	p := point{X: x, Y: c.y(100 * float64(n.Have(v)) / float64(n.Known())), Rate: Percent(n.Have(v), n.Known())}
	p.Text = fmt.Sprintf("%s, %s: %s %% (%d/%d)", day, name, p.Rate, n.Have(v), n.Known())
	l.Points = append(l.Points, p)
	l.Path = strings.TrimSpace(fmt.Sprintf("%s %.1f,%.1f", l.Path, p.X, p.Y))
}

// covered reports whether a rate with this base line would stand on the point of a line.
func (c *chart) covered(x, y float64) bool {
	const height, radius = 11, 4
	return slices.ContainsFunc(c.Lines, func(l curveLine) bool {
		return !l.Dashed && slices.ContainsFunc(l.Points, func(p point) bool {
			return math.Abs(p.X-x) < rateWidth/2 && p.Y > y-height-radius && p.Y < y+radius
		})
	})
}

// nameLines puts the names behind the last points, one below the other where they would touch.
func (c *chart) nameLines() {
	var taken []float64
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Name == "" || len(l.Points) == 0 {
			continue
		}
		end := l.Points[len(l.Points)-1]
		y := end.Y
		for again := true; again; {
			again = false
			for _, t := range taken {
				if y > t-minNameGap && y < t+minNameGap {
					y, again = t+minNameGap, true
				}
			}
		}
		taken = append(taken, y)
		l.NameX, l.NameY = end.X+10, y
	}
}

// bar is the states of one check side by side.
type bar struct {
	Name  string
	Known int
	Parts []barPart
}

type barPart struct {
	State State
	Name  string
	X, W  float64 // of 100
	Count int
	Share string // of all that were counted, in percent
}

// newBars draws the cross-section of one run.
func newBars(r *Run, l Lang) []bar {
	var bars []bar
	for _, t := range r.Checks {
		all := t.Counts.Known() + t.Counts.Unknown
		b := bar{Name: checkName(t.Check), Known: t.Counts.Known()}
		x := 0.0
		for _, s := range States() {
			n := t.Counts.Of(s)
			if n == 0 {
				continue
			}
			w := 100 * float64(n) / float64(all)
			b.Parts = append(b.Parts, barPart{State: s, Name: stateName(s, l), X: x, W: w, Count: n, Share: Percent(n, all)})
			x += w
		}
		bars = append(bars, b)
	}
	return bars
}
