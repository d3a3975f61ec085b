package milter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// edit runs one message with the given effect and returns the answer, and its Record.
func edit(t *testing.T, actions, protocol uint32, e policy.Effect, recipients ...string) ([]string, *policy.Record) {
	t.Helper()
	r := start(t, nil)
	r.exam.setup = func(x *exam) { x.effect = e }
	m := r.connect()
	m.negotiate(6, actions, protocol)
	m.client()
	m.mail("<a@example.com>")
	for _, to := range recipients {
		m.rcpt(to)
	}
	m.content("body\r\n")
	got := m.verdict()
	rec := r.record()
	if got := m.message(); len(got) == 0 { // the session goes on
		t.Error("no answer to the next message")
	}
	return got, rec
}

func TestApply(t *testing.T) {
	insert := []policy.Field{{Name: "Authentication-Results", Value: " mx;\n\tspf=pass"}, {Name: "X-Sekimori", Value: " tag"}}
	const (
		inserted0  = "i\x00\x00\x00\x00X-Sekimori\x00 tag"
		inserted1  = "i\x00\x00\x00\x00Authentication-Results\x00 mx;\n\tspf=pass"
		failedNow  = "y451 4.3.0 message cannot be examined now (4Q)"
		chgHeader  = 0x10
		addHeader  = 0x1
		addRcpt    = 0x4
		delRcpt    = 0x8
		quarantine = 0x20
	)
	for _, c := range []struct {
		name     string
		actions  uint32
		protocol uint32
		effect   policy.Effect
		want     []string
		outcome  policy.Outcome
	}{
		{name: "accept", effect: policy.Effect{Action: policy.ActionAccept}, want: []string{"c"}, outcome: policy.OutcomeAccepted},
		{
			name:   "insert",
			effect: policy.Effect{Action: policy.ActionTag, Insert: insert},
			want:   []string{inserted0, inserted1, "c"}, outcome: policy.OutcomeTagged,
		},
		{
			name:   "insert where the MTA adds the space",
			effect: policy.Effect{Action: policy.ActionTag, Insert: insert}, protocol: allProtocol &^ bitLeadSpc,
			want:    []string{"i\x00\x00\x00\x00X-Sekimori\x00tag", "i\x00\x00\x00\x00Authentication-Results\x00mx;\n\tspf=pass", "c"},
			outcome: policy.OutcomeTagged,
		},
		{
			name: "remove from the highest down, each once, and before anything is inserted",
			effect: policy.Effect{Action: policy.ActionAccept, Insert: insert[1:], Remove: []policy.HeaderRef{
				{Name: "A", Index: 1}, {Name: "B", Index: 1}, {Name: "A", Index: 3}, {Name: "a", Index: 1}, {Name: "A", Index: 2},
				{Name: "A", Index: 0}, {Name: "A", Index: -1}, {Name: "", Index: 1}, {Name: "A", Index: 3}}},
			want: []string{"m\x00\x00\x00\x03A\x00", "m\x00\x00\x00\x02A\x00", "m\x00\x00\x00\x01A\x00", "m\x00\x00\x00\x01B\x00",
				inserted0, "c"},
			outcome: policy.OutcomeAccepted,
		},
		{
			name: "change before anything is removed, and nothing to what cannot be written",
			effect: policy.Effect{Action: policy.ActionTag, Insert: insert[1:], Remove: []policy.HeaderRef{{Name: "A", Index: 1}},
				Change: []policy.FieldChange{{Ref: policy.HeaderRef{Name: "subject", Index: 2}, Value: " a\n b\r\x00\xe3"},
					{Ref: policy.HeaderRef{Name: "B", Index: 0}, Value: " x"}, {Ref: policy.HeaderRef{Name: "B:", Index: 1}, Value: " x"},
					{Ref: policy.HeaderRef{Name: "B", Index: 1}, Value: strings.Repeat("x", MaxFieldValue+1)}}},
			want:    []string{"m\x00\x00\x00\x02subject\x00 a\n b???", "m\x00\x00\x00\x01A\x00", inserted0, "c"},
			outcome: policy.OutcomeTagged,
		},
		{
			name: "an empty value takes nothing out", protocol: allProtocol &^ bitLeadSpc,
			effect: policy.Effect{Action: policy.ActionTag, Change: []policy.FieldChange{{Ref: policy.HeaderRef{Name: "A", Index: 1}, Value: " "}}},
			want:   []string{"c"}, outcome: policy.OutcomeTagged,
		},
		{
			name: "change where the MTA does not offer it", actions: addHeader,
			effect: policy.Effect{Action: policy.ActionTag, Change: []policy.FieldChange{{Ref: policy.HeaderRef{Name: "A", Index: 1}, Value: " x"}}},
			want:   []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name:   "quarantine",
			effect: policy.Effect{Action: policy.ActionQuarantine, Reason: "sekimori spoof mail_from_fail", Insert: insert[1:]},
			want:   []string{inserted0, "qsekimori spoof mail_from_fail", "c"}, outcome: policy.OutcomeQuarantined,
		},
		{
			name:   "quarantine without a reason",
			effect: policy.Effect{Action: policy.ActionQuarantine},
			want:   []string{"qsekimori", "c"}, outcome: policy.OutcomeQuarantined,
		},
		{
			name:   "quarantine with a bad reason",
			effect: policy.Effect{Action: policy.ActionQuarantine, Reason: "a\x00b\r\n\xe3" + strings.Repeat("x", 200)},
			want:   []string{"qa?b???" + strings.Repeat("x", 94), "c"}, outcome: policy.OutcomeQuarantined,
		},
		{
			name: "reject, without any change",
			effect: policy.Effect{Action: policy.ActionReject, Reply: policy.ReplyDMARCFail, Insert: insert,
				Remove: []policy.HeaderRef{{Name: "A", Index: 1}}, Recipients: []string{"<b@gw.test>"}},
			want: []string{"y550 5.7.26 author domain is not authenticated (4Q)"}, outcome: policy.OutcomeRejected,
		},
		{name: "reject as the MTA likes", effect: policy.Effect{Action: policy.ActionReject}, want: []string{"r"}, outcome: policy.OutcomeRejected},
		{name: "tempfail as the MTA likes", effect: policy.Effect{Action: policy.ActionTempfail}, want: []string{"t"}, outcome: policy.OutcomeTempfailed},
		{
			name:   "tempfail",
			effect: policy.Effect{Action: policy.ActionTempfail, Reply: policy.ReplySPFTempError},
			want:   []string{"y451 4.7.24 SPF record of the sender cannot be read now (4Q)"}, outcome: policy.OutcomeTempfailed,
		},
		{
			name:   "take a recipient off by its exact argument",
			effect: policy.Effect{Action: policy.ActionAccept, Recipients: []string{"Plain@gw.test"}},
			want:   []string{"-Plain@gw.test", "c"}, outcome: policy.OutcomeAccepted,
		},
		{
			name:   "take every recipient off",
			effect: policy.Effect{Action: policy.ActionAccept, Recipients: []string{"<b@gw.test>", "Plain@gw.test"}, Insert: insert},
			want:   []string{"d"}, outcome: policy.OutcomeDiscarded,
		},
		{
			name:   "nothing is left to hold",
			effect: policy.Effect{Action: policy.ActionQuarantine, Recipients: []string{"<b@gw.test>", "Plain@gw.test"}},
			want:   []string{"d"}, outcome: policy.OutcomeDiscarded,
		},
		{
			name:   "take every recipient off and add one",
			effect: policy.Effect{Action: policy.ActionDiscard, Recipients: []string{"<b@gw.test>", "Plain@gw.test"}, Add: []string{"<audit@gw.test>"}},
			want:   []string{"-<b@gw.test>", "-Plain@gw.test", "+<audit@gw.test>", "c"}, outcome: policy.OutcomeDiscarded,
		},
		{
			name:   "do not add one who is there",
			effect: policy.Effect{Action: policy.ActionRemove, Recipients: []string{"<b@gw.test>"}, Add: []string{"<plain@gw.test>"}},
			want:   []string{"-<b@gw.test>", "c"}, outcome: policy.OutcomeTrimmed,
		},
		{
			name: "addition of recipients is not offered", actions: allActions &^ addRcpt,
			effect: policy.Effect{Action: policy.ActionRemove, Add: []string{"<audit@gw.test>"}},
			want:   []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name: "quarantine is not offered", actions: allActions &^ quarantine,
			effect: policy.Effect{Action: policy.ActionQuarantine}, want: []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name: "insertion is not offered", actions: allActions &^ addHeader,
			effect: policy.Effect{Action: policy.ActionTag, Insert: insert}, want: []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name: "removal is not offered", actions: allActions &^ chgHeader,
			effect: policy.Effect{Action: policy.ActionAccept, Remove: []policy.HeaderRef{{Name: "A", Index: 1}}},
			want:   []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name: "removal of recipients is not offered", actions: allActions &^ delRcpt,
			effect: policy.Effect{Action: policy.ActionAccept, Recipients: []string{"<b@gw.test>"}},
			want:   []string{failedNow}, outcome: policy.OutcomeTempfailed,
		},
		{
			name: "reject needs nothing of the offer", actions: 0x80,
			effect: policy.Effect{Action: policy.ActionReject, Reply: policy.ReplySPFFail, Insert: insert},
			want:   []string{"y550 5.7.23 SPF check failed for the sender (4Q)"}, outcome: policy.OutcomeRejected,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.actions == 0 {
				c.actions = allActions
			}
			if c.protocol == 0 {
				c.protocol = allProtocol
			}
			got, rec := edit(t, c.actions, c.protocol, c.effect, "<b@gw.test>", "Plain@gw.test")
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("answer (-want +got):\n%s", d)
			}
			if rec.Outcome != c.outcome {
				t.Errorf("outcome %s, want %s", rec.Outcome, c.outcome)
			}
		})
	}
}

