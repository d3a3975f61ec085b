package policy

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// replied returns a policy that enforces, a reply to one who sent flagged mail, and facts in which nothing is remembered.
func replied() (*Policy, *Message, *Facts) {
	p, m, f := answered()
	p.AutoReply.Mode, p.ReplyGuard.Mode = ModeOff, ModeEnforce
	m.Sender = Address{"taro", "gw.test"}
	m.Recipients = m.Recipients[2:]
	f.Class = Classification{Class: ClassHuman}
	f.Conversation.Kind = KindReply
	f.Memory = Recollection{Asked: true, Token: "sekimori-1234abcd"}
	return p, m, f
}

func TestReplyGuard(t *testing.T) {
	attacker, other := Address{"X", "attacker.test"}, Address{"y", "attacker.test"}
	message := Recalled{Key: RecallMessageID}
	thread := Recalled{Key: RecallThread}
	hits := func(found ...Recalled) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, _ *Message, f *Facts) { f.Memory.Found = found }
	}
	and := func(all ...func(*Policy, *Message, *Facts)) func(*Policy, *Message, *Facts) {
		return func(p *Policy, m *Message, f *Facts) {
			for _, g := range all {
				g(p, m, f)
			}
		}
	}
	kind := func(k ReplyKind) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, _ *Message, f *Facts) { f.Conversation.Kind = k }
	}
	acknowledged := func(_ *Policy, _ *Message, f *Facts) { f.Memory.Acknowledged = true }
	address, pair := Recalled{RecallAddress, attacker}, Recalled{RecallPair, attacker}
	tests := []struct {
		name    string
		set     func(*Policy, *Message, *Facts)
		action  Action
		finding string
	}{
		{"nothing remembered", hits(), ActionAccept, ""},
		{"message and address", hits(message, address), ActionReject, "reply_high"},
		{"thread and address", hits(thread, address), ActionReject, "reply_high"},
		{"message and pair", hits(message, pair), ActionReject, "reply_high"},
		{"message and another address", hits(message, Recalled{RecallAddress, other}), ActionAccept, "reply_low"},
		{"pair and reply", hits(pair), ActionReject, "reply_medium"},
		{"pair, but a new message", and(hits(pair), kind(KindNew)), ActionAccept, ""},
		{"pair, and an answer to an invitation", and(hits(pair), kind(KindNew), func(_ *Policy, _ *Message, f *Facts) {
			f.Class.Class = ClassCalendarReply
		}), ActionReject, "reply_medium"},
		{"address alone", hits(address), ActionAccept, ""},
		{"forward to somebody else", and(hits(message), kind(KindForward)), ActionAccept, "reply_low"},
		{"forward to the attacker", and(hits(message, address), kind(KindForward)), ActionReject, "reply_high"},
		{"acknowledged", and(hits(message, address), acknowledged), ActionAccept, "acknowledged"},
		{"acknowledged, but that is off", and(hits(message, address), acknowledged, func(p *Policy, _ *Message, _ *Facts) { p.ReplyGuard.Ack = false }), ActionReject, "reply_high"},
		{"exempt address", and(hits(message, address), func(p *Policy, _ *Message, _ *Facts) { p.ReplyGuard.Exempt = []string{"x@attacker.test"} }), ActionAccept, ""},
		{"exempt domain", and(hits(message, address), func(p *Policy, _ *Message, _ *Facts) { p.ReplyGuard.Exempt = []string{"test"} }), ActionAccept, ""},
		{"held", and(hits(pair), func(p *Policy, _ *Message, _ *Facts) { p.ReplyGuard.Actions[LevelMedium] = ActionQuarantine }), ActionQuarantine, "reply_medium"},
		{"no memory", func(_ *Policy, _ *Message, f *Facts) { f.Memory.Failed = true }, ActionAccept, "no_memory"},
		{"no memory, on_error tempfail", func(p *Policy, _ *Message, f *Facts) {
			f.Memory.Failed, p.ReplyGuard.OnError = true, ActionTempfail
		}, ActionTempfail, "no_memory"},
		{"panic", func(_ *Policy, _ *Message, f *Facts) { f.Unexamined = []Unexamined{UnexaminedPanic} }, ActionAccept, "unexamined"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m, f := replied()
			tt.set(p, m, f)
			d := Decide(p, m, f)
			v := d.Verdicts[0]
			got := ""
			for _, fd := range v.Findings {
				got = fd.Name
				if !slices.Contains(ReplyGuardFindings(), fd.Name) {
					t.Errorf("finding %q is not in ReplyGuardFindings", fd.Name)
				}
			}
			if v.Action != tt.action || got != tt.finding {
				t.Errorf("%s by %q, want %s by %q", v.Action, got, tt.action, tt.finding)
			}
			e := d.Effect()
			if (e.Reply == ReplyToFlagged) != (tt.action == ActionReject) || (e.Text != "") != (tt.action == ActionReject) {
				t.Errorf("reply %q %q", e.Reply, e.Text)
			}
		})
	}
}

