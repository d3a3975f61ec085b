package policyfile

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

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
