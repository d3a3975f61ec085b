package policy

import (
	"slices"
	"testing"
	"time"
)

func addresses(all []Address) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}

// learnt returns a policy that observes suspicion, and an inbound message without any finding.
func learnt() (*Policy, *Message, *Facts) {
	p, m, f := suspected(0)
	p.Inside.Domains = domains("gw.test")
	p.Suspicion.Mode = ModeObserve
	f.Suspicion.Hits = nil
	f.Conversation.ID = "1@example.test"
	return p, m, f
}

func TestMetInbound(t *testing.T) {
	p, m, f := learnt()
	f.author("shown@other.test", SourceDisplay)
	f.author("boss@gw.test", SourceFrom)
	k := Decide(p, m, f).Met
	if k == nil || k.Outbound || k.MessageID != "" || !slices.Equal(addresses(k.Inside), []string{"hanako@gw.test"}) || !slices.Equal(addresses(k.Outside), []string{"a@example.test"}) {
		t.Fatalf("%+v", k)
	}
	if c := p.Suspicion.Contacts; !k.Until.Equal(at.Add(c.Keep)) || !k.SentUntil.Equal(at.Add(c.KeepSent)) || c.Keep != 180*24*time.Hour {
		t.Errorf("until %v and %v", k.Until, k.SentUntil)
	}
}

// Mail that is flagged, disproved, part of a drill or nobody's teaches nothing.
func TestMetNobody(t *testing.T) {
	for name, set := range map[string]func(*Policy, *Message, *Facts){
		"off":         func(p *Policy, _ *Message, _ *Facts) { p.Suspicion.Mode = ModeOff },
		"at RCPT":     func(_ *Policy, _ *Message, f *Facts) { f.Stage = StageEnvelope },
		"flagged":     func(_ *Policy, _ *Message, f *Facts) { f.Suspicion.Hits = []Hit{hit(FamilyIdentity, 50)} },
		"disproved":   func(_ *Policy, _ *Message, f *Facts) { f.DMARC[0].Result = ResultFail },
		"a drill":     func(_ *Policy, _ *Message, f *Facts) { f.Drill = DrillFacts{Drill: "autumn", Recognised: true} },
		"no author":   func(_ *Policy, _ *Message, f *Facts) { f.Authors = nil },
		"only shown":  func(_ *Policy, _ *Message, f *Facts) { f.Authors[0].Source = SourceDisplay },
		"of a reader": func(_ *Policy, _ *Message, f *Facts) { f.Authors[0].Source = SourceReading },
		"of another rule": func(p *Policy, m *Message, f *Facts) {
			p.Spoof.Mode = ModeObserve
			m.Sender.Domain = "mof.go.jp"
			f.MailFrom = SPF{Result: ResultFail, Name: DNSFound}
		},
		"internal": func(p *Policy, m *Message, _ *Facts) { m.Client.Authenticated = "taro" },
	} {
		p, m, f := learnt()
		set(p, m, f)
		if k := Decide(p, m, f).Met; k != nil {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

func TestMetOutbound(t *testing.T) {
	for class, learns := range map[MailClass]bool{"": true, ClassHuman: true, ClassCalendarReply: true, ClassAutoReply: false, ClassMDN: false,
		ClassDSN: false, ClassReport: false, ClassAutoForward: false, ClassList: false, ClassNotification: false} {
		p, m, f := learnt()
		m.Client.Authenticated = "taro"
		m.Sender = Address{"taro", "gw.test"}
		m.Recipients = append(m.Recipients, Recipient{Arg: "<b@example.test>", Address: Address{"b", "example.test"}})
		f.Class.Class = class
		f.Authors = nil
		f.author("taro@gw.test", SourceFrom)
		f.author("section@gw.test", SourceFrom)
		f.author("x@example.test", SourceFrom)
		k := Decide(p, m, f).Met
		if (k != nil) != learns {
			t.Errorf("%q: %+v", class, k)
			continue
		}
		if learns && (!k.Outbound || k.MessageID != "1@example.test" || !slices.Equal(addresses(k.Inside), []string{"taro@gw.test", "section@gw.test"}) ||
			!slices.Equal(addresses(k.Outside), []string{"b@example.test"})) {
			t.Errorf("%q: %+v", class, k)
		}
	}
}
