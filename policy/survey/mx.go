package survey

import (
	"context"

	"sekimori/policy"
)

// mx asks where the mail of a domain goes, and says whether the name exists (RFC 8020).
func (s *Surveyor) mx(ctx context.Context, d policy.Domain) (m MX, name State) {
	a := s.resolver.Lookup(ctx, string(d), policy.TypeMX)
	switch a.Status {
	case policy.DNSNXDomain:
		return MX{State: No, Null: No}, No
	case policy.DNSNoData:
		return s.address(ctx, d), Yes
	case policy.DNSServFail, policy.DNSTimeout:
		return MX{State: Unknown, Why: WhyDNS, Null: Unknown}, Unknown
	case policy.DNSFound:
	}
	null := false
	for _, x := range a.MX {
		if x.Host == "." || x.Host == "" {
			null = true
			continue
		}
		m.Exchangers++
	}
	m.Null = No
	switch {
	case null && m.Exchangers > 0:
		m.State, m.Why = Invalid, WhyMixed
	case null:
		m.State, m.Null = No, Yes
	case m.Exchangers > 0:
		m.State = Yes
	default:
		m.State = No
	}
	return m, Yes
}

// address asks whether a domain without MX takes mail at its own address (RFC 5321, 5.1).
func (s *Surveyor) address(ctx context.Context, d policy.Domain) MX {
	unknown := false
	for _, t := range []policy.DNSType{policy.TypeA, policy.TypeAAAA} {
		switch a := s.resolver.Lookup(ctx, string(d), t); {
		case a.Status == policy.DNSFound:
			return MX{State: Weak, Why: WhyAddress, Null: No}
		case a.Status.Temporary():
			unknown = true
		}
	}
	if unknown {
		return MX{State: Unknown, Why: WhyDNS, Null: No}
	}
	return MX{State: No, Null: No}
}
