package main

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"sekimori/internal/ledger"
	"sekimori/internal/store"
	"sekimori/policy"
)

// openLedger opens the place where what drills count is kept: the directory that the policy names, or its Redis. A Redis that
// does not answer is no error here.
func openLedger(s policy.Store, observe func(store.Op, store.Result, time.Duration)) (*ledger.Ledger, error) {
	var secret *store.Secret
	if s.Kind == policy.StoreRedis {
		var err error
		if secret, err = storeSecret(s); err != nil {
			return nil, hinted{inputError{err}, "see secret_file in [store]"}
		}
	}
	l, err := ledger.Open(ledger.Config{Store: s, Secret: secret, Observe: observe})
	if err != nil {
		return nil, hinted{inputError{err}, "see ledger in [store]"}
	}
	return l, nil
}

// purposeDrillMessage is for the Message-IDs of accepted mail of drills, beside those in the ledger: the memory answers at once.
const purposeDrillMessage store.Purpose = "drill_message"

// drills is the gateway's side of the ledger, and can be exchanged while it is used.
type drills struct {
	g   *gateway
	now atomic.Pointer[openedLedger]
}

// openedLedger is a ledger with the settings that it was opened by.
type openedLedger struct {
	*ledger.Ledger
	settings policy.Store
}

// open opens the ledger that p needs, unless it is open already, and returns how to put it in force, or to let it be.
func (d *drills) open(p *policy.Policy) (use func(bool), err error) {
	old := d.now.Load()
	if len(p.Drills) == 0 || old != nil && reflect.DeepEqual(old.settings, p.Store) {
		return func(bool) {}, nil // one that is open stays: answers to a drill whose section is gone are still under way
	}
	l, err := openLedger(p.Store, func(op store.Op, result store.Result, elapsed time.Duration) {
		d.g.metrics.StoreObserve(string(op), string(result), elapsed)
	})
	if err != nil {
		return nil, err
	}
	return func(force bool) {
		over := &openedLedger{l, p.Store}
		if force {
			over = d.now.Swap(over)
		}
		if over == nil {
			return
		}
		if err := over.Close(); err != nil {
			d.g.log.Error("closing a ledger", "error", err)
		}
	}, nil
}

// ledger returns the ledger in use, nil where no policy needed one yet.
func (d *drills) ledger() *ledger.Ledger {
	if o := d.now.Load(); o != nil {
		return o.Ledger
	}
	return nil
}

func (d *drills) close() error {
	if o := d.now.Swap(nil); o != nil {
		return o.Close()
	}
	return nil
}

// Accepted implements examine.Ledger.
func (d *drills) Accepted(ctx context.Context, name string, round int) int {
	if o := d.now.Load(); o != nil {
		return o.Accepted(ctx, name, round)
	}
	return 0
}

// Sent implements examine.Ledger. The memory answers within its time; what it does not know, because it was away or the process
// died before it was written, only the ledger knows, which is asked where it matters.
func (d *drills) Sent(ctx context.Context, name string, ids []string, surely bool) int {
	if m := d.g.memory.now.Load(); m != nil {
		if n := m.drillRound(ctx, name, ids); n > 0 {
			return n
		}
	}
	o := d.now.Load()
	if o == nil || !surely {
		return 0
	}
	n, err := o.Sent(ctx, name, ids)
	if err != nil {
		d.g.log.Error("a report of a drill may be missed: the ledger does not say whose mail it is about", "drill", name, "error", err)
	}
	return n
}

// drillRound asks the memory for the round that a Message-ID belongs to.
func (o *opened) drillRound(ctx context.Context, name string, ids []string) int {
	var keys []store.Key
	for _, id := range ids[:min(len(ids), ledger.MaxIDs)] {
		keys = append(keys, o.recall.secret.Key(purposeDrillMessage, name, id))
	}
	values, err := o.store.Recall(ctx, keys...)
	if err != nil {
		return 0
	}
	for _, v := range values {
		if n, err := strconv.Atoi(string(v)); err == nil {
			return n
		}
	}
	return 0
}

// Record implements examine.Ledger. What cannot be kept is counted and logged; the mail flows.
func (d *drills) Record(ctx context.Context, records []policy.DrillRecord) {
	d.remember(records)
	err := errors.New("there is none")
	if o := d.now.Load(); o != nil {
		err = o.Record(ctx, records)
	}
	switch {
	case err == nil:
		return
	case errors.Is(err, ledger.ErrClosed):
		d.g.metrics.LedgerRefused(len(records))
	default:
		d.g.metrics.LedgerFailed(len(records))
		d.g.log.Error("events of a drill are not in the ledger: its round is incomplete", "events", len(records), "error", err)
	}
}

// remember keeps the Message-IDs of accepted mail in the memory, until nobody looks for answers any more.
func (d *drills) remember(records []policy.DrillRecord) {
	m := d.g.memory.now.Load()
	if m == nil {
		return
	}
	known := ""
	for _, r := range records {
		if r.MessageID == "" || r.MessageID == known {
			continue
		}
		known = r.MessageID
		m.store.Remember(m.recall.secret.Key(purposeDrillMessage, r.Drill, known), []byte(strconv.Itoa(r.Round)), d.until(r))
	}
}

// until is when the mail of a record's round can no longer be answered.
func (d *drills) until(r policy.DrillRecord) time.Time {
	for _, x := range d.g.policy.Load().Drills {
		for i := range x.Rounds {
			if x.Name == r.Drill && x.Rounds[i].Number == r.Round {
				return x.Rounds[i].Window.Until.Add(policy.DrillTail)
			}
		}
	}
	return r.At.Add(policy.DrillTail)
}
