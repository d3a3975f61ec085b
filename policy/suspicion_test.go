package policy

import (
	"slices"
	"strings"
	"testing"
)

// hit is one indicator of a test: its name is its family, weight and number.
func hit(f Family, p Points) Hit { return Hit{Indicator: string(f), Family: f, Points: p} }

func TestPoints(t *testing.T) {
	for p, want := range map[Points]string{0: "0", 5: "0.5", 10: "1", 15: "1.5", 80: "8", -30: "-3", -5: "-0.5", -45: "-4.5", 1234: "123.4"} {
		if got := p.String(); got != want {
			t.Errorf("%d tenths: %s, want %s", int(p), got, want)
		}
	}
}

func TestScore(t *testing.T) {
	many := func(f Family, p Points, n int) []Hit { return slices.Repeat([]Hit{hit(f, p)}, n) }
	tests := []struct {
		name  string
		hits  []Hit
		total Points
		shown string // the families, after the caps
	}{
		{"nothing", nil, 0, ""},
		{"one", []Hit{hit(FamilyIdentity, 60)}, 60, "identity 6"},
		{"two of a family", many(FamilyLink, 30, 2), 60, "link 6"},
		{"at the cap", many(FamilyIdentity, 60, 2), 120, "identity 12"},
		{"above the cap", many(FamilyIdentity, 61, 2), 120, "identity 12"},
		{"each family has its own", append(many(FamilyLink, 50, 2), many(FamilyAttachment, 70, 2)...), 200, "link 8 attachment 12"},
		{"words at their cap", []Hit{hit(FamilyText, 20), hit(FamilyMeta, 10)}, 30, "text 2 meta 1"},
		{"words above it", []Hit{hit(FamilyText, 20), hit(FamilyMeta, 11)}, 30, "text 2 meta 1.1"},
		{"words beside something strong", []Hit{hit(FamilyText, 20), hit(FamilyMeta, 20), hit(FamilyLink, 10)}, 40, "link 1 text 2 meta 2"},
		{"first contact alone", []Hit{hit(FamilyContact, 5)}, 0, "contact 0"},
		{"first contact and words", []Hit{hit(FamilyContact, 5), hit(FamilyText, 20)}, 20, "text 2 contact 0"},
		{"first contact multiplies", []Hit{hit(FamilyContact, 5), hit(FamilyIdentity, 30), hit(FamilyLink, 20)}, 75, "identity 3 link 2 contact 2.5"},
		{"and not the words", []Hit{hit(FamilyContact, 5), hit(FamilyIdentity, 30), hit(FamilyText, 20)}, 65, "identity 3 text 2 contact 1.5"},
		{"trust", []Hit{hit(FamilyTrust, -30), hit(FamilyIdentity, 60)}, 30, "identity 6 trust -3"},
		{"trust at its cap", []Hit{hit(FamilyTrust, -30), hit(FamilyTrust, -20), hit(FamilyIdentity, 60)}, 10, "identity 6 trust -5"},
		{"trust above its cap", []Hit{hit(FamilyTrust, -30), hit(FamilyTrust, -40), hit(FamilyIdentity, 60)}, 10, "identity 6 trust -5"},
		{"trust beside a file", []Hit{hit(FamilyTrust, -50), hit(FamilyAttachment, 59)}, 9, "attachment 5.9 trust -5"},
		{"trust beside a dangerous file", []Hit{hit(FamilyTrust, -50), hit(FamilyAttachment, 60)}, 60, "attachment 6 trust 0"},
		{"trust takes away what else there is", []Hit{hit(FamilyTrust, -50), hit(FamilyAttachment, 80), hit(FamilyIdentity, 60)}, 90, "identity 6 attachment 8 trust -5"},
		{"down to the file", []Hit{hit(FamilyTrust, -50), hit(FamilyAttachment, 80), hit(FamilyIdentity, 20)}, 80, "identity 2 attachment 8 trust -2"},
		{"a file above the cap", []Hit{hit(FamilyTrust, -50), hit(FamilyAttachment, 130)}, 120, "attachment 12 trust 0"},
		{"never below zero", []Hit{hit(FamilyTrust, -30)}, 0, "trust -3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := DefaultSuspicion()
			sc := s.score(tt.hits)
			var shown []string
			for _, f := range Families() {
				if p, ok := sc.Family[f]; ok {
					shown = append(shown, string(f)+" "+p.String())
				}
			}
			if got := strings.Join(shown, " "); sc.Total != tt.total || got != tt.shown {
				t.Errorf("%s (%s), want %s (%s)", sc.Total, got, tt.total, tt.shown)
			}
		})
	}
}

