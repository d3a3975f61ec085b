package drill

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// WriteCounts writes counts as a file that ReadCounts reads: what a body hands in to those who compare several. There are
// numbers in it and no persons, but small numbers are not hidden. A body that states neither delivered nor accepted has no
// rates and is left out.
func WriteCounts(w io.Writer, c Counts) error {
	columns := Columns()
	out := csv.NewWriter(w)
	err := out.Write(columns)
	for _, r := range c.Rounds {
		for _, b := range r.Bodies {
			if _, ok := b.Numbers[Measure(EventDelivered)]; !ok {
				if _, ok := b.Numbers[Measure(EventAccepted)]; !ok {
					continue
				}
			}
			row := make([]string, len(columns))
			for i, name := range columns {
				row[i] = countCell(name, c.Drill, r, b)
			}
			if err == nil {
				err = out.Write(row)
			}
		}
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("writing the counts: %w", err)
	}
	return nil
}

// countCell is one cell; empty where nothing is stated.
func countCell(name, drill string, r RoundCounts, b BodyCounts) string {
	switch name {
	case columnDrill:
		return drill
	case columnRound:
		return strconv.Itoa(r.Number)
	case columnOrganisation:
		return neutral(b.Organisation)
	case columnStaff:
		return stated(b.Staff)
	case columnFirstReport:
		return stamp(b.FirstReport)
	case columnKind:
		return string(r.Kind)
	case columnLure:
		return neutral(r.Lure)
	case columnRating:
		return string(r.Difficulty.Rating)
	case columnRaters:
		return stated(r.Difficulty.Raters)
	case columnMode:
		return string(r.Mode)
	case columnFrom:
		return stamp(r.Window.From)
	case columnUntil:
		return stamp(r.Window.Until)
	}
	if n, ok := b.Numbers[Measure(name)]; ok && slices.Contains(Measures(), Measure(name)) {
		return strconv.Itoa(n)
	}
	return ""
}

// stated is a number where 0 means that there is none.
func stated(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
