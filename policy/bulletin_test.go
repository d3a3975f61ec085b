package policy

import (
	"slices"
	"testing"
	"time"
)

// alerted returns a policy with one bulletin that enforces, and a message that hits it.
func alerted(a Action) (*Policy, *Message, *Facts) {
	p, m, f := suspected(0)
	p.Suspicion.Mode = ModeOff
	p.Bulletins = []Bulletin{{Name: "ipa_2026_17", Mode: ModeEnforce, Action: a, Reference: "https://www.ipa.example/17"}}
	f.Bulletins = []BulletinHit{{Bulletin: "ipa_2026_17", Kind: BulletinHost, Value: "evil.example", Evidence: "http://evil.example/x"}}
	return p, m, f
}

func TestBulletinVerdict(t *testing.T) {
	for _, a := range BulletinActions() {
		p, m, f := alerted(a)
		d := Decide(p, m, f)
		v := d.Verdicts[0]
		if v.Rule != RuleBulletin || v.Name != "ipa_2026_17" || v.Action != a || len(v.Findings) != 1 ||
			v.Findings[0] != (Finding{Name: "bulletin_host", Evidence: "http://evil.example/x", Action: a}) {
			t.Errorf("%s: %+v", a, v)
		}
		if (v.Reply == ReplyBulletin) != (a == ActionReject) {
			t.Errorf("%s: reply %q", a, v.Reply)
		}
		written := slices.ContainsFunc(d.Effect().Insert, func(f Field) bool {
			return f.Name == BulletinHeader && f.Value == " name=ipa_2026_17; reference=https://www.ipa.example/17"
		})
		if written != (a == ActionTag || a == ActionQuarantine) {
			t.Errorf("%s: inserts %v", a, d.Effect().Insert)
		}
		if a == ActionQuarantine && d.Effect().Reason != "sekimori bulletin ipa_2026_17 bulletin_host" {
			t.Errorf("reason %q", d.Effect().Reason)
		}
	}
}

// A bulletin acts in both directions, while it holds, as far as its mode goes.
func TestBulletinWhere(t *testing.T) {
	for name, tt := range map[string]struct {
		set      func(*Policy, *Message, *Facts)
		verdicts int
		action   Action
	}{
		"inbound":  {func(*Policy, *Message, *Facts) {}, 1, ActionReject},
		"outbound": {func(_ *Policy, m *Message, _ *Facts) { m.Client.Authenticated = "taro" }, 1, ActionReject},
		"internal": {func(p *Policy, m *Message, _ *Facts) {
			m.Client.Authenticated = "taro"
			p.Inside.Domains = domains("gw.test")
		}, 0, ActionAccept},
		"at RCPT":      {func(_ *Policy, _ *Message, f *Facts) { f.Stage = StageEnvelope }, 0, ActionAccept},
		"observed":     {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].Mode = ModeObserve }, 1, ActionAccept},
		"off":          {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].Mode = ModeOff }, 0, ActionAccept},
		"last moment":  {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].Until = at.Add(1) }, 1, ActionReject},
		"over":         {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].Until = at }, 0, ActionAccept},
		"first moment": {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].From = at }, 1, ActionReject},
		"not yet":      {func(p *Policy, _ *Message, _ *Facts) { p.Bulletins[0].From = at.Add(1) }, 0, ActionAccept},
		"no hit":       {func(_ *Policy, _ *Message, f *Facts) { f.Bulletins = nil }, 0, ActionAccept},
		"another's":    {func(_ *Policy, _ *Message, f *Facts) { f.Bulletins[0].Bulletin = "other" }, 0, ActionAccept},
		"waived": {func(_ *Policy, _ *Message, f *Facts) {
			f.Drill = DrillFacts{Drill: "autumn", Mode: DrillExempt, Recognised: true}
		}, 2, ActionAccept},
	} {
		p, m, f := alerted(ActionReject)
		tt.set(p, m, f)
		d := Decide(p, m, f)
		if len(d.Verdicts) != tt.verdicts || d.Effect().Action != tt.action {
			t.Errorf("%s: %s, %+v", name, d.Effect().Action, d.Verdicts)
		}
	}
}

// Several bulletins are verdicts of their own, and the strictest holds.
func TestSeveralBulletins(t *testing.T) {
	p, m, f := alerted(ActionTag)
	p.Bulletins = append(p.Bulletins, Bulletin{Name: "npa", Mode: ModeEnforce, Action: ActionQuarantine})
	f.Bulletins = append(f.Bulletins, BulletinHit{Bulletin: "npa", Kind: BulletinClient}, BulletinHit{Bulletin: "npa", Kind: BulletinSHA256})
	d := Decide(p, m, f)
	if len(d.Verdicts) != 2 || len(d.Verdicts[1].Findings) != 2 || d.Effect().Action != ActionQuarantine {
		t.Errorf("%s, %+v", d.Effect().Action, d.Verdicts)
	}
}

func TestActiveBulletins(t *testing.T) {
	p, _, _ := alerted(ActionTag)
	p.Bulletins[0].Until = at.Add(time.Hour)
	if !p.ActiveBulletins(at) || p.ActiveBulletins(at.Add(time.Hour)) || Default().ActiveBulletins(at) {
		t.Error("a bulletin holds when it does not, or the other way round")
	}
}

func TestBulletinReference(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\r\nb: c": "; reference=a%0D%0Ab:%20c"} {
		if got := bulletinReference(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
