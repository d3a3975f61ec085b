package examine

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

// remembered answers every question with the same, and notes it.
type remembered struct {
	answer policy.Recollection
	asked  []policy.RecallQuery
	knows  policy.Acquaintance
	met    []policy.ContactQuery
}

func (r *remembered) Recall(_ context.Context, q policy.RecallQuery) policy.Recollection {
	r.asked = append(r.asked, q)
	a := r.answer
	a.Asked = true
	return a
}

func (r *remembered) Acquaintance(_ context.Context, q policy.ContactQuery) policy.Acquaintance {
	r.met = append(r.met, q)
	k := r.knows
	k.Asked = true
	return k
}

// guarded returns an examiner whose outbound rules enforce.
func guarded(r *remembered) *Examiner {
	e := examiner(world())
	e.Policy().AutoReply.Mode, e.Policy().ReplyGuard.Mode = policy.ModeEnforce, policy.ModeEnforce
	if r != nil {
		e.Memory = r
	}
	return e
}

// outgoing is a message from inside to one inside and one outside recipient.
func outgoing() *policy.Message {
	m := from("192.0.2.7", "taro@gw.test")
	m.Recipients = append(m.Recipients, policy.Recipient{Arg: "<X@attacker.test>", Address: policy.Address{Local: "X", Domain: "attacker.test"}})
	return m
}

const reply = "From: Taro <taro@gw.test>\nTo: x@attacker.test\nSubject: Re: budget\nIn-Reply-To: <1@attacker.test>\n" +
	"References: <0@attacker.test> <1@attacker.test>\n\nwho are you?\n"

var known = policy.Recollection{Token: "sekimori-0123456789", Found: []policy.Recalled{{Key: policy.RecallMessageID},
	{Key: policy.RecallPair, Outside: policy.Address{Local: "x", Domain: "attacker.test"}}}}

func TestAutoReplyIsTrimmed(t *testing.T) {
	r, err := guarded(&remembered{}).Message(outgoing(), []byte("From: taro@gw.test\nAuto-Submitted: auto-replied\nSubject: away\n\nx\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != policy.OutcomeTrimmed || !slices.Equal(r.Effect.Recipients, []string{"<X@attacker.test>"}) {
		t.Errorf("%s, removes %q", r.Outcome, r.Effect.Recipients)
	}
	if r.Facts.Class.Class != policy.ClassAutoReply || r.Facts.Class.Grade != policy.GradeA || len(r.Facts.Class.Signals) == 0 || r.Facts.Memory.Asked {
		t.Errorf("%+v, memory %+v", r.Facts.Class, r.Facts.Memory)
	}
}

// A report may be recognised by its body alone.
func TestReportIsNotTouched(t *testing.T) {
	r, err := guarded(&remembered{}).Message(outgoing(), []byte("From: MAILER-DAEMON@gw.test\nAuto-Submitted: auto-replied\n"+
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; gw.test\n\n--b--\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != policy.OutcomeAccepted || r.Facts.Class.Class != policy.ClassDSN {
		t.Errorf("%s, %+v", r.Outcome, r.Facts.Class)
	}
}

func TestReplyIsRefused(t *testing.T) {
	mem := &remembered{answer: known}
	r, err := guarded(mem).Message(outgoing(), []byte(reply))
	if err != nil {
		t.Fatal(err)
	}
	if r.Effect.Action != policy.ActionReject || !strings.Contains(r.Effect.Text, known.Token) {
		t.Errorf("%s %q", r.Effect.Action, r.Effect.Text)
	}
	q := mem.asked[0]
	if len(mem.asked) != 1 || !slices.Equal(q.Senders, []policy.Address{{Local: "taro", Domain: "gw.test"}}) ||
		!slices.Equal(q.Outside, []policy.Address{{Local: "X", Domain: "attacker.test"}}) || !slices.Contains(q.MessageIDs, "0@attacker.test") {
		t.Errorf("asked %+v", mem.asked)
	}
}

func TestAcknowledged(t *testing.T) {
	for name, subject := range map[string]string{
		"plain":   "Re: budget sekimori-0123456789",
		"encoded": "=?UTF-8?B?UmU6IOS6iOeulyBTRUtJTU9SSS0wMTIzNDU2Nzg5?=",
	} {
		t.Run(name, func(t *testing.T) {
			mail := strings.Replace(reply, "Re: budget", subject, 1)
			r, err := guarded(&remembered{answer: known}).Message(outgoing(), []byte(mail))
			if err != nil || r.Effect.Action != policy.ActionAccept || !r.Facts.Memory.Acknowledged {
				t.Errorf("%s, %+v, %v", r.Effect.Action, r.Facts.Memory, err)
			}
		})
	}
	other := strings.Replace(reply, "Re: budget", "Re: budget sekimori-0000000000", 1)
	if r, _ := guarded(&remembered{answer: known}).Message(outgoing(), []byte(other)); r.Effect.Action != policy.ActionReject {
		t.Errorf("another token passes: %s", r.Effect.Action)
	}
}

func TestWithoutMemory(t *testing.T) {
	r, err := guarded(nil).Message(outgoing(), []byte(reply))
	if err != nil || r.Effect.Action != policy.ActionAccept || !r.Facts.Memory.Failed {
		t.Errorf("%s, %+v, %v", r.Effect.Action, r.Facts.Memory, err)
	}
}

func TestInternalMailAsksNothing(t *testing.T) {
	mem := &remembered{answer: known}
	m := outgoing()
	m.Recipients = m.Recipients[:1]
	if r, err := guarded(mem).Message(m, []byte(reply)); err != nil || len(mem.asked) != 0 || r.Facts.Class.Class != "" {
		t.Errorf("asked %v, %+v, %v", mem.asked, r.Facts.Class, err)
	}
}

// What is remembered of a flagged message names everyone to whom an answer could go.
func TestFlaggedContacts(t *testing.T) {
	e := guarded(&remembered{})
	e.Policy().Spoof.Table[policy.ClaimDisplay][policy.CellFound] = policy.ActionTag
	r, err := e.Message(from("203.0.113.9", "x@attacker.test"), []byte("From: \"taro@mof.go.jp\" <x@attacker.test>\nSender: s@attacker.test\n"+
		"Reply-To: Y <y@other.test>\nMessage-ID: <1@ATTACKER.test>\nSubject: x\n\nbody\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := r.Decision.Remember
	if f == nil || f.MessageID != "1@attacker.test" {
		t.Fatalf("%s remembers %+v", r.Outcome, f)
	}
	var who []string
	for _, a := range f.Addresses {
		who = append(who, a.String())
	}
	if want := []string{"x@attacker.test", "y@other.test", "s@attacker.test"}; !slices.Equal(who, want) {
		t.Errorf("remembers %q, want %q", who, want)
	}
}
