//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/internal/testmta"
)

// drillStand is the house with two gateways, one at a Postfix and one at a Sendmail, that share a Redis.
type drillStand struct {
	t              *testing.T
	redis          *redisServer
	store, dns     string
	from, until    time.Time // the first window opens, the last one ends
	one, two       testmta.MTA
	gOne, gTwo     *gateway
	configOne      gatewayConfig // takes the webhook
	tokens         map[int]string
	webhookAddress string
}

func newDrillStand(t *testing.T) *drillStand {
	dir, err := os.MkdirTemp(testmta.RunDir, "redis") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	d := &drillStand{t: t, redis: &redisServer{socket: filepath.Join(dir, "s")}, tokens: map[int]string{}, webhookAddress: "127.0.0.1:9092"}
	d.redis.start(t)
	t.Cleanup(func() { d.redis.stop() })
	secret, hook := filepath.Join(dir, "secret"), filepath.Join(dir, "webhook.secret")
	for path, text := range map[string]string{secret: strings.Repeat("0123456789abcdef", 4), hook: drillSecret} {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.store = fmt.Sprintf("kind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", d.redis.socket, secret)
	now := time.Now().Truncate(time.Second)
	d.from, d.until = now.Add(-2*time.Hour), now.Add(3*time.Hour)

	sOne, sTwo := newStand(t, 20, drillZone, ""), newStand(t, 21, drillZone, "")
	d.dns = dnsOf(t, sOne)
	for _, s := range []*stand{&sOne, &sTwo} {
		s.policy, s.files = d.policy(d.until.Add(-time.Hour)), drillFiles()
	}
	d.configOne = sOne.gatewayConfig
	d.configOne.args = []string{"--webhook", d.webhookAddress, "--webhook-secret", hook}
	d.one, d.two = sOne.postfix(t, "192.0.2.40"), sTwo.sendmail(t, "192.0.2.41")
	d.gOne, d.gTwo = startGateway(t, d.configOne), startGateway(t, sTwo.gatewayConfig)
	for round := 1; round <= 2; round++ {
		d.tokens[round] = d.gOne.drill(0, "token", "--round", fmt.Sprint(round))
		if other := d.gTwo.drill(0, "token", "--round", fmt.Sprint(round)); other != d.tokens[round] {
			t.Fatalf("the gateways disagree about the token: %s, %s", d.tokens[round], other)
		}
		d.tokens[round] = strings.TrimSpace(d.tokens[round]) + "\r\n"
	}
	return d
}

// dnsOf returns where the zone of a stand is served.
func dnsOf(t *testing.T, s stand) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(s.policy), "servers = [\"")
	address, _, ok := strings.Cut(rest, "\"")
	if !ok {
		t.Fatal("the policy of the stand names no DNS server")
	}
	return address
}

// policy is that of both gateways, in which round 1 gives way to round 2 at a time.
func (d *drillStand) policy(turn time.Time) []byte {
	return drillPolicy(d.dns, d.store, d.from, turn, d.until)
}

// deliver sends mail of a round, which must arrive at every recipient without anything by which staff could know it.
func (d *drillStand) deliver(mta testmta.MTA, round int, from, id string, to ...string) []byte {
	d.t.Helper()
	before := len(mta.Sink().Deliveries())
	wantReply(d.t, send(d.t, mta, drillAddr, fmt.Sprintf("bounce%d@drill.test", round), to, lure(round, from, id, to[0], d.tokens[round])), 250, "")
	got := delivered(d.t, mta, before+1)[before]
	slices.Sort(got.To)
	if !slices.Equal(got.To, to) {
		d.t.Errorf("%s is delivered to %q, wanted is %q", id, got.To, to)
	}
	head, _, _ := bytes.Cut(got.Data, []byte("\r\n\r\n"))
	for _, trace := range []string{"x-sekimori-drill", "v1;", "gophish", "kunren", "x-sekimori-spoof", drillName} {
		if bytes.Contains(bytes.ToLower(head), []byte(trace)) {
			d.t.Errorf("what arrives shows %q:\n%s", trace, head)
		}
	}
	return got.Data
}

// refuse sends mail that looks like a round's and is none: it is refused as what it is, and counted with the reason.
func (d *drillStand) refuse(reason, client, from, token string, to ...string) {
	d.t.Helper()
	if len(to) == 0 {
		to = []string{"a1@mof.gw.test"}
	}
	label := `reason="` + reason + `"`
	before := counter(d.t, d.gOne.scrape(), "sekimori_drill_recognition_failures_total", label)
	reply := send(d.t, d.one, client, from, to, lure(1, borrowed, "forged", "a1@mof.gw.test", token))
	wantReply(d.t, reply, 550, "5.7.2")
	d.gOne.waitFor(func() bool { // it is counted behind the answer
		return counter(d.t, d.gOne.scrape(), "sekimori_drill_recognition_failures_total", label) == before+1
	})
}

// TestDrill holds a drill of two rounds at two bodies through two gateways, and looks at everything that staff, forgers and the
// drill's own program do with it.
func TestDrill(t *testing.T) {
	t.Parallel()
	d := newDrillStand(t)
	eml := d.roundOne()
	d.answers(eml)
	d.records()
	wantCounts(t, "round 1", d.gOne.counts(), map[string]map[string]int{
		"1 mof": {"accepted": 4, "delivered": 4, "reported": 1, "replied": 1, "auto_reply_stopped": 1, "opened": 1, "clicked": 1, "submitted": 1,
			"stopped": 4, "opened_machine": 1, "clicked_machine": 1},
		"1 meti": {"accepted": 3, "delivered": 3, "reported": 1, "replied": 1, "opened": 1, "clicked": 1},
	})
	d.roundTwo()
	want := map[string]map[string]int{
		"1 mof": {"accepted": 4, "delivered": 4, "reported": 1, "replied": 1, "auto_reply_stopped": 1, "opened": 1, "clicked": 1, "submitted": 1,
			"stopped": 4, "opened_machine": 1, "clicked_machine": 1},
		"1 meti": {"accepted": 3, "delivered": 3, "reported": 1, "replied": 1, "opened": 1, "clicked": 1},
		"2 mof":  {"accepted": 2, "delivered": 2, "reported": 1, "opened": 1, "clicked": 1, "stopped": 2},
		"2 meti": {"accepted": 1, "delivered": 1, "replied": 1},
	}
	wantCounts(t, "both rounds", d.gTwo.counts(), want)
	d.end(want)
}

func wantCounts(t *testing.T, when string, got, want map[string]map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the counts are not as wanted (-wanted +got):\n%s", when, diff)
	}
}
