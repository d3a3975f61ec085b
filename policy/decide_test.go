package policy

import (
	"slices"
	"testing"
)

// Mail of an exempt round is delivered whatever the rules say; every other mode of a drill leaves them alone. What the rules would
// have done stays in the decision.
func TestWaived(t *testing.T) {
	for mode, want := range map[DrillMode]Action{DrillExempt: ActionAccept, DrillEnforce: ActionReject, DrillObserve: ActionReject} {
		for _, recognised := range []bool{true, false} {
			p, m, f := suspected(150)
			p.Spoof.Mode = ModeEnforce
			m.Sender.Domain = "mof.go.jp"
			f.MailFrom = SPF{Result: ResultFail, Name: DNSFound}
			f.ForgedHeader = []HeaderRef{{"X-Sekimori-Spoof", 1}}
			f.Drill = DrillFacts{Drill: "autumn", Round: 1, Mode: mode, Recognised: recognised, Remove: []HeaderRef{{"X-Sekimori-Drill", 1}}}
			if !recognised {
				f.Drill.Reasons = []string{"token"}
			}
			d := Decide(p, m, f)
			e := d.Effect()
			act := ActionReject
			if recognised {
				act = want
			}
			if e.Action != act || d.Action() != ActionReject {
				t.Errorf("%s, recognised %v: %s, would be %s", mode, recognised, e.Action, d.Action())
			}
			for _, v := range d.Verdicts {
				if waives := recognised && mode == DrillExempt && v.Rule != RuleDrill; (v.Waived == "autumn") != waives {
					t.Errorf("%s, recognised %v: %s waived %q", mode, recognised, v.Rule, v.Waived)
				}
			}
			if !slices.Contains(e.Remove, HeaderRef{"X-Sekimori-Spoof", 1}) {
				t.Errorf("%s: forged fields stay: %v", mode, e.Remove)
			}
		}
	}
}

// A body that was not read to its end gets no field of its own, everything else does.
func TestUnexaminedHeader(t *testing.T) {
	for _, u := range UnexaminedReasons() {
		p, m, f := spoofed()
		f.Unexamined = []Unexamined{UnexaminedBody, u}
		want := []Field{{Name: "X-Sekimori-Unexamined", Value: " " + string(u)}}
		if u == UnexaminedBody {
			want = nil
		}
		if d := Decide(p, m, f); !slices.Equal(d.Insert, want) {
			t.Errorf("%s: %v", u, d.Insert)
		}
	}
}

// A field that two sides want removed is removed once, or the one behind it would go too.
func TestEffectRemovesOnce(t *testing.T) {
	d := Decision{Remove: []HeaderRef{{Name: "X-Sekimori-Drill", Index: 1}}, Verdicts: []Verdict{
		{Rule: RuleDrill, Mode: ModeEnforce, Action: ActionAccept, Strip: []HeaderRef{{Name: "x-sekimori-drill", Index: 1}, {Name: "X-Sekimori-Drill", Index: 2}}},
		{Rule: RuleSuspicion, Mode: ModeEnforce, Action: ActionTag, Strip: []HeaderRef{{Name: "X-SEKIMORI-DRILL", Index: 2}}},
	}}
	want := []HeaderRef{{Name: "X-Sekimori-Drill", Index: 1}, {Name: "X-Sekimori-Drill", Index: 2}}
	if got := d.Effect().Remove; !slices.Equal(got, want) {
		t.Errorf("removes %v, want %v", got, want)
	}
}
