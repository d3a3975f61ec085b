package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/suspicion"
)

// suspicious is a message with findings of up to thirty indicators, that two bulletins know.
func suspicious(p *policy.Policy) *policy.Record {
	v := policy.Verdict{Rule: policy.RuleSuspicion, Mode: policy.ModeObserve, Action: policy.ActionTag, Level: policy.LevelWarning, Score: 125}
	names := suspicion.Names()
	for _, n := range names[:min(len(names), 30)] {
		v.Findings = append(v.Findings, policy.Finding{Name: n, Points: 20, Action: policy.ActionTag})
	}
	v.Findings = append(v.Findings, policy.Finding{Name: policy.FindingIncomplete, Action: policy.ActionAccept})
	hit := func(kind string) policy.Finding {
		return policy.Finding{Name: "bulletin_" + kind, Evidence: "x", Action: policy.ActionQuarantine}
	}
	return &policy.Record{
		Message: &policy.Message{Recipients: to("mof.go.jp", "x.mof.go.jp", "kantei.go.jp"), BodySize: 40_000}, Policy: p,
		Outcome: policy.OutcomeQuarantined, Stage: policy.StageMessage, Elapsed: time.Millisecond,
		Facts: &policy.Facts{At: time.Unix(1_790_000_000, 0), Acquaintance: policy.Acquaintance{Asked: true, Since: time.Unix(1_700_000_000, 0)},
			Unexamined: []policy.Unexamined{policy.UnexaminedBody}},
		Decision: policy.Decision{Direction: policy.Inbound, Verdicts: []policy.Verdict{v,
			{Rule: policy.RuleBulletin, Name: "ipa_2026_11", Mode: policy.ModeEnforce, Action: policy.ActionQuarantine, Findings: []policy.Finding{hit("domain"), hit("domain"), hit("url")}},
			{Rule: policy.RuleBulletin, Name: "endless", Mode: policy.ModeObserve, Action: policy.ActionQuarantine, Findings: []policy.Finding{hit("sha256")}},
		}},
	}
}

// unsuspicious is an honest message from somebody known.
func unsuspicious(p *policy.Policy) *policy.Record {
	r := suspicious(p)
	r.Outcome, r.Facts.Unexamined = policy.OutcomeAccepted, nil
	r.Facts.Acquaintance.Address = true
	r.Decision.Verdicts = []policy.Verdict{{Rule: policy.RuleSuspicion, Mode: policy.ModeObserve, Action: policy.ActionAccept, Level: policy.LevelNone, Score: 5}}
	r.Message.Recipients = to("kantei.go.jp", "kantei.go.jp")
	return r
}

// drilled is mail of an exempt round, which the suspicion rule would have held.
func drilled(p *policy.Policy) *policy.Record {
	r := suspicious(p)
	r.Outcome, r.Facts.Unexamined = policy.OutcomeAccepted, nil
	r.Facts.Acquaintance.Failed = true
	r.Facts.Drill = policy.DrillFacts{Drill: "autumn", Round: 2, Mode: policy.DrillExempt, Recognised: true}
	r.Decision.Verdicts = []policy.Verdict{r.Decision.Verdicts[0], {Rule: policy.RuleDrill, Name: "autumn", Mode: policy.ModeEnforce, Action: policy.ActionAccept,
		Findings: []policy.Finding{{Name: policy.FindingDrillRecognised, Action: policy.ActionAccept}}}}
	r.Decision.Verdicts[0].Waived = "autumn"
	return r
}

