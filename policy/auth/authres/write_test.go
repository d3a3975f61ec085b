package authres

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

const gw = "gw.example.jp"

func spf(scope policy.Scope, r policy.Result, sender string, d policy.Domain, reason string) policy.SPF {
	return policy.SPF{Scope: scope, Result: r, Sender: sender, Domain: d, Reason: reason}
}

func TestWrite(t *testing.T) {
	tests := []struct {
		name  string
		facts policy.Facts
		want  string
	}{
		{"nothing", policy.Facts{}, " gw.example.jp; none"},
		{
			"everything",
			policy.Facts{
				MailFrom: spf(policy.ScopeMailFrom, policy.ResultFail, "taro@mof.go.jp", "mof.go.jp", "-all"),
				Helo:     spf(policy.ScopeHelo, policy.ResultPass, "postmaster@mail.attacker.test", "mail.attacker.test", "ip4:192.0.2.1"),
				DKIM: []policy.DKIM{
					{Result: policy.ResultPass, Domain: "attacker.test", Selector: "s1", Algorithm: "rsa-sha256", Signature: "abcd1234"},
					{Result: policy.ResultPermError, Domain: "mof.go.jp", Selector: "s1", Algorithm: "rsa-sha256", Signature: "ab/d+234", Reason: "no key"},
				},
				DMARC: []policy.DMARC{
					{Author: "mof.go.jp", Result: policy.ResultFail, Policy: policy.DMARCReject, Reason: "not aligned"},
					{Author: "attacker.test", Result: policy.ResultNone},
				},
			},
			` gw.example.jp;
	spf=fail reason="-all" smtp.mailfrom=taro@mof.go.jp;
	spf=pass smtp.helo=mail.attacker.test;
	dkim=pass header.d=attacker.test header.s=s1 header.a=rsa-sha256
	header.b=abcd1234;
	dkim=permerror reason="no key" header.d=mof.go.jp header.s=s1
	header.a=rsa-sha256 header.b="ab/d+234";
	dmarc=fail reason="not aligned" header.from=mof.go.jp policy.dmarc=reject;
	dmarc=none header.from=attacker.test`,
		},
		{
			"passes that say little",
			policy.Facts{
				MailFrom: policy.SPF{Scope: policy.ScopeMailFrom, Result: policy.ResultPass, Sender: "a@x.example", Domain: "x.example", Anyone: true},
				DKIM: []policy.DKIM{
					{Result: policy.ResultPass, Domain: "x.example", Algorithm: "rsa-sha256", KeyBits: policy.RecommendedRSABits - 1},
					{Result: policy.ResultPass, Domain: "x.example", Algorithm: "rsa-sha256", KeyBits: policy.RecommendedRSABits},
					{Result: policy.ResultPass, Domain: "x.example", Algorithm: "ed25519-sha256", KeyBits: 256},
					{Result: policy.ResultPass, Domain: "x.example", Algorithm: "rsa-sha256", KeyBits: 1024, Partial: true},
				},
			},
			` gw.example.jp;
	spf=pass reason="any client passes" smtp.mailfrom=a@x.example;
	dkim=pass reason="2047-bit key" header.d=x.example header.a=rsa-sha256;
	dkim=pass header.d=x.example header.a=rsa-sha256;
	dkim=pass header.d=x.example header.a=ed25519-sha256;
	dkim=pass reason="the end of the body is not signed" header.d=x.example
	header.a=rsa-sha256`,
		},
		{
			"null sender: one identity, one result",
			policy.Facts{
				MailFrom: spf(policy.ScopeHelo, policy.ResultPass, "postmaster@mx.example", "mx.example", ""),
				Helo:     spf(policy.ScopeHelo, policy.ResultPass, "postmaster@mx.example", "mx.example", ""),
			},
			" gw.example.jp;\n\tspf=pass smtp.helo=mx.example",
		},
		{
			"MAIL FROM and HELO of one domain",
			policy.Facts{
				MailFrom: spf(policy.ScopeMailFrom, policy.ResultPass, "a@mx.example", "mx.example", ""),
				Helo:     spf(policy.ScopeHelo, policy.ResultPass, "postmaster@mx.example", "mx.example", ""),
			},
			" gw.example.jp;\n\tspf=pass smtp.mailfrom=a@mx.example;\n\tspf=pass smtp.helo=mx.example",
		},
		{
			"no domain",
			policy.Facts{Helo: spf(policy.ScopeHelo, policy.ResultNone, "", "", "an address literal")},
			" gw.example.jp;\n\tspf=none reason=\"an address literal\"",
		},
		{
			"unsigned",
			policy.Facts{DKIM: []policy.DKIM{{Result: policy.ResultNone}}},
			" gw.example.jp;\n\tdkim=none",
		},
		{
			"a result that is none of ours",
			policy.Facts{DKIM: []policy.DKIM{{Result: "pass; dmarc=pass"}}},
			" gw.example.jp; none",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Write(gw, &tt.facts)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := Parse(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	long := strings.Repeat("a", MaxLocal)
	name := func(n int) string { return strings.Repeat("d", n-len(".example")) + ".example" }
	tests := []struct {
		sender string
		domain policy.Domain
		want   string
	}{
		{"taro@mof.go.jp", "mof.go.jp", "taro@mof.go.jp"},
		{"taro.yamada+x-y_z@mof.go.jp", "mof.go.jp", "taro.yamada+x-y_z@mof.go.jp"},
		{"bounce+taro=mof.go.jp@list.example", "list.example", "bounce+taro%3Dmof.go.jp@list.example"},
		{"a/b@mof.go.jp", "mof.go.jp", `"a/b@mof.go.jp"`},
		{"a:b@mof.go.jp", "mof.go.jp", `"a:b@mof.go.jp"`},
		{".a@mof.go.jp", "mof.go.jp", `".a@mof.go.jp"`},
		{"a.@mof.go.jp", "mof.go.jp", `"a.@mof.go.jp"`},
		{"a..b@mof.go.jp", "mof.go.jp", `"a..b@mof.go.jp"`},
		{"@mof.go.jp", "mof.go.jp", `"@mof.go.jp"`},
		{"a@b@mof.go.jp", "mof.go.jp", `"a@b@mof.go.jp"`},
		{"a b@mof.go.jp", "mof.go.jp", "a%20b@mof.go.jp"},
		{"100%@mof.go.jp", "mof.go.jp", "100%25@mof.go.jp"},
		{"太郎@mof.go.jp", "mof.go.jp", "%E5%A4%AA%E9%83%8E@mof.go.jp"},
		{"a\r\n\x00b@mof.go.jp", "mof.go.jp", "a%0D%0A%00b@mof.go.jp"},
		{"a(b),<c>@mof.go.jp", "mof.go.jp", "a%28b%29%2C%3Cc%3E@mof.go.jp"},
		{"taro@localhost", "localhost", `"taro@localhost"`},
		{"taro@_x.example", "_x.example", `"taro@_x.example"`},
		{"taro", "", "taro"},
		{"taro", "mof.go.jp", "mof.go.jp"},
		{"", "mof.go.jp", "mof.go.jp"},
		{"taro@[192.0.2.1]", "", `"taro@[192.0.2.1]"`},
		// The domain is the one that was checked.
		{"taro@MOF.go.jp", "mof.go.jp", "taro@mof.go.jp"},
		// MaxLocal and one more, also where encoding makes it more.
		{long + "@mof.go.jp", "mof.go.jp", long + "@mof.go.jp"},
		{long + "a@mof.go.jp", "mof.go.jp", "mof.go.jp"},
		{long[:MaxLocal-3] + "=@mof.go.jp", "mof.go.jp", long[:MaxLocal-3] + "%3D@mof.go.jp"},
		{long[:MaxLocal-2] + "=@mof.go.jp", "mof.go.jp", "mof.go.jp"},
		// MaxValue and one more: a domain is never cut.
		{"a@" + name(MaxValue), "", "a@" + name(MaxValue)},
		{"a@" + name(MaxValue+1), "", ""},
	}
	for _, tt := range tests {
		f := policy.Facts{MailFrom: spf(policy.ScopeMailFrom, policy.ResultPass, tt.sender, tt.domain, "")}
		got := Write(gw, &f)
		want := " gw.example.jp;\n\tspf=pass"
		if tt.want != "" {
			blank := " "
			if len("\tspf=pass smtp.mailfrom=")+len(tt.want) >= LineLength {
				blank = "\n\t"
			}
			want += blank + "smtp.mailfrom=" + tt.want
		}
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", tt.sender, got, want)
		}
		if _, err := Parse(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}

// MAIL FROM:<"a\"; dkim=pass header.d=victim.example "@x> is a valid address. It must not make a result.
func TestInjection(t *testing.T) {
	locals := []string{
		`a\"; dkim=pass header.d=victim.example `,
		`a"; dkim=pass header.d=victim.example `,
		`"a\"; dkim=pass header.d=victim.example "`,
		"a\r\n\tdkim=pass header.d=victim.example",
		"a\nAuthentication-Results: gw.example.jp; dkim=pass",
		"a; dmarc=pass",
		"(; dmarc=pass",
		"dmarc=pass",
		"a\x00; dmarc=pass",
		"a\\",
	}
	for _, local := range locals {
		f := policy.Facts{
			MailFrom: spf(policy.ScopeMailFrom, policy.ResultFail, local+"@x.example", "x.example", local),
			DKIM:     []policy.DKIM{{Result: policy.ResultFail, Domain: "x.example", Selector: local, Algorithm: local, Signature: local, Reason: local}},
		}
		checkResults(t, Write(gw, &f), []string{"spf=fail", "dkim=fail"})
	}
}

// Readers of no great care: they know of neither quotes nor comments, or they look for a word.
var (
	anyResult = regexp.MustCompile(`(?i)\b(spf|dkim|dmarc|arc|auth|iprev)\s*=\s*\w+`)
	newLine   = regexp.MustCompile(`\n[^\t]|\r|\n$`)
)

// checkResults fails where a reader sees other results than those wanted.
func checkResults(t *testing.T, value string, want []string) {
	t.Helper()
	f, err := Parse(value)
	if err != nil {
		t.Fatalf("%v\n%q", err, value)
	}
	var strict []string
	for _, r := range f.Results {
		strict = append(strict, r.Method+"="+r.Result)
	}
	if diff := cmp.Diff(want, strict); diff != "" {
		t.Errorf("by the grammar (-want +got):\n%s\n%q", diff, value)
	}
	var careless []string
	for _, m := range anyResult.FindAllString(value, -1) {
		if !strings.HasPrefix(m, "dmarc=") || !strings.Contains(value, "policy."+m) {
			careless = append(careless, m)
		}
	}
	if diff := cmp.Diff(want, careless); diff != "" {
		t.Errorf("by search (-want +got):\n%s\n%q", diff, value)
	}
	if n := strings.Count(value, ";"); n != max(len(want), 1) {
		t.Errorf("%d semicolons, want %d\n%q", n, len(want), value)
	}
	if strings.ContainsAny(value, "\\()<>") || newLine.MatchString(value) {
		t.Errorf("octets that must not stand: %q", value)
	}
	for i := range len(value) {
		if c := value[i]; c > '~' || c < ' ' && c != '\n' && c != '\t' {
			t.Errorf("octet %q", c)
		}
	}
	for line := range strings.SplitSeq(value, "\n") {
		if len(line) > 998-len(Name)-1 {
			t.Errorf("a line of %d octets", len(line))
		}
		if len(line) > LineLength && strings.Count(strings.TrimSpace(line), " ") > 0 && !strings.Contains(line, `"`) {
			t.Errorf("not folded: %q", line)
		}
	}
}

func TestReasonLimit(t *testing.T) {
	for _, n := range []int{MaxReason, MaxReason + 1} {
		f := policy.Facts{MailFrom: spf(policy.ScopeMailFrom, policy.ResultFail, "", "", strings.Repeat("r", n))}
		got, err := Parse(Write(gw, &f))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Repeat("r", MaxReason)
		if n > MaxReason {
			want = want[:MaxReason-3] + "..."
		}
		if got.Results[0].Reason != want {
			t.Errorf("%d octets: %q", n, got.Results[0].Reason)
		}
	}
}

func TestValueLimit(t *testing.T) {
	for n, want := range map[int]bool{MaxValue: true, MaxValue + 1: false} {
		f := policy.Facts{DKIM: []policy.DKIM{{Result: policy.ResultPass, Selector: strings.Repeat("s", n)}}}
		got, err := Parse(Write(gw, &f))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got.Results[0].Get("header", "s"); ok != want {
			t.Errorf("%d octets: written %v, want %v", n, ok, want)
		}
	}
}

func TestResultLimits(t *testing.T) {
	tests := []struct{ failed, passed, wantFailed, wantPassed int }{
		{MaxDKIM, 0, MaxDKIM, 0},
		{MaxDKIM + 1, 0, MaxDKIM, 0},
		{MaxDKIM, 1, MaxDKIM - 1, 1},
		{3, MaxDKIM, 0, MaxDKIM},
		{0, MaxDKIM + 1, 0, MaxDKIM},
	}
	for _, tt := range tests {
		var f policy.Facts
		for range tt.failed {
			f.DKIM = append(f.DKIM, policy.DKIM{Result: policy.ResultFail})
		}
		for range tt.passed {
			f.DKIM = append(f.DKIM, policy.DKIM{Result: policy.ResultPass})
		}
		got := Write(gw, &f)
		if failed, passed := strings.Count(got, "dkim=fail"), strings.Count(got, "dkim=pass"); failed != tt.wantFailed || passed != tt.wantPassed {
			t.Errorf("%+v: %d failed, %d passed", tt, failed, passed)
		}
	}
	for n, want := range map[int]int{MaxDMARC: MaxDMARC, MaxDMARC + 1: MaxDMARC} {
		var f policy.Facts
		for i := range n {
			f.DMARC = append(f.DMARC, policy.DMARC{Author: policy.Domain(fmt.Sprintf("a%d.example", i)), Result: policy.ResultPass})
		}
		if got := strings.Count(Write(gw, &f), "dmarc=pass"); got != want {
			t.Errorf("%d authors: %d results", n, got)
		}
	}
}

func TestCheckID(t *testing.T) {
	for _, id := range []string{"gw.example.jp", "GW", "gw.example.jp/1", "[192.0.2.1]", strings.Repeat("a", 253)} {
		if err := CheckID(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		f, err := Parse(Write(id, &policy.Facts{}))
		if err != nil || f.ID != id {
			t.Errorf("%q is written as %q: %v", id, f.ID, err)
		}
	}
	for _, id := range []string{"", ".", "a.", ".a", "a b", "a;b", `a"b`, `a\b`, "a(b)", "a=b", "a%b", "a,b", "a\n", "a\x00", "\xe3\x81\x82", strings.Repeat("a", 254)} {
		if err := CheckID(id); !errors.Is(err, ErrID) {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := Parse(Write(id, &policy.Facts{})); err != nil {
			t.Errorf("%q: what is written cannot be read: %v", id, err)
		}
	}
}
