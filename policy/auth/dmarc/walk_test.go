package dmarc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestExistenceQuestion(t *testing.T) {
	tests := []struct {
		name string
		zone []string
		want policy.DNSStatus
		asks bool
	}{
		{"a record below shows it", []string{"_dmarc.example.com v=DMARC1; p=reject"}, policy.DNSNoData, false},
		{"an empty name below shows it", []string{"_dmarc.example.com "}, policy.DNSNoData, false},
		{"nothing below, the name exists", []string{"example.com x"}, policy.DNSFound, true},
		{"nothing below, only names beside", []string{"www.example.com x"}, policy.DNSNoData, true},
		{"no name", nil, policy.DNSNXDomain, true},
		{"no answer below, the name exists", []string{"_dmarc.example.com !timeout", "example.com x"}, policy.DNSFound, true},
		{"no answer", []string{"_dmarc.example.com !timeout", "example.com !servfail"}, policy.DNSServFail, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := newZone(tt.zone...)
			d := New(Config{Resolver: z}).Discover(t.Context(), "example.com")
			if d.Name != tt.want {
				t.Errorf("Name = %s, want %s", d.Name, tt.want)
			}
			if got := slices.Contains(z.asked, "example.com"); got != tt.asks {
				t.Errorf("asked for the name: %v, want %v", got, tt.asks)
			}
		})
	}
}

// A panic in either of two questions that run side by side reaches the caller, after both have come back.
func TestPanicReachesCaller(t *testing.T) {
	for _, name := range []string{"example.com", "_dmarc.example.com", "_dmarc.com"} {
		t.Run(name, func(t *testing.T) {
			z := newZone(name + " !panic")
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			New(Config{Resolver: z}).Discover(t.Context(), "example.com")
		})
	}
}

// A name without room for "_dmarc." is not asked for.
func TestLongName(t *testing.T) {
	long := func(n int) policy.Domain {
		return policy.Domain(strings.Repeat("a.", (n-4)/2) + strings.Repeat("b", (n-4)%2+1) + ".jp")
	}
	for n, want := range map[int]bool{maxAsked: true, maxAsked + 1: false} {
		d := long(n)
		if len(d) != n {
			t.Fatalf("%d octets, want %d", len(d), n)
		}
		z := newZone("jp x")
		got := New(Config{Resolver: z}).Discover(t.Context(), d)
		if slices.Contains(z.asked, "_dmarc."+string(d)) != want {
			t.Errorf("%d octets: asked %q", n, z.asked[0])
		}
		if got.Name != policy.DNSNXDomain {
			t.Errorf("%d octets: %s", n, got.Name)
		}
	}
}

// Only names that could be aligned and are not known yet are walked for.
func TestAlignmentQuestions(t *testing.T) {
	z := newZone("_dmarc.example.com v=DMARC1; p=reject")
	e := New(Config{Resolver: z})
	d := e.Discover(t.Context(), "www.example.com")
	asked(z)
	dkim := func(domains ...policy.Domain) (out []policy.DKIM) {
		for _, d := range domains {
			out = append(out, policy.DKIM{Result: policy.ResultPass, Domain: d})
		}
		return out
	}
	tests := []struct {
		name string
		dkim []policy.DKIM
		want []string
	}{
		{"the author, its organisation, strangers", dkim("example.net", "com", "notexample.com"), nil},
		{"the author", dkim("www.example.com"), nil},
		{"the organisation", dkim("example.com"), nil},
		{"beside", dkim("a.b.example.com"), []string{"_dmarc.a.b.example.com", "_dmarc.b.example.com"}},
	}
	for _, tt := range tests {
		e.Evaluate(t.Context(), d, policy.SPF{}, "", tt.dkim)
		if diff := cmp.Diff(tt.want, asked(z)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMaxAlignmentWalks(t *testing.T) {
	lines := []string{"_dmarc.example.com v=DMARC1; p=reject"}
	var dkim []policy.DKIM
	for i := range MaxAlignmentWalks {
		name := fmt.Sprintf("own%d.example.com", i)
		lines = append(lines, "_dmarc."+name+" v=DMARC1; psd=n")
		one := policy.DKIM{Result: policy.ResultPass, Domain: policy.Domain(name)}
		dkim = append(dkim, one, one) // the same domain again costs nothing
	}
	last := policy.DKIM{Result: policy.ResultPass, Domain: "a.example.com"}
	e := New(Config{Resolver: newZone(lines...)})
	d := e.Discover(t.Context(), "example.com")

	got := e.Evaluate(t.Context(), d, policy.SPF{}, "", append(slices.Clone(dkim[2:]), last))
	if got.Result != policy.ResultPass {
		t.Errorf("as walk %d: %s (%s)", MaxAlignmentWalks, got.Result, got.Reason)
	}
	got = e.Evaluate(t.Context(), d, policy.SPF{}, "", append(dkim, last))
	if got.Result != policy.ResultFail || got.Reason != ReasonAlignmentWalks {
		t.Errorf("as walk %d: %s (%s)", MaxAlignmentWalks+1, got.Result, got.Reason)
	}
}

func TestListed(t *testing.T) {
	tests := []struct {
		domain, org policy.Domain
		suffix      bool
	}{
		{"jp", "jp", true},
		{"go.jp", "go.jp", true},
		{"mof.go.jp", "mof.go.jp", false},
		{"a.b.mof.go.jp", "mof.go.jp", false},
		{"metro.tokyo.jp", "metro.tokyo.jp", false}, // an exception of the list
		{"test", "test", true},                      // unknown to the list
		{"a.gw.test", "gw.test", false},
		{"me.github.io", "me.github.io", false}, // the private part of the list
	}
	for _, tt := range tests {
		if got := listedSuffix(tt.domain); got != tt.suffix {
			t.Errorf("%s is a suffix: %v", tt.domain, got)
		}
		if got := listedOrganisation(tt.domain); got != tt.org {
			t.Errorf("%s belongs to %s", tt.domain, got)
		}
	}
}
