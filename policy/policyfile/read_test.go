package policyfile

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

var comparable = cmp.Options{
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmp.Comparer(func(a, b policy.DomainSet) bool { return cmp.Equal(a.Entries(), b.Entries()) }),
}

func must(t testing.TB, file string) *policy.Policy {
	t.Helper()
	p, problems := ReadAt("policy.toml", []byte(file), time.Time{}, everyFile())
	if p == nil {
		t.Fatalf("%s", problems)
	}
	return p
}

func TestEmptyFileIsTheDefaultPolicy(t *testing.T) {
	for _, file := range []string{"", "# nothing\n", "\ufeff", "[inside]\n[dns]\n[limits]\n[authentication]\n"} {
		if d := cmp.Diff(policy.Default(), must(t, file), comparable); d != "" {
			t.Errorf("%q: %s", file, d)
		}
	}
}

func TestModes(t *testing.T) {
	for file, want := range map[string]policy.Mode{
		"":                            policy.ModeOff,
		"[spoof]\n":                   policy.ModeObserve,
		"[spoof]\nmode = \"off\"":     policy.ModeOff,
		"[spoof]\nmode = \"observe\"": policy.ModeObserve,
		"[spoof]\nmode = \"enforce\"": policy.ModeEnforce,
		"[[spoof.exempt]]\nname = \"a\"\nnetworks = [\"::1\"]\n": policy.ModeObserve,
	} {
		if got := must(t, file).Spoof.Mode; got != want {
			t.Errorf("%q: %s, wanted %s", file, got, want)
		}
	}
}

const everyKey = `
[inside]
domains = ["mof.go.jp", ".mof.go.jp"]
networks = ["192.0.2.0/24", "2001:db8::/32", "127.0.0.1", "::ffff:198.51.100.7"]

[[organisation]]
name = "mof"
domains = ["MOF.go.jp"]

[[organisation]]
name = "below_mof"
domains = [".mof.go.jp"]

[authentication]
authserv_id = "mx.mof.go.jp"
remove_ids = ["old.mof.go.jp"]
write = false
public_suffixes = ["go.jp", "example"]
public_suffix_list = false
pct = true
max_signatures = 3
min_rsa_bits = 2048

[dns]
servers = ["192.0.2.53", "[2001:db8::53]:5353", "2001:db8::54", "192.0.2.54:54"]
timeout = "1500ms"
attempts = 2
cache_size = 1_000

[limits]
deadline = "4m"
header_bytes = 0x1000
header_count = 10
authors = 1

[spoof]
mode = "enforce"
protected = ["go.jp", "lg.jp", "mof.example"]
dmarc = "report"
early = true
on_error = "tempfail"
unreadable = "reject"
max_spf_addresses = 0x100000
partial_signatures = true
quiet = false
mail_from.softfail = "reject"
from = { fail = "reject" }
display.found = "accept"

[spoof.helo]
none = "tag"

[[spoof.override]]
domain = "mof.go.jp"
mail_from.none = "reject"

[[spoof.exempt]]
name = "list"
networks = ["192.0.2.25"]
claims = ["mail_from", "from"]
domains = ["ndl.go.jp"]
until = 2027-03-31

[[spoof.exempt]]
name = "relay"
networks = ["198.51.100.0/24"]
until = 2027-03-31T17:00:00+09:00
` + everySuspicionKey + everyDrillKey + everyReplyKey

