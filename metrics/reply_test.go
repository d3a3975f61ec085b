package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
)

// trimmed is an automatic reply with a null sender that loses its outside recipient.
func trimmed(p *policy.Policy) *policy.Record {
	return &policy.Record{
		Message: &policy.Message{Recipients: to("mof.go.jp", "example.com"), BodySize: 500}, Policy: p,
		Outcome: policy.OutcomeTrimmed, Stage: policy.StageMessage, Elapsed: time.Millisecond,
		Effect: policy.Effect{Action: policy.ActionRemove, Recipients: []string{"<a@example.com>"}},
		Facts: &policy.Facts{
			Authors: []policy.Author{{Address: policy.Address{Local: "a", Domain: "x.mof.go.jp"}, Source: policy.SourceFrom}},
			Class:   policy.Classification{Class: policy.ClassAutoReply, Grade: policy.GradeB},
		},
		Decision: policy.Decision{Direction: policy.Outbound, Verdicts: []policy.Verdict{{Rule: policy.RuleAutoReply, Mode: policy.ModeEnforce,
			Action: policy.ActionRemove, Findings: []policy.Finding{
				{Name: "auto_reply_b", Action: policy.ActionAccept, Exempt: "helpdesk"}, {Name: "auto_reply_b", Action: policy.ActionRemove}}}}},
	}
}

// guarded is a letter of which the reply guard says something.
func guarded(p *policy.Policy, a policy.Action, findings ...string) *policy.Record {
	v := policy.Verdict{Rule: policy.RuleReplyGuard, Mode: policy.ModeEnforce, Action: a}
	for _, name := range findings {
		v.Findings = append(v.Findings, policy.Finding{Name: name, Action: a})
	}
	return &policy.Record{
		Message: &policy.Message{Sender: policy.Address{Local: "a", Domain: "kantei.go.jp"}, Recipients: to("example.com")}, Policy: p,
		Outcome: policy.OutcomeOf(a), Stage: policy.StageMessage,
		Facts: &policy.Facts{Class: policy.Classification{Class: policy.ClassHuman}},
		Decision: policy.Decision{Direction: policy.Outbound, Verdicts: []policy.Verdict{
			{Rule: policy.RuleAutoReply, Mode: policy.ModeObserve, Action: policy.ActionAccept}, v}},
	}
}

// scriptReplies counts a little of what the rules for outbound mail say.
func scriptReplies(m *Metrics, p *policy.Policy) {
	m.Observe(trimmed(p))
	gone := trimmed(p)
	gone.Message.Recipients, gone.Outcome = to("example.com"), policy.OutcomeDiscarded
	gone.Message.Sender = policy.Address{Local: "a", Domain: "kantei.go.jp"}
	gone.Facts.Class = policy.Classification{Class: policy.ClassMDN}
	gone.Decision.Verdicts[0] = policy.Verdict{Rule: policy.RuleAutoReply, Mode: policy.ModeObserve, Action: policy.ActionDiscard,
		Findings: []policy.Finding{{Name: "mdn", Action: policy.ActionDiscard}}}
	m.Observe(gone)
	report := guarded(p, policy.ActionAccept)
	report.Facts.Class.Class = policy.ClassDSN
	report.Decision.Verdicts = nil // both rules are off
	m.Observe(report)
	m.Observe(guarded(p, policy.ActionReject, "reply_low", "reply_high", "reply_high"))
	m.Observe(guarded(p, policy.ActionAccept, policy.FindingAcknowledged, "reply_low"))
	m.Observe(guarded(p, policy.ActionTempfail, policy.FindingNoMemory))
	m.Observe(guarded(p, policy.ActionAccept)) // nothing was found
}

func presetStore(m *Metrics) {
	m.PresetStore([]string{"recall", "flush"}, []string{"ok", "timeout"}, []string{"queue_full"})
}

func scriptStore(m *Metrics) {
	m.StoreObserve("recall", "ok", 300*time.Microsecond)
	m.StoreObserve("recall", "timeout", 20*time.Millisecond)
	m.StoreDropped("queue_full", 3)
	m.StoreSize(1000, 65536, 2)
}

func page(t *testing.T, reg *prometheus.Registry) map[string]bool {
	lines := make(map[string]bool)
	for l := range strings.Lines(scrape(t, reg)) {
		lines[strings.TrimSpace(l)] = true
	}
	return lines
}

