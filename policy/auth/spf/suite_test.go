package spf

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sekimori/internal/spfsuite"
	"sekimori/policy"
)

// suiteZone builds the resolver of a scenario.
func suiteZone(sc spfsuite.Scenario) *zone {
	z := newZone()
	for _, n := range sc.Names {
		z.exist(n.Name)
		if n.CNAME != "" {
			z.cname[n.Name] = n.CNAME
		}
		if n.Broken != "" {
			z.broken[n.Name] = n.Broken
		}
		for _, r := range n.Records {
			z.add(n.Name, r.Type, r.Value)
		}
	}
	return z
}

// suiteQuery makes the query that a milter would make of a case.
func suiteQuery(c spfsuite.Case) Query {
	q := Query{Scope: policy.ScopeMailFrom, Client: c.Client, Helo: c.Helo}
	q.HeloDomain, _ = policy.ParseDomain(c.Helo)
	q.Sender.Local = c.MailFrom
	if at := strings.LastIndexByte(c.MailFrom, '@'); at >= 0 {
		q.Sender.Local = c.MailFrom[:at]
		q.Sender.Domain, _ = policy.ParseDomain(c.MailFrom[at+1:])
	}
	return q
}

func TestSuites(t *testing.T) {
	suites, err := spfsuite.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suites {
		t.Run(s.Name, func(t *testing.T) {
			for _, sc := range s.Scenarios {
				z := suiteZone(sc)
				plain, traced := New(Config{Resolver: z}), New(Config{Resolver: z, Trace: true})
				for _, c := range sc.Cases {
					trySuite(t, c, plain, traced)
				}
			}
		})
	}
}

// trySuite holds one case, and that a trace changes nothing.
func trySuite(t *testing.T, c spfsuite.Case, plain, traced *Checker) {
	t.Helper()
	q := suiteQuery(c)
	got := plain.Check(context.Background(), q)
	with, said := traced.check(context.Background(), &q)
	if !slices.Contains(c.Results, got.Result) || with.Result != got.Result || with.Reason != got.Reason {
		t.Errorf("%s: %s (%s), with a trace %s (%s), want %s", c.ID, got.Result, got.Reason, with.Result, with.Reason, c.Results)
		for _, step := range with.Steps {
			t.Logf("%s%s", strings.Repeat("  ", step.Depth+1), step.Text)
		}
	}
	if c.Explained && !strings.EqualFold(said, c.Explanation) {
		t.Errorf("%s: explained as %q, want %q", c.ID, said, c.Explanation)
	}
}
