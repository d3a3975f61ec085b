package policyfile

import "sekimori/policy/auth/smime"

// anchors reads the file that suspicion.lists.smime_anchors names. Without a time nothing is said of how long they hold.
func (c *compiler) anchors() {
	name, data, ok := c.load(c.listFiles.anchors, smime.MaxAnchorOctets, false)
	if !ok {
		return
	}
	anchors, mistakes := smime.ParseAnchors(data, c.at)
	c.policy.Suspicion.Lists.Anchors = anchors
	var found []place
	for _, m := range mistakes {
		found = append(found, place{line: m.Line, text: m.Text, source: lineOf(data, m.Line), warning: m.Warning})
	}
	c.foreign(name, found)
}
