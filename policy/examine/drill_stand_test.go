package examine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// kept is a ledger in memory: each person once for an event, as the real one has it.
type kept struct {
	records map[string]policy.DrillRecord
	ids     map[string]int // Message-ID: round
	before  int            // accepted by other gateways
	asked   []bool         // one for each question about ids: was it to be sure
	away    bool
}

func newKept() *kept { return &kept{records: map[string]policy.DrillRecord{}, ids: map[string]int{}} }

func (k *kept) Accepted(context.Context, string, int) int {
	n := k.before
	for _, r := range k.records {
		if r.Event == policy.DrillAccepted {
			n++
		}
	}
	return n
}

func (k *kept) Sent(_ context.Context, _ string, ids []string, surely bool) int {
	k.asked = append(k.asked, surely)
	for _, id := range ids {
		if n := k.ids[id]; n > 0 {
			return n
		}
	}
	return 0
}

func (k *kept) Record(_ context.Context, records []policy.DrillRecord) {
	if k.away {
		return
	}
	for _, r := range records {
		k.records[fmt.Sprint(r.Drill, r.Round, r.Event, r.Person, r.Class)] = r
		if r.MessageID != "" {
			k.ids[r.MessageID] = r.Round
		}
	}
}

// events are what is in the ledger, as "event person class", in order.
func (k *kept) events() (all []string) {
	for _, r := range k.records {
		all = append(all, fmt.Sprintf("%s %s %s", r.Event, r.Person, r.Class))
	}
	slices.Sort(all)
	return all
}

func drillStart() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) }

func drillKey() drill.Key {
	return drill.Key{ID: "k", Secret: bytes.Repeat([]byte("k"), drill.MinSecret)}
}

// exercise is a drill with one round whose mail claims to come from a ministry, and the gateway of those who get it.
func exercise(k *kept) (*Examiner, *policy.Drill) {
	w := world()
	w.txt["drill.test"] = []string{"v=spf1 ip4:198.51.100.10 ip4:198.51.100.99 -all"}
	private := drillSigner()
	w.txt["k._domainkey.drill.test"] = []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))}
	e := examiner(w)
	e.Ledger = k
	p := e.Policy()
	p.AutoReply.Mode = policy.ModeEnforce
	p.Organisations = []policy.Organisation{{Name: "gw", Domains: p.Inside.Domains}}
	p.Drills = []policy.Drill{{Name: "d", Reports: []policy.Address{{Local: "csirt", Domain: "gw.test"}}, Rounds: []policy.Round{{
		Number: 1, Kind: policy.DrillLink, Mode: policy.DrillExempt, Window: policy.Window{From: drillStart().Add(-time.Hour), Until: drillStart().Add(time.Hour)},
		Senders: []policy.DrillSender{{Local: "bounce", Domain: "drill.test"}, {Domain: "reply.drill.test"}}, LinkHosts: []policy.Domain{"www.drill.test"},
		Recognition: policy.Recognition{Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.10/32")}, MailFrom: []policy.Domain{"drill.test"},
			DKIM: []policy.Domain{"drill.test"}, Keys: []policy.TokenKey{drillKey()}, MaxRecipients: 10, Remove: []string{"X-Gophish-Contact"}},
	}}}}
	return e, &p.Drills[0]
}

func drillSigner() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte("s"), ed25519.SeedSize))
}

func drillToken(t testing.TB, k drill.Key, round int, until time.Time) string {
	t.Helper()
	token, err := drill.MakeToken(k, "d", round, until, "drill.test")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// lure is the mail of the round, signed by a domain, with some fields.
func lure(t testing.TB, signer string, fields ...string) []byte {
	t.Helper()
	plain := strings.Join(append(fields, "From: Soumu <soumu@mof.go.jp>", "Reply-To: r1@reply.drill.test", "To: hanako@gw.test", "Subject: notice",
		"Message-ID: <lure-1@Drill.test>", "X-Gophish-Contact: x", "", "see http://www.drill.test/?rid=1", ""), "\r\n")
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(plain), &dkim.SignOptions{Domain: signer, Selector: "k", Signer: drillSigner()}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func at(e *Examiner, t time.Time) { e.Now = func() time.Time { return t } }

// staff is mail of hanako to some addresses.
func staff(sender string, to ...string) *policy.Message {
	m := from("192.0.2.7", "hanako@gw.test")
	if sender == "" {
		m.Sender = policy.Address{}
	}
	m.Recipients = nil
	for _, a := range to {
		local, d, _ := strings.Cut(a, "@")
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: "<" + a + ">", Address: policy.Address{Local: local, Domain: policy.Domain(d)}})
	}
	return m
}
