package examine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// kept is a ledger in memory: each person once for an event, as the real one has it.
type kept struct {
	records map[string]policy.DrillRecord
	ids     map[string]int // Message-ID: round
	before  int            // accepted by other gateways
	asked   []bool         // one for each question about ids: was it to be sure
	away    bool
}

func newKept() *kept { return &kept{records: map[string]policy.DrillRecord{}, ids: map[string]int{}} }

func (k *kept) Accepted(context.Context, string, int) int {
	n := k.before
	for _, r := range k.records {
		if r.Event == policy.DrillAccepted {
			n++
		}
	}
	return n
}

func (k *kept) Sent(_ context.Context, _ string, ids []string, surely bool) int {
	k.asked = append(k.asked, surely)
	for _, id := range ids {
		if n := k.ids[id]; n > 0 {
			return n
		}
	}
	return 0
}

func (k *kept) Record(_ context.Context, records []policy.DrillRecord) {
	if k.away {
		return
	}
	for _, r := range records {
		k.records[fmt.Sprint(r.Drill, r.Round, r.Event, r.Person, r.Class)] = r
		if r.MessageID != "" {
			k.ids[r.MessageID] = r.Round
		}
	}
}

// events are what is in the ledger, as "event person class", in order.
func (k *kept) events() (all []string) {
	for _, r := range k.records {
		all = append(all, fmt.Sprintf("%s %s %s", r.Event, r.Person, r.Class))
	}
	slices.Sort(all)
	return all
}

func drillStart() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) }

func drillKey() drill.Key {
	return drill.Key{ID: "k", Secret: bytes.Repeat([]byte("k"), drill.MinSecret)}
}

// exercise is a drill with one round whose mail claims to come from a ministry, and the gateway of those who get it.
func exercise(k *kept) (*Examiner, *policy.Drill) {
	w := world()
	w.txt["drill.test"] = []string{"v=spf1 ip4:198.51.100.10 ip4:198.51.100.99 -all"}
	private := drillSigner()
	w.txt["k._domainkey.drill.test"] = []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))}
	e := examiner(w)
	e.Ledger = k
	p := e.Policy()
	p.AutoReply.Mode = policy.ModeEnforce
	p.Organisations = []policy.Organisation{{Name: "gw", Domains: p.Inside.Domains}}
	p.Drills = []policy.Drill{{Name: "d", Reports: []policy.Address{{Local: "csirt", Domain: "gw.test"}}, Rounds: []policy.Round{{
		Number: 1, Kind: policy.DrillLink, Mode: policy.DrillExempt, Window: policy.Window{From: drillStart().Add(-time.Hour), Until: drillStart().Add(time.Hour)},
		Senders: []policy.DrillSender{{Local: "bounce", Domain: "drill.test"}, {Domain: "reply.drill.test"}}, LinkHosts: []policy.Domain{"www.drill.test"},
		Recognition: policy.Recognition{Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.10/32")}, MailFrom: []policy.Domain{"drill.test"},
			DKIM: []policy.Domain{"drill.test"}, Keys: []policy.TokenKey{drillKey()}, MaxRecipients: 10, Remove: []string{"X-Gophish-Contact"}},
	}}}}
	return e, &p.Drills[0]
}

func drillSigner() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte("s"), ed25519.SeedSize))
}

