package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"sekimori/policy"
)

func TestTypes(t *testing.T) {
	want := map[policy.DNSType]uint16{
		policy.TypeA: dns.TypeA, policy.TypeAAAA: dns.TypeAAAA, policy.TypeMX: dns.TypeMX,
		policy.TypePTR: dns.TypePTR, policy.TypeTXT: dns.TypeTXT,
	}
	for _, x := range policy.DNSTypes() {
		if got, ok := Type(x); !ok || got != want[x] {
			t.Errorf("Type(%s) = %d, %v; want %d", x, got, ok, want[x])
		}
	}
	if _, ok := Type("SPF"); ok {
		t.Error("SPF is a type")
	}
}

// TestAppendQuery lets the library read what was written.
func TestAppendQuery(t *testing.T) {
	for _, edns := range []bool{true, false} {
		b := AppendQuery(nil, 0x1234, "a b._dmarc.jp", dns.TypeTXT, edns)
		var m dns.Msg
		if err := m.Unpack(b); err != nil {
			t.Fatal(err)
		}
		want := dns.Question{Name: `a\ b._dmarc.jp.`, Qtype: dns.TypeTXT, Qclass: dns.ClassINET}
		if m.Id != 0x1234 || !m.RecursionDesired || m.Response || len(m.Question) != 1 || m.Question[0] != want {
			t.Errorf("edns %v: %v", edns, &m)
		}
		opt := m.IsEdns0()
		if edns != (opt != nil) {
			t.Errorf("edns %v: OPT is %v", edns, opt)
		}
		if opt != nil && opt.UDPSize() != UDPSize {
			t.Errorf("size %d is advertised, want %d", opt.UDPSize(), UDPSize)
		}
	}
}

func TestMaxQuery(t *testing.T) {
	name := strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 61)
	if got := len(AppendQuery(nil, 0, name, dns.TypeA, true)); got != MaxQuery {
		t.Errorf("the longest question has %d octets, MaxQuery is %d", got, MaxQuery)
	}
}

func TestAnswers(t *testing.T) {
	query := AppendQuery(nil, 7, "mof.go.jp", dns.TypeA, true)
	// reply makes the reply that is right, then spoils it.
	reply := func(spoil func(m *dns.Msg)) []byte {
		var q, m dns.Msg
		if err := q.Unpack(query); err != nil {
			t.Fatal(err)
		}
		m.SetReply(&q)
		spoil(&m)
		b, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	bare := func(rcode int) []byte {
		return reply(func(m *dns.Msg) { m.Rcode, m.Question = rcode, nil })
	}
	tests := []struct {
		what  string
		reply []byte
		want  bool
	}{
		{"right", reply(func(*dns.Msg) {}), true},
		{"other case", reply(func(m *dns.Msg) { m.Question[0].Name = "MOF.go.JP." }), true},
		{"other id", reply(func(m *dns.Msg) { m.Id = 8 }), false},
		{"other high octet of the id", reply(func(m *dns.Msg) { m.Id = 0x107 }), false},
		{"other name", reply(func(m *dns.Msg) { m.Question[0].Name = "mof.go.jq." }), false},
		{"longer name", reply(func(m *dns.Msg) { m.Question[0].Name = "mof.go.jp.x." }), false},
		{"other type", reply(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeTXT }), false},
		{"other class", reply(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }), false},
		{"two questions", reply(func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }), false},
		{"no response", reply(func(m *dns.Msg) { m.Response = false }), false},
		{"other operation", reply(func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }), false},
		{"no question, noerror", bare(dns.RcodeSuccess), false},
		{"no question, nxdomain", bare(dns.RcodeNameError), false},
		{"no question, formerr", bare(dns.RcodeFormatError), true},
		{"no question, servfail", bare(dns.RcodeServerFailure), true},
		{"no question, notimp", bare(dns.RcodeNotImplemented), true},
		{"no question, refused", bare(dns.RcodeRefused), true},
		{"the question itself", query, false},
		{"nothing", nil, false},
		{"short header", bytes.Clone(query)[:11], false},
		{"cut in the question", reply(func(*dns.Msg) {})[:20], false},
	}
	for _, tt := range tests {
		if got := Answers(query, tt.reply); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
		}
	}
}

// TestAnswersTypeHasNoCase holds that only the name is read without regard to case.
func TestAnswersTypeHasNoCase(t *testing.T) {
	query, reply := AppendQuery(nil, 7, "jp", 'a', false), AppendQuery(nil, 7, "JP", 'a', false)
	reply[2] |= 0x80
	if !Answers(query, reply) {
		t.Error("the name in another case is no answer")
	}
	reply = AppendQuery(nil, 7, "jp", 'A', false)
	reply[2] |= 0x80
	if Answers(query, reply) {
		t.Errorf("type %d answers type %d", 'A', 'a')
	}
}
