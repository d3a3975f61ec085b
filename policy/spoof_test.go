package policy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

// spoofed returns a policy that enforces the defaults, a message from outside and facts without opinion.
func spoofed() (*Policy, *Message, *Facts) {
	p := Default()
	p.Spoof.Mode = ModeEnforce
	m := &Message{
		Client:     Client{Addr: netip.MustParseAddr("203.0.113.9")},
		HeloDomain: "mail.example.test",
		Sender:     Address{"a", "example.test"},
		Recipients: []Recipient{{Arg: "<hanako@gw.test>", Address: Address{"hanako", "gw.test"}}},
	}
	f := &Facts{At: at, Stage: StageMessage, FromFields: 1,
		MailFrom: SPF{Result: ResultPass, Name: DNSFound}, Helo: SPF{Result: ResultNone, Name: DNSFound}}
	f.author("a@example.test", SourceFrom)
	f.DMARC = []DMARC{{Author: "example.test", Result: ResultNone, Name: DNSFound}}
	return p, m, f
}

func (f *Facts) author(addr string, s AuthorSource) {
	local, d, _ := strings.Cut(addr, "@")
	f.Authors = append(f.Authors, Author{Address: Address{local, Domain(d)}, Source: s, Field: 1})
}

func (f *Facts) only(addr string, r DMARC) {
	f.Authors, f.DMARC = nil, nil
	f.author(addr, SourceFrom)
	r.Author = f.Authors[0].Address.Domain
	f.DMARC = []DMARC{r}
}

