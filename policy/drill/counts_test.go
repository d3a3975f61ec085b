package drill

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadCounts(t *testing.T) {
	drills, mistakes := ReadCounts("x.csv", []byte("\ufeffRound, drill ,organisation,delivered,opened,opened_uncertain,lure,rating,from\r\n"+
		"2,d,'=ministry-a,100,5,,,,\r\n1,d,財務省,200,,3,\"人事, 異動\",least,2011-11-07T09:00:00+09:00\r\n1,d,b,1,0,0,,,2011-11-07T00:00:00Z\r\n1,e,b,1,0,0,,,\r\n"))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if len(drills) != 2 || drills[0].Drill != "d" || len(drills[0].Rounds) != 2 {
		t.Fatalf("%+v", drills)
	}
	first, second := drills[0].Rounds[0], drills[0].Rounds[1]
	if first.Number != 1 || first.Lure != "人事, 異動" || first.Difficulty.Rating != RatingLeast || first.Window.From.IsZero() || len(first.Bodies) != 2 {
		t.Errorf("%+v", first)
	}
	if _, counted := first.Bodies[0].Numbers["opened"]; counted {
		t.Error("an empty cell is a number")
	}
	if n, counted := first.Bodies[1].Numbers["opened"]; n != 0 || !counted {
		t.Error("0 is no number")
	}
	if name := second.Bodies[0].Organisation; name != "=ministry-a" {
		t.Errorf("%q: the apostrophe is not the name's", name)
	}
}

// Every mistake is told with its line, all at once.
func TestMistakes(t *testing.T) {
	const names = "drill,round,organisation,targeted,accepted,delivered,opened,opened_uncertain,kind,mode,rating,raters,lure,from,until,first_report,staff\n"
	const good = "d,1,a,100,90,80,20,5,link,exempt,least,2,x,2011-11-07T09:00:00Z,2011-11-08T09:00:00Z,,100\n"
	row := func(changes ...any) string { // column, value
		cells := strings.Split(strings.TrimSpace(good), ",")
		for i := 0; i < len(changes); i += 2 {
			cells[changes[i].(int)] = changes[i+1].(string)
		}
		return names + strings.Join(cells, ",") + "\n"
	}
	for _, tt := range []struct{ text, want string }{
		{"", "x:1: it is empty: the first line names the columns"},
		{names, "x:1: there is no row below the names"},
		{"drill,round,organisation,opened\n", "x:1: one of the columns delivered, accepted is needed: rates are shares of it"},
		{"drill,round,organisation,delivered,delivered\n", "x:1: column 5: delivered is there twice"},
		{"drill,round,organisation,delivered,opend\n", `x:1: column 5: there is no column "opend"; did you mean opened?`},
		{"drill,round,organisation,delivered,\x1b\n", `x:1: column 5: there is no column "\x1b"`},
		{names + good + "\xff", "x:3: it is not UTF-8: save it as \"CSV UTF-8\""},
		{names + "d,1,\"a\n", `x:2: no CSV: extraneous or missing " in quoted-field`},
		{names + "d,1\n", "x:2: 2 cells, the first line names 17"},
		{row(0, "D"), `x:2: drill: "D" is no name: lower-case letters, digits and underscores, at most 32`},
		{row(1, "0"), `x:2: round: "0" is not between 1 and 9999`},
		{row(1, ""), `x:2: round: "" is not between 1 and 9999`},
		{row(1, "10000"), `x:2: round: "10000" is not between 1 and 9999`},
		{row(2, ""), "x:2: organisation: it is empty"},
		{row(2, "a\u202eb"), "x:2: organisation: the character U+202E cannot stand in it"},
		{row(2, strings.Repeat("財", 65)), "x:2: organisation: more than 64 characters"},
		{row(5, "-1"), `x:2: delivered: "-1" is no number`},
		{row(5, "1000000001"), `x:2: delivered: "1000000001" is not between 0 and 1000000000`},
		{row(5, "99999999999999999999"), `x:2: delivered: "99999999999999999999" is not between 0 and 1000000000`},
		{row(4, "", 5, ""), "x:2: neither delivered nor accepted is stated: rates are shares of it"},
		{row(6, "81", 7, "0"), "x:2: opened: 81 is more than delivered, 80"},
		{row(6, "76"), "x:2: opened: 76 and 5 uncertain are more than delivered, 80"},
		{row(3, "85"), "x:2: accepted: 90 is more than targeted, 85"},
		{row(8, "mail"), `x:2: kind: "mail" is none of attachment, link`},
		{row(9, "off"), `x:2: mode: "off" is none of observe, exempt, enforce`},
		{row(10, "hard"), `x:2: rating: "hard" is none of least, moderately, very`},
		{row(12, strings.Repeat("x", 81)), "x:2: lure: more than 80 characters"},
		{row(13, "yesterday"), `x:2: from: "yesterday" is no time such as 2011-11-07T09:00:00+09:00`},
		{row(14, "2011-11-07T09:00:00Z"), "x:2: until: it is not after from"},
		{names + good + good, `x:3: organisation: "a" is in round 1 of d already, line 2`},
		{names + good + strings.Replace(good, ",a,", ",b,", 1)[:6] + "100,90,80,20,5,attachment,,,,,,,,\n", `x:3: kind: "attachment", but "link" in another row of the same round`},
		{row(5, "x", 6, "y"), "x:2: delivered: \"x\" is no number\nx:2: opened: \"y\" is no number"},
	} {
		_, mistakes := ReadCounts("x", []byte(tt.text))
		var got []string
		for _, m := range mistakes {
			got = append(got, m.String())
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%q:\n%s\nwanted\n%s", tt.text, strings.Join(got, "\n"), tt.want)
		}
	}
	if _, mistakes := ReadCounts("x", []byte(row())); len(mistakes) > 0 {
		t.Error(mistakes)
	}
	if _, mistakes := ReadCounts("x", []byte(row(2, strings.Repeat("財", 64), 5, "80", 6, "75", 12, strings.Repeat("x", 80)))); len(mistakes) > 0 {
		t.Error(mistakes)
	}
}

