package survey

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func lines(t testing.TB, values ...any) string {
	t.Helper()
	var b []byte
	for _, v := range values {
		var err error
		if b, err = AppendLine(b, v); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

func head(at string, domains int) Head {
	day, err := time.Parse(time.DateOnly, at)
	if err != nil {
		panic(err)
	}
	return Head{Version: Version, At: day, Name: "go.jp", List: "abcdef0123456789", Domains: domains, Resolver: []string{"127.0.0.1:53"}}
}

// TestLines holds that what is written is read again.
func TestLines(t *testing.T) {
	o := New(Config{Resolver: answers(t, "d.jp MX 10 mx.jp.\nd.jp TXT \"v=spf1 +all\"\n_dmarc.d.jp TXT \"v=DMARC1; p=none; np=reject; psd=n; t=y\"")}).
		Look(t.Context(), "d.jp")
	o.Group, o.At = "a", time.Date(2012, 1, 16, 0, 0, 0, 0, time.UTC)
	h, tail := head("2012-01-16", 1), Tail{End: o.At, Measured: 1}
	var got []Line
	text := lines(t, h, o, tail)
	whole, err := ReadLines(strings.NewReader("\n"+text+`{"domain":"torn`), "f", func(_ int, l Line) error { got = append(got, l); return nil })
	if err != nil || whole != int64(len(text)+1) {
		t.Fatalf("%d of %d octets, %v", whole, len(text)+1, err)
	}
	if d := cmp.Diff([]Line{{Head: &h}, {Observation: &o}, {Tail: &tail}}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestBrokenLines(t *testing.T) {
	good := lines(t, head("2012-01-16", 1))
	observed := `{"domain":"d.jp","mx":{"state":"yes","null":"no"},"spf":{"state":"yes"},"dmarc":{"state":"yes"},"mta_sts":{"state":"yes"},"tls_rpt":{"state":"yes"}}`
	for _, tt := range []struct{ text, want string }{
		{good + observed + "\n", ""},
		{good + "nonsense\n", "f:2: no line of a survey: "},
		{good + "{}\n", "f:2: no line of a survey"},
		{good + "[]\n", "f:2: no line of a survey: "},
		{strings.Replace(good, `"survey":1`, `"survey":2`, 1), "f:1: no line of a survey: version 2 of the format, known is 1"},
		{good + strings.Replace(observed, `"dmarc":{"state":"yes"}`, `"dmarc":{"state":"perhaps"}`, 1) + "\n", `f:2: no line of a survey: dmarc of "d.jp": no state is named "perhaps"`},
		{good + strings.Replace(observed, `"d.jp"`, `""`, 1) + "\n", "f:2: no line of a survey: the domain is empty"},
		{good + strings.Replace(observed, `"d.jp"`, `7`, 1) + "\n", "f:2: no line of a survey: "},
		{observed + "\n", "f:1: no run has begun"},
		{lines(t, Head{Version: 1, Resumed: true}), "f:1: no run has begun"},
		{good + strings.Repeat(" ", MaxRunLine-1) + "\n", ""},
		{good + strings.Repeat(" ", MaxRunLine) + "\n", "f:2: the line has more than 16384 octets"},
	} {
		_, err := ReadLines(strings.NewReader(tt.text), "f", func(int, Line) error { return nil })
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.80q: %v, want %s", tt.text, err, tt.want)
		}
	}
}

// TestLongestLine holds that no domain makes a line that cannot be read again.
func TestLongestLine(t *testing.T) {
	long := strings.Repeat("\x01", 8000)
	o := Observation{Domain: "d.jp", Group: strings.Repeat("あ", MaxGroupLength)}
	o.SPF.Record = cut(long)
	if n := len(lines(t, o)); n > MaxRunLine {
		t.Errorf("%d octets", n)
	}
}

func FuzzReadLine(f *testing.F) {
	f.Add([]byte(lines(f, head("2012-01-16", 1))))
	f.Add([]byte(lines(f, Tail{})))
	f.Add([]byte(lines(f, Observation{Domain: "d.jp"})))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ReadLine(text)
		n := 0
		for _, is := range []bool{l.Head != nil, l.Observation != nil, l.Tail != nil} {
			if is {
				n++
			}
		}
		if (err == nil) != (n == 1) {
			t.Fatalf("%v, %v", l, err)
		}
		if err != nil {
			return
		}
		b := NewBuilder(OfMX)
		h := head("2012-01-16", 1)
		if b.Add(Line{Head: &h}) == nil && b.Add(l) == nil {
			r := b.Finish()
			var out strings.Builder
			if err := WriteHTML(&out, &r, Options{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkReadLine(b *testing.B) {
	o := New(Config{Resolver: answers(b, "d.jp MX 10 mx.jp.\nd.jp TXT \"v=spf1 mx -all\"")}).Look(b.Context(), "d.jp")
	text := []byte(lines(b, o))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadLine(text); err != nil {
			b.Fatal(err)
		}
	}
}
