package policy

import "slices"

// protects reports whether d is protected.
func (s *Spoof) protects(d Domain) bool {
	return slices.ContainsFunc(s.Protected, d.Under)
}

// table returns the table that holds for the claimed domain d: that of the longest override above it.
func (s *Spoof) table(d Domain) Table {
	t, longest := s.Table, -1
	for _, o := range s.Overrides {
		if d.Under(o.Domain) && len(o.Domain) > longest {
			t, longest = o.Table, len(o.Domain)
		}
	}
	return t
}

// exemption returns the name of the first exemption that covers the claim, or "".
func (s *Spoof) exemption(c Claim, d Domain, m *Message, f *Facts) string {
	for _, e := range s.Exempt {
		if !e.Until.IsZero() && !f.At.Before(e.Until) || !slices.Contains(e.Claims, c) {
			continue
		}
		if len(e.Domains) > 0 && !slices.ContainsFunc(e.Domains, d.Under) {
			continue
		}
		for _, n := range e.Networks {
			if n.Contains(m.Client.Addr) {
				return e.Name
			}
		}
	}
	return ""
}

// The findings of the spoof rule beside <claim>_<cell>.
const (
	FindingForwarded   = "mail_from_forwarded" // the SPF result does not count: aligned DKIM proves every protected author
	FindingDMARC       = "dmarc_fail"          // an author of another domain fails the policy its owner publishes
	FindingFromMissing = "from_missing"        // no From field (RFC 5322, 3.6 wants one)
	FindingFromBad     = "from_unreadable"     // a From field in which no address can be read
	FindingHeaderCut   = "header_cut"          // more header, or more authors, than the limits admit
	FindingUnexamined  = "unexamined"          // the rule could not be evaluated: on_error holds
)

// SpoofFindings lists every name a finding of the spoof rule can have.
func SpoofFindings() []string {
	names := []string{FindingForwarded, FindingDMARC, FindingFromMissing, FindingFromBad, FindingHeaderCut, FindingUnexamined}
	for _, c := range Claims() {
		for _, cell := range Cells(c) {
			names = append(names, claimFinding(c, cell))
		}
	}
	return names
}

func claimFinding(c Claim, cell Cell) string { return string(c) + "_" + string(cell) }

// spoofing collects what the spoof rule finds in one message.
type spoofing struct {
	*Spoof
	m        *Message
	f        *Facts
	findings []Finding
}

// verdict evaluates the rule for an inbound message. At StageEnvelope it answers nothing but an SPF fail, and only
// where early answers are wanted.
func (s *Spoof) verdict(m *Message, f *Facts) Verdict {
	x := spoofing{Spoof: s, m: m, f: f}
	switch {
	case slices.Contains(f.Unexamined, UnexaminedPanic):
		x.findings = []Finding{{Name: FindingUnexamined, Evidence: string(UnexaminedPanic), Action: s.OnError}}
	case f.Stage == StageEnvelope:
		x.envelope(false)
		x.findings = slices.DeleteFunc(x.findings, func(fd Finding) bool { return !s.Early || fd.Action != ActionReject })
	default:
		x.envelope(x.forwarded())
		x.authors()
		x.displayed()
		x.unreadable()
	}
	v := Verdict{Rule: RuleSpoof, Mode: s.Mode, Findings: x.findings, Action: ActionAccept}
	for _, fd := range v.Findings {
		v.Action = Stricter(v.Action, fd.Action)
	}
	v.Reply = spoofReply(v)
	if v.Action == ActionTag || v.Action == ActionQuarantine {
		v.Insert = []Field{{Name: "X-Sekimori-Spoof", Value: spoofHeader(v)}}
		if s.Quiet {
			silent, stripped := quiet(m.Header)
			v.Insert, v.Strip = append(v.Insert, silent...), stripped
		}
	}
	return v
}

// claim judges one claim of a protected domain.
func (x *spoofing) claim(c Claim, cell Cell, d Domain) {
	x.add(c, claimFinding(c, cell), d, x.table(d)[c][cell])
}

// add notes a finding, unless the same was noted before, with the exemption that may cover it.
func (x *spoofing) add(c Claim, name string, d Domain, a Action) {
	fd := Finding{Name: name, Evidence: string(d), Action: a}
	if a != ActionAccept {
		if e := x.exemption(c, d, x.m, x.f); e != "" {
			fd.Action, fd.Exempt = ActionAccept, e
		}
	}
	if !slices.Contains(x.findings, fd) {
		x.findings = append(x.findings, fd)
	}
}

