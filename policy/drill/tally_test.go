package drill

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// happened puts events into a set: "person event class minute", the minutes after the start of the round. What is behind a slash is the
// verdict.
func happened(round int, lines ...string) *Set {
	s := &Set{}
	add(s, round, lines...)
	return s
}

func add(s *Set, round int, lines ...string) {
	for _, line := range lines {
		r := Record{Drill: "d", Round: round, Organisation: "mof"}
		minute := 0
		verdict := ""
		line, verdict, _ = strings.Cut(line, "/")
		if _, err := fmt.Sscan(line, &r.Person, &r.Event, &r.Class, &minute); err != nil {
			panic(err)
		}
		if strings.HasPrefix(r.Person, "m") {
			r.Organisation = "moj"
		}
		r.At, r.Verdict = start.Add(time.Duration(minute)*time.Minute), policy.Action(verdict)
		s.Add(r)
	}
}

// counted is the drill that these tests count: two bodies take part, of which one gets nothing.
func counted() *Drill {
	d := soundDrill()
	d.Organisations = []Body{{Name: "mod"}, {Name: "mof", Staff: 30}, {Name: "moj"}}
	second := d.Rounds[0]
	second.Number = 2
	d.Rounds = append(d.Rounds, second)
	return &d
}

func TestCount(t *testing.T) {
	const after = 60 * 24 * 20
	s := happened(1,
		"a accepted human 0/reject", "b accepted human 1/tag", "c accepted human 2/quarantine", "d accepted human 3", "ma accepted human 0/accept",
		"a opened human 10", "a opened machine 1", "b opened uncertain 9", "c opened machine 2", "d opened human "+fmt.Sprint(after),
		"a reported human 31", "b reported human 11", "ma reported human 5", "stranger replied human 5",
		"a auto_replied machine 1", "b auto_reply_stopped machine 1")
	got := Count(counted(), Content{Set: s, Lost: map[int]int{1: 7}})
	if len(got.Rounds) != 1 || got.Drill != "d" { // of the second there is nothing
		t.Fatalf("%+v", got)
	}
	r := got.Rounds[0]
	if r.Lost != 7 || r.Late != 1 || r.Strangers != 1 || r.ReportMedian != 10*time.Minute || r.ReportTimed != 3 || !slices.Equal(r.ReportWithin, []int{1, 3, 3}) || r.Kind != KindAttachment || r.Window.From != start {
		t.Errorf("%+v", r)
	}
	want := []BodyCounts{
		{Organisation: "mof", Staff: 30, FirstReport: start.Add(11 * time.Minute), Numbers: map[Measure]int{
			"accepted": 4, "reported": 2, "replied": 1, "auto_replied": 1, "auto_reply_stopped": 1, "receipt": 0, "forwarded": 0,
			"opened": 1, "opened_uncertain": 1, "opened_machine": 1, "flagged": 1, "stopped": 2}},
		{Organisation: "moj", FirstReport: start.Add(5 * time.Minute), Numbers: map[Measure]int{
			"accepted": 1, "reported": 1, "replied": 0, "auto_replied": 0, "auto_reply_stopped": 0, "receipt": 0, "forwarded": 0,
			"flagged": 0, "stopped": 0}}, // what others opened says nothing of it
	}
	if diff := cmp.Diff(want, r.Bodies); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}
	if lost := Count(counted(), Content{Set: s, Lost: map[int]int{2: 1}}); len(lost.Rounds) != 2 || lost.Rounds[1].Lost != 1 {
		t.Errorf("a round of which everything was lost: %+v", lost.Rounds)
	}
}

// What only others can see is not counted where they reported none of it: that is not 0. Nobody does more than get the mail.
func TestCountKnows(t *testing.T) {
	body := func(lines ...string) map[Measure]int {
		t.Helper()
		c := Count(counted(), Content{Set: happened(1, lines...)})
		return c.Rounds[0].Bodies[0].Numbers
	}
	if n, ok := body("a accepted human 0")["opened"]; ok {
		t.Errorf("opened is %d, and nobody counted it", n)
	}
	if n, ok := body("a opened human 0", "a delivered human 0")["replied"]; ok {
		t.Errorf("replied is %d, and no gateway saw the mail", n)
	}
	if n := body("a opened human 0", "b opened human 0", "a accepted human 0"); n["opened"] != 1 {
		t.Errorf("%d of 1 opened", n["opened"])
	}
	if n := body("a opened human 0", "b opened human 0", "a accepted human 0", "b accepted human 0", "a delivered human 0"); n["opened"] != 1 {
		t.Errorf("%d of 1 opened", n["opened"])
	}
}

func TestCountPairs(t *testing.T) {
	s := happened(1, "a accepted human 0", "b accepted human 0", "c accepted human 0", "a opened human 1", "b opened human 1")
	add(s, 2, "a accepted human 0", "b accepted human 0", "d accepted human 0", "a opened human 1", "d opened human 1")
	for _, p := range Count(counted(), Content{Set: s}).Paired {
		if p.Measure == "opened" && (p.First != 1 || p.Second != 2 || p.Paired != Paired{Both: 1, FirstOnly: 1}) {
			t.Errorf("%+v", p)
		}
		if p.Measure == "accepted" {
			t.Error("who got the mail is no measure of persons")
		}
	}
}

