package survey

import "time"

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
