//go:build linux && endtoend

package endtoend

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sekimori/internal/scenario"
	"sekimori/internal/testmta"
)

// flaggingZone makes mail of meti.go.jp suspicious, wherever it comes from.
const flaggingZone = "meti.go.jp. 60 IN TXT \"v=spf1 ip4:203.0.113.25 ~all\"\n"

// flagging tags such mail, and remembers it in the store that is described.
func flagging(guard, store string) string {
	return "mode = \"enforce\"\nprotected = [\"meti.go.jp\"]\nmail_from = { softfail = \"tag\" }\nfrom = { none = \"tag\" }\n\n" +
		"[reply_guard]\nmode = \"enforce\"\n" + guard + "\n[store]\n" + store
}

// bait returns flagged mail with a Message-ID of its own.
func bait(id string) string {
	return fmt.Sprintf("From: Taro <taro@meti.go.jp>\r\nTo: hanako@gw.test\r\nSubject: notice\r\nMessage-ID: <%s@attacker.test>\r\n"+
		"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\n\r\nPlease read this at once.\r\n", id)
}

// answer returns mail by which hanako answers the bait.
func answer(id, subject string) string {
	return fmt.Sprintf("From: Hanako <hanako@gw.test>\r\nTo: taro@meti.go.jp\r\nSubject: %s\r\nIn-Reply-To: <%s@attacker.test>\r\n"+
		"Date: Sun, 22 Nov 2026 11:00:00 +0900\r\nMessage-ID: <answer@gw.test>\r\n\r\nWho are you?\r\n", subject, id)
}

const (
	attackerAddr = "203.0.113.9"
	insideAddr   = "192.0.2.77"
)

// send hands one message in by SMTP and returns the reply to its end.
func send(t *testing.T, mta testmta.MTA, client, from string, to []string, mail string) scenario.Reply {
	t.Helper()
	addr := netip.MustParseAddr(client)
	d, _, err := testmta.Dial(t.Context(), addr, mta.Server(addr, 25))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	lines := []string{"EHLO client.test", "MAIL FROM:<" + from + ">"}
	for _, r := range to {
		lines = append(lines, "RCPT TO:<"+r+">")
	}
	for _, line := range lines {
		if r, err := d.Say("%s", line); err != nil || r.Code != 250 {
			t.Fatalf("%s: %v %v", line, r, err)
		}
	}
	r, err := d.Data([]byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantReply compares a reply, whose text must hold a part.
func wantReply(t *testing.T, got scenario.Reply, code int, part string) {
	t.Helper()
	if got.Code != code || !strings.Contains(got.String(), part) {
		t.Fatalf("the reply is %s, wanted is %d with %q", got, code, part)
	}
}

var tokenForm = regexp.MustCompile(`sekimori-[0-9a-f]{10}`)

// TestReplyGuard refuses an answer to flagged mail, takes the token that the refusal names, and still knows the mail
// after a restart. The text and the URL are as long as they can be, and the token gets through all the same.
func TestReplyGuard(t *testing.T) {
	const guard = "url = \"https://www.gw.test/%s\"\ntext = \"%s\"\n"
	serveZone(t, []byte(flaggingZone)) // for sendmail(1) of Sendmail
	for i, start := range []func(stand) testmta.MTA{
		func(s stand) testmta.MTA { return s.postfix(t, "192.0.2.18") },
		func(s stand) testmta.MTA { return s.sendmail(t, "192.0.2.19") },
	} {
		dir := t.TempDir()
		s := newStand(t, 7+i, flaggingZone, flagging(
			fmt.Sprintf(guard, strings.Repeat("u", 100), strings.Repeat("call ", 39)+"first"),
			fmt.Sprintf("path = %q\nsecret_file = %q\n", filepath.Join(dir, "memory.db"), filepath.Join(dir, "secret"))))
		mta := start(s)
		t.Run(string(mta.Target()), func(t *testing.T) {
			attacker := []string{"taro@meti.go.jp"}
			g := startGateway(t, s.gatewayConfig)
			wantReply(t, send(t, mta, attackerAddr, "taro@meti.go.jp", []string{"hanako@gw.test"}, bait("1")), 250, "")
			got := delivered(t, mta, 1)[0]
			if !strings.Contains(string(got.Data), "\r\nX-Auto-Response-Suppress: All\r\n") {
				t.Errorf("responders are not kept silent:\n%s", got.Data)
			}

			refused := send(t, mta, insideAddr, "hanako@gw.test", attacker, answer("1", "Re: notice"))
			wantReply(t, refused, 550, "550 5.7.1 call call")
			wantReply(t, refused, 550, "https://www.gw.test/uuu")
			token := tokenForm.FindString(refused.Text)
			if token == "" {
				t.Fatalf("the refusal names no token: %s", refused)
			}
			wantReply(t, send(t, mta, insideAddr, "hanako@gw.test", attacker, answer("1", "Re: notice "+token)), 250, "")
			if got := delivered(t, mta, 2)[1]; got.To[0] != attacker[0] {
				t.Errorf("delivered to %q", got.To)
			}
			// the token is that of one sender and of one set of recipients
			wantReply(t, send(t, mta, insideAddr, "saburo@gw.test", attacker, answer("1", "Re: notice "+token)), 550, "5.7.1")
			wantReply(t, send(t, mta, insideAddr, "hanako@gw.test", append(attacker, "jiro@partner.test"), answer("1", token)), 550, "5.7.1")

			// a program is refused by a report to its sender
			before := len(mta.Sink().Deliveries())
			err := mta.Submit(t.Context(), "hanako@gw.test", attacker, []byte(answer("1", "Re: notice")))
			if err != nil && !strings.Contains(err.Error(), "exit status 69") { // Sendmail says at once: service unavailable
				t.Fatal(err)
			}
			report := delivered(t, mta, before+1)[before]
			if report.To[0] != "hanako@gw.test" || !strings.Contains(strings.ReplaceAll(string(report.Data), "\r\n    ", " "), token) {
				t.Errorf("to %q goes\n%s", report.To, report.Data)
			}

			g.end()
			g = startGateway(t, s.gatewayConfig)
			wantReply(t, send(t, mta, insideAddr, "hanako@gw.test", attacker, answer("1", "Re: notice")), 550, token)
			text := g.scrape()
			if n := counter(t, text, "sekimori_reply_guard_total", `level="high"`, `action="reject"`); n != 1 {
				t.Errorf("%v answers are counted as refused since the restart, wanted is 1", n)
			}
			if strings.Contains(g.output(), token) {
				t.Error("the log names the token")
			}
		})
	}
}
