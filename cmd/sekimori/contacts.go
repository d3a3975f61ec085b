package main

import (
	"context"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/mail"
)

// The purposes of the keys of who knows whom. They stand readable in the store and never change their meaning.
const (
	purposeContactAddress store.Purpose = "contact_address" // an inside person got mail from an outside address
	purposeContactDomain  store.Purpose = "contact_domain"  // … from an organisational domain
	purposeWroteAddress   store.Purpose = "wrote_address"   // an inside person wrote to an outside address
	purposeWroteDomain    store.Purpose = "wrote_domain"    // … to an organisational domain
	purposeSentMessage    store.Purpose = "sent_message"    // the Message-ID of a mail that went out
)

// Limits of one question about contacts, and of what one message teaches; what is beyond is passed over. A question with all
// of them has store.MaxKeys keys.
const (
	maxContactAuthors    = 3
	maxContactRecipients = 40
	maxContactMessages   = 32
	maxLearned           = 100 // recipients of one message that make an acquaintance
)

// contacts remembers who wrote to whom, as keyed hashes.
type contacts struct {
	memory store.Memory
	secret *store.Secret
	since  *since
	lately *lately
}

// outsider is an outside person as keys know one.
type outsider struct{ person, organisation string }

func newOutsider(a policy.Address) outsider {
	return outsider{a.Person(), string(mail.Organisation(a.Domain))}
}

// pair is the key of an inside and an outside person, and that of the inside person and the organisation.
func (c *contacts) pair(address, domain store.Purpose, inside string, o outsider) (byAddress, byDomain store.Key) {
	return c.secret.Key(address, inside, o.person), c.secret.Key(domain, inside, o.organisation)
}

// Acquaintance asks the store one question for everything. Where it does not answer in its time, Failed says so: then nobody is known, and
// nobody is unknown.
func (c *contacts) Acquaintance(ctx context.Context, q policy.ContactQuery) policy.Acquaintance {
	out := policy.Acquaintance{Asked: true, Since: c.since.get()}
	var keys []store.Key
	var means []*bool
	ask := func(k store.Key, found *bool) { keys, means = append(keys, k), append(means, found) }
	for _, a := range q.Authors[:min(len(q.Authors), maxContactAuthors)] {
		author := newOutsider(a)
		for _, r := range q.Recipients[:min(len(q.Recipients), maxContactRecipients)] {
			to := r.Person()
			address, domain := c.pair(purposeContactAddress, purposeContactDomain, to, author)
			ask(address, &out.Address)
			ask(domain, &out.Domain)
			address, domain = c.pair(purposeWroteAddress, purposeWroteDomain, to, author)
			ask(address, &out.Wrote)
			ask(domain, &out.WroteToDomain)
		}
	}
	for _, id := range q.MessageIDs[:min(len(q.MessageIDs), maxContactMessages)] {
		ask(c.secret.Key(purposeSentMessage, id), &out.InThread)
	}
	if len(keys) == 0 {
		return out
	}
	values, err := c.memory.Recall(ctx, keys...)
	if err != nil {
		out.Failed = true
		return out
	}
	for i, v := range values {
		if v != nil {
			*means[i] = true
		}
	}
	return out
}

// Learn keeps what a delivered message teaches, or keeps it for longer. It never waits.
func (c *contacts) Learn(m *policy.Met) {
	c.since.get() // learning begins with the first lesson
	known := []byte{1}
	address, domain := purposeContactAddress, purposeContactDomain
	inside, outside := maxLearned, maxContactAuthors
	if m.Outbound {
		address, domain = purposeWroteAddress, purposeWroteDomain
		inside, outside = outside, inside
	}
	for _, out := range m.Outside[:min(len(m.Outside), outside)] {
		if out.Domain == "" {
			continue
		}
		other := newOutsider(out)
		for _, in := range m.Inside[:min(len(m.Inside), inside)] {
			if in.Domain == "" {
				continue
			}
			byAddress, byDomain := c.pair(address, domain, in.Person(), other)
			for _, k := range [...]store.Key{byAddress, byDomain} {
				if !c.lately.again(k) {
					c.memory.Remember(k, known, m.Until)
				}
			}
		}
	}
	if m.MessageID != "" {
		c.memory.Remember(c.secret.Key(purposeSentMessage, m.MessageID), known, m.SentUntil)
	}
}

// teaches returns what a message teaches: nothing where it was not delivered.
func teaches(r *policy.Record) *policy.Met {
	switch r.Outcome {
	case policy.OutcomeAccepted, policy.OutcomeTagged, policy.OutcomeTrimmed:
		return r.Decision.Met
	case policy.OutcomeDiscarded, policy.OutcomeQuarantined, policy.OutcomeTempfailed, policy.OutcomeRejected, policy.OutcomeAborted:
	}
	return nil
}