// Postfix knows a recipient with a source route by another name than Sendmail.
func TestRemoveRouted(t *testing.T) {
	for arg, want := range map[string][]string{
		"<@gw.test:x@attacker.test>":            {"-<@gw.test:x@attacker.test>", "-<x@attacker.test>", "c"},
		"@gw.test,@mx.gw.test:x@attacker.test":  {"-@gw.test,@mx.gw.test:x@attacker.test", "-<x@attacker.test>", "c"},
		"<@[IPv6:2001:db8::7]:x@attacker.test>": {"-<@[IPv6:2001:db8::7]:x@attacker.test>", "-<2001:db8::7]:x@attacker.test>", "c"},
		"<x:y@attacker.test>":                   {"-<x:y@attacker.test>", "c"},
		"<@attacker.test>":                      {"-<@attacker.test>", "c"},
		"<\"@a:b\"@attacker.test>":              {"-<\"@a:b\"@attacker.test>", "c"},
	} {
		got, _ := edit(t, allActions, allProtocol, policy.Effect{Action: policy.ActionRemove, Recipients: []string{arg}}, "<b@gw.test>", arg)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", arg, d)
		}
	}
}

func TestFieldValue(t *testing.T) {
	for _, c := range []struct{ in, own, added string }{
		{" plain", " plain", "plain"},
		{" a;\n\tb;\n c", " a;\n\tb;\n c", "a;\n\tb;\n c"},
		{" a;\r\n\tb", " a;\n\tb", "a;\n\tb"},
		{" a\nBcc: x@y", " a?Bcc: x@y", "a?Bcc: x@y"},
		{" a\r\nBcc: x@y", " a?Bcc: x@y", "a?Bcc: x@y"},
		{" a\rb\x00c\x7fd\xe3\x81\x82", " a?b?c?d???", "a?b?c?d???"},
		{" ends\n", " ends", "ends"},
		{" ends\r\n", " ends", "ends"},
		{"", " ", ""},
		{"\t", "\t", "\t"},
	} {
		if got, ok := fieldValue(c.in, true); !ok || got != c.own {
			t.Errorf("%q: %q, want %q", c.in, got, c.own)
		}
		if got, ok := fieldValue(c.in, false); !ok || got != c.added {
			t.Errorf("%q where the MTA adds the space: %q, want %q", c.in, got, c.added)
		}
	}
}

// A field over a limit is left out, the others are written.
func TestInsertLimits(t *testing.T) {
	value, name := strings.Repeat("v", MaxFieldValue), strings.Repeat("N", MaxFieldName)
	fields := func(name, value string) policy.Effect {
		return policy.Effect{Action: policy.ActionAccept, Insert: []policy.Field{{Name: name, Value: value}, {Name: "X", Value: " x"}}}
	}
	for _, c := range []struct {
		effect policy.Effect
		want   int
	}{
		{fields(name, value), 3}, {fields(name+"N", " x"), 2}, {fields("A", value+"v"), 2},
		{fields("", " x"), 2}, {fields("A B", " x"), 2}, {fields("A:", " x"), 2}, {fields("A\x00", " x"), 2}, {fields("\xe3", " x"), 2},
	} {
		if got, _ := edit(t, allActions, allProtocol, c.effect, "<b@gw.test>"); len(got) != c.want {
			t.Errorf("%.20q: %d packets, want %d", c.effect.Insert[0].Name, len(got), c.want)
		}
	}
}
