package dkim

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"sekimori/policy"
)

func TestNoSignature(t *testing.T) {
	x := New(Config{}).Begin(context.Background(), letter(), noon, nil)
	if x.WantsBody() || x.Results() != nil || x.Skipped() != 0 {
		t.Error("a message without signature has a result or wants its body")
	}
}

// TestHeaderOnly is a message that ends with its header: no empty line, no body.
func TestHeaderOnly(t *testing.T) {
	for _, c := range []string{"c=simple/simple", "c=relaxed/relaxed"} {
		h := seal(edKey, template("a=ed25519-sha256; s=ed", c, "h=from"), letter(), "")
		if got := words(New(Config{Resolver: keys()}).Begin(context.Background(), h, noon, nil).Results()); got != "pass" {
			t.Errorf("%s: %s", c, got)
		}
	}
}

// TestSharedBody has signatures that agree in canonicalisation and length, or in one, or in none.
func TestSharedBody(t *testing.T) {
	h := letter()
	for i, c := range []string{"c=relaxed/relaxed", "c=simple/relaxed", "c=simple/simple", "l=5", "c=simple/relaxed; l=5"} {
		names := "h=from:dkim-signature"
		if i == 0 {
			names = "h=from" // there is no other signature to sign yet
		}
		h = seal(edKey, template("a=ed25519-sha256; s=ed", c, names), h, text)
	}
	x := New(Config{Resolver: keys()}).Begin(context.Background(), h, noon, nil)
	x.Write([]byte(text))
	if got := words(x.Results()); got != "pass pass pass pass pass" {
		t.Errorf("%s", got)
	}
	n := 0
	for _, b := range x.bodies {
		n += len(b.out.digests)
	}
	if len(x.bodies) != 2 || n != 4 {
		t.Errorf("%d canonicalisations and %d hashes, want 2 and 4", len(x.bodies), n)
	}
}

// counting counts questions by name.
type counting struct {
	zone
	n atomic.Int64
}

func (c *counting) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	c.n.Add(1)
	return c.zone.Lookup(ctx, name, t)
}

func TestManySignatures(t *testing.T) {
	h := letter()
	for i := range 12 { // the last is on top
		domain := "other.jp"
		if i == 0 || i == 1 {
			domain = "example.jp"
		}
		h = seal(edKey, fmt.Sprintf(" v=1; a=ed25519-sha256; d=%s; s=s%d; h=from; bh=; b=", domain, i), h, text)
	}
	h = append(h, policy.Field{Name: "DKIM-Signature", Value: " unreadable"}) // takes no place
	all := zone{}
	for i := range 12 {
		for _, domain := range []string{"other.jp", "example.jp"} {
			all[fmt.Sprintf("s%d._domainkey.%s", i, domain)] = []string{record(edKey)}
		}
	}
	aligned := func(d policy.Domain) bool { return d == "example.jp" }
	for _, tt := range []struct {
		most, skipped int
		aligned       func(policy.Domain) bool
		want          string
	}{
		{12, 0, nil, "pass pass pass pass pass pass pass pass pass pass pass pass permerror"},
		{11, 1, nil, "pass pass pass pass pass pass pass pass pass pass pass policy permerror"},
		{11, 1, aligned, "pass pass pass pass pass pass pass pass pass policy pass pass permerror"},
		{DefaultSignatures, 4, aligned, "pass pass pass pass pass pass policy policy policy policy pass pass permerror"},
		{1, 11, aligned, "policy policy policy policy policy policy policy policy policy policy pass policy permerror"},
	} {
		resolver := &counting{zone: all}
		x := New(Config{Resolver: resolver, MaxSignatures: tt.most}).Begin(context.Background(), h, noon, tt.aligned)
		x.Write([]byte(text))
		got := x.Results()
		if words(got) != tt.want || x.Skipped() != tt.skipped || int(resolver.n.Load()) != 12-tt.skipped {
			t.Errorf("at most %d: %s, %d skipped, %d questions; want %s, %d", tt.most, words(got), x.Skipped(), resolver.n.Load(), tt.want, tt.skipped)
		}
		for _, r := range got {
			if r.Result == policy.ResultPolicy && r.Reason != fmt.Sprintf("not examined: more than %d signatures", tt.most) {
				t.Errorf("reason %q", r.Reason)
			}
		}
	}
}

func TestDefaults(t *testing.T) {
	if c := New(Config{}).config; c.MaxSignatures != DefaultSignatures || c.MinRSABits != DefaultRSABits {
		t.Errorf("%+v", c)
	}
}

func TestOneQuestionPerKey(t *testing.T) {
	h := letter()
	for range 3 {
		h = seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), h, text)
	}
	resolver := &counting{zone: keys()}
	got := examineParts(Config{Resolver: resolver}, h, text)
	if words(got) != "pass pass pass" || resolver.n.Load() != 1 {
		t.Errorf("%s with %d questions", words(got), resolver.n.Load())
	}
}

// TestKeyResults goes from what DNS holds to what the signature gets.
func TestKeyResults(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "i=@sub.example.jp", "h=from"), letter(), text)
	good := strings.TrimPrefix(record(edKey), "v=DKIM1; ")
	for _, tt := range []struct {
		records []string
		want    policy.DKIM
	}{
		{[]string{"v=DKIM1; t=y;" + good}, policy.DKIM{Result: "pass", KeyBits: 256, Testing: true}},
		{[]string{"t=y:s;" + good}, policy.DKIM{Result: "permerror", Reason: string(reasonKeyStrict), KeyBits: 256, Testing: true}},
		{[]string{"t=y; p="}, policy.DKIM{Result: "permerror", Reason: string(reasonRevoked), Testing: true}},
		{[]string{record(rsaKey())}, policy.DKIM{Result: "permerror", Reason: string(reasonKeyAlgorithm), KeyBits: 2048}},
		{[]string{good, good}, policy.DKIM{Result: "permerror", Reason: "several key records: 2"}},
		{nil, policy.DKIM{Result: "permerror", Reason: "no key: nodata"}},
	} {
		tt.want.Domain, tt.want.Selector, tt.want.Identity, tt.want.Algorithm = "example.jp", "ed", "@sub.example.jp", "ed25519-sha256"
		got := examineParts(Config{Resolver: zone{"ed._domainkey.example.jp": tt.records}}, h, text)
		tt.want.Signature = got[0].Signature
		equal(t, got, tt.want)
	}
}

func TestShortRSAKey(t *testing.T) {
	got := examine(t, Config{Resolver: rfcKeys, MinRSABits: 1025}, signedDinner)[0]
	if got.Result != policy.ResultPolicy || got.Reason != "RSA key is too short: 1024 bits" || got.KeyBits != 1024 {
		t.Errorf("%+v", got)
	}
	if got := examine(t, Config{Resolver: rfcKeys, MinRSABits: 512}, signedDinner); words(got) != "pass" {
		t.Errorf("%+v", got)
	}
}
