//go:build linux && endtoend

package endtoend

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/internal/testmta"
)

// The persons of the campaign of TestDrillWebhooks: of the first both gateways are told, then one of them, which is killed over it, of the
// rest the other.
const (
	hookedBoth    = 30
	hookedOne     = 150
	hookedPersons = 180
)

// hookedEvents are those of the persons from one to another: who got the mail, and of each third who followed the link, who typed, and whom a
// scanner was quicker than.
func hookedEvents(begun time.Time, from, to int) campaignEvents {
	c := campaignEvents{id: 7}
	const agent = "Mozilla/5.0 (Windows NT 10.0)"
	for i := from; i < to; i++ {
		who, address := fmt.Sprintf("p%d@mof.gw.test", i), fmt.Sprintf("198.51.%d.1", i)
		c.events = append(c.events, campaignEvent{who, begun, "Email Sent", ""})
		visit := campaignEvent{who, begun.Add(time.Duration(30+i) * time.Minute / 3), "Clicked Link", visited(address, agent)}
		switch i % 3 {
		case 1:
			c.events = append(c.events, visit, campaignEvent{who, visit.at.Add(20 * time.Second), "Submitted Data", visited(address, agent)})
		case 2:
			visit.at = begun.Add(-2 * time.Second)
			c.events = append(c.events, visit)
		default:
			c.events = append(c.events, visit)
		}
	}
	return c
}

// postWhile posts events until one is not answered 200, and returns how many were; enough is called once when half of them are.
func (c campaignEvents) postWhile(t *testing.T, address string, enough func()) (taken int) {
	for _, event := range c.bodies() {
		if status, err := postBody(t.Context(), address, event); err != nil || status != http.StatusOK {
			return taken
		}
		if taken++; taken == len(c.events)/2 {
			enough()
		}
	}
	return taken
}

// TestDrillWebhooks has two gateways take the webhook of one campaign into a Redis that they share, and kills one of them while it
// takes: what both are told counts once, what the killed one acknowledged is judged by the other, and when everything has been told the
// counts are those of the same events as a file.
func TestDrillWebhooks(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp(testmta.RunDir, "redis")
	if err != nil {
		t.Fatal(err)
	}
	server := &redisServer{socket: filepath.Join(dir, "s")}
	server.start(t)
	t.Cleanup(server.stop)
	secret, hook := filepath.Join(dir, "secret"), filepath.Join(dir, "webhook.secret")
	for path, text := range map[string]string{secret: strings.Repeat("0123456789abcdef", 4), hook: drillSecret} {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().Truncate(time.Second)
	store := fmt.Sprintf("kind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", server.socket, secret)
	policy := drillPolicy("127.0.0.1:53", store, now.Add(-2*time.Hour), now.Add(time.Hour), now.Add(2*time.Hour))
	addresses := []string{"127.0.0.1:9096", "127.0.0.1:9097"}
	var configs []gatewayConfig
	var gateways []*gateway
	for i, address := range addresses {
		s := newStand(t, 24+i, drillZone, "")
		s.policy, s.files, s.args = policy, drillFiles(), []string{"--webhook", address, "--webhook-secret", hook}
		configs = append(configs, s.gatewayConfig)
		gateways = append(gateways, startGateway(t, s.gatewayConfig))
	}

	begun := now.Add(-90 * time.Minute) // so long ago that visits are judged at once
	both, one, other := hookedEvents(begun, 0, hookedBoth), hookedEvents(begun, hookedBoth, hookedOne), hookedEvents(begun, hookedOne, hookedPersons)
	told, nothing := make(chan int), func() {}
	for _, address := range addresses {
		go func() { told <- both.postWhile(t, address, nothing) }()
	}
	for range addresses {
		if n := <-told; n != len(both.events) {
			t.Fatalf("%d of %d bodies are taken", n, len(both.events))
		}
	}
	half := make(chan struct{})
	go func() { told <- one.postWhile(t, addresses[0], func() { close(half) }) }()
	<-half
	gateways[0].kill()
	taken := <-told
	if taken == len(one.events) {
		t.Fatalf("killed after %d of %d bodies, which tests nothing", taken, len(one.events))
	}
	if n := other.postWhile(t, addresses[1], nothing); n != len(other.events) {
		t.Fatalf("%d of %d bodies are taken", n, len(other.events))
	}
	acknowledged := campaignEvents{id: 7, events: slices.Concat(both.events, one.events[:taken], other.events)}
	least := countedAlone(t, policy, store, acknowledged)
	short := ""
	for deadline := time.Now().Add(45 * time.Second); ; time.Sleep(200 * time.Millisecond) { // it judges every 30 s
		if short = below(gateways[1].counts()["1 mof"], least); short == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("what was acknowledged is lost: %s", short)
		}
	}

	if n := one.postWhile(t, addresses[1], nothing); n != len(one.events) { // GoPhish would not; who posts again does
		t.Fatalf("%d of %d bodies are taken", n, len(one.events))
	}
	gateways[0] = startGateway(t, configs[0]) // which judges at once what is noted
	all := campaignEvents{id: 7, events: slices.Concat(both.events, one.events, other.events)}
	want := countedAlone(t, policy, store, all)
	gateways[0].waitFor(func() bool { return below(gateways[0].counts()["1 mof"], want) == "" })
	for i, g := range gateways {
		if diff := cmp.Diff(want, g.counts()["1 mof"]); diff != "" {
			t.Errorf("gateway %d (-wanted +got):\n%s", i, diff)
		}
	}
	file := filepath.Join(t.TempDir(), "Transfers - Events.csv")
	if err := os.WriteFile(file, all.csv(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := gateways[1].drill(0, "import", "--round", "1", "gophish_events", file); !strings.Contains(out, "\n0 entries new in the ledger\n") {
		t.Errorf("the file brings what the webhooks did not:\n%s", out)
	}
}

// countedAlone is what the same events give as a file, in a ledger of their own.
func countedAlone(t *testing.T, policy []byte, store string, c campaignEvents) map[string]int {
	t.Helper()
	dir := t.TempDir()
	config, file := filepath.Join(dir, "sekimori.toml"), filepath.Join(dir, "Transfers - Events.csv")
	alone := strings.Replace(string(policy), store, fmt.Sprintf("ledger = %q\n", filepath.Join(dir, "ledger")), 1)
	files := map[string][]byte{config: []byte(alone), file: c.csv()}
	for name, key := range drillFiles() {
		files[filepath.Join(dir, name)] = key
	}
	for path, data := range files {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sekimori(t, 0, "drill", "import", "--config", config, "--drill", drillName, "--round", "1", "gophish_events", file)
	return readCounts(t, sekimori(t, 0, "drill", "counts", "--config", config, "--drill", drillName))["1 mof"]
}

// below says which of some numbers are lower than wanted, "" where none is.
func below(got, want map[string]int) (short string) {
	for name, n := range want {
		if got[name] < n {
			short += fmt.Sprintf("%s is %d, wanted are %d; ", name, got[name], n)
		}
	}
	return short
}
