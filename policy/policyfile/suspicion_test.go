package policyfile

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// disk is a directory beside a policy file.
type disk map[string]string

func (d disk) ReadFile(name string, most int64) ([]byte, error) {
	data, ok := d[name]
	switch {
	case !ok:
		return nil, errors.New("no such file")
	case int64(len(data)) > most:
		return nil, fmt.Errorf("larger than %d octets", most)
	}
	return []byte(data), nil
}

func (d disk) ReadSecret(name string, most int64) ([]byte, error) { return d.ReadFile(name, most) }

// everyFile is what everyKey names.
func everyFile() disk {
	return disk{
		"lists/organisations.tsv":    "財務省,MOF\tmof.go.jp mof.example # both\n",
		"lists/freemail.txt":         "Mail.example\n",
		"/etc/sekimori/short.txt":    "s.example\nt.example\n",
		"lists/redirectors.txt":      "r.example/url\n",
		"lists/extensions.tsv":       "EXE\texecutable\n",
		"lists/people.tsv":           "関守花子\thanako@home.example\n",
		"alerts/1.csv":               "type,value\ndomain,Bad.example\n",
		"/etc/sekimori/drill/1.key":  strings.Repeat("k", 32) + "\n",
		"/etc/sekimori/drill/1b.key": strings.Repeat("l", 32),
	}
}

// everySuspicionKey is the part of everyKey about targeted mail, alerts and drills.
const everySuspicionKey = `
[suspicion]
mode = "enforce"
caution = 4.5
warning = 9
quarantine = 12.5
reject = 20
tag = { caution = "【注意】", warning = "[!]" }
quiet = false
learning = "14d"
keep = "60d"
keep_sent = "36h"
on_error = "tempfail"

[suspicion.weights]
attach_macro = 6.5
pdf_open_action = 0

[suspicion.caps]
identity = 11
link = 7.5
attachment = 10
text = 2
meta = 1
trust = 4

[[suspicion.organisation]]
name = "mof"
caution = 3.5
warning = 0
quarantine = 9
reject = 15

[suspicion.limits]
octets = 1_000_000
decoded = 2_000_000
parts = 50
depth = 5
text = 2048
html = 4096
links = 10

[suspicion.lists]
protected = ["Shrine.example"]
partners = ["univ.example"]
senders = ["news.example"]
trusted_lists = ["Announce.lists.example"]
organisations_file = "lists/organisations.tsv"
freemail_file = "lists/freemail.txt"
shorteners_file = "/etc/sekimori/short.txt"
redirectors_file = "lists/redirectors.txt"
extensions_file = "lists/extensions.tsv"
people_file = "lists/people.tsv"

[[suspicion.person]]
names = ["関守太郎", "Taro Sekimori"]
addresses = ["Taro@home.example"]

[[bulletin]]
name = "2026_11"
mode = "enforce"
action = "tag"
file = "alerts/1.csv"
reference = "https://alerts.example/1"
from = 2026-11-01
until = 2027-03-31

[[bulletin]]
name = "later"
mode = "off"
file = "alerts/gone.csv"
from = 2027-01-01T09:00:00+09:00
`

// everyDrillKey is the part of everyKey about drills.
const everyDrillKey = `
[[drill]]
name = "drill_2026"
reports = ["CSIRT@mof.go.jp"]
metrics = "live"
min_cell = 5
import = { scanners = ["192.0.2.64/28"], egress = ["198.51.100.1"], soon = "5s", burst = 4, persons = 3, together = "2s" }

[[drill.organisation]]
name = "mof"
staff = 5000

[[drill.organisation]]
name = "below_mof"

[[drill.round]]
round = 1
kind = "attachment"
lure = "会議資料"
mode = "exempt"
difficulty = { rating = "moderately", cues = 9, premise = "medium", raters = 2 }
window = { from = 2026-12-01T09:00:00+09:00, until = 2026-12-08T18:00:00+09:00 }
senders = ["Envelope@drill.example", "*@reply.drill.example"]
link_hosts = ["Www.drill.example"]
campaigns = [1, 2]

[drill.round.recognise]
client_ip = ["203.0.113.10", "2001:db8:1::/48"]
mail_from_domain = ["drill.example"]
dkim_d = ["Drill.example"]
header = "X-Drill"
key_files = { 1 = "/etc/sekimori/drill/1.key", next = "/etc/sekimori/drill/1b.key" }
max_recipients = 6000
remove = ["X-Gophish-Contact"]

[[drill.round]]
round = 2
kind = "link"
lure = "人事異動"
window.from = 2027-01-12T09:00:00+09:00
window.until = 2027-01-19T18:00:00+09:00
recognise.client_ip = ["203.0.113.10"]
recognise.mail_from_domain = ["drill.example"]
recognise.key_files.1 = "/etc/sekimori/drill/1.key"
recognise.max_recipients = 6000

[[drill]]
name = "2027"

[[drill.round]]
round = 3
kind = "link"
lure = "調査"
window = { from = 2027-05-12T09:00:00+09:00, until = 2027-05-19T18:00:00+09:00 }
recognise = { client_ip = ["203.0.113.10"], mail_from_domain = ["drill.example"], key_files = { 1 = "/etc/sekimori/drill/1.key" }, max_recipients = 10 }
`

