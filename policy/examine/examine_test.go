package examine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sekimori/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// names answers TXT questions from a table; a name that is not in it does not exist.
type names struct {
	txt   map[string][]string
	block chan struct{} // when not nil, no answer before it is closed or the context ends
	boom  string        // asking for this name panics

	mu    sync.Mutex
	asked []string
}

func (n *names) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	n.mu.Lock()
	n.asked = append(n.asked, name)
	n.mu.Unlock()
	if n.boom != "" && name == n.boom {
		panic("boom")
	}
	if n.block != nil {
		select {
		case <-n.block:
		case <-ctx.Done():
			return policy.DNSAnswer{Status: policy.DNSTimeout}
		}
	}
	txt, ok := n.txt[name]
	switch {
	case !ok:
		return policy.DNSAnswer{Status: policy.DNSNXDomain}
	case t == policy.TypeTXT && len(txt) > 0:
		return policy.DNSAnswer{Status: policy.DNSFound, TXT: txt}
	}
	return policy.DNSAnswer{Status: policy.DNSNoData}
}

// world is a ministry that sends from 203.0.113.25 only and asks for rejection, and a stranger.
func world() *names {
	return &names{txt: map[string][]string{
		"mof.go.jp":            {"v=spf1 ip4:203.0.113.25 -all"},
		"_dmarc.mof.go.jp":     {"v=DMARC1; p=reject"},
		"mail.attacker.test":   nil,
		"attacker.test":        {"v=spf1 ip4:203.0.113.9 -all"},
		"_dmarc.attacker.test": {"v=DMARC1; p=none"},
	}}
}

func examiner(r *names) *Examiner {
	p := policy.Default()
	p.Spoof.Mode = policy.ModeEnforce
	p.Authentication.PublicSuffixes = []policy.Domain{"go.jp"}
	p.Inside.Domains, _ = policy.ParseDomainSet("gw.test")
	p.Inside.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	start := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	return &Examiner{Policy: func() *policy.Policy { return p }, Resolver: r, Now: func() time.Time { return start }, Host: "mx.gw.test"}
}

func from(client, sender string) *policy.Message {
	local, d, _ := strings.Cut(sender, "@")
	return &policy.Message{
		QueueID: "4Q1", Client: policy.Client{Addr: netip.MustParseAddr(client)}, Helo: "mail.attacker.test",
		HeloDomain: "mail.attacker.test", Sender: policy.Address{Local: local, Domain: policy.Domain(d)},
		Recipients: []policy.Recipient{{Arg: "<hanako@gw.test>", Address: policy.Address{Local: "hanako", Domain: "gw.test"}}},
	}
}

const (
	honest  = "From: Taro <taro@mof.go.jp>\nSubject: x\n\nbody\n"
	foreign = "From: x@attacker.test\nSubject: x\n\nbody\n"
)

func TestMessage(t *testing.T) {
	tests := []struct {
		name, client, sender, mail string
		want                       policy.Action
		reply                      policy.Reply
	}{
		{"forged", "203.0.113.9", "taro@mof.go.jp", honest, policy.ActionReject, policy.ReplyDMARCFail},
		{"honest", "203.0.113.25", "taro@mof.go.jp", honest, policy.ActionAccept, policy.ReplyNone},
		{"author forged, envelope passes", "203.0.113.9", "x@attacker.test", honest, policy.ActionReject, policy.ReplyDMARCFail},
		{"envelope forged, author passes nothing", "203.0.113.9", "taro@mof.go.jp", foreign, policy.ActionReject, policy.ReplySPFFail},
		{"stranger", "203.0.113.9", "x@attacker.test", foreign, policy.ActionAccept, policy.ReplyNone},
		{"inside client", "192.0.2.7", "taro@mof.go.jp", honest, policy.ActionAccept, policy.ReplyNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := examiner(world()).Message(from(tt.client, tt.sender), []byte(tt.mail))
			if err != nil {
				t.Fatal(err)
			}
			if r.Effect.Action != tt.want || r.Effect.Reply != tt.reply {
				t.Errorf("%s %q, want %s %q: %+v", r.Effect.Action, r.Effect.Reply, tt.want, tt.reply, r.Decision.Verdicts)
			}
			if r.Outcome != policy.OutcomeOf(tt.want) || r.Stage != policy.StageMessage {
				t.Errorf("outcome %s at %s", r.Outcome, r.Stage)
			}
		})
	}
}

