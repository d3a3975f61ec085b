package dmarc

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sekimori/policy"
)

// TestTable reads testdata/*.txtar. A file named zone is shared by the cases behind it; every other file is a case:
//
//	rule TEXT             the paragraph that decides it, or the setting of the policy file
//	dns NAME TEXT         a TXT record, or !timeout and the like; the text x makes a name exist
//	suffix NAME, list on  public suffixes of the policy file, the public suffix list
//	pct on                pct= below 100 counts as t=y
//	author NAME
//	spf RESULT NAME       with the null sender that of HELO
//	dkim RESULT NAME      one signature; partial is a pass with l=
//	ask NAME              a question for a record, in order; where there is one, all are given
//	result, policy, published, record, org, name, reason, aligned spf, aligned dkim NAME, aligned partial, testing yes
//
// What a case does not say of the outcome is empty; a case that does not say name wants an author that exists.
func TestTable(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	var rules []string
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			var zone []string
			for _, f := range a.Files {
				if f.Name == "zone" {
					zone = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
					continue
				}
				t.Run(f.Name, func(t *testing.T) {
					c := readCase(t, string(f.Data))
					c.zone = slices.Concat(zone, c.zone)
					rules = append(rules, c.rule)
					c.run(t)
				})
			}
		})
	}
	for _, section := range []string{"3.2.13", "4.4.1", "4.4.2", "4.7, adkim and aspf", "4.7, np", "4.7, psd", "4.7, sp", "4.7, t", "4.7, v", "4.8",
		"4.10, 1", "4.10, 2", "4.10, 4", "4.10, 6", "4.10, 7", "4.10.1", "4.10.2, 1", "4.10.2, 2", "4.10.2, 3", "5.3.1", "5.3.2", "5.3.3",
		"5.3.5", "5.3.6", "B.4.1", "B.4.2", "B.4.3"} {
		if !slices.ContainsFunc(rules, func(r string) bool { return strings.Contains(r, section) }) {
			t.Errorf("no case is about RFC 9989, %s", section)
		}
	}
}

// tableCase is one case of a table.
type tableCase struct {
	rule   string
	zone   []string
	config Config
	spf    policy.SPF
	dkim   []policy.DKIM
	asks   []string
	want   policy.DMARC
}

func readCase(t *testing.T, text string) tableCase {
	t.Helper()
	var c tableCase
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !c.line(key, value) {
			t.Fatalf("%q is no line of a case", line)
		}
	}
	if c.rule == "" || c.want.Result == "" {
		t.Fatal("a case has a rule and a result")
	}
	return c
}

// line reads one line; it reports false where there is no such key.
func (c *tableCase) line(key, value string) bool {
	result, domain, _ := strings.Cut(value, " ")
	switch key {
	case "rule":
		c.rule = value
	case "dns":
		c.zone = append(c.zone, value)
	case "suffix":
		c.config.PublicSuffixes = append(c.config.PublicSuffixes, policy.Domain(value))
	case "list":
		c.config.PublicSuffixList = value == "on"
	case "pct":
		c.config.Percent = value == "on"
	case "author":
		c.want.Author = policy.Domain(value)
	case "spf":
		c.spf = policy.SPF{Result: policy.Result(result), Domain: policy.Domain(domain)}
	case "dkim":
		d := policy.DKIM{Result: policy.Result(result), Domain: policy.Domain(domain)}
		if result == "partial" {
			d.Result, d.Partial = policy.ResultPass, true
		}
		c.dkim = append(c.dkim, d)
	case "ask":
		c.asks = append(c.asks, value)
	default:
		return c.wants(key, value)
	}
	return true
}

// wants reads a line about the outcome.
func (c *tableCase) wants(key, value string) bool {
	w := &c.want
	what, domain, _ := strings.Cut(value, " ")
	switch key {
	case "result":
		w.Result = policy.Result(value)
	case "policy":
		w.Policy = policy.DMARCPolicy(value)
	case "published":
		w.Published = policy.DMARCPolicy(value)
	case "record":
		w.Record = policy.Domain(value)
	case "org":
		w.OrgDomain = policy.Domain(value)
	case "name":
		w.Name = policy.DNSStatus(value)
	case "testing":
		w.Testing = value == "yes"
	case "reason":
		w.Reason = value
	case "aligned":
		switch what {
		case "spf":
			w.SPFAligned = true
		case "dkim":
			w.DKIM = policy.Domain(domain)
		case "partial":
			w.Partial = true
		default:
			return false
		}
	default:
		return false
	}
	return true
}

// run evaluates a case, once without a trace and once with.
func (c *tableCase) run(t *testing.T) {
	for _, trace := range []bool{false, true} {
		z := newZone(c.zone...)
		c.config.Resolver, c.config.Trace = z, trace
		e := New(c.config)
		d := e.Discover(t.Context(), c.want.Author)
		got := e.Evaluate(t.Context(), d, c.spf, c.spf.Domain, c.dkim)
		if trace != (len(got.Steps) > 0) && c.want.Author != "" {
			t.Errorf("trace %v, but %d steps", trace, len(got.Steps))
		}
		got.Steps = nil
		if c.want.Name == "" && (got.Name == policy.DNSFound || got.Name == policy.DNSNoData) {
			got.Name = "" // it exists
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s, trace %v (-want +got):\n%s", c.rule, trace, diff)
		}
		questions := slices.DeleteFunc(asked(z), func(s string) bool { return !strings.HasPrefix(s, prefix) })
		if c.asks != nil && !slices.Equal(questions, c.asks) {
			t.Errorf("%s: asked %q, want %q", c.rule, questions, c.asks)
		}
		if len(questions) > MaxQueries*(2+len(c.dkim)) {
			t.Errorf("%s: %d questions", c.rule, len(questions))
		}
	}
}