func TestSpoof(t *testing.T) {
	sender := func(d Domain, r Result, n DNSStatus) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, m *Message, f *Facts) {
			m.Sender.Domain = d
			f.MailFrom = SPF{Result: r, Name: n}
		}
	}
	helo := func(r Result, n DNSStatus, null bool) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, m *Message, f *Facts) {
			m.HeloDomain = "mx.mof.go.jp"
			f.Helo = SPF{Result: r, Name: n}
			if null {
				m.Sender = Address{}
				f.MailFrom = SPF{}
			}
		}
	}
	from := func(r DMARC) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, _ *Message, f *Facts) { f.only("taro@mof.go.jp", r) }
	}
	tests := []struct {
		name     string
		set      func(*Policy, *Message, *Facts)
		action   Action
		reply    Reply
		findings string
	}{
		{"nothing claimed", func(*Policy, *Message, *Facts) {}, ActionAccept, ReplyNone, ""},
		{"mail from pass", sender("mof.go.jp", ResultPass, DNSFound), ActionAccept, ReplyNone, "mail_from_pass"},
		{"mail from fail", sender("mof.go.jp", ResultFail, DNSFound), ActionReject, ReplySPFFail, "mail_from_fail"},
		{"the suffix itself", sender("go.jp", ResultFail, DNSFound), ActionReject, ReplySPFFail, "mail_from_fail"},
		{"a label that only ends so", sender("nogo.jp", ResultFail, DNSFound), ActionAccept, ReplyNone, ""},
		{"mail from softfail", sender("mof.go.jp", ResultSoftFail, DNSFound), ActionQuarantine, ReplyNone, "mail_from_softfail"},
		{"mail from none", sender("mof.go.jp", ResultNone, DNSNoData), ActionTag, ReplyNone, "mail_from_none"},
		{"mail from no such name", sender("nai.go.jp", ResultNone, DNSNXDomain), ActionReject, ReplyNoSuchDomain, "mail_from_no_such_name"},
		{"mail from neutral", sender("mof.go.jp", ResultNeutral, DNSFound), ActionTag, ReplyNone, "mail_from_neutral"},
		{"mail from permerror", sender("mof.go.jp", ResultPermError, DNSFound), ActionTag, ReplyNone, "mail_from_permerror"},
		{"mail from temperror", sender("mof.go.jp", ResultTempError, DNSTimeout), ActionTempfail, ReplySPFTempError, "mail_from_temperror"},
		{"mail from never checked", sender("mof.go.jp", "", ""), ActionTempfail, ReplySPFTempError, "mail_from_temperror"},
		{"helo fail", helo(ResultFail, DNSFound, false), ActionReject, ReplySPFFail, "helo_fail"},
		{"helo softfail", helo(ResultSoftFail, DNSFound, false), ActionAccept, ReplyNone, "helo_softfail"},
		{"helo temperror", helo(ResultTempError, DNSTimeout, false), ActionAccept, ReplyNone, "helo_temperror"},
		{"null sender is judged as mail from", helo(ResultSoftFail, DNSFound, true), ActionQuarantine, ReplyNone, "mail_from_softfail"},
		{"null sender fail", helo(ResultFail, DNSFound, true), ActionReject, ReplySPFFail, "mail_from_fail"},
		{"from aligned by DKIM", from(DMARC{Result: ResultPass, DKIM: "mof.go.jp"}), ActionAccept, ReplyNone, "from_pass"},
		{"from aligned where nothing is published", from(DMARC{Result: ResultNone, SPFAligned: true}), ActionAccept, ReplyNone, "from_pass"},
		{"from fails, p=none", from(DMARC{Result: ResultFail, Policy: DMARCNone}), ActionQuarantine, ReplyNone, "from_fail"},
		{"from fails, p=reject", from(DMARC{Result: ResultFail, Policy: DMARCReject}), ActionReject, ReplyDMARCFail, "from_fail"},
		{"from without a record", from(DMARC{Result: ResultNone, Name: DNSFound}), ActionQuarantine, ReplyNone, "from_none"},
		{"from no such name", from(DMARC{Result: ResultNone, Name: DNSNXDomain}), ActionReject, ReplyDMARCFail, "from_no_such_name"},
		{"from temperror", from(DMARC{Result: ResultTempError}), ActionTempfail, ReplyAuthTemp, "from_temperror"},
		{"two failures, one code for several", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
			from(DMARC{Result: ResultFail, Policy: DMARCReject})(p, m, f)
		}, ActionReject, ReplyDMARCFail, "mail_from_fail from_fail"},
		{"forwarded: aligned DKIM outweighs the SPF of MAIL FROM", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
			from(DMARC{Result: ResultPass, DKIM: "mof.go.jp"})(p, m, f)
		}, ActionAccept, ReplyNone, "mail_from_forwarded from_pass"},
		{"a foreign author's DKIM forwards nothing", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
			f.DMARC[0].DKIM = "example.test"
		}, ActionReject, ReplySPFFail, "mail_from_fail"},
		{"one proven and one unproven author", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
			from(DMARC{Result: ResultPass, DKIM: "mof.go.jp"})(p, m, f)
			f.author("jiro@meti.go.jp", SourceReading)
			f.DMARC = append(f.DMARC, DMARC{Author: "meti.go.jp", Result: ResultFail, Policy: DMARCNone})
		}, ActionReject, ReplySPFFail, "mail_from_fail from_pass from_fail"},
		{"address shown in the display name", func(_ *Policy, _ *Message, f *Facts) {
			f.author("taro@mof.go.jp", SourceDisplay)
		}, ActionTag, ReplyNone, "display_found"},
		{"address of a proven author shown again", func(p *Policy, m *Message, f *Facts) {
			from(DMARC{Result: ResultPass, DKIM: "mof.go.jp"})(p, m, f)
			f.author("taro@mof.go.jp", SourceDisplay)
		}, ActionAccept, ReplyNone, "from_pass"},
		{"another domain's p=reject is followed", func(_ *Policy, _ *Message, f *Facts) {
			f.DMARC[0] = DMARC{Author: "example.test", Result: ResultFail, Policy: DMARCReject}
		}, ActionReject, ReplyDMARCFail, "dmarc_fail"},
		{"another domain's p=reject is only reported", func(p *Policy, _ *Message, f *Facts) {
			p.Spoof.DMARC = DMARCReport
			f.DMARC[0] = DMARC{Author: "example.test", Result: ResultFail, Policy: DMARCReject}
		}, ActionAccept, ReplyNone, "dmarc_fail"},
		{"another domain's policy is off", func(p *Policy, _ *Message, f *Facts) {
			p.Spoof.DMARC = DMARCOff
			f.DMARC[0] = DMARC{Author: "example.test", Result: ResultFail, Policy: DMARCReject}
		}, ActionAccept, ReplyNone, ""},
		{"no From", func(_ *Policy, _ *Message, f *Facts) { f.FromFields, f.Authors = 0, nil }, ActionQuarantine, ReplyNone, "from_missing"},
		{"no From in a report", func(_ *Policy, m *Message, f *Facts) {
			f.FromFields, f.Authors, m.Sender = 0, nil, Address{}
		}, ActionTag, ReplyNone, "from_missing"},
		{"From without an address", func(_ *Policy, _ *Message, f *Facts) { f.Authors = nil }, ActionQuarantine, ReplyNone, "from_unreadable"},
		{"From whose only address is in the display name", func(_ *Policy, _ *Message, f *Facts) {
			f.Authors[0].Source = SourceDisplay
		}, ActionQuarantine, ReplyNone, "from_unreadable"},
		{"header over the limit", func(_ *Policy, m *Message, _ *Facts) { m.HeaderCut = true }, ActionQuarantine, ReplyNone, "header_cut"},
		{"a panic, mail flows", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
			f.Unexamined = []Unexamined{UnexaminedPanic}
		}, ActionAccept, ReplyNone, "unexamined"},
		{"a panic, on_error tempfail", func(p *Policy, _ *Message, f *Facts) {
			p.Spoof.OnError = ActionTempfail
			f.Unexamined = []Unexamined{UnexaminedPanic}
		}, ActionTempfail, ReplyUnexamined, "unexamined"},
		{"an override of a domain", func(p *Policy, m *Message, f *Facts) {
			sender("a.mof.go.jp", ResultSoftFail, DNSFound)(p, m, f)
			t := p.Spoof.Table.Clone()
			t[ClaimMailFrom][CellSoftFail] = ActionReject
			p.Spoof.Overrides = []Override{{"mof.go.jp", t}, {"go.jp", DefaultTable()}}
		}, ActionReject, ReplySPFFail, "mail_from_softfail"},
		{"permerror rejected where configured", func(p *Policy, m *Message, f *Facts) {
			sender("mof.go.jp", ResultPermError, DNSFound)(p, m, f)
			p.Spoof.Table[ClaimMailFrom][CellPermError] = ActionReject
		}, ActionReject, ReplySPFPermError, "mail_from_permerror"},
		{"early asks for nothing at the end of the mail", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.Early = true
			sender("mof.go.jp", ResultSoftFail, DNSFound)(p, m, f)
		}, ActionQuarantine, ReplyNone, "mail_from_softfail"},
		{"early fail at RCPT", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.Early, f.Stage = true, StageEnvelope
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
		}, ActionReject, ReplySPFFail, "mail_from_fail"},
		{"not early: RCPT says nothing", func(p *Policy, m *Message, f *Facts) {
			f.Stage = StageEnvelope
			sender("mof.go.jp", ResultFail, DNSFound)(p, m, f)
		}, ActionAccept, ReplyNone, ""},
		{"early softfail waits for the mail", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.Early, f.Stage = true, StageEnvelope
			sender("mof.go.jp", ResultSoftFail, DNSFound)(p, m, f)
		}, ActionAccept, ReplyNone, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m, f := spoofed()
			tt.set(p, m, f)
			d := Decide(p, m, f)
			v := d.Verdicts[0]
			var names []string
			for _, fd := range v.Findings {
				names = append(names, fd.Name)
				if !slices.Contains(SpoofFindings(), fd.Name) {
					t.Errorf("finding %q is not in SpoofFindings", fd.Name)
				}
			}
			if got := strings.Join(names, " "); got != tt.findings {
				t.Errorf("findings %q, want %q", got, tt.findings)
			}
			if v.Action != tt.action || v.Reply != tt.reply {
				t.Errorf("%s %q, want %s %q", v.Action, v.Reply, tt.action, tt.reply)
			}
			if e := d.Effect(); e.Action != tt.action || e.Reply != tt.reply {
				t.Errorf("effect %s %q, want %s %q", e.Action, e.Reply, tt.action, tt.reply)
			}
		})
	}
}

