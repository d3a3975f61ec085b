//go:build linux && endtoend

package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// TestDrillLedgerAway lets the Redis hang while a round runs. Its mail is delivered all the same, each within seconds; the metrics say
// that it was not written down, and when the Redis is back, the report calls the round incomplete.
func TestDrillLedgerAway(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp(testmta.RunDir, "redis")
	if err != nil {
		t.Fatal(err)
	}
	server := &redisServer{socket: filepath.Join(dir, "s")}
	server.start(t)
	t.Cleanup(server.stop)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Second)
	s := newStand(t, 23, drillZone, "")
	s.policy = drillPolicy(dnsOf(t, s), fmt.Sprintf("kind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", server.socket, secret),
		now.Add(-time.Hour), now.Add(time.Hour), now.Add(2*time.Hour))
	s.files = drillFiles()
	mta := s.postfix(t, "192.0.2.43")
	g := startGateway(t, s.gatewayConfig)
	token := strings.TrimSpace(g.drill(0, "token", "--round", "1")) + "\r\n"
	deliver := func(n int) {
		t.Helper()
		start, to := time.Now(), fmt.Sprintf("a%d@mof.gw.test", n)
		wantReply(t, send(t, mta, drillAddr, "bounce1@drill.test", []string{to}, lure(1, borrowed, to, to, token)), 250, "")
		if d := time.Since(start); d > 5*time.Second { // how far the round is, and the event: 2 s each
			t.Errorf("mail %d takes %s", n, d)
		}
		if got := delivered(t, mta, n)[n-1]; got.To[0] != to || strings.Contains(string(got.Data), "X-Sekimori-Drill") {
			t.Errorf("to %q goes\n%s", got.To, got.Data)
		}
	}
	deliver(1)

	if err := server.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	deliver(2)
	deliver(3)
	if n := counter(t, g.scrape(), "sekimori_drill_ledger_failures_total"); n != 2 {
		t.Errorf("%v events are counted as not written, wanted are 2", n)
	}
	if err := server.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}

	n := 3
	g.waitFor(func() bool { // it is asked again after a while
		n++
		deliver(n)
		return strings.Contains(g.drill(0, "report", "--format", "json"), `"lost_events"`)
	})
	if out := g.drill(0, "report"); !strings.Contains(out, "round 1 is incomplete") {
		t.Errorf("the report does not say that it is incomplete:\n%s", out)
	}
	if got := g.counts()["1 mof"]["accepted"]; got < 2 || got > n {
		t.Errorf("%d persons are counted of %d", got, n)
	}
}
