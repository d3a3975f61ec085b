//go:build linux && endtoend

package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// TestSharedContacts has somebody inside write to a stranger through one gateway, whose answer comes in through another: they know of each
// other's correspondents by a Redis alone. While that is gone nobody is a stranger and nobody is trusted, mail flows, and it is counted.
func TestSharedContacts(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp(testmta.RunDir, "redis")
	if err != nil {
		t.Fatal(err)
	}
	server := &redisServer{socket: filepath.Join(dir, "s")}
	server.start(t)
	t.Cleanup(func() { server.stop() })
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const zone = "vendor.test. 60 IN TXT \"v=spf1 ip4:203.0.113.9 -all\"\n" // without a proof an acquaintance is worth nothing
	policy := fmt.Sprintf("mode = \"off\"\n\n[suspicion]\nmode = \"enforce\"\ncaution = 4\nlearning = \"0s\"\n\n[suspicion.weights]\ndate_anomaly = 0\n"+
		"url_ip_literal = 3\n\n[store]\nkind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", server.socket, secret)
	sIn, sOut := newStand(t, 15, zone, policy), newStand(t, 16, zone, policy)
	in, out := sIn.postfix(t, "192.0.2.37"), sOut.sendmail(t, "192.0.2.38")
	gIn, gOut := startGateway(t, sIn.gatewayConfig), startGateway(t, sOut.gatewayConfig)
	received := 0
	receive := func(want string, absent ...string) {
		t.Helper()
		start := time.Now()
		wantReply(t, send(t, in, attackerAddr, "taro@vendor.test", []string{"hanako@gw.test"}, "From: Taro <taro@vendor.test>\r\nTo: hanako@gw.test\r\nSubject: offer\r\n"+
			"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@vendor.test>\r\n\r\nSee http://203.0.113.77/ for it.\r\n"), 250, "")
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("a mail takes %s", d)
		}
		received++
		got := string(delivered(t, in, received)[received-1].Data)
		if !strings.Contains(got, want) {
			t.Errorf("delivered is, without %s:\n%s", want, got)
		}
		for _, a := range absent {
			if strings.Contains(got, a) {
				t.Errorf("delivered is, with %s:\n%s", a, got)
			}
		}
	}
	receive("level=caution; score=4.5;", "rcpt_wrote_to_sender")
	wantReply(t, send(t, out, insideAddr, "hanako@gw.test", []string{"taro@vendor.test"}, "From: Hanako <hanako@gw.test>\r\nTo: taro@vendor.test\r\nSubject: offer\r\n"+
		"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <2@gw.test>\r\n\r\nPlease send us an offer.\r\n"), 250, "")
	gOut.waitFor(func() bool {
		return counter(t, gOut.scrape(), "sekimori_store_operations_total", `op="flush"`, `result="ok"`) >= 1
	})
	receive("rcpt_wrote_to_sender:-4", "first_contact")

	server.stop()
	receive("level=none; score=3;", "rcpt_wrote_to_sender", "first_contact")
	text := gIn.scrape()
	for result, want := range map[string]float64{"first": 1, "known": 1, "failed": 1} {
		if n := counter(t, text, "sekimori_contact_queries_total", `result="`+result+`"`); n != want {
			t.Errorf("%v questions are counted as %s, wanted are %v", n, result, want)
		}
	}
}
