package examine

import (
	"sekimori/policy"
	"sekimori/policy/bulletin"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// bulletins reports whether there is a bulletin in force, for which the header is read.
func (x *Examination) bulletins() bool { return x.ev.bulletins != nil && x.p.ActiveBulletins(x.f.At) }

// bulletinBody begins the reading of the body where an indicator is about it.
func (x *Examination) bulletinBody() {
	if x.bulletins() && x.ev.bulletins.WantsBody() {
		x.startBody()
	}
}

// match holds the message against the indicators of bulletins.
func (x *Examination) match() {
	defer x.recovered()
	if !x.bulletins() || !x.inbound && x.p.Direction(x.m) != policy.Outbound {
		return
	}
	s := bulletin.Subject{At: x.f.At, Client: x.m.Client.Addr, Addresses: x.f.Conversation.Contacts}
	if x.m.HeloDomain != "" {
		s.Domains = []policy.Domain{x.m.HeloDomain}
	}
	if !x.inbound {
		for _, r := range x.m.Recipients {
			if !x.p.InsideRecipient(r) {
				s.Addresses = append(s.Addresses, r.Address)
			}
		}
	}
	for _, f := range mail.Index(x.m.Header, "Subject") {
		s.Subject = mail.DecodeWords(f.Value)
		break // a second one is the suspicion rule's
	}
	if x.content != nil && x.ev.bulletins.WantsBody() {
		contents(&s, x.content, x.ev.bulletins.HasHashes())
	}
	x.f.Bulletins = x.ev.bulletins.Match(s)
}

// contents takes what indicators are compared with out of a body.
func contents(s *bulletin.Subject, c *mime.Content, hashes bool) {
	s.Links = make([]string, len(c.Links))
	for i := range c.Links {
		s.Links[i] = c.Links[i].Target
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		for j := range p.Names {
			s.Names = append(s.Names, p.Names[j].Text)
		}
		if p.Archive != nil {
			for j := range p.Archive.Entries {
				s.Names = append(s.Names, p.Archive.Entries[j].Name)
			}
		}
		if hashes && p.Hashed {
			s.Hashes = append(s.Hashes, p.SHA256)
		}
	}
}
