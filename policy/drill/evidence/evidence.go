// Package evidence decides whether a mail has the mail of a round in it: attached, quoted or answered. That is how a report and
// a forward are told from any other mail. It does not decide which of the two it is, who sent it and whether a program did;
// and what it finds can be made by anybody who got the round's mail, so it is counted and never trusted.
package evidence

import (
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/autoreply"
	"sekimori/policy/drill"
	"sekimori/policy/mail"
	"sekimori/policy/mail/link"
	"sekimori/policy/mail/mime"
)

// MaxIDs is how many Message-IDs of one mail are returned; further ones are passed over.
const MaxIDs = 64

// Shows reports whether a mail with this content carries the mail of a round: an attached message with a genuine token of the
// round or by one of its senders, a text that names one, as the head of a quoted mail does, or a link to its hosts. Nil is a
// content that nobody read.
func Shows(name string, r *drill.Round, c *mime.Content) bool {
	if c == nil {
		return false
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		if len(p.Message) > 0 && isRound(name, r, p.Message) || quotes(r, p.Text) {
			return true
		}
	}
	return len(r.LinkHosts) > 0 && slices.ContainsFunc(c.Links, func(l mime.Link) bool { return leadsTo(r.LinkHosts, l.Target) })
}

// IDs returns the Message-IDs by which a mail may show the mail of a round, as package autoreply writes them: those of messages
// that it answers or refers to, that are attached to it, and that its text quotes with their header.
func IDs(h policy.Header, c *mime.Content) []string {
	var ids []string
	add := func(more ...autoreply.MessageID) {
		for _, id := range more {
			if len(ids) < MaxIDs && id != "" && !slices.Contains(ids, string(id)) {
				ids = append(ids, string(id))
			}
		}
	}
	read := autoreply.Read(h)
	add(read.InReplyTo...)
	if c != nil {
		for i := range c.Parts {
			p := &c.Parts[i]
			for _, f := range mail.Index(p.Message, "Message-ID") {
				id, _ := autoreply.ParseMessageID(f.Value)
				add(id)
				break
			}
			add(quoted(p.Text)...)
		}
	}
	add(read.Parent)
	add(read.References...)
	return ids
}

// quoted returns the Message-IDs of headers that are quoted in a text.
func quoted(text string) (ids []autoreply.MessageID) {
	const field = "message-id:"
	for low := strings.ToLower(text); len(ids) < MaxIDs; {
		i := strings.Index(low, field)
		if i < 0 || len(low) != len(text) { // letters that change their size
			break
		}
		low, text = low[i+len(field):], text[i+len(field):]
		line := text[:min(len(text), autoreply.MaxMessageID+4)]
		if end := strings.IndexByte(strings.TrimLeft(line, " \t\r\n>"), '\n'); end >= 0 {
			line = strings.TrimLeft(line, " \t\r\n>")[:end]
		}
		if id, ok := autoreply.ParseMessageID(line); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// isRound reports whether a header is that of a round's mail.
func isRound(name string, r *drill.Round, h policy.Header) bool {
	for _, f := range mail.Index(h, r.Recognition.TokenHeader()) {
		t, ok := drill.ReadToken(f.Value)
		if ok && t.Drill == name && t.Round == r.Number &&
			slices.ContainsFunc(r.Recognition.MailFrom, func(d policy.Domain) bool { return t.Verify(r.Recognition.Keys, d) }) {
			return true
		}
	}
	return slices.ContainsFunc(mail.Authors(h, 4).Authors, func(a policy.Author) bool {
		return a.Source == policy.SourceFrom && r.SentBy(a.Address)
	})
}

// quotes reports whether a text names a sender of the round.
func quotes(r *drill.Round, text string) bool {
	if text == "" {
		return false
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(r.Senders, func(s drill.Sender) bool {
		return names(text, strings.ToLower(s.Local)+"@"+string(s.Domain))
	})
}

// names reports whether an address, or every one of a domain, stands in a text and is not a part of a longer one.
func names(text, address string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], address)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(address)
		whole := address[0] == '@' || begin == 0 || !inAddress(text[begin-1])
		if whole && (end == len(text) || !inAddress(text[end]) || text[end] == '.' && (end+1 == len(text) || !inAddress(text[end+1]))) {
			return true
		}
		from = end
	}
}

func inAddress(c byte) bool {
	return c == '.' || c == '-' || c == '_' || c == '+' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z'
}

// leadsTo reports whether a link leads to one of some hosts, also through a program that puts its own address in front.
func leadsTo(hosts []policy.Domain, target string) bool {
	u := link.Read(target)
	if slices.Contains(hosts, u.Host) {
		return true
	}
	queue := link.Behind(nil, &u, link.RewriterOf(u.Host))
	for i := 0; i < min(len(queue), link.MaxHops); i++ {
		u = link.ReadCarried(queue[i])
		if slices.Contains(hosts, u.Host) {
			return true
		}
		if len(queue) < link.MaxHops {
			queue = link.Behind(queue, &u, link.RewriterOf(u.Host))
		}
	}
	return false
}