func everySuspicion() policy.Suspicion {
	s := policy.DefaultSuspicion()
	s.Mode, s.Quiet, s.OnError = policy.ModeEnforce, false, policy.ActionTempfail
	s.Thresholds = policy.Thresholds{Caution: 45, Warning: 90, Quarantine: 125, Reject: 200}
	s.Organisations = map[string]policy.Thresholds{"mof": {Caution: 35, Quarantine: 90, Reject: 150}}
	s.Weights = map[string]policy.Points{"attach_macro": 65, "pdf_open_action": 0}
	s.Caps = map[policy.Family]policy.Points{policy.FamilyIdentity: 110, policy.FamilyLink: 75, policy.FamilyAttachment: 100,
		policy.FamilyText: 20, policy.FamilyMeta: 10, policy.FamilyTrust: 40}
	s.Tag = map[policy.Level]string{policy.LevelCaution: "【注意】", policy.LevelWarning: "[!]"}
	s.Contacts = policy.Contacts{Learning: 14 * day, Keep: 60 * day, KeepSent: 36 * time.Hour}
	s.Body = policy.BodyLimits{Octets: 1e6, Decoded: 2e6, Parts: 50, Depth: 5, Text: 2048, HTML: 4096, Links: 10}
	s.Lists = policy.SuspicionLists{
		Protected: []policy.Domain{"shrine.example"}, Partners: []policy.Domain{"univ.example"}, Senders: []policy.Domain{"news.example"},
		TrustedLists: []string{"announce.lists.example"},
		People: []policy.Person{
			{Names: []string{"関守太郎", "Taro Sekimori"}, Addresses: []policy.Address{{Local: "Taro", Domain: "home.example"}}},
			{Names: []string{"関守花子"}, Addresses: []policy.Address{{Local: "hanako", Domain: "home.example"}}},
		},
		Organisations: []policy.NamedBody{{Names: []string{"財務省", "MOF"}, Domains: []policy.Domain{"mof.go.jp", "mof.example"}}},
		Freemail:      []policy.Domain{"mail.example"},
		Shorteners:    []policy.Domain{"s.example", "t.example"},
		Redirectors:   []string{"r.example/url"},
		Extensions:    []policy.FileWarning{{Extension: "exe", Class: "executable"}},
	}
	return s
}

func everyBulletin() []policy.Bulletin {
	return []policy.Bulletin{
		{Name: "2026_11", Mode: policy.ModeEnforce, Action: policy.ActionTag, Reference: "https://alerts.example/1", File: "alerts/1.csv",
			From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC),
			Indicators: []policy.BulletinIndicator{{Kind: policy.BulletinDomain, Value: "bad.example"}}},
		{Name: "later", Mode: policy.ModeOff, Action: policy.ActionQuarantine, From: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
}

func everyDrill() []policy.Drill {
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2027, month, day, hour, 0, 0, 0, time.UTC)
	}
	client := []netip.Prefix{netip.MustParsePrefix("203.0.113.10/32")}
	key := policy.TokenKey{ID: "1", Secret: []byte(strings.Repeat("k", 32))}
	return []policy.Drill{
		{
			Name: "drill_2026", Organisations: []policy.DrillBody{{Name: "mof", Staff: 5000}, {Name: "below_mof"}},
			Reports: []policy.Address{{Local: "CSIRT", Domain: "mof.go.jp"}}, Live: true, MinCell: 5,
			Machines: policy.MachineRules{Scanners: []netip.Prefix{netip.MustParsePrefix("192.0.2.64/28")},
				Egress: []netip.Prefix{netip.MustParsePrefix("198.51.100.1/32")}, Soon: 5 * time.Second, Burst: 4, Persons: 3, Together: 2 * time.Second},
			Rounds: []policy.Round{
				{Number: 1, Kind: policy.DrillAttachment, Lure: "会議資料", Mode: policy.DrillExempt, Campaigns: []int64{1, 2},
					Difficulty: policy.Difficulty{Rating: policy.RatingModerately, Cues: 9, Premise: policy.PremiseMedium, Raters: 2},
					Window:     policy.Window{From: at(0, 1, 0), Until: at(0, 8, 9)}, // month 0 is December of the year before
					Senders:    []policy.DrillSender{{Local: "Envelope", Domain: "drill.example"}, {Domain: "reply.drill.example"}},
					LinkHosts:  []policy.Domain{"www.drill.example"},
					Recognition: policy.Recognition{Networks: append(client[:1:1], netip.MustParsePrefix("2001:db8:1::/48")), MailFrom: []policy.Domain{"drill.example"},
						DKIM: []policy.Domain{"drill.example"}, Header: "X-Drill", MaxRecipients: 6000, Remove: []string{"X-Gophish-Contact"},
						Keys: []policy.TokenKey{key, {ID: "next", Secret: []byte(strings.Repeat("l", 32))}}}},
				{Number: 2, Kind: policy.DrillLink, Lure: "人事異動", Mode: policy.DrillObserve, Window: policy.Window{From: at(1, 12, 0), Until: at(1, 19, 9)},
					Recognition: policy.Recognition{Networks: client, MailFrom: []policy.Domain{"drill.example"}, Keys: []policy.TokenKey{key}, MaxRecipients: 6000}},
			},
		},
		{
			Name: "2027", MinCell: 10, Machines: policy.MachineRules{Soon: 3 * time.Second, Burst: 3, Persons: 2, Together: 3 * time.Second},
			Rounds: []policy.Round{{Number: 3, Kind: policy.DrillLink, Lure: "調査", Mode: policy.DrillObserve,
				Window: policy.Window{From: at(5, 12, 0), Until: at(5, 19, 9)},
				Recognition: policy.Recognition{Networks: client, MailFrom: []policy.Domain{"drill.example"}, Keys: []policy.TokenKey{key},
					MaxRecipients: 10}}},
		},
	}
}

