package drill

import (
	"fmt"
	"iter"
	"slices"
	"testing"
)

func column(shares ...Share) []Cell {
	cells := make([]Cell, len(shares))
	for i, s := range shares {
		cells[i] = Cell{StateShown, s}
		if s.N < 0 {
			cells[i] = Cell{State: StateUnknown}
		}
	}
	return cells
}

// shown is a column as a reader sees it.
func shown(cells []Cell, total Cell) string {
	s := ""
	for _, c := range append(slices.Clone(cells), total) {
		switch c.State {
		case StateShown:
			s += fmt.Sprintf("%d ", c.Share.X)
		case StateHidden:
			s += "* "
		case StateUnknown:
			s += "- "
		}
	}
	return s
}

func TestSuppress(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cells []Share
		want  string
	}{
		{"nothing small", []Share{{10, 100}, {20, 200}}, "10 20 30 "},
		{"9 is small", []Share{{9, 100}, {20, 200}, {30, 150}, {40, 400}}, "* * * 40 99 "},
		{"2 and its two companions, of the smallest bodies", []Share{{2, 500}, {60, 1500}, {80, 2000}, {90, 900}}, "* * 80 * 232 "},
		{"one companion could tell it: the total goes", []Share{{2, 500}, {60, 1500}}, "* 60 * "},
		{"no companion", []Share{{2, 500}}, "* * "},
		{"0 is small", []Share{{0, 500}, {60, 500}, {61, 500}, {62, 500}}, "* * * 62 183 "},
		{"many small ones hide each other", []Share{{5, 100}, {5, 100}, {5, 100}, {5, 100}, {5, 100}, {60, 100}}, "* * * * * 60 85 "},
		{"three do not", []Share{{5, 100}, {5, 100}, {5, 100}, {60, 100}, {60, 200}, {60, 300}}, "* * * * 60 60 195 "},
		{"a small total", []Share{{5, 100}, {1, 100}, {1, 100}, {1, 100}, {1, 100}}, "* * * * * * "},
		{"all of everybody", []Share{{50, 50}, {60, 60}, {70, 70}}, "* * * * "},
		{"all 0", []Share{{0, 500}, {0, 600}}, "0 0 0 "},
		{"a body of 9", []Share{{9, 9}, {60, 500}, {61, 500}, {62, 500}}, "* * * 62 192 "},
		{"everybody", []Share{{50, 50}, {60, 500}, {61, 500}, {62, 500}}, "* * * 62 233 "},
		{"not counted", []Share{{0, -1}, {60, 500}}, "- 60 60 "},
		{"nobody counted", []Share{{0, -1}}, "- - "},
	} {
		cells := column(tt.cells...)
		total := Suppress(cells, 10)
		if got := shown(cells, total); got != tt.want {
			t.Errorf("%s: %s, wanted %s", tt.name, got, tt.want)
		}
		for _, c := range append(cells, total) {
			if c.State != StateShown && c.Share.X != 0 {
				t.Errorf("%s: a hidden number is still there: %+v", tt.name, c)
			}
		}
	}
}

// A number of persons that stands alone is hidden from 1 on until it is large enough.
func TestAlone(t *testing.T) {
	for _, tt := range []struct {
		n, least int
		want     State
	}{{0, 10, StateShown}, {1, 10, StateHidden}, {9, 10, StateHidden}, {10, 10, StateShown}, {1, 1, StateShown}, {1, 0, StateShown}} {
		if c := alone(tt.n, tt.least); c.State != tt.want || c.State == StateHidden && c.Share != (Share{}) {
			t.Errorf("%d, least %d: %+v", tt.n, tt.least, c)
		}
	}
}

// Neither those who reported within a time, nor those between two times that are shown, nor those after the last, are few.
func TestCumulated(t *testing.T) {
	for _, tt := range []struct {
		counts []int
		total  int
		least  int
		want   string
	}{
		{[]int{10, 20, 30}, 40, 10, "10 20 30 "},
		{[]int{9, 20, 30}, 40, 10, "* 20 30 "},
		{[]int{10, 19, 30}, 40, 10, "10 * 30 "},
		{[]int{10, 20, 31}, 40, 10, "10 20 * "},
		{[]int{0, 0, 40}, 40, 10, "* * * "},
		{[]int{10, 20, 41}, 40, 10, "10 20 * "}, // cut to those who reported
		{[]int{1, 2, 4}, 4, 0, "1 2 4 "},
		{nil, 40, 10, ""},
	} {
		got := ""
		for _, c := range cumulated(tt.counts, Cell{StateShown, Share{tt.total, 100}}, tt.least) {
			if c.State == StateHidden && c.Share.X != 0 {
				t.Errorf("a hidden number is still there: %+v", c)
			}
			got += map[State]string{StateHidden: "* ", StateShown: fmt.Sprint(c.Share.X, " ")}[c.State]
		}
		if got != tt.want {
			t.Errorf("%v of %d: %q, wanted %q", tt.counts, tt.total, got, tt.want)
		}
	}
	for _, total := range []Cell{{State: StateHidden}, {State: StateUnknown}, {State: StateShown}} {
		if got := cumulated([]int{10, 20, 30}, total, 10); got != nil {
			t.Errorf("without a total: %v", got)
		}
	}
}

// Whoever knows the sizes, the limit and one body's own number cannot rule out a single small number of a body that has one:
// every column with the same total is tried.
func TestHiddenCannotBeDerived(t *testing.T) {
	const least = 3
	sizes := []int{5, 6, 8, 12}
	for x := range columns(sizes) {
		cells := make([]Cell, len(x))
		for i := range x {
			cells[i] = Cell{StateShown, Share{x[i], sizes[i]}}
		}
		total := Suppress(cells, least)
		if total.State != StateShown || total.Share.X == 0 {
			continue
		}
		rest := total.Share.X
		var hidden []int
		for i, c := range cells {
			if c.State == StateHidden {
				hidden = append(hidden, i)
			} else {
				rest -= c.Share.X
			}
		}
		for _, i := range hidden {
			if x[i] >= least || sizes[i] < least {
				continue
			}
			for _, knower := range hidden {
				if got := possible(hidden, i, knower, x, sizes, rest, least); got < least {
					t.Fatalf("%v: body %d can tell body %d's number from all but %d", x, knower, i, got)
				}
			}
		}
	}
}

// possible is how many small numbers body i can have when the hidden ones add up to rest, knower's is known, and each of the
// others is small or not as it is.
func possible(hidden []int, i, knower int, x, sizes []int, rest, least int) int {
	sums := map[int]bool{0: true}
	for _, j := range hidden {
		if j == i {
			continue
		}
		next := map[int]bool{}
		for s := range sums {
			for v := 0; v <= sizes[j]; v++ {
				isSmall := small(Share{v, sizes[j]}, least)
				if j == knower && v == x[j] || j != knower && isSmall == small(Share{x[j], sizes[j]}, least) {
					next[s+v] = true
				}
			}
		}
		sums = next
	}
	n := 0
	for v := range least {
		if sums[rest-v] {
			n++
		}
	}
	return n
}

// columns yields every column of bodies of these sizes.
func columns(sizes []int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		x := make([]int, len(sizes))
		var next func(i int) bool
		next = func(i int) bool {
			if i == len(sizes) {
				return yield(slices.Clone(x))
			}
			for v := 0; v <= sizes[i]; v++ {
				if x[i] = v; !next(i + 1) {
					return false
				}
			}
			return true
		}
		next(0)
	}
}
