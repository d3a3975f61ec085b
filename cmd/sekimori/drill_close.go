package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sekimori/internal/ledger"
	"sekimori/policy"
	"sekimori/policy/drill"
)

type drillCloseCmd struct {
	Config string `short:"c" required:"" placeholder:"FILE" help:"The policy file that defines the drill."`
	Drill  string `required:"" placeholder:"NAME" help:"Name of the drill."`
	Forget bool   `help:"Destroy what is known of persons, and the key it was made with. The numbers of the report stay. There is no way back."`
	Early  bool   `help:"Although the window of a round has not ended."`
}

// Run closes a drill: its numbers are kept as they are, and nothing more is counted.
func (c *drillCloseCmd) Run(s streams) error {
	p, err := policyOfDrills(c.Config, s)
	if err != nil {
		return err
	}
	l, err := openLedger(p.Store, nil)
	if err != nil {
		return err
	}
	defer l.Close()
	ctx := context.Background()
	state, _, err := l.Frozen(ctx, c.Drill)
	if err != nil {
		return err
	}
	switch state {
	case ledger.StateNone:
		return hinted{badInput("nothing of %q was counted", c.Drill), "is this the policy file of the gateway, and the drill's name?"}
	case ledger.StateOpen, ledger.StateClosing:
		if err := c.close(ctx, s, p, l); err != nil {
			return err
		}
	case ledger.StateClosed, ledger.StateForgotten:
		fmt.Fprintf(s.out, "%s is closed already\n", c.Drill)
	}
	if !c.Forget {
		return nil
	}
	if err := l.Forget(ctx, c.Drill); err != nil {
		if errors.Is(err, ledger.ErrOpen) {
			return hinted{err, "the same command goes on"}
		}
		return err
	}
	fmt.Fprintf(s.out, "%s is forgotten: its records and their key are destroyed, its numbers stay\n", c.Drill)
	if p.Store.Kind == policy.StoreRedis {
		fmt.Fprintln(s.out, "the server's own files hold them until it rewrites them: BGREWRITEAOF, or BGSAVE")
	}
	return nil
}

func (c *drillCloseCmd) close(ctx context.Context, s streams, p *policy.Policy, l *ledger.Ledger) error {
	d := findDrill(p, c.Drill)
	if d == nil {
		return badInput("--drill: the policy file has no [[drill]] %q: its rounds are needed to count", c.Drill)
	}
	if end := lastWindow(d); time.Now().Before(end) && !c.Early {
		return hinted{badInput("the last window of %s ends %s", d.Name, end.Format("2006-01-02 15:04 -07:00")), "--early closes it all the same"}
	}
	var counts drill.Counts
	err := l.Freeze(ctx, d.Name, func(content ledger.Content) drill.Counts {
		counts = drill.Count(d, content)
		return counts
	})
	if err != nil {
		return hinted{err, "the same command goes on; until then nothing more is counted"}
	}
	fmt.Fprintf(s.out, "%s is closed: %s\n", d.Name, counted(len(counts.Rounds), "round", "rounds"))
	return nil
}

// lastWindow is when the last round ends.
func lastWindow(d *policy.Drill) (end time.Time) {
	for i := range d.Rounds {
		if u := d.Rounds[i].Window.Until; u.After(end) {
			end = u
		}
	}
	return end
}