func TestSuspicionModes(t *testing.T) {
	for file, want := range map[string]policy.Mode{
		"":                                     policy.ModeOff,
		"[suspicion]\n":                        policy.ModeObserve,
		"[suspicion.limits]\nparts = 5":        policy.ModeObserve,
		"[suspicion]\nmode = \"off\"":          policy.ModeOff,
		"[suspicion]\nlimits.parts = 5":        policy.ModeObserve,
		"[[suspicion.person]]\nnames=[\"ab\"]": policy.ModeObserve,
	} {
		if got := must(t, file).Suspicion.Mode; got != want {
			t.Errorf("%q: %s, wanted %s", file, got, want)
		}
	}
}

// A policy shares nothing with the next one.
func TestDefaultsAreNotShared(t *testing.T) {
	must(t, everyKey)
	if d := cmp.Diff(policy.Default(), must(t, ""), comparable); d != "" {
		t.Error(d)
	}
}

// The parts of a drill may be written as sections, as inline tables or with dots.
func TestFormsOfADrill(t *testing.T) {
	const dotted = `
[[drill]]
name = "a"
import.soon = "5s"
import.egress = ["192.0.2.1"]
[[drill.round]]
round = 1
` + aRound + `recognise.key_files.k = "/etc/sekimori/drill/1.key"
recognise.dkim_d = ["a.example"]
difficulty.rating = "very"
difficulty.raters = 2
[[drill.round]]
round = 2
` + aRound + `recognise.key_files.k = "/etc/sekimori/drill/1.key"
[[drill]]
name = "b"
[[drill.round]]
round = 1
` + aRound + `recognise.key_files.k = "/etc/sekimori/drill/1.key"
`
	const sections = `
[[drill]]
name = "a"
[[drill.round]]
round = 1
kind = "link"
lure = "a"
[drill.round.window]
from = 2026-12-01T09:00:00+09:00
until = 2026-12-08T18:00:00+09:00
[drill.round.recognise]
client_ip = ["203.0.113.1"]
mail_from_domain = ["drill.example"]
max_recipients = 1
dkim_d = ["a.example"]
[drill.round.recognise.key_files]
k = "/etc/sekimori/drill/1.key"
[drill.round.difficulty]
rating = "very"
raters = 2
[[drill.round]]
round = 2
kind = "link"
lure = "a"
window = { from = 2026-12-01T09:00:00+09:00, until = 2026-12-08T18:00:00+09:00 }
recognise = { client_ip = ["203.0.113.1"], mail_from_domain = ["drill.example"], max_recipients = 1, key_files = { k = "/etc/sekimori/drill/1.key" } }
[drill.import]
soon = "5s"
egress = ["192.0.2.1"]
[[drill]]
name = "b"
[[drill.round]]
round = 1
` + aRound + `[drill.round.recognise.key_files]
k = "/etc/sekimori/drill/1.key"
`
	if d := cmp.Diff(must(t, dotted), must(t, sections), comparable); d != "" {
		t.Error(d)
	}
}