// Each limit holds at its number and not at one more.
func TestCountsLimits(t *testing.T) {
	file := func(n int, row func(i int) string) string {
		var b strings.Builder
		b.WriteString("drill,round,organisation,delivered\n")
		for i := range n {
			b.WriteString(row(i) + "\n")
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		most int
		row  func(i int) string
	}{
		"drills":        {MaxDrills, func(i int) string { return fmt.Sprintf("d%d,1,a,1", i) }},
		"rounds":        {MaxRounds, func(i int) string { return fmt.Sprintf("d,%d,a,1", i+1) }},
		"organisations": {MaxBodies, func(i int) string { return fmt.Sprintf("d,1,a%d,1", i) }},
	} {
		if _, m := ReadCounts("x", []byte(file(tt.most, tt.row))); len(m) > 0 {
			t.Errorf("%d %s: %v", tt.most, name, m)
		}
		if _, m := ReadCounts("x", []byte(file(tt.most+1, tt.row))); len(m) != 1 || !strings.Contains(m[0].Text, "more than") {
			t.Errorf("%d %s: %v", tt.most+1, name, m)
		}
	}
	for n, want := range map[int]int{MaxMistakes - 1: MaxMistakes - 1, MaxMistakes: MaxMistakes, MaxMistakes + 1: MaxMistakes} {
		if _, m := ReadCounts("x", []byte(file(n, func(int) string { return "d,1,a,x" }))); len(m) != want {
			t.Errorf("%d mistakes: %d", n, len(m))
		}
	}
	pad := func(n int) []byte {
		head := "drill,round,organisation,delivered\nd,1,a,1\n"
		return []byte(head + strings.Repeat("\n", n-len(head)))
	}
	if _, m := ReadCounts("x", pad(MaxCountsFile)); len(m) > 0 {
		t.Error(m)
	}
	if _, m := ReadCounts("x", pad(MaxCountsFile+1)); len(m) != 1 {
		t.Error(m)
	}
}

func FuzzReadCounts(f *testing.F) {
	f.Add("drill,round,organisation,delivered,opened\nd,1,a,10,5\n")
	f.Add("drill,round,organisation,accepted,kind,from\nd,1,'=a,10,link,2011-11-07T09:00:00Z\nd,1,\"b\n\",1,,")
	f.Add("drill,round\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		drills, mistakes := ReadCounts("x", []byte(text))
		if (len(drills) == 0) == (len(mistakes) == 0) {
			t.Fatalf("%d drills, %d mistakes", len(drills), len(mistakes))
		}
		for _, d := range drills {
			for kind, write := range writers() {
				var b strings.Builder
				if err := write(&b, Compare(d, DefaultMinCell)); err != nil {
					t.Fatal(err)
				}
				sound(t, kind, []byte(b.String()))
			}
		}
	})
}

func BenchmarkReadCounts(b *testing.B) {
	var text strings.Builder
	text.WriteString("drill,round,organisation,delivered,opened\n")
	for i := range MaxBodies {
		fmt.Fprintf(&text, "d,1,body%d,1000,%d\n", i, i%1000)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, m := ReadCounts("x", data); len(m) > 0 {
			b.Fatal(m)
		}
	}
}
