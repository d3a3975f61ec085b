package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// record is a forged mail with one of everything.
func record() *policy.Record {
	m := &policy.Message{
		QueueID: "4Q1", Helo: "mail.attacker.test", BodySize: 1234,
		Client:     policy.Client{Addr: netip.MustParseAddr("203.0.113.9"), Name: "mail.attacker.test"},
		Sender:     policy.Address{Local: "taro", Domain: "mof.go.jp"},
		Recipients: []policy.Recipient{{Address: policy.Address{Local: "hanako", Domain: "gw.test"}}},
	}
	f := &policy.Facts{
		MailFrom: policy.SPF{Scope: policy.ScopeMailFrom, Domain: "mof.go.jp", Result: policy.ResultFail, Reason: "-all"},
		DKIM:     []policy.DKIM{{Result: policy.ResultFail, Domain: "mof.go.jp", Reason: "body hash"}},
		Authors:  []policy.Author{{Address: m.Sender, Source: policy.SourceFrom}},
		DMARC:    []policy.DMARC{{Author: "mof.go.jp", Result: policy.ResultFail, Policy: policy.DMARCReject}},
		Timings:  policy.Timings{SPF: 1500 * time.Microsecond},
	}
	v := policy.Verdict{Rule: policy.RuleSpoof, Mode: policy.ModeObserve, Action: policy.ActionReject, Findings: []policy.Finding{
		{Name: "mail_from_fail", Evidence: "mof.go.jp", Action: policy.ActionReject},
		{Name: "helo_fail", Evidence: "a.go.jp", Action: policy.ActionAccept, Exempt: "list"},
	}}
	return &policy.Record{Message: m, Facts: f, Decision: policy.Decision{Direction: policy.Inbound, Verdicts: []policy.Verdict{v}},
		Outcome: policy.OutcomeAccepted, Stage: policy.StageMessage, Elapsed: 2 * time.Millisecond}
}

