package examine

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/autoreply"
	"sekimori/policy/drill"
	"sekimori/policy/drill/evidence"
	"sekimori/policy/mail"
)

// Ledger is what is kept of drills. Every call answers within its own short time.
type Ledger interface {
	// Accepted returns for how many persons mail of a round was accepted so far.
	Accepted(ctx context.Context, drill string, round int) int
	// Sent returns the round of a drill whose mail has one of these Message-IDs, 0 when none is known. Surely asks for what
	// is known for certain, which may take longer.
	Sent(ctx context.Context, drill string, ids []string, surely bool) int
	// Record keeps what a message is for the ledger. It returns when that is kept, or cannot be: then the mail flows all the same.
	Record(ctx context.Context, records []policy.DrillRecord)
}

// openDrills calls f for every round whose mail can still be answered.
func (x *Examination) openDrills(f func(d *policy.Drill, r *policy.Round)) {
	for i := range x.p.Drills {
		d := &x.p.Drills[i]
		for j := range d.Rounds {
			if r := &d.Rounds[j]; !x.f.At.Before(r.Window.From) && x.f.At.Before(r.Window.Until.Add(policy.DrillTail)) {
				f(d, r)
			}
		}
	}
}

// awaitsToken reports whether an early answer must wait: the mail may be a round's, which its header will show.
func (x *Examination) awaitsToken() (awaits bool) {
	x.openDrills(func(_ *policy.Drill, r *policy.Round) {
		q := &r.Recognition
		awaits = awaits || r.Mode == policy.DrillExempt && slices.Contains(q.MailFrom, x.m.Sender.Domain) &&
			slices.ContainsFunc(q.Networks, func(n netip.Prefix) bool { return n.Contains(x.m.Client.Addr) })
	})
	return awaits
}

// drill finds out what the message has to do with a drill, once everything else is known.
func (x *Examination) drill() {
	defer x.recovered()
	switch {
	case len(x.p.Drills) == 0:
	case x.inbound:
		x.recognise()
	case x.watched:
		x.touches()
		if x.p.Direction(x.m) == policy.Internal {
			x.f.Class = policy.Classification{} // a fact of outbound mail; counters and log say so
		}
	}
}

// recognise says whether an inbound message is the mail of a round. The client is that of the MTA: behind a relay that is the
// relay, which is why a round must never name one of those in its networks.
func (x *Examination) recognise() {
	o := drill.Observation{At: x.f.At, Client: x.m.Client.Addr, MailFrom: x.m.Sender.Domain, Header: x.m.Header, Recipients: len(x.m.Recipients)}
	for i := range x.f.DKIM {
		if k := &x.f.DKIM[i]; k.Result == policy.ResultPass && !k.Partial {
			o.DKIM = append(o.DKIM, k.Domain)
		}
	}
	var already func(string, int) int
	if x.e.Ledger != nil {
		already = func(name string, round int) int { return x.e.Ledger.Accepted(x.ctx, name, round) }
	}
	m := drill.Recognise(x.p.Drills, o, already)
	if m.Round == nil {
		return
	}
	x.f.Drill = policy.DrillFacts{Drill: m.Drill.Name, Round: m.Round.Number, Mode: m.Round.Mode, Recognised: m.Recognised()}
	for _, r := range m.Reasons {
		x.f.Drill.Reasons = append(x.f.Drill.Reasons, string(r))
	}
	if m.Recognised() {
		x.f.Drill.Remove = drill.RemoveFrom(m.Round, x.m.Header)
	}
	if x.f.Conversation.Kind == "" {
		x.f.Conversation = conversation(x.m, x.f.Authors)
	}
}

// watch begins to look at what somebody inside sends while a drill can be answered; wants is whether the body is wanted already.
// Most mail costs no more than a look at its recipients and its header: the body is read of an answer to a round's sender as far
// as its class needs that, and whole only of mail that goes to those who collect reports, is a forward or has attachments.
func (x *Examination) watch(wants bool) bool {
	if len(x.p.Drills) == 0 {
		return wants
	}
	toSender, toReports := false, false
	x.openDrills(func(d *policy.Drill, r *policy.Round) {
		x.watched = true
		for _, to := range x.m.Recipients {
			toSender = toSender || r.SentBy(to.Address)
			toReports = toReports || reportsTo(d, to.Address)
		}
	})
	if !x.watched {
		return wants
	}
	if x.f.FromFields == 0 && len(x.f.Authors) == 0 {
		a := mail.Authors(x.m.Header, x.p.Limits.Authors)
		x.f.Authors, x.f.FromFields, x.f.FromProblem = a.Authors, a.Fields, a.Problem
	}
	if x.f.Conversation.Kind == "" {
		x.f.Conversation = conversation(x.m, x.f.Authors)
	}
	holds := toReports || x.f.Conversation.Kind == policy.KindForward || attaches(x.m.Header)
	if holds {
		x.startBody()
	}
	if holds || toSender || len(x.f.Conversation.Ancestors) > 0 {
		if x.reply == nil {
			x.reply = autoreply.New(x.m)
		}
		x.answers = x.reply.WantsBody()
	}
	return wants || x.answers || x.wantsBody()
}

