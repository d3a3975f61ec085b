package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// storeSeries holds the series of the memory between messages.
type storeSeries struct {
	operations, drops       *prometheus.CounterVec
	durations               *prometheus.HistogramVec
	results                 map[storeKey]prometheus.Counter
	duration                map[string]prometheus.Observer
	dropped                 map[string]prometheus.Counter
	entries, bytes, waiting prometheus.Gauge
}

// storeKey is a kind of work of the store and how it ended.
type storeKey struct{ op, result string }

func (m *Metrics) newStoreSeries(f factory) {
	m.store = storeSeries{
		operations: f.counters("store_operations_total", "Work of the memory between messages, by how it ended.", "op", "result"),
		durations: f.histograms("store_duration_seconds", "Time of the work of the memory between messages.",
			[]float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 5}, "op"),
		drops:   f.counters("store_dropped_total", "Values that were to be remembered and were not.", "reason"),
		entries: f.gauge("store_entries", "Values that are remembered; with Redis all keys of its database.", nil),
		bytes:   f.gauge("store_bytes", "Octets on disk of the file of the store, or memory that the Redis server uses.", nil),
		waiting: f.gauge("store_waiting", "Values that wait to be written.", nil),
	}
}

// PresetStore makes the series of the store for the words that it uses, at 0. Words that are not given are not counted.
// Call it once, before the store is opened.
func (m *Metrics) PresetStore(ops, results, drops []string) {
	s := &m.store
	s.results, s.duration = make(map[storeKey]prometheus.Counter), make(map[string]prometheus.Observer)
	s.dropped = make(map[string]prometheus.Counter)
	for _, op := range ops {
		s.duration[op] = s.durations.WithLabelValues(op)
		for _, r := range results {
			s.results[storeKey{op, r}] = s.operations.WithLabelValues(op, r)
		}
	}
	for _, d := range drops {
		s.dropped[d] = s.drops.WithLabelValues(d)
	}
}

// StoreObserve counts one piece of work of the store.
func (m *Metrics) StoreObserve(op, result string, elapsed time.Duration) {
	if c := m.store.results[storeKey{op, result}]; c != nil {
		c.Inc()
		m.store.duration[op].Observe(elapsed.Seconds())
	}
}

// StoreDropped counts values that are not remembered.
func (m *Metrics) StoreDropped(why string, values int) {
	if c := m.store.dropped[why]; c != nil && values > 0 {
		c.Add(float64(values))
	}
}

// StoreSize says how much the store holds: values, octets, and values that wait to be written. What is below 0 cannot be
// told now and shows as NaN.
func (m *Metrics) StoreSize(entries, bytes, waiting int64) {
	set := func(g prometheus.Gauge, n int64) {
		if n < 0 {
			g.Set(math.NaN())
			return
		}
		g.Set(float64(n))
	}
	set(m.store.entries, entries)
	set(m.store.bytes, bytes)
	set(m.store.waiting, waiting)
}
