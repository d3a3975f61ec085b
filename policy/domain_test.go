package policy

import (
	"errors"
	"strings"
	"testing"
)

func TestParseDomain(t *testing.T) {
	label := strings.Repeat("a", MaxLabelLength)
	long := strings.Repeat("a.", (MaxDomainLength-1)/2)
	tests := []struct {
		in   string
		want Domain
	}{
		{"MOF.go.JP.", "mof.go.jp"},
		{"_dmarc.mof.go.jp", "_dmarc.mof.go.jp"},
		{"xn--wgv71a.jp", "xn--wgv71a.jp"},
		{label + ".jp", Domain(label + ".jp")},
		{label + "a.jp", ""},
		{long + "a", Domain(long + "a")},
		{long + "aa", ""},
		{"", ""}, {".", ""}, {"a..b", ""}, {".a", ""}, {"a b", ""}, {"[192.0.2.1]", ""}, {"日本.jp", ""}, {"a\x00b", ""}, {"a..", ""},
	}
	for _, tt := range tests {
		got, err := ParseDomain(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("ParseDomain(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
		if err != nil && !errors.Is(err, ErrDomain) {
			t.Errorf("ParseDomain(%q): %v does not wrap ErrDomain", tt.in, err)
		}
	}
}

func TestUnder(t *testing.T) {
	tests := []struct {
		d, parent Domain
		want      bool
	}{
		{"go.jp", "go.jp", true}, {"mof.go.jp", "go.jp", true}, {"nogo.jp", "go.jp", false}, {"jp", "go.jp", false},
		{"go.jp", "", false}, {"", "go.jp", false}, {"", "", false},
	}
	for _, tt := range tests {
		if got := tt.d.Under(tt.parent); got != tt.want {
			t.Errorf("%q under %q = %v", tt.d, tt.parent, got)
		}
	}
}

func TestDomainSet(t *testing.T) {
	s, err := ParseDomainSet("mof.go.jp", ".meti.go.jp")
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[Domain]bool{
		"mof.go.jp": true, "a.mof.go.jp": false, "meti.go.jp": false, "a.meti.go.jp": true, "b.a.meti.go.jp": true, "": false,
	} {
		if got := s.Contains(d); got != want {
			t.Errorf("contains %q = %v", d, got)
		}
	}
	if _, err := ParseDomainSet("a b"); !errors.Is(err, ErrDomain) {
		t.Errorf("error %v", err)
	}
}

func FuzzParseDomain(f *testing.F) {
	f.Add("MOF.go.jp.")
	f.Add("a..b")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDomain(s)
		if err != nil {
			return
		}
		if again, err := ParseDomain(string(d)); err != nil || again != d {
			t.Errorf("%q: %q is not its own canonical form: %q, %v", s, d, again, err)
		}
	})
}
