package spf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"sekimori/policy"
)

// scenario is one document of an OpenSPF suite.
type scenario struct {
	Tests map[string]struct {
		Helo        string
		Host        string
		MailFrom    string `yaml:"mailfrom"`
		Result      oneOrMore
		Explanation string
	}
	ZoneData map[string][]map[string]yaml.Node `yaml:"zonedata"`
}

// oneOrMore is a string or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(o))
	}
	*o = oneOrMore{n.Value}
	return nil
}

// suiteDir is where the suites are: in the module of the library that is our second opinion.
func suiteDir(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "blitiri.com.ar/go/spf").Output()
	if err != nil {
		t.Fatalf("the module with the suites is not there: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "testdata")
}

func readSuite(t testing.TB, file string) []scenario {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(suiteDir(t), file))
	if err != nil {
		t.Fatal(err)
	}
	var list []scenario
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var s scenario
		if err := d.Decode(&s); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
}

// zone builds the resolver of a scenario. The suites mean: SPF entries are TXT records unless there is a TXT entry, and
// TIMEOUT holds for the types that the name does not list.
func (s scenario) zone(t testing.TB, rename func(string) string) *zone {
	t.Helper()
	z := newZone()
	for name, entries := range s.ZoneData {
		name = zoneName(rename(name))
		z.exist(name)
		hasTXT := slices.ContainsFunc(entries, func(e map[string]yaml.Node) bool { _, ok := e["TXT"]; return ok })
		for _, entry := range entries {
			for kind, node := range entry {
				var text oneOrMore
				if err := text.UnmarshalYAML(&node); err != nil {
					t.Fatal(err)
				}
				switch kind {
				case "TIMEOUT":
					z.broken[name] = policy.DNSTimeout
				case "SERVFAIL", "CNAMELOOP":
					z.broken[name] = policy.DNSServFail
				case "CNAME":
					if text[0] != "" {
						z.cname[name] = zoneName(rename(text[0]))
					}
				case "MX":
					z.add(name, policy.TypeMX, rename(text[1]))
				case "SPF":
					if !hasTXT {
						z.add(name, policy.TypeTXT, renameRecord(strings.Join(text, ""), rename))
					}
				case "TXT":
					if text[0] != "NONE" {
						z.add(name, policy.TypeTXT, renameRecord(strings.Join(text, ""), rename))
					}
				case "A", "AAAA":
					for _, a := range text {
						z.add(name, policy.DNSType(kind), a)
					}
				case "PTR":
					z.add(name, policy.TypePTR, rename(text[0]))
				default:
					t.Fatalf("the suite has a new kind of entry: %s", kind)
				}
			}
		}
	}
	return z
}

// twoLabels gives a name of one label a second one. One of the suites is written with names of one label, which the
// grammar of RFC 7208 does not admit; what it tests is something else.
func twoLabels(name string) string {
	if name == "" || strings.ContainsAny(name, ".%") {
		return name
	}
	return name + ".test"
}

func renameRecord(record string, rename func(string) string) string {
	terms := strings.Split(record, " ")
	for i, term := range terms {
		if at := strings.IndexAny(term, ":="); at >= 0 {
			switch strings.TrimLeft(term[:at], "+-~?") {
			case "a", "mx", "include", "exists", "ptr", "redirect":
				terms[i] = term[:at+1] + rename(term[at+1:])
			}
		}
	}
	return strings.Join(terms, " ")
}

// suiteQuery makes the query that a milter would make of a sender and a HELO argument.
func suiteQuery(helo, mailFrom, host string, rename func(string) string) Query {
	q := Query{Scope: policy.ScopeMailFrom, Client: netip.MustParseAddr(host), Helo: helo}
	q.HeloDomain, _ = policy.ParseDomain(helo)
	q.Sender.Local = mailFrom
	if at := strings.LastIndexByte(mailFrom, '@'); at >= 0 {
		q.Sender.Local = mailFrom[:at]
		q.Sender.Domain, _ = policy.ParseDomain(rename(mailFrom[at+1:]))
	}
	return q
}

func same(name string) string { return name }

// exception is the result that a case has here, and why it is another one than the suite's.
type exception struct{ result, why string }

// suites lists the files, their number of cases, and where RFC 7208 says otherwise than a case.
var suites = []struct {
	file   string
	cases  int
	rename func(string) string
	except map[string]exception
}{
	{file: "rfc7208-tests.yml", cases: 203, rename: same},
	{file: "rfc4408-tests.yml", cases: 191, rename: same},
	{file: "pyspf-tests.yml", cases: 16, rename: same, except: map[string]exception{
		"default-modifier":       {"neutral", "RFC 7208, 6, knows no such modifier, and unknown ones are ignored"},
		"default-modifier-harsh": {"neutral", "the same; and ambiguous is no result word"},
	}},
	{file: "blitirispf-tests.yml", cases: 83, rename: twoLabels},
}

func TestSuites(t *testing.T) {
	for _, s := range suites {
		t.Run(strings.TrimSuffix(s.file, "-tests.yml"), func(t *testing.T) {
			n := 0
			used := make(map[string]bool)
			for _, sc := range readSuite(t, s.file) {
				z := sc.zone(t, s.rename)
				plain, traced := New(Config{Resolver: z}), New(Config{Resolver: z, Trace: true})
				for id, c := range sc.Tests {
					n++
					want, explanation := []string(c.Result), c.Explanation
					if x, ok := s.except[id]; ok {
						want, explanation, used[id] = []string{x.result}, "", true
					}
					q := suiteQuery(c.Helo, c.MailFrom, c.Host, s.rename)
					got := plain.Check(context.Background(), q)
					with, said := traced.check(context.Background(), &q)
					if !slices.Contains(want, string(got.Result)) || with.Result != got.Result || with.Reason != got.Reason {
						t.Errorf("%s: %s (%s), with a trace %s (%s), want %s", id, got.Result, got.Reason, with.Result, with.Reason, want)
						for _, step := range with.Steps {
							t.Logf("%s%s", strings.Repeat("  ", step.Depth+1), step.Text)
						}
					}
					if explanation == "DEFAULT" {
						explanation = ""
					} else if explanation == "" {
						continue
					}
					if !strings.EqualFold(said, explanation) {
						t.Errorf("%s: explained as %q, want %q", id, said, explanation)
					}
				}
			}
			if n != s.cases {
				t.Errorf("%d cases, want %d", n, s.cases)
			}
			for id := range s.except {
				if !used[id] {
					t.Errorf("no case has the name %s", id)
				}
			}
		})
	}
}
