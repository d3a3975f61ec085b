package dkim

import (
	"fmt"
	"strings"
	"testing"

	"sekimori/policy"
)

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
