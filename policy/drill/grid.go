package drill

import (
	"fmt"
	"strings"
)

// grid is a table as people read it: the text writer and the page show the same one.
type grid struct {
	title  string
	head   []string
	rows   [][]string
	strong int // rows from this one on speak of the whole
	below  []string
}

// overview is the grid of totals: a row for each measure.
func (l Lang) overview(r *Report) grid {
	g := grid{title: l.say("All bodies", "全体")}
	g.head = []string{""}
	for _, x := range r.Rounds {
		g.head = append(g.head, l.round(x.Number), "%", "95 %", l.say("min–max", "最小–最大"), l.say("mean", "組織平均"), l.say("±bodies", "±組織間"))
	}
	for range r.Pairs {
		g.head = append(g.head, l.say("change", "差"), "95 %")
	}
	for _, t := range r.Tables {
		row := []string{l.measure(t.Measure)}
		for _, c := range t.Columns {
			row = append(row, c.Total.count(), c.Total.rate(), c.Total.interval())
			row = append(row, c.spread()...)
		}
		for _, ch := range t.Changes {
			row = append(row, ch.Total.points(), ch.Total.interval())
		}
		g.rows = append(g.rows, row)
		g.below = append(g.below, l.besides(r, t)...)
	}
	g.strong = len(g.rows)
	return g
}

// spread is min–max, mean and error of a column.
func (c Column) spread() []string {
	s := c.Spread
	if s.Bodies == 0 {
		return []string{"-", "-", "-"}
	}
	margin := "-"
	if s.Bodies > 1 && s.Margin <= 1 { // of two or three small bodies it is wider than all that is possible, and says nothing
		margin = "±" + fmt.Sprintf("%.1f", 100*s.Margin)
	}
	return []string{fmt.Sprintf("%.1f–%.1f", 100*s.Min, 100*s.Max), rate(s.Mean), margin}
}

// besides says what of a measure does not fit the columns.
func (l Lang) besides(r *Report, t Table) (lines []string) {
	name := l.measure(t.Measure)
	for i, c := range t.Columns {
		head := name + l.say(", ", "、") + l.round(r.Rounds[i].Number) + ": "
		if c.Upper.State == StateShown && c.Upper.Share.X > c.Total.Share.X {
			lines = append(lines, head+l.sayf("%s without, %s with what may have been machines", "機械の可能性があるものを除くと%s、含めると%s", c.Total.rate(), c.Upper.rate()))
		}
		if t.Measure == Measure(EventOpened) && c.Spread.Bodies > 1 && c.Spread.DesignEffect > 1 {
			lines = append(lines, head+l.sayf("standard error between bodies %.2f points, design effect %.0f", "組織間の標準誤差%.2fポイント、デザイン効果%.0f",
				100*c.Spread.Error, c.Spread.DesignEffect))
		}
	}
	for i, ch := range t.Changes {
		a, b := r.Rounds[r.Pairs[i].First].Number, r.Rounds[r.Pairs[i].Second].Number
		head := name + l.sayf(", rounds %d and %d: ", "、第%d回と第%d回:", a, b)
		if ch.Ratio.OK && t.Measure == Measure(EventOpened) {
			lines = append(lines, head+l.sayf("%.2f times as many in the first (%.2f–%.2f)", "先の回は後の回の%.2f倍(%.2f–%.2f)", ch.Ratio.Value, ch.Ratio.Interval.Low, ch.Ratio.Interval.High))
		}
		if q := ch.Paired; q != nil {
			d, iv := q.Paired.Difference()
			lines = append(lines, head+l.sayf("the same persons: both %s, first only %s, second only %s, neither %s; change %s (%s %s), McNemar p = %.2g",
				"同一人物:両方%s、先の回のみ%s、後の回のみ%s、なし%s、差 %s (%s %s)、McNemar p = %.2g",
				number(q.Paired.Both), number(q.Paired.FirstOnly), number(q.Paired.SecondOnly), number(q.Paired.Neither), points(d), points(iv.Low), points(iv.High), q.Paired.McNemar()))
		}
	}
	return lines
}

// bodies is the grid of one measure: a row for each body.
func (l Lang) bodies(r *Report, t Table) grid {
	g := grid{title: l.measure(t.Measure), head: []string{l.say("organisation", "組織")}, strong: len(r.Bodies)}
	for _, x := range r.Rounds {
		g.head = append(g.head, l.measure(r.Base), l.round(x.Number), "%", "95 %")
	}
	for range r.Pairs {
		g.head = append(g.head, l.say("change", "差"), "95 %")
	}
	for i, name := range r.Bodies {
		row := []string{name}
		for _, c := range t.Columns {
			row = append(row, c.Cells[i].line()...)
		}
		for _, ch := range t.Changes {
			row = append(row, ch.Bodies[i].points(), ch.Bodies[i].interval())
		}
		g.rows = append(g.rows, row)
	}
	total := []string{l.say("all", "全体")}
	for _, c := range t.Columns {
		total = append(total, c.Total.line()...)
	}
	for _, ch := range t.Changes {
		total = append(total, ch.Total.points(), ch.Total.interval())
	}
	g.rows = append(g.rows, total)
	return g
}

// line is a cell with its persons, as four columns.
func (c Cell) line() []string {
	all := "-"
	if c.State != StateUnknown {
		all = number(c.Share.N)
	}
	return []string{all, c.count(), c.rate(), c.interval()}
}

// grids are all of a report in order.
func (l Lang) grids(r *Report) []grid {
	out := []grid{l.overview(r)}
	for _, t := range r.Tables {
		out = append(out, l.bodies(r, t))
	}
	return out
}

// title is the headline of a report.
func (l Lang) title(r *Report) string {
	return l.say("Drill ", "標的型メール訓練 ") + strings.TrimSpace(r.Drill)
}
