package main

import (
	"os"
	"runtime/debug"
)

// How the collector of garbage works where neither GOGC nor GOMEMLIMIT is set. What stays of a mail is little and what passes is
// much, so that collecting half as often costs a few megabytes and saves a sixth of the CPU time; near the limit, which hostile
// mail on many connections could reach, it collects as often as it must.
const (
	collectPercent = 200
	collectLimit   = 256 << 20 // octets; soft: beyond it memory is had, at the price of time
)

// tuneCollector sets both, unless the environment does.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectLimit)
	}
}
