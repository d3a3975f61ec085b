package policy

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// answered returns a policy that enforces, an automatic reply of grade A from inside to one inside and two outside
// recipients, and its facts.
func answered() (*Policy, *Message, *Facts) {
	p := Default()
	p.Inside.Domains, _ = ParseDomainSet("gw.test")
	p.Inside.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	p.AutoReply.Mode = ModeEnforce
	m := &Message{Client: Client{Addr: netip.MustParseAddr("192.0.2.7")}}
	for _, r := range []Address{{"hanako", "gw.test"}, {"Jiro", "partner.test"}, {"x", "attacker.test"}} {
		m.Recipients = append(m.Recipients, Recipient{Arg: "<" + r.String() + ">", Address: r})
	}
	f := &Facts{At: at, Stage: StageMessage, Class: Classification{Class: ClassAutoReply, Grade: GradeA,
		Signals: []Signal{{Name: "auto_submitted", Evidence: "auto-replied"}}}}
	f.author("taro@gw.test", SourceFrom)
	return p, m, f
}

func TestAutoReply(t *testing.T) {
	const jiro, attacker = "<Jiro@partner.test>", "<x@attacker.test>"
	both := []string{jiro, attacker}
	class := func(c MailClass, g Grade) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, _ *Message, f *Facts) { f.Class.Class, f.Class.Grade = c, g }
	}
	exempt := func(e ReplyExemption) func(*Policy, *Message, *Facts) {
		e.Name = "helpdesk"
		return func(p *Policy, _ *Message, _ *Facts) { p.AutoReply.Exempt = []ReplyExemption{e} }
	}
	tests := []struct {
		name    string
		set     func(*Policy, *Message, *Facts)
		action  Action
		remove  []string
		finding string
	}{
		{"grade A", func(*Policy, *Message, *Facts) {}, ActionRemove, both, "auto_reply_a"},
		{"grade B", class(ClassAutoReply, GradeB), ActionRemove, both, "auto_reply_b"},
		{"grade C passes", class(ClassAutoReply, GradeC), ActionAccept, nil, "auto_reply_c"},
		{"grade C, strict", func(p *Policy, m *Message, f *Facts) {
			class(ClassAutoReply, GradeC)(p, m, f)
			p.AutoReply.Strict = true
		}, ActionRemove, both, "auto_reply_c"},
		{"receipt", class(ClassMDN, GradeNone), ActionRemove, both, "mdn"},
		{"receipts may go", func(p *Policy, m *Message, f *Facts) {
			class(ClassMDN, GradeNone)(p, m, f)
			p.AutoReply.MDN = false
		}, ActionAccept, nil, "mdn"},
		{"delivery report", class(ClassDSN, GradeNone), ActionAccept, nil, ""},
		{"abuse report", class(ClassReport, GradeNone), ActionAccept, nil, ""},
		{"human", class(ClassHuman, GradeNone), ActionAccept, nil, ""},
		{"nobody inside", func(_ *Policy, m *Message, _ *Facts) { m.Recipients = m.Recipients[1:] }, ActionDiscard, both, "auto_reply_a"},
		{"percent path through an inside name", func(_ *Policy, m *Message, _ *Facts) {
			m.Recipients = []Recipient{{Arg: "<x%attacker.test@gw.test>", Address: Address{"x%attacker.test", "gw.test"}}}
		}, ActionDiscard, []string{"<x%attacker.test@gw.test>"}, "auto_reply_a"},
		{"address literal", func(_ *Policy, m *Message, _ *Facts) {
			m.Recipients = []Recipient{{Arg: "<x@[203.0.113.9]>", Address: Address{Local: "x"}}}
		}, ActionDiscard, []string{"<x@[203.0.113.9]>"}, "auto_reply_a"},
		{"exempt recipient domain", exempt(ReplyExemption{Recipients: []Domain{"partner.test"}}), ActionRemove, []string{attacker}, "auto_reply_a"},
		{"exempt sender by address, null sender", exempt(ReplyExemption{Senders: []string{"taro@gw.test"}}), ActionAccept, nil, "auto_reply_a"},
		{"exempt sender by domain", exempt(ReplyExemption{Senders: []string{"gw.test"}}), ActionAccept, nil, "auto_reply_a"},
		{"another sender", exempt(ReplyExemption{Senders: []string{"jiro@gw.test"}}), ActionRemove, both, "auto_reply_a"},
		{"the envelope sender is the sender", func(p *Policy, m *Message, f *Facts) {
			exempt(ReplyExemption{Senders: []string{"taro@gw.test"}})(p, m, f)
			m.Sender = Address{"jiro", "gw.test"}
		}, ActionRemove, both, "auto_reply_a"},
		{"two authors are no sender", func(p *Policy, m *Message, f *Facts) {
			exempt(ReplyExemption{Senders: []string{"taro@gw.test"}})(p, m, f)
			f.author("jiro@gw.test", SourceFrom)
		}, ActionRemove, both, "auto_reply_a"},
		{"exempt class", exempt(ReplyExemption{Classes: []MailClass{ClassAutoReply}}), ActionAccept, nil, "auto_reply_a"},
		{"another class", exempt(ReplyExemption{Classes: []MailClass{ClassMDN}}), ActionRemove, both, "auto_reply_a"},
		{"exempt for a second more", exempt(ReplyExemption{Until: at.Add(time.Second)}), ActionAccept, nil, "auto_reply_a"},
		{"exempt no longer", exempt(ReplyExemption{Until: at}), ActionRemove, both, "auto_reply_a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m, f := answered()
			tt.set(p, m, f)
			d := Decide(p, m, f)
			if len(d.Verdicts) != 1 {
				t.Fatalf("%+v", d)
			}
			v := d.Verdicts[0]
			if v.Action != tt.action || !slices.Equal(v.Remove, tt.remove) {
				t.Errorf("%s of %q, want %s of %q", v.Action, v.Remove, tt.action, tt.remove)
			}
			if got := d.Effect().Recipients; !slices.Equal(got, tt.remove) {
				t.Errorf("the effect removes %q", got)
			}
			for _, fd := range v.Findings {
				if fd.Name != tt.finding || !slices.Contains(AutoReplyFindings(), fd.Name) {
					t.Errorf("finding %s, want %q", fd.Name, tt.finding)
				}
			}
			if (len(v.Findings) == 0) != (tt.finding == "") {
				t.Errorf("findings %v", v.Findings)
			}
		})
	}
}

