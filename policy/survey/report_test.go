package survey

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// seen returns an observation with a mail exchanger and the SPF state given.
func seen(name, group string, spf State) Observation {
	o := Observation{Domain: policy.Domain(name), Group: group, Name: Yes}
	o.MX = MX{State: Yes, Null: No, Exchangers: 1}
	o.SPF, o.DMARC = SPF{State: spf}, DMARC{State: No}
	o.MTASTS, o.TLSRPT = Presence{State: No}, Presence{State: No}
	switch spf {
	case Yes:
		o.SPF.All = "-"
	case Weak:
		o.SPF.All, o.SPF.Why = "+", WhyAnyone
	case Invalid:
		o.SPF.Why = WhySyntax
	case Unknown:
		o.SPF.Why = WhyDNS
	case No:
	}
	return o
}

// add hands values to a Builder.
func add(t testing.TB, b *Builder, values ...any) {
	t.Helper()
	for _, v := range values {
		var l Line
		switch v := v.(type) {
		case Head:
			l.Head = &v
		case Observation:
			l.Observation = &v
		case Tail:
			l.Tail = &v
		}
		if err := b.Add(l); err != nil {
			t.Fatal(err)
		}
	}
}

// series is the course of 2011: of 1000 domains with a mail exchanger 374, 632 and 851 publish SPF. Beside them there
// are 40 without an exchanger that say that they send nothing, and 10 that DNS did not answer for.
func series(t testing.TB, d Denominator) Report {
	t.Helper()
	b := NewBuilder(d)
	for _, run := range []struct {
		day string
		spf int
	}{{"2011-10-13", 632}, {"2011-07-31", 374}, {"2012-01-16", 851}} {
		h := head(run.day, 1050)
		add(t, b, h)
		for i := range 1050 {
			state := No
			switch {
			case i >= 1040:
				state = Unknown
			case i >= 1000:
				state = Yes
			case i < run.spf/10:
				state = Weak
			case i < run.spf:
				state = Yes
			}
			o := seen(fmt.Sprintf("d%d.go.jp", i), []string{"agency", "ministry"}[i%2], state)
			o.At = h.At.Add(time.Duration(i) * time.Second)
			switch {
			case i >= 1040:
				o.MX, o.Name = MX{State: Unknown, Why: WhyDNS, Null: Unknown}, Unknown
			case i >= 1000:
				o.MX = MX{State: No, Null: Yes}
			}
			add(t, b, o)
		}
		add(t, b, Tail{End: h.At.Add(time.Hour), Measured: 1050})
	}
	return b.Finish()
}

