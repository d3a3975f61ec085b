package spf

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestReadMistakes(t *testing.T) {
	for _, c := range []struct {
		terms string // after "v=spf1 "
		want  string // "offset problem" of each mistake
	}{
		{"", ""},
		{"a mx ptr all", ""},
		{"  -all  ", ""},
		{"A:Example.JP/24//64 MX//0 Ip4:1.2.3.4/0 IP6:2001:DB8::/128 EXISTS:%{i}.x.jp", ""},
		{"all.x=%{l} a_b-c=", ""},
		{"a:foo:bar/baz.example.jp/24", ""},
		{"a:%{d//} mx:%{l,/}/8 a:%{d/}//64 a:%{ir}.%{v}.arpa a:x%%%_%-.%{l2r+-.,/_=}", ""},
		{"redirect=a.jp exp=%{d}", ""},
		{"ip6:::ffff:192.0.2.1 ip6:1:2:3:4:5:6:7:8", ""},

		{"al", "7 unknown_mechanism"},
		{"=", "7 unknown_mechanism"},
		{"-", "7 unknown_mechanism"},
		{"--all", "7 unknown_mechanism"},
		{"+redirect=a.jp", "7 unknown_mechanism"},
		{"ip4=1.2.3.4 all", ""}, // an unknown modifier
		{"a=b=c", ""},
		{"1a=b", "7 unknown_mechanism"},
		{"all:x.jp all/8 -all", "7 argument 16 argument"},
		{"include exists include/8 ip4 ip6 ip4/8", "7 argument 15 argument 22 argument 32 argument 36 argument 40 argument"},
		{"a: mx: ptr: include: exists: redirect= exp=",
			"7 domain 10 domain 14 domain 19 domain 28 domain 36 domain 46 domain"},
		{"a:jp a:jp. a:x.-jp a:x.jp- a:x.123 a:x..", "7 domain 12 domain 18 domain 26 domain 34 domain 42 domain"},
		{"a:%{d}jp a:%{d}. include:a.jp/24", "7 domain 16 domain 24 domain"},
		{"a:x.%(d) a:% a:%{ a:%{} a:%{d a:%{d0} a:%{z} a:%{d*} a:%{d-r}",
			"7 macro 16 macro 20 macro 25 macro 31 macro 37 macro 45 macro 52 macro 60 macro"},
		{"exists:%{c}.jp exists:%{R} x=%{t} x=%{", "7 macro 22 macro 34 macro 41 macro"},
		{"ip4:1.2.3 ip4:1.2.3.256 ip4:01.2.3.4 ip4:::1 ip6:1.2.3.4 ip6:fe80::1%%eth0 ip6:1",
			"7 network 17 network 31 network 44 network 52 network 64 network 82 network"},
		{"ip4:1.2.3.4/33 ip4:1.2.3.4/032 ip4:1.2.3.4/ ip4:1.2.3.4//32 ip6:::/129 ip6:::/+1",
			"7 prefix_length 22 prefix_length 38 prefix_length 51 prefix_length 67 prefix_length 78 prefix_length"},
		{"a/33 a//129 a/ a// a/24/64 a/x mx/24//01 ptr/8 a/24//64/",
			"7 prefix_length 12 prefix_length 19 prefix_length 22 prefix_length 26 prefix_length 34 prefix_length " +
				"38 prefix_length 48 prefix_length 54 prefix_length"},
		{"redirect=a.jp REDIRECT=b.jp exp=a.jp exp=b.jp x=y x=y", "21 duplicate_modifier 44 duplicate_modifier"},
		{"a\tmx x=\x80 \x00", "7 character 12 character 16 character"},
	} {
		record := "v=spf1 " + c.terms
		_, mistakes := Read(record)
		var got []string
		for _, m := range mistakes {
			if !strings.HasPrefix(record[m.Offset:], m.Term) || m.Term == "" || m.Detail == "" {
				t.Errorf("%q: the mistake %+v is not in its place", c.terms, m)
			}
			got = append(got, strings.TrimSpace(strconv.Itoa(m.Offset)+" "+string(m.Problem)))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: %s", c.terms, diff)
		}
	}
}

