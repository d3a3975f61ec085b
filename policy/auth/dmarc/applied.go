package dmarc

import "sekimori/policy"

// Applied is the record that applies to an author domain, before anything is known of a message.
type Applied struct {
	Record  Record        // the zero Record where Domain is ""
	Domain  policy.Domain // where it stands; "" when none applies, or when it is not known
	Hidden  bool          // a temporary failure hides whether one applies
	Several bool          // more than one record stands at the author itself, so that none of them counts (RFC 9989, 4.10)
}

// Policy returns what the owner asks for mail of the author; "" where no record applies or it asks for nothing.
func (a Applied) Policy(author policy.Domain, name policy.DNSStatus) policy.DMARCPolicy {
	if a.Domain == "" || !a.Record.Usable() {
		return ""
	}
	return a.Record.For(a.Domain != author, name)
}

// Applied returns the record that Discover found to apply.
func (d *Discovery) Applied() Applied {
	a := Applied{Hidden: d.hidden, Several: d.walk.levels[0].many}
	if d.applied != nil {
		a.Record, a.Domain = d.applied.record, d.applied.domain
	}
	return a
}
