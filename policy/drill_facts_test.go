package policy

import (
	"slices"
	"testing"
	"time"
)

// recognised returns facts of the mail of a round, and a message for two inside recipients and one outside.
func recognised(mode DrillMode) (*Policy, *Message, *Facts) {
	p := Default()
	p.Inside.Domains, _ = ParseDomainSet("gw.test")
	p.Organisations = []Organisation{{Name: "gw", Domains: p.Inside.Domains}}
	m := &Message{}
	for _, a := range []Address{{"hanako", "gw.test"}, {"saburo", "gw.test"}, {"x", "relayed.test"}} {
		m.Recipients = append(m.Recipients, Recipient{Arg: "<" + a.String() + ">", Address: a})
	}
	f := &Facts{At: time.Unix(1_300_000_000, 0), Stage: StageMessage, Conversation: Conversation{ID: "1@drill.test"},
		Drill: DrillFacts{Drill: "d", Round: 2, Mode: mode, Recognised: true, Remove: []HeaderRef{{"X-Sekimori-Drill", 1}}}}
	return p, m, f
}

func TestDrillVerdict(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts DrillFacts
		mode  Mode
		found []string
	}{
		{"nothing", DrillFacts{}, "", nil},
		{"touched only", DrillFacts{Touched: []DrillTouch{{Drill: "d"}}}, "", nil},
		{"recognised", DrillFacts{Drill: "d", Mode: DrillExempt, Recognised: true}, ModeEnforce, []string{"drill_recognised"}},
		{"observed", DrillFacts{Drill: "d", Mode: DrillObserve, Recognised: true}, ModeObserve, []string{"drill_recognised"}},
		{"failed", DrillFacts{Drill: "d", Mode: DrillExempt, Reasons: []string{"dkim", "window"}}, ModeEnforce, []string{"drill_dkim", "drill_window"}},
	} {
		v, ok := tt.facts.verdict()
		var found []string
		for _, f := range v.Findings {
			found = append(found, f.Name)
			if f.Action != ActionAccept || f.Evidence != "d" {
				t.Errorf("%s: %+v", tt.name, f)
			}
		}
		if ok != (tt.found != nil) || v.Mode != tt.mode || !slices.Equal(found, tt.found) {
			t.Errorf("%s: %v, %+v", tt.name, ok, v)
		}
	}
}

// The ledger gets what the rules that enforce would have done, which an exempt round does not change, and one record for each inside
// recipient.
func TestDrillRecords(t *testing.T) {
	verdict := func(mode Mode, waived string, a Action) Verdict {
		return Verdict{Mode: mode, Waived: waived, Action: a}
	}
	for _, tt := range []struct {
		name     string
		mode     DrillMode
		verdicts []Verdict
		want     Action // "" where nothing is accepted
	}{
		{"nothing to say", DrillExempt, nil, ActionAccept},
		{"waived", DrillExempt, []Verdict{verdict(ModeEnforce, "d", ActionReject)}, ActionReject},
		{"the strictest", DrillExempt, []Verdict{verdict(ModeEnforce, "d", ActionTag), verdict(ModeEnforce, "d", ActionQuarantine)}, ActionQuarantine},
		{"a rule that observes", DrillExempt, []Verdict{verdict(ModeObserve, "d", ActionReject)}, ActionAccept},
		{"refused", DrillEnforce, []Verdict{verdict(ModeEnforce, "", ActionReject)}, ""},
		{"put off", DrillEnforce, []Verdict{verdict(ModeEnforce, "", ActionTempfail)}, ""},
		{"held", DrillEnforce, []Verdict{verdict(ModeEnforce, "", ActionQuarantine)}, ActionQuarantine},
		{"tagged", DrillObserve, []Verdict{verdict(ModeEnforce, "", ActionTag)}, ActionTag},
	} {
		p, m, f := recognised(tt.mode)
		records := p.drillRecords(m, f, Decision{Direction: Inbound, Verdicts: tt.verdicts})
		if tt.want == "" {
			if len(records) != 0 {
				t.Errorf("%s: %+v", tt.name, records)
			}
			continue
		}
		if len(records) != 2 {
			t.Fatalf("%s: %+v", tt.name, records)
		}
		want := DrillRecord{Drill: "d", Round: 2, Event: DrillAccepted, Person: Address{"hanako", "gw.test"}, Organisation: "gw", Class: DrillHuman,
			At: f.At, Verdict: tt.want, MessageID: "1@drill.test"}
		if records[0] != want || records[1].Person.Local != "saburo" {
			t.Errorf("%s: %+v, want %+v", tt.name, records[0], want)
		}
	}
}

// Whether an automatic reply was stopped is a matter of the recipient it went to.
func TestDrillTouched(t *testing.T) {
	sender, other := "<bounce@drill.test>", "<y@other.test>"
	for _, tt := range []struct {
		name    string
		event   DrillEvent
		verdict Verdict
		want    DrillEvent // "" for no record
	}{
		{"passes", DrillAutoReplied, Verdict{Action: ActionAccept}, DrillAutoReplied},
		{"taken off", DrillAutoReplied, Verdict{Action: ActionRemove, Remove: []string{other, sender}}, DrillAutoReplyStopped},
		{"another taken off", DrillAutoReplied, Verdict{Action: ActionRemove, Remove: []string{other}}, DrillAutoReplied},
		{"discarded", DrillAutoReplied, Verdict{Action: ActionDiscard, Remove: []string{sender}}, DrillAutoReplyStopped},
		{"refused", DrillAutoReplied, Verdict{Action: ActionReject}, DrillAutoReplyStopped},
		{"observed", DrillAutoReplied, Verdict{Mode: ModeObserve, Action: ActionDiscard, Remove: []string{sender}}, DrillAutoReplied},
		{"receipt passes", DrillReceipt, Verdict{Action: ActionAccept}, DrillReceipt},
		{"receipt taken off", DrillReceipt, Verdict{Action: ActionDiscard, Remove: []string{sender}}, ""},
		{"reply refused", DrillReplied, Verdict{Action: ActionReject}, DrillReplied},
	} {
		p, m, f := recognised(DrillExempt)
		f.Drill = DrillFacts{Touched: []DrillTouch{{Drill: "d", Round: 1, Event: tt.event, Person: Address{"hanako", "gw.test"}, Class: DrillMachine, Recipient: sender}}}
		if tt.verdict.Mode == "" {
			tt.verdict.Mode = ModeEnforce
		}
		records := p.drillRecords(m, f, Decision{Direction: Outbound, Verdicts: []Verdict{tt.verdict}})
		var got DrillEvent
		if len(records) > 0 {
			got = records[0].Event
		}
		if got != tt.want || len(records) > 1 {
			t.Errorf("%s: %+v, want %q", tt.name, records, tt.want)
		}
	}
}

// An exempt round keeps every other rule from acting, and the marks of the drill are taken off; an observed one does neither.
func TestDrillWaives(t *testing.T) {
	for mode, waives := range map[DrillMode]bool{DrillExempt: true, DrillEnforce: false, DrillObserve: false} {
		_, _, f := recognised(mode)
		d := Decision{Direction: Inbound, Verdicts: []Verdict{{Rule: RuleSpoof, Mode: ModeEnforce, Action: ActionTag}}}
		d.drill(f)
		e := d.Effect()
		if (e.Action == ActionAccept) != waives || (len(e.Remove) == 1) != (mode != DrillObserve) {
			t.Errorf("%s: %+v", mode, e)
		}
	}
}
