package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// assessed is the record of a message with a score.
func assessed(score policy.Points) *policy.Record {
	return &policy.Record{
		Facts: &policy.Facts{Suspicion: policy.Assessment{Asked: true, Hits: []policy.Hit{{Indicator: "from_ambiguous", Points: score}}}},
		Decision: policy.Decision{Verdicts: []policy.Verdict{{Rule: policy.RuleSpoof}, {Rule: policy.RuleSuspicion, Score: score,
			Level: policy.LevelCaution, Action: policy.ActionTag}}},
	}
}

func TestBucket(t *testing.T) {
	bounds := scoreBounds()
	for i, b := range bounds {
		if bucket(b) != i || bucket(b+1) != i+1 {
			t.Errorf("%s is in %d, %s in %d", b, bucket(b), b+1, bucket(b+1))
		}
	}
}

// The work may be shared in any way: what comes out is the same.
func TestTallyIsShared(t *testing.T) {
	whole, shared := newTally(), newTally()
	parts := []*tally{newTally(), newTally(), newTally()}
	for i := range 3 * maxTop {
		r, name := assessed(policy.Points(i%7*10)), fmt.Sprintf("%02d", i)
		whole.count(name, r)
		parts[i%len(parts)].count(name, r)
	}
	for _, p := range slices.Backward(parts) {
		shared.add(p)
	}
	if len(whole.top) != maxTop || whole.top[0].score != 60 || whole.top[0].name != "06" {
		t.Errorf("%d at the top, the first %+v", len(whole.top), whole.top[0])
	}
	if !slices.EqualFunc(whole.top, shared.top, func(a, b scored) bool { return a.name == b.name && a.score == b.score }) {
		t.Errorf("%v\n%v", whole.top, shared.top)
	}
	if whole.read != shared.read || !slices.Equal(whole.scores, shared.scores) || shared.fired["from_ambiguous"] != 3*maxTop ||
		shared.levels[policy.LevelCaution] != 3*maxTop || shared.actions[policy.ActionTag] != 3*maxTop {
		t.Errorf("%+v\n%+v", whole, shared)
	}
}

func TestTallyTop(t *testing.T) {
	for n, want := range map[int]int{maxTop: maxTop, maxTop + 1: maxTop} {
		tl := newTally()
		for i := range n {
			tl.count(fmt.Sprint(i), assessed(policy.Points(i+1)))
		}
		if len(tl.top) != want || tl.top[0].score != policy.Points(n) {
			t.Errorf("%d messages: %d at the top, the first with %s", n, len(tl.top), tl.top[0].score)
		}
	}
	tl := newTally()
	if tl.count("x", assessed(0)); len(tl.top) != 0 {
		t.Error("a score of nothing is at the top")
	}
}

// What cannot be read is counted whatever it is, and named as far as a person reads.
func TestTallyFailures(t *testing.T) {
	tl := newTally()
	for i := range maxReasons + 5 {
		tl.fail(fmt.Sprintf("file %02d", i), fmt.Sprintf("reason %02d", i))
	}
	if len(tl.reasons) != maxReasons+1 || tl.reasons["other reasons"] != 5 || len(tl.failed) != maxFailed {
		t.Errorf("%d reasons, %d others, %d names", len(tl.reasons), tl.reasons["other reasons"], len(tl.failed))
	}
	var b bytes.Buffer
	if tl.unreadable(&b); strings.Index(b.String(), "5 other reasons") > strings.Index(b.String(), "reason 00") {
		t.Errorf("the most frequent is not the first:\n%s", &b)
	}
}

func TestTallyNotAssessed(t *testing.T) {
	tl := newTally()
	r := assessed(10)
	r.Facts.Suspicion.Asked = false
	tl.count("x", r)
	if tl.read != 1 || tl.unassessed != 1 || len(tl.levels) != 0 {
		t.Errorf("%+v", tl)
	}
}

func TestCame(t *testing.T) {
	at := time.Date(2020, 11, 22, 1, 0, 0, 0, time.UTC)
	const good, later = "Sun, 22 Nov 2020 10:00:00 +0900", "Mon, 23 Nov 2020 10:00:00 +0900"
	for name, tt := range map[string]struct {
		h    policy.Header
		want time.Time
	}{
		"the last relay":       {policy.Header{{Name: "received", Value: " from a by b; id 1;\n\t" + good + " (JST)"}, {Name: "Received", Value: "; " + later}, {Name: "Date", Value: later}}, at},
		"a relay without time": {policy.Header{{Name: "Received", Value: " from a"}, {Name: "Date", Value: good}}, at},
		"no relay":             {policy.Header{{Name: "Date", Value: " " + good}}, at},
	} {
		if got := came(tt.h); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	if got := came(policy.Header{{Name: "Date", Value: "yesterday"}}); time.Since(got) > time.Minute {
		t.Errorf("without any time %v", got)
	}
}

func TestTraced(t *testing.T) {
	h := policy.Header{{Name: "Return-Path", Value: " <taro@attacker.test>"}, {Name: "Delivered-To", Value: " hanako@gw.test"}}
	var m policy.Message
	traced(&m, h)
	if m.Sender.String() != "taro@attacker.test" || len(m.Recipients) != 1 || m.Recipients[0].Address.String() != "hanako@gw.test" {
		t.Errorf("%+v", m)
	}
	given := []policy.Recipient{{Arg: "<saburo@gw.test>"}}
	m = policy.Message{Recipients: given}
	if traced(&m, h); !slices.Equal(m.Recipients, given) {
		t.Errorf("the recipient that was given became %v", m.Recipients)
	}
}
