package survey

import (
	"context"

	"sekimori/policy"
	"sekimori/policy/auth/dmarc"
)

// policy finds the DMARC record that applies to a domain by the tree walk (RFC 9989, 4.10), so that the policy of an
// organisation counts for each domain below it that has none of its own.
func (s *Surveyor) policy(ctx context.Context, d policy.Domain) DMARC {
	found := s.dmarc.Discover(ctx, d)
	a := found.Applied()
	out := DMARC{
		At: a.Domain, P: a.Record.P, SP: a.Record.SP, NP: a.Record.NP, Testing: a.Record.Testing, Reports: a.Record.Reports,
	}
	if psd := a.Record.PSD; psd == dmarc.PSDYes || psd == dmarc.PSDNo {
		out.PSD = string(psd)
	}
	out.State, out.Why = judge(&a)
	if out.State != "" {
		return out
	}
	out.Policy = a.Policy(d, found.Name)
	asked := a
	asked.Record.Testing = false
	switch {
	case found.Name.Temporary() && a.Domain != d && a.Record.NP != "" && a.Record.For(true, policy.DNSNXDomain) != out.Policy:
		out.State, out.Why, out.Policy = Unknown, WhyDNS, ""
	case out.Policy != policy.DMARCNone && out.Policy != "":
		out.State = Yes
	case asked.Policy(d, found.Name) != out.Policy:
		out.State, out.Why = Weak, WhyTesting
	default:
		out.State, out.Why = Weak, WhyNone
	}
	return out
}

// judge says what needs no look at the policy; "" when the policy decides. A broken p, sp or np is invalid also where
// its owner wants reports and a receiver would take it as none (RFC 9989, 4.10.1): he meant something else.
func judge(a *dmarc.Applied) (State, Why) {
	switch {
	case a.Hidden:
		return Unknown, WhyDNS
	case a.Domain == "" && a.Several:
		return Invalid, WhySeveral
	case a.Domain == "":
		return No, ""
	case a.Record.Fault == dmarc.FaultNone:
		return "", ""
	case a.Record.Fault != dmarc.FaultMissing:
		return Invalid, WhySyntax
	case a.Record.Usable():
		return Weak, WhyNoPolicy
	}
	return Invalid, WhyNoPolicy
}
