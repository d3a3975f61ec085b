package spf

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// repeat returns n terms made by a format with a number in it.
func repeat(n int, format string) string {
	var terms []string
	for i := range n {
		terms = append(terms, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return strings.Join(terms, " ")
}

// TestLimits meets each limit of RFC 7208, 4.6.4, exactly and by one more.
func TestLimits(t *testing.T) {
	found := func(n int, name string) (lines []string) {
		for i := range n {
			lines = append(lines, strings.ReplaceAll(name, "#", fmt.Sprint(i)))
		}
		return lines
	}
	const beyondTerms = " is beyond the limit of 10 terms that ask DNS"
	for _, c := range []struct {
		name   string
		record string
		zone   []string
		client string
		result policy.Result
		reason string
	}{
		{name: "10 terms", record: repeat(10, "a:a.jp") + " ~all", zone: []string{"a.jp A 192.0.2.9"},
			result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "11 terms", record: repeat(11, "a:a.jp") + " ~all", zone: []string{"a.jp A 192.0.2.9"},
			result: policy.ResultPermError, reason: "a:a.jp" + beyondTerms},
		{name: "11 terms of which the last would match", record: repeat(10, "a:a.jp") + " exists:a.jp", zone: []string{"a.jp A 192.0.2.9"},
			result: policy.ResultPermError, reason: "exists:a.jp" + beyondTerms},
		{name: "10 terms over an include", record: "include:i.jp ~all", zone: []string{"i.jp TXT v=spf1 " + repeat(9, "a:a.jp"), "a.jp A 192.0.2.9"},
			result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "11 terms over an include", record: "include:i.jp ~all", zone: []string{"i.jp TXT v=spf1 " + repeat(10, "a:a.jp"), "a.jp A 192.0.2.9"},
			result: policy.ResultPermError, reason: "a:a.jp" + beyondTerms},
		{name: "the redirect is the 11th", record: repeat(10, "a:a.jp") + " redirect=a.jp", zone: []string{"a.jp A 192.0.2.9"},
			result: policy.ResultPermError, reason: "redirect=a.jp" + beyondTerms},
		{name: "an include of itself", record: "include:example.jp", result: policy.ResultPermError, reason: "include:example.jp" + beyondTerms},
		{name: "terms that do not ask", record: repeat(200, "ip4:192.0.2.9") + " ~all",
			result: policy.ResultSoftFail, reason: "~all in example.jp"},

		{name: "2 voids", record: "a:v0.jp exists:v1.jp ~all", result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "3 voids", record: "a:v0.jp exists:v1.jp mx:v2.jp ~all", result: policy.ResultPermError,
			reason: "MX of v2.jp is beyond the limit of 2 look-ups that find nothing"},
		{name: "3 voids, one of them a PTR", record: "a:v0.jp a:v1.jp ptr ~all", result: policy.ResultPermError,
			reason: "PTR of the client is beyond the limit of 2 look-ups that find nothing"},
		{name: "the same void again and again", record: repeat(9, "a:v0.jp") + " ~all", result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "names that DNS cannot hold", record: repeat(9, "a:#..jp") + " ~all", result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "nodata is void", record: "a:v0.jp a:v1.jp a:v2.jp ~all", zone: []string{"v2.jp TXT x"}, result: policy.ResultPermError,
			reason: "A of v2.jp is beyond the limit of 2 look-ups that find nothing"},
		{name: "IPv4 names and an IPv6 client", record: "a:v0.jp a:v1.jp a:v2.jp a:v3.jp ~all", client: "2001:db8::1",
			zone: []string{"v0.jp A 192.0.2.9", "v1.jp A 192.0.2.9", "v2.jp A 192.0.2.9"}, result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "voids of an IPv6 client", record: "a:v0.jp a:v1.jp a:v2.jp ~all", client: "2001:db8::1",
			result: policy.ResultPermError, reason: "AAAA of v2.jp is beyond the limit of 2 look-ups that find nothing"},
		{name: "voids in an include", record: "include:i.jp ~all", zone: []string{"i.jp TXT v=spf1 a:v0.jp a:v1.jp a:v2.jp"},
			result: policy.ResultPermError, reason: "A of v2.jp is beyond the limit of 2 look-ups that find nothing"},
		{name: "exchangers that do not exist count once a term", record: "mx:m0.jp mx:m1.jp ~all",
			zone:   []string{"m0.jp MX v0.jp", "m0.jp MX v1.jp", "m1.jp MX v2.jp", "m1.jp MX v3.jp"},
			result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "three terms with such exchangers", record: "mx:m0.jp mx:m1.jp mx:m2.jp ~all",
			zone:   []string{"m0.jp MX v0.jp", "m1.jp MX v2.jp", "m2.jp MX v4.jp"},
			result: policy.ResultPermError, reason: "MX of m2.jp is beyond the limit of 2 look-ups that find nothing"},
		{name: "exchangers that DNS cannot hold", record: "mx:m0.jp mx:m1.jp mx:m2.jp ~all",
			zone:   []string{"m0.jp MX v0..jp", "m1.jp MX v2..jp", "m2.jp MX v4..jp"},
			result: policy.ResultSoftFail, reason: "~all in example.jp"},
		{name: "IPv4 exchangers and an IPv6 client", record: "mx:m0.jp mx:m1.jp mx:m2.jp ~all", client: "2001:db8::1",
			zone:   []string{"m0.jp MX h.jp", "m1.jp MX h.jp", "m2.jp MX h.jp", "h.jp A 192.0.2.9"},
			result: policy.ResultSoftFail, reason: "~all in example.jp"},

		{name: "10 exchangers", record: "mx ~all", zone: append(found(10, "example.jp MX h#.jp"), append(found(9, "h#.jp A 192.0.2.9"), "h9.jp A 192.0.2.1")...),
			result: policy.ResultPass, reason: "mx in example.jp"},
		{name: "11 exchangers", record: "mx ~all", zone: append(found(11, "example.jp MX h#.jp"), "h0.jp A 192.0.2.1"),
			result: policy.ResultPermError, reason: "example.jp has 11 mail exchangers, the limit is 10"},

		{name: "the 10th PTR", record: "ptr:p.jp ~all", zone: append(found(9, "1.2.0.192.in-addr.arpa PTR x#.jp"),
			"1.2.0.192.in-addr.arpa PTR y.p.jp", "y.p.jp A 192.0.2.1"), result: policy.ResultPass, reason: "ptr:p.jp in example.jp"},
		{name: "the 11th PTR", record: "ptr:p.jp ~all", zone: append(found(10, "1.2.0.192.in-addr.arpa PTR x#.jp"),
			"1.2.0.192.in-addr.arpa PTR y.p.jp", "y.p.jp A 192.0.2.1"), result: policy.ResultSoftFail, reason: "~all in example.jp"},
	} {
		z := testZone(append([]string{"example.jp TXT v=spf1 " + c.record}, c.zone...)...)
		if c.client == "" {
			c.client = "192.0.2.1"
		}
		if got := ask(z, c.client); got.Result != c.result || got.Reason != c.reason {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, got.Result, got.Reason, c.result, c.reason)
		}
	}
}

// TestQuestions spends exactly the questions that one check has, and one more.
func TestQuestions(t *testing.T) {
	var lines []string
	for i := range 5 {
		for j := range 10 {
			lines = append(lines, fmt.Sprintf("m%d.jp MX h%d-%d.jp", i, i, j), fmt.Sprintf("h%d-%d.jp A 192.0.2.9", i, j))
		}
	}
	// The record itself, four times eleven, and five more make fifty.
	const fifty = "mx:m0.jp mx:m1.jp mx:m2.jp mx:m3.jp a:h0-0.jp a:h0-1.jp a:h0-2.jp a:h0-3.jp a:h0-4.jp "
	for record, want := range map[string]string{
		fifty + "~all":             "~all in example.jp",
		fifty + "a:h0-5.jp ~all":   "the limit of 50 questions to DNS is reached",
		repeat(10, "mx:m0.jp"):     "the limit of 50 questions to DNS is reached",
		fifty + "ptr:h0-5.jp ~all": "the limit of 50 questions to DNS is reached",
	} {
		z := testZone(append(lines, "example.jp TXT v=spf1 "+record)...)
		if got := ask(z, "192.0.2.1"); got.Reason != want {
			t.Errorf("%s: %s (%s)", record, got.Result, got.Reason)
		}
		if n := z.asked.Load(); n != DefaultQuestions {
			t.Errorf("%s: %d questions", record, n)
		}
	}
}

// TestLimitsGiven replaces the defaults.
func TestLimitsGiven(t *testing.T) {
	z := testZone("example.jp TXT v=spf1 a:v0.jp mx:m.jp ptr ~all", "m.jp MX h0.jp", "m.jp MX h1.jp", "h0.jp A 192.0.2.9", "h1.jp A 192.0.2.9")
	for want, l := range map[string]Limits{
		"~all in example.jp":                                                    {Terms: 3, Voids: 2, MX: 2, Questions: 6},
		"ptr is beyond the limit of 2 terms that ask DNS":                       {Terms: 2},
		"PTR of the client is beyond the limit of 1 look-ups that find nothing": {Voids: 1},
		"m.jp has 2 mail exchangers, the limit is 1":                            {MX: 1},
		"the limit of 5 questions to DNS is reached":                            {Questions: 5},
	} {
		got := New(Config{Resolver: z, Limits: l}).Check(context.Background(), queryFrom("192.0.2.1"))
		if got.Reason != want {
			t.Errorf("%+v: %s, want %s", l, got.Reason, want)
		}
	}
}

// slow answers nothing before the context ends.
type slow struct{ after *zone }

func (s slow) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	if a := s.after.Lookup(ctx, name, t); a.Status == policy.DNSFound {
		return a
	}
	<-ctx.Done()
	return policy.DNSAnswer{Status: policy.DNSTimeout}
}