func TestExemption(t *testing.T) {
	exempt := Exemption{Name: "list", Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		Claims: []Claim{ClaimMailFrom}, Domains: []Domain{"mof.go.jp"}, Until: at.Add(time.Second)}
	tests := []struct {
		name   string
		change func(*Exemption, *Message)
		want   Action
	}{
		{"covered", func(*Exemption, *Message) {}, ActionAccept},
		{"another network", func(_ *Exemption, m *Message) { m.Client.Addr = netip.MustParseAddr("192.0.2.1") }, ActionReject},
		{"another claim", func(e *Exemption, _ *Message) { e.Claims = []Claim{ClaimHelo} }, ActionReject},
		{"another domain", func(e *Exemption, _ *Message) { e.Domains = []Domain{"meti.go.jp"} }, ActionReject},
		{"any domain", func(e *Exemption, _ *Message) { e.Domains = nil }, ActionAccept},
		{"its last moment has passed", func(e *Exemption, _ *Message) { e.Until = at }, ActionReject},
		{"no end", func(e *Exemption, _ *Message) { e.Until = time.Time{} }, ActionAccept},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m, f := spoofed()
			m.Sender.Domain, f.MailFrom.Result = "mof.go.jp", ResultFail
			e := exempt
			tt.change(&e, m)
			p.Spoof.Exempt = []Exemption{e}
			d := Decide(p, m, f)
			if got := d.Action(); got != tt.want {
				t.Errorf("action %s, want %s", got, tt.want)
			}
			if got := d.Verdicts[0].Findings[0].Exempt; (got == "list") != (tt.want == ActionAccept) {
				t.Errorf("exemption %q", got)
			}
		})
	}
}

