package policyfile

import (
	"fmt"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/bulletin"
)

// Limits of [[bulletin]].
const (
	maxBulletins = 100 // each is a label of counters
	maxReference = 200 // characters
)

func bulletinKeys(b *policy.Bulletin, file *named) []key {
	return []key{
		{"name", labelOrNumber(&b.Name)},
		{"mode", word(&b.Mode, policy.Modes()...)},
		{"action", word(&b.Action, policy.BulletinActions()...)},
		{"file", fileName(file)},
		{"reference", printable(&b.Reference, 0, maxReference, "write the address of the alert, or its number, in ASCII")},
		{"from", since(&b.From)},
		{"until", until(&b.Until)},
	}
}

// bulletins reads each [[bulletin]] with the file that it names.
func (c *compiler) bulletins() {
	first := make(map[string]*node)
	for i, t := range c.each("bulletin") {
		if i == maxBulletins {
			c.report(t.at, t.path, "more than %d bulletins", maxBulletins)
			return
		}
		b := policy.Bulletin{Mode: policy.ModeObserve, Action: policy.ActionQuarantine}
		var file named
		c.section(t, bulletinKeys(&b, &file), c.shape)
		c.needs(t, "name", "file")
		c.unique(first, t, "bulletin")
		if n := t.child("until"); n != nil && !b.Until.IsZero() && !b.From.Before(b.Until) {
			c.report(n.at, n.path, "it is not after from")
		}
		if n := t.child("file"); n != nil && n.kind == kindText && n.text == "" {
			c.report(n.at, n.path, "the name of a file is missing")
		}
		if b.Mode != policy.ModeOff { // one that is off may name a file that is gone
			c.indicators(&b, file)
		}
		c.policy.Bulletins = append(c.policy.Bulletins, b)
		c.checkBulletin(t, &b)
		c.checkOwn(t, &b)
	}
}

// indicators reads the file of a bulletin.
func (c *compiler) indicators(b *policy.Bulletin, file named) {
	name, data, ok := c.load(file, bulletin.MaxFile, false)
	if !ok {
		return
	}
	b.File = name
	indicators, mistakes := bulletin.Parse(name, data)
	var found []place
	failed := false
	for _, m := range mistakes {
		found = append(found, place{m.Line, m.Column, m.Text, m.Source, m.Warning})
		failed = failed || !m.Warning
	}
	c.foreign(name, found)
	b.Indicators = indicators
	if len(indicators) == 0 && !failed {
		c.warn(file.at.at, file.at.path, "%s holds no indicator that could match", quote(file.name))
	}
}

// unique reports a name that another of the same kind has.
func (c *compiler) unique(first map[string]*node, t *node, what string) {
	n := t.child("name")
	if n == nil || n.kind != kindText || n.text == "" {
		return
	}
	if f := first[n.text]; f != nil {
		c.report(n.at, n.path, "%q is the name of another %s, on line %d", n.text, what, c.line(f.at))
		return
	}
	first[n.text] = n
}

// checkBulletin warns of a bulletin that does nothing.
func (c *compiler) checkBulletin(t *node, b *policy.Bulletin) {
	if n := t.child("until"); n != nil && !b.Until.IsZero() && !c.at.IsZero() && !c.at.Before(b.Until) {
		c.warn(n.at, n.path, "the bulletin has ended and no longer holds; remove it")
	}
	ended := func(x policy.BulletinIndicator) bool { return !x.Until.IsZero() && !c.at.Before(x.Until) }
	if n := t.child("file"); n != nil && !c.at.IsZero() && len(b.Indicators) > 0 && !slices.ContainsFunc(b.Indicators, not(ended)) {
		c.warn(n.at, n.path, "every indicator of it has ended")
	}
	if n := t.child("mode"); n != nil && b.Mode == policy.ModeEnforce && b.Action == policy.ActionAccept {
		c.warn(n.at, n.path, "it does no more than observe: the action is %q", b.Action)
	}
}

func not[T any](f func(T) bool) func(T) bool { return func(v T) bool { return !f(v) } }

// maxOwn is how many indicators of the house itself are named in a warning.
const maxOwn = 3

// checkOwn warns of indicators that mail of the house itself hits. Alerts name forged senders, too, and an alert about mail in the name
// of a ministry must not stop what that ministry writes; forged senders are for the rule spoof, which asks for proof.
func (c *compiler) checkOwn(t *node, b *policy.Bulletin) {
	inside := c.policy.Inside.Domains
	var above []policy.Domain // names that an indicator above them covers
	for _, e := range inside.Entries() {
		above = append(above, policy.Domain(strings.TrimPrefix(e, ".")))
	}
	var own []string
	n := 0
	for _, x := range b.Indicators {
		var hit bool
		switch x.Kind {
		case policy.BulletinAddress:
			hit = inside.Contains(policy.Domain(x.Value[strings.LastIndexByte(x.Value, '@')+1:]))
		case policy.BulletinDomain:
			d := policy.Domain(x.Value)
			hit = inside.Contains(d) || slices.ContainsFunc(above, func(e policy.Domain) bool { return e.Under(d) })
		case policy.BulletinHost, policy.BulletinURL, policy.BulletinSHA256, policy.BulletinFilename, policy.BulletinClient, policy.BulletinSubject:
		}
		if !hit {
			continue
		}
		if n++; n <= maxOwn {
			own = append(own, string(x.Kind)+" "+quote(x.Value))
		}
	}
	if n == 0 {
		return
	}
	if n > maxOwn {
		own = append(own, fmt.Sprintf("and %d more", n-maxOwn))
	}
	f := t.child("file")
	c.warn(f.at, f.path, "your own mail hits it: %s; forged senders are for [spoof]", strings.Join(own, ", "))
}