// A cap of nothing is no cap.
func TestScoreWithoutCaps(t *testing.T) {
	s := DefaultSuspicion()
	s.Caps = nil
	if sc := s.score([]Hit{hit(FamilyIdentity, 300), hit(FamilyTrust, -100)}); sc.Total != 200 {
		t.Errorf("%s", sc.Total)
	}
}

// suspected returns a policy that enforces suspicion, a message for two organisations and facts with one indicator.
func suspected(p Points) (*Policy, *Message, *Facts) {
	pol, m, f := spoofed()
	pol.Spoof.Mode = ModeOff
	s := &pol.Suspicion
	s.Mode = ModeEnforce
	s.Thresholds = Thresholds{Caution: 50, Warning: 80, Quarantine: 120, Reject: 150}
	s.Tag = map[Level]string{LevelCaution: "【注意】", LevelWarning: "【警告】"}
	s.Caps = nil
	pol.Organisations = []Organisation{{Name: "strict", Domains: domains("strict.test")}, {Name: "mild", Domains: domains("mild.test")}}
	s.Organisations = map[string]Thresholds{"strict": {Caution: 20, Warning: 30}, "mild": {}}
	f.Suspicion = Assessment{Asked: true, Hits: []Hit{{Indicator: "lookalike_domain", Family: FamilyIdentity, Points: p, Evidence: "mof-go.jp~mof.go.jp"}}}
	return pol, m, f
}

func domains(names ...string) DomainSet {
	d, err := ParseDomainSet(names...)
	if err != nil {
		panic(err)
	}
	return d
}

func TestSuspicionThresholds(t *testing.T) {
	for _, tt := range []struct {
		score  Points
		level  Level
		action Action
		tag    string
	}{
		{49, LevelNone, ActionAccept, ""},
		{50, LevelCaution, ActionTag, "【注意】"},
		{79, LevelCaution, ActionTag, "【注意】"},
		{80, LevelWarning, ActionTag, "【警告】"},
		{119, LevelWarning, ActionTag, "【警告】"},
		{120, LevelWarning, ActionQuarantine, "【警告】"},
		{149, LevelWarning, ActionQuarantine, "【警告】"},
		{150, LevelWarning, ActionReject, "【警告】"},
	} {
		p, m, f := suspected(tt.score)
		v := Decide(p, m, f).Verdicts[0]
		if v.Rule != RuleSuspicion || v.Score != tt.score || v.Level != tt.level || v.Action != tt.action || v.TagSubject != tt.tag {
			t.Errorf("%s: %s %s %s %q", tt.score, v.Score, v.Level, v.Action, v.TagSubject)
		}
		if want := map[bool]Reply{true: ReplySuspicious}[tt.action == ActionReject]; v.Reply != want {
			t.Errorf("%s: reply %q", tt.score, v.Reply)
		}
		if len(v.Findings) != 1 || v.Findings[0].Points != tt.score || v.Findings[0].Action != tt.action {
			t.Errorf("%s: %+v", tt.score, v.Findings)
		}
	}
}

// A threshold of 0 is never reached.
func TestSuspicionNever(t *testing.T) {
	p, m, f := suspected(1000)
	p.Suspicion.Thresholds = Thresholds{}
	if v := Decide(p, m, f).Verdicts[0]; v.Level != LevelNone || v.Action != ActionAccept {
		t.Errorf("%s %s", v.Level, v.Action)
	}
}

// The strictest thresholds of the recipients' organisations hold; those of an organisation are whole.
func TestSuspicionOrganisations(t *testing.T) {
	to := func(domains ...Domain) (all []Recipient) {
		for _, d := range domains {
			all = append(all, Recipient{Arg: "<x@" + string(d) + ">", Address: Address{"x", d}})
		}
		return all
	}
	for _, tt := range []struct {
		to    []Recipient
		score Points
		want  Level
	}{
		{nil, 50, LevelCaution},
		{to("other.test"), 49, LevelNone},
		{to("strict.test"), 20, LevelCaution},
		{to("strict.test"), 30, LevelWarning},
		{to("mild.test"), 1000, LevelNone},
		{to("mild.test", "other.test"), 50, LevelCaution},
		{to("other.test", "strict.test"), 30, LevelWarning},
		{to("mild.test", "strict.test", "other.test"), 19, LevelNone},
	} {
		p, m, f := suspected(tt.score)
		m.Recipients = tt.to
		if v := Decide(p, m, f).Verdicts[0]; v.Level != tt.want {
			t.Errorf("%v at %s: %s, want %s", tt.to, tt.score, v.Level, tt.want)
		}
	}
}