func drillToken(t testing.TB, k drill.Key, round int, until time.Time) string {
	t.Helper()
	token, err := drill.MakeToken(k, "d", round, until, "drill.test")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// lure is the mail of the round, signed by a domain, with some fields.
func lure(t testing.TB, signer string, fields ...string) []byte {
	t.Helper()
	plain := strings.Join(append(fields, "From: Soumu <soumu@mof.go.jp>", "Reply-To: r1@reply.drill.test", "To: hanako@gw.test", "Subject: notice",
		"Message-ID: <lure-1@Drill.test>", "X-Gophish-Contact: x", "", "see http://www.drill.test/?rid=1", ""), "\r\n")
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(plain), &dkim.SignOptions{Domain: signer, Selector: "k", Signer: drillSigner()}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDrillRecognition(t *testing.T) {
	token := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))
	forged := "X-Sekimori-Drill: " + drillToken(t, drill.Key{ID: "k", Secret: bytes.Repeat([]byte("x"), drill.MinSecret)}, 1, drillStart().Add(time.Hour))
	expired := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(-time.Second))
	good := lure(t, "drill.test", token)
	for _, tt := range []struct {
		name   string
		mail   []byte
		change func(*policy.Message, *Examiner, *kept)
		want   []drill.Reason
	}{
		{"all holds", good, nil, nil},
		{"the last recipient", good, func(_ *policy.Message, _ *Examiner, k *kept) { k.before = 9 }, nil},
		{"one recipient more", good, func(_ *policy.Message, _ *Examiner, k *kept) { k.before = 10 }, []drill.Reason{drill.ReasonRecipients}},
		{"a client that may send for the domain", good, func(m *policy.Message, _ *Examiner, _ *kept) { m.Client.Addr = netip.MustParseAddr("198.51.100.99") },
			[]drill.Reason{drill.ReasonNetwork}},
		{"another MAIL FROM", good, func(m *policy.Message, _ *Examiner, _ *kept) { m.Sender.Domain = "attacker.test" },
			[]drill.Reason{drill.ReasonMailFrom, drill.ReasonToken}},
		{"not signed", lure(t, "other.test", token), nil, []drill.Reason{drill.ReasonDKIM}},
		{"changed on its way", bytes.Replace(good, []byte("rid=1"), []byte("rid=2"), 1), nil, []drill.Reason{drill.ReasonDKIM}},
		{"no token", lure(t, "drill.test"), nil, []drill.Reason{drill.ReasonNoToken}},
		{"two tokens", lure(t, "drill.test", token, token), nil, []drill.Reason{drill.ReasonSeveralTokens}},
		{"forged token", lure(t, "drill.test", forged), nil, []drill.Reason{drill.ReasonToken}},
		{"expired token", lure(t, "drill.test", expired), nil, []drill.Reason{drill.ReasonExpired}},
		{"before the window", good, func(_ *policy.Message, e *Examiner, _ *kept) { at(e, drillStart().Add(-2*time.Hour)) }, []drill.Reason{drill.ReasonWindow}},
		{"after the window", good, func(_ *policy.Message, e *Examiner, _ *kept) { at(e, drillStart().Add(time.Hour)) }, []drill.Reason{drill.ReasonWindow}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKept()
			e, _ := exercise(k)
			m := from("198.51.100.10", "bounce@drill.test")
			if tt.change != nil {
				tt.change(m, e, k)
			}
			r, err := e.Message(m, tt.mail)
			if err != nil {
				t.Fatal(err)
			}
			checkRecognition(t, r, k, tt.want)
		})
	}
}

func at(e *Examiner, t time.Time) { e.Now = func() time.Time { return t } }

// checkRecognition: recognised mail goes past the rule that would refuse it, loses its marks and is in the ledger with what it would
// have met; any other meets the rule, and each reason is a finding.
func checkRecognition(t *testing.T, r *policy.Record, k *kept, want []drill.Reason) {
	t.Helper()
	var got []drill.Reason
	for _, v := range r.Decision.Verdicts {
		for _, f := range v.Findings {
			if name, ok := strings.CutPrefix(f.Name, "drill_"); ok && f.Name != policy.FindingDrillRecognised {
				got = append(got, drill.Reason(name))
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("reasons %v, want %v: %+v", got, want, r.Facts.DKIM)
	}
	if len(want) > 0 {
		if r.Effect.Action != policy.ActionReject || len(k.records) != 0 {
			t.Errorf("%s, in the ledger: %v", r.Effect.Action, k.events())
		}
		return
	}
	removed := map[string]bool{}
	for _, ref := range r.Effect.Remove {
		removed[ref.Name] = true
	}
	if r.Effect.Action != policy.ActionAccept || !removed["X-Sekimori-Drill"] || !removed["X-Gophish-Contact"] {
		t.Errorf("%s, removes %v", r.Effect.Action, r.Effect.Remove)
	}
	if got := k.events(); !slices.Equal(got, []string{"accepted hanako@gw.test human"}) {
		t.Fatalf("in the ledger: %v", got)
	}
	for _, x := range k.records {
		if x.Verdict != policy.ActionReject || x.Organisation != "gw" || x.MessageID != "lure-1@drill.test" || !x.At.Equal(drillStart()) {
			t.Errorf("in the ledger: %+v", x)
		}
	}
}

// A signature behind whose end anything can be appended (RFC 6376, 8.2) proves no drill, nor does one that fails.
func TestDrillSignatures(t *testing.T) {
	for _, tt := range []struct {
		key  policy.DKIM
		want bool
	}{
		{policy.DKIM{Result: policy.ResultPass, Domain: "drill.test"}, true},
		{policy.DKIM{Result: policy.ResultPass, Domain: "drill.test", Partial: true}, false},
		{policy.DKIM{Result: policy.ResultFail, Domain: "drill.test"}, false},
		{policy.DKIM{Result: policy.ResultPass, Domain: "mail.drill.test"}, false},
	} {
		e, _ := exercise(newKept())
		m := from("198.51.100.10", "bounce@drill.test")
		x := e.Begin(m)
		m.Header = policy.Header{{Name: "X-Sekimori-Drill", Value: " " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))}}
		x.f.DKIM = []policy.DKIM{{Result: policy.ResultNone}, tt.key}
		x.recognise()
		if x.f.Drill.Recognised != tt.want {
			t.Errorf("%+v: %+v", tt.key, x.f.Drill)
		}
		x.spf.Wait()
		x.Abort()
	}
}

