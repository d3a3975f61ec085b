package policy

import "time"

// ContactResult is what an Acquaintance comes to, in one word for log and counters.
type ContactResult string

// The results.
const (
	ContactKnown    ContactResult = "known"    // some mail went one way or the other before, at least between their organisations
	ContactFirst    ContactResult = "first"    // none did
	ContactLearning ContactResult = "learning" // none did that is remembered, and the memory is younger than Contacts.Learning
	ContactFailed   ContactResult = "failed"   // the memory did not answer
)

// ContactResults lists every ContactResult.
func ContactResults() []ContactResult {
	return []ContactResult{ContactKnown, ContactFirst, ContactLearning, ContactFailed}
}

// Result returns what a comes to for a message that came at a time; "" where nobody asked.
func (a *Acquaintance) Result(c Contacts, at time.Time) ContactResult {
	switch {
	case !a.Asked:
		return ""
	case a.Failed:
		return ContactFailed
	case a.Address || a.Domain || a.Wrote || a.WroteToDomain || a.InThread:
		return ContactKnown
	case c.Learning > 0 && (a.Since.IsZero() || at.Before(a.Since.Add(c.Learning))):
		return ContactLearning
	}
	return ContactFirst
}