func TestReadTerms(t *testing.T) {
	r, mistakes := Read("V=SPF1 ~A:Mail.Example.JP./24//64  mx ip4:192.0.2.0/24 x=%{l} redirect=%{d1r}.jp ?all")
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	var got []string
	for _, m := range append(r.Mechanisms, r.Modifiers...) {
		got = append(got, strings.Join([]string{strconv.Itoa(m.Offset), string(m.Kind), string(m.Qualifier), m.Target.Text, m.Target.name,
			strconv.Itoa(int(m.Bits4)), strconv.Itoa(int(m.Bits6))}, " "))
	}
	want := []string{
		"7 a ~ Mail.Example.JP. mail.example.jp 24 64",
		"35 mx +   32 128",
		"38 ip4 +   0 0",
		"81 all ?   0 0",
		"55 other  %{l}  0 0",
		"62 redirect  %{d1r}.jp  0 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := r.Mechanisms[2].Network; n != netip.MustParsePrefix("192.0.2.0/24") {
		t.Errorf("the network is %s", n)
	}
	if r.Modifier(KindRedirect) == nil || r.Modifier(KindExp) != nil {
		t.Error("redirect is there and exp is not")
	}
}

func TestReadVersion(t *testing.T) {
	for record, want := range map[string]bool{
		"v=spf1": true, "v=spf1 ": true, "V=sPf1 -all": true,
		"": false, "v=spf": false, "v=spf10": false, "v=spf1\t-all": false, " v=spf1": false, "v=spf2.0/pra": false,
	} {
		_, mistakes := Read(record)
		if IsRecord(record) != want || (mistakes == nil) != want {
			t.Errorf("%q: %v %v", record, IsRecord(record), mistakes)
		}
	}
}

func TestReadLimit(t *testing.T) {
	for length, want := range map[int]Problem{MaxRecord: "", MaxRecord + 1: ProblemTooLong} {
		record := "v=spf1 -all" + strings.Repeat(" ", length-len("v=spf1 -all"))
		var got Problem
		if _, mistakes := Read(record); mistakes != nil {
			got = mistakes[0].Problem
		}
		if got != want {
			t.Errorf("%d octets: %q, want %q", length, got, want)
		}
	}
}

func TestMistakeString(t *testing.T) {
	_, mistakes := Read("v=spf1 ip4:1.2.3 \x1b[1m")
	for i, want := range []string{"ip4:1.2.3: this is no address", `"\x1b[1m": the octet 0x1b cannot stand in a record`} {
		if got := mistakes[i].String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestProblems keeps the closed lists whole.
func TestProblems(t *testing.T) {
	seen := make(map[Problem]bool)
	for _, p := range Problems() {
		if p == "" || seen[p] {
			t.Errorf("%q stands twice or is empty", p)
		}
		seen[p] = true
	}
	for _, record := range []string{"x", "v=spf1" + strings.Repeat(" ", MaxRecord),
		"v=spf1 \x01 bad all:x a:x a:%x ip4:x a/x exp=a.jp exp=a.jp"} {
		_, mistakes := Read(record)
		for _, m := range mistakes {
			delete(seen, m.Problem)
		}
	}
	if len(seen) > 0 {
		t.Errorf("no record shows %v", seen)
	}
}

// TestAsks compares the list of kinds that count with what the evaluation counts.
func TestAsks(t *testing.T) {
	z := testZone("a.jp A 192.0.2.9", "a.jp MX a.jp", "a.jp TXT v=spf1 ~all", "1.2.0.192.in-addr.arpa PTR b.jp")
	for term, kind := range map[string]Kind{"?all": KindAll, "include:a.jp": KindInclude, "a:a.jp": KindA, "mx:a.jp": KindMX,
		"ptr:a.jp": KindPTR, "ip4:192.0.2.9": KindIP4, "ip6:::1": KindIP6, "?exists:a.jp": KindExists, "redirect=a.jp": KindRedirect,
		"exp=a.jp": KindExp, "x=a.jp": KindOther} {
		z.answers[question{"example.jp", policy.TypeTXT}] = policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"v=spf1 a:a.jp " + term}}
		got := New(Config{Resolver: z, Limits: Limits{Terms: 1}}).Check(context.Background(), queryFrom("192.0.2.1"))
		if kind.Asks() != (got.Result == policy.ResultPermError) {
			t.Errorf("%s: asks %t, but %s (%s)", kind, kind.Asks(), got.Result, got.Reason)
		}
	}
}