func TestObserveReachesNothing(t *testing.T) {
	p, m, f := spoofed()
	p.Spoof.Mode = ModeObserve
	m.Sender.Domain, f.MailFrom = "mof.go.jp", SPF{Result: ResultSoftFail}
	d := Decide(p, m, f)
	if d.Action() != ActionQuarantine {
		t.Errorf("would be %s", d.Action())
	}
	if e := d.Effect(); e.Action != ActionAccept || e.Reply != ReplyNone || e.Reason != "" || len(e.Insert) != 0 {
		t.Errorf("an observing rule leaks: %+v", e)
	}
}

// What a message gets that nothing could examine is the word of the enforcing rules.
func TestOnError(t *testing.T) {
	p := Default()
	set := map[string]struct {
		mode    *Mode
		onError *Action
	}{
		"spoof":       {&p.Spoof.Mode, &p.Spoof.OnError},
		"auto_reply":  {&p.AutoReply.Mode, &p.AutoReply.OnError},
		"reply_guard": {&p.ReplyGuard.Mode, &p.ReplyGuard.OnError},
	}
	for name, r := range set {
		*r.onError = ActionTempfail
		for mode, want := range map[Mode]Action{ModeOff: ActionAccept, ModeObserve: ActionAccept, ModeEnforce: ActionTempfail} {
			*r.mode = mode
			if got := p.OnError(); got != want {
				t.Errorf("%s %s: %s, want %s", name, mode, got, want)
			}
		}
		*r.mode, *r.onError = ModeEnforce, ActionAccept
	}
	if got := p.OnError(); got != ActionAccept {
		t.Errorf("%s", got)
	}
}

func TestInsideClientsAreNotAsked(t *testing.T) {
	for name, c := range map[string]Client{
		"network":       {Addr: netip.MustParseAddr("192.0.2.7")},
		"authenticated": {Addr: netip.MustParseAddr("203.0.113.9"), Authenticated: "taro"},
		"local":         {Local: true},
	} {
		t.Run(name, func(t *testing.T) {
			p, m, f := spoofed()
			p.Inside.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
			p.Inside.Domains, _ = ParseDomainSet("gw.test")
			m.Client = c
			m.Sender.Domain, f.MailFrom.Result = "mof.go.jp", ResultFail
			f.ForgedHeader = []HeaderRef{{"X-Sekimori-Spoof", 1}}
			d := Decide(p, m, f)
			if len(d.Verdicts) != 0 || len(d.Remove) != 0 {
				t.Errorf("%+v", d)
			}
			if d.Direction != Internal {
				t.Errorf("direction %s", d.Direction)
			}
			m.Recipients = append(m.Recipients, Recipient{Address: Address{"x", "example.test"}})
			if got := p.Direction(m); got != Outbound {
				t.Errorf("direction %s", got)
			}
		})
	}
}

func TestSpoofHeader(t *testing.T) {
	p, m, f := spoofed()
	m.Sender.Domain, f.MailFrom = "mof.go.jp", SPF{Result: ResultSoftFail}
	f.author("x@meti.go.jp", SourceDisplay)
	got := Decide(p, m, f).Effect().Insert[0].Value
	if want := " action=quarantine;\n\tmail_from_softfail=mof.go.jp;\n\tdisplay_found=meti.go.jp"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for n, more := range map[int]bool{maxHeaderFindings: false, maxHeaderFindings + 1: true} {
		v := Verdict{Action: ActionTag}
		for range n {
			v.Findings = append(v.Findings, Finding{Name: "display_found", Action: ActionTag})
		}
		if got := spoofHeader(v); strings.HasSuffix(got, "more") != more {
			t.Errorf("%d findings: %q", n, got)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	p, m, f := spoofed()
	m.Sender.Domain, f.MailFrom.Result = "mof.go.jp", ResultFail
	b.ReportAllocs()
	for b.Loop() {
		Decide(p, m, f)
	}
}
