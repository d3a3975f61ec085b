//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/internal/testmta"
	"sekimori/internal/zone"
)

const minutes = "From: Jiro <jiro@partner.test>\r\nTo: hanako@gw.test\r\nSubject: minutes\r\n" +
	"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@partner.test>\r\n\r\nThe minutes of Friday.\r\n"

// stand is sekimori and its DNS on ports of their own, so that tests can run side by side.
type stand struct {
	gatewayConfig
	port int
}

// newStand serves the zone and writes the policy for it. The number keeps stands apart.
func newStand(t *testing.T, number int, records, spoof string) stand {
	t.Helper()
	z, err := zone.Parse(strings.NewReader(records), "dns.zone")
	if err != nil {
		t.Fatal(err)
	}
	dns, err := z.Serve(netip.AddrPort{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dns.Close() })
	port := 8891 + 10*number
	return stand{
		gatewayConfig: gatewayConfig{
			listen:  fmt.Sprintf("inet:%d@127.0.0.1", port),
			metrics: fmt.Sprintf("127.0.0.1:%d", 9891+10*number),
			policy:  fmt.Appendf(nil, "[inside]\ndomains = [\"gw.test\"]\nnetworks = [\"192.0.2.0/24\"]\n\n[dns]\nservers = [%q]\n\n[spoof]\n%s\n", dns.Addr(), spoof),
		},
		port: port,
	}
}

// postfix starts a Postfix that is attached to the stand by the lines of contrib, with another port.
func (s stand) postfix(t *testing.T, addr string) testmta.MTA {
	return testmta.StartPostfix(t, testmta.Config{Addr: netip.MustParseAddr(addr), Snippet: postfixSnippet,
		Filter: fmt.Sprintf("inet:127.0.0.1:%d", s.port)})
}

// sendmail does the same with Sendmail.
func (s stand) sendmail(t *testing.T, addr string) testmta.MTA {
	return testmta.StartSendmail(t, testmta.Config{Addr: netip.MustParseAddr(addr), Snippet: sendmailSnippet,
		Filter: fmt.Sprintf("inet:%d@127.0.0.1", s.port)})
}

// begin opens a session and says everything before DATA.
func begin(t *testing.T, mta testmta.MTA, client, sender string) *testmta.Dialogue {
	t.Helper()
	from := netip.MustParseAddr(client)
	d, _, err := testmta.Dial(t.Context(), from, mta.Server(from, 25))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	for _, line := range []string{"EHLO mail.partner.test", "MAIL FROM:" + sender, "RCPT TO:<hanako@gw.test>"} {
		if r, err := d.Say("%s", line); err != nil || r.Code != 250 {
			t.Fatalf("%s: %v %v", line, r, err)
		}
	}
	return d
}

// TestKilled kills sekimori in the middle of messages. The client is asked to come back, nothing is delivered
// unfiltered, and when sekimori is back the mail comes through it.
func TestKilled(t *testing.T) {
	t.Parallel()
	const records = "partner.test. 60 IN TXT \"v=spf1 ip4:203.0.113.7 -all\"\n" +
		"slow.test. 60 IN TXT \"v=spf1 include:slower.test -all\"\nslower.test. 60 IN TXT \"sekimori-test:delay=1s\"\n"
	s := newStand(t, 1, records, "mode = \"enforce\"")
	for _, mta := range []testmta.MTA{
		s.postfix(t, "192.0.2.11"),
		s.sendmail(t, "192.0.2.12"),
	} {
		t.Run(string(mta.Target()), func(t *testing.T) {
			header, body, _ := strings.Cut(minutes, "\r\n\r\n")
			g := startGateway(t, s.gatewayConfig)
			t.Run("in the content", func(t *testing.T) {
				d := begin(t, mta, "203.0.113.7", "<jiro@partner.test>")
				if r, err := d.Say("DATA"); err != nil || r.Code != 354 {
					t.Fatal(r, err)
				}
				if err := d.SendContent([]byte(header + "\r\n\r\n")); err != nil {
					t.Fatal(err)
				}
				g.kill()
				if err := d.SendContent([]byte(body)); err != nil {
					t.Fatal(err)
				}
				if r, err := d.Finish(); err != nil || r.Code != 451 {
					t.Fatalf("the client is told %v %v, wanted is 451", r, err)
				}
			})
			g = startGateway(t, s.gatewayConfig)
			t.Run("before the verdict", func(t *testing.T) {
				d := begin(t, mta, "203.0.113.7", "<jiro@slow.test>")
				timer := time.AfterFunc(300*time.Millisecond, g.kill)
				defer timer.Stop()
				if r, err := d.Data([]byte(minutes)); err != nil || r.Code != 451 {
					t.Fatalf("the client is told %v %v, wanted is 451", r, err)
				}
			})
			if got := mta.Sink().Deliveries(); len(got) > 0 {
				t.Fatalf("delivered without the filter:\n%s", got[0].Data)
			}
			startGateway(t, s.gatewayConfig)
			d := begin(t, mta, "203.0.113.7", "<jiro@partner.test>")
			if r, err := d.Data([]byte(minutes)); err != nil || r.Code != 250 {
				t.Fatal(r, err)
			}
			got := delivered(t, mta, 1)[0]
			if !bytes.Contains(got.Data, []byte("Authentication-Results: mx.gw.test")) || !bytes.HasSuffix(got.Data, []byte(body)) {
				t.Errorf("delivered is\n%s", got.Data)
			}
		})
	}
}

// delivered waits for n deliveries.
func delivered(t *testing.T, mta testmta.MTA, n int) []testmta.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleTimeout)
	defer cancel()
	all, err := mta.Sink().Wait(ctx, func(all []testmta.Delivery) bool { return len(all) >= n })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSubmitWhileDown hands mail to sendmail(1) while sekimori is down. It waits, and goes through the filter later.
func TestSubmitWhileDown(t *testing.T) {
	t.Parallel()
	s := newStand(t, 2, "", "mode = \"enforce\"")
	mta := s.postfix(t, "192.0.2.13")
	if err := mta.Submit(t.Context(), "cron@gw.test", []string{"hanako@gw.test"}, []byte(minutes)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if got := mta.Sink().Deliveries(); len(got) > 0 {
		t.Fatalf("delivered without the filter:\n%s", got[0].Data)
	}
	g := startGateway(t, s.gatewayConfig)
	got := delivered(t, mta, 1)[0]
	if !slices.Equal(got.To, []string{"hanako@gw.test"}) {
		t.Errorf("delivered to %q", got.To)
	}
	if !strings.Contains(g.output(), `"queue_id":"`+got.ID+`"`) {
		t.Errorf("sekimori has not seen message %s:\n%s", got.ID, g.output())
	}
}

// TestDown shows what each MTA says while sekimori is not there at all: 451, and nothing is delivered.
func TestDown(t *testing.T) {
	t.Parallel()
	s := newStand(t, 3, "", "mode = \"enforce\"")
	mta := s.postfix(t, "192.0.2.14")
	from := netip.MustParseAddr("203.0.113.7")
	d, _, err := testmta.Dial(t.Context(), from, mta.Server(from, 25))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if r, err := d.Say("EHLO mail.partner.test"); err != nil || r.Code != 250 {
		t.Fatal(r, err)
	}
	if r, err := d.Say("MAIL FROM:<jiro@partner.test>"); err != nil || r.Code != 451 {
		t.Errorf("MAIL is answered by %v %v, wanted is 451", r, err)
	}
}