// What becomes of recognised mail in each mode, and what is in the ledger then.
func TestDrillModes(t *testing.T) {
	token := "X-Sekimori-Drill: " + drillToken(t, drillKey(), 1, drillStart().Add(time.Hour))
	for mode, want := range map[policy.DrillMode]policy.Action{
		policy.DrillExempt: policy.ActionAccept, policy.DrillEnforce: policy.ActionReject, policy.DrillObserve: policy.ActionReject,
	} {
		k := newKept()
		e, d := exercise(k)
		d.Rounds[0].Mode = mode
		r, err := e.Message(from("198.51.100.10", "bounce@drill.test"), lure(t, "drill.test", token))
		if err != nil || r.Effect.Action != want || len(k.records) != map[policy.Action]int{policy.ActionAccept: 1}[want] {
			t.Errorf("%s: %s, %v, in the ledger %v", mode, r.Effect.Action, err, k.events())
		}
	}
}

// An early answer waits for the token where the round is exempt, and only there.
func TestDrillEarly(t *testing.T) {
	answer := func(client string, when time.Time) policy.Action {
		e, d := exercise(newKept())
		e.Policy().Spoof.Early = true
		d.Rounds[0].Recognition.MailFrom = []policy.Domain{"mof.go.jp"} // whose SPF record fails the client
		at(e, when)
		x := e.Begin(from(client, "x@mof.go.jp"))
		defer x.Abort()
		return x.Recipient(policy.Recipient{Arg: "<hanako@gw.test>", Address: policy.Address{Local: "hanako", Domain: "gw.test"}}).Action
	}
	if got := answer("198.51.100.10", drillStart()); got != policy.ActionAccept {
		t.Errorf("the drill is answered early: %s", got)
	}
	if got := answer("198.51.100.11", drillStart()); got != policy.ActionReject {
		t.Errorf("anybody else: %s", got)
	}
	if got := answer("198.51.100.10", drillStart().Add(time.Hour+policy.DrillTail)); got != policy.ActionReject {
		t.Errorf("after the drill: %s", got)
	}
}

// staff is mail of hanako to some addresses.
func staff(sender string, to ...string) *policy.Message {
	m := from("192.0.2.7", "hanako@gw.test")
	if sender == "" {
		m.Sender = policy.Address{}
	}
	m.Recipients = nil
	for _, a := range to {
		local, d, _ := strings.Cut(a, "@")
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: "<" + a + ">", Address: policy.Address{Local: local, Domain: policy.Domain(d)}})
	}
	return m
}

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

// reports are ways of sending the round's mail on. The token is gone from what staff have.
func reports() map[string]string {
	attached := func(inner string) string {
		return "From: hanako@gw.test\nSubject: strange mail\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nplease look\n--b\n" +
			"Content-Type: message/rfc822\n\n" + inner + "\n\nhello\n--b--\n"
	}
	const inner = "From: Soumu <soumu@mof.go.jp>\nMessage-ID: <lure-1@DRILL.test>\nSubject: notice"
	return map[string]string{
		"attached, by Message-ID": attached(inner),
		"attached, by sender":     attached("From: x@reply.drill.test\nSubject: notice"),
		"attached, by link":       strings.Replace(attached("From: x@x.test"), "hello", "http://www.drill.test/?rid=1", 1),
		"inline, by link":         "From: hanako@gw.test\nSubject: Fw: notice\n\n> see http://www.drill.test/?rid=1\n",
		"inline, by sender":       "From: hanako@gw.test\nSubject: Fw: notice\n\n差出人: 総務 <R1@Reply.Drill.test>\n",
		"inline, by Message-ID":   "From: hanako@gw.test\nSubject: Fw: notice\n\n> Message-ID:\n>  <lure-1@drill.test>\n> Subject: x\n",
		"inline and attached":     strings.Replace(attached(inner), "please look", "see http://www.drill.test/", 1),
		"by reference":            "From: hanako@gw.test\nSubject: notice\nReferences: <lure-1@drill.test>\n\nis this one?\n",
	}
}

