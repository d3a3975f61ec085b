package metrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// How old the gauges of drills may be, and what reading them may cost. They are read when somebody scrapes, and by nobody else.
const (
	DrillAge     = 15 * time.Second       // what was read is shown for so long
	DrillLoad    = 20                     // and for so many times as long as reading it took, so that reading takes no more than 1/20 of a processor
	MaxDrillAge  = 5 * time.Minute        // but not for longer, once a scrape has come
	DrillWait    = 250 * time.Millisecond // longest wait of a scrape for a reading; then it gets what was read before
	DrillTimeout = 30 * time.Second       // longest reading; one that takes longer has failed
)

// DrillCounts is what is known of one drill.
type DrillCounts struct {
	Drill  *policy.Drill
	Counts drill.Counts // without rounds: nothing was counted yet
	Closed bool         // Counts are those that were kept when the drill was closed
	Read   time.Time    // when it was known
}

// DrillReader returns the drills whose gauges are to be shown. Beside an error it returns what is known all the same. It is called
// by one goroutine at a time.
type DrillReader func(context.Context) ([]DrillCounts, error)

// DrillGauges are the gauges of drills. They are no counters of this process: each value is read from the ledger, so that a
// restart changes nothing, every gateway that shares the ledger shows the same, and what was imported is in it.
type DrillGauges struct {
	read     DrillReader
	now      func() time.Time
	families *drillFamilies
	failures prometheus.Counter
	duration prometheus.Gauge

	stopped context.Context
	stop    context.CancelFunc
	reading sync.WaitGroup

	mu    sync.Mutex
	known []DrillCounts
	shown []prometheus.Metric // of known, but for what the time alone decides
	next  time.Time           // no reading before
	done  chan struct{}       // closed when the reading under way has ended; nil: there is none
}

// NewDrillGauges registers the gauges with reg. Close ends their reading.
func NewDrillGauges(reg prometheus.Registerer, read DrillReader, now func() time.Time) *DrillGauges {
	g := &DrillGauges{read: read, now: now, families: newDrillFamilies()}
	f := factory{reg}
	g.failures = f.counter("drill_ledger_read_failures_total", "Attempts to read the ledgers of drills for their gauges that failed, if only for one of them. The gauges then show what was known before.")
	g.duration = f.gauge("drill_ledger_read_duration_seconds", "How long the latest reading of the ledgers of drills took.", nil)
	g.stopped, g.stop = context.WithCancel(context.Background())
	reg.MustRegister(g)
	return g
}

// Close waits for the reading under way and ends it. The gauges go on to show what is known.
func (g *DrillGauges) Close() {
	g.mu.Lock()
	g.stop()
	g.mu.Unlock()
	g.reading.Wait()
}

// Describe implements prometheus.Collector.
func (g *DrillGauges) Describe(to chan<- *prometheus.Desc) { g.families.describe(to) }

// Collect implements prometheus.Collector. It never fails: a ledger that is away would hide every other series of the page.
func (g *DrillGauges) Collect(to chan<- prometheus.Metric) {
	if reading := g.renew(); reading != nil {
		enough := time.NewTimer(DrillWait)
		select {
		case <-reading:
		case <-enough.C:
		}
		enough.Stop()
	}
	g.mu.Lock()
	known, shown := g.known, g.shown
	g.mu.Unlock()
	now := g.now()
	for _, d := range known {
		g.families.moments(to, d, now)
	}
	for _, m := range shown {
		to <- m
	}
}

// renew begins to read where what is known is too old, and returns what is closed when the reading under way has ended.
func (g *DrillGauges) renew() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done == nil && g.stopped.Err() == nil && !g.now().Before(g.next) {
		done := make(chan struct{})
		g.done = done
		g.reading.Go(func() {
			g.take()
			close(done)
		})
	}
	return g.done
}

// take reads once.
func (g *DrillGauges) take() {
	ctx, cancel := context.WithTimeout(g.stopped, DrillTimeout)
	defer cancel()
	begun := g.now()
	known, shown, err := g.make(ctx, begun)
	elapsed := g.now().Sub(begun)
	g.duration.Set(elapsed.Seconds())
	if err != nil {
		g.failures.Inc()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if known != nil || err == nil {
		g.known, g.shown = known, shown
	}
	g.next = begun.Add(min(max(DrillAge, DrillLoad*elapsed), MaxDrillAge))
	g.done = nil
}

// make reads the ledgers and makes gauges of them. A panic is an error: what is in a ledger came over a network, and mail must not
// stop for it.
func (g *DrillGauges) make(ctx context.Context, now time.Time) (known []DrillCounts, shown []prometheus.Metric, err error) {
	defer func() {
		if v := recover(); v != nil {
			known, shown, err = nil, nil, fmt.Errorf("a ledger cannot be counted: %v", v)
		}
	}()
	known, err = g.read(ctx)
	for _, d := range known {
		shown = append(shown, g.families.numbers(d, now)...)
	}
	return known, shown, err
}