// envelope judges MAIL FROM and HELO. With a null sender the identity of MAIL FROM is postmaster@helo (RFC 7208, 2.4),
// so that HELO is judged by the row of MAIL FROM.
func (x *spoofing) envelope(forwarded bool) {
	if x.m.Sender.IsNull() {
		if d := x.m.HeloDomain; x.protects(d) {
			x.claim(ClaimMailFrom, x.spfCell(x.f.Helo), d)
		}
		return
	}
	if d := x.m.Sender.Domain; x.protects(d) {
		cell := x.spfCell(x.f.MailFrom)
		if forwarded && cell != CellPass {
			x.add(ClaimMailFrom, FindingForwarded, d, ActionAccept)
		} else {
			x.claim(ClaimMailFrom, cell, d)
		}
	}
	if d := x.m.HeloDomain; x.protects(d) {
		x.claim(ClaimHelo, x.spfCell(x.f.Helo), d)
	}
}

// forwarded reports whether every protected author is proven by an aligned DKIM signature, and there is one.
func (x *spoofing) forwarded() bool {
	proven := false
	for _, a := range x.f.Authors {
		if a.Source == SourceDisplay || !x.protects(a.Address.Domain) {
			continue
		}
		if r, ok := x.f.dmarc(a.Address.Domain); !ok || !x.provenByDKIM(r) {
			return false
		}
		proven = true
	}
	return proven
}

// authors judges every author in every reading of every From field: a protected one must be proven, the policy of
// any other is followed as far as the configuration says.
func (x *spoofing) authors() {
	for _, a := range x.f.Authors {
		d := a.Address.Domain
		if a.Source == SourceDisplay || d == "" {
			continue
		}
		r, _ := x.f.dmarc(d)
		switch {
		case x.protects(d):
			x.protectedAuthor(d, r)
		case x.DMARC != DMARCOff && r.Result == ResultFail:
			act := ActionAccept
			if x.DMARC == DMARCFollow {
				act = policyAction(r.Policy)
			}
			x.add(ClaimFrom, FindingDMARC, d, act)
		}
	}
}

// senderSPF returns the check whose domain is aligned with authors: that of HELO for a null sender (RFC 7208, 2.4).
func (x *spoofing) senderSPF() SPF {
	if x.m.Sender.IsNull() {
		return x.f.Helo
	}
	return x.f.MailFrom
}

func (x *spoofing) protectedAuthor(d Domain, r DMARC) {
	cell := x.fromCell(r, x.senderSPF())
	act := x.table(d)[ClaimFrom][cell]
	if cell == CellFail {
		act = Stricter(act, policyAction(r.Policy))
	}
	x.add(ClaimFrom, claimFinding(ClaimFrom, cell), d, act)
}

// displayed judges addresses in display names and comments. One whose domain is that of a proven author is honest.
func (x *spoofing) displayed() {
	for _, a := range x.f.Authors {
		d := a.Address.Domain
		if a.Source != SourceDisplay || !x.protects(d) {
			continue
		}
		if r, ok := x.f.dmarc(d); ok && x.fromCell(r, x.senderSPF()) == CellPass {
			continue
		}
		x.claim(ClaimDisplay, CellFound, d)
	}
}

// unreadable judges a From that is missing or holds no address, and headers over the limit. A report with a null sender
// is never treated worse than tagged for want of a From: some old systems send theirs so.
func (x *spoofing) unreadable() {
	name := ""
	switch {
	case x.m.HeaderCut, slices.Contains(x.f.Unexamined, UnexaminedAuthors):
		x.add(ClaimFrom, FindingHeaderCut, "", x.Unreadable)
		return
	case x.f.FromFields == 0:
		name = FindingFromMissing
	case !slices.ContainsFunc(x.f.Authors, func(a Author) bool { return a.Source != SourceDisplay && a.Address.Domain != "" }):
		name = FindingFromBad
	default:
		return
	}
	act := x.Unreadable
	if x.m.Sender.IsNull() && act != ActionAccept {
		act = ActionTag
	}
	x.add(ClaimFrom, name, "", act)
}

// dmarc returns the DMARC fact of an author domain.
func (f *Facts) dmarc(d Domain) (DMARC, bool) {
	for _, r := range f.DMARC {
		if r.Author == d {
			return r, true
		}
	}
	return DMARC{Author: d, Result: ResultNone}, false
}
