//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sekimori/internal/testmta"
)

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
	d.gTwo.waitFor(func() bool { return d.two.Discarded() == dropped+1 }) // Sendmail logs it behind its answer
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
	dir := t.TempDir()
	file, answer := filepath.Join(dir, "Transfers - Events.csv"), filepath.Join(dir, "results.json")
	if err := errors.Join(os.WriteFile(file, c.csv(), 0o600), os.WriteFile(answer, c.api(t), 0o600)); err != nil {
		t.Fatal(err)
	}
	for format, name := range map[string]string{"gophish_events": file, "gophish_api": answer} {
		if out := d.gTwo.drill(0, "import", "--round", "1", format, name); !strings.HasSuffix(out, "\n0 entries new in the ledger\n") {
			t.Errorf("%s brings what the webhook did not:\n%s", format, out)
		}
	}
	wantCounts(t, "after the files", d.gTwo.counts(), hooked)
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
	if out := d.gTwo.drill(0, "report", "--format", "json"); !strings.Contains(strings.Join(strings.Fields(out), ""), `"persons_outside_window":{"state":"shown","count":1}`) {
		t.Errorf("an answer after the window is not told as late:\n%s", out)
	}
}
