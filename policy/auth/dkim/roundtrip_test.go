package dkim

import (
	"crypto"
	"strings"
	"testing"

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
