//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// TestReloadUnderLoad reloads again and again while clients send forged mail: with a policy that refuses it, one that
// observes, and one that cannot be read. Each mail meets exactly one of the two policies, none is lost, and the
// broken file changes nothing.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	const clients = 4
	s := newStand(t, 4, "mof.go.jp. 60 IN TXT \"v=spf1 -all\"\npartner.test. 60 IN TXT \"v=spf1 -all\"\n", "mode = \"enforce\"")
	observing := bytes.Replace(s.policy, []byte("enforce"), []byte("observe"), 1)
	mta := s.postfix(t, "192.0.2.15")
	g := startGateway(t, s.gatewayConfig)

	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var accepted, refused atomic.Int64
	for i := range clients {
		wg.Go(func() {
			err := load(ctx, mta, netip.AddrFrom4([4]byte{203, 0, 113, byte(100 + i)}), &accepted, &refused)
			if err != nil {
				t.Error(err)
			}
		})
	}
	g.waitFor(func() bool { return refused.Load() >= clients })
	for i := range 8 {
		g.reload([][]byte{observing, s.policy}[i%2], "success")
		before := accepted.Load() + refused.Load()
		g.waitFor(func() bool { return accepted.Load()+refused.Load() >= before+clients })
	}
	g.reload([]byte("[spoof]\nmode = \"perhaps\"\n"), "failure")
	before, acceptedBefore := refused.Load(), accepted.Load()
	g.waitFor(func() bool { return refused.Load() > before+2*clients })
	if n := accepted.Load() - acceptedBefore; n > clients { // at most one each was on its way before
		t.Errorf("%d forged mails were accepted after a failed reload: the old policy refuses them", n)
	}
	stop()
	wg.Wait()

	if accepted.Load() == 0 {
		t.Error("the observing policy accepted nothing")
	}
	got := delivered(t, mta, int(accepted.Load()))
	if len(got) != int(accepted.Load()) {
		t.Errorf("%d mails were accepted, %d delivered", accepted.Load(), len(got))
	}
	for _, d := range got {
		if bytes.Count(d.Data, []byte("Authentication-Results: mx.gw.test")) != 1 {
			t.Fatalf("delivered without results, or with more than one field:\n%s", d.Data)
		}
	}
	text := g.scrape()
	if n := counter(t, text, "sekimori_messages_total", `direction="inbound"`); int64(n) != accepted.Load()+refused.Load() {
		t.Errorf("%v messages are counted, %d were sent", n, accepted.Load()+refused.Load())
	}
	if n := counter(t, text, "sekimori_unexamined_messages_total"); n != 0 {
		t.Errorf("%v messages were not examined", n)
	}
	t.Logf("%d accepted, %d refused", accepted.Load(), refused.Load())
}

// load sends forged mails on one connection until ctx ends. Every reply must be 250 or the refusal.
func load(ctx context.Context, mta testmta.MTA, client netip.Addr, accepted, refused *atomic.Int64) error {
	d, _, err := testmta.Dial(context.WithoutCancel(ctx), client, mta.Server(client, 25))
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Say("EHLO mail.attacker.test"); err != nil {
		return err
	}
	for ctx.Err() == nil {
		for _, line := range []string{"MAIL FROM:<taro@mof.go.jp>", "RCPT TO:<hanako@gw.test>"} {
			if r, err := d.Say("%s", line); err != nil || r.Code != 250 {
				return fmt.Errorf("%s: %v %v", line, r, err)
			}
		}
		r, err := d.Data([]byte(minutes))
		switch {
		case err != nil:
			return err
		case r.Code == 250:
			accepted.Add(1)
		case strings.HasPrefix(r.String(), "550 5.7.23"):
			refused.Add(1)
		default:
			return fmt.Errorf("the final dot is answered by %v", r)
		}
	}
	return nil
}

// reload puts another policy in place and waits until sekimori has counted the reload with this result.
func (g *gateway) reload(policy []byte, result string) {
	g.t.Helper()
	label := `result="` + result + `"`
	before := counter(g.t, g.scrape(), "sekimori_config_reloads_total", label)
	g.write(policy)
	if err := g.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		g.t.Fatal(err)
	}
	g.waitFor(func() bool { return counter(g.t, g.scrape(), "sekimori_config_reloads_total", label) == before+1 })
}

// waitFor returns when done says so.
func (g *gateway) waitFor(done func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(settleTimeout); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("nothing happened within %s", settleTimeout)
		}
	}
}