func TestAutoReplyAudit(t *testing.T) {
	p, m, f := answered()
	p.AutoReply.Audit = Address{"audit", "gw.test"}
	if e := Decide(p, m, f).Effect(); !slices.Equal(e.Add, []string{"<audit@gw.test>"}) {
		t.Errorf("adds %q", e.Add)
	}
	f.Class.Class = ClassHuman
	if e := Decide(p, m, f).Effect(); len(e.Add) != 0 {
		t.Errorf("a human's mail is copied to %q", e.Add)
	}
}

func TestAutoReplyObserved(t *testing.T) {
	p, m, f := answered()
	p.AutoReply.Mode = ModeObserve
	d := Decide(p, m, f)
	if e := d.Effect(); e.Action != ActionAccept || len(e.Recipients) != 0 || len(e.Add) != 0 || len(e.Insert) != 0 {
		t.Errorf("an observing rule leaks: %+v", e)
	}
	if d.Action() != ActionRemove {
		t.Errorf("would be %s", d.Action())
	}
}

func TestAutoReplyOnlyOutbound(t *testing.T) {
	p, m, f := answered()
	m.Recipients = m.Recipients[:1]
	if d := Decide(p, m, f); d.Direction != Internal || len(d.Verdicts) != 0 {
		t.Errorf("%+v", d)
	}
	m.Client = Client{Addr: netip.MustParseAddr("203.0.113.9")}
	if d := Decide(p, m, f); d.Direction != Inbound || len(d.Verdicts) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestAutoReplyPanic(t *testing.T) {
	for _, a := range []Action{ActionAccept, ActionTempfail} {
		p, m, f := answered()
		p.AutoReply.OnError = a
		f.Unexamined = []Unexamined{UnexaminedPanic}
		e := Decide(p, m, f).Effect()
		if e.Action != a || len(e.Recipients) != 0 || (e.Reply == ReplyUnexamined) != (a == ActionTempfail) {
			t.Errorf("on_error %s: %+v", a, e)
		}
	}
}

func TestInsideRecipient(t *testing.T) {
	p, _, _ := answered()
	for arg, want := range map[string]bool{
		"<a@gw.test>": true, "<a@other.test>": false, "root": true, "<postmaster>": true, "<a@[192.0.2.1]>": false, "<a!b@gw.test>": false,
	} {
		a := Address{Local: "a"}
		switch arg {
		case "<a@gw.test>":
			a.Domain = "gw.test"
		case "<a@other.test>":
			a.Domain = "other.test"
		case "<a!b@gw.test>":
			a = Address{"a!b", "gw.test"}
		}
		if got := p.InsideRecipient(Recipient{Arg: arg, Address: a}); got != want {
			t.Errorf("%s inside is %v", arg, got)
		}
	}
}

func TestQuiet(t *testing.T) {
	insert, remove := quiet(Header{{Name: "Subject"}, {Name: "auto-submitted", Value: " no"}, {Name: "Disposition-Notification-To"},
		{Name: "Precedence"}, {Name: "PRECEDENCE"}, {Name: "Return-Receipt-To"}, {Name: "X-Confirm-Reading-To"}, {Name: "X-Auto-Response-Suppress"}})
	if len(insert) != 3 {
		t.Errorf("inserts %v", insert)
	}
	want := []HeaderRef{{"Disposition-Notification-To", 1}, {"Return-Receipt-To", 1}, {"X-Confirm-Reading-To", 1},
		{"X-Auto-Response-Suppress", 1}, {"Precedence", 1}, {"PRECEDENCE", 2}, {"auto-submitted", 1}}
	if !slices.Equal(remove, want) {
		t.Errorf("removes %v", remove)
	}
}
