package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/internal/ledger"
	"sekimori/internal/webhook"
	"sekimori/metrics"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// hookStand is a hook on a ledger in a directory.
type hookStand struct {
	*hook
	ledger *ledger.Ledger
	dir    string
	policy *policy.Policy
	errors []error
}

func hookPolicy(dir string) *policy.Policy {
	from := time.Date(2011, 12, 12, 0, 0, 0, 0, time.UTC)
	p := policy.Default()
	p.Store.Ledger = dir
	var mof policy.DomainSet
	_ = mof.Add("mof.example")
	p.Organisations = []policy.Organisation{{Name: "mof", Domains: mof}}
	p.Drills = []policy.Drill{{Name: "drill_2011", Machines: policy.MachineRules(drill.DefaultMachineRules()), Rounds: []policy.Round{
		{Number: 1, Kind: policy.DrillAttachment, Window: policy.Window{From: from, Until: from.AddDate(0, 0, 7)}},
		{Number: 2, Kind: policy.DrillLink, Window: policy.Window{From: from, Until: from.AddDate(0, 0, 7)}, Campaigns: []int64{12}},
	}}}
	return p
}

func newHookStand(t *testing.T, dir string) *hookStand {
	t.Helper()
	s := &hookStand{dir: dir, policy: hookPolicy(dir)}
	var err error
	if s.ledger, err = openLedger(s.policy.Store, nil); err != nil {
		t.Fatal(err)
	}
	in := func() hookLedger { return s.ledger }
	s.hook = &hook{ledger: in, policy: func() *policy.Policy { return s.policy }, metrics: metrics.New(metrics.NewRegistry(), s.policy, "", ""),
		writer: newNoteWriter(in), rounds: map[hookRound]*liveRound{}, most: maxLive, failed: func(err error) { s.errors = append(s.errors, err) }}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.writer.run(ctx) }()
	t.Cleanup(func() { stop(); <-ended; s.ledger.Close() })
	return s
}

// hookBodies are bodies about three persons and a sandbox, in an order in which they may come.
func hookBodies() []string {
	body := func(email, at, message, address string) string {
		details := fmt.Sprintf(`{"payload":{"rid":["x"],"u":["secretuser"]},"browser":{"address":%q,"user-agent":"Mozilla/5.0"}}`, address)
		if address == "" {
			details = ""
		}
		return fmt.Sprintf(`{"campaign_id":12,"email":%q,"time":"2011-12-12T%sZ","message":%q,"details":%q}`, email, at, message, details)
	}
	return []string{
		`{"campaign_id":12,"email":"","time":"2011-12-12T00:00:00Z","message":"Campaign Created","details":""}`,
		body("jiro@mof.example", "00:59:59.5", "Clicked Link", "198.51.100.1"), // before it was sent, and told before
		body("jiro@mof.example", "01:00:00.123456789", "Email Sent", ""),
		body("taro@mof.example", "02:00:00", "Clicked Link", "192.0.2.1"),
		body("taro@mof.example", "02:00:05", "Submitted Data", "192.0.2.1"),
		body("taro@mof.example", "01:00:01", "Email Sent", ""),
		body("TARO@mof.example", "02:00:07", "Clicked Link", "192.0.2.1"),
		body("hana@x.example", "01:00:02", "Email Sent", ""),
		body("hana@x.example", "01:00:04", "Clicked Link", "192.0.2.9"),
		body("hana@x.example", "03:00:00", "Email Reported", "192.0.2.9"),
		body("hana@x.example", "03:00:00", "Email Opened", "192.0.2.9"),
	}
}

func (s *hookStand) tallies(t *testing.T) map[string]map[drill.Event]drill.Tally {
	t.Helper()
	c, err := s.ledger.Read(t.Context(), "drill_2011")
	if err != nil {
		t.Fatal(err)
	}
	tallies, late := c.Set.Tallies("drill_2011", 2, s.policy.Drills[0].Rounds[1].Window)
	if late != 0 {
		t.Errorf("%d late", late)
	}
	return tallies
}

