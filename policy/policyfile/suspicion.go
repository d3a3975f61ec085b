package policyfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// Limits of [suspicion] and its parts.
const (
	maxThreshold policy.Points = 1000 // 100 points
	maxWeight    policy.Points = 500
	maxCap       policy.Points = 1000
	maxTag                     = 20 // characters
	minContacts                = day
	minBody                    = 64 << 10
	maxBody                    = 1 << 30
	maxParts                   = 10_000
	maxDepth                   = 64
	minText                    = 1 << 10
	maxText                    = 16 << 20
	maxLinks                   = 10_000
)

// suspicion reads [suspicion] with its parts.
func (c *compiler) suspicion() {
	t := c.one("suspicion")
	if t == nil {
		return
	}
	s := &c.policy.Suspicion
	s.Mode = policy.ModeObserve // a section without mode observes
	c.section(t, suspicionKeys(s), c.shape)
	c.part(t, "weights", weightKeys(s))
	c.part(t, "caps", capKeys(s))
	c.part(t, "limits", bodyKeys(&s.Body))
	c.part(t, "lists", c.listKeys())
	c.people(t)
	c.lists()
	c.order(t, s.Thresholds)
	c.suspicionOrganisations(t)
}

// part reads a section that belongs to another one.
func (c *compiler) part(of *node, name string, keys []key) {
	if t := c.below(of, name); t != nil {
		c.section(t, keys, c.shape)
	}
}

func suspicionKeys(s *policy.Suspicion) []key {
	return append(append([]key{{"mode", word(&s.Mode, policy.Modes()...)}}, thresholdKeys(&s.Thresholds)...), []key{
		{"tag.caution", tag(s, policy.LevelCaution)},
		{"tag.warning", tag(s, policy.LevelWarning)},
		{"quiet", boolean(&s.Quiet)},
		{"learning", lasting(&s.Contacts.Learning, 0, maxKeep)},
		{"keep", lasting(&s.Contacts.Keep, minContacts, maxKeep)},
		{"keep_sent", lasting(&s.Contacts.KeepSent, minContacts, maxKeep)},
		{"on_error", word(&s.OnError, policy.ActionAccept, policy.ActionTempfail)},
	}...)
}

func thresholdKeys(t *policy.Thresholds) []key {
	return []key{
		{"caution", points(&t.Caution, 0, maxThreshold)},
		{"warning", points(&t.Warning, 0, maxThreshold)},
		{"quarantine", points(&t.Quarantine, 0, maxThreshold)},
		{"reject", points(&t.Reject, 0, maxThreshold)},
	}
}

// tag reads the text that a level puts before the Subject, with a space behind it. Whatever shows nothing, or changes the order of
// what follows, is refused.
func tag(s *policy.Suspicion, l policy.Level) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindText, `"【注意】"`) {
			return
		}
		if k := utf8.RuneCountInString(n.text); k > maxTag {
			d.report(n.at, n.path, "a tag of %d characters; at most %d are possible, or it hides the Subject", k, maxTag)
			return
		}
		for _, r := range n.text {
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' {
				d.report(n.at, n.path, "the character %s cannot stand in a Subject", character(r))
				return
			}
		}
		if strings.TrimSpace(n.text) != n.text {
			d.report(n.at, n.path, "%s begins or ends with a space; one is put behind it anyway", quote(n.text))
			return
		}
		if n.text == "" {
			delete(s.Tag, l)
			return
		}
		s.Tag[l] = n.text
	}
}

// weightKeys returns a key for each indicator.
func weightKeys(s *policy.Suspicion) []key {
	var keys []key
	for _, i := range suspicion.Indicators() {
		keys = append(keys, key{i.Name, func(d *document, n *node) {
			least, most := policy.Points(0), maxWeight
			if i.Family == policy.FamilyTrust {
				least, most = -maxWeight, 0
			}
			if v, ok := parsePoints(n.text); ok && n.kind != kindText && v < 0 && least == 0 {
				d.report(n.at, n.path, "%s is below 0; only an indicator of trust takes points away", n.text)
				return
			}
			if s.Weights == nil {
				s.Weights = map[string]policy.Points{}
			}
			v := i.Points
			points(&v, least, most)(d, n)
			s.Weights[i.Name] = v
		}})
	}
	return keys
}

