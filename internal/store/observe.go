package store

import (
	"context"
	"errors"
)

// Op is a kind of work of the store, a label of counters.
type Op string

// The kinds of work.
const (
	OpRecall  Op = "recall"   // one reading for a mail
	OpFlush   Op = "flush"    // one writing of what was to be remembered, up to BatchSize values
	OpAddOnce Op = "add_once" //
	OpCount   Op = "count"    //
	OpEach    Op = "each"     //
	OpForget  Op = "forget"   //
	OpUpkeep  Op = "upkeep"   // sweeping a file, or finding out whether Redis is back
)

// Ops lists every Op.
func Ops() []Op { return []Op{OpRecall, OpFlush, OpAddOnce, OpCount, OpEach, OpForget, OpUpkeep} }

// Result is how work of the store ended, a label of counters.
type Result string

// The results.
const (
	ResultOK          Result = "ok"
	ResultTimeout     Result = "timeout"     // the bound on the time was reached, or the caller gave up
	ResultBusy        Result = "busy"        // too many readings under way: refused at once
	ResultUnavailable Result = "unavailable" // known to be away: refused at once
	ResultFailed      Result = "failed"      // the disk, the network or the server said no
)

// Results lists every Result.
func Results() []Result {
	return []Result{ResultOK, ResultTimeout, ResultBusy, ResultUnavailable, ResultFailed}
}

func resultOf(err error) Result {
	switch {
	case err == nil:
		return ResultOK
	case errors.Is(err, ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ResultTimeout
	case errors.Is(err, ErrBusy):
		return ResultBusy
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrClosed):
		return ResultUnavailable
	}
	return ResultFailed
}

// Drop is why a value was not remembered, a label of counters.
type Drop string

// The reasons.
const (
	DropFull      Drop = "queue_full" // Config.QueueSize values wait to be written
	DropMalformed Drop = "malformed"  // more than MaxValue octets, or a key without purpose
	DropClosed    Drop = "closed"     // after Close, or not written when it ended
)

// Drops lists every Drop.
func Drops() []Drop { return []Drop{DropFull, DropMalformed, DropClosed} }

// Size is how much a store holds; -1 where it cannot be told.
type Size struct {
	Entries int64 // values remembered and members of sets; Redis: all keys of its database
	Bytes   int64 // file: its size on disk; Redis: the server's used memory
	Waiting int64 // values that wait to be written
}
