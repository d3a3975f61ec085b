package policyfile

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// suffixes fills in authentication.public_suffixes where it is not given: the protected domains that are public
// suffixes themselves, such as go.jp, so that two ministries never align with each other (RFC 9989, 4.10.2), even
// where DNS says otherwise. A protected mof.go.jp is none: names below it are meant to align with it.
func (c *compiler) suffixes() {
	if t := c.one("authentication"); t != nil && t.child("public_suffixes") != nil || c.one("spoof") == nil {
		return
	}
	for _, d := range c.policy.Spoof.Protected {
		if s, icann := publicsuffix.PublicSuffix(string(d)); s == string(d) && (icann || strings.Contains(s, ".")) {
			c.policy.Authentication.PublicSuffixes = append(c.policy.Authentication.PublicSuffixes, d)
		}
	}
}

// check looks at what concerns several sections. Warnings that rest on the absence of something are given only where
// nothing is wrong, since what is missing may stand in a line that could not be read.
func (c *compiler) check() {
	c.checkOrganisations()
	c.checkAudit()
	if len(c.errors) > 0 {
		return
	}
	c.checkTimes()
	c.checkInside()
	c.checkSpoof()
	c.checkSuspicion()
	c.checkDrills()
	c.checkReplyGuard()
	c.checkStore()
}

// checkTimes warns where one question to a server may take as long as all that is done for a message.
func (c *compiler) checkTimes() {
	timeout, deadline := c.policy.DNS.Timeout, c.policy.Limits.Deadline
	if timeout < deadline {
		return
	}
	for _, path := range [...][2]string{{"dns", "timeout"}, {"limits", "deadline"}} {
		t := c.one(path[0])
		if t == nil || t.child(path[1]) == nil {
			continue
		}
		n := t.child(path[1])
		c.warn(n.at, n.path, "dns.timeout (%s) should be below limits.deadline (%s): one question without answer uses up all the time",
			short(timeout), short(deadline))
		return
	}
}

// checkOrganisations reports names that two organisations have, and domains that never reach theirs.
func (c *compiler) checkOrganisations() {
	named := make(map[string]*node)
	taken := make(map[string]*organisation)
	var before policy.DomainSet
	for i := range c.organisations {
		o := &c.organisations[i]
		if n := o.table.child("name"); n != nil && o.Name != "" {
			if f := named[o.Name]; f != nil {
				c.report(n.at, n.path, "%q is the name of another organisation, on line %d", o.Name, c.line(f.at))
			} else {
				named[o.Name] = n
			}
		}
		for _, e := range o.entries {
			name, below := strings.CutPrefix(strings.ToLower(strings.TrimSuffix(e.text, ".")), ".")
			entry, probe := name, policy.Domain(name)
			if below {
				entry, probe = "."+name, policy.Domain("any."+name)
			}
			if f := taken[entry]; f != nil {
				c.report(e.at, e.path, "%s belongs to another organisation already, %q on line %d", quote(e.text), f.Name, c.line(f.table.at))
				continue
			}
			taken[entry] = o
			if before.Contains(probe) {
				c.warn(e.at, e.path, "%s can never match: an organisation above it has all of it", quote(e.text))
			}
		}
		for _, e := range o.entries {
			_ = before.Add(e.text) // it was read before
		}
	}
}

// checkInside warns where a rule about mail from outside is on and nobody is said to be inside.
func (c *compiler) checkInside() {
	var t *node
	for _, rule := range []struct {
		path string
		mode policy.Mode
	}{{"spoof", c.policy.Spoof.Mode}, {"suspicion", c.policy.Suspicion.Mode}} {
		if x := c.one(rule.path); x != nil && rule.mode != policy.ModeOff && t == nil {
			t = x
		}
	}
	if t == nil {
		return
	}
	if c.policy.Inside.Domains.Empty() {
		c.warn(t.at, "inside.domains", "no domain is inside, so no recipient is, and no mail is internal")
	}
	if len(c.policy.Inside.Networks) == 0 {
		c.warn(t.at, "inside.networks", "no network is inside, so mail from your own hosts is judged as if it came from outside")
	}
}

// checkSpoof warns where the spoof rule is on and cannot do what it is for.
func (c *compiler) checkSpoof() {
	s, t := &c.policy.Spoof, c.one("spoof")
	if t == nil || s.Mode == policy.ModeOff {
		return
	}
	if len(s.Protected) == 0 {
		c.warn(t.child("protected").at, "spoof.protected", "no domain is protected; only published DMARC policies have an effect")
	}
	if s.Early && !refusesFail(s) {
		n := t.child("early")
		c.warn(n.at, n.path, "it has no effect: neither mail_from.fail nor helo.fail is reject")
	}
}

// refusesFail reports whether an SPF fail is refused for some domain; only that is answered early.
func refusesFail(s *policy.Spoof) bool {
	tables := []policy.Table{s.Table}
	for _, o := range s.Overrides {
		tables = append(tables, o.Table)
	}
	return slices.ContainsFunc(tables, func(t policy.Table) bool {
		return t[policy.ClaimMailFrom][policy.CellFail] == policy.ActionReject || t[policy.ClaimHelo][policy.CellFail] == policy.ActionReject
	})
}
