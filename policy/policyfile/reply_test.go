package policyfile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// everyReplyKey is the part of everyKey about answers to strangers.
const everyReplyKey = `
[auto_reply]
mode = "enforce"
strict = true
mdn = "pass"
audit = "Auto-Reply-Audit@MOF.go.jp"
on_error = "tempfail"

[[auto_reply.exempt]]
name = "helpdesk"
senders = ["HelpDesk@mof.go.jp", "Contact.mof.go.jp"]
recipients = ["lg.jp"]
classes = ["auto_reply", "mdn"]
until = 2027-03-31

[[auto_reply.exempt]]
name = "all_of_kantei"
senders = ["kantei.go.jp"]

[reply_guard]
mode = "enforce"
high = "quarantine"
medium = "accept"
low = "reject"
keep_message = "14d"
keep_pair = "36h"
ack = false
text = "call 100%"
url = "https://intra.mof.go.jp/help?a=1"
exempt = ["CSIRT@cert.example", "Report.example"]
on_error = "tempfail"

[store]
kind = "redis"
path = "/var/lib/sekimori/other.db"
secret_file = "/etc/sekimori/secret"
ledger = "/srv/drill/"
timeout = "5ms"
addresses = ["192.0.2.10:26379", "[2001:db8::10]:26379", "redis1:26379", "/run/redis.sock"]
master = "mail"
cluster = false
database = 3
username = "sekimori"
password_file = "/etc/sekimori/password"
sentinel_password_file = "/etc/sekimori/sentinel"
tls = true
tls_ca_file = "/etc/ssl/ca.pem"
tls_cert_file = "/etc/ssl/own.pem"
tls_key_file = "/etc/ssl/own.key"
tls_server_name = "Redis.mof.go.jp"
prefix = "gw:Mail_1-a"
`

func everyAutoReply() policy.AutoReply {
	return policy.AutoReply{Mode: policy.ModeEnforce, Strict: true, MDN: false, OnError: policy.ActionTempfail,
		Audit: policy.Address{Local: "Auto-Reply-Audit", Domain: "mof.go.jp"},
		Exempt: []policy.ReplyExemption{
			{Name: "helpdesk", Senders: []string{"helpdesk@mof.go.jp", "contact.mof.go.jp"}, Recipients: []policy.Domain{"lg.jp"},
				Classes: []policy.MailClass{policy.ClassAutoReply, policy.ClassMDN}, Until: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)},
			{Name: "all_of_kantei", Senders: []string{"kantei.go.jp"}},
		}}
}

func everyReplyGuard() policy.ReplyGuard {
	return policy.ReplyGuard{Mode: policy.ModeEnforce, KeepMessage: 14 * 24 * time.Hour, KeepPair: 36 * time.Hour, Ack: false,
		Actions: map[policy.GuardLevel]policy.Action{policy.LevelHigh: policy.ActionQuarantine, policy.LevelMedium: policy.ActionAccept,
			policy.LevelLow: policy.ActionReject},
		Text: "call 100%", URL: "https://intra.mof.go.jp/help?a=1", Exempt: []string{"csirt@cert.example", "report.example"},
		OnError: policy.ActionTempfail}
}

func everyStore() policy.Store {
	return policy.Store{Kind: policy.StoreRedis, Path: "/var/lib/sekimori/other.db", SecretFile: "/etc/sekimori/secret", Timeout: 5 * time.Millisecond,
		Ledger: "/srv/drill",
		Redis: policy.Redis{Addresses: []string{"192.0.2.10:26379", "[2001:db8::10]:26379", "redis1:26379", "/run/redis.sock"}, Master: "mail",
			Database: 3, Username: "sekimori", PasswordFile: "/etc/sekimori/password", SentinelPasswordFile: "/etc/sekimori/sentinel", TLS: true,
			CAFile: "/etc/ssl/ca.pem", CertFile: "/etc/ssl/own.pem", KeyFile: "/etc/ssl/own.key", ServerName: "redis.mof.go.jp", Prefix: "gw:Mail_1-a"}}
}

// Every key of these sections is tried in its own section: some names are in several.
func TestEveryReplyKey(t *testing.T) {
	for section, keys := range schema() {
		at := strings.Index(everyReplyKey, header(section)+"\n")
		if at < 0 {
			continue
		}
		text, _, _ := strings.Cut(everyReplyKey[at+2:], "\n[")
		for _, k := range keys {
			if !strings.Contains(text, "\n"+k+" = ") {
				t.Errorf("%s.%s is not tried", section, k)
			}
		}
	}
}

