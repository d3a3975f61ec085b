package drill

import "slices"

// State is what a report shows of a number.
type State string

// The states.
const (
	StateShown   State = "shown"
	StateHidden  State = "hidden"      // small, or it would give a small one away
	StateUnknown State = "not_counted" // not 0: nobody counted it
)

// DefaultMinCell is the smallest number of persons that a report shows.
const DefaultMinCell = 10

// Cell is one number of a report: Share.X of Share.N persons. Of a hidden one X is 0, so that no writer can print it.
type Cell struct {
	State State
	Share Share
}

// Interval is the Wilson interval of a shown cell.
func (c Cell) Interval() Interval { return Wilson(c.Share.X, c.Share.N) }

// companions is how many cells that are not small are at least hidden with one that is. With a single one, the body it
// belongs to, which knows its own number, could subtract it.
const companions = 2

// Suppress hides the small cells of one column, that is one measure of one round over all bodies, and what would give them
// away, and returns the total. Small is a number below least, 0 included; everybody of a body; and any number of a body with
// fewer than least persons. Where one is hidden the total minus the rest would be it, so that at least two further cells go
// with it, those of the smallest bodies, until every small number is possible for it, also for one of the bodies, which
// knows its own. Where there are not enough the total is hidden. A column of zeros is shown: it says nothing of anybody.
// Least below 2 hides nothing.
func Suppress(cells []Cell, least int) Cell {
	total := Cell{State: StateUnknown}
	for _, c := range cells {
		if c.State != StateUnknown {
			total.State = StateShown
			total.Share.X += c.Share.X
			total.Share.N += c.Share.N
		}
	}
	if total.State == StateUnknown || total.Share.X == 0 || least < 2 {
		return total
	}
	var concealed []concealedCell
	var others []int
	for i, c := range cells {
		switch {
		case c.State == StateUnknown:
		case small(c.Share, least):
			most := min(least-1, c.Share.N)
			if c.Share.X > most { // everybody
				most = c.Share.N
			}
			concealed = append(concealed, concealedCell{i, c.Share.X, 0, most, true})
		default:
			others = append(others, i)
		}
	}
	safe := len(concealed) == 0
	slices.SortStableFunc(others, func(a, b int) int { return cells[a].Share.N - cells[b].Share.N })
	for n, i := range others {
		if safe {
			break
		}
		concealed = append(concealed, concealedCell{i, cells[i].Share.X, least, cells[i].Share.N - 1, false})
		safe = n+1 >= companions && !derivable(concealed)
	}
	for _, c := range concealed {
		hide(&cells[c.at])
	}
	if !safe || small(total.Share, least) {
		hide(&total)
	}
	return total
}

// concealedCell is a cell that is going to be hidden, and between what bounds a reader knows it to be.
type concealedCell struct {
	at, x, low, high int
	small            bool
}

// derivable reports whether the sum of the concealed cells, which the total gives away, rules out any value of a small one,
// for a stranger or for one of the bodies, which knows its own number.
func derivable(cells []concealedCell) bool {
	var sum, low, high int
	for _, c := range cells {
		sum, low, high = sum+c.x, low+c.low, high+c.high
	}
	for k := -1; k < len(cells); k++ {
		rest, restLow, restHigh := sum, low, high
		if k >= 0 {
			rest, restLow, restHigh = sum-cells[k].x, low-cells[k].low, high-cells[k].high
		}
		for i, c := range cells {
			if i == k || !c.small {
				continue
			}
			least, most := max(c.low, rest-(restHigh-c.high)), min(c.high, rest-(restLow-c.low))
			if least > c.low || most < c.high {
				return true
			}
		}
	}
	return false
}

func small(s Share, least int) bool { return s.X < least || s.N < least || s.X == s.N }

func hide(c *Cell) { c.State, c.Share.X = StateHidden, 0 }
