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

// zero reports whether nobody is in it, or nobody knows.
func (c Cell) zero() bool { return c.State != StateHidden && c.Share.X == 0 }

// Interval is the Wilson interval of a shown cell.
func (c Cell) Interval() Interval { return Wilson(c.Share.X, c.Share.N) }

// Suppress hides the small cells of one column, that is one measure of one round over all bodies, and what would give them
// away, and returns the total. Small is a number below least, 0 included, and everybody of a body. Where small cells are
// hidden the total minus the rest is their sum, so that further cells go with them, those of the smallest bodies first,
// until every small number is possible for each, also for one of the bodies, which knows its own. Where there are not
// enough the total is hidden instead. A column of zeros is shown: it says nothing of anybody. Least below 2 hides nothing.
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
	var cover cover
	var others []int
	for i, c := range cells {
		switch {
		case c.State == StateUnknown:
		case small(c.Share, least):
			most := min(least-1, c.Share.N)
			if c.Share.X > most { // everybody
				most = c.Share.N
			}
			cover.add(c.Share.X, 0, most)
			cover.span = max(cover.span, most)
			hide(&cells[i])
		default:
			others = append(others, i)
		}
	}
	slices.SortStableFunc(others, func(a, b int) int { return cells[a].Share.N - cells[b].Share.N })
	n := 0
	for ; n < len(others) && !cover.holds(); n++ {
		c := cells[others[n]].Share
		cover.add(c.X, least, c.N-1)
	}
	if !cover.holds() {
		hide(&total) // then nothing can be subtracted, and the others can stay
		return total
	}
	for _, i := range others[:n] {
		hide(&cells[i])
	}
	return total
}

// cover is what a reader knows of the hidden cells of a column: their sum, which the total gives away, and the bounds of
// each.
type cover struct {
	sum, low, high int
	up, down       int // largest distance of a cell from its upper and lower bound
	span           int // how many numbers but one are possible for a small cell
}

// add puts a cell under the cover, with the bounds that a reader knows.
func (c *cover) add(x, low, high int) {
	c.sum, c.low, c.high = c.sum+x, c.low+low, c.high+high
	c.up, c.down = max(c.up, high-x), max(c.down, x-low)
}

// holds reports whether every small number stays possible for every small cell. What the other cells can be more or less than
// they are must make up for it, also without the body that can be most more or less, which knows its own number.
func (c *cover) holds() bool {
	return c.high-c.sum-c.up >= c.span && c.sum-c.low-c.down >= c.span
}

func small(s Share, least int) bool { return s.X < least || s.X == s.N }

func hide(c *Cell) { c.State, c.Share.X = StateHidden, 0 }

// alone is a number of persons that stands for itself, with nothing to subtract it from. It goes by the rule of a total: 0 says nothing
// of anybody, and what is below least is hidden.
func alone(n, least int) Cell {
	c := Cell{StateShown, Share{n, n}}
	if n > 0 && n < least {
		hide(&c)
		c.Share.N = 0
	}
	return c
}

// cumulated hides among counts, each of which has those before in it, what would show a small number: of two that are shown the second has at least
// least persons more, and so has the total. Without a total that is shown there is none.
func cumulated(counts []int, total Cell, least int) (cells []Cell) {
	if total.State != StateShown || total.Share.X == 0 {
		return nil
	}
	all, last := total.Share.X, 0
	for _, n := range counts {
		c := Cell{StateShown, Share{min(n, all), all}}
		if least >= 2 && min(c.Share.X-last, all-c.Share.X) < least {
			hide(&c)
		} else {
			last = c.Share.X
		}
		cells = append(cells, c)
	}
	return cells
}