// line writes r and returns what a reader of JSON finds.
func line(t *testing.T, key []byte, r *policy.Record) map[string]any {
	t.Helper()
	var b bytes.Buffer
	(&Journal{Logger: slog.New(slog.NewJSONHandler(&b, nil)), HashKey: key}).Message(r)
	if n := strings.Count(b.String(), "\n"); n != 1 {
		t.Fatalf("%d lines: %s", n, &b)
	}
	var out map[string]any
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMessage(t *testing.T) {
	got := line(t, nil, record())
	for key, want := range map[string]string{
		"msg": "message", "level": "INFO", "queue_id": "4Q1", "outcome": "accepted", "direction": "inbound", "client": "203.0.113.9",
		"sender": "taro@mof.go.jp", "recipients": "[hanako@gw.test]", "recipient_count": "1", "bytes": "1234",
		"spf_mailfrom": "fail mof.go.jp", "spf_mailfrom_reason": "-all", "dkim": "[fail mof.go.jp (body hash)]",
		"dmarc": "[fail mof.go.jp p=reject]", "from": "[from taro@mof.go.jp]",
	} {
		if fmt.Sprint(got[key]) != want {
			t.Errorf("%s is %v, want %s", key, got[key], want)
		}
	}
	spoof := got["spoof"].(map[string]any)
	if want := "[mail_from_fail[mof.go.jp]=reject helo_fail[a.go.jp]=accept exempt:list]"; fmt.Sprint(spoof["reasons"]) != want {
		t.Errorf("reasons %v", spoof["reasons"])
	}
	if spoof["mode"] != "observe" || spoof["action"] != "reject" {
		t.Errorf("spoof %v", spoof)
	}
	if ms := got["ms"].(map[string]any); ms["spf"] != 1.5 || ms["total"] != 2.0 {
		t.Errorf("ms %v", ms)
	}
}

// A pass says what is weak about it.
func TestWeakPasses(t *testing.T) {
	r := record()
	r.Facts.MailFrom = policy.SPF{Scope: policy.ScopeMailFrom, Domain: "a.test", Result: policy.ResultPass, Reason: "+all in a.test", Anyone: true}
	r.Facts.Helo = policy.SPF{Scope: policy.ScopeHelo, Domain: "b.test", Result: policy.ResultPass, Reason: "ip4:192.0.2.0/24 in b.test", Reach: 256}
	signed := policy.DKIM{Result: policy.ResultPass, Domain: "a.test", Algorithm: "rsa-sha256", KeyBits: policy.RecommendedRSABits}
	short, part := signed, signed
	short.KeyBits--
	part.Partial = true
	r.Facts.DKIM = []policy.DKIM{signed, short, part, {Result: policy.ResultPass, Domain: "c.test", Algorithm: "ed25519-sha256", KeyBits: 256}}
	got := line(t, nil, r)
	for key, want := range map[string]any{
		"spf_mailfrom": "pass a.test", "spf_mailfrom_reason": "+all in a.test", "spf_mailfrom_reach": nil,
		"spf_helo": "pass b.test", "spf_helo_reason": nil, "spf_helo_reach": 256.0,
		"dkim": []any{"pass a.test", "pass a.test (2047-bit key)", "pass a.test (part of the body)", "pass c.test"},
	} {
		if !reflect.DeepEqual(got[key], want) {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}

// A message that could not be examined has neither verdicts nor policy.
func TestBareRecord(t *testing.T) {
	r := &policy.Record{Message: &policy.Message{}, Facts: &policy.Facts{Unexamined: []policy.Unexamined{policy.UnexaminedPanic}}, Outcome: policy.OutcomeAborted}
	if got := line(t, nil, r); got["client"] != "local" || got["sender"] != "<>" || fmt.Sprint(got["unexamined"]) != "[panic]" {
		t.Errorf("%v", got)
	}
}

func TestHashedAddresses(t *testing.T) {
	a, b := line(t, []byte("one key"), record()), line(t, []byte("another key"), record())
	name := a["sender"].(string)
	if strings.Contains(fmt.Sprint(a), "taro") || strings.Contains(fmt.Sprint(a), "hanako") {
		t.Errorf("a name is readable: %v", a)
	}
	if !strings.HasSuffix(name, "@mof.go.jp") || name == b["sender"] {
		t.Errorf("%s and %s", name, b["sender"])
	}
	if again := line(t, []byte("one key"), record()); again["sender"] != name {
		t.Errorf("%s is not %s", again["sender"], name)
	}
}

// Octets of a stranger's mail cannot end the line or begin another.
func TestHostileText(t *testing.T) {
	r := record()
	r.Message.Helo = "x\nlevel=INFO msg=message outcome=accepted\x1b[2J"
	r.Message.Sender.Local = "a\r\nb\x00"
	if got := line(t, nil, r); got["helo"] != r.Message.Helo {
		t.Errorf("helo %q", got["helo"])
	}
	var b bytes.Buffer
	(&Journal{Logger: slog.New(slog.NewTextHandler(&b, nil))}).Message(r)
	if strings.Count(b.String(), "\n") != 1 || strings.ContainsAny(b.String(), "\x1b\x00\r") {
		t.Errorf("%q", &b)
	}
}

func TestLimits(t *testing.T) {
	r := record()
	for _, n := range []int{MaxRecipients, MaxRecipients + 1} {
		r.Message.Recipients = make([]policy.Recipient, n)
		got := line(t, nil, r)
		if shown := len(got["recipients"].([]any)); shown != MaxRecipients || got["recipient_count"] != float64(n) {
			t.Errorf("%d recipients: %d shown, count %v", n, shown, got["recipient_count"])
		}
	}
	for n, want := range map[int]int{MaxText: MaxText, MaxText + 1: MaxText + len("…")} {
		r.Message.Helo = strings.Repeat("a", n)
		if got := len(line(t, nil, r)["helo"].(string)); got != want {
			t.Errorf("%d octets: %d shown", n, got)
		}
	}
	for n, want := range map[int]int{MaxFindings: MaxFindings, MaxFindings + 1: MaxFindings} {
		r.Decision.Verdicts[0].Findings = make([]policy.Finding, n)
		if got := len(line(t, nil, r)["spoof"].(map[string]any)["reasons"].([]any)); got != want {
			t.Errorf("%d findings: %d shown", n, got)
		}
	}
	for n, want := range map[int]int{MaxSignatures: MaxSignatures, MaxSignatures + 1: MaxSignatures} {
		r.Facts.DKIM = make([]policy.DKIM, n)
		if got := len(line(t, nil, r)["dkim"].([]any)); got != want {
			t.Errorf("%d signatures: %d shown", n, got)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	j := &Journal{Logger: slog.New(slog.NewJSONHandler(discard{}, nil))}
	r := record()
	b.ReportAllocs()
	for b.Loop() {
		j.Message(r)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