func TestInsideClientAsksNothing(t *testing.T) {
	w := world()
	r, err := examiner(w).Message(from("192.0.2.7", "taro@mof.go.jp"), []byte(honest))
	if err != nil || len(w.asked) != 0 || len(r.Effect.Insert) != 0 {
		t.Errorf("asked %v, inserts %v, %v", w.asked, r.Effect.Insert, err)
	}
}

func TestForgedFieldsAreRemoved(t *testing.T) {
	mail := "Authentication-Results: MX.GW.TEST (x); dkim=pass\nX-Sekimori-Spoof: a\nauthentication-results: other.test; dkim=pass\n" +
		"Authentication-Results: \"mx.gw.test\" 1; spf=pass\n" + foreign
	r, err := examiner(world()).Message(from("203.0.113.9", "x@attacker.test"), []byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	want := []policy.HeaderRef{{Name: "Authentication-Results", Index: 1}, {Name: "Authentication-Results", Index: 3}, {Name: "X-Sekimori-Spoof", Index: 1}}
	if !slices.Equal(r.Effect.Remove, want) {
		t.Errorf("removes %v, want %v", r.Effect.Remove, want)
	}
	if n := len(r.Effect.Insert); n != 1 || !strings.HasPrefix(r.Effect.Insert[0].Value, " mx.gw.test;") {
		t.Errorf("inserts %v", r.Effect.Insert)
	}
}

// A message that is not examined loses the same fields, one from inside none.
func TestForged(t *testing.T) {
	e := examiner(world())
	m := from("203.0.113.9", "x@attacker.test")
	m.Header = policy.Header{{Name: "Authentication-Results", Value: " mx.gw.test; dkim=pass"}, {Name: "X-Sekimori-Spoof", Value: " x"},
		{Name: "Authentication-Results", Value: " other.test; dkim=pass"}, {Name: "Authentication-Results"}} // the last was over a limit
	want := []policy.HeaderRef{{Name: "Authentication-Results", Index: 1}, {Name: "Authentication-Results", Index: 3}, {Name: "X-Sekimori-Spoof", Index: 1}}
	if got := e.Forged(m); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	m.Client.Authenticated = "taro"
	if got := e.Forged(m); got != nil {
		t.Errorf("from inside: %v", got)
	}
}

func TestServID(t *testing.T) {
	e := examiner(world())
	p := e.Policy()
	for _, step := range []struct {
		set  func(*policy.Message)
		want string
	}{
		{func(*policy.Message) {}, "mx.gw.test"},
		{func(m *policy.Message) { m.Server = "MTA.gw.test" }, "mta.gw.test"},
		{func(m *policy.Message) { m.Server, p.Authentication.ServID = "mta.gw.test", "gw.test" }, "gw.test"},
	} {
		m := from("203.0.113.9", "x@attacker.test")
		step.set(m)
		r, _ := e.Message(m, []byte(foreign))
		if got, _, _ := strings.Cut(r.Effect.Insert[0].Value, ";"); strings.TrimSpace(got) != step.want {
			t.Errorf("authserv-id %q, want %q", got, step.want)
		}
	}
}

func TestDeadline(t *testing.T) {
	w := world()
	w.block = make(chan struct{})
	defer close(w.block)
	e := examiner(w)
	e.Policy().Limits.Deadline = 20 * time.Millisecond
	r, err := e.Message(from("203.0.113.9", "taro@mof.go.jp"), []byte(honest))
	if err != nil {
		t.Fatal(err)
	}
	if r.Effect.Action != policy.ActionTempfail || !slices.Contains(r.Facts.Unexamined, policy.UnexaminedDeadline) {
		t.Errorf("%s, unexamined %v", r.Effect.Action, r.Facts.Unexamined)
	}
	if r.Facts.MailFrom.Result != policy.ResultTempError {
		t.Errorf("spf %s", r.Facts.MailFrom.Result)
	}
}

func TestPanicIsAFact(t *testing.T) {
	for name, boom := range map[string]string{"spf": "mof.go.jp", "dmarc": "_dmarc.mof.go.jp"} {
		for onError, want := range map[policy.Action]policy.Action{policy.ActionAccept: policy.ActionAccept, policy.ActionTempfail: policy.ActionTempfail} {
			t.Run(name+" "+string(onError), func(t *testing.T) {
				w := world()
				w.boom = boom
				e := examiner(w)
				e.Policy().Spoof.OnError = onError
				told := 0
				var mu sync.Mutex
				e.Panicked = func(any, []byte) { mu.Lock(); told++; mu.Unlock() }
				r, err := e.Message(from("203.0.113.9", "taro@mof.go.jp"), []byte(honest))
				if err != nil {
					t.Fatal(err)
				}
				if r.Effect.Action != want || !slices.Contains(r.Facts.Unexamined, policy.UnexaminedPanic) || told == 0 {
					t.Errorf("%s, unexamined %v, told %d", r.Effect.Action, r.Facts.Unexamined, told)
				}
				if want == policy.ActionAccept && r.Effect.Insert[0].Name != "X-Sekimori-Unexamined" {
					t.Errorf("inserts %v", r.Effect.Insert)
				}
			})
		}
	}
}

func TestEarly(t *testing.T) {
	e := examiner(world())
	e.Policy().Spoof.Early = true
	m := from("203.0.113.9", "taro@mof.go.jp")
	rcpt := m.Recipients[0]
	m.Recipients = nil
	x := e.Begin(m)
	if got := x.Recipient(rcpt); got.Action != policy.ActionReject || got.Reply != policy.ReplySPFFail {
		t.Errorf("at RCPT %s %q", got.Action, got.Reply)
	}
	r := x.Abort()
	if r == nil || r.Outcome != policy.OutcomeRejected || r.Stage != policy.StageEnvelope || len(r.Message.Recipients) != 1 {
		t.Errorf("record %+v", r)
	}
	e.Policy().Spoof.Early = false
	x = e.Begin(m)
	if got := x.Recipient(rcpt); got.Action != policy.ActionAccept {
		t.Errorf("not early: %s", got.Action)
	}
	if r := x.Abort(); r != nil {
		t.Errorf("record %+v", r)
	}
}

// A null sender's HELO is below the author: what its alignment needs is asked before SPF is done.
func TestAskAhead(t *testing.T) {
	w := world()
	e := examiner(w)
	m := from("203.0.113.9", "")
	m.Sender = policy.Address{}
	if _, err := e.Message(m, []byte(foreign)); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.asked, "_dmarc.mail.attacker.test") {
		t.Errorf("asked %q", w.asked)
	}
	w.asked = nil
	if _, err := e.Message(from("203.0.113.9", "x@attacker.test"), []byte(foreign)); err != nil || slices.Contains(w.asked, "_dmarc.mail.attacker.test") {
		t.Errorf("asked %q for nothing, %v", w.asked, err)
	}
}