func TestReplyModes(t *testing.T) {
	for file, want := range map[string][2]policy.Mode{
		"":                                {policy.ModeOff, policy.ModeOff},
		"[auto_reply]\n":                  {policy.ModeObserve, policy.ModeOff},
		"[reply_guard]\n":                 {policy.ModeOff, policy.ModeObserve},
		"[auto_reply]\nmode = \"off\"":    {policy.ModeOff, policy.ModeOff},
		"[[auto_reply.exempt]]\nname='a'": {policy.ModeObserve, policy.ModeOff},
		"[store]\n":                       {policy.ModeOff, policy.ModeOff},
	} {
		if p := must(t, file); p.AutoReply.Mode != want[0] || p.ReplyGuard.Mode != want[1] {
			t.Errorf("%q: %s and %s", file, p.AutoReply.Mode, p.ReplyGuard.Mode)
		}
	}
}

// An empty text is what a missing key is, where a setting can be absent.
func TestEmptyTexts(t *testing.T) {
	p := must(t, "[auto_reply]\naudit = \"\"\n[reply_guard]\nurl = \"\"\nexempt = []\n[store]\naddresses = []\nmaster = \"\"\nusername = \"\"\n"+
		"password_file = \"\"\ntls_ca_file = \"\"\ntls_server_name = \"\"\n")
	if d := cmp.Diff(must(t, "[auto_reply]\n[reply_guard]\nexempt = []\n[store]\naddresses = []"), p, comparable); d != "" {
		t.Error(d)
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"1d": 24 * time.Hour, "366d": 366 * 24 * time.Hour, "720h": 720 * time.Hour, "90m": 90 * time.Minute, "1h": time.Hour} {
		if got := must(t, "[reply_guard]\nkeep_pair = \""+text+`"`).ReplyGuard.KeepPair; got != want {
			t.Errorf("%s: %s, wanted %s", text, got, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "+1d", "1.5d", "1d12h", "0d", "99999d", "99999999999999999999d", "1 d", "30", "1w", "106751d"} {
		if _, problems := Read("f", []byte("[reply_guard]\nkeep_pair = \""+text+`"`)); !problems.Failed() {
			t.Errorf("accepted: %q", text)
		}
	}
}

// TestReplyLimits tries each limit at its bound, which is taken, and one beyond, which is not.
func TestReplyLimits(t *testing.T) {
	of := func(n int) string { return strings.Repeat("a", n) }
	redis := "[store]\nkind = \"redis\"\nsecret_file = \"/s\"\n"
	sentinels := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "\"sentinel%d:26379\",", i)
		}
		return redis + "master = \"m\"\naddresses = [" + b.String() + "]"
	}
	for _, x := range []struct{ good, bad string }{
		{"[reply_guard]\nkeep_pair = \"1h\"", "[reply_guard]\nkeep_pair = \"59m\""},
		{"[reply_guard]\nkeep_message = \"366d\"", "[reply_guard]\nkeep_message = \"367d\""},
		{"[reply_guard]\ntext = \"a\"", "[reply_guard]\ntext = \"\""},
		{"[reply_guard]\ntext = \"" + of(200) + `"`, "[reply_guard]\ntext = \"" + of(201) + `"`},
		{"[reply_guard]\ntext = \" ~\"", "[reply_guard]\ntext = \"\\u007f\""},
		{"[reply_guard]\nurl = \"https://a/" + of(140) + `"`, "[reply_guard]\nurl = \"https://a/" + of(141) + `"`},
		{"[reply_guard]\ntext = \"" + of(200) + "\"\nurl = \"http://a/" + of(111) + `"`, "[reply_guard]\ntext = \"" + of(200) + "\"\nurl = \"http://a/" + of(112) + `"`},
		{"[store]\ntimeout = \"1ms\"", "[store]\ntimeout = \"999us\""},
		{"[store]\ntimeout = \"1s\"", "[store]\ntimeout = \"1001ms\""},
		{sentinels(32), sentinels(33)},
		{sentinels(2), strings.Replace(sentinels(2), "master = \"m\"\n", "", 1)},
		{redis + "addresses = [\"a:65535\"]", redis + "addresses = [\"a:65536\"]"},
		{redis + "addresses = [\"a:1\"]\ndatabase = 15", redis + "addresses = [\"a:1\"]\ndatabase = 16"},
		{redis + "addresses = [\"a:1\"]\nprefix = \"" + of(64) + `"`, redis + "addresses = [\"a:1\"]\nprefix = \"" + of(65) + `"`},
		{redis + "addresses = [\"a:1\"]\nusername = \"" + of(255) + `"`, redis + "addresses = [\"a:1\"]\nusername = \"" + of(256) + `"`},
		{"[reply_guard]\nexempt = [\"" + of(64) + "@a.jp\"]", "[reply_guard]\nexempt = [\"" + of(65) + "@a.jp\"]"},
	} {
		if _, problems := Read("f", []byte(x.good)); problems.Failed() {
			t.Errorf("refused: %.300s", problems)
		}
		if _, problems := Read("f", []byte(x.bad)); !problems.Failed() {
			t.Errorf("accepted: %.90s", x.bad)
		}
	}
}

