package metrics

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// reader counts its readings, each of which takes a while.
type reader struct {
	takes    time.Duration
	fails    error
	readings int
}

func (r *reader) read(ctx context.Context) ([]DrillCounts, error) {
	r.readings++
	select {
	case <-time.After(r.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.fails != nil {
		return nil, r.fails
	}
	d := bodies(0, map[string]int{"a": r.readings})
	d.Read = time.Now()
	return []DrillCounts{d}, nil
}

// TestDrillGaugesAge: a scrape waits no longer than DrillWait, and reads no more often than it may.
func TestDrillGaugesAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		reg := prometheus.NewRegistry()
		g := NewDrillGauges(reg, r.read, time.Now)
		wanted := func(wait time.Duration, opened string) {
			t.Helper()
			begun := time.Now()
			wantLines(t, scrape(t, reg), `sekimori_drill_opened_recipients{drill="d",round="1"} `+opened+"\n")
			if took := time.Since(begun); took != wait {
				t.Errorf("the scrape took %s, wanted is %s", took, wait)
			}
		}
		wanted(0, "1")
		time.Sleep(DrillAge - time.Nanosecond)
		wanted(0, "1")
		time.Sleep(time.Nanosecond)
		wanted(0, "2")

		r.takes = time.Second // which is read in the background, and not before 20 s again
		time.Sleep(DrillAge)
		wanted(DrillWait, "2")
		time.Sleep(time.Second)
		wanted(0, "3")
		time.Sleep(DrillAge)
		wanted(0, "3")
		time.Sleep(5 * time.Second)
		wanted(DrillWait, "3")
		time.Sleep(time.Second)
		synctest.Wait()
		if r.readings != 4 {
			t.Errorf("%d readings", r.readings)
		}
		r.takes, r.fails = 0, errors.New("away")
		time.Sleep(time.Minute)
		wanted(0, "4")
		wantMetric(t, reg, "sekimori_drill_ledger_read_failures_total", 1)
		r.fails, r.takes = nil, time.Hour // is given up
		time.Sleep(DrillAge)
		wanted(DrillWait, "4")
		time.Sleep(DrillTimeout)
		synctest.Wait()
		wantMetric(t, reg, "sekimori_drill_ledger_read_failures_total", 2)
		time.Sleep(MaxDrillAge - DrillTimeout)
		wanted(DrillWait, "4")
		g.Close() // while it reads
		wanted(0, "4")
	})
}

// TestDrillGaugesPanic: a reading that fails as nobody thought of costs its numbers and nothing else.
func TestDrillGaugesPanic(t *testing.T) {
	reg := prometheus.NewRegistry()
	g := NewDrillGauges(reg, func(context.Context) ([]DrillCounts, error) { panic("a defect") }, time.Now)
	defer g.Close()
	scrape(t, reg)
	wantMetric(t, reg, "sekimori_drill_ledger_read_failures_total", 1)
}

func wantMetric(t *testing.T, reg *prometheus.Registry, name string, want float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			if got := f.GetMetric()[0].GetCounter().GetValue(); got != want {
				t.Errorf("%s is %v, wanted is %v", name, got, want)
			}
			return
		}
	}
	t.Errorf("there is no %s", name)
}
