package policyfile

import (
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// checkSuspicion warns where the rule is on and cannot do what it is for.
func (c *compiler) checkSuspicion() {
	s, t := &c.policy.Suspicion, c.one("suspicion")
	if t == nil || s.Mode == policy.ModeOff {
		return
	}
	for _, l := range []policy.Level{policy.LevelCaution, policy.LevelWarning} {
		if n := t.descend("tag." + string(l)); n != nil && s.Tag[l] != "" && s.Mode != policy.ModeEnforce {
			c.warn(n.at, n.path, "no Subject is tagged while suspicion.mode is %q", s.Mode)
		}
	}
	most, words := c.mostPoints(policy.Families()...), c.mostPoints(policy.FamilyText, policy.FamilyMeta)
	c.checkThresholds(t, s.Thresholds, most, words)
	for _, o := range c.within(t, "organisation") {
		if n := o.child("name"); n != nil {
			c.checkThresholds(o, s.Organisations[n.text], most, words)
		}
	}
	c.checkWeights()
	c.checkUsed(t)
	c.checkLists()
}

// checkThresholds warns of thresholds that no message reaches, and of those that words alone reach.
func (c *compiler) checkThresholds(t *node, th policy.Thresholds, most, words policy.Points) {
	if th == (policy.Thresholds{}) {
		c.warn(t.at, t.path, "every threshold is 0, so that nothing is ever flagged")
		return
	}
	for _, x := range []struct {
		name  string
		value policy.Points
	}{{"caution", th.Caution}, {"warning", th.Warning}, {"quarantine", th.Quarantine}, {"reject", th.Reject}} {
		n := t.child(x.name)
		switch {
		case n == nil || x.value == 0:
		case x.value > most:
			c.warn(n.at, n.path, "no message reaches it: by weights and caps the highest score is %s", most)
		case x.value <= words:
			c.warn(n.at, n.path, "text and meta data alone come to %s, so words alone reach it", words)
		}
	}
}

// mostPoints returns the highest score that weights and caps let a message have: that of one with every indicator of some families, and
// nothing that speaks for its sender.
func (c *compiler) mostPoints(families ...policy.Family) policy.Points {
	s := &c.policy.Suspicion
	var every policy.Assessment
	for _, i := range suspicion.Indicators() {
		w, ok := s.Weights[i.Name]
		if !ok {
			w = i.Points
		}
		if w > 0 && slices.Contains(families, i.Family) {
			every.Hits = append(every.Hits, policy.Hit{Indicator: i.Name, Family: i.Family, Points: w})
		}
	}
	score, _ := s.Assess(c.policy, &policy.Message{}, &every)
	return score.Total
}

// checkWeights warns of a weight that its family's cap cuts off.
func (c *compiler) checkWeights() {
	w := c.one("suspicion.weights")
	if w == nil {
		return
	}
	for _, i := range suspicion.Indicators() {
		n, v, limit := w.child(i.Name), c.policy.Suspicion.Weights[i.Name], c.policy.Suspicion.Caps[i.Family]
		if n != nil && limit > 0 && max(v, -v) > limit {
			c.warn(n.at, n.path, "%s is cut to %s, the cap of %s", v, limit, i.Family)
		}
	}
}

// uses says which indicators a setting is for.
func uses() map[string][]string {
	people := []string{"dispname_internal_person", "dispname_internal_person_freemail"}
	return map[string][]string{
		"learning":            {"first_contact"},
		"keep_sent":           {"in_thread"},
		"person":              people,
		"lists.people_file":   people,
		"lists.partners":      {"partner_dmarc_pass"},
		"lists.trusted_lists": {"trusted_list"},
		"lists.signers":       {"trusted_signer"},
		"lists.smime_anchors": {"smime_author"},
	}
}

// checkUsed warns of settings whose indicators are all switched off.
func (c *compiler) checkUsed(t *node) {
	weights := c.policy.Suspicion.Weights
	off := func(name string) bool { w, ok := weights[name]; return ok && w == 0 }
	for setting, names := range uses() {
		if n := t.descend(setting); n != nil && !slices.ContainsFunc(names, not(off)) {
			c.warn(n.at, n.path, "it has no effect: [suspicion.weights] switches %s off", strings.Join(names, " and "))
		}
	}
}

// checkLists warns of entries that say nothing.
func (c *compiler) checkLists() {
	t, l := c.one("suspicion.lists"), &c.policy.Suspicion.Lists
	if t == nil {
		return
	}
	inside := func(d policy.Domain) bool {
		in := c.policy.Inside.Domains
		return in.Contains(d) && in.Contains("any."+d)
	}
	for _, x := range []struct {
		name    string
		domains []policy.Domain
		why     string
	}{
		{"protected", l.Protected, "%s is inside, and protected by that"},
		{"partners", l.Partners, "%s is inside, and no partner"},
		{"senders", l.Senders, "%s is inside, and no outside service"},
	} {
		n := t.child(x.name)
		if n == nil || n.kind != kindList || len(n.items) != len(x.domains) {
			continue
		}
		for i, d := range x.domains {
			if inside(d) {
				c.warn(n.items[i].at, n.path, x.why, d)
			}
		}
	}
}

// suspects reports whether the rule tags or quarantines anything and does so on the wire.
func suspects(s *policy.Suspicion) bool {
	if s.Mode != policy.ModeEnforce {
		return false
	}
	flag := func(t policy.Thresholds) bool {
		mild := func(p policy.Points) bool { return p > 0 && (t.Reject == 0 || p < t.Reject) }
		return mild(t.Caution) || mild(t.Warning) || mild(t.Quarantine)
	}
	if flag(s.Thresholds) {
		return true
	}
	for _, t := range s.Organisations {
		if flag(t) {
			return true
		}
	}
	return false
}

// bulletinFlags reports whether a bulletin tags or quarantines and does so on the wire.
func bulletinFlags(b policy.Bulletin) bool {
	return b.Mode == policy.ModeEnforce && slices.Contains([]policy.Action{policy.ActionTag, policy.ActionQuarantine}, b.Action)
}
