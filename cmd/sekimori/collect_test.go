package main

import (
	"runtime/debug"
	"testing"
)

// The administrator's own settings hold.
func TestTuneCollector(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	for _, tt := range []struct {
		gogc, gomemlimit string
		percent          int
		limit            int64
	}{{"", "", collectPercent, collectLimit}, {"77", "", 100, collectLimit}, {"", "1GiB", collectPercent, limit}, {"77", "1GiB", 100, limit}} {
		t.Setenv("GOGC", tt.gogc)
		t.Setenv("GOMEMLIMIT", tt.gomemlimit)
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(limit)
		tuneCollector()
		if got := debug.SetGCPercent(100); got != tt.percent {
			t.Errorf("GOGC=%q: %d %%, want %d", tt.gogc, got, tt.percent)
		}
		if got := debug.SetMemoryLimit(-1); got != tt.limit {
			t.Errorf("GOMEMLIMIT=%q: %d, want %d", tt.gomemlimit, got, tt.limit)
		}
	}
}
