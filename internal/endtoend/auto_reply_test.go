//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const outOfOffice = "From: Taro <taro@gw.test>\r\nTo: jiro@partner.test\r\nSubject: Automatic reply: minutes\r\n" +
	"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <oof@gw.test>\r\nX-Auto-Response-Suppress: All\r\n" +
	"X-MS-Exchange-Inbox-Rules-Loop: taro@gw.test\r\n\r\nI am away until Friday.\r\n"

// TestDiscarded observes an out-of-office notice first, which leaves the house and is counted as what would be dropped,
// and drops it then: the MTA and the log say so with the queue id, and the log says why.
func TestDiscarded(t *testing.T) {
	t.Parallel()
	s := newStand(t, 12, "", "mode = \"off\"\n\n[[organisation]]\nname = \"gateway\"\ndomains = [\"gw.test\"]\n\n[auto_reply]\nmode = \"observe\"\n")
	mta := s.postfix(t, "192.0.2.22")
	g := startGateway(t, s.gatewayConfig)
	labels := []string{`class="auto_reply"`, `grade="A"`, `action="discard"`, `organisation="gateway"`}
	if n := counter(t, g.scrape(), "sekimori_auto_replies_total", labels...); n != 0 {
		t.Fatalf("counted before anything came: %v", n)
	}
	wantReply(t, send(t, mta, insideAddr, "", []string{"jiro@partner.test"}, outOfOffice), 250, "")
	delivered(t, mta, 1)
	if n := counter(t, g.scrape(), "sekimori_auto_replies_total", labels...); n != 1 {
		t.Errorf("%v notices are counted, wanted is 1", n)
	}

	g.reload(bytes.Replace(s.policy, []byte("observe"), []byte("enforce"), 1), "success")
	reply := send(t, mta, insideAddr, "", []string{"jiro@partner.test"}, outOfOffice)
	wantReply(t, reply, 250, "queued as")
	id := queuedAs.FindStringSubmatch(reply.Text)[1]
	g.waitFor(func() bool { return mta.Discarded() > 0 }) // its log is written behind the answer
	if n := mta.Discarded(); n != 1 || !strings.Contains(mta.Log(), id+": milter-discard: ") {
		t.Errorf("the MTA speaks of %d messages that it dropped, not of %s", n, id)
	}
	if got := mta.Sink().Deliveries(); len(got) != 1 {
		t.Errorf("%d messages were delivered, wanted is the one before", len(got))
	}
	text := g.scrape()
	if n := counter(t, text, "sekimori_auto_replies_total", labels...); n != 2 {
		t.Errorf("%v notices are counted, wanted are 2", n)
	}
	if n := counter(t, text, "sekimori_messages_total", `direction="outbound"`, `outcome="discarded"`, `organisation="gateway"`); n != 1 {
		t.Errorf("%v messages are counted as discarded, wanted is 1", n)
	}
	var line struct {
		Outcome string
		Class   string
		Grade   string
		Signals []string
	}
	for l := range strings.Lines(g.output()) {
		if strings.Contains(l, `"queue_id":"`+id+`"`) {
			if err := json.Unmarshal([]byte(l), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if line.Outcome != "discarded" || line.Class != "auto_reply" || line.Grade != "A" || len(line.Signals) == 0 {
		t.Errorf("the log says of %s: %+v", id, line)
	}
}
