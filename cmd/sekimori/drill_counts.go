package main

import (
	"bytes"
	"context"
	"os/signal"
	"slices"
	"syscall"

	"sekimori/internal/ledger"
	"sekimori/policy"
	"sekimori/policy/drill"
)

type drillCountsCmd struct {
	Config       string   `short:"c" required:"" placeholder:"FILE" help:"The policy file, which defines the drill."`
	Drill        string   `required:"" placeholder:"NAME" help:"Name of the drill."`
	Organisation []string `placeholder:"NAME" help:"These organisations only; may be repeated."`
}

// Run prints what the ledger of this place counted, as a body hands it in to those who compare several: numbers and no persons.
func (c *drillCountsCmd) Run(s streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var notes bytes.Buffer
	p, err := readPolicy(c.Config, &notes)
	if err != nil {
		_, _ = s.err.Write(notes.Bytes())
		return err
	}
	i := slices.IndexFunc(p.Drills, func(d policy.Drill) bool { return d.Name == c.Drill })
	if i < 0 {
		return badInput("--drill: the policy file has no [[drill]] %q", c.Drill)
	}
	for _, name := range c.Organisation {
		if name != policy.Other && !isOrganisation(p, name) {
			return badInput("--organisation: there is no [[organisation]] %q", name)
		}
	}
	l, err := openLedger(p.Store, nil)
	if err != nil {
		return err
	}
	defer l.Close()
	counts, err := countsOf(ctx, l, &p.Drills[i])
	if err != nil {
		return err
	}
	if len(c.Organisation) > 0 {
		for k := range counts.Rounds {
			counts.Rounds[k].Bodies = slices.DeleteFunc(counts.Rounds[k].Bodies, func(b drill.BodyCounts) bool {
				return !slices.Contains(c.Organisation, b.Organisation)
			})
		}
	}
	return drill.WriteCounts(s.out, counts)
}

// countsOf returns the counts of a drill: those that were kept when it was closed, else those of its records.
func countsOf(ctx context.Context, l *ledger.Ledger, d *drill.Drill) (drill.Counts, error) {
	state, counts, err := l.Frozen(ctx, d.Name)
	switch {
	case err != nil:
		return drill.Counts{}, err
	case state == ledger.StateNone:
		return drill.Counts{}, badInput("nothing was counted for %s yet", d.Name)
	case state == ledger.StateClosed || state == ledger.StateForgotten:
		return counts, nil
	}
	content, err := l.Read(ctx, d.Name)
	if err != nil {
		return drill.Counts{}, err
	}
	return drill.Count(d, content), nil
}
