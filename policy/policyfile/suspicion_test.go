package policyfile

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
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
		"smime.pem":                  anchorPEM,
		"alerts/1.csv":               "type,value\ndomain,Bad.example\n",
		"/etc/sekimori/drill/1.key":  strings.Repeat("k", 32) + "\n",
		"/etc/sekimori/drill/1b.key": strings.Repeat("l", 32),
	}
}

// anchorPEM is a CA named Example Mail CA, valid from 2020 until 2070.
const anchorPEM = `-----BEGIN CERTIFICATE-----
MIIBZjCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDEw9FeGFtcGxl
IE1haWwgQ0EwIBcNMjAwMTAxMDAwMDAwWhgPMjA3MDAxMDEwMDAwMDBaMBoxGDAW
BgNVBAMTD0V4YW1wbGUgTWFpbCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BG/vy9QEPna270moU8HOnP/WOWZeXKKg5+7GsFeLj+WPRcpgWmXqf0gbiqnvgiKU
eByDPd20xujaULba3pSLLgWjQjBAMA4GA1UdDwEB/wQEAwICBDAPBgNVHRMBAf8E
BTADAQH/MB0GA1UdDgQWBBTqcrVtGbCVALbSyTk4dDj5pxikNjAKBggqhkjOPQQD
AgNHADBEAiBoxi5xUMyLOTiYhaS7B20IR28UP3bdXgZdF/AQPLXdogIgRwnv386K
GMRnUaimivjMl0ElQv48R44PdwoIZpjkRac=
-----END CERTIFICATE-----
`

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
signers = ["gateway.example"]
senders = ["news.example"]
trusted_lists = ["Announce.lists.example"]
organisations_file = "lists/organisations.tsv"
freemail_file = "lists/freemail.txt"
shorteners_file = "/etc/sekimori/short.txt"
redirectors_file = "lists/redirectors.txt"
extensions_file = "lists/extensions.tsv"
people_file = "lists/people.tsv"
smime_anchors = "smime.pem"

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
		Protected: []policy.Domain{"shrine.example"}, Partners: []policy.Domain{"univ.example"}, Signers: []policy.Domain{"gateway.example"}, Senders: []policy.Domain{"news.example"},
		TrustedLists: []string{"announce.lists.example"}, Anchors: theAnchor(),
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

// theAnchor is what anchorPEM holds.
func theAnchor() []*x509.Certificate {
	block, _ := pem.Decode([]byte(anchorPEM))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	return []*x509.Certificate{c}
}

func everyBulletin() []policy.Bulletin {
	return []policy.Bulletin{
		{Name: "2026_11", Mode: policy.ModeEnforce, Action: policy.ActionTag, Reference: "https://alerts.example/1", File: "alerts/1.csv",
			From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC),
			Indicators: []policy.BulletinIndicator{{Kind: policy.BulletinDomain, Value: "bad.example"}}},
		{Name: "later", Mode: policy.ModeOff, Action: policy.ActionQuarantine, From: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
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