// TestSeries holds the published course to its decimal place, each run by itself and as a panel, in the order of time.
func TestSeries(t *testing.T) {
	r := series(t, OfMX)
	var days, cross, panel []string
	for i := range r.Runs {
		c := r.Runs[i].counts(CheckSPF)
		days = append(days, Date(r.Runs[i].At))
		cross = append(cross, Percent(c.Have(Published), c.Known()))
		p := r.panel(CheckSPF).Runs[i]
		panel = append(panel, Percent(p.Have(Published), p.Known()))
	}
	for _, tt := range []struct{ want, got []string }{
		{[]string{"2011-07-31", "2011-10-13", "2012-01-16"}, days},
		{[]string{"37.4", "63.2", "85.1"}, cross},
		{[]string{"37.4", "63.2", "85.1"}, panel},
	} {
		if d := cmp.Diff(tt.want, tt.got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	// Of all domains those without an exchanger count, too: (374+40) of 1040 whose state is known.
	all := series(t, OfAll)
	c := all.Runs[0].counts(CheckSPF)
	if c.Have(Published) != 414 || c.Known() != 1040 || c.Unknown != 10 {
		t.Errorf("%+v", c)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: (-want +got)\n%s", name, d)
	}
}

// TestFormats holds every form of the report.
func TestFormats(t *testing.T) {
	r := series(t, OfMX)
	for name, write := range map[string]func(io.Writer) error{
		"series.txt":     func(w io.Writer) error { return WriteText(w, &r, Options{Groups: true}) },
		"series.ja.txt":  func(w io.Writer) error { return WriteText(w, &r, Options{Lang: Japanese, Level: Strong}) },
		"series.csv":     func(w io.Writer) error { return WriteCSV(w, &r) },
		"series.json":    func(w io.Writer) error { return WriteJSON(w, &r) },
		"series.html":    func(w io.Writer) error { return WriteHTML(w, &r, Options{Groups: true}) },
		"series.ja.html": func(w io.Writer) error { return WriteHTML(w, &r, Options{Lang: Japanese, Groups: true}) },
		"series.prom": func(w io.Writer) error {
			all := series(t, OfAll)
			return WriteGauges(w, &all.Runs[2], &r.Runs[2])
		},
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

// TestPage holds that the page needs nothing else, and that names cannot break out of it.
func TestPage(t *testing.T) {
	b := NewBuilder(OfMX)
	h := head("2012-01-16", 1)
	h.Name, h.Resolver = "<script>", []string{`"><script>alert(1)</script>`}
	add(t, b, h, seen("d.jp", "<img src=x>", Yes), Tail{})
	h.At = h.At.AddDate(0, 1, 0)
	add(t, b, h, seen("d.jp", "<img src=x>", Weak)) // without an end
	r := b.Finish()
	var out strings.Builder
	if err := WriteHTML(&out, &r, Options{Groups: true, Checks: Checks()}); err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"<script", "<img", "http://", "https://", "url(", "@import", "<link"} {
		if strings.Contains(out.String(), foreign) {
			t.Errorf("the page holds %s", foreign)
		}
	}
	if n := strings.Count(out.String(), `<circle class="o l`); n != len(Checks()) {
		t.Errorf("%d hollow points, want one for each check", n)
	}
	svg := out.String()[strings.Index(out.String(), "<svg"):]
	svg = svg[:strings.Index(svg, "</svg>")+len("</svg>")]
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPanel: a list that changes moves the cross-section, and not the panel.
func TestPanel(t *testing.T) {
	b := NewBuilder(OfMX)
	first, second := head("2011-07-31", 4), head("2011-10-13", 4)
	second.List = "another"
	without := seen("null.jp", "", Yes)
	without.MX = MX{State: No, Null: Yes}
	add(t, b, first, seen("a.jp", "", No), seen("b.jp", "", Yes), seen("gone.jp", "", No), seen("dark.jp", "", Unknown), seen("null.jp", "", Yes), Tail{})
	add(t, b, second, seen("a.jp", "", Yes), seen("b.jp", "", No), seen("new.jp", "", Yes), seen("dark.jp", "", Yes), without, Tail{})
	r := b.Finish()
	p := r.panel(CheckSPF)
	want := Panel{Check: CheckSPF, Domains: 2, Runs: []Counts{{Yes: 1, No: 1}, {Yes: 1, No: 1}}, Gained: []int{0, 1}, Lost: []int{0, 1}}
	if d := cmp.Diff(want, *p); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := r.panel(CheckNullMX).Domains; got != 4 {
		t.Errorf("null_mx: %d domains, want 4: the denominator does not apply to it", got)
	}
	var text strings.Builder
	if err := WriteText(&text, &r, Options{}); err != nil || !strings.Contains(text.String(), "The lists differ") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// TestIncomplete: what is missing is said.
func TestIncomplete(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []any
		want   bool
	}{
		{"complete", []any{head("2012-01-16", 1), seen("a.jp", "", Yes), Tail{}}, true},
		{"no end", []any{head("2012-01-16", 1), seen("a.jp", "", Yes)}, false},
		{"fewer domains", []any{head("2012-01-16", 2), seen("a.jp", "", Yes), Tail{}}, false},
		{"twice the same", []any{head("2012-01-16", 2), seen("a.jp", "", Yes), seen("a.jp", "", No), Tail{}}, false},
	} {
		b := NewBuilder(OfMX)
		add(t, b, tt.values...)
		r := b.Finish()
		var text strings.Builder
		if err := WriteText(&text, &r, Options{}); err != nil {
			t.Fatal(err)
		}
		if r.Runs[0].Complete != tt.want || strings.Contains(text.String(), "INCOMPLETE") == tt.want {
			t.Errorf("%s: %v\n%s", tt.name, r.Runs[0].Complete, text.String())
		}
	}
}

func TestResumed(t *testing.T) {
	b := NewBuilder(OfMX)
	again := head("2012-01-17", 2)
	again.Resumed, again.Resolver = true, []string{"127.0.0.1:53", "[::1]:53"}
	late := seen("b.jp", "", Yes)
	late.At = again.At
	add(t, b, head("2012-01-16", 2), seen("a.jp", "", Yes), again, late, Tail{})
	r := b.Finish()
	if len(r.Runs) != 1 || !r.Runs[0].Complete || len(r.Runs[0].Resolvers) != 2 {
		t.Errorf("%+v", r.Runs)
	}
	var text strings.Builder
	if err := WriteText(&text, &r, Options{}); err != nil || !strings.Contains(text.String(), "went on until 2012-01-17") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestDisorder(t *testing.T) {
	h, other := head("2012-01-16", 1), head("2012-01-16", 1)
	other.List, other.Resumed = "x", true
	o := seen("a.jp", "", Yes)
	for _, tt := range []struct {
		lines []Line
		want  error
	}{
		{[]Line{{Observation: &o}}, errNoHead},
		{[]Line{{Tail: &Tail{}}}, errEnd},
		{[]Line{{Head: &other}}, errResumed},
		{[]Line{{Head: &h}, {Head: &other}}, errResumed},
		{[]Line{{Head: &h}, {Tail: &Tail{}}, {Observation: &o}}, errAfterEnd},
	} {
		b := NewBuilder(OfMX)
		var err error
		for _, l := range tt.lines {
			err = b.Add(l)
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
	}
	b := NewBuilder(OfMX)
	for range MaxRuns {
		add(t, b, h)
	}
	if b.Add(Line{Head: &h}) == nil {
		t.Error("one run more than MaxRuns")
	}
}

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		n, of int
		want  string
	}{
		{0, 0, "–"}, {0, 3, "0.0"}, {3, 3, "100.0"}, {1, 3, "33.3"}, {2, 3, "66.7"}, {1, 2000, "0.1"}, {1, 2001, "0.0"},
		{374, 1000, "37.4"}, {3745, 10000, "37.5"}, {3744, 10000, "37.4"}, {1999999, 2000000, "100.0"},
	} {
		if got := Percent(tt.n, tt.of); got != tt.want {
			t.Errorf("%d of %d: %s, want %s", tt.n, tt.of, got, tt.want)
		}
	}
}

// TestCSVIsHarmless: a group cannot become a formula.
func TestCSVIsHarmless(t *testing.T) {
	for _, group := range []string{"=1+1", "+1", "-1", "@x", "＝1"} {
		b := NewBuilder(OfAll)
		add(t, b, head("2012-01-16", 1), seen("a.jp", group, Yes), Tail{})
		r := b.Finish()
		var out strings.Builder
		if err := WriteCSV(&out, &r); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[len(rows)-1][5]; got != "'"+group {
			t.Errorf("%s", got)
		}
	}
}

// TestLabels: a value of a label keeps its line.
func TestLabels(t *testing.T) {
	b := NewBuilder(OfAll)
	add(t, b, head("2012-01-16", 1), seen("a.jp", "a\"b\\c\nd", Yes), Tail{})
	r := b.Finish()
	var out strings.Builder
	if err := WriteGauges(&out, &r.Runs[0], &r.Runs[0]); err != nil {
		t.Fatal(err)
	}
	if want := `group="a\"b\\c\nd",check="spf",state="yes"} 1`; !strings.Contains(out.String(), want) {
		t.Errorf("no %s in\n%s", want, out.String())
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "spf": 3, "項目": 4, "ｽﾍﾟｰｽ": 5, "–": 1} {
		if got := columns(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func BenchmarkReport(b *testing.B) {
	o := make([]Observation, 20_000)
	for i := range o {
		o[i] = seen(fmt.Sprintf("d%d.go.jp", i), fmt.Sprint(i%20), Yes)
	}
	b.ReportAllocs()
	for b.Loop() {
		builder := NewBuilder(OfMX)
		for _, day := range []string{"2011-07-31", "2011-10-13", "2012-01-16"} {
			add(b, builder, head(day, len(o)))
			for i := range o {
				if err := builder.Add(Line{Observation: &o[i]}); err != nil {
					b.Fatal(err)
				}
			}
		}
		builder.Finish()
	}
}

// TestRatesApart: no two rates of the curve stand on each other.
func TestRatesApart(t *testing.T) {
	r := series(t, OfMX)
	c := newChart(&r, Options{Level: Published, Checks: Checks()})
	var placed []point
	for _, l := range c.Lines {
		for _, p := range l.Points {
			if p.RateY == 0 {
				continue
			}
			for _, q := range placed {
				if dx, dy := p.X-q.X, p.RateY-q.RateY; dx > -rateWidth && dx < rateWidth && dy > -minNameGap && dy < minNameGap {
					t.Errorf("%s stands on %s", p.Text, q.Text)
				}
			}
			placed = append(placed, p)
		}
	}
	if len(placed) < 9 {
		t.Errorf("only %d rates are written", len(placed))
	}
}
