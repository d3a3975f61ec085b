package examine

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

func TestDrillRecognition(t *testing.T) {
	token := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))
	forged := "X-Sekimori-Drill: " + drillToken(t, drill.Key{ID: "k", Secret: bytes.Repeat([]byte("x"), drill.MinSecret)}, 1, drillStart().Add(time.Hour))
	expired := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(-time.Second))
	good := lure(t, "drill.test", token)
	for _, tt := range []struct {
		name   string
		mail   []byte
		change func(*policy.Message, *Examiner, *kept)
		want   []drill.Reason
	}{
		{"all holds", good, nil, nil},
		{"the last recipient", good, func(_ *policy.Message, _ *Examiner, k *kept) { k.before = 9 }, nil},
		{"one recipient more", good, func(_ *policy.Message, _ *Examiner, k *kept) { k.before = 10 }, []drill.Reason{drill.ReasonRecipients}},
		{"a client that may send for the domain", good, func(m *policy.Message, _ *Examiner, _ *kept) { m.Client.Addr = netip.MustParseAddr("198.51.100.99") },
			[]drill.Reason{drill.ReasonNetwork}},
		{"another MAIL FROM", good, func(m *policy.Message, _ *Examiner, _ *kept) { m.Sender.Domain = "attacker.test" },
			[]drill.Reason{drill.ReasonMailFrom, drill.ReasonToken}},
		{"not signed", lure(t, "other.test", token), nil, []drill.Reason{drill.ReasonDKIM}},
		{"changed on its way", bytes.Replace(good, []byte("rid=1"), []byte("rid=2"), 1), nil, []drill.Reason{drill.ReasonDKIM}},
		{"no token", lure(t, "drill.test"), nil, []drill.Reason{drill.ReasonNoToken}},
		{"two tokens", lure(t, "drill.test", token, token), nil, []drill.Reason{drill.ReasonSeveralTokens}},
		{"forged token", lure(t, "drill.test", forged), nil, []drill.Reason{drill.ReasonToken}},
		{"expired token", lure(t, "drill.test", expired), nil, []drill.Reason{drill.ReasonExpired}},
		{"before the window", good, func(_ *policy.Message, e *Examiner, _ *kept) { at(e, drillStart().Add(-2*time.Hour)) }, []drill.Reason{drill.ReasonWindow}},
		{"after the window", good, func(_ *policy.Message, e *Examiner, _ *kept) { at(e, drillStart().Add(time.Hour)) }, []drill.Reason{drill.ReasonWindow}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKept()
			e, _ := exercise(k)
			m := from("198.51.100.10", "bounce@drill.test")
			if tt.change != nil {
				tt.change(m, e, k)
			}
			r, err := e.Message(m, tt.mail)
			if err != nil {
				t.Fatal(err)
			}
			checkRecognition(t, r, k, tt.want)
		})
	}
}

// checkRecognition: recognised mail goes past the rule that would refuse it, loses its marks and is in the ledger with what it would
// have met; any other meets the rule, and each reason is a finding.
func checkRecognition(t *testing.T, r *policy.Record, k *kept, want []drill.Reason) {
	t.Helper()
	var got []drill.Reason
	for _, v := range r.Decision.Verdicts {
		for _, f := range v.Findings {
			if name, ok := strings.CutPrefix(f.Name, "drill_"); ok && f.Name != policy.FindingDrillRecognised {
				got = append(got, drill.Reason(name))
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("reasons %v, want %v: %+v", got, want, r.Facts.DKIM)
	}
	if len(want) > 0 {
		if r.Effect.Action != policy.ActionReject || len(k.records) != 0 {
			t.Errorf("%s, in the ledger: %v", r.Effect.Action, k.events())
		}
		return
	}
	removed := map[string]bool{}
	for _, ref := range r.Effect.Remove {
		removed[ref.Name] = true
	}
	if r.Effect.Action != policy.ActionAccept || !removed["X-Sekimori-Drill"] || !removed["X-Gophish-Contact"] {
		t.Errorf("%s, removes %v", r.Effect.Action, r.Effect.Remove)
	}
	if got := k.events(); !slices.Equal(got, []string{"accepted hanako@gw.test human"}) {
		t.Fatalf("in the ledger: %v", got)
	}
	for _, x := range k.records {
		if x.Verdict != policy.ActionReject || x.Organisation != "gw" || x.MessageID != "lure-1@drill.test" || !x.At.Equal(drillStart()) {
			t.Errorf("in the ledger: %+v", x)
		}
	}
}

// A signature behind whose end anything can be appended (RFC 6376, 8.2) proves no drill, nor does one that fails.
func TestDrillSignatures(t *testing.T) {
	for _, tt := range []struct {
		key  policy.DKIM
		want bool
	}{
		{policy.DKIM{Result: policy.ResultPass, Domain: "drill.test"}, true},
		{policy.DKIM{Result: policy.ResultPass, Domain: "drill.test", Partial: true}, false},
		{policy.DKIM{Result: policy.ResultFail, Domain: "drill.test"}, false},
		{policy.DKIM{Result: policy.ResultPass, Domain: "mail.drill.test"}, false},
	} {
		e, _ := exercise(newKept())
		m := from("198.51.100.10", "bounce@drill.test")
		x := e.Begin(m)
		m.Header = policy.Header{{Name: "X-Sekimori-Drill", Value: " " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))}}
		x.f.DKIM = []policy.DKIM{{Result: policy.ResultNone}, tt.key}
		x.recognise()
		if x.f.Drill.Recognised != tt.want {
			t.Errorf("%+v: %+v", tt.key, x.f.Drill)
		}
		x.spf.Wait()
		x.Abort()
	}
}

// What becomes of recognised mail in each mode, and what is in the ledger then.
func TestDrillModes(t *testing.T) {
	token := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))
	for mode, want := range map[policy.DrillMode]policy.Action{
		policy.DrillExempt: policy.ActionAccept, policy.DrillEnforce: policy.ActionReject, policy.DrillObserve: policy.ActionReject,
	} {
		k := newKept()
		e, d := exercise(k)
		d.Rounds[0].Mode = mode
		r, err := e.Message(from("198.51.100.10", "bounce@drill.test"), lure(t, "drill.test", token))
		if err != nil || r.Effect.Action != want || len(k.records) != map[policy.Action]int{policy.ActionAccept: 1}[want] {
			t.Errorf("%s: %s, %v, in the ledger %v", mode, r.Effect.Action, err, k.events())
		}
	}
}

// An early answer waits for the token where the round is exempt, and only there.
func TestDrillEarly(t *testing.T) {
	answer := func(client string, when time.Time) policy.Action {
		e, d := exercise(newKept())
		e.Policy().Spoof.Early = true
		d.Rounds[0].Recognition.MailFrom = []policy.Domain{"mof.go.jp"} // whose SPF record fails the client
		at(e, when)
		x := e.Begin(from(client, "x@mof.go.jp"))
		defer x.Abort()
		return x.Recipient(policy.Recipient{Arg: "<hanako@gw.test>", Address: policy.Address{Local: "hanako", Domain: "gw.test"}}).Action
	}
	if got := answer("198.51.100.10", drillStart()); got != policy.ActionAccept {
		t.Errorf("the drill is answered early: %s", got)
	}
	if got := answer("198.51.100.11", drillStart()); got != policy.ActionReject {
		t.Errorf("anybody else: %s", got)
	}
	if got := answer("198.51.100.10", drillStart().Add(time.Hour+policy.DrillTail)); got != policy.ActionReject {
		t.Errorf("after the drill: %s", got)
	}
}
