package wire

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"sekimori/policy"
)

// message packs an answer about example. from records in zone file form: answer records, and after "--" authority.
func message(t testing.TB, kind uint16, rcode int, records ...string) []byte {
	t.Helper()
	var m dns.Msg
	m.SetQuestion("example.", kind)
	m.Response, m.Rcode = true, rcode
	section := &m.Answer
	for _, s := range records {
		if s == "--" {
			section = &m.Ns
			continue
		}
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		*section = append(*section, rr)
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const soa = "example. 900 IN SOA ns. root. 1 2 3 4 60"

func TestDecode(t *testing.T) {
	answer := func(s policy.DNSStatus, ttl time.Duration, fill func(*policy.DNSAnswer)) Answer {
		a := Answer{DNSAnswer: policy.DNSAnswer{Status: s}, TTL: ttl}
		if fill != nil {
			fill(&a.DNSAnswer)
		}
		return a
	}
	txt := func(s ...string) func(*policy.DNSAnswer) { return func(a *policy.DNSAnswer) { a.TXT = s } }
	addrs := func(s string) func(*policy.DNSAnswer) {
		return func(a *policy.DNSAnswer) { a.Addrs = []netip.Addr{netip.MustParseAddr(s)} }
	}
	found, nodata, nx, fail := policy.DNSFound, policy.DNSNoData, policy.DNSNXDomain, policy.DNSServFail
	tests := []struct {
		what  string
		t     uint16
		reply []byte
		want  Answer
	}{
		{"addresses", dns.TypeA, message(t, dns.TypeA, 0, "example. 60 IN A 192.0.2.1"), answer(found, time.Minute, addrs("192.0.2.1"))},
		{"other records do not count", dns.TypeA,
			message(t, dns.TypeA, 0, "example. 60 IN A 192.0.2.1", "example. 1 IN TXT x", "other. 1 IN A 192.0.2.9", "example. 1 CH A 192.0.2.8"),
			answer(found, time.Minute, addrs("192.0.2.1"))},
		{"ipv6", dns.TypeAAAA, message(t, dns.TypeAAAA, 0, "example. 60 IN AAAA 2001:db8::1"), answer(found, time.Minute, addrs("2001:db8::1"))},
		{"mapped ipv6 stays ipv6", dns.TypeAAAA, message(t, dns.TypeAAAA, 0, "example. 60 IN AAAA ::ffff:192.0.2.1"), answer(found, time.Minute, addrs("::ffff:192.0.2.1"))},
		{"texts joined, shortest ttl", dns.TypeTXT,
			message(t, dns.TypeTXT, 0, `example. 60 IN TXT "v=spf1 a" "b -all"`, `EXAMPLE. 30 IN TXT "a\"\\\000\255"`),
			answer(found, 30*time.Second, txt("v=spf1 ab -all", "a\"\\\x00\xff"))},
		{"exchangers", dns.TypeMX,
			message(t, dns.TypeMX, 0, "example. 60 IN MX 10 Mail.Example.", "example. 60 IN MX 0 ."),
			answer(found, time.Minute, func(a *policy.DNSAnswer) { a.MX = []policy.MX{{Preference: 10, Host: "mail.example"}, {Host: "."}} })},
		{"names", dns.TypePTR,
			message(t, dns.TypePTR, 0, "example. 60 IN PTR Mail.Example.", `example. 60 IN PTR x\.go.jp.`),
			answer(found, time.Minute, func(a *policy.DNSAnswer) { a.Names = []string{"mail.example", `x\046go.jp`} })},
		{"ttl 0", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 0 IN TXT x"), answer(found, 0, txt("x"))},
		{"ttl of a day and more", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 86401 IN TXT x"), answer(found, MaxTTL, txt("x"))},
		{"ttl with the highest bit", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 2147483648 IN TXT x"), answer(found, 0, txt("x"))},
		{"alias, its ttl too", dns.TypeTXT,
			message(t, dns.TypeTXT, 0, "b. 60 IN TXT x", "a. 20 IN CNAME B.", "Example. 60 IN CNAME a."),
			answer(found, 20*time.Second, txt("x"))},
		{"alias to nothing", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 20 IN CNAME a.", "--", soa), answer(nodata, 20*time.Second, nil)},
		{"alias to no name", dns.TypeTXT, message(t, dns.TypeTXT, 3, "example. 20 IN CNAME a.", "--", soa), answer(nx, 20*time.Second, nil)},
		{"the alias hides what stands beside it", dns.TypeTXT,
			message(t, dns.TypeTXT, 0, "example. 20 IN TXT x", "example. 20 IN CNAME a."), answer(nodata, 0, nil)},
		{"alias of itself", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 20 IN CNAME example."), answer(fail, 0, nil)},
		{"loop", dns.TypeTXT, message(t, dns.TypeTXT, 0, "example. 20 IN CNAME a.", "a. 20 IN CNAME example."), answer(fail, 0, nil)},
		{"no data, soa minimum", dns.TypeA, message(t, dns.TypeA, 0, "--", soa), answer(nodata, time.Minute, nil)},
		{"no data, soa ttl", dns.TypeA, message(t, dns.TypeA, 0, "--", "example. 5 IN SOA ns. root. 1 2 3 4 60"), answer(nodata, 5*time.Second, nil)},
		{"no data, no soa", dns.TypeA, message(t, dns.TypeA, 0), answer(nodata, 0, nil)},
		{"no name", dns.TypeA, message(t, dns.TypeA, 3, "--", soa), answer(nx, time.Minute, nil)},
		{"no name for a week", dns.TypeA, message(t, dns.TypeA, 3, "--", "example. 604800 IN SOA ns. root. 1 2 3 4 604800"), answer(nx, MaxNegativeTTL, nil)},
		{"no name, no soa", dns.TypeA, message(t, dns.TypeA, 3), answer(nx, 0, nil)},
		{"servfail", dns.TypeA, message(t, dns.TypeA, dns.RcodeServerFailure), answer(fail, 0, nil)},
		{"refused", dns.TypeA, message(t, dns.TypeA, dns.RcodeRefused, "example. 60 IN A 192.0.2.1"), answer(fail, 0, nil)},
		{"formerr", dns.TypeA, message(t, dns.TypeA, dns.RcodeFormatError), answer(fail, 0, nil)},
		{"notimp", dns.TypeA, message(t, dns.TypeA, dns.RcodeNotImplemented), answer(fail, 0, nil)},
		{"cut inside a record", dns.TypeA, cut(message(t, dns.TypeA, 0, "example. 60 IN A 192.0.2.1"), 1), answer(fail, 0, nil)},
		{"cut between records", dns.TypeTXT, cut(message(t, dns.TypeTXT, 0, "example. 60 IN TXT v", "example. 60 IN TXT w"), 1+7+12+1), answer(fail, 0, nil)},
		{"record without data", dns.TypeA, message(t, dns.TypeA, 0, "example. 60 IN A"), answer(fail, 0, nil)},
		{"alias without target", dns.TypeA, message(t, dns.TypeA, 0, "example. 60 IN CNAME"), answer(fail, 0, nil)},
		{"nothing at all", dns.TypeA, nil, answer(fail, 0, nil)},
	}
	for _, tt := range tests {
		got := Decode(tt.reply, tt.t)
		if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.what, d)
		}
	}
}

func cut(b []byte, n int) []byte { return b[:len(b)-n] }

// TestMaxCNAMEs goes through a chain as long as allowed, and one longer by one.
func TestMaxCNAMEs(t *testing.T) {
	for _, n := range []int{MaxCNAMEs, MaxCNAMEs + 1} {
		owner, records := "example.", []string{}
		for i := range n {
			next := fmt.Sprintf("n%d.", i)
			records = append(records, owner+" 60 IN CNAME "+next)
			owner = next
		}
		records = append(records, owner+" 60 IN TXT x")
		want := policy.DNSFound
		if n > MaxCNAMEs {
			want = policy.DNSServFail
		}
		if got := Decode(message(t, dns.TypeTXT, 0, records...), dns.TypeTXT); got.Status != want {
			t.Errorf("%d aliases: %s, want %s", n, got.Status, want)
		}
	}
}

// FuzzDecode holds that no octets panic, and that a status goes with what it promises.
func FuzzDecode(f *testing.F) {
	f.Add(message(f, dns.TypeTXT, 0, `example. 60 IN TXT "v=spf1" "-all"`), uint8(4))
	f.Add(message(f, dns.TypeMX, 0, "example. 60 IN CNAME a.", "a. 60 IN MX 10 b."), uint8(2))
	f.Add(message(f, dns.TypeA, 3, "--", soa), uint8(0))
	f.Add(message(f, dns.TypePTR, 0, `example. 60 IN PTR a\.b\255.`), uint8(3))
	f.Fuzz(func(t *testing.T, reply []byte, kind uint8) {
		types := policy.DNSTypes()
		number, _ := Type(types[int(kind)%len(types)])
		Answers(AppendQuery(nil, 0, "example", number, true), reply)
		a := Decode(reply, number)
		n := len(a.TXT) + len(a.Addrs) + len(a.MX) + len(a.Names)
		if (a.Status == policy.DNSFound) != (n > 0) {
			t.Fatalf("%s with %d records", a.Status, n)
		}
		if a.TTL < 0 || a.TTL > MaxTTL || a.Status == policy.DNSServFail && a.TTL != 0 {
			t.Fatalf("%s is kept for %v", a.Status, a.TTL)
		}
		for _, s := range a.Names {
			if strings.HasSuffix(s, ".") && s != "." || lower(s) != s {
				t.Fatalf("name %q", s)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	reply := message(b, dns.TypeTXT, 0, `example. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 include:_spf.example.net -all"`)
	b.ReportAllocs()
	for b.Loop() {
		Decode(reply, dns.TypeTXT)
	}
}
