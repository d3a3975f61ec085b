package survey

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"sekimori/policy"
)

// Denominator says of which domains the rates are.
type Denominator string

// The denominators. mx and null_mx themselves are always counted of all domains.
const (
	OfMX  Denominator = "mx"  // domains with a mail exchanger
	OfAll Denominator = "all" // every domain of the list
)

// Level says what counts as having something.
type Level string

// The levels, each part of the one before.
const (
	Published Level = "published" // yes, weak, invalid: there is a record
	Valid     Level = "valid"     // yes, weak: receivers can use it
	Strong    Level = "strong"    // yes
)

// Levels lists every Level.
func Levels() []Level { return []Level{Published, Valid, Strong} }

// Counts are how many domains are in each state.
type Counts struct {
	Yes     int `json:"yes"`
	Weak    int `json:"weak"`
	Invalid int `json:"invalid"`
	No      int `json:"no"`
	Unknown int `json:"unknown"`
}

// Add counts n domains in a state.
func (c *Counts) Add(s State, n int) {
	switch s {
	case Yes:
		c.Yes += n
	case Weak:
		c.Weak += n
	case Invalid:
		c.Invalid += n
	case No:
		c.No += n
	case Unknown:
		c.Unknown += n
	}
}

// Of returns the count of one state.
func (c *Counts) Of(s State) int {
	switch s {
	case Yes:
		return c.Yes
	case Weak:
		return c.Weak
	case Invalid:
		return c.Invalid
	case No:
		return c.No
	case Unknown:
		return c.Unknown
	}
	return 0
}

// Known is the number of domains of which DNS said something: what a rate is of.
func (c *Counts) Known() int { return c.Yes + c.Weak + c.Invalid + c.No }

// Have is how many domains have it at a level.
func (c *Counts) Have(l Level) int {
	switch l {
	case Published:
		return c.Yes + c.Weak + c.Invalid
	case Valid:
		return c.Yes + c.Weak
	case Strong:
	}
	return c.Yes
}

// Tally is the count of one check.
type Tally struct {
	Check  Check  `json:"check"`
	Counts Counts `json:"counts"`
}

// Group is a part of the list.
type Group struct {
	Name    string  `json:"group"`
	Domains int     `json:"domains"` // measured
	Checks  []Tally `json:"checks"`
}

// Detail is how many domains have one value of something that was seen.
type Detail struct {
	Check   Check  `json:"check"`
	What    string `json:"what"` // all, why, policy, or at
	Value   string `json:"value"`
	Domains int    `json:"domains"`
}

// Run is one run by itself: the cross-section.
type Run struct {
	Name      string    `json:"name,omitempty"`
	At        time.Time `json:"at"`   // when it began
	Last      time.Time `json:"last"` // when the last domain was looked at
	Resolvers []string  `json:"resolvers"`
	List      string    `json:"list"`
	Listed    int       `json:"listed"`     // domains of the list
	Measured  int       `json:"measured"`   // of these, looked at
	Complete  bool      `json:"complete"`   // all of them were, and the run says so
	WithMX    int       `json:"with_mx"`    // have a mail exchanger
	MXUnknown int       `json:"mx_unknown"` // it is not known whether they have one: they are in no rate of "mx"
	Checks    []Tally   `json:"checks"`
	Groups    []Group   `json:"groups,omitempty"` // by name; none where the list has no groups
	Details   []Detail  `json:"details,omitempty"`
}

// Report compares runs. Build it with Add and Finish.
type Report struct {
	Denominator Denominator `json:"denominator"`
	Runs        []Run       `json:"runs"`  // by time
	Panel       []Panel     `json:"panel"` // one for each check; none with fewer than two runs
}

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
