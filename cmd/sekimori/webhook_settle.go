package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"sekimori/internal/ledger"
	"sekimori/internal/webhook"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// settle judges what can be judged now, and writes it to the ledger. What cannot be written is tried again the next time.
func (k *hook) settle(ctx context.Context, now time.Time) {
	p := k.policy()
	if k.preset.Swap(p) != p {
		k.metrics.PresetDrillWebhook(texts(webhook.Results()), string(imports.GophishWebhook), rejections())
	}
	for i := range p.Drills {
		for j := range p.Drills[i].Rounds {
			if d, r := &p.Drills[i], &p.Drills[i].Rounds[j]; len(r.Campaigns) > 0 {
				if err := k.settleRound(ctx, d, r, now); err != nil {
					k.failed(err)
				}
			}
		}
	}
}

func (k *hook) settleRound(ctx context.Context, d *policy.Drill, r *policy.Round, now time.Time) error {
	l, fresh, err := k.judged(ctx, d, r, now)
	if err != nil {
		return err
	}
	for len(fresh) > 0 {
		next := fresh[:min(len(fresh), ledger.MaxBatch)]
		if _, err := l.in.Add(ctx, next); err != nil {
			return k.refused(l, err)
		}
		k.keep(l, next)
		fresh = fresh[len(next):]
	}
	return k.note(ctx, d, r, now)
}

// refused says what an error of the ledger means for a round: the records are tried again, or the drill is closed.
func (k *hook) refused(l *liveRound, err error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	l.fresh, l.ended = true, errors.Is(err, ledger.ErrClosed)
	if l.ended {
		return nil // what comes now is answered 410
	}
	return err
}

// partEvery is the time between two notes in the ledger that the webhook works.
const partEvery = 10 * time.Minute

// part is what the webhook told of a round since that was last noted.
type part struct {
	records, rejected int
	last              time.Time // when it was
	organisations     map[string]bool
}

// note notes in the ledger that the webhook works: what nobody did is 0 then, and not unknown.
func (k *hook) note(ctx context.Context, d *policy.Drill, r *policy.Round, now time.Time) error {
	k.mu.Lock()
	l := k.rounds[hookRound{d.Name, r.Number}]
	if l == nil || l.ended || l.part.records == 0 || now.Sub(l.part.last) < partEvery {
		k.mu.Unlock()
		return nil
	}
	told := l.part
	i := ledger.Import{Drill: d.Name, Round: r.Number, Source: string(imports.GophishWebhook), At: now, Records: told.records, Rejected: told.rejected,
		Part: true, Covers: l.im.Covers(imports.GophishWebhook), Organisations: slices.Sorted(maps.Keys(told.organisations))}
	k.mu.Unlock()
	if err := l.in.End(ctx, i); err != nil {
		return k.refused(l, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	l.part.records -= told.records
	l.part.rejected -= told.rejected
	l.part.last = now
	return nil
}

// judged returns the records of a round that the ledger does not have yet. Bodies are taken meanwhile.
func (k *hook) judged(ctx context.Context, d *policy.Drill, r *policy.Round, now time.Time) (*liveRound, []drill.Record, error) {
	until := now.Add(-settleAfter)
	l, im, err := k.begin(ctx, d, r, until)
	if err != nil || im == nil {
		return nil, nil, err
	}
	settled := im.Settled(until)
	k.mu.Lock()
	defer k.mu.Unlock()
	l.part.organisations = map[string]bool{}
	for _, rec := range settled {
		l.part.organisations[rec.Organisation] = true
	}
	return l, slices.DeleteFunc(settled, func(rec drill.Record) bool { return l.said[saidOf(rec)] }), nil
}

// begin returns the events of a round so far, or nil where there is nothing to judge.
func (k *hook) begin(ctx context.Context, d *policy.Drill, r *policy.Round, until time.Time) (*liveRound, *imports.Import, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, err := k.round(ctx, d, r)
	if err == nil && !l.ended {
		err = k.readNotes(ctx, d, l)
	}
	if err != nil || !l.fresh || l.ended {
		return nil, nil, err
	}
	l.fresh = !l.im.EndsBy(until)
	return l, l.im.Snapshot(), nil
}

// rejections are the reasons for which a body is rejected.
func rejections() (reasons []string) {
	for _, r := range imports.Reasons() {
		if r.Mistake() {
			reasons = append(reasons, string(r))
		}
	}
	return reasons
}

// keep notes what the ledger has now.
func (k *hook) keep(l *liveRound, records []drill.Record) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range records {
		l.said[saidOf(r)] = true
	}
}

// run settles again and again until ctx ends.
func (k *hook) run(ctx context.Context) {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for {
		k.settle(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