// scriptSuspicion counts a little of what the rules say that judge by looks.
func scriptSuspicion(m *Metrics, p *policy.Policy) {
	m.Observe(suspicious(p))
	m.Observe(unsuspicious(p))
	m.Observe(drilled(p))
	given := drilled(p)
	given.Outcome = policy.OutcomeAborted
	m.Observe(given)
	for _, mode := range []policy.DrillMode{policy.DrillEnforce, policy.DrillObserve} {
		r := drilled(p)
		r.Facts.Drill.Mode, r.Facts.Acquaintance = mode, policy.Acquaintance{}
		m.Observe(r)
	}
	forged := drilled(p)
	forged.Facts.Acquaintance = policy.Acquaintance{Asked: true}
	forged.Facts.Drill = policy.DrillFacts{Drill: "autumn", Round: 1, Mode: policy.DrillExempt, Reasons: []string{"token", "window"}}
	forged.Decision.Verdicts = []policy.Verdict{{Rule: policy.RuleDrill, Name: "autumn", Mode: policy.ModeEnforce, Action: policy.ActionAccept,
		Findings: []policy.Finding{{Name: "drill_token", Action: policy.ActionAccept}, {Name: "drill_window", Action: policy.ActionAccept}}}}
	m.Observe(forged)
	// The rule could not be evaluated: there is no level.
	failed := unsuspicious(p)
	failed.Facts.Acquaintance = policy.Acquaintance{}
	failed.Decision.Verdicts = []policy.Verdict{{Rule: policy.RuleSuspicion, Mode: policy.ModeEnforce, Action: policy.ActionAccept,
		Findings: []policy.Finding{{Name: policy.FindingUnexamined, Action: policy.ActionAccept}}}}
	m.Observe(failed)
}

func TestSuspicion(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	scriptSuspicion(m, p)
	got := page(t, reg)
	for _, want := range []string{
		`sekimori_suspicion_messages_total{level="warning",organisation="mof"} 5`,
		`sekimori_suspicion_messages_total{level="warning",organisation="kantei"} 5`,
		`sekimori_suspicion_messages_total{level="none",organisation="kantei"} 1`,
		`sekimori_suspicion_messages_total{level="none",organisation="mof"} 0`,
		`sekimori_suspicion_messages_total{level="caution",organisation="other"} 0`,
		`sekimori_suspicion_score_count 6`,
		`sekimori_suspicion_score_bucket{le="0.5"} 1`,
		`sekimori_suspicion_score_bucket{le="10"} 1`,
		`sekimori_suspicion_score_bucket{le="15"} 6`,
		`sekimori_bulletin_hits_total{bulletin="ipa_2026_11",kind="domain"} 1`,
		`sekimori_bulletin_hits_total{bulletin="ipa_2026_11",kind="url"} 1`,
		`sekimori_bulletin_hits_total{bulletin="ipa_2026_11",kind="sha256"} 0`,
		`sekimori_bulletin_hits_total{bulletin="endless",kind="sha256"} 1`,
		`sekimori_bulletin_indicators{bulletin="ipa_2026_11"} 3`,
		`sekimori_bulletin_expiry_timestamp_seconds{bulletin="ipa_2026_11"} 1.8e+09`,
		`sekimori_bulletin_expiry_timestamp_seconds{bulletin="endless"} +Inf`,
		`sekimori_findings_total{finding="bulletin_domain",mode="enforce",rule="bulletin"} 1`,
		`sekimori_findings_total{finding="unexamined",mode="enforce",rule="suspicion"} 1`,
		`sekimori_findings_total{finding="not_fully_examined",mode="observe",rule="suspicion"} 5`,
		`sekimori_unexamined_messages_total{reason="body_limit"} 1`,
		`sekimori_drill_exemptions_total{drill="autumn",round="2"} 1`,
		`sekimori_drill_exemptions_total{drill="autumn",round="1"} 0`,
		`sekimori_drill_recognition_failures_total{reason="token"} 1`,
		`sekimori_drill_recognition_failures_total{reason="window"} 1`,
		`sekimori_drill_recognition_failures_total{reason="network"} 0`,
		`sekimori_findings_total{finding="drill_recognised",mode="enforce",rule="drill"} 4`,
		`sekimori_contact_queries_total{result="first"} 1`,
		`sekimori_contact_queries_total{result="known"} 1`,
		`sekimori_contact_queries_total{result="failed"} 2`,
		`sekimori_contact_queries_total{result="learning"} 1`,
	} {
		if !got[want] {
			t.Errorf("no %s", want)
		}
	}
	for l := range got {
		if strings.Contains(l, `bulletin="off"`) {
			t.Errorf("a bulletin that is off has a series: %s", l)
		}
	}
}