// byAPI imports the bodies as a timeline.
func (s *hookStand) byAPI(t *testing.T, bodies []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api.json")
	if err := os.WriteFile(path, []byte(`{"id":12,"results":[],"timeline":[`+strings.Join(bodies, ",")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &s.policy.Drills[0]
	c := drillImportCmd{Files: []string{path}}
	var out, warn strings.Builder
	err := c.run(t.Context(), streams{nil, &out, &warn}, s.ledger, imports.Config{Drill: d, Round: &d.Rounds[1],
		Identify: identify(t.Context(), s.ledger, d.Name, "domain", nil, s.policy)}, imports.GophishAPI)
	if err != nil {
		t.Fatal(err, warn.String())
	}
}

// TestWebhookAndAPI: the same events count the same, whether they come by the webhook, from the API, or both, in any order, and
// although the gateway was killed in between.
func TestWebhookAndAPI(t *testing.T) {
	api := newHookStand(t, t.TempDir())
	api.byAPI(t, hookBodies())
	want := api.tallies(t)
	if o := want["mof"][drill.EventOpened]; o != (drill.Tally{Human: 1, Machine: 1}) || want["other"][drill.EventOpened] != (drill.Tally{Uncertain: 1}) {
		t.Fatalf("the test wants something of each class: %+v", want)
	}
	later := time.Date(2011, 12, 12, 4, 0, 0, 0, time.UTC)
	post := func(s *hookStand, bodies []string) {
		for i, b := range bodies {
			if err := s.take(t.Context(), []byte(b)); err != nil {
				t.Fatalf("body %d: %v", i, err)
			}
			s.settle(t.Context(), later.Add(time.Duration(i-len(bodies))*time.Hour/4))
		}
	}
	settle := func(s *hookStand) {
		t.Helper()
		s.settle(t.Context(), later)
		if diff := cmp.Diff(want, s.tallies(t)); diff != "" || len(s.errors) > 0 {
			t.Errorf("%s, %v", diff, s.errors)
		}
	}
	t.Run("webhook", func(t *testing.T) {
		s := newHookStand(t, t.TempDir())
		post(s, hookBodies())
		settle(s)
		post(s, hookBodies()) // replayed
		settle(s)
		s.byAPI(t, hookBodies())
		settle(s)
	})
	t.Run("API first", func(t *testing.T) {
		s := newHookStand(t, t.TempDir())
		s.byAPI(t, hookBodies())
		post(s, hookBodies())
		settle(s)
	})
	t.Run("killed", func(t *testing.T) {
		dir := t.TempDir()
		half := len(hookBodies()) / 2
		post(newHookStand(t, dir), hookBodies()[:half])
		s := newHookStand(t, dir) // knows nothing but what is in the ledger
		post(s, hookBodies()[half:])
		settle(s)
	})
	t.Run("killed at the end", func(t *testing.T) {
		dir := t.TempDir()
		s := newHookStand(t, dir)
		for _, b := range hookBodies() {
			if err := s.take(t.Context(), []byte(b)); err != nil {
				t.Fatal(err)
			}
		}
		settle(newHookStand(t, dir))
	})
	t.Run("reload", func(t *testing.T) {
		s := newHookStand(t, t.TempDir())
		half := len(hookBodies()) / 2
		post(s, hookBodies()[:half])
		s.policy = hookPolicy(s.dir)
		post(s, hookBodies()[half:])
		settle(s)
	})
}

// TestWebhookEarly: a visit counts when nothing can show it in another light any more, not before.
func TestWebhookEarly(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	for _, b := range hookBodies() {
		if err := s.take(t.Context(), []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	click := time.Date(2011, 12, 12, 2, 0, 0, 0, time.UTC) // the first of taro
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{settleAfter - 1, 0}, {settleAfter, 1}} {
		s.settle(t.Context(), click.Add(tt.after))
		if o := s.tallies(t)["mof"]; o[drill.EventOpened].Human != tt.want || o[drill.EventDelivered].Human != 2 {
			t.Errorf("after %v: %+v", tt.after, o)
		}
	}
}

// TestWebhookLimit: as many events of a round are taken as may be, and one more is answered 503; what is there still counts.
func TestWebhookLimit(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	s.most = 2
	for i, b := range []string{hookBodies()[2], hookBodies()[5], hookBodies()[7]} {
		if err := s.take(t.Context(), []byte(b)); errors.Is(err, imports.ErrLimit) != (i == 2) {
			t.Errorf("body %d: %v", i, err)
		}
	}
	s.settle(t.Context(), time.Now())
	if n := s.tallies(t)["mof"][drill.EventDelivered].Human; n != 2 {
		t.Errorf("%d delivered", n)
	}
}

// TestWebhookKeepsNothingTyped searches what the ledger holds on disk.
func TestWebhookKeepsNothingTyped(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	for _, b := range hookBodies() {
		if err := s.take(t.Context(), []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	s.settle(t.Context(), time.Now())
	files := 0
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, word := range []string{"secretuser", "taro", "192.0.2.", "198.51.100.1", "Mozilla"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s holds %s", path, word)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestWebhookAnswers(t *testing.T) {
	s := newHookStand(t, t.TempDir())
	for _, tt := range []struct {
		name, body string
		want       error
	}{
		{"the validate button", `{"success":true}`, nil},
		{"another campaign", strings.Replace(hookBodies()[2], ":12,", ":13,", 1), nil},
		{"no event", `{"a":1}`, webhook.ErrBody},
		{"no JSON", `secretuser`, webhook.ErrBody},
		{"no time", strings.Replace(hookBodies()[2], "2011-", "x", 1), webhook.ErrBody},
		{"no address", strings.Replace(hookBodies()[2], "@", " ", 1), webhook.ErrBody},
		{"an unknown event", strings.Replace(hookBodies()[2], "Email Sent", "Proxied request", 1), nil},
	} {
		if err := s.take(t.Context(), []byte(tt.body)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, wanted %v", tt.name, err, tt.want)
		}
	}
	s.settle(t.Context(), time.Now())
	if got := s.tallies(t); len(got) != 0 {
		t.Errorf("something counts: %v", got)
	}
	if err := s.take(t.Context(), []byte(hookBodies()[2])); err != nil {
		t.Fatal(err)
	}
	count := func(ledger.Content) drill.Counts { return drill.Counts{Drill: "drill_2011"} }
	if err := s.ledger.Freeze(t.Context(), "drill_2011", count); err != nil {
		t.Fatal(err)
	}
	if err := s.take(t.Context(), []byte(hookBodies()[3])); !errors.Is(err, webhook.ErrGone) {
		t.Errorf("a closed drill: %v", err)
	}
	if len(s.errors) > 0 {
		t.Errorf("a closed drill is no fault, but it is logged: %v", s.errors)
	}
	s.hook.ledger = func() hookLedger { return nil }
	if err := s.take(t.Context(), []byte(hookBodies()[2])); err == nil || errors.Is(err, webhook.ErrBody) || errors.Is(err, webhook.ErrGone) {
		t.Errorf("without a ledger: %v", err)
	}
	s.settle(t.Context(), time.Now())
	for _, err := range s.errors {
		if strings.Contains(err.Error(), "secretuser") || strings.Contains(err.Error(), "taro") {
			t.Error(err)
		}
	}
}