func reportsTo(d *policy.Drill, a policy.Address) bool {
	return slices.ContainsFunc(d.Reports, func(r policy.Address) bool { return r.Domain == a.Domain && strings.EqualFold(r.Local, a.Local) })
}

// attaches reports whether a header announces parts that are files.
func attaches(h policy.Header) bool {
	for _, f := range mail.Index(h, "Content-Type") {
		t := strings.ToLower(strings.TrimSpace(f.Value))
		if strings.HasPrefix(t, "multipart/") && !strings.HasPrefix(t, "multipart/alternative") || strings.HasPrefix(t, "message/") {
			return true
		}
	}
	return false
}

// touches finds what a person inside, or a program of theirs, did with the mail of a round.
func (x *Examination) touches() {
	who, ok := x.person()
	if !ok {
		return
	}
	var ids []string
	x.openDrills(func(d *policy.Drill, r *policy.Round) {
		touch := func(e policy.DrillEvent, c policy.DrillClass, arg string) {
			t := policy.DrillTouch{Drill: d.Name, Round: r.Number, Event: e, Person: who, Class: c, Recipient: arg}
			if !slices.ContainsFunc(x.f.Drill.Touched, func(h policy.DrillTouch) bool { return h.Event == e && h.Drill == d.Name && h.Round == r.Number }) {
				x.f.Drill.Touched = append(x.f.Drill.Touched, t)
			}
		}
		reported, passed := false, false
		for _, to := range x.m.Recipients {
			switch {
			case r.SentBy(to.Address):
				if e, c := answer(x.f.Class); e != "" {
					touch(e, c, to.Arg)
				}
			case reportsTo(d, to.Address):
				reported = true
			case !same(to.Address, who):
				passed = true
			}
		}
		c, ok := handing(x.f.Class)
		if !reported && !passed || !ok {
			return
		}
		if !evidence.Shows(d.Name, r, x.content) {
			if ids == nil {
				ids = evidence.IDs(x.m.Header, x.content)
			}
			if x.sent(d.Name, ids, reported) != r.Number {
				return
			}
		}
		if reported {
			touch(policy.DrillReported, c, "")
		}
		if passed {
			touch(policy.DrillForwarded, c, "")
		}
	})
}

// sent asks the ledger once for each drill.
func (x *Examination) sent(name string, ids []string, surely bool) int {
	if x.e.Ledger == nil || len(ids) == 0 {
		return 0
	}
	n, asked := x.rounds[name]
	if !asked {
		if x.rounds == nil {
			x.rounds = map[string]int{}
		}
		n = x.e.Ledger.Sent(x.ctx, name, ids, surely)
		x.rounds[name] = n
	}
	return n
}

// person is who sent an outbound or internal message: the envelope's sender, with a null one the only author.
func (x *Examination) person() (policy.Address, bool) {
	a := x.m.Sender
	if a.IsNull() {
		authors := authorAddresses(x.f.Authors)
		if len(authors) != 1 {
			return policy.Address{}, false
		}
		a = authors[0]
	}
	return a, x.p.InsideAddress(a)
}

func same(a, b policy.Address) bool {
	return a.Domain == b.Domain && strings.EqualFold(a.Local, b.Local)
}

// answer says what a message of a class is to the sender of a round, "" for nothing. Reports of delivery say nothing of the person,
// only of the list of recipients.
func answer(c policy.Classification) (policy.DrillEvent, policy.DrillClass) {
	switch c.Class {
	case policy.ClassHuman, policy.ClassCalendarReply:
		return policy.DrillReplied, policy.DrillHuman
	case policy.ClassAutoReply:
		if c.Grade == policy.GradeC { // perhaps a person wrote it
			return policy.DrillAutoReplied, policy.DrillUncertain
		}
		return policy.DrillAutoReplied, policy.DrillMachine
	case policy.ClassMDN:
		return policy.DrillReceipt, policy.DrillHuman
	case policy.ClassDSN, policy.ClassReport, policy.ClassAutoForward, policy.ClassList, policy.ClassNotification:
	}
	return "", ""
}

// handing says who hands a message on that has the mail of a round in it; ok is false for what hands nothing on. A button in a mail
// client reports by what looks like a notification.
func handing(c policy.Classification) (class policy.DrillClass, ok bool) {
	switch c.Class {
	case policy.ClassHuman, policy.ClassNotification:
		return policy.DrillHuman, true
	case policy.ClassAutoForward, policy.ClassList:
		return policy.DrillMachine, true
	case policy.ClassAutoReply:
		return policy.DrillUncertain, c.Grade == policy.GradeC // perhaps a person wrote it
	case policy.ClassMDN, policy.ClassDSN, policy.ClassReport, policy.ClassCalendarReply:
	}
	return "", false
}

// enter keeps what the message is for the ledger, before it gets its answer.
func (x *Examination) enter(records []policy.DrillRecord) {
	defer x.recovered()
	if len(records) > 0 && x.e.Ledger != nil {
		x.e.Ledger.Record(x.ctx, records)
	}
}
