package zone

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

const example = `
$TTL 60
mof.go.jp.            IN SOA ns.mof.go.jp. root.mof.go.jp. 1 2 3 4 30
mof.go.jp             IN TXT "v=spf1 include:_spf.mof.go.jp" " -all"
mof.go.jp             IN MX 10 mail.mof.go.jp
_dmarc.mof.go.jp      IN TXT "v=DMARC1; p=reject"
mail.mof.go.jp        IN A 192.0.2.1
mail.mof.go.jp        IN AAAA 2001:db8::1
WWW.mof.go.jp         IN CNAME mail.mof.go.jp
lost.mof.go.jp        IN CNAME nowhere.mof.go.jp
loop1.mof.go.jp       IN CNAME loop2.mof.go.jp
loop2.mof.go.jp       IN CNAME loop1.mof.go.jp
sick.mof.go.jp        IN CNAME servfail.example
deep.below.mof.go.jp  IN TXT "deep"
*.wild.example        IN TXT "wild"
set.wild.example      IN A 192.0.2.2
a\ b\192.example      IN TXT "\"\000\255\\"
1.2.0.192.in-addr.arpa IN PTR mail.mof.go.jp
nothing.example       IN MX 0 .
servfail.example      IN TXT "sekimori-test:servfail"
timeout.example       IN TXT "sekimori-test:timeout"
*.timeout.example     IN TXT "sekimori-test:timeout"
slow.example          IN TXT "sekimori-test:delay=50ms"
slow.example          IN TXT "late"
cut.example           IN TXT "sekimori-test:truncate"
cut.example           IN TXT "whole"
`

