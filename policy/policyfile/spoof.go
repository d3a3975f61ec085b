package policyfile

import (
	"maps"
	"slices"

	"sekimori/policy"
)

// spoof reads [spoof] with its overrides and exemptions.
func (c *compiler) spoof() {
	t := c.one("spoof")
	if t == nil {
		return
	}
	s := &c.policy.Spoof
	s.Mode = policy.ModeObserve // a section without mode observes
	c.section(t, c.spoofKeys(), c.shape)
	s.Overrides = c.overrides()
	s.Exempt = c.exemptions()
}

func (c *compiler) spoofKeys() []key {
	s := &c.policy.Spoof
	return append([]key{
		{"mode", word(&s.Mode, policy.Modes()...)},
		{"protected", list(&s.Protected, 0, domain)},
		{"dmarc", word(&s.DMARC, policy.DMARCModes()...)},
		{"early", boolean(&s.Early)},
		{"on_error", word(&s.OnError, policy.ActionAccept, policy.ActionTempfail)},
		{"unreadable", actions(&s.Unreadable)},
		{"max_spf_addresses", integer(&s.MaxSPFAddresses, 0, maxSPFAddresses)},
		{"quiet", boolean(&s.Quiet)},
		{"partial_signatures", boolean(&s.PartialSignatures)},
	}, tableKeys(s.Table)...)
}

// tableKeys returns a key for each cell of a table, such as mail_from.softfail.
func tableKeys(t policy.Table) []key {
	var keys []key
	for _, claim := range policy.Claims() {
		for _, cell := range policy.Cells(claim) {
			keys = append(keys, key{string(claim) + "." + string(cell), func(d *document, n *node) {
				a, ok := oneWord(d, n, policy.TableActions())
				if !ok {
					return
				}
				t[claim][cell] = a
				if cell == policy.CellPass && policy.Stricter(a, policy.ActionQuarantine) == a {
					d.warn(n.at, n.path, "%s for mail that proves where it comes from", a)
				}
			}})
		}
	}
	return keys
}

func overrideKeys(o *policy.Override) []key {
	return append([]key{{"domain", oneDomain(&o.Domain)}}, tableKeys(o.Table)...)
}

// overrides reads each [[spoof.override]]: the general table with the changes for one domain.
func (c *compiler) overrides() []policy.Override {
	var overrides []policy.Override
	first := make(map[policy.Domain]*node)
	for _, t := range c.each("spoof.override") {
		o := policy.Override{Table: c.policy.Spoof.Table.Clone()}
		c.section(t, overrideKeys(&o), c.shape)
		c.needs(t, "domain")
		overrides = append(overrides, o)
		if o.Domain == "" {
			continue
		}
		n := t.child("domain")
		if f := first[o.Domain]; f != nil {
			c.report(n.at, n.path, "%s has an override already, on line %d", o.Domain, c.line(f.at))
			continue
		}
		first[o.Domain] = n
		if !c.isProtected(o.Domain) {
			c.report(n.at, n.path, "%s is not under spoof.protected, so this can never match", o.Domain)
		}
		if sameTable(o.Table, c.policy.Spoof.Table) {
			c.warn(t.at, t.path, "the override for %s changes nothing", o.Domain)
		}
	}
	return overrides
}

func sameTable(a, b policy.Table) bool {
	return maps.EqualFunc(a, b, maps.Equal[map[policy.Cell]policy.Action])
}

func (c *compiler) isProtected(d policy.Domain) bool {
	return slices.ContainsFunc(c.policy.Spoof.Protected, d.Under)
}

func exemptKeys(e *policy.Exemption) []key {
	claim := func(d *document, n *node) (policy.Claim, bool) { return oneWord(d, n, policy.Claims()) }
	return []key{
		{"name", label(&e.Name)},
		{"networks", list(&e.Networks, 1, network)},
		{"claims", list(&e.Claims, 1, claim)},
		{"domains", list(&e.Domains, 0, domain)},
		{"until", until(&e.Until)},
	}
}

// exemptions reads each [[spoof.exempt]].
func (c *compiler) exemptions() []policy.Exemption {
	var exempt []policy.Exemption
	first := make(map[string]*node)
	for _, t := range c.each("spoof.exempt") {
		e := policy.Exemption{Claims: policy.Claims()}
		c.section(t, exemptKeys(&e), c.shape)
		c.needs(t, "name", "networks")
		exempt = append(exempt, e)
		if e.Name != "" {
			n := t.child("name")
			if f := first[e.Name]; f != nil {
				c.report(n.at, n.path, "%q is the name of another exemption, on line %d", e.Name, c.line(f.at))
			} else {
				first[e.Name] = n
			}
		}
		c.checkExemption(t, &e)
	}
	return exempt
}

// checkExemption warns of what an exemption cannot do, or does too widely.
func (c *compiler) checkExemption(t *node, e *policy.Exemption) {
	if n := t.child("until"); n != nil && !e.Until.IsZero() && !c.at.IsZero() && !c.at.Before(e.Until) {
		c.warn(n.at, n.path, "the exemption has ended and no longer holds; remove it")
	}
	followed := c.policy.Spoof.DMARC == policy.DMARCFollow && slices.Contains(e.Claims, policy.ClaimFrom) // other domains count, too
	if n := t.child("domains"); n != nil && n.kind == kindList && len(n.items) == len(e.Domains) && !followed {
		for i, d := range e.Domains {
			if !c.isProtected(d) && !c.coversProtected(d) {
				c.warn(n.items[i].at, n.path, "%s is not under spoof.protected, so this can never match", d)
			}
		}
	}
	if n := t.child("networks"); n != nil {
		for _, p := range e.Networks {
			if p.Addr().Is4() && p.Bits() < 16 || p.Addr().Is6() && p.Bits() < 24 {
				c.warn(n.at, n.path, "%s is a very large network; whoever sends from it is exempt", p)
			}
		}
	}
}

// coversProtected reports whether a protected domain lies under d.
func (c *compiler) coversProtected(d policy.Domain) bool {
	return slices.ContainsFunc(c.policy.Spoof.Protected, func(p policy.Domain) bool { return p.Under(d) })
}
