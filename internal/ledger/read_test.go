package ledger

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// large is how many records the ledger of a ministry has after two rounds: 60,000 persons got both, some opened, some reported.
const large = 300_000

// fillLedger keeps n records of random persons, and a Message-ID for each of them that was accepted.
func fillLedger(tb testing.TB, l *Ledger, n int) {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	events := []drill.Event{drill.EventAccepted, drill.EventDelivered, drill.EventAccepted, drill.EventDelivered, drill.EventOpened}
	h, err := l.hasherOf(tb.Context(), "d")
	if err != nil {
		tb.Fatal(err)
	}
	for done := 0; done < n; done += MaxBatch / 2 {
		var entries []store.Entry
		for i := range min(MaxBatch/2, n-done) {
			var person [drill.PersonSize]byte
			binary.BigEndian.PutUint64(person[:], random.Uint64())
			r := drill.Record{Drill: "d", Round: 1 + i%2, Event: events[i%len(events)], Person: string(person[:]), Organisation: "mof", Class: drill.ClassHuman,
				At: begin().Add(time.Duration(i) * time.Second)}
			if r.Event == drill.EventAccepted {
				r.Verdict = policy.ActionTag
				entries = append(entries, store.Entry{Set: setMessage, ID: r.Person, At: r.At, Value: "11"})
			}
			e, err := entryOf(r)
			if err != nil {
				tb.Fatal(err)
			}
			entries = append(entries, e)
		}
		if _, err := l.write(tb.Context(), "d", h, entries); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkRead reads the ledger of a large drill as its gauges do: what is held afterwards, and the most there was on the way,
// garbage included.
func BenchmarkRead(b *testing.B) {
	l := filePlace(b)(b)
	fillLedger(b, l, large)
	b.ReportAllocs()
	for b.Loop() {
		before := heap()
		peak := peakUntil()
		c, err := l.Read(b.Context(), "d")
		if err != nil || c.Set.Len() < large*99/100 {
			b.Fatal(err)
		}
		b.ReportMetric(float64(peak()-before)/1e6, "MB-peak")
		b.ReportMetric(float64(heap()-before)/1e6, "MB-held")
		runtime.KeepAlive(c)
	}
}

func heap() int64 {
	runtime.GC()
	return objects()
}

func objects() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// peakUntil watches the heap until what it returns is called, which returns the most it saw.
func peakUntil() func() int64 {
	stop, peak := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		for {
			most = max(most, objects())
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-peak }
}