// Flagged mail is kept from being answered by programs; that is no matter of mail that is not flagged, or refused.
func TestSuspicionQuiet(t *testing.T) {
	for score, want := range map[Points]bool{49: false, 50: true, 120: true, 150: false} {
		for _, on := range []bool{true, false} {
			p, m, f := suspected(score)
			m.Header = Header{{Name: "Disposition-Notification-To", Value: " x@attacker.test"}}
			p.Suspicion.Quiet = on
			e := Decide(p, m, f).Effect()
			got := slices.ContainsFunc(e.Insert, func(f Field) bool { return f.Name == "X-Auto-Response-Suppress" }) && len(e.Remove) == 1
			if got != (want && on) {
				t.Errorf("%s, quiet %v: %+v", score, on, e)
			}
		}
	}
}

func TestSuspicionNotAssessed(t *testing.T) {
	for _, onError := range []Action{ActionAccept, ActionTempfail} {
		for name, set := range map[string]func(*Facts){
			"nobody looked": func(f *Facts) { f.Suspicion = Assessment{} },
			"a panic":       func(f *Facts) { f.Unexamined = []Unexamined{UnexaminedPanic} },
		} {
			p, m, f := suspected(150)
			p.Suspicion.OnError = onError
			set(f)
			d := Decide(p, m, f)
			v := d.Verdicts[0]
			if v.Action != onError || len(v.Findings) != 1 || v.Findings[0].Name != FindingUnexamined || (v.Reply == ReplyUnexamined) != (onError == ActionTempfail) {
				t.Errorf("%s, %s: %+v", name, onError, v)
			}
			if len(v.Insert) > 0 || v.TagSubject != "" {
				t.Errorf("%s, %s: %+v", name, onError, v)
			}
		}
	}
}

// Suspicion is a rule about mail from outside, at its end.
func TestSuspicionWhere(t *testing.T) {
	for name, set := range map[string]func(*Policy, *Message, *Facts){
		"off":      func(p *Policy, _ *Message, _ *Facts) { p.Suspicion.Mode = ModeOff },
		"outbound": func(_ *Policy, m *Message, _ *Facts) { m.Client.Authenticated = "taro" },
		"at RCPT":  func(_ *Policy, _ *Message, f *Facts) { f.Stage = StageEnvelope },
	} {
		p, m, f := suspected(100)
		set(p, m, f)
		if d := Decide(p, m, f); len(d.Verdicts) != 0 {
			t.Errorf("%s: %+v", name, d.Verdicts)
		}
	}
}

// What is observed, or waived for a drill, does not reach the wire.
func TestSuspicionObserved(t *testing.T) {
	for name, set := range map[string]func(*Policy, *Facts){
		"observed": func(p *Policy, _ *Facts) { p.Suspicion.Mode = ModeObserve },
		"waived": func(_ *Policy, f *Facts) {
			f.Drill = DrillFacts{Drill: "autumn", Round: 1, Mode: DrillExempt, Recognised: true}
		},
	} {
		p, m, f := suspected(100)
		m.Header = Header{{Name: "Return-Receipt-To", Value: " x@attacker.test"}}
		set(p, f)
		d := Decide(p, m, f)
		d.Verdicts[0].Change = []FieldChange{{HeaderRef{"Subject", 1}, " x"}}
		e := d.Effect()
		if d.Action() != ActionTag || e.Action != ActionAccept || len(e.Insert)+len(e.Change)+len(e.Remove) > 0 {
			t.Errorf("%s: %s, %+v", name, d.Action(), e)
		}
	}
}

// Mail that is flagged is remembered, so that answers to it can be stopped.
func TestSuspicionIsRemembered(t *testing.T) {
	p, m, f := suspected(50)
	p.ReplyGuard.Mode = ModeEnforce
	f.Conversation = Conversation{ID: "1@attacker.test", Contacts: []Address{{"x", "attacker.test"}}}
	if d := Decide(p, m, f); d.Remember == nil || d.Remember.MessageID != "1@attacker.test" {
		t.Errorf("%+v", d.Remember)
	}
	f.Suspicion.Hits[0].Points = 49
	if d := Decide(p, m, f); d.Remember != nil {
		t.Errorf("below the threshold %+v", d.Remember)
	}
}
