package drill

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// FuzzReports: whatever bodies and lures are called, no report is broken by it.
func FuzzReports(f *testing.F) {
	for _, s := range []string{"財務省", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0", "\x1b[31m\u202e\n\r\t", "\xff", "{{.}}", "]]>--><!--", "@a", "' onload='"} {
		f.Add(s, s+"x", 3, 40)
	}
	f.Fuzz(func(t *testing.T, body, lure string, x, n int) {
		n = 1 + abs(n)%1000
		c := Counts{Drill: lure, Rounds: []RoundCounts{{Number: 1, Lure: lure, Bodies: []BodyCounts{
			{Organisation: body, Numbers: map[Measure]int{"delivered": n, "opened": abs(x) % (n + 1)}}, {Organisation: "b", Numbers: map[Measure]int{"delivered": 90}}}}}}
		r := Compare(c, 2)
		plainPage := outline(t, Counts{Drill: "d", Rounds: []RoundCounts{{Number: 1, Lure: "l", Bodies: []BodyCounts{
			{Organisation: "a", Numbers: c.Rounds[0].Bodies[0].Numbers}, {Organisation: "b", Numbers: map[Measure]int{"delivered": 90}}}}}})
		if got := outline(t, c); body != "b" && lure != "" && got != plainPage {
			t.Errorf("a name changed the elements of the page:\n%s\n%s", got, plainPage)
		}
		for kind, write := range writers() {
			var b bytes.Buffer
			if err := write(&b, r); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			sound(t, kind, b.Bytes())
		}
	})
}

// sound fails where a report is not what a reader of its format takes for one.
func sound(t *testing.T, kind string, text []byte) {
	t.Helper()
	switch kind {
	case "json":
		if !json.Valid(text) {
			t.Errorf("no JSON: %s", text)
		}
	case "csv":
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if formula(row[0]) || formula(row[4]) {
				t.Errorf("a formula: %q", row)
			}
		}
	case "en.txt", "ja.txt":
		for _, r := range string(text) {
			if r != '\n' && !printable(r) {
				t.Errorf("%U in %q", r, text)
			}
		}
	}
}

// outline is the sequence of elements and attributes of a page, without its texts.
func outline(t *testing.T, c Counts) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, Compare(c, 2), English); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var out strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if e, ok := token.(xml.StartElement); ok {
			out.WriteString(e.Name.Local)
			for _, a := range e.Attr {
				out.WriteString(" " + a.Name.Local)
			}
			out.WriteString("\n")
		}
	}
}

func abs(n int) int { return max(n, -(n + 1)) }
