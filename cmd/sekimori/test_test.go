package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tried runs `sekimori test` and returns what it prints.
func tried(paths ...string) (string, error) {
	var out, warnings bytes.Buffer
	err := (&testCmd{Cases: paths}).Run(streams{out: &out, err: &warnings})
	return out.String(), err
}

// TestCases has every case that real mail servers see decided without one.
func TestCases(t *testing.T) {
	if out, err := tried("../../internal/endtoend/testdata"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestCasesSee breaks what a case wants and wants it to be seen: who gets a message, and what an earlier one left behind.
func TestCasesSee(t *testing.T) {
	for _, tt := range []struct{ file, old, broken, want string }{
		{"auto_reply", "to <hanako@gw.test> <saburo@gw.test>", "to <hanako@gw.test>", "delivered to hanako@gw.test, saburo@gw.test, wanted is hanako@gw.test"},
		{"auto_reply", "decision discard", "decision discard\nto <jiro@partner.test>", "delivered to nobody, wanted is jiro@partner.test"},
		{"auto_reply_audit", "decision discard\nto <audit@gw.test>", "decision discard", "delivered to audit@gw.test, wanted is nobody"},
		{"auto_reply_observe", "outcome accepted", "outcome discarded", "the outcome is accepted, wanted is discarded"},
		{"reply_guard", "ip4:203.0.113.25 ~all", "ip4:203.0.113.9 ~all", "the decision is accept, wanted is reject"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../../internal/endtoend/testdata", tt.file+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(text), tt.old, tt.broken, 1)
			if broken == string(text) {
				t.Fatalf("the case has no %q", tt.old)
			}
			file := filepath.Join(t.TempDir(), "broken.txtar")
			if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := tried(file); err == nil || !strings.Contains(out, tt.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestCasesForget decides a case twice: the second run knows nothing of the first.
func TestCasesForget(t *testing.T) {
	const file = "../../internal/endtoend/testdata/reply_guard.txtar"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "alone.txtar")
	policy, _, _ := strings.Cut(string(text), "-- session --")
	mail := string(text)[strings.Index(string(text), "-- answer.eml --"):strings.Index(string(text), "-- headless.eml --")]
	session := "-- session --\nclient 192.0.2.77\nehlo pc77.gw.test\nmail <hanako@gw.test>\nrcpt <taro@attacker.test>\ndata answer.eml\n-- want --\ndecision accept\n"
	if err := os.WriteFile(alone, []byte(policy+session+mail), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tried(file, alone); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
