package policyfile

import (
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
	if n := t.child("mode"); n != nil && b.Mode == policy.ModeEnforce && b.Action == policy.ActionAccept {
		c.warn(n.at, n.path, "it does no more than observe: the action is %q", b.Action)
	}
}