func TestEveryKey(t *testing.T) {
	got := must(t, everyKey)
	table := policy.DefaultTable()
	table[policy.ClaimMailFrom][policy.CellSoftFail] = policy.ActionReject
	table[policy.ClaimFrom][policy.CellFail] = policy.ActionReject
	table[policy.ClaimDisplay][policy.CellFound] = policy.ActionAccept
	table[policy.ClaimHelo][policy.CellNone] = policy.ActionTag
	own := table.Clone()
	own[policy.ClaimMailFrom][policy.CellNone] = policy.ActionReject
	set := func(entries ...string) policy.DomainSet {
		s, err := policy.ParseDomainSet(entries...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := &policy.Policy{
		Inside: policy.Inside{
			Domains: set("mof.go.jp", ".mof.go.jp"),
			Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32"),
				netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("198.51.100.7/32")},
		},
		Organisations: []policy.Organisation{
			{Name: "mof", Domains: set("mof.go.jp")},
			{Name: "below_mof", Domains: set(".mof.go.jp")},
		},
		Authentication: policy.Authentication{ServID: "mx.mof.go.jp", RemoveIDs: []string{"old.mof.go.jp"},
			PublicSuffixes: []policy.Domain{"go.jp", "example"}, Percent: true, MaxSignatures: 3, MinRSABits: 2048},
		DNS: policy.DNS{Timeout: 1500 * time.Millisecond, Attempts: 2, CacheSize: 1000, Servers: []netip.AddrPort{
			netip.MustParseAddrPort("192.0.2.53:53"), netip.MustParseAddrPort("[2001:db8::53]:5353"),
			netip.MustParseAddrPort("[2001:db8::54]:53"), netip.MustParseAddrPort("192.0.2.54:54")}},
		Limits: policy.Limits{Deadline: 4 * time.Minute, HeaderBytes: 4096, HeaderCount: 10, Authors: 1},
		Spoof: policy.Spoof{
			Mode: policy.ModeEnforce, Protected: []policy.Domain{"go.jp", "lg.jp", "mof.example"}, Table: table,
			Overrides: []policy.Override{{Domain: "mof.go.jp", Table: own}},
			DMARC:     policy.DMARCReport, Unreadable: policy.ActionReject, Early: true, OnError: policy.ActionTempfail,
			MaxSPFAddresses: 1 << 20, PartialSignatures: true,
			Exempt: []policy.Exemption{
				{Name: "list", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.25/32")},
					Claims: []policy.Claim{policy.ClaimMailFrom, policy.ClaimFrom}, Domains: []policy.Domain{"ndl.go.jp"},
					Until: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)},
				{Name: "relay", Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, Claims: policy.Claims(),
					Until: time.Date(2027, 3, 31, 8, 0, 0, 0, time.UTC)},
			},
		},
		Suspicion:  everySuspicion(),
		Bulletins:  everyBulletin(),
		Drills:     everyDrill(),
		AutoReply:  everyAutoReply(),
		ReplyGuard: everyReplyGuard(),
		Store:      everyStore(),
	}
	if d := cmp.Diff(want, got, comparable); d != "" {
		t.Error(d)
	}
	for section, keys := range schema() {
		if section == "suspicion.weights" {
			continue // one stands for them all
		}
		for _, k := range keys {
			last := k[strings.LastIndex(k, ".")+1:]
			if !strings.Contains(k, ".") && !strings.Contains(everyKey, "\n"+last+" = ") {
				t.Errorf("%s.%s is not tried", section, k)
			}
		}
	}
}

func TestPublicSuffixes(t *testing.T) {
	for _, x := range []struct{ file, want string }{
		{"", ""},
		{"[spoof]\n", "go.jp"},
		{"[spoof]\nprotected = [\"go.jp\", \"mof.go.jp\", \"lg.jp\", \"jp\", \"example.com\", \"test\", \"gw.test\"]", "go.jp, lg.jp, jp"},
		{"[spoof]\n[authentication]\npublic_suffixes = []", ""},
		{"[spoof]\n[authentication]\npublic_suffixes = [\"test\"]", "test"},
	} {
		if got := texts(must(t, x.file).Authentication.PublicSuffixes); got != x.want {
			t.Errorf("%q: %q, wanted %q", x.file, got, x.want)
		}
	}
}

