package drill

import (
	"bytes"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// example is the drill of two rounds and twelve bodies that administrators find in contrib/examples.
func example(t testing.TB) Counts {
	t.Helper()
	const name = "../../contrib/examples/drill.csv"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	drills, mistakes := ReadCounts(name, data)
	if len(mistakes) > 0 || len(drills) != 1 {
		t.Fatalf("%d drills, mistakes: %v", len(drills), mistakes)
	}
	return drills[0]
}

// writers are all ways to write a report.
func writers() map[string]func(io.Writer, *Report) error {
	return map[string]func(io.Writer, *Report) error{
		"csv":     WriteCSV,
		"json":    WriteJSON,
		"en.txt":  func(w io.Writer, r *Report) error { return WriteText(w, r, English) },
		"ja.txt":  func(w io.Writer, r *Report) error { return WriteText(w, r, Japanese) },
		"en.html": func(w io.Writer, r *Report) error { return WriteHTML(w, r, English) },
		"ja.html": func(w io.Writer, r *Report) error { return WriteHTML(w, r, Japanese) },
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestReports(t *testing.T) {
	small := Counts{Drill: "small", Rounds: []RoundCounts{
		{Number: 1, Kind: KindLink, Lure: "invoice", Mode: ModeExempt, Bodies: []BodyCounts{
			{Organisation: "財務省", Numbers: map[Measure]int{"accepted": 500, "opened": 2, "opened_uncertain": 1, "reported": 50}},
			{Organisation: "<b>&\"'", Numbers: map[Measure]int{"accepted": 1500, "opened": 60, "opened_uncertain": 30, "reported": 200}},
			{Organisation: "=1+1", Numbers: map[Measure]int{"accepted": 2000, "opened": 80, "opened_uncertain": 20, "reported": 70}},
			{Organisation: "late", Numbers: map[Measure]int{"accepted": 3000, "opened": 300, "opened_uncertain": 30}},
		}, Late: 3, Strangers: 9, ReportMedian: 90 * time.Minute, ReportTimed: 318, ReportWithin: []int{12, 150, 315}, Imports: []Import{{Source: "microsoft", Times: 1, Last: time.Unix(1320624000, 0).UTC(), Records: 54321}}},
		{Number: 2, Kind: KindLink, Lure: "invoice", Mode: ModeExempt, Bodies: []BodyCounts{
			{Organisation: "財務省", Numbers: map[Measure]int{"accepted": 500, "opened": 30}},
			{Organisation: "late", Numbers: map[Measure]int{"accepted": 3000, "opened": 100, "opened_machine": 12}},
		}, Late: 12, Strangers: 10, Imports: []Import{
			{Source: "gophish_events", Times: 12, Last: time.Unix(1323648000, 0).UTC(), Records: 12345, Rejected: 3},
			{Source: "gophish_webhook", Last: time.Unix(1323648060, 0).UTC(), Records: 7},
			{Source: "mailbox", Begun: time.Unix(1323648120, 0).UTC()},
		}},
	}, Paired: []PairedCounts{{1, 2, "opened", Paired{Both: 20, FirstOnly: 280, SecondOnly: 100, Neither: 3000}}}}
	for name, c := range map[string]Counts{"two_rounds": example(t), "small": small} {
		r := Compare(c, DefaultMinCell)
		for kind, write := range writers() {
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				t.Fatalf("%s.%s: %v", name, kind, err)
			}
			golden(t, name+"."+kind, b.String())
		}
	}
}

// The example gives what was published of the drill of 2011.
func TestPublishedNumbers(t *testing.T) {
	var b bytes.Buffer
	if err := WriteText(&b, Compare(example(t), DefaultMinCell), English); err != nil {
		t.Fatal(err)
	}
	var opened string
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "opened ") && opened == "" {
			opened = strings.Join(strings.Fields(line), " ")
		}
	}
	want := "opened 6,060 10.1% 9.9–10.3 1.1–23.8 11.8% ±2.4 1,860 3.1% 3.0–3.2 0.4–6.1 3.1% ±0.8 -7.0 -7.3 -6.7"
	if opened != want {
		t.Errorf("%s, wanted\n%s", opened, want)
	}
	if !strings.Contains(b.String(), "not a trend: the lures differ in kind (attachment, link)") {
		t.Error("an attachment and a link are called a trend")
	}
}