// TestReplySettings tries what goes together beside what does not.
func TestReplySettings(t *testing.T) {
	const redis = "[store]\nkind = \"redis\"\nsecret_file = \"/s\"\n"
	const two = "addresses = [\"a:1\", \"b:1\"]\n"
	const own = "addresses = [\"a:1\"]\ntls = true\ntls_cert_file = \"/c\"\n"
	for _, x := range []struct{ good, bad string }{
		{redis + two + "cluster = true", redis + two},
		{redis + two + "cluster = true", redis + two + "cluster = true\nmaster = \"m\""},
		{redis + own + "tls_key_file = \"/k\"", redis + own + "tls_key_file = \"\""},
		{redis + "addresses = [\"/run/a.sock\"]", redis + "addresses = [\"/run/a\\u0000sock\"]"},
		{redis + "addresses = [\"[::1]:1\"]", redis + "addresses = [\"::1:1\"]"},
		{"[store]\nledger = \"/a/\"", "[store]\nledger = \"//\""},
		{"[store]\nledger = \"/a b\"", "[store]\nledger = \"a\""},
		{redis + "addresses = [\"192.0.2.1:1\"]", redis + "addresses = [\"192.0.2.1:0\"]"},
		{"[reply_guard]\nurl = \"http://a\"", "[reply_guard]\nurl = \"http:///a\""},
		{"[reply_guard]\nurl = \"https://a:8443/b\"", "[reply_guard]\nurl = \"ftp://a/b\""},
		{"[reply_guard]\nurl = \"https://a/%E4%B8%8D\"", "[reply_guard]\nurl = \"https://a/ b\""},
		{"[reply_guard]\nexempt = [\"a+b@a.jp\"]", "[reply_guard]\nexempt = [\"a b@a.jp\"]"},
		{"[reply_guard]\nexempt = [\"a.jp\"]", "[reply_guard]\nexempt = [\"a@[192.0.2.1]\"]"},
	} {
		if _, problems := Read("f", []byte(x.good)); problems.Failed() {
			t.Errorf("refused: %.300s", problems)
		}
		if _, problems := Read("f", []byte(x.bad)); !problems.Failed() {
			t.Errorf("accepted: %s", x.bad)
		}
	}
}

// What [reply_guard] warns of when something flags, and when nothing does.
func TestNothingFlags(t *testing.T) {
	const inside = "[inside]\ndomains = [\"a.jp\"]\nnetworks = [\"192.0.2.1\"]\n"
	const nothing = "nothing will be remembered"
	for file, want := range map[string]bool{
		"[reply_guard]\n": true,
		"[reply_guard]\n[spoof]\nmode = \"observe\"":                    true,
		"[reply_guard]\n[spoof]\nmode = \"enforce\"":                    false,
		"[reply_guard]\nmode = \"off\"\n":                               false,
		"[reply_guard]\n[spoof]\nmode = \"enforce\"\ndmarc = \"off\"\n": false,
	} {
		_, problems := Read("f", []byte(inside+file))
		if got := strings.Contains(problems.String(), nothing); got != want {
			t.Errorf("%q: %v, wanted %v: %s", file, got, want, problems)
		}
	}
	s := policy.Default().Spoof
	s.Mode, s.DMARC, s.Unreadable = policy.ModeEnforce, policy.DMARCReport, policy.ActionReject
	for _, row := range s.Table {
		for cell := range row {
			row[cell] = policy.ActionReject
		}
	}
	if flags(&s) {
		t.Error("a table that only rejects flags")
	}
	s.DMARC = policy.DMARCFollow
	if !flags(&s) {
		t.Error("a DMARC policy that asks for quarantine does not flag")
	}
	s.DMARC, s.Unreadable = policy.DMARCReport, policy.ActionTag
	if !flags(&s) {
		t.Error("what cannot be read is tagged, and does not flag")
	}
	s.Unreadable = policy.ActionReject
	s.Overrides = []policy.Override{{Domain: "a.jp", Table: policy.DefaultTable()}}
	if !flags(&s) {
		t.Error("an override that tags does not flag")
	}
}
