package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"sekimori/policy"
)

// Limits of what a summary keeps.
const (
	maxTop     = 20 // messages with the highest scores
	maxReasons = 50 // different reasons why something could not be read; others count as one
	maxFailed  = 10 // names of what could not be read
)

// scoreBounds are where the bars of the histogram end, in points; the last is open.
func scoreBounds() []policy.Points {
	return []policy.Points{0, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200}
}

// tally is what many messages come to.
type tally struct {
	read       int
	levels     map[policy.Level]int
	actions    map[policy.Action]int
	fired      map[string]int // by indicator
	scores     []int          // by scoreBounds, and those above
	incomplete int            // not read to the end
	unassessed int            // an evaluator failed
	top        []scored       // highest first
	reasons    map[string]int // why something could not be read
	failed     []string       // what could not
}

// scored is one message with its score.
type scored struct {
	name  string
	score policy.Points
	level policy.Level
	found []string // indicators with their points
}

func newTally() *tally {
	return &tally{levels: map[policy.Level]int{}, actions: map[policy.Action]int{}, fired: map[string]int{}, reasons: map[string]int{},
		scores: make([]int, len(scoreBounds())+1)}
}

// fail notes what could not be read.
func (t *tally) fail(name, reason string) { t.failures(reason, 1, name) }

func (t *tally) failures(reason string, n int, names ...string) {
	if _, known := t.reasons[reason]; !known && len(t.reasons) >= maxReasons {
		reason = "other reasons"
	}
	t.reasons[reason] += n
	for _, name := range names {
		if len(t.failed) < maxFailed {
			t.failed = append(t.failed, name+": "+reason)
		}
	}
}

// count adds one message.
func (t *tally) count(name string, r *policy.Record) {
	t.read++
	i := slices.IndexFunc(r.Decision.Verdicts, func(v policy.Verdict) bool { return v.Rule == policy.RuleSuspicion })
	if i < 0 || !r.Facts.Suspicion.Asked {
		t.unassessed++
		return
	}
	v := &r.Decision.Verdicts[i]
	t.levels[v.Level]++
	t.actions[v.Action]++
	t.scores[bucket(v.Score)]++
	if r.Facts.Suspicion.Incomplete != "" {
		t.incomplete++
	}
	s := scored{name: name, score: v.Score, level: v.Level}
	for _, h := range r.Facts.Suspicion.Hits {
		t.fired[h.Indicator]++
		s.found = append(s.found, h.Indicator+":"+h.Points.String())
	}
	t.rank(s)
}

func bucket(score policy.Points) int {
	bounds := scoreBounds()
	for i, b := range bounds {
		if score <= b {
			return i
		}
	}
	return len(bounds)
}

// rank keeps the highest scores; of equal ones those whose name comes first, whatever the order of the work.
func (t *tally) rank(s scored) {
	if s.score == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(t.top, s, func(a, b scored) int {
		if a.score != b.score {
			return int(b.score - a.score)
		}
		return strings.Compare(a.name, b.name)
	})
	if i >= maxTop {
		return
	}
	t.top = slices.Insert(t.top, i, s)
	t.top = t.top[:min(len(t.top), maxTop)]
}

// add adds what another tally counted.
func (t *tally) add(o *tally) {
	t.read, t.incomplete, t.unassessed = t.read+o.read, t.incomplete+o.incomplete, t.unassessed+o.unassessed
	sum(t.levels, o.levels)
	sum(t.actions, o.actions)
	sum(t.fired, o.fired)
	for i, n := range o.scores {
		t.scores[i] += n
	}
	for _, s := range o.top {
		t.rank(s)
	}
	for _, reason := range slices.Sorted(maps.Keys(o.reasons)) {
		t.failures(reason, o.reasons[reason])
	}
	t.failed = append(t.failed, o.failed...)
	slices.Sort(t.failed)
	t.failed = t.failed[:min(len(t.failed), maxFailed)]
}

func sum[K comparable](to, from map[K]int) {
	for k, n := range from {
		to[k] += n
	}
}

// unreadable prints what could not be read, and why.
func (t *tally) unreadable(w io.Writer) {
	reasons := slices.SortedFunc(maps.Keys(t.reasons), func(a, b string) int {
		if t.reasons[a] != t.reasons[b] {
			return t.reasons[b] - t.reasons[a]
		}
		return strings.Compare(a, b)
	})
	for _, reason := range reasons {
		fmt.Fprintf(w, "%10s %s\n", grouped(t.reasons[reason]), visible(reason))
	}
	for _, name := range t.failed {
		fmt.Fprintf(w, "%10s %s\n", "", visible(name))
	}
}
