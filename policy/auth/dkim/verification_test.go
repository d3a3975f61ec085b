package dkim

import (
	"context"
	"crypto"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sekimori/policy"
)

const text = "Good  morning \r\n\tall,\r\n\r\n  here is the plan.\r\n\r\n\r\n"

// letter returns the header of a message to sign, with folds, blanks and a field that stands twice.
func letter() policy.Header {
	return policy.Header{
		{Name: "Received", Value: " from a by b;\n\tWed, 1 Jul 2026 12:00:00 +0900"},
		{Name: "From", Value: "  Taro <taro@example.jp> "},
		{Name: "To", Value: " hanako@example.go.jp,\n  jiro@example.go.jp"},
		{Name: "Subject", Value: ""},
		{Name: "Comments", Value: " one"},
		{Name: "Comments", Value: "\ttwo"},
	}
}

// signers are the keys by the a= tag and the selector that belongs to them.
func signers() map[string]crypto.Signer {
	return map[string]crypto.Signer{"a=rsa-sha256; s=rsa": rsaKey(), "a=ed25519-sha256; s=ed": edKey}
}

// template returns a field to sign, with more tags.
func template(algorithm string, more ...string) string {
	return " v=1; " + algorithm + "; d=example.jp; " + strings.Join(append(more, "bh=; b="), "; ")
}

// words returns the results without anything else.
func words(results []policy.DKIM) string {
	var w []string
	for _, r := range results {
		w = append(w, string(r.Result))
	}
	return strings.Join(w, " ")
}

func TestRoundTrip(t *testing.T) {
	for algorithm, key := range signers() {
		for _, c := range []string{"c=simple/simple", "c=simple/relaxed", "c=relaxed/simple", "c=relaxed/relaxed", "c=relaxed", "c=simple", "zz=0"} {
			for _, names := range []string{"h=from", "h=From:To : Subject:\n\tReceived", "h=from:comments", "h=from:from:comments:comments:comments:to:to:x"} {
				h := seal(key, template(algorithm, c, names), letter(), text)
				if got := examineParts(Config{Resolver: keys()}, h, text); words(got) != "pass" {
					t.Errorf("%s %s %s: %+v", algorithm, c, names, got)
				}
			}
		}
	}
}

// changes are things done to a signed message, and what each makes of a signature, by c=.
var changes = []struct {
	name    string
	header  func(policy.Header) policy.Header
	body    func(string) string
	simple  policy.Result
	relaxed policy.Result
}{
	{"nothing", nil, nil, "pass", "pass"},
	{"the author", set("From", " Jiro <jiro@example.jp>"), nil, "fail", "fail"},
	{"blanks in a field", set("From", " Taro\n  <taro@example.jp>"), nil, "fail", "pass"},
	{"a letter of a name", rename("From", "FROM"), nil, "fail", "pass"},
	{"a field not signed", set("Subject", " x"), nil, "pass", "pass"},
	{"a field more on top", func(h policy.Header) policy.Header {
		return append(policy.Header{{Name: "Comments", Value: " three"}}, h...)
	}, nil, "pass", "pass"},
	{"a field more below", func(h policy.Header) policy.Header {
		return append(h, policy.Field{Name: "Comments", Value: " three"})
	}, nil, "fail", "fail"},
	{"an oversigned field more", func(h policy.Header) policy.Header {
		return append(policy.Header{{Name: "From", Value: " Jiro <jiro@example.jp>"}}, h...)
	}, nil, "fail", "fail"},
	{"a tag in the signature", func(h policy.Header) policy.Header {
		h[0].Value += "; zz=1"
		return h
	}, nil, "fail", "fail"},
	{"a word", nil, replace("morning", "evening"), "fail", "fail"},
	{"blanks in a line", nil, replace("Good  morning ", "Good morning"), "fail", "pass"},
	{"blanks at the start of a line", nil, replace("\tall", "all"), "fail", "fail"},
	{"an empty line more", nil, replace("all,\r\n", "all,\r\n\r\n"), "fail", "fail"},
	{"empty lines at the end", nil, func(s string) string { return s + "\r\n\r\n" }, "pass", "pass"},
	{"a line at the end", nil, func(s string) string { return s + "-- \r\nlist\r\n" }, "fail", "fail"},
	{"no body", nil, func(string) string { return "" }, "fail", "fail"},
	{"line ends", nil, func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }, "pass", "pass"},
}

func set(name, value string) func(policy.Header) policy.Header {
	return func(h policy.Header) policy.Header {
		for i := range h {
			if h[i].Name == name {
				h[i].Value = value
			}
		}
		return h
	}
}

func rename(from, to string) func(policy.Header) policy.Header {
	return func(h policy.Header) policy.Header {
		for i := range h {
			if h[i].Name == from {
				h[i].Name = to
			}
		}
		return h
	}
}

