package wire

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestCanonical(t *testing.T) {
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	name253 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61)
	tests := []struct {
		name string
		want string
		ok   bool
	}{
		{"mof.go.jp", "mof.go.jp", true},
		{"MOF.Go.JP.", "mof.go.jp", true},
		{"_dmarc.a b\x00\xff.\\jp", "_dmarc.a b\x00\xff.\\jp", true},
		{"\xc3\x84.EXAMPLE", "\xc3\x84.example", true},
		{"", "", false},
		{".", "", false},
		{"..", "", false},
		{".jp", "", false},
		{"a..jp", "", false},
		{"jp..", "", false},
		{label63 + ".jp", label63 + ".jp", true},
		{label64 + ".jp", "", false},
		{name253, name253, true},
		{name253 + ".", name253, true},
		{name253 + "b", "", false},
	}
	for _, tt := range tests {
		got, ok := Canonical(tt.name)
		if got != tt.want || ok != tt.ok {
			t.Errorf("Canonical(%q) = %q, %v; want %q, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCanonicalDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Canonical("_dmarc.mof.go.jp") }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestDomain(t *testing.T) {
	tests := []struct{ presentation, want string }{
		{"Mail.MOF.go.jp.", "mail.mof.go.jp"},
		{".", "."},
		{`a\ b\@c.jp.`, "a b@c.jp"},
		{`\195\132.jp.`, "\xc3\x84.jp"},
		{`x\.go.jp.`, `x\046go.jp`}, // one label: not below go.jp
		{`x\\.go.jp.`, `x\.go.jp`},
	}
	for _, tt := range tests {
		if got := domain(tt.presentation); got != tt.want {
			t.Errorf("domain(%q) = %q, want %q", tt.presentation, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		parts []string
		want  string
	}{
		{[]string{"v=spf1 -all"}, "v=spf1 -all"},
		{[]string{"v=spf1 a", "b -all"}, "v=spf1 ab -all"},
		{[]string{`a\"b\\c\000\255`, `\.`}, "a\"b\\c\x00\xff."},
		{[]string{""}, ""},
	}
	for _, tt := range tests {
		if got := text(tt.parts); got != tt.want {
			t.Errorf("text(%q) = %q, want %q", tt.parts, got, tt.want)
		}
	}
}

// FuzzName holds that a canonical name survives the way to the wire, through the library and back, but for dots inside
// labels, which it cannot have.
func FuzzName(f *testing.F) {
	for _, s := range []string{"mof.go.jp", "A.b", "..", `a\.b.c`, "\x00.\xff", "a b.\"c\"", strings.Repeat("a", 64)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		canonical, ok := Canonical(name)
		if !ok {
			return
		}
		if again, ok := Canonical(canonical); !ok || again != canonical {
			t.Fatalf("Canonical(%q) = %q, %v", canonical, again, ok)
		}
		packed := AppendName(nil, canonical)
		if len(packed) != len(canonical)+2 {
			t.Fatalf("%q: %d octets on the wire", canonical, len(packed))
		}
		shown, end, err := dns.UnpackDomainName(packed, 0)
		if err != nil || end != len(packed) {
			t.Fatalf("%q: read %d of %d octets: %v", canonical, end, len(packed), err)
		}
		if got := domain(shown); got != canonical {
			t.Fatalf("%q came back as %q", canonical, got)
		}
	})
}
