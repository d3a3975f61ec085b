package journal

import (
	"fmt"
	"strings"
	"testing"

	"sekimori/policy"
)

const token = "sekimori-0123456789"

// reply is an out-of-office notice to an inside and to outside recipients, which the store knows something about.
func reply() *policy.Record {
	outside := policy.Address{Local: "jiro", Domain: "attacker.test"}
	m := &policy.Message{QueueID: "4Q2", Sender: policy.Address{Local: "hanako", Domain: "gw.test"}, Recipients: []policy.Recipient{
		{Arg: "<taro@gw.test>", Address: policy.Address{Local: "taro", Domain: "gw.test"}},
		{Arg: "<Jiro@Attacker.TEST>", Address: outside}}}
	f := &policy.Facts{
		Class: policy.Classification{Class: policy.ClassAutoReply, Grade: policy.GradeC, Signals: []policy.Signal{
			{Name: "null_sender"}, {Name: "subject", Evidence: "Re:\r\nx"}}},
		Conversation: policy.Conversation{Kind: policy.KindReply},
		Memory: policy.Recollection{Asked: true, Acknowledged: true, Token: token,
			Found: []policy.Recalled{{Key: policy.RecallMessageID}, {Key: policy.RecallPair, Outside: outside}}},
	}
	v := policy.Verdict{Rule: policy.RuleAutoReply, Mode: policy.ModeEnforce, Action: policy.ActionRemove, Remove: []string{"<Jiro@Attacker.TEST>"},
		Findings: []policy.Finding{{Name: "auto_reply_c", Evidence: "null_sender subject", Action: policy.ActionRemove}}}
	g := policy.Verdict{Rule: policy.RuleReplyGuard, Mode: policy.ModeObserve, Action: policy.ActionReject, Text: "no, " + token,
		Findings: []policy.Finding{{Name: "reply_high", Evidence: "attacker.test", Action: policy.ActionReject}}}
	return &policy.Record{Message: m, Facts: f, Outcome: policy.OutcomeTrimmed, Stage: policy.StageMessage,
		Decision: policy.Decision{Direction: policy.Outbound, Verdicts: []policy.Verdict{v, g}},
		Effect:   policy.Effect{Action: policy.ActionRemove, Text: token, Recipients: v.Remove, Add: []string{"<audit@gw.test>"}}}
}

func TestOutbound(t *testing.T) {
	got := line(t, nil, reply())
	for key, want := range map[string]string{
		"class": "auto_reply", "grade": "C", "signals": "[null_sender subject[Re:\r\nx]]", "outcome": "trimmed", "direction": "outbound",
		"removed_recipients": "[jiro@attacker.test]", "removed_recipient_count": "1", "added_recipients": "1", "remembered": "<nil>",
		"memory":      "map[acknowledged:true found:[message_id pair jiro@attacker.test] kind:reply]",
		"auto_reply":  "map[action:remove mode:enforce reasons:[auto_reply_c[null_sender subject]=remove] recipients:1]",
		"reply_guard": "map[action:reject mode:observe reasons:[reply_high[attacker.test]=reject]]",
	} {
		if fmt.Sprint(got[key]) != want {
			t.Errorf("%s is %v, want %s", key, got[key], want)
		}
	}
}

// Neither the token nor a part of it that would do is in a line.
func TestTokenIsNotWritten(t *testing.T) {
	if all := fmt.Sprint(line(t, nil, reply())); strings.Contains(all, token) || strings.Contains(all, token[9:]) {
		t.Errorf("the token is written: %s", all)
	}
}

func TestHashedOutbound(t *testing.T) {
	got := line(t, []byte("one key"), reply())
	all := fmt.Sprint(got)
	for _, name := range []string{"jiro", "Jiro", "hanako", "taro"} {
		if strings.Contains(all, name) {
			t.Errorf("%s is readable: %s", name, all)
		}
	}
	if off, hit := got["removed_recipients"].([]any)[0].(string), fmt.Sprint(got["memory"]); !strings.Contains(hit, off) {
		t.Errorf("one address has two names: %s and %s", off, hit)
	}
}

// The class of mail that nobody asked about, and of a memory that was not asked or did not answer.
func TestWhatIsNotThere(t *testing.T) {
	got := line(t, nil, record())
	for _, key := range []string{"class", "grade", "signals", "memory", "removed_recipients", "added_recipients", "remembered"} {
		if got[key] != nil {
			t.Errorf("%s is %v", key, got[key])
		}
	}
	r := reply()
	r.Facts.Class = policy.Classification{Class: policy.ClassHuman}
	r.Facts.Memory = policy.Recollection{Asked: true, Failed: true}
	got = line(t, nil, r)
	if got["grade"] != nil || fmt.Sprint(got["memory"]) != "map[failed:true kind:reply]" {
		t.Errorf("%v %v", got["grade"], got["memory"])
	}
}

// A flagged message is remembered once somebody can have read it.
func TestRemembered(t *testing.T) {
	r := record()
	r.Decision.Remember = &policy.Flagged{}
	for _, o := range policy.Outcomes() {
		r.Outcome = o
		want := o == policy.OutcomeAccepted || o == policy.OutcomeTagged || o == policy.OutcomeTrimmed || o == policy.OutcomeQuarantined
		if got := line(t, nil, r)["remembered"]; (got == true) != want {
			t.Errorf("%s: remembered %v", o, got)
		}
	}
}

func TestOutboundLimits(t *testing.T) {
	r := reply()
	for n, want := range map[int]int{MaxSignals: MaxSignals, MaxSignals + 1: MaxSignals} {
		r.Facts.Class.Signals = make([]policy.Signal, n)
		if got := len(line(t, nil, r)["signals"].([]any)); got != want {
			t.Errorf("%d signals: %d shown", n, got)
		}
	}
	for n, want := range map[int]int{MaxRecalled: MaxRecalled, MaxRecalled + 1: MaxRecalled} {
		r.Facts.Memory.Found = make([]policy.Recalled, n)
		if got := len(line(t, nil, r)["memory"].(map[string]any)["found"].([]any)); got != want {
			t.Errorf("%d hits: %d shown", n, got)
		}
	}
	for n, want := range map[int]int{MaxRecipients: MaxRecipients, MaxRecipients + 1: MaxRecipients} {
		r.Message.Recipients, r.Effect.Recipients = nil, nil
		for i := range n {
			arg := fmt.Sprintf("<%d@a.test>", i)
			r.Message.Recipients = append(r.Message.Recipients, policy.Recipient{Arg: arg, Address: policy.Address{Local: fmt.Sprint(i), Domain: "a.test"}})
			r.Effect.Recipients = append(r.Effect.Recipients, arg)
		}
		got := line(t, nil, r)
		if shown := len(got["removed_recipients"].([]any)); shown != want || got["removed_recipient_count"] != float64(n) {
			t.Errorf("%d taken off: %d shown, count %v", n, shown, got["removed_recipient_count"])
		}
	}
}
