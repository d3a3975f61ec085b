package examine

import (
	"context"
	"strings"

	"sekimori/policy"
	"sekimori/policy/autoreply"
	"sekimori/policy/mail"
)

// Memory is what is remembered of other messages. It answers within its own short time, and says so when it cannot.
type Memory interface {
	// Recall says what is remembered that an outbound message could be an answer to.
	Recall(ctx context.Context, q policy.RecallQuery) policy.Recollection
	// Acquaintance says whether the recipients of an inbound message know its authors.
	Acquaintance(ctx context.Context, q policy.ContactQuery) policy.Acquaintance
}

// maxContacts is how many addresses of one message are looked up or remembered; further ones are passed over.
const maxContacts = 100

// outbound starts what an outbound message is examined for. It reports whether the body is wanted.
func (x *Examination) outbound() bool {
	guard, contacts := x.p.ReplyGuard.Mode != policy.ModeOff, x.p.Suspicion.Mode != policy.ModeOff
	if x.p.Direction(x.m) != policy.Outbound || x.p.AutoReply.Mode == policy.ModeOff && !guard && !contacts && !x.bulletins() {
		return false
	}
	a := mail.Authors(x.m.Header, x.p.Limits.Authors)
	x.f.Authors, x.f.FromFields, x.f.FromProblem = a.Authors, a.Fields, a.Problem
	x.reply = autoreply.New(x.m)
	if guard || contacts || x.bulletins() {
		x.f.Conversation = conversation(x.m, x.f.Authors)
	}
	x.bulletinBody()
	if guard {
		x.recall()
	}
	// Who wrote to whom is learned from people: what the header says of the class is enough for that.
	x.answers = (guard || x.p.AutoReply.Mode != policy.ModeOff) && x.reply.WantsBody()
	return x.answers || x.wantsBody()
}

// recall asks the memory, side by side with what still comes of the message.
func (x *Examination) recall() {
	q := policy.RecallQuery{MessageIDs: x.f.Conversation.Ancestors, Thread: x.f.Conversation.Thread}
	for _, a := range append([]policy.Address{x.m.Sender}, authorAddresses(x.f.Authors)...) {
		q.Senders = add(q.Senders, a)
	}
	for _, r := range x.m.Recipients {
		if !x.p.InsideRecipient(r) {
			q.Outside = add(q.Outside, r.Address)
		}
	}
	if x.e.Memory == nil {
		x.recalled = policy.Recollection{Asked: true, Failed: true}
		return
	}
	ctx, cancel := context.WithTimeout(x.ctx, x.p.Limits.Deadline)
	x.stop = cancel
	x.lookups.Go(func() {
		defer x.recovered()
		x.recalled = x.e.Memory.Recall(ctx, q)
	})
}

// personal reports whether a person may have written it: then it is held against the memory.
func personal(c policy.Classification) bool {
	return c.Class == policy.ClassHuman || c.Class == policy.ClassCalendarReply || c.Class == policy.ClassAutoReply && c.Grade == policy.GradeC
}

// classify ends the reading of an outbound message.
func (x *Examination) classify() {
	defer x.recovered()
	r := x.reply.Result()
	x.f.Class = policy.Classification{Class: r.Class, Grade: r.Grade}
	for _, s := range r.Signals {
		x.f.Class.Signals = append(x.f.Class.Signals, policy.Signal{Name: string(s.Name), Evidence: s.Evidence})
	}
	x.lookups.Wait()
	if personal(x.f.Class) {
		x.f.Memory = x.recalled
		x.f.Memory.Acknowledged = acknowledged(x.m.Header, x.recalled.Token)
	}
}

// acknowledged reports whether a Subject carries the token.
func acknowledged(h policy.Header, token string) bool {
	if token == "" {
		return false
	}
	for _, f := range mail.Index(h, "Subject") {
		if strings.Contains(strings.ToLower(mail.DecodeWords(f.Value)), strings.ToLower(token)) {
			return true
		}
	}
	return false
}

// conversation reads which other messages m belongs to, and where an answer to it could go.
func conversation(m *policy.Message, authors []policy.Author) policy.Conversation {
	r := autoreply.Read(m.Header)
	c := policy.Conversation{Kind: r.Kind, ID: string(r.ID), Thread: r.ThreadIndex}
	for _, ids := range [][]autoreply.MessageID{r.InReplyTo, r.References, {r.Parent}} {
		for _, id := range ids {
			if id != "" {
				c.Ancestors = append(c.Ancestors, string(id))
			}
		}
	}
	c.Contacts = add(c.Contacts, m.Sender)
	for _, a := range authorAddresses(authors) {
		c.Contacts = add(c.Contacts, a)
	}
	for _, name := range []string{"Reply-To", "Sender"} {
		for _, f := range mail.Index(m.Header, name) {
			read := mail.Authors(policy.Header{{Name: "From", Value: f.Value}}, maxContacts)
			for _, a := range authorAddresses(read.Authors) {
				c.Contacts = add(c.Contacts, a)
			}
		}
	}
	return c
}

// authorAddresses returns the addresses an answer could go to: not those that are only shown.
func authorAddresses(authors []policy.Author) []policy.Address {
	var out []policy.Address
	for _, a := range authors {
		if a.Source != policy.SourceDisplay {
			out = append(out, a.Address)
		}
	}
	return out
}

// add adds a, unless it has no domain, is there already or there are maxContacts.
func add(all []policy.Address, a policy.Address) []policy.Address {
	if a.Domain == "" || len(all) >= maxContacts {
		return all
	}
	for _, x := range all {
		if x.Domain == a.Domain && strings.EqualFold(x.Local, a.Local) {
			return all
		}
	}
	return append(all, a)
}
