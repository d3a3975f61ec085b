//go:build linux && endtoend

package testmta

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/internal/zone"
)

const mail = "From: a@b.test\r\nTo: c@gw.test\r\nSubject: x\r\nMessage-ID: <1@b.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0900\r\n\r\n.dot\r\ntext\r\n"

// TestMTAs puts every promise of MTA to the test, without any filter.
func TestMTAs(t *testing.T) {
	z, err := zone.Parse(strings.NewReader("9.113.0.203.in-addr.arpa. 60 IN PTR mail.b.test.\nmail.b.test. 60 IN A 203.0.113.9\n"), "dns.zone")
	if err != nil {
		t.Fatal(err)
	}
	dns, err := z.Serve(netip.MustParseAddrPort("127.0.0.1:53"))
	if err != nil {
		t.Fatal(err)
	}
	defer dns.Close()
	for _, tt := range []struct {
		name  string
		start func(testing.TB) MTA
	}{
		{"postfix", func(t testing.TB) MTA {
			return StartPostfix(t, Config{Addr: netip.MustParseAddr("192.0.2.1"), Addr6: netip.MustParseAddr("2001:db8::1")})
		}},
		{"sendmail", func(t testing.TB) MTA {
			return StartSendmail(t, Config{Addr: netip.MustParseAddr("192.0.2.2"), Addr6: netip.MustParseAddr("2001:db8::2")})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			m := tt.start(t)
			t.Logf("up after %s", time.Since(begin))
			t.Run("delivery", func(t *testing.T) { testDelivery(t, m) })
			t.Run("tls and auth", func(t *testing.T) { testTLS(t, m) })
			t.Run("submit", func(t *testing.T) { testSubmit(t, m) })
		})
	}
}

// say fails the test when the reply to a line does not begin as wanted.
func say(t *testing.T, d *Dialogue, want, line string) {
	t.Helper()
	r, err := d.Say("%s", line)
	if err != nil || !strings.HasPrefix(r.String(), want) {
		t.Fatalf("%s: %v %v, wanted %s", line, r, err, want)
	}
}

func testDelivery(t *testing.T, m MTA) {
	for _, client := range []string{"203.0.113.9", "2001:db8::9"} {
		from := netip.MustParseAddr(client)
		d, greeting, err := Dial(t.Context(), from, m.Server(from, 25))
		if err != nil || greeting.Code != 220 {
			t.Fatal(greeting, err)
		}
		defer d.Close()
		say(t, d, "250", "EHLO mail.b.test")
		say(t, d, "250 2.1.0", "MAIL FROM:<a@b.test>")
		say(t, d, "250 2.1.5", "RCPT TO:<c@gw.test>")
		say(t, d, "250 2.1.5", "RCPT TO:<d@gw.test>")
		say(t, d, "550 5.1.1", "RCPT TO:<nobody@gw.test>")
		if r, err := d.Say("RCPT TO:<x@outside.test>"); err != nil || r.Code < 400 { // 4xx: no PTR record is known
			t.Fatal(r, err)
		}
		r, err := d.Data([]byte(mail))
		if err != nil || r.Code != 250 {
			t.Fatal(r, err)
		}
		got := wait(t, m, func(d Delivery) bool { return d.ID != "" && strings.Contains(r.Text, d.ID) })
		slices.Sort(got.To)
		if !slices.Equal(got.To, []string{"c@gw.test", "d@gw.test"}) || got.From != "a@b.test" {
			t.Errorf("envelope %q %q", got.From, got.To)
		}
		if !bytes.HasSuffix(got.Data, []byte(mail)) ||
			!bytes.Contains(bytes.ReplaceAll(got.Data, []byte(":0:0:0:0:0:9"), []byte("::9")), []byte(client)) {
			t.Errorf("content\n%s", got.Data)
		}
	}
}

// wait returns the first delivery that fits.
func wait(t *testing.T, m MTA, fits func(Delivery) bool) Delivery {
	t.Helper()
	ctx, cancel := timeout(t, 10*time.Second)
	defer cancel()
	all, err := m.Sink().Wait(ctx, func(all []Delivery) bool { return slices.ContainsFunc(all, fits) })
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, fits)]
}

func testTLS(t *testing.T, m MTA) {
	from := netip.MustParseAddr("203.0.113.9")
	d, _, err := Dial(t.Context(), from, m.Server(from, 587))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	say(t, d, "250", "EHLO mail.b.test")
	if r, err := d.StartTLS(); err != nil || r.Code != 220 {
		t.Fatal(r, err)
	}
	say(t, d, "250", "EHLO mail.b.test")
	if r, err := d.AuthPlain("hanako", "wrong"); err != nil || r.Code != 535 {
		t.Fatal(r, err)
	}
	if r, err := d.AuthPlain("hanako", Password); err != nil || r.Code != 235 {
		t.Fatal(r, err)
	}
	say(t, d, "250 2.1.0", "MAIL FROM:<hanako@gw.test>")
	say(t, d, "250 2.1.5", "RCPT TO:<x@outside.test>")
	if r, err := d.Data([]byte(mail)); err != nil || r.Code != 250 {
		t.Fatal(r, err)
	}
	wait(t, m, func(d Delivery) bool { return slices.Equal(d.To, []string{"x@outside.test"}) })
}

func testSubmit(t *testing.T, m MTA) {
	if err := m.Submit(t.Context(), "s@gw.test", []string{"y@outside.test"}, []byte(mail)); err != nil {
		t.Fatal(err)
	}
	got := wait(t, m, func(d Delivery) bool { return slices.Equal(d.To, []string{"y@outside.test"}) })
	if got.From != "s@gw.test" || !bytes.Contains(got.Data, []byte("\r\n\r\n.dot\r\n")) {
		t.Errorf("from %q\n%s", got.From, got.Data)
	}
}

func timeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
