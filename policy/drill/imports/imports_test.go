package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// began is when the rounds of the tests begin.
var began = time.Date(2011, 11, 7, 0, 0, 0, 0, time.UTC)

// at returns an instant of the round, as GoPhish writes it.
func at(d time.Duration) string { return began.Add(d).Format(time.RFC3339Nano) }

func config(kind drill.Kind) Config {
	r := drill.Round{Number: 2, Kind: kind, Window: drill.Window{From: began, Until: began.AddDate(0, 0, 7)},
		Senders:   []drill.Sender{{Local: "jinji", Domain: "drill.example"}, {Domain: "reply.drill.example"}},
		LinkHosts: []policy.Domain{"www.drill.example"}, Campaigns: []int64{12}}
	d := &drill.Drill{Name: "drill_2011", Machines: policy.MachineRules(drill.DefaultMachineRules()), Rounds: []drill.Round{r}, Reports: []policy.Address{{Local: "csirt", Domain: "mof.example"}}}
	return Config{Drill: d, Round: &d.Rounds[0], Identify: byDomain}
}

// byDomain names a person by a readable "hash", so that a test can be read.
func byDomain(s Subject) (person, organisation string, err error) {
	organisation, _, _ = strings.Cut(string(s.Address.Domain), ".")
	return "hash of " + s.Address.String(), organisation, nil
}

func byPosition(s Subject) (person, organisation string, err error) {
	return "hash of " + s.Address.String(), s.Position, nil
}

// read imports one text and fails where that cannot be read.
func read(t testing.TB, c Config, s Source, text string) *Import {
	t.Helper()
	im := New(c)
	if err := im.Read(s, "file", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return im
}

// tally counts persons by event and class: "opened human".
func tally(records []drill.Record) map[string]int {
	n := map[string]int{}
	for _, r := range records {
		n[string(r.Event)+" "+string(r.Class)]++
	}
	return n
}

func left(im *Import) map[Reason]int {
	n := map[Reason]int{}
	for _, l := range im.Left() {
		n[l.Reason] = l.Count
	}
	return n
}

// line is one event of GoPhish's CSV.
func line(email string, when time.Duration, message, details string) string {
	return fmt.Sprintf("12,%s,%s,%s,%s", email, at(when), message, quoted(details))
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func browser(address, agent string) string {
	return fmt.Sprintf(`{"payload":{"rid":["XMS0ZuJ"],"u":["secretuser"]},"browser":{"address":%q,"user-agent":%q}}`, address, agent)
}

const head = "campaign_id,email,time,message,details\r\n"

func events(lines ...string) string { return head + strings.Join(lines, "\r\n") + "\r\n" }