func TestReplies(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	scriptReplies(m, p)
	got := page(t, reg)
	for _, want := range []string{
		`sekimori_auto_replies_total{action="remove",class="auto_reply",grade="B",organisation="mof"} 1`,
		`sekimori_auto_replies_total{action="discard",class="mdn",grade="none",organisation="kantei"} 1`,
		`sekimori_auto_replies_total{action="accept",class="dsn",grade="none",organisation="kantei"} 1`,
		`sekimori_reply_guard_total{action="reject",level="high"} 1`,
		`sekimori_reply_guard_total{action="reject",level="low"} 0`,
		`sekimori_reply_guard_total{action="accept",level="acknowledged"} 1`,
		`sekimori_reply_guard_total{action="accept",level="low"} 0`,
		`sekimori_reply_guard_total{action="tempfail",level="unknown"} 1`,
		`sekimori_findings_total{finding="auto_reply_b",mode="enforce",rule="auto_reply"} 1`,
		`sekimori_findings_total{finding="mdn",mode="observe",rule="auto_reply"} 1`,
		`sekimori_findings_total{finding="reply_high",mode="enforce",rule="reply_guard"} 1`,
		`sekimori_exemptions_total{name="helpdesk"} 1`,
		`sekimori_messages_total{direction="outbound",organisation="mof",outcome="trimmed"} 1`,
		`sekimori_messages_total{direction="outbound",organisation="kantei",outcome="discarded"} 1`,
		`sekimori_recipients_total{direction="outbound",organisation="mof",outcome="discarded"} 1`,
		`sekimori_recipients_total{direction="outbound",organisation="mof",outcome="accepted"} 1`,
		`sekimori_recipients_total{direction="outbound",organisation="mof",outcome="trimmed"} 0`,
		`sekimori_rule_hits_total{action="discard",mode="observe",rule="auto_reply"} 1`,
	} {
		if !got[want] {
			t.Errorf("no %s", want)
		}
	}
	for l := range got {
		if strings.Contains(l, `class="human"`) {
			t.Errorf("what persons wrote has a series: %s", l)
		}
	}
}

// More taken off than there are can only be a defect elsewhere; counting does not fail on it.
func TestMoreTakenOffThanThere(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m, r := New(reg, p, "1", "go"), trimmed(p)
	r.Effect.Recipients = []string{"<a@example.com>", "<b@example.com>", "<c@example.com>"}
	m.Observe(r)
	if want := `sekimori_recipients_total{direction="outbound",organisation="mof",outcome="discarded"} 2`; !page(t, reg)[want] {
		t.Errorf("no %s", want)
	}
}

// With a null sender one author says whose organisation it is; of several nobody knows.
func TestSenderOfNullSender(t *testing.T) {
	r := trimmed(example(t))
	if d := sender(r); d != "x.mof.go.jp" {
		t.Errorf("one author: %q", d)
	}
	r.Facts.Authors = append(r.Facts.Authors, policy.Author{Address: policy.Address{Local: "b", Domain: "kantei.go.jp"}})
	if d := sender(r); d != "" {
		t.Errorf("two authors: %q", d)
	}
	r.Facts.Authors = r.Facts.Authors[:1]
	r.Message.Sender = policy.Address{Local: "c", Domain: "kantei.go.jp"}
	if d := sender(r); d != "kantei.go.jp" {
		t.Errorf("a sender: %q", d)
	}
	r.Message.Sender, r.Facts = policy.Address{}, nil
	if d := sender(r); d != "" {
		t.Errorf("no facts: %q", d)
	}
}

// Every finding that a rule can have, and every action with it, has its series from the start.
func TestEveryFindingHasASeries(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	New(reg, p, "1", "go")
	got := page(t, reg)
	for rule, names := range map[policy.Rule][]string{policy.RuleSpoof: policy.SpoofFindings(), policy.RuleAutoReply: policy.AutoReplyFindings(),
		policy.RuleReplyGuard: policy.ReplyGuardFindings()} {
		for _, name := range names {
			if l := `sekimori_findings_total{finding="` + name + `",mode="enforce",rule="` + string(rule) + `"} 0`; !got[l] {
				t.Errorf("no %s", l)
			}
		}
	}
}

func TestStore(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := New(reg, example(t), "1", "go")
	m.StoreObserve("recall", "ok", time.Second) // before PresetStore nothing is counted, and nothing fails
	m.StoreDropped("queue_full", 1)
	presetStore(m)
	scriptStore(m)
	m.StoreObserve("recall", "evil", time.Second)
	m.StoreObserve("evil", "ok", time.Second)
	m.StoreDropped("evil", 1)
	m.StoreDropped("queue_full", -1)
	got := page(t, reg)
	for _, want := range []string{
		`sekimori_store_operations_total{op="recall",result="ok"} 1`,
		`sekimori_store_operations_total{op="recall",result="timeout"} 1`,
		`sekimori_store_operations_total{op="flush",result="ok"} 0`,
		`sekimori_store_duration_seconds_bucket{op="recall",le="0.0005"} 1`,
		`sekimori_store_duration_seconds_count{op="recall"} 2`,
		`sekimori_store_dropped_total{reason="queue_full"} 3`,
		`sekimori_store_entries 1000`, `sekimori_store_bytes 65536`, `sekimori_store_waiting 2`,
	} {
		if !got[want] {
			t.Errorf("no %s", want)
		}
	}
	for l := range got {
		if strings.Contains(l, "evil") {
			t.Errorf("an unknown word has a series: %s", l)
		}
	}
	m.StoreSize(-1, -1, 0)
	if got := page(t, reg); !got["sekimori_store_entries NaN"] || !got["sekimori_store_bytes NaN"] || !got["sekimori_store_waiting 0"] {
		t.Error("a size that cannot be told is shown as one")
	}
}