// capKeys returns a key for each family that has a cap; first contact is a factor and has none.
func capKeys(s *policy.Suspicion) []key {
	var keys []key
	for _, f := range policy.Families() {
		if f == policy.FamilyContact {
			continue
		}
		keys = append(keys, key{string(f), func(d *document, n *node) {
			v := s.Caps[f]
			points(&v, 0, maxCap)(d, n)
			s.Caps[f] = v
		}})
	}
	return keys
}

func bodyKeys(b *policy.BodyLimits) []key {
	return []key{
		{"octets", integer(&b.Octets, minBody, maxBody)},
		{"decoded", integer(&b.Decoded, minBody, maxBody)},
		{"parts", integer(&b.Parts, 1, maxParts)},
		{"depth", integer(&b.Depth, 1, maxDepth)},
		{"text", integer(&b.Text, minText, maxText)},
		{"html", integer(&b.HTML, minText, maxText)},
		{"links", integer(&b.Links, 1, maxLinks)},
	}
}

func suspicionOrganisationKeys(name *string, t *policy.Thresholds) []key {
	return append([]key{{"name", label(name)}}, thresholdKeys(t)...)
}

// suspicionOrganisations reads each [[suspicion.organisation]]: the general thresholds with the changes for one organisation.
func (c *compiler) suspicionOrganisations(of *node) {
	s := &c.policy.Suspicion
	first := make(map[string]*node)
	for _, t := range c.within(of, "organisation") {
		var name string
		own := s.Thresholds
		c.section(t, suspicionOrganisationKeys(&name, &own), c.shape)
		c.needs(t, "name")
		c.order(t, own)
		if name == "" {
			continue
		}
		n := t.child("name")
		if f := first[name]; f != nil {
			c.report(n.at, n.path, "%q has thresholds already, on line %d", name, c.line(f.at))
			continue
		}
		first[name] = n
		if name == policy.Other {
			c.report(n.at, n.path, "what is of no [[organisation]] has the thresholds of [suspicion]")
			continue
		}
		c.isOrganisation(n, name)
		if s.Organisations == nil {
			s.Organisations = make(map[string]policy.Thresholds)
		}
		s.Organisations[name] = own
		if own == s.Thresholds && len(c.errors) == 0 {
			c.warn(t.at, t.path, "the thresholds for %s change nothing", name)
		}
	}
}

// isOrganisation reports a name that no [[organisation]] has.
func (c *compiler) isOrganisation(n *node, name string) {
	var known []string
	for _, o := range c.policy.Organisations {
		if o.Name == name {
			return
		}
		known = append(known, o.Name)
	}
	if near := nearest(name, known); near != "" {
		c.report(n.at, n.path, "no [[organisation]] is named %q; did you mean %q?", name, near)
		return
	}
	c.report(n.at, n.path, "no [[organisation]] is named %q", name)
}

// order reports a threshold that lies below that of something milder. 0 is never, and compared with nothing.
func (c *compiler) order(t *node, th policy.Thresholds) {
	milder, limit := "", policy.Points(0)
	for _, x := range []struct {
		name  string
		value policy.Points
	}{{"caution", th.Caution}, {"warning", th.Warning}, {"quarantine", th.Quarantine}, {"reject", th.Reject}} {
		if x.value == 0 {
			continue
		}
		if x.value < limit {
			c.outOfOrder(t, x.name, milder, "%s (%s) is below %s (%s), which is milder", x.name, x.value, milder, limit)
		}
		milder, limit = x.name, x.value
	}
}

// outOfOrder reports two thresholds at the key of the stricter one, or else of the other. Where neither stands in t, or one could not be
// read, the mistake is told elsewhere.
func (c *compiler) outOfOrder(t *node, stricter, milder, format string, args ...any) {
	var at *node
	for _, name := range []string{milder, stricter} {
		if n := t.child(name); n != nil {
			if n.kind != kindInteger && n.kind != kindFloat {
				return
			}
			at = n
		}
	}
	if at != nil {
		c.report(at.at, at.path, format, args...)
	}
}