func parse(t testing.TB, text string) *Zone {
	t.Helper()
	z, err := Parse(strings.NewReader(text), "test.zone")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

var cases = []struct {
	name string
	t    policy.DNSType
	want policy.DNSAnswer
}{
	{"mof.go.jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"v=spf1 include:_spf.mof.go.jp -all"}}},
	{"MOF.GO.JP.", policy.TypeMX, policy.DNSAnswer{Status: policy.DNSFound, MX: []policy.MX{{Preference: 10, Host: "mail.mof.go.jp"}}}},
	{"mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSNoData}},
	{"mail.mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSFound, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}},
	{"mail.mof.go.jp", policy.TypeAAAA, policy.DNSAnswer{Status: policy.DNSFound, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}},
	{"www.mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSFound, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}},
	{"www.mof.go.jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNoData}},
	{"lost.mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSNXDomain}},
	{"loop1.mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSServFail}},
	{"sick.mof.go.jp", policy.TypeA, policy.DNSAnswer{Status: policy.DNSServFail}},
	{"below.mof.go.jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNoData}}, // an empty non-terminal
	{"jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNoData}},
	{"not.mof.go.jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNXDomain}},
	{"not.mail.mof.go.jp", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNXDomain}},
	{"x.wild.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"wild"}}},
	{"x.y.wild.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"wild"}}},
	{"x.wild.example", policy.TypeA, policy.DNSAnswer{Status: policy.DNSNoData}},
	{"set.wild.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNoData}},     // it exists: no wildcard
	{"x.set.wild.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNXDomain}}, // what is above exists
	{"wild.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNoData}},
	{"a b\xc0.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"\"\x00\xff\\"}}},
	{"1.2.0.192.in-addr.arpa", policy.TypePTR, policy.DNSAnswer{Status: policy.DNSFound, Names: []string{"mail.mof.go.jp"}}},
	{"nothing.example", policy.TypeMX, policy.DNSAnswer{Status: policy.DNSFound, MX: []policy.MX{{Host: "."}}}},
	{"servfail.example", policy.TypeA, policy.DNSAnswer{Status: policy.DNSServFail}},
	{"servfail.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSServFail}},
	{"timeout.example", policy.TypeMX, policy.DNSAnswer{Status: policy.DNSTimeout}},
	{"x.timeout.example", policy.TypeMX, policy.DNSAnswer{Status: policy.DNSTimeout}},
	{"slow.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"late"}}},
	{"cut.example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{"whole"}}},
	{"", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNXDomain}},
	{"a..example", policy.TypeTXT, policy.DNSAnswer{Status: policy.DNSNXDomain}},
	{"mof.go.jp", "SPF", policy.DNSAnswer{Status: policy.DNSServFail}},
}

func TestLookup(t *testing.T) {
	z := parse(t, example)
	for _, tt := range cases {
		got := z.Lookup(t.Context(), tt.name, tt.t)
		if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%q %s: (-want +got)\n%s", tt.name, tt.t, d)
		}
	}
}

func TestLookupDelay(t *testing.T) {
	z := parse(t, example)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if got := z.Lookup(t.Context(), "slow.example", policy.TypeTXT); got.Status != policy.DNSFound {
			t.Errorf("%s, want found", got.Status)
		}
		if d := time.Since(start); d != 50*time.Millisecond {
			t.Errorf("it took %v, want 50ms", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		start = time.Now()
		if got := z.Lookup(ctx, "slow.example", policy.TypeTXT); got.Status != policy.DNSTimeout {
			t.Errorf("%s, want timeout", got.Status)
		}
		if d := time.Since(start); d != 10*time.Millisecond {
			t.Errorf("it took %v, want 10ms", d)
		}
	})
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a.example IN A 192.0.2.1\nb.example IN A nonsense\n", `test.zone:2:23: bad A A: "nonsense"`},
		{"a.example IN TXT \"sekimori-test:nap\"\n", `test.zone: a.example.: sekimori-test:nap: possible are servfail, timeout, delay=50ms, truncate`},
		{"a.example IN TXT \"sekimori-test:delay=60.001s\"\n", `test.zone: a.example.: sekimori-test:delay=60.001s: a delay of 0s to 1m0s is possible`},
		{"a.example CH A 192.0.2.1\n", `test.zone: a.example.: only class IN is possible`},
		{"$INCLUDE /etc/passwd\n", `test.zone:1:20: $INCLUDE directive not allowed: "/etc/passwd"`},
	}
	for _, tt := range tests {
		_, err := Parse(strings.NewReader(tt.text), "test.zone")
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestMaxDelay(t *testing.T) {
	parse(t, "a.example IN TXT sekimori-test:delay=60s\n") // one above is in TestParseErrors
}

func TestMaxRecords(t *testing.T) {
	text := func(n int) string {
		half := n / 2
		return fmt.Sprintf("$GENERATE 1-%d a$ A 192.0.2.1\n$GENERATE 1-%d b$ A 192.0.2.1\n", half, n-half)
	}
	parse(t, text(MaxRecords))
	if _, err := Parse(strings.NewReader(text(MaxRecords+1)), "test.zone"); err == nil {
		t.Error("one record above the limit is read")
	}
}

func TestMaxOctets(t *testing.T) {
	const record = "a.example IN A 192.0.2.1\n"
	comment := ";" + strings.Repeat("x", 1022) + "\n"
	text := record + strings.Repeat(comment, MaxOctets/len(comment))
	text = text[:MaxOctets-1] + "\n"
	parse(t, text)
	if _, err := Parse(strings.NewReader(text+"\n"), "test.zone"); err == nil {
		t.Error("one octet above the limit is read")
	}
}

// FuzzParse holds that no file panics, and that what was read can be sent and read again.
func FuzzParse(f *testing.F) {
	f.Add(example, "www.mof.go.jp")
	f.Add("$ORIGIN a.\n$TTL 1h\n@ CNAME b\nb MX 1 @\n* TXT \"\\\" \\000\"", "x.a")
	f.Add("a A 1\n", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.Contains(strings.ToUpper(text), "$GENERATE") {
			t.Skip("slow by intent")
		}
		z, err := Parse(strings.NewReader(text), "fuzz.zone")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.zone:") {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		name, ok := wire.Canonical(name)
		if !ok {
			return
		}
		for _, kind := range policy.DNSTypes() {
			number, _ := wire.Type(kind)
			m, _ := z.answer(string(wire.AppendName(nil, name)), number)
			sent, err := m.Pack()
			if err != nil {
				continue // more than a message holds
			}
			if here, there := wire.Read(m, number), wire.Decode(sent, number); !cmp.Equal(here, there, cmpopts.EquateComparable(netip.Addr{})) {
				t.Fatalf("%q %s: %v, over the wire %v", name, kind, here, there)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	z := parse(b, example)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		z.Lookup(ctx, "mof.go.jp", policy.TypeTXT)
	}
}
