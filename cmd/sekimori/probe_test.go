package main

import (
	"testing"

	"sekimori/milter"
	"sekimori/policy"
)

// Which action a message met is told from what the MTA was asked for.
func TestMet(t *testing.T) {
	insert := func(name, value string) milter.ProbeEdit {
		return milter.ProbeEdit{Kind: "insert", Name: name, Value: value}
	}
	change := milter.ProbeEdit{Kind: "change", Index: 1, Name: "Subject", Value: " =?UTF-8?B?44CQ5rOo5oSP44CR?= x"}
	for name, tt := range map[string]struct {
		final string
		edits []milter.ProbeEdit
		want  policy.Action
	}{
		"nothing":            {"continue", nil, policy.ActionAccept},
		"results only":       {"continue", []milter.ProbeEdit{insert("Authentication-Results", " x")}, policy.ActionAccept},
		"flagged":            {"continue", []milter.ProbeEdit{change, insert(policy.SuspicionHeader, " level=caution; score=6; v=1;\n\tind=x:6")}, policy.ActionTag},
		"below":              {"continue", []milter.ProbeEdit{insert(policy.SuspicionHeader, " level=none; score=2; v=1; ind=x:2")}, policy.ActionAccept},
		"below, and spoofed": {"continue", []milter.ProbeEdit{insert(policy.SuspicionHeader, " level=none; score=2;"), insert("X-Sekimori-Spoof", " x")}, policy.ActionTag},
		"bulletin":           {"continue", []milter.ProbeEdit{insert(policy.BulletinHeader, " name=x")}, policy.ActionTag},
		"held":               {"continue", []milter.ProbeEdit{{Kind: "quarantine", Value: "x"}, insert(policy.SuspicionHeader, " level=none; score=2;")}, policy.ActionQuarantine},
		"refused":            {"550 5.7.1 x", nil, policy.ActionReject},
		"put off":            {"451 4.3.0 x", nil, policy.ActionTempfail},
	} {
		if got := met(milter.ProbeResult{Final: tt.final, Edits: tt.edits}); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