func TestMedian(t *testing.T) {
	for want, of := range map[time.Duration][]time.Duration{0: nil, 3: {3}, 2: {4, 2}, 5: {9, 5, 1}} {
		if got := median(of); got != want {
			t.Errorf("%v: %v, want %v", of, got, want)
		}
	}
}

// What a report says of a round beside its numbers; and that it says nothing of times and visits where the number of persons is hidden.
func TestRoundWords(t *testing.T) {
	c := Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Mode: ModeExempt, Window: Window{From: start, Until: end}, Lost: 3, Late: 20, Strangers: 1,
		ReportMedian: 90 * time.Second, ReportTimed: 90, ReportWithin: []int{15, 22, 90}, Bodies: []BodyCounts{{Organisation: "mof", FirstReport: start.Add(3 * time.Minute).UTC(), Numbers: map[Measure]int{
			"accepted": 1000, "reported": 100, "opened": 50, "opened_uncertain": 10, "opened_machine": 20, "flagged": 250, "stopped": 125}}}}}}
	en := []string{"first report 2011-11-06 18:03 +09:00, 3 minutes after the start; half of the reports within 2 minutes of the mail",
		"of these mails 25.0% would have been flagged, 12.5% would have been stopped", "round 1: 20 visits of machines are left out, 25.0% of all visits.",
		"round 1 is incomplete, and its numbers are too low: events that were seen and could not be written down: 3.", "round 1: persons who did something outside the window, which is in no rate: 20.",
		"round 1: persons who did something and whose mail was not seen: fewer than 10. It came", "of those who reported, from the mail: 15.0% within 5 min, * within 1 h, 90.0% within 24 h"}
	ja := []string{"報告の半数は受信から2分以内", "これらのメールのうち、通常なら注意表示 25.0%、通常なら阻止 12.5%", "(全アクセスの25.0%)", "第1回は不完全です:3件", "期間外の行動(割合に含みません):20名。",
		"受信が確認できない行動(別経路または別アドレス):10名未満。", "報告者のうち受信から 5分以内 15.0%、1時間以内 *、24時間以内 90.0%"}
	said := func(l Lang) string {
		var b bytes.Buffer
		if err := WriteText(&b, Compare(c, DefaultMinCell), l); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, want := range en {
		if got := said(English); !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	for _, want := range ja {
		if got := said(Japanese); !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	c.Rounds[0].Mode = ModeEnforce
	if got := said(English); !strings.Contains(got, "of these mails 25.0% were flagged, 12.5% were held") {
		t.Errorf("in a round that is enforced:\n%s", got)
	}
	c.Rounds[0].Mode, c.Rounds[0].ReportTimed = ModeExempt, 9
	if got := said(English); strings.Contains(got, "half of the reports") {
		t.Errorf("the median of nine is printed:\n%s", got)
	}
	c.Rounds[0].Bodies[0].Numbers["reported"], c.Rounds[0].Bodies[0].Numbers["opened"] = 3, 3
	for _, never := range []string{"first report", "half of the reports", "of all visits", "of those who reported"} {
		if got := said(English); strings.Contains(got, never) {
			t.Errorf("with hidden numbers it says %q:\n%s", never, got)
		}
	}
}

// A visit is counted once, however many events it is.
func TestVisits(t *testing.T) {
	for name, tt := range map[string]struct {
		numbers          map[Measure]int
		machines, visits int
	}{
		"a link": {map[Measure]int{"opened": 30, "clicked": 30, "submitted": 20, "opened_machine": 10, "clicked_machine": 10, "submitted_machine": 5}, 10, 40},
		"an attachment that has a link": {map[Measure]int{"opened": 30, "clicked": 20, "submitted": 20, "opened_uncertain": 15, "clicked_uncertain": 0,
			"opened_machine": 10, "clicked_machine": 5}, 15, 80},
		"clicks and forms": {map[Measure]int{"clicked": 30, "submitted": 20, "clicked_machine": 10, "submitted_machine": 10}, 10, 40},
		"forms alone":      {map[Measure]int{"submitted": 20, "submitted_machine": 10}, 10, 30},
		"hidden":           {map[Measure]int{"opened": 3, "clicked": 3, "opened_machine": 10, "clicked_machine": 10}, 10, 0},
	} {
		tt.numbers["delivered"] = 1000
		r := Compare(Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Bodies: []BodyCounts{{Organisation: "mof", Numbers: tt.numbers}}}}}, DefaultMinCell)
		if x := r.Rounds[0]; x.Machines != tt.machines || x.Visits != tt.visits {
			t.Errorf("%s: %d of %d visits are machines', wanted are %d of %d", name, x.Machines, x.Visits, tt.machines, tt.visits)
		}
	}
}

// BenchmarkCount counts two rounds of 60,000 persons, as a report does.
func BenchmarkCount(b *testing.B) {
	s := &Set{}
	for round := 1; round <= 2; round++ {
		for i := range 60_000 {
			r := Record{Drill: "d", Round: round, Event: EventAccepted, Person: fmt.Sprintf("%016d", i), Organisation: "mof", Class: ClassHuman, At: start}
			s.Add(r)
			if r.Event = EventOpened; i%10 == 0 {
				s.Add(r)
			}
			if r.Event = EventReported; i%20 == 1 {
				s.Add(r)
			}
		}
	}
	d := counted()
	b.ReportAllocs()
	for b.Loop() {
		Count(d, Content{Set: s})
	}
}
