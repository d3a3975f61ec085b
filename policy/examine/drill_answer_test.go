package examine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

const (
	oof = "From: hanako@gw.test\nAuto-Submitted: auto-replied\nSubject: away\n\nx\n"
	dsn = "From: MAILER-DAEMON@gw.test\nAuto-Submitted: auto-replied\nSubject: failed\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; gw.test\n\n--b--\n"
	mdn = "From: hanako@gw.test\nSubject: Read: notice\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n" +
		"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; hanako@gw.test\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n"
	weak   = "From: hanako@gw.test\nSubject: away\nX-Auto-Response-Suppress: DR\nAuto-Submitted: auto-generated\nIn-Reply-To: <x@drill.test>\n\nx\n"
	person = "From: hanako@gw.test\nSubject: Re: notice\nIn-Reply-To: <lure-1@drill.test>\n\nwho are you?\n"
)

// What comes of an answer to a sender of the round. A notice of absence is stopped and counted, a delivery report passes and is not.
func TestDrillAnswers(t *testing.T) {
	bounce, reply := "bounce@drill.test", "R1@reply.drill.test"
	for _, tt := range []struct {
		name, sender, to, mail string
		change                 func(*policy.Policy)
		want                   policy.Outcome
		event                  string
	}{
		{"notice of absence", "", bounce, oof, nil, policy.OutcomeDiscarded, "auto_reply_stopped hanako@gw.test machine"},
		{"with a sender", "hanako", bounce, oof, nil, policy.OutcomeDiscarded, "auto_reply_stopped hanako@gw.test machine"},
		{"observed only", "", bounce, oof, func(p *policy.Policy) { p.AutoReply.Mode = policy.ModeObserve }, policy.OutcomeAccepted, "auto_replied hanako@gw.test machine"},
		{"rule off", "", bounce, oof, func(p *policy.Policy) { p.AutoReply.Mode = policy.ModeOff }, policy.OutcomeAccepted, "auto_replied hanako@gw.test machine"},
		{"exempt recipient", "", bounce, oof, func(p *policy.Policy) {
			p.AutoReply.Exempt = []policy.ReplyExemption{{Name: "x", Recipients: []policy.Domain{"drill.test"}}}
		}, policy.OutcomeAccepted, "auto_replied hanako@gw.test machine"},
		{"perhaps automatic", "hanako", bounce, weak, nil, policy.OutcomeAccepted, "auto_replied hanako@gw.test uncertain"},
		{"delivery report", "", bounce, dsn, nil, policy.OutcomeAccepted, ""},
		{"receipt stopped", "", bounce, mdn, nil, policy.OutcomeDiscarded, ""},
		{"receipt sent", "", bounce, mdn, func(p *policy.Policy) { p.AutoReply.MDN = false }, policy.OutcomeAccepted, "receipt hanako@gw.test human"},
		{"answer of a person", "hanako", reply, person, nil, policy.OutcomeAccepted, "replied hanako@gw.test human"},
		{"to another address", "hanako", "x@other.test", strings.Replace(person, "lure-1", "other", 1), nil, policy.OutcomeAccepted, ""},
		{"after the tail", "hanako", reply, person, func(p *policy.Policy) { p.Drills[0].Rounds[0].Window.Until = drillStart().Add(-policy.DrillTail) },
			policy.OutcomeAccepted, ""},
		{"in the tail", "hanako", reply, person, func(p *policy.Policy) {
			p.Drills[0].Rounds[0].Window.Until = drillStart().Add(time.Second - policy.DrillTail)
			p.Drills[0].Rounds[0].Window.From = p.Drills[0].Rounds[0].Window.Until.Add(-time.Hour)
		}, policy.OutcomeAccepted, "replied hanako@gw.test human"},
		{"before the window", "hanako", reply, person, func(p *policy.Policy) { p.Drills[0].Rounds[0].Window.From = drillStart().Add(time.Second) },
			policy.OutcomeAccepted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKept()
			e, _ := exercise(k)
			if tt.change != nil {
				tt.change(e.Policy())
			}
			r, err := e.Message(staff(tt.sender, tt.to), []byte(tt.mail))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(k.events(), ", "); r.Outcome != tt.want || got != tt.event {
				t.Errorf("%s, %q; want %s, %q: %+v", r.Outcome, got, tt.want, tt.event, r.Facts.Class)
			}
		})
	}
}

// A reply that the guard refuses was written all the same.
func TestDrillReplyRefused(t *testing.T) {
	k := newKept()
	e, _ := exercise(k)
	e.Policy().ReplyGuard.Mode = policy.ModeEnforce
	e.Memory = &remembered{answer: policy.Recollection{Found: []policy.Recalled{{Key: policy.RecallMessageID},
		{Key: policy.RecallPair, Outside: policy.Address{Local: "r1", Domain: "reply.drill.test"}}}}}
	r, err := e.Message(staff("hanako", "r1@reply.drill.test"), []byte(person))
	if err != nil || r.Effect.Action != policy.ActionReject || !slices.Equal(k.events(), []string{"replied hanako@gw.test human"}) {
		t.Errorf("%s, %v, %v", r.Effect.Action, k.events(), err)
	}
}

// The mail flows when the ledger is away, and when there is none.
func TestDrillLedgerAway(t *testing.T) {
	token := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))
	k := newKept()
	k.away = true
	e, _ := exercise(k)
	for range 2 {
		r, err := e.Message(from("198.51.100.10", "bounce@drill.test"), lure(t, "drill.test", token))
		if err != nil || r.Effect.Action != policy.ActionAccept || len(r.Decision.Drill) != 1 {
			t.Errorf("%s, %+v, %v", r.Effect.Action, r.Decision.Drill, err)
		}
		if r, err = e.Message(staff("hanako", "r1@reply.drill.test"), []byte(person)); err != nil || r.Effect.Action != policy.ActionAccept {
			t.Errorf("%s, %v", r.Effect.Action, err)
		}
		e.Ledger = nil
	}
}

// BenchmarkWatched is what an answer of staff to somebody else costs while a drill can be answered, beside what it costs without.
func BenchmarkWatched(b *testing.B) {
	for _, drills := range []int{0, 1} {
		b.Run(fmt.Sprint(drills), func(b *testing.B) {
			e, _ := exercise(newKept())
			e.Policy().Drills = e.Policy().Drills[:drills]
			raw := []byte(strings.Replace(person, "lure-1", "other", 1))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Message(staff("hanako", "x@other.test"), raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
