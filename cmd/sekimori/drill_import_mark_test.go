package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/internal/ledger"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// TestTwoWebhooks: two gateways that share a ledger and each take some of the bodies count what one would.
func TestTwoWebhooks(t *testing.T) {
	api := newHookStand(t, t.TempDir())
	api.byAPI(t, hookBodies())
	want := api.tallies(t)
	dir := t.TempDir()
	both := []*hookStand{newHookStand(t, dir), newHookStand(t, dir)}
	later := time.Date(2011, 12, 12, 4, 0, 0, 0, time.UTC)
	for i, b := range hookBodies() {
		if err := both[i%2].take(t.Context(), []byte(b)); err != nil {
			t.Fatal(err)
		}
		for _, s := range both {
			s.settle(t.Context(), later.Add(time.Duration(i-20)*time.Hour/4))
		}
	}
	for _, s := range both {
		s.settle(t.Context(), later)
		s.settle(t.Context(), later.Add(partEvery)) // what the other one noted meanwhile changes nothing
		if len(s.errors) > 0 {
			t.Error(s.errors)
		}
	}
	if diff := cmp.Diff(want, both[0].tallies(t)); diff != "" {
		t.Error(diff)
	}
	c, err := both[0].ledger.Read(t.Context(), "drill_2011")
	if err != nil {
		t.Fatal(err)
	}
	i := c.Imports[2]
	if len(i) != 1 || i[0].Source != "gophish_webhook" || i[0].Times != 0 || i[0].Records != len(hookBodies()) || i[0].Rejected != 0 || i[0].Last.IsZero() {
		t.Errorf("noted of the webhook: %+v", i)
	}
	if !c.Covered[drill.Cover{Round: 2, Event: drill.EventSubmitted, Organisation: "other"}] || c.Covered[drill.Cover{Round: 2, Event: drill.EventReported, Organisation: "mof"}] {
		t.Errorf("covered: %v", c.Covered)
	}
}

// TestImportUnderWay: a report that is made while an import runs, or after it broke off, says so; the same import makes it good.
func TestImportUnderWay(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	d := &s.policy.Drills[0]
	begun := func() bool {
		t.Helper()
		c, err := countsOf(t.Context(), s.ledger, d)
		if err != nil || len(c.Rounds) != 1 || len(c.Rounds[0].Imports) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		return !c.Rounds[0].Imports[0].Begun.IsZero()
	}
	broken := &breakingLedger{Ledger: s.ledger, steps: 2}
	if _, _, err := importEvents(t, t.Context(), broken, 2500); err == nil {
		t.Fatal("it did not break off")
	}
	if !begun() {
		t.Error("a report calls half an import complete")
	}
	broken.steps = 9
	if out, _, err := importEvents(t, t.Context(), broken, 2500); err != nil || !strings.HasSuffix(out, "\n500 entries new in the ledger\n") {
		t.Fatalf("%v, %s", err, out)
	}
	if begun() {
		t.Error("a report calls the import incomplete that was completed")
	}
}

// breakingLedger is a ledger that breaks off after some steps.
type breakingLedger struct {
	*ledger.Ledger
	steps int
}

func (l *breakingLedger) Add(ctx context.Context, records []drill.Record) (int, error) {
	if l.steps--; l.steps < 0 {
		return 0, errors.New("no space left on device")
	}
	return l.Ledger.Add(ctx, records)
}

// TestImportOfMachines: a high share of machines is told, at 10 of them and above 20 per cent.
func TestImportOfMachines(t *testing.T) {
	for _, tt := range []struct {
		machines, persons int
		want              bool
	}{{10, 39, true}, {10, 40, false}, {9, 1, false}} {
		s := newHookStand(t, t.TempDir())
		var text strings.Builder
		text.WriteString("campaign_id,email,time,message,details\n")
		for i := range tt.machines + tt.persons {
			at, agent := time.Date(2011, 12, 12, 2, i%60, 0, 0, time.UTC), "Mozilla/5.0"
			if i < tt.machines {
				agent = "curl/8.0"
			}
			fmt.Fprintf(&text, "12,a%d@mof.example,2011-12-12T01:00:00Z,Email Sent,\n", i)
			fmt.Fprintf(&text, "12,a%d@mof.example,%s,Clicked Link,\"{\"\"browser\"\":{\"\"address\"\":\"\"192.0.2.%d\"\",\"\"user-agent\"\":\"\"%s\"\"}}\"\n", i, at.Format(time.RFC3339), i, agent)
		}
		path := filepath.Join(t.TempDir(), "events.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &s.policy.Drills[0]
		c := drillImportCmd{Files: []string{path}}
		var out, warn strings.Builder
		err := c.run(t.Context(), streams{nil, &out, &warn}, s.ledger, imports.Config{Drill: d, Round: &d.Rounds[1],
			Identify: identify(t.Context(), s.ledger, d.Name, "domain", nil, s.policy)}, imports.GophishEvents)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(warn.String(), "% of the visits were machines'"); got != tt.want {
			t.Errorf("%d machines, %d persons: %s%s", tt.machines, tt.persons, out.String(), warn.String())
		}
	}
}
