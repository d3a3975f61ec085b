package survey

// Panel is the course of one check over the domains that every run has, so that a change of the list is no change of a
// rate. A domain of which some run does not know the state is not in it, and with the denominator "mx" neither is one
// that some run saw without a mail exchanger.
type Panel struct {
	Check   Check    `json:"check"`
	Domains int      `json:"domains"`
	Runs    []Counts `json:"runs"`   // as Report.Runs
	Gained  []int    `json:"gained"` // domains that published nothing in the run before; 0 for the first
	Lost    []int    `json:"lost"`   // domains that published something in the run before; 0 for the first
}

func (b *Builder) panels() []Panel {
	if len(b.runs) < 2 {
		return nil
	}
	var list []Panel
	for i, c := range Checks() {
		list = append(list, b.panel(i, c))
	}
	return list
}

func (b *Builder) panel(index int, c Check) Panel {
	n := len(b.runs)
	p := Panel{Check: c, Runs: make([]Counts, n), Gained: make([]int, n), Lost: make([]int, n)}
	course := make([]State, n)
	for id := range len(b.ids) {
		if !b.course(id, index, always(c), course) {
			continue
		}
		p.Domains++
		for i, s := range course {
			p.Runs[i].Add(s, 1)
			if i == 0 {
				continue
			}
			switch before := course[i-1]; {
			case before == No && s != No:
				p.Gained[i]++
			case before != No && s == No:
				p.Lost[i]++
			}
		}
	}
	return p
}

// course fills in the states of one domain over all runs; it reports false where one is missing or unknown.
func (b *Builder) course(id, check int, of bool, to []State) bool {
	for i, c := range b.runs {
		if id >= len(c.rows) || c.rows[id].states[0] == 0 || !of && !c.rows[id].in {
			return false
		}
		if to[i] = States()[c.rows[id].states[check]-1]; to[i] == Unknown {
			return false
		}
	}
	return true
}