// What the rules that judge by looks can find has its series from the start.
func TestEveryIndicatorHasASeries(t *testing.T) {
	reg := prometheus.NewRegistry()
	New(reg, example(t), "1", "go")
	got := page(t, reg)
	for rule, names := range map[policy.Rule][]string{
		policy.RuleSuspicion: append(suspicion.Names(), policy.FindingIncomplete, policy.FindingUnexamined),
		policy.RuleBulletin:  policy.BulletinFindings(), policy.RuleDrill: drillFindings()} {
		for _, name := range names {
			for _, mode := range []policy.Mode{policy.ModeObserve, policy.ModeEnforce} {
				if l := `sekimori_findings_total{finding="` + name + `",mode="` + string(mode) + `",rule="` + string(rule) + `"} 0`; !got[l] {
					t.Errorf("no %s", l)
				}
			}
		}
	}
	for _, r := range drill.Reasons() {
		if l := `sekimori_drill_recognition_failures_total{reason="` + string(r) + `"} 0`; !got[l] {
			t.Errorf("no %s", l)
		}
	}
}

// The gauges are those of the policy in force, the counters of an earlier one stay.
func TestBulletinsAfterReload(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	m.Observe(suspicious(p))
	next := example(t)
	next.Bulletins = []policy.Bulletin{{Name: "endless", Mode: policy.ModeEnforce, Indicators: make([]policy.BulletinIndicator, 9), Until: time.Unix(1, 0)},
		{Name: "fresh", Mode: policy.ModeEnforce}}
	next.Drills[0].Name = "spring"
	m.Preset(next)
	got := page(t, reg)
	for _, want := range []string{
		`sekimori_bulletin_hits_total{bulletin="ipa_2026_11",kind="domain"} 1`, `sekimori_bulletin_hits_total{bulletin="fresh",kind="client"} 0`,
		`sekimori_bulletin_indicators{bulletin="endless"} 9`, `sekimori_bulletin_expiry_timestamp_seconds{bulletin="endless"} 1`,
		`sekimori_drill_exemptions_total{drill="spring",round="1"} 0`, `sekimori_drill_exemptions_total{drill="autumn",round="1"} 0`,
	} {
		if !got[want] {
			t.Errorf("no %s", want)
		}
	}
	for l := range got {
		if strings.HasPrefix(l, "sekimori_bulletin_") && !strings.Contains(l, "_hits_") && strings.Contains(l, "ipa_2026_11") {
			t.Errorf("a gauge of a bulletin that is gone: %s", l)
		}
	}
	m.Preset(&policy.Policy{})
	for l := range page(t, reg) {
		if strings.HasPrefix(l, "sekimori_bulletin_indicators{") {
			t.Errorf("a gauge of a bulletin that is gone: %s", l)
		}
	}
}

// What the manual says of the number of series: so many for each thing that the policy names.
func TestCardinality(t *testing.T) {
	series := func(p *policy.Policy) (n int) {
		reg := prometheus.NewRegistry()
		presetStore(New(reg, p, "1", "go"))
		for l := range page(t, reg) {
			if !strings.HasPrefix(l, "#") {
				n++
			}
		}
		return n
	}
	base := series(policy.Default())
	if base < 700 || base > 900 {
		t.Errorf("%d series without any label of a policy", base)
	}
	for name, tt := range map[string]struct {
		add  func(*policy.Policy)
		want int
	}{
		"organisation": {func(p *policy.Policy) { p.Organisations = []policy.Organisation{{Name: "mof"}} }, 69},
		"bulletin":     {func(p *policy.Policy) { p.Bulletins = []policy.Bulletin{{Name: "b", Mode: policy.ModeObserve}} }, 10},
		"round":        {func(p *policy.Policy) { p.Drills = []policy.Drill{{Name: "d", Rounds: []policy.Round{{Number: 1}}}} }, 1},
		"exemption":    {func(p *policy.Policy) { p.Spoof.Exempt = []policy.Exemption{{Name: "e"}} }, 1},
	} {
		p := policy.Default()
		tt.add(p)
		if n := series(p) - base; n != tt.want {
			t.Errorf("%s: %d series, the manual says %d", name, n, tt.want)
		}
	}
}
