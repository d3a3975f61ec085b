package drill

import (
	"cmp"
	"slices"
	"time"
)

// Content is what a ledger holds of a drill.
type Content struct {
	Set     *Set
	Lost    map[int]int      // by round: events that a gateway saw and could not write
	Imports map[int][]Import // by round, in the order of their sources
	Covered map[Cover]bool
}

// Import is what the imports of one source into one round came to.
type Import struct {
	Source   string
	Times    int       // imports that were completed; 0 of one that goes on for ever, such as a webhook
	Last     time.Time // the end of the last one; zero: none was completed
	Records  int       // records that were read, those that say nothing of the round included; a file that was imported twice counts twice
	Rejected int       // of them, those that could not be understood
	Begun    time.Time // an import began then and has not ended: it is under way, or was interrupted. Zero: none
}

// Cover says that what an organisation did in a round would be known, had it been done: a completed import tells of such events, and
// spoke of the organisation. With it none is 0; without it none is not known.
type Cover struct {
	Round        int
	Event        Event
	Organisation string
}

// AddImport puts what is known of one import to what is known of others. The order does not matter.
func (c *Content) AddImport(round int, i Import) {
	if c.Imports == nil {
		c.Imports = map[int][]Import{}
	}
	all := c.Imports[round]
	at, there := slices.BinarySearchFunc(all, i.Source, func(x Import, source string) int { return cmp.Compare(x.Source, source) })
	if !there {
		all = slices.Insert(all, at, Import{Source: i.Source})
		c.Imports[round] = all
	}
	x := &all[at]
	x.Times += i.Times
	x.Records += i.Records
	x.Rejected += i.Rejected
	x.Last, x.Begun = later(x.Last, i.Last), later(x.Begun, i.Begun)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// CoveredBy notes what one import covers.
func (c *Content) CoveredBy(x Cover) {
	if c.Covered == nil {
		c.Covered = map[Cover]bool{}
	}
	c.Covered[x] = true
}

// imported returns the imports into a round. What was begun and what was completed since tells itself apart: who imports again, and
// completes it, has made good what was interrupted.
func (c *Content) imported(round int) []Import {
	all := slices.Clone(c.Imports[round])
	for i := range all {
		if !all[i].Begun.After(all[i].Last) {
			all[i].Begun = time.Time{}
		}
	}
	return all
}
