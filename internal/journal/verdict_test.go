package journal

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// suspect is a mail that looks like targeted mail and is in two bulletins.
func suspect() *policy.Record {
	r := record()
	r.Policy = policy.Default()
	r.Facts.At = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	r.Facts.Acquaintance = policy.Acquaintance{Asked: true, Since: r.Facts.At.AddDate(-1, 0, 0)}
	r.Facts.Body = policy.BodyFacts{Parts: 4, Links: 12}
	r.Decision.Verdicts = []policy.Verdict{
		{Rule: policy.RuleSuspicion, Mode: policy.ModeObserve, Action: policy.ActionTag, Level: policy.LevelWarning, Score: 95, Waived: "autumn", Findings: []policy.Finding{
			{Name: "lookalike_domain", Points: 60, Evidence: "mof-go.jp~mof.go.jp", Action: policy.ActionTag},
			{Name: "first_contact", Points: 5, Evidence: "taro@mof-go.jp", Action: policy.ActionTag},
			{Name: "in_thread", Points: -40, Action: policy.ActionTag},
			{Name: policy.FindingIncomplete, Evidence: "body links", Action: policy.ActionAccept}}},
		{Rule: policy.RuleBulletin, Name: "ipa_2026_11", Mode: policy.ModeEnforce, Action: policy.ActionReject, Findings: []policy.Finding{
			{Name: "bulletin_address", Evidence: "taro@evil.test", Action: policy.ActionReject}}},
		{Rule: policy.RuleBulletin, Name: "feed", Mode: policy.ModeObserve, Action: policy.ActionTag, Findings: []policy.Finding{
			{Name: "bulletin_url", Evidence: "https://evil.test/a", Action: policy.ActionTag}}},
		{Rule: policy.RuleDrill, Name: "autumn", Mode: policy.ModeEnforce, Action: policy.ActionAccept, Findings: []policy.Finding{
			{Name: "drill_recognised", Evidence: "autumn", Action: policy.ActionAccept}}},
	}
	return r
}

func TestVerdicts(t *testing.T) {
	got := line(t, nil, suspect())
	for key, want := range map[string]any{
		"contact": "first", "parts": 4.0, "links": 12.0,
		"suspicion": map[string]any{"mode": "observe", "action": "tag", "level": "warning", "score": 9.5, "waived": "autumn", "reasons": []any{
			"lookalike_domain:6[mof-go.jp~mof.go.jp]", "first_contact:0.5[taro@mof-go.jp]", "in_thread:-4[]", "not_fully_examined[body links]"}},
		"bulletin.ipa_2026_11": map[string]any{"mode": "enforce", "action": "reject", "reasons": []any{"bulletin_address[taro@evil.test]=reject"}},
		"bulletin.feed":        map[string]any{"mode": "observe", "action": "tag", "reasons": []any{"bulletin_url[https://evil.test/a]=tag"}},
		"drill.autumn":         map[string]any{"mode": "enforce", "action": "accept", "reasons": []any{"drill_recognised[autumn]=accept"}},
	} {
		if !reflect.DeepEqual(got[key], want) {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}

// A rule that could not be evaluated has neither level nor score, and a body that nobody read no parts.
func TestUnexaminedVerdict(t *testing.T) {
	r := record()
	r.Decision.Verdicts = []policy.Verdict{{Rule: policy.RuleSuspicion, Mode: policy.ModeEnforce, Action: policy.ActionTempfail, Findings: []policy.Finding{
		{Name: policy.FindingUnexamined, Evidence: "panic", Action: policy.ActionTempfail}}}}
	got := line(t, nil, r)
	if s := fmt.Sprint(got["suspicion"]); s != "map[action:tempfail mode:enforce reasons:[unexamined[panic]=tempfail]]" {
		t.Error(s)
	}
	for _, key := range []string{"parts", "links", "contact", "more_bulletins"} {
		if got[key] != nil {
			t.Errorf("%s is %v", key, got[key])
		}
	}
}

// Where local parts are hashed, those within evidence are too, in the same way.
func TestHashedEvidence(t *testing.T) {
	r := suspect()
	r.Decision.Verdicts[0].Findings[0].Evidence = "Taro <taro@evil.test>, hanako@gw.test; mailto:taro@evil.test?x=a@b@c"
	key := []byte("one key")
	got := fmt.Sprint(line(t, key, r))
	if strings.Contains(got, "taro@") || strings.Contains(got, "hanako@") {
		t.Errorf("a name is readable: %s", got)
	}
	taro := (&Journal{HashKey: key}).address(policy.Address{Local: "taro", Domain: "evil.test"})
	if n := strings.Count(got, taro); n != 3 {
		t.Errorf("%s is there %d times: %s", taro, n, got)
	}
	if !strings.Contains(got, "mof-go.jp]") || !strings.Contains(got, "Taro <") || !strings.Contains(got, "?x=") {
		t.Errorf("more than local parts is gone: %s", got)
	}
}

func TestVerdictLimits(t *testing.T) {
	r := record()
	for n, more := range map[int]any{MaxFindings: nil, MaxFindings + 1: 1.0} {
		r.Decision.Verdicts = []policy.Verdict{{Rule: policy.RuleSuspicion, Level: policy.LevelNone, Findings: make([]policy.Finding, n)}}
		got := line(t, nil, r)["suspicion"].(map[string]any)
		if shown := len(got["reasons"].([]any)); shown != MaxFindings || got["more_reasons"] != more {
			t.Errorf("%d findings: %d shown, more %v", n, shown, got["more_reasons"])
		}
	}
	for n, more := range map[int]any{MaxBulletins: nil, MaxBulletins + 1: 1.0} {
		r.Decision.Verdicts = nil
		for i := range n {
			r.Decision.Verdicts = append(r.Decision.Verdicts, policy.Verdict{Rule: policy.RuleBulletin, Name: fmt.Sprint("b", i)})
		}
		got := line(t, nil, r)
		if got["bulletin.b9"] == nil || got["bulletin.b10"] != nil || got["more_bulletins"] != more {
			t.Errorf("%d bulletins: %v", n, got)
		}
	}
}