// A report counts once, however it is made; so does passing the mail on.
func TestDrillReports(t *testing.T) {
	for _, tt := range []struct {
		to    string
		event string
	}{
		{"csirt@gw.test", "reported hanako@gw.test human"},
		{"saburo@gw.test", "forwarded hanako@gw.test human"},
		{"friend@other.test", "forwarded hanako@gw.test human"},
		{"hanako@gw.test", ""}, // to oneself
	} {
		k := newKept()
		k.ids["lure-1@drill.test"] = 1
		e, _ := exercise(k)
		for name, mail := range reports() {
			before := len(k.records)
			r, err := e.Message(staff("hanako", tt.to), []byte(mail))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Decision.Drill) == 0 != (tt.event == "") {
				t.Errorf("to %s, %s: %+v", tt.to, name, r.Decision.Drill)
			}
			if before > 0 && len(k.records) != before {
				t.Errorf("to %s, %s: counted again: %v", tt.to, name, k.events())
			}
			if r.Facts.Class.Class != "" && r.Decision.Direction == policy.Internal {
				t.Errorf("to %s, %s: internal mail has the class %s", tt.to, name, r.Facts.Class.Class)
			}
		}
		if got := strings.Join(k.events(), ", "); got != tt.event {
			t.Errorf("to %s: %q, want %q", tt.to, got, tt.event)
		}
	}
}

// One mail can do several things.
func TestDrillSeveral(t *testing.T) {
	k := newKept()
	e, _ := exercise(k)
	mail := "From: hanako@gw.test\nSubject: Re: notice\nIn-Reply-To: <lure-1@drill.test>\n\nx\n"
	k.ids["lure-1@drill.test"] = 1
	if _, err := e.Message(staff("hanako", "r1@reply.drill.test", "csirt@gw.test", "saburo@gw.test"), []byte(mail)); err != nil {
		t.Fatal(err)
	}
	want := []string{"forwarded hanako@gw.test human", "replied hanako@gw.test human", "reported hanako@gw.test human"}
	if got := k.events(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !slices.Equal(k.asked, []bool{true}) {
		t.Errorf("asked %v: once, and to be sure", k.asked)
	}
}

// What has nothing of the drill in it is counted nowhere, and costs little.
func TestDrillCost(t *testing.T) {
	for _, tt := range []struct {
		name, to, mail string
		body           bool // is read
		asked          []bool
		class          policy.MailClass // that decides that nothing was handed on
	}{
		{"new mail", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\n\nx\n", false, nil, ""},
		{"HTML", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\nContent-Type: multipart/alternative; boundary=b\n\nx\n", false, nil, ""},
		{"answer", "saburo@gw.test", "From: hanako@gw.test\nSubject: Re: x\nIn-Reply-To: <1@x>\n\nx\n", false, []bool{false}, ""},
		{"forward", "saburo@gw.test", "From: hanako@gw.test\nSubject: Fw: x\n\nx\n", true, nil, ""},
		{"attachment", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\nContent-Type: Multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n", true, nil, ""},
		{"to CSIRT", "csirt@gw.test", "From: hanako@gw.test\nSubject: x\nIn-Reply-To: <1@x>\n\nx\n", true, []bool{true}, ""},
		{"delivery report to CSIRT", "csirt@gw.test", strings.Replace(dsn, "--b--", "--b\n\nhttp://www.drill.test\n--b--", 1), true, nil, policy.ClassDSN},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKept()
			e, _ := exercise(k)
			e.Policy().AutoReply.Mode = policy.ModeOff
			m := staff("hanako", tt.to)
			head, body, _ := strings.Cut(tt.mail, "\n\n")
			for line := range strings.Lines(head) {
				name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
				m.Header = append(m.Header, policy.Field{Name: name, Value: value})
			}
			x := e.Begin(m)
			if wants := x.Header(); wants != tt.body {
				t.Errorf("wants the body: %v", wants)
			} else if wants {
				x.Body([]byte(body))
			}
			r := x.End()
			if len(r.Decision.Drill) != 0 || !slices.Equal(k.asked, tt.asked) {
				t.Errorf("%+v, asked %v", r.Decision.Drill, k.asked)
			}
		})
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
