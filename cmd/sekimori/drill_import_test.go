package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sekimori/internal/ledger"
	"sekimori/internal/webhook"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// failingLedger fails after some steps.
type failingLedger struct {
	steps int
	err   error
	kept  map[string]bool
	ended []ledger.Import
}

func (l *failingLedger) Person(_ context.Context, _ string, a policy.Address) (string, error) {
	return a.String(), nil
}

func (l *failingLedger) Sent(context.Context, string, []string) (int, error) { return 0, nil }

func (l *failingLedger) Add(_ context.Context, records []drill.Record) (added int, err error) {
	if l.steps--; l.steps < 0 {
		return 0, l.err
	}
	for _, r := range records {
		if k := r.Person + string(r.Event); !l.kept[k] {
			l.kept[k] = true
			added++
		}
	}
	return added, nil
}

func (l *failingLedger) Begin(_ context.Context, i ledger.Import) (ledger.Import, error) {
	i.ID = "1"
	return i, nil
}

func (l *failingLedger) End(_ context.Context, i ledger.Import) error {
	l.ended = append(l.ended, i)
	return nil
}

// importEvents imports a file in which n persons were sent a mail.
func importEvents(t *testing.T, ctx context.Context, l drillLedger, n int) (out, warn string, err error) {
	t.Helper()
	var text strings.Builder
	text.WriteString("email,time,message\n")
	for i := range n {
		fmt.Fprintf(&text, "a%d@mof.example,2011-12-12T01:00:%02dZ,Email Sent\n", i, i%60)
	}
	path := filepath.Join(t.TempDir(), "events.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := hookPolicy("")
	d := &p.Drills[0]
	c := drillImportCmd{Files: []string{path}}
	var o, w strings.Builder
	err = c.run(ctx, streams{nil, &o, &w}, l, imports.Config{Drill: d, Round: &d.Rounds[0], Identify: identify(t.Context(), l, d.Name, "domain", nil, p)},
		imports.GophishEvents)
	return o.String(), w.String(), err
}

// TestImportFails: what is in is said exactly, and the same import goes on.
func TestImportFails(t *testing.T) {
	l := &failingLedger{steps: 2, err: errors.New("no space left on device"), kept: map[string]bool{}}
	out, _, err := importEvents(t, t.Context(), l, 2500)
	var h hinted
	if err == nil || err.Error() != "2,000 of 2,500 records are in: no space left on device" || !errors.As(err, &h) || h.hint != "the same command goes on" || out != "" {
		t.Errorf("%v, %q", err, out)
	}
	var wrong inputError
	if errors.As(err, &wrong) {
		t.Error("the disk is taken for a mistake of the user")
	}
	if len(l.kept) != 2000 {
		t.Errorf("%d are in", len(l.kept))
	}
	l.steps = 3
	if out, _, err := importEvents(t, t.Context(), l, 2500); err != nil || !strings.HasSuffix(out, "\n500 entries new in the ledger\n") {
		t.Errorf("%v, %q", err, out)
	}
	l.steps, l.err = 0, ledger.ErrClosed
	if _, _, err := importEvents(t, t.Context(), l, 1); err == nil || errors.As(err, &h) || !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("a closed drill: %v", err)
	}
}

// TestImportInterrupted: reading that is interrupted writes nothing.
func TestImportInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &failingLedger{steps: 9, kept: map[string]bool{}}
	if _, _, err := importEvents(t, ctx, l, 5); err == nil || err.Error() != "interrupted, nothing was written" || len(l.kept) != 0 {
		t.Errorf("%v, %d", err, len(l.kept))
	}
}

// slowLedger takes its time for each step, and knows when it was left alone.
type slowLedger struct {
	failingLedger
	last    time.Time // end of the step before
	since   time.Time // end of the last pause
	longest time.Duration
}

func (l *slowLedger) Add(context.Context, []drill.Record) (int, error) {
	if time.Since(l.last) >= 50*time.Millisecond {
		l.since = time.Now()
	}
	time.Sleep(200 * time.Millisecond)
	l.last = time.Now()
	l.longest = max(l.longest, time.Since(l.since))
	return 0, nil
}

// TestImportPauses: a gateway that looks each 50 ms whether it can write gets its turn well within the time that a mail waits.
func TestImportPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slowLedger{}
		if _, err := addAll(t.Context(), l, make([]drill.Record, 50*importBatch), &progress{}); err != nil {
			t.Fatal(err)
		}
		if l.longest > ledger.DefaultTimeout/2 {
			t.Errorf("it wrote for %v on end", l.longest)
		}
	})
}

// TestImportPage: the page has every format, every reason and every result of the webhook.
func TestImportPage(t *testing.T) {
	text := page(t, "docs/drill.md")
	for _, word := range slices.Concat(texts(imports.Sources()), texts(imports.Reasons()), texts(webhook.Results())) {
		if !strings.Contains(text, "`"+word+"`") {
			t.Errorf("the page lacks %s", word)
		}
	}
}

func TestProgress(t *testing.T) {
	var to strings.Builder
	p := progress{to: &to, visible: true}
	p.draw("%d", 1)
	p.draw("%d", 2) // too soon
	p.end()
	p.end()
	if got := to.String(); got != "\r\x1b[K1\r\x1b[K" {
		t.Errorf("%q", got)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func hookSignature(secret, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

// TestWebhookServes posts a body as GoPhish does, to the webhook as run serves it.
func TestWebhookServes(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	g := &gateway{metrics: s.metrics}
	g.policy.Store(s.policy)
	g.drills.now.Store(&openedLedger{s.ledger, s.policy.Store})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret123secret123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := runCmd{Webhook: "127.0.0.1:0", WebhookSecret: secret}
	h, err := c.webhook(g)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.server.Serve() }()
	body := hookBodies()[2]
	for signature, want := range map[string]int{hookSignature("secret123secret123", body): 200, hookSignature("secret123", body): 403} {
		req, err := http.NewRequest("POST", "http://"+h.server.Addr().String()+"/gophish", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Content-Type": {"application/json"}, "X-Gophish-Signature": {signature}}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d, wanted %d", resp.StatusCode, want)
		}
	}
	h.hook.settle(t.Context(), time.Now())
	if got := s.tallies(t)["mof"][drill.EventDelivered].Human; got != 1 {
		t.Errorf("%d delivered", got)
	}
	if err := errors.Join(h.close(t.Context()), <-served); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", h.server.Addr().String()); err == nil {
		t.Error("it still listens")
	}
	for name, c := range map[string]runCmd{
		"no secret":        {Webhook: "127.0.0.1:0"},
		"no address":       {WebhookSecret: secret},
		"a wide address":   {Webhook: "0.0.0.0:0", WebhookSecret: secret},
		"a missing file":   {Webhook: "127.0.0.1:0", WebhookSecret: secret + "x"},
		"a short secret":   {Webhook: "127.0.0.1:0", WebhookSecret: os.DevNull},
		"no secret at all": {},
	} {
		h, err := c.webhook(g)
		var wrong inputError
		if h != nil || (err == nil) != (name == "no secret at all") || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
