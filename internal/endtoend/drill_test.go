//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"sekimori/internal/testmta"
)

// drillStand is the house with two gateways that share a Redis.
type drillStand struct {
	t              *testing.T
	redis          *redisServer
	store, dns     string
	from, until    time.Time // the first window opens, the last one ends
	one, two       testmta.MTA
	gOne, gTwo     *gateway
	configOne      gatewayConfig // takes the webhook
	sent, replies  int           // mail that was delivered, at both MTAs
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
	d.one, d.two = sOne.postfix(t, "192.0.2.40"), sTwo.postfix(t, "192.0.2.41")
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
	if n := counter(d.t, d.gOne.scrape(), "sekimori_drill_recognition_failures_total", label) - before; n != 1 {
		d.t.Errorf("%v messages are counted for the reason %s, wanted is 1", n, reason)
	}
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

// roundOne sends the first round, and what pretends to be of it. It returns what somebody got.
func (d *drillStand) roundOne() (eml []byte) {
	t := d.t
	t.Helper()
	token := d.tokens[1]
	expired := sekimori(t, 0, "drill", "token", "--config", d.gOne.config, "--drill", drillName, "--round", "1", "--until", stamp(time.Now().Add(-time.Minute).Truncate(time.Second)))
	forged := strings.TrimSpace(token)
	forged = forged[:len(forged)-5] + strings.Map(func(r rune) rune { return 'a' + (r+1)%26 }, forged[len(forged)-5:len(forged)-4]) + forged[len(forged)-4:] + "\r\n"

	// (f) Each of these is a spoof in go.jp clothing, whatever else it says.
	d.refuse("no_token", drillAddr, "bounce1@drill.test", "")
	d.refuse("network", attackerAddr, "bounce1@drill.test", token)
	d.refuse("mail_from", drillAddr, "bounce1@other.test", token)
	d.refuse("token", drillAddr, "bounce1@drill.test", forged)
	d.refuse("expired", drillAddr, "bounce1@drill.test", strings.TrimSpace(expired)+"\r\n")
	d.refuse("window", drillAddr, "bounce1@drill.test", d.tokens[2])
	d.refuse("several_tokens", drillAddr, "bounce1@drill.test", token+token)
	// A stranger who shows nothing of a drill is no failed drill.
	before := d.gOne.scrape()
	wantReply(t, send(t, d.one, attackerAddr, borrowed, []string{"a1@mof.gw.test"}, lure(1, borrowed, "forged", "a1@mof.gw.test", "")), 550, "5.7.2")
	after := d.gOne.scrape()
	const failures = "sekimori_drill_recognition_failures_total"
	if a, b := counter(t, before, failures), counter(t, after, failures); a != b {
		t.Errorf("a stranger's spoof counts as %v failed recognitions", b-a)
	}
	if got := len(d.one.Sink().Deliveries()); got != 0 {
		t.Fatalf("%d forged mails were delivered", got)
	}

	eml = d.deliver(d.one, 1, borrowed, "r1-mof-1", "a1@mof.gw.test", "a2@mof.gw.test")
	d.deliver(d.two, 1, borrowed, "r1-mof-2", "a3@mof.gw.test", "a4@mof.gw.test")
	d.deliver(d.one, 1, own, "r1-meti-1", "b1@meti.gw.test", "b2@meti.gw.test", "b3@meti.gw.test")
	d.deliver(d.two, 1, own, "r1-meti-1", "b1@meti.gw.test") // again, by the other way: still one person
	d.refuse("recipients", drillAddr, "bounce1@drill.test", token, "a1@mof.gw.test", "a2@mof.gw.test")
	return eml
}

// answers are what staff and their programs do after the first round. Each comes through the other gateway than the mail, where it can.
func (d *drillStand) answers(eml []byte) {
	t := d.t
	t.Helper()
	const drilled = "kakunin@r1.drill.test"
	// Replies: they are counted, and stopped.
	d.answer(d.gTwo, d.two, "a2@mof.gw.test", drilled, "r1-mof-1")
	d.answer(d.gOne, d.one, "b2@meti.gw.test", drilled, "r1-meti-1")

	// (i) An automatic reply is stopped, a report of delivery goes out as it is.
	dropped := d.two.Discarded()
	wantReply(t, send(t, d.two, insideAddr, "", []string{"bounce1@drill.test"}, mailOf("a3@mof.gw.test", "bounce1@drill.test",
		"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n", "I am away.")), 250, "")
	if n := d.two.Discarded() - dropped; n != 1 {
		t.Errorf("%d automatic replies were dropped, wanted is 1", n)
	}
	dsn := mailOf("MAILER-DAEMON@gw.test", "bounce1@drill.test", "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
		"--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"+
			"Reporting-MTA: dns; mx.gw.test\r\n\r\nFinal-Recipient: rfc822; a9@mof.gw.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--")
	before := len(d.one.Sink().Deliveries())
	wantReply(t, send(t, d.one, insideAddr, "", []string{"bounce1@drill.test"}, dsn), 250, "")
	if got := delivered(t, d.one, before+1)[before]; !bytes.HasSuffix(got.Data, []byte(dsn)) || !slices.Equal(got.To, []string{"bounce1@drill.test"}) {
		t.Errorf("the report of delivery arrives at %q as\n%s", got.To, got.Data)
	}

	// (j) Reports count once, however they are made: attached, quoted, or by the Message-ID alone, which the other gateway accepted.
	const csirt = "csirt@gw.test"
	report := func(mta testmta.MTA, from, mail string) {
		t.Helper()
		wantReply(t, send(t, mta, insideAddr, from, []string{csirt}, mail), 250, "")
	}
	report(d.two, "a1@mof.gw.test", attached("a1@mof.gw.test", csirt, eml))
	report(d.one, "a1@mof.gw.test", mailOf("a1@mof.gw.test", csirt, "", "Is this one real?\r\n> See http://www.drill.test/?rid=XMS0ZuJ"))
	report(d.two, "b3@meti.gw.test", mailOf("b3@meti.gw.test", csirt, "References: <r1-meti-1@drill.test>\r\n", "Is this one real?"))
	report(d.one, "b1@meti.gw.test", mailOf("b1@meti.gw.test", csirt, "", "The coffee machine is broken.")) // this is none
}

// answer is a reply of a person to the drill, which the reply guard stops once it knows the mail.
func (d *drillStand) answer(g *gateway, mta testmta.MTA, from, to, id string) {
	d.t.Helper()
	g.waitFor(func() bool { // what the other gateway remembers is written behind its answers
		return send(d.t, mta, insideAddr, from, []string{to}, mailOf(from, to, "In-Reply-To: <"+id+"@drill.test>\r\n", "Who are you?")).Code == 550
	})
}

// records hands in what GoPhish has recorded of round 1: by its webhook, and after that the same events as a file.
func (d *drillStand) records() {
	t := d.t
	t.Helper()
	at := time.Now().Add(-time.Hour).Truncate(time.Second) // so long ago that the webhook judges visits at once
	c := campaignEvents{id: 7, events: []campaignEvent{{"", at, "Campaign Created", ""}}}
	for _, who := range []string{"a1@mof.gw.test", "a2@mof.gw.test", "a3@mof.gw.test", "a4@mof.gw.test", "b1@meti.gw.test", "b2@meti.gw.test", "b3@meti.gw.test"} {
		c.events = append(c.events, campaignEvent{who, at, "Email Sent", ""})
	}
	const agent = "Mozilla/5.0 (Windows NT 10.0)"
	c.events = append(c.events,
		// (a) a scanner has followed the link before the mail was there
		campaignEvent{"a4@mof.gw.test", at.Add(-2 * time.Second), "Clicked Link", visited("203.0.113.200", agent)},
		// (b) one person, whatever they do
		campaignEvent{"a2@mof.gw.test", at.Add(time.Minute), "Email Opened", visited("198.51.100.1", agent)},
		campaignEvent{"a2@mof.gw.test", at.Add(2 * time.Minute), "Email Opened", visited("198.51.100.1", agent)},
		campaignEvent{"a2@mof.gw.test", at.Add(3 * time.Minute), "Clicked Link", visited("198.51.100.1", agent)},
		campaignEvent{"a2@mof.gw.test", at.Add(4 * time.Minute), "Clicked Link", visited("198.51.100.1", agent)},
		campaignEvent{"a2@mof.gw.test", at.Add(5 * time.Minute), "Submitted Data", visited("198.51.100.1", agent)},
		campaignEvent{"b1@meti.gw.test", at.Add(6 * time.Minute), "Clicked Link", visited("198.51.100.1", agent)},
		campaignEvent{"b3@meti.gw.test", at.Add(7 * time.Minute), "Email Reported", visited("198.51.100.1", agent)},
	)
	if got := c.post(t, d.webhookAddress); !maps.Equal(got, map[int]int{200: len(c.events)}) {
		t.Fatalf("the webhook answers %v", got)
	}
	d.gOne.end() // a gateway that starts judges at once what was noted
	d.gOne = startGateway(t, d.configOne)
	d.gOne.waitFor(func() bool { return d.gOne.counts()["1 meti"]["clicked"] == 1 })
	hooked := d.gOne.counts()

	// (d) the same events as a file bring nothing new, and into an empty ledger the same.
	file := filepath.Join(t.TempDir(), "Transfers - Events.csv")
	if err := os.WriteFile(file, c.csv(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := d.gTwo.drill(0, "import", "--round", "1", "gophish_events", file); !strings.HasSuffix(out, "\n0 entries new in the ledger\n") {
		t.Errorf("the file brings what the webhook did not:\n%s", out)
	}
	wantCounts(t, "after the file", d.gTwo.counts(), hooked)
	dir := t.TempDir()
	alone := filepath.Join(dir, "sekimori.toml")
	store := fmt.Sprintf("ledger = %q\n", filepath.Join(dir, "ledger"))
	if err := os.WriteFile(alone, drillPolicy(d.dns, store, d.from, d.until.Add(-time.Hour), d.until), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, key := range drillFiles() {
		if err := os.WriteFile(filepath.Join(dir, name), key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sekimori(t, 0, "drill", "import", "--config", alone, "--drill", drillName, "--round", "1", "gophish_events", file)
	imported := readCounts(t, sekimori(t, 0, "drill", "counts", "--config", alone, "--drill", drillName))
	for body, numbers := range imported {
		for _, name := range []string{"delivered", "opened", "clicked", "submitted", "opened_uncertain", "clicked_uncertain", "opened_machine", "clicked_machine"} {
			if numbers[name] != hooked[body][name] {
				t.Errorf("%s: %s is %d by the webhook and %d by the file", body, name, hooked[body][name], numbers[name])
			}
		}
	}
}

// roundTwo is smaller. With it the window of round 1 has ended.
func (d *drillStand) roundTwo() {
	t := d.t
	t.Helper()
	turn := time.Now().Truncate(time.Second).Add(time.Second) // the ledger keeps whole seconds
	time.Sleep(time.Until(turn))
	d.gOne.reload(d.policy(turn), "success")
	d.gTwo.reload(d.policy(turn), "success")
	d.refuse("window", drillAddr, "bounce1@drill.test", d.tokens[1])
	eml := d.deliver(d.two, 2, borrowed, "r2-mof", "a1@mof.gw.test", "a2@mof.gw.test")
	d.deliver(d.one, 2, own, "r2-meti", "b1@meti.gw.test")
	d.answer(d.gTwo, d.two, "b1@meti.gw.test", "kakunin@r2.drill.test", "r2-meti")
	d.answer(d.gOne, d.one, "a4@mof.gw.test", "kakunin@r1.drill.test", "r1-mof-2") // too late for round 1
	wantReply(t, send(t, d.one, insideAddr, "a1@mof.gw.test", []string{"csirt@gw.test"}, attached("a1@mof.gw.test", "csirt@gw.test", eml)), 250, "")

	at := turn.Add(time.Second)
	c := campaignEvents{id: 8, events: []campaignEvent{
		{"a1@mof.gw.test", at, "Email Sent", ""}, {"a2@mof.gw.test", at, "Email Sent", ""}, {"b1@meti.gw.test", at, "Email Sent", ""},
		{"a2@mof.gw.test", at.Add(time.Minute), "Clicked Link", visited("198.51.100.1", "Mozilla/5.0")},
		{"b1@meti.gw.test", at.Add(time.Minute), "Email Opened", visited("198.51.100.1", "Mozilla/5.0")}, // a pixel
	}}
	file := filepath.Join(t.TempDir(), "Minutes - Events.csv")
	if err := os.WriteFile(file, c.csv(), 0o600); err != nil {
		t.Fatal(err)
	}
	d.gOne.drill(0, "import", "--round", "2", "--opened-by", "click", "gophish_events", file)
	if out := d.gTwo.drill(0, "report", "--format", "json"); !strings.Contains(out, `"late_events": 1`) {
		t.Errorf("an answer after the window is not told as late:\n%s", out)
	}
}

// end closes the drill and forgets it. The report stays the same, and is the same at both gateways.
func (d *drillStand) end(want map[string]map[string]int) {
	t := d.t
	t.Helper()
	before := d.gOne.reports()
	if diff := cmp.Diff(before, d.gTwo.reports()); diff != "" {
		t.Errorf("the gateways print different reports:\n%s", diff)
	}
	client := redis.NewClient(&redis.Options{Addr: d.redis.socket})
	defer client.Close()
	const book = "sekimori:1:b:{" + drillName + "}"
	persons, err := client.HGetAll(t.Context(), book).Result()
	if err != nil || len(persons) < 20 {
		t.Fatalf("the ledger has %d fields: %v", len(persons), err)
	}

	d.gOne.drill(2, "close") // the last window is open
	d.gTwo.drill(0, "close", "--early")
	refused := func(g *gateway) float64 { return counter(t, g.scrape(), "sekimori_drill_ledger_refused_events_total") }
	was := refused(d.gOne)
	wantReply(t, send(t, d.one, insideAddr, "b1@meti.gw.test", []string{"csirt@gw.test"},
		mailOf("b1@meti.gw.test", "csirt@gw.test", "References: <r2-meti@drill.test>\r\n", "A late report.")), 250, "")
	if n := refused(d.gOne) - was; n != 1 {
		t.Errorf("%v events are counted as refused, wanted is 1", n)
	}
	late := campaignEvents{id: 7, events: []campaignEvent{{"b1@meti.gw.test", time.Now().Add(-time.Hour), "Submitted Data", visited("198.51.100.1", "Mozilla/5.0")}}}
	if got := late.post(t, d.webhookAddress); got[410] != 1 {
		t.Errorf("the webhook answers %v, wanted is 410", got)
	}
	file := filepath.Join(t.TempDir(), "Late - Events.csv")
	if err := os.WriteFile(file, late.csv(), 0o600); err != nil {
		t.Fatal(err)
	}
	d.gOne.drill(1, "import", "--round", "1", "gophish_events", file)
	if diff := cmp.Diff(before, d.gTwo.reports()); diff != "" {
		t.Errorf("the report of the closed drill is another:\n%s", diff)
	}

	d.gOne.drill(0, "close", "--forget")
	for _, g := range []*gateway{d.gOne, d.gTwo} {
		if diff := cmp.Diff(before, g.reports()); diff != "" {
			t.Errorf("the report of the forgotten drill is another:\n%s", diff)
		}
		wantCounts(t, "forgotten", g.counts(), want)
	}
	d.nothingLeft(persons, before)
}

// nothingLeft wants no name and nothing typed anywhere, and after the drill was forgotten nothing that stood for a person in it.
func (d *drillStand) nothingLeft(persons, reports map[string]string) {
	t := d.t
	t.Helper()
	left := d.redis.dump(t)
	found := 0
	for field, value := range persons {
		set, id, entry := strings.Cut(field, " ")
		switch {
		case field == "key" && strings.Contains(left, value):
			t.Error("the key of the drill is still there")
		case entry && strings.Contains(left, id):
			t.Errorf("what stood for a person, or a message, is still there: in %s", set)
		case entry:
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d entries were looked for", found)
	}
	outputs := map[string]string{"Redis": left, "log one": d.gOne.output(), "log two": d.gTwo.output(),
		"metrics one": d.gOne.scrape(), "metrics two": d.gTwo.scrape()}
	maps.Copy(outputs, reports)
	for where, text := range outputs {
		if strings.Contains(text, "secretuser") {
			t.Errorf("what somebody has typed stands in %s", where)
		}
		if !strings.HasPrefix(where, "log") && strings.Contains(text, "gw.test") {
			t.Errorf("an address stands in %s", where)
		}
	}
}

func wantCounts(t *testing.T, when string, got, want map[string]map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the counts are not as wanted (-wanted +got):\n%s", when, diff)
	}
}
