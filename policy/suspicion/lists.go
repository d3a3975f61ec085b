package suspicion

import "sekimori/policy"

// lists is what the indicators compare with, prepared for look-ups.
type lists struct {
	own []policy.Domain // inside domains and those of spoof.protected and suspicion.lists.protected
}

func newLists(p *policy.Policy) *lists { return &lists{} }