// TestDeadline ends the context at each kind of question: the result is a temperror, where a PTR is concerned too.
func TestDeadline(t *testing.T) {
	for _, record := range []string{"", "v=spf1 a:s.jp +all", "v=spf1 mx:s.jp +all", "v=spf1 mx:m.jp +all", "v=spf1 include:s.jp +all",
		"v=spf1 redirect=s.jp", "v=spf1 exists:s.jp +all", "v=spf1 ptr +all", "v=spf1 exists:%{p}.s.jp +all"} {
		z := testZone("m.jp MX s.jp")
		if record != "" {
			z.add("example.jp", policy.TypeTXT, record)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		got := New(Config{Resolver: slow{z}}).Check(ctx, queryFrom("192.0.2.1"))
		cancel()
		if got.Result != policy.ResultTempError || got.Reason != "deadline" || record == "" && got.Name != policy.DNSTimeout {
			t.Errorf("%s: %s (%s), name %s", record, got.Result, got.Reason, got.Name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	z := testZone("example.jp TXT v=spf1 -all")
	if got := New(Config{Resolver: z}).Check(ctx, queryFrom("192.0.2.1")); got.Reason != "deadline" || z.asked.Load() != 0 {
		t.Errorf("after the end: %s (%s), %d questions", got.Result, got.Reason, z.asked.Load())
	}
}

func TestTruncation(t *testing.T) {
	label := strings.Repeat("a", 62)
	for length, want := range map[int]int{253: 253, 254: 191} {
		name := strings.Join([]string{label, label, label, strings.Repeat("b", length-3*63)}, ".")
		if got := queryName([]byte(name + ".")); len(got) != want || !strings.HasSuffix(name, got) {
			t.Errorf("%d octets become %d, want %d", length, len(got), want)
		}
	}
	for in, want := range map[string]string{strings.Repeat("a", 300): "", "A.Jp": "a.jp", "a.": "a", "a..": "a.", "": ""} {
		if got := queryName([]byte(in)); got != want {
			t.Errorf("%.20q becomes %q", in, got)
		}
	}
}

func TestMacroValueLimit(t *testing.T) {
	for length, octets := range map[int]int{MaxMacroValue: MaxMacroValue, MaxMacroValue + 1: MaxMacroValue} {
		q := queryFrom("192.0.2.1")
		q.Sender.Local = "x" + strings.Repeat("y", length-1)
		q.Helo = q.Sender.Local
		for _, macro := range []string{"%{l}", "%{h}"} {
			z := testZone("example.jp TXT v=spf1 -all exp=e.jp", "e.jp TXT "+macro)
			_, said := New(Config{Resolver: z, Trace: true}).check(context.Background(), &q)
			if len(said) != octets || strings.HasPrefix(said, "x") != (length == MaxMacroValue) {
				t.Errorf("%d octets: %s has %d", length, macro, len(said))
			}
		}
	}
}

func TestExplanationLimit(t *testing.T) {
	for length, want := range map[int]int{MaxExplanation: MaxExplanation, MaxExplanation + 1: MaxExplanation} {
		for _, text := range []string{strings.Repeat("a", length), "%%" + strings.Repeat("a", length-1)} {
			q := queryFrom("192.0.2.1")
			z := testZone("example.jp TXT v=spf1 -all exp=e.jp", "e.jp TXT "+text)
			if _, said := New(Config{Resolver: z, Trace: true}).check(context.Background(), &q); len(said) != want {
				t.Errorf("%d octets: %d are said", length, len(said))
			}
		}
	}
}

func TestAskable(t *testing.T) {
	label := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"a.jp": true, label + ".jp": true, label + "a.jp": false, "": false, ".jp": false, "a..jp": false, "a.": false,
		"\x00 \xff.jp": true, strings.Join([]string{label, label, label, label[:61]}, "."): true,
		strings.Join([]string{label, label, label, label[:62]}, "."): false,
	} {
		if askable(name) != want {
			t.Errorf("%q: want %t", name, want)
		}
	}
}