// TestLimits tries each limit at its bound, which is taken, and one beyond, which is not.
func TestLimits(t *testing.T) {
	name := strings.Repeat("a", 32)
	for _, x := range []struct{ good, bad string }{
		{"[authentication]\nmax_signatures = 1", "[authentication]\nmax_signatures = 0"},
		{"[authentication]\nmax_signatures = 100", "[authentication]\nmax_signatures = 101"},
		{"[authentication]\nmin_rsa_bits = 1024", "[authentication]\nmin_rsa_bits = 1023"},
		{"[authentication]\nmin_rsa_bits = 4096", "[authentication]\nmin_rsa_bits = 4097"},
		{"[authentication]\nauthserv_id = \"" + strings.Repeat("a", 255) + `"`, "[authentication]\nauthserv_id = \"" + strings.Repeat("a", 256) + `"`},
		{"[dns]\ntimeout = \"50ms\"", "[dns]\ntimeout = \"49ms\""},
		{"[dns]\ntimeout = \"30s\"", "[dns]\ntimeout = \"30001ms\""},
		{"[dns]\nattempts = 1", "[dns]\nattempts = 0"},
		{"[dns]\nattempts = 10", "[dns]\nattempts = 11"},
		{"[dns]\ncache_size = 100", "[dns]\ncache_size = 99"},
		{"[dns]\ncache_size = 10000000", "[dns]\ncache_size = 10000001"},
		{"[limits]\ndeadline = \"1s\"", "[limits]\ndeadline = \"999ms\""},
		{"[limits]\ndeadline = \"240s\"", "[limits]\ndeadline = \"241s\""},
		{"[limits]\nheader_bytes = 4096", "[limits]\nheader_bytes = 4095"},
		{"[limits]\nheader_bytes = 16777216", "[limits]\nheader_bytes = 16777217"},
		{"[limits]\nheader_count = 10", "[limits]\nheader_count = 9"},
		{"[limits]\nheader_count = 100000", "[limits]\nheader_count = 100001"},
		{"[limits]\nauthors = 1", "[limits]\nauthors = 0"},
		{"[limits]\nauthors = 1000", "[limits]\nauthors = 1001"},
		{"[[organisation]]\ndomains = [\"a\"]\nname = \"" + name + `"`, "[[organisation]]\ndomains = [\"a\"]\nname = \"" + name + `a"`},
		{"#" + strings.Repeat(" ", MaxSize-1), "#" + strings.Repeat(" ", MaxSize)},
	} {
		if _, problems := Read("f", []byte(x.good)); problems.Failed() {
			t.Errorf("refused: %.200s", problems)
		}
		if _, problems := Read("f", []byte(x.bad)); !problems.Failed() {
			t.Errorf("accepted: %.60s", x.bad)
		}
	}
	deep := strings.Repeat("a.", maxKeyParts-1) + "a"
	for text, want := range map[string]bool{
		deep + " = 1":          false,
		deep + ".a = 1":        true,
		"[" + deep + "]":       false,
		"[" + deep + ".a]":     true,
		"a = {" + deep + "=1}": true,
		strings.Repeat("k", maxKeyLength) + " = 1":   false,
		strings.Repeat("k", maxKeyLength+1) + " = 1": true,
	} {
		_, problems := Read("f", []byte(text))
		if got := strings.Contains(problems.String(), "a key of "); got != want {
			t.Errorf("%s: beyond the limit %v, wanted %v: %s", text, got, want, problems)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	line := func(n int) string { return "[inside]\ndomains = [" + strings.Repeat(`"@",`, n) + "]\n" }
	// The same text twice is one warning each, so every entry differs.
	var b strings.Builder
	for i := range MaxProblems {
		fmt.Fprintf(&b, "\"@%d\",", i)
	}
	exact := "[inside]\ndomains = [" + b.String() + "]\n"
	if _, p := Read("f", []byte(exact)); len(p) != MaxProblems || strings.Contains(p.String(), "not shown") {
		t.Errorf("%d problems of %d", len(p), MaxProblems)
	}
	more := strings.Replace(exact, "[\"", "[\"@x\",\"", 1)
	if _, p := Read("f", []byte(more)); len(p) != MaxProblems || !strings.HasSuffix(p[MaxProblems-1].Text, "(1 more problems are not shown)") {
		t.Errorf("%d problems: %s", len(p), p[len(p)-1].Text)
	}
	if _, p := Read("f", []byte(line(300))); len(p) != MaxProblems+1 {
		t.Errorf("%d problems, wanted an error and %d warnings", len(p), MaxProblems)
	}
}

func TestWarningsLeaveAPolicy(t *testing.T) {
	p, problems := Read("f", []byte("[spoof]\nmode = \"enforce\"\n"))
	if p == nil || len(problems.Warnings()) != 2 || len(problems.Errors()) != 0 {
		t.Fatalf("%v %s", p, problems)
	}
	if p, problems = Read("f", []byte("x = 1")); p != nil || len(problems.Errors()) != 1 || len(problems.Warnings()) != 0 {
		t.Fatalf("%v %s", p, problems)
	}
}

func TestDefaultFile(t *testing.T) {
	p, problems := Read("default.toml", DefaultFile())
	if len(problems) > 0 {
		t.Fatalf("%s", problems)
	}
	if p.Spoof.Mode != policy.ModeEnforce || !cmp.Equal(p.Spoof.Protected, []policy.Domain{"go.jp"}) {
		t.Errorf("%+v", p.Spoof)
	}
	uncommented := strings.ReplaceAll(string(DefaultFile()), "\n# [[", "\n[[")
	for _, k := range []string{"name", "networks", "claims", "domains", "until"} {
		uncommented = strings.ReplaceAll(uncommented, "\n# "+k+" = ", "\n"+k+" = ")
	}
	if p := must(t, uncommented); len(p.Spoof.Exempt) != 1 {
		t.Errorf("the example of an exemption is not one: %+v", p.Spoof.Exempt)
	}
	outbound := strings.NewReplacer("# [suspicion]\n# ", "[suspicion]\n", "# [auto_reply]\n# ", "[auto_reply]\n", "# [reply_guard]\n# ", "[reply_guard]\n").Replace(string(DefaultFile()))
	if p := must(t, outbound); p.Suspicion.Mode != policy.ModeObserve || p.AutoReply.Mode != policy.ModeObserve || p.ReplyGuard.Mode != policy.ModeObserve {
		t.Errorf("suspicion %s, auto_reply %s, reply_guard %s", p.Suspicion.Mode, p.AutoReply.Mode, p.ReplyGuard.Mode)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{everyKey, string(DefaultFile()), "[a\n[b]", "a = [[1], {b = 1}]", "a = \"\"\"\n", "\ufeff\xff", "[spoof]\nmail_from = 1\r\nx",
		"[[spoof]]\n[spoof.x]", "[spoof.override]\n[[spoof.exempt]]\nuntil = 2027-13-40T00:00:00Z", "組織＝「」", "[inside]\ndomains=[\"\u3000\",\"財\",\"*.a\"]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := ReadAt("f", data, time.Unix(2e9, 0), everyFile())
		if (p == nil) != problems.Failed() {
			t.Fatalf("policy %v with %v", p, problems)
		}
		lines := 1 + bytes.Count(data, []byte("\n"))
		for _, x := range problems {
			if x.Line < 1 || x.File == "f" && x.Line > lines || x.Column < 1 || x.Text == "" {
				t.Fatalf("no place: %+v", x)
			}
		}
		if s := problems.String(); strings.ContainsAny(s, "\x00\x1b\r") {
			t.Fatalf("control characters are shown: %q", s)
		}
	})
}

// BenchmarkRead reads a file with a thousand overrides.
func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	s.WriteString("[inside]\ndomains = [\"a.go.jp\"]\nnetworks = [\"192.0.2.1\"]\n[spoof]\nmode = \"enforce\"\n")
	for i := range 1000 {
		fmt.Fprintf(&s, "\n[[spoof.override]]\ndomain = \"d%d.go.jp\"\nmail_from.softfail = \"reject\"\n", i)
	}
	data := []byte(s.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := Read("f", data); len(problems) > 0 || len(p.Spoof.Overrides) != 1000 {
			b.Fatal(problems)
		}
	}
}