func TestTrace(t *testing.T) {
	e := examiner(world())
	e.Trace = true
	r, err := e.Message(from("203.0.113.9", "taro@mof.go.jp"), []byte(honest))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Facts.Queries) == 0 || len(r.Facts.MailFrom.Steps) == 0 || len(r.Facts.DMARC[0].Steps) == 0 {
		t.Errorf("queries %v, spf %v, dmarc %v", r.Facts.Queries, r.Facts.MailFrom.Steps, r.Facts.DMARC[0].Steps)
	}
	if !slices.ContainsFunc(r.Facts.MailFrom.Steps, func(s policy.Step) bool { return s.Decided }) {
		t.Error("no step of SPF is marked as deciding")
	}
}

// A reload between two messages puts the new policy in force for the second only.
func TestReload(t *testing.T) {
	e := examiner(world())
	first := e.Policy()
	second := *first
	second.Spoof.Mode = policy.ModeObserve
	now := first
	e.Policy = func() *policy.Policy { return now }
	x := e.Begin(from("203.0.113.9", "taro@mof.go.jp"))
	now = &second
	x.Header()
	if r := x.End(); r.Policy != first || r.Effect.Action != policy.ActionReject {
		t.Errorf("the message under way met the new policy: %s", r.Effect.Action)
	}
	if r, _ := e.Message(from("203.0.113.9", "taro@mof.go.jp"), []byte(honest)); r.Policy != &second || r.Effect.Action != policy.ActionAccept {
		t.Errorf("the next message met the old policy: %s", r.Effect.Action)
	}
}

func BenchmarkMessage(b *testing.B) {
	e := examiner(&names{txt: world().txt})
	e.Resolver = quiet{world().txt}
	raw := []byte(honest)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := e.Message(from("203.0.113.25", "taro@mof.go.jp"), raw); err != nil || r.Effect.Action != policy.ActionAccept {
			b.Fatal(err)
		}
	}
}

// quiet answers like names without noting who asked.
type quiet struct{ txt map[string][]string }

func (q quiet) Lookup(_ context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	txt, ok := q.txt[name]
	switch {
	case !ok:
		return policy.DNSAnswer{Status: policy.DNSNXDomain}
	case t == policy.TypeTXT && len(txt) > 0:
		return policy.DNSAnswer{Status: policy.DNSFound, TXT: txt}
	}
	return policy.DNSAnswer{Status: policy.DNSNoData}
}
