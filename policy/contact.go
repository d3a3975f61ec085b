package policy

import "time"

// Contacts says how long who wrote to whom is remembered. Only keyed hashes are.
type Contacts struct {
	Learning time.Duration // nothing is a first contact before the memory is this old; 0: from the start
	Keep     time.Duration // how long a pair is remembered after its last mail
	KeepSent time.Duration // how long the Message-ID of a mail that was sent is
}

// ContactQuery asks what is known between the sender of an inbound message and its recipients.
type ContactQuery struct {
	Authors    []Address // outside: From authors
	Recipients []Address // inside
	MessageIDs []string  // those it names as answered or referred to
}

// Acquaintance is what came of a ContactQuery.
type Acquaintance struct {
	Asked         bool
	Failed        bool      // the memory did not answer
	Since         time.Time // since when pairs are learned; zero: unknown, as if just begun
	Address       bool      // a recipient got mail from an author before
	Domain        bool      // a recipient got mail from an author's organisational domain before
	Wrote         bool      // a recipient wrote to an author before
	WroteToDomain bool      // a recipient wrote to an author's organisational domain before
	InThread      bool      // it names a message that went out from here
}

// Met is what a message teaches about who writes to whom.
type Met struct {
	Outbound  bool      // an inside person wrote; else an outside one did
	Inside    []Address // recipients of inbound, senders of outbound mail
	Outside   []Address // authors of inbound, recipients of outbound mail
	MessageID string    // of an outbound message
	Until     time.Time // when the pairs are forgotten
	SentUntil time.Time // when the Message-ID is
}

// met returns what a message teaches, nil when nothing: mail that is flagged, or whose author is disproved, makes no acquaintance.
func (s *Suspicion) met(p *Policy, m *Message, f *Facts, d Decision) *Met {
	if s.Mode == ModeOff || f.Stage != StageMessage {
		return nil
	}
	k := Met{Until: f.At.Add(s.Contacts.Keep), SentUntil: f.At.Add(s.Contacts.KeepSent)}
	switch d.Direction {
	case Outbound:
		if c := f.Class.Class; c != "" && c != ClassHuman && c != ClassCalendarReply {
			return nil
		}
		k.Outbound, k.MessageID = true, f.Conversation.ID
		k.Inside = []Address{m.Sender}
		for _, a := range f.Authors {
			if a.Source != SourceDisplay && p.InsideAddress(a.Address) && a.Address != m.Sender {
				k.Inside = append(k.Inside, a.Address)
			}
		}
		for _, r := range m.Recipients {
			if !p.InsideRecipient(r) {
				k.Outside = append(k.Outside, r.Address)
			}
		}
	case Inbound:
		if d.Action() != ActionAccept || f.Drill.Recognised {
			return nil
		}
		for _, x := range f.DMARC {
			if x.Result == ResultFail {
				return nil
			}
		}
		for _, a := range f.Authors {
			if a.Source == SourceFrom && !p.InsideAddress(a.Address) {
				k.Outside = append(k.Outside, a.Address)
			}
		}
		for _, r := range m.Recipients {
			k.Inside = append(k.Inside, r.Address)
		}
	case Internal:
		return nil
	}
	if len(k.Outside) == 0 && k.MessageID == "" {
		return nil
	}
	return &k
}
