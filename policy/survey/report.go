package survey

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"sekimori/policy"
)

// Builder reads the lines of runs.
type Builder struct {
	denominator Denominator
	ids         map[policy.Domain]int32
	runs        []*collected
}

// collected is one run while it is read.
type collected struct {
	run     Run
	rows    []row // by id; the zero row is a domain that is not in this run
	names   []string
	groups  map[string]int // index of names
	details map[Detail]int
	ended   bool
}

// row is what is kept of one observation.
type row struct {
	states [6]uint8 // by index of Checks: 1 + index of States; 0: not in the run
	in     bool     // in the denominator
	group  uint16
}

// NewBuilder returns a Builder for one denominator.
func NewBuilder(d Denominator) *Builder {
	return &Builder{denominator: d, ids: make(map[policy.Domain]int32)}
}

// The mistakes in the order of lines.
var (
	errNoHead   = errors.New("no run has begun")
	errResumed  = errors.New("a run goes on that was not begun, or is of another list")
	errEnd      = errors.New("the end of a run that was not begun")
	errAfterEnd = errors.New("a domain after the end of its run")
)

// Add takes one line. Lines of one run come in the order of its file.
func (b *Builder) Add(l Line) error {
	var c *collected
	if len(b.runs) > 0 {
		c = b.runs[len(b.runs)-1]
	}
	switch {
	case l.Head != nil && !l.Head.Resumed:
		return b.begin(l.Head)
	case l.Head != nil:
		if c == nil || c.ended || c.run.List != l.Head.List {
			return errResumed
		}
		c.askedOf(l.Head.Resolver)
	case l.Observation != nil:
		if c == nil {
			return errNoHead
		}
		if c.ended {
			return errAfterEnd
		}
		b.observe(c, l.Observation)
	case l.Tail != nil:
		if c == nil {
			return errEnd
		}
		c.ended = true
	}
	return nil
}

func (b *Builder) begin(h *Head) error {
	if len(b.runs) == MaxRuns {
		return fmt.Errorf("more than %d runs", MaxRuns)
	}
	c := &collected{
		run:     Run{Name: h.Name, At: h.At, Last: h.At, List: h.List, Listed: h.Domains},
		rows:    make([]row, len(b.ids)),
		groups:  make(map[string]int),
		details: make(map[Detail]int),
	}
	c.askedOf(h.Resolver)
	b.runs = append(b.runs, c)
	return nil
}

func (c *collected) askedOf(resolvers []string) {
	for _, r := range resolvers {
		if !slices.Contains(c.run.Resolvers, r) {
			c.run.Resolvers = append(c.run.Resolvers, r)
		}
	}
}

// observe takes one domain. A second line about a domain is left out.
func (b *Builder) observe(c *collected, o *Observation) {
	id, known := b.ids[o.Domain]
	if !known {
		id = int32(len(b.ids))
		b.ids[o.Domain] = id
	}
	for len(c.rows) <= int(id) {
		c.rows = append(c.rows, row{})
	}
	if c.rows[id].states[0] != 0 {
		return
	}
	g, ok := c.groups[o.Group]
	if !ok {
		if g = len(c.names); g >= MaxGroups { // a list has no more; what was written by hand goes to the first
			g = 0
		} else {
			c.groups[o.Group] = g
			c.names = append(c.names, o.Group)
		}
	}
	r := row{group: uint16(g), in: b.denominator == OfAll || o.TakesMail() == Yes}
	for i, check := range Checks() {
		r.states[i] = uint8(1 + slices.Index(States(), o.State(check)))
	}
	c.rows[id] = r
	c.run.Measured++
	if o.At.After(c.run.Last) {
		c.run.Last = o.At
	}
	switch o.TakesMail() {
	case Yes:
		c.run.WithMX++
	case Unknown:
		c.run.MXUnknown++
	case Weak, Invalid, No:
	}
	if r.in {
		c.detail(o)
	}
}

// detail counts what was seen beside the states.
func (c *collected) detail(o *Observation) {
	count := func(check Check, what, value string) {
		if value != "" {
			c.details[Detail{Check: check, What: what, Value: value}]++
		}
	}
	if o.SPF.State == Yes || o.SPF.State == Weak {
		all := o.SPF.All
		if all == "" {
			all = "none"
		}
		count(CheckSPF, "all", all)
	}
	count(CheckSPF, "why", string(o.SPF.Why))
	count(CheckDMARC, "policy", string(o.DMARC.Policy))
	count(CheckDMARC, "why", string(o.DMARC.Why))
	switch {
	case o.DMARC.At == o.Domain:
		count(CheckDMARC, "at", "own")
	case o.DMARC.At != "":
		count(CheckDMARC, "at", "inherited")
	}
}

// Finish returns the report. The Builder is not used afterwards.
func (b *Builder) Finish() Report {
	slices.SortStableFunc(b.runs, func(x, y *collected) int { return x.run.At.Compare(y.run.At) })
	r := Report{Denominator: b.denominator, Runs: make([]Run, 0, len(b.runs)), Panel: b.panels()}
	for _, c := range b.runs {
		r.Runs = append(r.Runs, c.finish())
	}
	return r
}

// always reports whether a check is counted of all domains.
func always(c Check) bool { return c == CheckMX || c == CheckNullMX }

// finish counts the rows of one run.
func (c *collected) finish() Run {
	r := c.run
	r.Complete = c.ended && r.Measured == r.Listed
	r.Checks = tallies()
	groups := make([]Group, len(c.names))
	for i, name := range c.names {
		groups[i] = Group{Name: name, Checks: tallies()}
	}
	for i := range c.rows {
		row := &c.rows[i]
		if row.states[0] == 0 {
			continue
		}
		g := &groups[row.group]
		g.Domains++
		for j := range r.Checks {
			if state := States()[row.states[j]-1]; row.in || always(r.Checks[j].Check) {
				r.Checks[j].Counts.Add(state, 1)
				g.Checks[j].Counts.Add(state, 1)
			}
		}
	}
	if len(groups) > 1 || len(groups) == 1 && groups[0].Name != "" {
		slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
		r.Groups = groups
	}
	for d, n := range c.details {
		d.Domains = n
		r.Details = append(r.Details, d)
	}
	slices.SortFunc(r.Details, func(a, b Detail) int {
		return cmp.Or(cmp.Compare(slices.Index(Checks(), a.Check), slices.Index(Checks(), b.Check)), cmp.Compare(a.What, b.What),
			cmp.Compare(b.Domains, a.Domains), cmp.Compare(a.Value, b.Value))
	})
	return r
}

func tallies() []Tally {
	list := make([]Tally, 0, len(Checks()))
	for _, c := range Checks() {
		list = append(list, Tally{Check: c})
	}
	return list
}
