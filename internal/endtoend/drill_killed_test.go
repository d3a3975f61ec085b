//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// TestDrillKilled kills a gateway that keeps its drill in a file, in the middle of a round and again between its mail and the report
// on it. Whatever the client was told is counted, nobody twice.
func TestDrillKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now().Truncate(time.Second)
	s := newStand(t, 22, drillZone, "")
	s.policy = drillPolicy(dnsOf(t, s), fmt.Sprintf("path = %q\nsecret_file = %q\nledger = %q\n", filepath.Join(dir, "memory.db"),
		filepath.Join(dir, "secret"), filepath.Join(dir, "ledger")), now.Add(-time.Hour), now.Add(time.Hour), now.Add(2*time.Hour))
	s.policy = bytes.ReplaceAll(s.policy, []byte("max_recipients = 8"), []byte("max_recipients = 100000"))
	s.files = drillFiles()
	mta := s.postfix(t, "192.0.2.42")
	g := startGateway(t, s.gatewayConfig)
	token := strings.TrimSpace(g.drill(0, "token", "--round", "1")) + "\r\n"

	told := make(chan int)
	go func() { told <- burst(t, mta, token) }()
	g.waitFor(func() bool { return counter(t, g.scrape(), "sekimori_drill_exemptions_total") >= 20 })
	g.kill()
	acknowledged := <-told
	g = startGateway(t, s.gatewayConfig)
	accepted := g.counts()["1 mof"]["accepted"]
	if accepted < acknowledged || accepted > acknowledged+1 { // one may have died between the ledger and its answer
		t.Errorf("%d persons are counted, mail was accepted for %d", accepted, acknowledged)
	}

	wantReply(t, send(t, mta, insideAddr, "p0@mof.gw.test", []string{"csirt@gw.test"}, mailOf("p0@mof.gw.test", "csirt@gw.test",
		"References: <p0@drill.test>\r\n", "Is this one real?")), 250, "")
	g.kill()
	g = startGateway(t, s.gatewayConfig)
	got := g.counts()
	wantCounts(t, "after two kills", got, map[string]map[string]int{"1 mof": {"accepted": accepted, "reported": 1, "stopped": accepted}})
	if out := g.drill(0, "report", "--format", "json"); strings.Contains(out, "lost_events") {
		t.Errorf("the report speaks of lost events:\n%s", out)
	}
}

// burst sends mail of round 1 to one person after the other until the MTA does not take it any more, and returns how many it took.
func burst(t *testing.T, mta testmta.MTA, token string) (taken int) {
	client := netip.MustParseAddr(drillAddr)
	d, _, err := testmta.Dial(t.Context(), client, mta.Server(client, 25))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer d.Close()
	if _, err := d.Say("EHLO drill.test"); err != nil {
		t.Error(err)
		return 0
	}
	for ; ; taken++ {
		to := fmt.Sprintf("p%d@mof.gw.test", taken)
		for _, line := range []string{"MAIL FROM:<bounce1@drill.test>", "RCPT TO:<" + to + ">"} {
			if r, err := d.Say("%s", line); err != nil || r.Code != 250 {
				return taken
			}
		}
		r, err := d.Data([]byte(lure(1, borrowed, fmt.Sprintf("p%d", taken), to, token)))
		if err != nil || r.Code != 250 {
			return taken
		}
	}
}
