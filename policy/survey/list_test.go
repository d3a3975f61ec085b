package survey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestReadList(t *testing.T) {
	want := []Target{{"mof.go.jp", "ministry"}, {"xn--lhrz8ls91a.jp", "ministry"}, {"example.jp", ""}, {"a_b.example.jp", "a, b"}}
	text := "\uFEFFDomain,Group\r\n# a comment\r\n\r\nMOF.go.jp.,ministry\r\n外務省.jp,ministry\r\nexample.jp\r\n\"a_b.example.jp\",\"a, b\"\r\n"
	l, problems, mistakes := ReadList([]byte(text), "l.csv")
	if d := cmp.Diff(want, l.Targets); d != "" || mistakes != 0 {
		t.Errorf("%d mistakes, (-want +got)\n%s", mistakes, d)
	}
	if len(problems) != 1 || problems[0].String() != `l.csv:5: warning: "外務省.jp" is read as xn--lhrz8ls91a.jp` {
		t.Errorf("%v", problems)
	}
}

// TestMistakes holds every mistake with its place and words; all come at once.
func TestMistakes(t *testing.T) {
	text := strings.Join([]string{
		"mof.go.jp,ministry",
		"taro@mof.go.jp,x",
		"https://www.mof.go.jp/,x",
		"*.go.jp,x",
		",x",
		"MOF.GO.JP.",
		"jp",
		"192.0.2.1",
		"a b.jp",
		"a..jp",
		"ｍｏｆ．ｇｏ．ｊｐ",
		"a.jp,x,y",
		`"a.jp,x`,
		"a.jp,x\ty",
		"b.jp," + strings.Repeat("あ", MaxGroupLength+1),
		"c.jp," + strings.Repeat("あ", MaxGroupLength),
		strings.Repeat("a", MaxLine+1),
	}, "\n")
	want := `l.csv:2: "taro@mof.go.jp" is not a domain name (write what stands behind the @)
l.csv:3: "https://www.mof.go.jp/" is not a domain name (write the name of the host only)
l.csv:4: "*.go.jp" is not a domain name (each domain is listed by itself)
l.csv:5: the domain is missing
l.csv:6: mof.go.jp stands in line 1 already
l.csv:7: "jp" is a single label
l.csv:8: "192.0.2.1" ends in a number, as an address does
l.csv:9: "a b.jp" is not a domain name
l.csv:10: "a..jp" is not a domain name
l.csv:11: warning: "ｍｏｆ．ｇｏ．ｊｐ" is read as mof.go.jp
l.csv:11: mof.go.jp stands in line 1 already
l.csv:12: it has more than two columns (a group with a comma stands between quotation marks)
l.csv:13: a quotation mark is not closed, or stands inside a field
l.csv:14: the group "x\ty" holds a character that cannot be shown
l.csv:15: the group has more than 64 characters
l.csv:17: the line has 1025 octets, at most 1024 are possible
`
	_, problems, mistakes := ReadList([]byte(text), "l.csv")
	var got strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&got, p)
	}
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if mistakes != 15 {
		t.Errorf("%d mistakes, want 15", mistakes)
	}
}

func TestWholeListMistakes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "l.csv: it names no domain"},
		{"domain,group\n", "l.csv: it names no domain"},
		{"a.jp\n\x8aO\x96\xb1.jp\n", "l.csv:2: it is not UTF-8 (a list from a Japanese Windows may be converted with iconv -f CP932 -t UTF-8)"},
		{"domain,owner\na.jp,x\n", `l.csv:1: the columns "domain,owner" are unknown; possible are domain,group`},
		{"domain,group,since\n", `l.csv:1: the columns "domain,group,since" are unknown; possible are domain,group`},
	} {
		_, problems, mistakes := ReadList([]byte(tt.text), "l.csv")
		if mistakes != 1 || len(problems) != 1 || problems[0].String() != tt.want {
			t.Errorf("%q: %d mistakes, %v, want %s", tt.text, mistakes, problems, tt.want)
		}
	}
}

// TestListLimits holds each limit at n and n+1.
func TestListLimits(t *testing.T) {
	read := func(text string) reader {
		r := reader{file: "l", maxDomains: 3, maxGroups: 2, first: make(map[policy.Domain]int), groups: make(map[string]bool)}
		r.read([]byte(text))
		return r
	}
	for _, tt := range []struct {
		text string
		want string
	}{
		{"a.jp\nb.jp\nc.jp", ""},
		{"a.jp\nb.jp\nc.jp\nd.jp\ne.jp", "l:4: more than 3 domains; the rest is not read"},
		{"a.jp,x\nb.jp,y\nc.jp,x", ""},
		{"a.jp,x\nb.jp,y\nc.jp,z", `l:3: "z" is one group more than the 2 that are possible`},
	} {
		r := read(tt.text)
		got := ""
		for _, p := range r.problems {
			got += p.String()
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
	for _, n := range []int{MaxProblems, MaxProblems + 1} {
		_, problems, mistakes := ReadList([]byte(strings.Repeat("x\n", n)), "l")
		if len(problems) != MaxProblems || mistakes != n {
			t.Errorf("%d lines: %d problems, %d mistakes", n, len(problems), mistakes)
		}
	}
	if _, _, n := ReadList([]byte("a.jp,"+strings.Repeat(" ", MaxLine-5)), "l"); n != 0 {
		t.Error("a line of MaxLine octets is refused")
	}
}

func TestListHash(t *testing.T) {
	of := func(text string) string {
		l, _, _ := ReadList([]byte(text), "l")
		return l.Hash
	}
	a := of("a.jp,x\nb.jp,y\n")
	if b := of("# the same\ndomain,group\r\nB.jp,y\r\n\"a.jp.\", x\r\n"); a != b {
		t.Error("the same content has two hashes")
	}
	for _, other := range []string{"a.jp,x\nb.jp,z\n", "a.jp,x\n", "a.jp,x\nb.jp,y\nc.jp,y\n"} {
		if of(other) == a {
			t.Errorf("%q has the same hash", other)
		}
	}
	// printf 'a.jp,x\nb.jp,y\n' | sha256sum
	if want := "77fccfc5b274b250dde76cf5ac2514b0a83bd6dfef4242bb40674114a015f17b"; a != want {
		t.Errorf("%s, want %s", a, want)
	}
}

func FuzzReadList(f *testing.F) {
	for _, s := range []string{"domain,group\na.jp,x\n", "外務省.jp\n", `"a.jp","x"`, "\xff", "a.jp,=x\n", "\uFEFF#\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, problems, mistakes := ReadList(text, "l")
		if mistakes == 0 && len(l.Targets) == 0 || mistakes > 0 && len(problems) == 0 {
			t.Fatalf("%d targets, %d mistakes, %v", len(l.Targets), mistakes, problems)
		}
		for _, target := range l.Targets {
			if d, err := policy.ParseDomain(string(target.Domain)); err != nil || d != target.Domain {
				t.Fatalf("%q: %v", target.Domain, err)
			}
		}
	})
}

func BenchmarkReadList(b *testing.B) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "d%d.go.jp,group %d\n", i, i%20)
	}
	b.ReportAllocs()
	for b.Loop() {
		ReadList([]byte(text.String()), "l")
	}
}
