package policy

import (
	"strings"
	"testing"
)

// TestWeakProof looks at what passes and proves too little: SPF that too many would pass, and signatures of a part.
func TestWeakProof(t *testing.T) {
	const n = 1 << 24 // Default().Spoof.MaxSPFAddresses
	pass := func(reach uint64) SPF { return SPF{Result: ResultPass, Name: DNSFound, Reach: reach} }
	anyone := SPF{Result: ResultPass, Name: DNSFound, Anyone: true}
	mail := func(s SPF, r DMARC) func(*Policy, *Message, *Facts) {
		return func(_ *Policy, m *Message, f *Facts) {
			m.Sender.Domain, f.MailFrom = "mof.go.jp", s
			f.only("taro@mof.go.jp", r)
		}
	}
	bySPF := DMARC{Result: ResultPass, SPFAligned: true}
	byDKIM := DMARC{Result: ResultPass, DKIM: "mof.go.jp"}
	byPart := DMARC{Result: ResultPass, DKIM: "mof.go.jp", Partial: true}
	byBoth := DMARC{Result: ResultPass, SPFAligned: true, DKIM: "mof.go.jp", Partial: true}
	tests := []struct {
		name     string
		set      func(*Policy, *Message, *Facts)
		action   Action
		findings string
	}{
		{"as many addresses as the limit", mail(pass(n), bySPF), ActionAccept, "mail_from_pass from_pass"},
		{"one more", mail(pass(n+1), bySPF), ActionQuarantine, "mail_from_too_wide from_weak"},
		{"anybody", mail(anyone, bySPF), ActionQuarantine, "mail_from_too_wide from_weak"},
		{"anybody, but a signature proves the author", mail(anyone, byDKIM), ActionAccept, "mail_from_forwarded from_pass"},
		{"a signature of a part, SPF passes", mail(pass(1), byBoth), ActionAccept, "mail_from_pass from_pass"},
		{"a signature of a part, SPF passes for anybody", mail(anyone, byBoth), ActionQuarantine, "mail_from_too_wide from_weak"},
		{"a signature of a part alone", mail(SPF{Result: ResultFail}, byPart), ActionReject, "mail_from_fail from_weak"},
		{"a signature of a part is proof where that is wanted", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.PartialSignatures = true
			mail(SPF{Result: ResultFail}, byPart)(p, m, f)
		}, ActionAccept, "mail_from_forwarded from_pass"},
		{"without a limit almost every address is not too wide", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.MaxSPFAddresses = 0
			mail(pass(1<<32-1), bySPF)(p, m, f)
		}, ActionAccept, "mail_from_pass from_pass"},
		{"without a limit every address is", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.MaxSPFAddresses = 0
			mail(pass(1<<32), bySPF)(p, m, f)
		}, ActionQuarantine, "mail_from_too_wide from_weak"},
		{"a null sender", func(p *Policy, m *Message, f *Facts) {
			m.Sender, m.HeloDomain, f.MailFrom, f.Helo = Address{}, "mx.mof.go.jp", SPF{}, anyone
			f.only("taro@mof.go.jp", bySPF)
		}, ActionQuarantine, "mail_from_too_wide from_weak"},
		{"HELO", func(p *Policy, m *Message, f *Facts) { m.HeloDomain, f.Helo = "mx.mof.go.jp", anyone }, ActionAccept, "helo_too_wide"},
		{"a weak author does not vouch for what is displayed", func(p *Policy, m *Message, f *Facts) {
			mail(anyone, bySPF)(p, m, f)
			f.author("jiro@mof.go.jp", SourceDisplay)
		}, ActionQuarantine, "mail_from_too_wide from_weak display_found"},
		{"another domain is judged by the DMARC result", func(p *Policy, m *Message, f *Facts) {
			f.MailFrom = anyone
			f.only("a@example.test", DMARC{Result: ResultPass, Policy: DMARCReject, SPFAligned: true})
		}, ActionAccept, ""},
		{"early, where the table refuses it", func(p *Policy, m *Message, f *Facts) {
			p.Spoof.Early, f.Stage = true, StageEnvelope
			p.Spoof.Table[ClaimMailFrom][CellTooWide] = ActionReject
			mail(anyone, bySPF)(p, m, f)
		}, ActionReject, "mail_from_too_wide"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, m, f := spoofed()
			tt.set(p, m, f)
			v := Decide(p, m, f).Verdicts[0]
			var names []string
			for _, fd := range v.Findings {
				names = append(names, fd.Name)
			}
			if got := strings.Join(names, " "); got != tt.findings || v.Action != tt.action {
				t.Errorf("%s: %s, want %s: %s", v.Action, got, tt.action, tt.findings)
			}
		})
	}
}

// TestCellsHaveAnAction looks for cells that the default table forgets: they would accept without a word.
func TestCellsHaveAnAction(t *testing.T) {
	table := DefaultTable()
	for _, c := range Claims() {
		for _, cell := range Cells(c) {
			if table[c][cell] == "" {
				t.Errorf("%s.%s has no action", c, cell)
			}
		}
		if len(table[c]) != len(Cells(c)) {
			t.Errorf("%s has %d actions for %d cells", c, len(table[c]), len(Cells(c)))
		}
	}
}
