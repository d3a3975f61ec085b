package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"sekimori/internal/ledger"
	"sekimori/metrics"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// What the gauges of drills show at most, and how long a count holds while no number of entries changes. What changes
// without that is the time of an event, when somebody else saw it earlier, and what an import says of which nothing is new.
const (
	maxOpenDrills = 3 // those that began last; one closed drill comes beside them
	countHolds    = 5 * time.Minute
)

// drillGauges reads the ledger for the gauges of drills. Its method read is used by one goroutine at a time.
type drillGauges struct {
	policy func() *policy.Policy
	ledger func() *ledger.Ledger // nil: no drill was ever in the policy
	now    func() time.Time
	log    *slog.Logger

	failed bool           // whether the reading before did
	from   *ledger.Ledger // what known was read from
	known  map[string]*knownDrill
}

// knownDrill is what was read of a drill.
type knownDrill struct {
	metrics.DrillCounts
	state       ledger.State // "" while it could not be learnt
	sizes       []int        // entries by round and event when Counts were made
	counted     time.Time
	from, until time.Time
	err         error // of this reading
}

// read implements metrics.DrillReader: the drills that are open, and of those that are closed the one whose last window ended
// last. Of a drill whose ledger cannot be read what is known of it is shown.
func (r *drillGauges) read(ctx context.Context) ([]metrics.DrillCounts, error) {
	p, l := r.policy(), r.ledger()
	if l == nil || len(p.Drills) == 0 {
		return nil, nil
	}
	if r.from != l {
		r.from, r.known = l, map[string]*knownDrill{} // perhaps another place, with other drills of the same names
	}
	var drills []*knownDrill
	for i := range p.Drills {
		drills = append(drills, r.look(ctx, &p.Drills[i]))
	}
	var wrong error
	var all []metrics.DrillCounts
	for _, k := range r.shown(drills) {
		if k.err == nil {
			k.err = r.count(ctx, k)
		}
		wrong = errors.Join(wrong, k.err)
		all = append(all, k.DrillCounts)
	}
	if wrong != nil && !r.failed {
		r.log.Error("the gauges of drills show what was known before: a ledger cannot be read", "error", wrong)
	}
	r.failed = wrong != nil
	return all, wrong
}

// look learns what has become of a drill. One that is closed stays as it is.
func (r *drillGauges) look(ctx context.Context, d *policy.Drill) *knownDrill {
	k := r.known[d.Name]
	if k == nil {
		k = &knownDrill{}
		r.known[d.Name] = k
	}
	if k.Drill != d {
		k.Drill, k.sizes = d, nil // other windows, say
	}
	k.err = nil
	if k.Closed {
		return k
	}
	state, counts, err := r.from.Frozen(ctx, d.Name)
	if err != nil {
		k.err = err
		return k
	}
	k.state = state
	if state == ledger.StateClosed || state == ledger.StateForgotten {
		k.Closed, k.Counts = true, counts
	}
	return k
}

// shown picks the drills of which gauges are shown.
func (r *drillGauges) shown(all []*knownDrill) []*knownDrill {
	var open, closed []*knownDrill
	for _, k := range all {
		from, until := span(k.Drill)
		switch {
		case k.Closed:
			if len(closed) == 0 || until.After(closed[0].until) {
				closed = []*knownDrill{k}
			}
		case k.state == ledger.StateNone && until.Add(policy.DrillTail).Before(r.now()):
			continue // nothing was counted, and nothing will be
		default:
			open = append(open, k)
		}
		k.from, k.until = from, until
	}
	slices.SortStableFunc(open, func(a, b *knownDrill) int { return b.from.Compare(a.from) })
	return append(open[:min(len(open), maxOpenDrills)], closed...)
}

// span is from the first window of a drill to the end of the last.
func span(d *policy.Drill) (from, until time.Time) {
	for _, r := range d.Rounds {
		if from.IsZero() || r.Window.From.Before(from) {
			from = r.Window.From
		}
		if r.Window.Until.After(until) {
			until = r.Window.Until
		}
	}
	return from, until
}

// count counts anew what a drill holds, where the numbers of its entries have changed.
func (r *drillGauges) count(ctx context.Context, k *knownDrill) error {
	now := r.now()
	if k.Closed {
		k.Read = now
		return nil
	}
	if k.state == ledger.StateNone {
		k.Counts, k.Read = drill.Counts{Drill: k.Drill.Name}, now
		return nil
	}
	sizes, err := r.sizes(ctx, k.Drill)
	if err != nil {
		return err
	}
	if slices.Equal(sizes, k.sizes) && now.Sub(k.counted) < countHolds {
		k.Read = now
		return nil
	}
	content, err := r.from.Read(ctx, k.Drill.Name)
	if err != nil {
		return err
	}
	k.Counts, k.Read = drill.Count(k.Drill, content), now
	k.sizes, k.counted = sizes, now
	return nil
}

// sizes are how many entries there are of each event in each round.
func (r *drillGauges) sizes(ctx context.Context, d *policy.Drill) ([]int, error) {
	var sizes []int
	for _, round := range d.Rounds {
		for _, e := range policy.DrillEvents() {
			n, err := r.from.Count(ctx, d.Name, round.Number, e)
			if err != nil {
				return nil, err
			}
			sizes = append(sizes, n)
		}
	}
	return sizes, nil
}
