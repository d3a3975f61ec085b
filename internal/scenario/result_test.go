package scenario

import (
	"context"
	"strings"
	"testing"

	"sekimori/policy"
)

// canned is a runner with a prepared answer.
type canned struct {
	target Target
	result Result
}

func (c canned) Target() Target { return c.target }

func (c canned) Run(context.Context, *Prepared, Play) (*Result, error) { return &c.result, nil }

// right returns a result that is all that the example wants of Postfix.
func right() Result {
	ok := Reply{250, "2.0.0", "Ok"}
	return Result{
		Replies: []Reply{{220, "", "mx"}, {250, "", "mx"}, ok, {250, "2.1.5", "Ok"}, {550, "5.1.1", "no such user here"}, {},
			{550, "5.7.23", "SPF says no"}, {220, "", "mx"}, {250, "", "mx"}, ok, ok, {}, ok},
		Messages: []Message{
			{Delivered: &Delivery{}, Decision: policy.ActionReject,
				Findings: []policy.Finding{{Name: "mail_from_fail", Evidence: "mof.go.jp -all"}}},
			{Delivered: &Delivery{To: []string{"hanako@gw.test"}, Header: policy.Header{
				{Name: "authentication-results", Value: " mx.gw.test;\n\tspf=pass smtp.mailfrom=mof.go.jp"}}}},
		},
	}
}

func TestCheck(t *testing.T) {
	c, _ := example(t)
	for _, tt := range []struct {
		name   string
		change func(*Result)
		wrong  string // "" is none
	}{
		{"all right", func(*Result) {}, ""},
		{"code", func(r *Result) { r.Replies[6].Code = 450 }, "12: postfix: data: the reply is 450 5.7.23 SPF says no, wanted is 550 5.7.23 SPF"},
		{"enhanced", func(r *Result) { r.Replies[6].Enhanced = "5.7.1" }, "12: postfix: data: the reply is 550 5.7.1"},
		{"text", func(r *Result) { r.Replies[6].Text = "no" }, "12: postfix: data: the reply is 550 5.7.23 no"},
		{"any 2xx", func(r *Result) { r.Replies[9].Code = 450 }, "16: postfix: mail: the reply is 450 2.0.0 Ok, wanted is a 2xx"},
		{"decision", func(r *Result) { r.Messages[0].Decision = policy.ActionTag }, "21: postfix: message 1: the decision is tag, wanted is reject"},
		{"outcome", func(r *Result) { r.Messages[0].Outcome = policy.OutcomeTagged }, "the outcome is tagged, wanted is rejected"},
		{"finding", func(r *Result) { r.Messages[0].Findings[0].Evidence = "x" }, `23: postfix: message 1: there is no such finding among [mail_from_fail["x"]]`},
		{"no finding", func(r *Result) {
			r.Messages[0].Findings = append(r.Messages[0].Findings, policy.Finding{Name: "mail_from_none"})
		}, "there is the finding mail_from_none"},
		{"delivered", func(r *Result) { r.Messages[0].Delivered.To = []string{"hanako@gw.test"} }, "delivered to hanako@gw.test, wanted is nobody"},
		{"not delivered", func(r *Result) { r.Messages[1].Delivered.To = nil }, "25: postfix: message 2: delivered to nobody, wanted is hanako@gw.test"},
		{"to the refused", func(r *Result) {
			r.Messages[1].Delivered.To = []string{"nobody@gw.test", "hanako@gw.test"}
		}, "delivered to nobody@gw.test, hanako@gw.test, wanted is hanako@gw.test"},
		{"held", func(r *Result) { r.Messages[1].Delivered.Held = true }, "held is true, wanted is false"},
		{"field", func(r *Result) { r.Messages[1].Delivered.Header[0].Value = " mx.gw.test; spf=fail" }, "27: postfix: message 2: the header has no such field, it has"},
		{"no field", func(r *Result) {
			r.Messages[1].Delivered.Header = append(r.Messages[1].Delivered.Header, policy.Field{Name: "X-SEKIMORI-Spoof", Value: " x"})
		}, "28: postfix: message 2: the header has X-SEKIMORI-Spoof: x"},
		{"lost", func(r *Result) { r.Messages = r.Messages[:1] }, "19: postfix: message 2: nothing is known of it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := right()
			tt.change(&r)
			wrong, ran, err := Run(t.Context(), c, canned{Postfix, r})
			if err != nil || !ran {
				t.Fatal(ran, err)
			}
			if tt.wrong == "" && len(wrong) > 0 || !strings.Contains(wrong.Error(), tt.wrong) {
				t.Errorf("found\n%v\nwanted\n%s", wrong, tt.wrong)
			}
			if len(wrong) > 1 {
				t.Errorf("one thing is wrong, found are\n%v", wrong)
			}
		})
	}
}

func TestCheckToAndHeld(t *testing.T) {
	c, err := Parse("c.txtar", []byte(`Why.
-- session --
client 203.0.113.1
mail <a@b.test>
rcpt <c@gw.test>
rcpt <d@gw.test>
data m.eml
submit <a@b.test> <e@gw.test> m.eml
[decision] submit <a@b.test> <e@gw.test> m.eml
[mta] submit <a@b.test> <e@gw.test> m.eml
-- want --
message 1
decision reject
outcome accepted
[postfix] to <c@gw.test>
message 2
outcome quarantined
+Subject: s
message 3
outcome accepted
to nobody
-- m.eml --
Subject: s

`))
	if err != nil {
		t.Fatal(err)
	}
	r := Result{Messages: []Message{
		{Delivered: &Delivery{To: []string{"c@gw.test"}}},
		{Delivered: &Delivery{Held: true, Header: policy.Header{{Name: "Subject", Value: " s"}}}},
		{Delivered: &Delivery{}},
	}}
	if wrong, _, err := Run(t.Context(), c, canned{Postfix, r}); err != nil || len(wrong) > 0 {
		t.Error(err, wrong)
	}
	wrong, _, err := Run(t.Context(), c, canned{Sendmail, r})
	if err != nil || len(wrong) != 1 || !strings.Contains(wrong.Error(), "wanted is c@gw.test, d@gw.test") {
		t.Error(err, wrong)
	}
}

// A runner that cannot know the header says who gets a message all the same.
func TestCheckUnknownHeader(t *testing.T) {
	c, _ := example(t)
	r := right()
	r.Messages[1].Delivered.Header = nil
	if wrong, _, err := Run(t.Context(), c, canned{Postfix, r}); err != nil || len(wrong) > 0 {
		t.Error(err, wrong)
	}
	r.Messages[1].Delivered.To = nil
	if wrong, _, err := Run(t.Context(), c, canned{Postfix, r}); err != nil || len(wrong) != 1 {
		t.Error(err, wrong)
	}
}

func TestTakesPart(t *testing.T) {
	c, err := Parse("c.txtar", []byte("Why.\n-- session --\n[postfix] noop\n"))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[Target]bool{Postfix: true, Sendmail: false, Decision: false} {
		if _, ran, err := Run(t.Context(), c, canned{target: target}); ran != want || err != nil {
			t.Errorf("%s ran: %t, %v", target, ran, err)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false},
		{"?b?", "abc", true}, {"?b?", "ab", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b", "ab a", false}, {"a", "A", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 2000), false},
	} {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %t", tt.pattern, tt.s, got)
		}
	}
}