func replace(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

func TestChanges(t *testing.T) {
	for algorithm, key := range signers() {
		for _, tt := range changes {
			for c, want := range map[string]policy.Result{"c=simple/simple": tt.simple, "c=relaxed/relaxed": tt.relaxed} {
				h, body := seal(key, template(algorithm, c, "h=from:from:to:comments"), letter(), text), text
				if tt.header != nil {
					h = tt.header(h)
				}
				if tt.body != nil {
					body = tt.body(body)
				}
				if got := examineParts(Config{Resolver: keys()}, h, body); words(got) != string(want) {
					t.Errorf("%s, %s, %s: %+v, want %s", tt.name, algorithm, c, got, want)
				}
			}
		}
	}
}

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

func TestLength(t *testing.T) {
	const body = "one\r\ntwo\r\n"
	for _, tt := range []struct {
		length  string
		body    string
		result  policy.Result
		partial bool
		reason  string
	}{
		{"l=10", body, "pass", false, ""},
		{"l=10", body + "\r\n\r\n", "pass", false, ""},
		{"l=10", body + "more\r\n", "pass", true, ""},
		{"l=9", body, "pass", true, ""},
		{"l=0", body, "pass", true, ""},
		{"l=0", "", "pass", true, ""}, // simple: an empty body has a line end
		{"l=10", "one\r\nten\r\n", "fail", false, "body hash did not verify"},
		{"l=11", body, "permerror", false, "body is shorter than l=: 10 of 11 octets"},
		{"l=10", "one\r\n", "permerror", false, "body is shorter than l=: 5 of 10 octets"},
	} {
		h := seal(edKey, template("a=ed25519-sha256; s=ed", tt.length, "h=from"), letter(), body)
		got := examineParts(Config{Resolver: keys()}, h, tt.body)[0]
		if got.Result != tt.result || got.Partial != tt.partial || got.Reason != tt.reason {
			t.Errorf("%s, %q: %s %q, partial %v; want %s %q, %v", tt.length, tt.body, got.Result, got.Reason, got.Partial, tt.result, tt.reason, tt.partial)
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

// slow answers after a time, or at the end of the context with a time-out.
type slow struct {
	zone
	after time.Duration
}

func (s slow) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	select {
	case <-time.After(s.after):
		return s.zone.Lookup(ctx, name, t)
	case <-ctx.Done():
		return policy.DNSAnswer{Status: policy.DNSTimeout}
	}
}

func TestLateKey(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
	for after, want := range map[time.Duration]string{
		999 * time.Millisecond:  "pass ",
		1001 * time.Millisecond: "temperror key unavailable",
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			began := time.Now()
			x := New(Config{Resolver: slow{keys(), after}}).Begin(ctx, h, noon, nil)
			if !x.WantsBody() {
				t.Error("the body is not wanted before the key is there")
			}
			x.Write([]byte(text))
			got := x.Results()[0]
			if !strings.HasPrefix(string(got.Result)+" "+got.Reason, want) {
				t.Errorf("%+v, want %s", got, want)
			}
			if waited := time.Since(began); waited != min(after, time.Second) {
				t.Errorf("waited %v", waited)
			}
		})
	}
}

// TestAbandoned leaves a verification behind without asking for its results: its goroutines end with the context.
func TestAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		h := seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"), letter(), text)
		New(Config{Resolver: slow{keys(), time.Hour}}).Begin(ctx, h, noon, nil)
		cancel() // synctest fails the test when a goroutine is left
	})
}

func TestWantsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := func(r zone, more ...string) *Verification {
			h := seal(edKey, template("a=ed25519-sha256; s=ed", append(more, "h=from")...), letter(), text)
			x := New(Config{Resolver: r}).Begin(t.Context(), h, noon, nil)
			synctest.Wait() // until the key is there
			return x
		}
		if !begin(keys()).WantsBody() {
			t.Error("the body is not wanted")
		}
		if begin(keys(), "x=1").WantsBody() {
			t.Error("wanted for a signature that has expired")
		}
		if begin(zone{}).WantsBody() {
			t.Error("wanted for a signature without key")
		}
		if begin(zone{"ed._domainkey.example.jp": {record(rsaKey())}}).WantsBody() {
			t.Error("wanted for a signature whose key is of another kind")
		}
		x := begin(keys(), "l=7")
		for range 2 * sinkSize / len(text) {
			x.Write([]byte(text))
		}
		if x.WantsBody() {
			t.Error("wanted though l= is reached")
		}
		if got := x.Results(); words(got) != "pass" || !got[0].Partial {
			t.Errorf("%+v", got)
		}
		if x.WantsBody() {
			t.Error("wanted after the end")
		}
	})
}

func TestTrace(t *testing.T) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "c=relaxed/simple", "h=from"), letter(), text)
	got := examineParts(Config{Resolver: keys(), Trace: true}, h, text+"more")
	var b strings.Builder
	for _, s := range got[0].Steps {
		fmt.Fprintf(&b, "%*s%s %v\n", s.Depth, "", s.Text, s.Decided)
	}
	for _, want := range []string{
		"\n from:Taro <taro@example.jp> false\n",
		"\nkey ed._domainkey.example.jp: found false\n v=DKIM1; k=ed25519; p=",
		"\nbody, simple, ", "\n computed ", "\n bh=      ",
		"\nfail: body hash did not verify true\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if got := examineParts(Config{Resolver: keys()}, h, text); got[0].Steps != nil {
		t.Error("steps without being asked for")
	}
}

func TestTraceBounds(t *testing.T) {
	h := letter()
	for range 2 * maxInputSteps {
		h = append(h, policy.Field{Name: "X", Value: strings.Repeat("x", 2*maxStep)})
	}
	h = seal(edKey, template("a=ed25519-sha256; s=ed", "h=from"+strings.Repeat(":x", MaxSignedFields-1)), h, text)
	got := examineParts(Config{Resolver: keys(), Trace: true}, h, text)
	if n := len(got[0].Steps); words(got) != "pass" || n > maxInputSteps+10 {
		t.Errorf("%s in %d steps", words(got), n)
	}
	for _, s := range got[0].Steps {
		if len(s.Text) > maxStep+3 {
			t.Errorf("a step of %d octets", len(s.Text))
		}
	}
}