// A weak automatic reply that is stopped goes to nobody: it is dropped without a word, not refused. One that only would be
// stopped leaves the house, and is guarded.
func TestReplyGuardOfStopped(t *testing.T) {
	for mode, want := range map[Mode]Action{ModeEnforce: ActionDiscard, ModeObserve: ActionReject} {
		p, m, f := replied()
		p.AutoReply.Mode, p.AutoReply.Strict = mode, true
		f.Class = Classification{Class: ClassAutoReply, Grade: GradeC}
		f.Memory.Found = []Recalled{{Key: RecallMessageID}, {RecallPair, Address{"x", "attacker.test"}}}
		if e := Decide(p, m, f).Effect(); e.Action != want {
			t.Errorf("auto_reply %s: %+v, want %s", mode, e, want)
		}
	}
}

func TestReplyGuardText(t *testing.T) {
	p, m, f := replied()
	p.ReplyGuard.URL = "https://gw.test/call"
	f.Memory.Found = []Recalled{{Key: RecallMessageID}, {RecallAddress, Address{"x", "attacker.test"}}}
	text := Decide(p, m, f).Effect().Text
	for _, want := range []string{"telephone", "https://gw.test/call", "sekimori-1234abcd in the Subject"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	p.ReplyGuard.Ack = false
	if text := Decide(p, m, f).Effect().Text; strings.Contains(text, "sekimori-") {
		t.Errorf("a token is given where none is taken: %q", text)
	}
}

func TestNobodyAskedTheMemory(t *testing.T) {
	p, m, f := replied()
	f.Memory.Asked = false
	if d := Decide(p, m, f); len(d.Verdicts) != 0 {
		t.Errorf("%+v", d)
	}
}

// What an enforcing rule flags is remembered; what one observes, or refuses, is not.
func TestFlagged(t *testing.T) {
	for name, want := range map[string]bool{"tag": true, "quarantine": true, "reject": false, "accept": false, "observe": false, "off": false} {
		t.Run(name, func(t *testing.T) {
			p, m, f := spoofed()
			p.ReplyGuard.Mode = ModeEnforce
			p.Inside.Domains, _ = ParseDomainSet("gw.test")
			m.Sender.Domain, f.MailFrom.Result = "mof.go.jp", ResultSoftFail
			f.Conversation = Conversation{ID: "1@mof.go.jp", Thread: "t", Contacts: []Address{m.Sender, {"hanako", "gw.test"}}}
			switch name {
			case "observe":
				p.Spoof.Mode = ModeObserve
			case "off":
				p.ReplyGuard.Mode = ModeOff
			default:
				p.Spoof.Table[ClaimMailFrom][CellSoftFail] = Action(name)
			}
			got := Decide(p, m, f).Remember
			if (got != nil) != want {
				t.Fatalf("remembers %+v", got)
			}
			if got == nil {
				return
			}
			if got.MessageID != "1@mof.go.jp" || got.Thread != "t" || !slices.Equal(got.Addresses, []Address{m.Sender}) ||
				!slices.Equal(got.Recipients, []Address{{"hanako", "gw.test"}}) {
				t.Errorf("remembers %+v", got)
			}
			if got.MessageUntil != at.Add(30*24*time.Hour) || got.PairUntil != at.Add(90*24*time.Hour) {
				t.Errorf("until %s and %s", got.MessageUntil, got.PairUntil)
			}
		})
	}
}