// A small number stands in no report, not even where other numbers are computed from it.
func TestSmallNumbersAreInNoReport(t *testing.T) {
	bodies := func(hidden int) []BodyCounts {
		out := []BodyCounts{{Organisation: "small", Numbers: map[Measure]int{"delivered": 500, "reported": hidden}, FirstReport: time.Unix(1320624000, 0).UTC()}}
		for _, name := range []string{"x", "y", "z"} {
			out = append(out, BodyCounts{Organisation: name, Numbers: map[Measure]int{"delivered": 1000, "reported": 100}})
		}
		out[1].Numbers["reported"] = 100 - hidden // the total stays
		return out
	}
	for kind, write := range writers() {
		var first string
		for _, hidden := range []int{2, 5, 9, 10} {
			var b bytes.Buffer
			if err := write(&b, Compare(Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Bodies: bodies(hidden)}}}, 10)); err != nil {
				t.Fatal(err)
			}
			switch {
			case first == "":
				first = b.String()
			case (b.String() == first) != (hidden < 10):
				t.Errorf("%s: %d can be told from 2: %v", kind, hidden, b.String() != first)
			}
		}
	}
}

// What stands alone is hidden by the same rule: one late person cannot be told from nine in any report, and ten can.
func TestSmallNumbersThatStandAlone(t *testing.T) {
	round := func(late, strangers, soon int) Counts {
		return Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Late: late, Strangers: strangers, ReportWithin: []int{soon, 50, 80},
			Bodies: []BodyCounts{{Organisation: "x", Numbers: map[Measure]int{"delivered": 1000, "reported": 100}}}}}}
	}
	for kind, write := range writers() {
		said := func(c Counts) string {
			var b bytes.Buffer
			if err := write(&b, Compare(c, 10)); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		few := said(round(1, 1, 1))
		if said(round(9, 9, 9)) != few {
			t.Errorf("%s: 9 can be told from 1", kind)
		}
		for i, c := range []Counts{round(10, 9, 9), round(9, 10, 9), round(9, 9, 10), round(0, 9, 9), round(9, 0, 9)} {
			if said(c) == few {
				t.Errorf("%s, %d: it says nothing of this number at all", kind, i)
			}
		}
	}
}

// The time of a body's first report is hidden with the number of its reports.
func TestFirstReport(t *testing.T) {
	at := time.Date(2011, 11, 7, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		reported    int
		body, every bool
	}{{9, false, false}, {10, true, true}} {
		r := Compare(Counts{Rounds: []RoundCounts{{Bodies: []BodyCounts{
			{Organisation: "a", Numbers: map[Measure]int{"delivered": 100, "reported": tt.reported}, FirstReport: at}}}}}, 10)
		if got := r.Rounds[0]; got.FirstReport[0].Equal(at) != tt.body || got.First.Equal(at) != tt.every {
			t.Errorf("%d reports: %v, %v", tt.reported, got.FirstReport, got.First)
		}
	}
}

// What the filter would have done says nothing of persons and is shown; so is no cell of a table of pairs below the limit.
func TestWhatIsSmall(t *testing.T) {
	body := []BodyCounts{{Organisation: "a", Numbers: map[Measure]int{"delivered": 100, "flagged": 3, "opened": 50}}}
	for _, least := range []int{10, 11} {
		r := Compare(Counts{Rounds: []RoundCounts{{Number: 1, Bodies: body}, {Number: 2, Bodies: body}},
			Paired: []PairedCounts{{1, 2, "opened", Paired{10, 40, 20, 30}}}}, least)
		for _, table := range r.Tables {
			if c := table.Columns[0]; c.Cells[0].State != StateShown || c.Total.State != StateShown {
				t.Errorf("%s: %+v", table.Measure, c)
			}
			if got := table.Changes[0].Paired != nil; got != (table.Measure == "opened" && least == 10) {
				t.Errorf("limit %d, %s: the table of pairs is shown: %v", least, table.Measure, got)
			}
		}
	}
}

func BenchmarkReport(b *testing.B) {
	c := example(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteHTML(io.Discard, Compare(c, DefaultMinCell), Japanese); err != nil {
			b.Fatal(err)
		}
	}
}

// Half an interval that is wider than everything possible says nothing, and is not printed.
func TestSpreadOfFewBodies(t *testing.T) {
	for margin, want := range map[float64]string{1: "±100.0", 1.001: "-"} {
		c := Column{Spread: Spread{Bodies: 2, Min: 0.1, Max: 0.9, Mean: 0.5, Margin: margin}}
		if got := c.spread()[2]; got != want {
			t.Errorf("%v is printed as %s, wanted is %s", margin, got, want)
		}
	}
}
