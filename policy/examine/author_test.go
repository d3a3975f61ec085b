package examine

import (
	"strings"
	"testing"

	"sekimori/policy"
)

// TestAuthors looks at what becomes of several authors, and of a null sender, from the header to the decision. The
// standard leaves a message with several author domains to the receiver (RFC 9989, 5.3.1 and 11.5): here each is
// judged, and the strictest holds.
func TestAuthors(t *testing.T) {
	const ministry, stranger = "203.0.113.25", "203.0.113.9"
	tests := []struct {
		name, client, sender, helo, header string
		want                               policy.Action
		dmarc                              string // author=result, in order
	}{
		{"one that fails among two in one field", stranger, "x@attacker.test", "", "From: x@attacker.test, taro@mof.go.jp\n",
			policy.ActionReject, "attacker.test=pass mof.go.jp=fail"},
		{"the other way round", stranger, "x@attacker.test", "", "From: taro@mof.go.jp, x@attacker.test\n",
			policy.ActionReject, "mof.go.jp=fail attacker.test=pass"},
		{"two fields", stranger, "x@attacker.test", "", "From: x@attacker.test\nFrom: taro@mof.go.jp\n",
			policy.ActionReject, "attacker.test=pass mof.go.jp=fail"},
		{"two of the same domain", ministry, "taro@mof.go.jp", "", "From: taro@mof.go.jp, jiro@mof.go.jp\n",
			policy.ActionAccept, "mof.go.jp=pass"},
		{"one proven, one of another ministry", ministry, "taro@mof.go.jp", "", "From: taro@mof.go.jp, jiro@meti.go.jp\n",
			policy.ActionReject, "mof.go.jp=pass meti.go.jp=fail"},
		{"one that asks for less, one that asks for more", stranger, "", "", "From: a@soft.test, b@hard.test\n",
			policy.ActionReject, "soft.test=fail hard.test=fail"},
		{"null sender, the HELO name proves", ministry, "", "mail.mof.go.jp", "From: MAILER-DAEMON@mof.go.jp\n",
			policy.ActionAccept, "mof.go.jp=pass"},
		{"null sender, the HELO name is a stranger's", stranger, "", "attacker.test", "From: MAILER-DAEMON@mof.go.jp\n",
			policy.ActionReject, "mof.go.jp=fail"},
		{"null sender, the HELO name of another ministry", ministry, "", "meti.go.jp", "From: MAILER-DAEMON@mof.go.jp\n",
			policy.ActionReject, "mof.go.jp=fail"},
		{"a HELO name that passes proves nothing beside a sender", ministry, "x@attacker.test", "mail.mof.go.jp", "From: taro@mof.go.jp\n",
			policy.ActionReject, "mof.go.jp=fail"},
		{"no author", stranger, "x@attacker.test", "", "Subject: x\n", policy.ActionQuarantine, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := world()
			w.txt["mail.mof.go.jp"] = []string{"v=spf1 ip4:203.0.113.25 -all"}
			w.txt["meti.go.jp"] = []string{"v=spf1 ip4:203.0.113.25 -all"}
			w.txt["_dmarc.meti.go.jp"] = []string{"v=DMARC1; p=reject"}
			w.txt["_dmarc.soft.test"] = []string{"v=DMARC1; p=quarantine"}
			w.txt["_dmarc.hard.test"] = []string{"v=DMARC1; p=reject"}
			m := from(tt.client, tt.sender)
			if tt.helo != "" {
				m.Helo, m.HeloDomain = tt.helo, policy.Domain(tt.helo)
			}
			r, err := examiner(w).Message(m, []byte(tt.header+"To: hanako@gw.test\n\nbody\n"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range r.Facts.DMARC {
				got = append(got, string(d.Author)+"="+string(d.Result))
			}
			if s := strings.Join(got, " "); s != tt.dmarc || r.Effect.Action != tt.want {
				t.Errorf("%s, %s; want %s, %s: %+v", r.Effect.Action, s, tt.want, tt.dmarc, r.Decision.Verdicts)
			}
		})
	}
}

// TestTooWide looks at a record that lets anybody in, from the resolver to the field that is written: results are
// those of the standards, and the spoof rule does not believe them.
func TestTooWide(t *testing.T) {
	for record, want := range map[string]policy.Action{
		"v=spf1 ip4:203.0.113.9 +all":             policy.ActionAccept, // this client is named
		"v=spf1 ip4:203.0.113.25 +all":            policy.ActionQuarantine,
		"v=spf1 ip4:203.0.0.0/8 -all":             policy.ActionAccept, // 2^24 addresses
		"v=spf1 ip4:192.0.2.1 ip4:203.0.0.0/8":    policy.ActionQuarantine,
		"v=spf1 redirect=open.test":               policy.ActionQuarantine,
		"v=spf1 include:open.test -all":           policy.ActionQuarantine,
		"v=spf1 ?include:open.test ip4:0.0.0.0/0": policy.ActionTag, // neutral
	} {
		w := world()
		w.txt["mof.go.jp"] = []string{record}
		w.txt["open.test"] = []string{"v=spf1 ip4:0.0.0.0/0 -all"}
		mail := honest
		if want == policy.ActionTag {
			mail = foreign // an unproven author would be refused
		}
		r, err := examiner(w).Message(from("203.0.113.9", "taro@mof.go.jp"), []byte(mail))
		if err != nil {
			t.Fatal(err)
		}
		if r.Effect.Action != want {
			t.Errorf("%s: %s, want %s: %+v", record, r.Effect.Action, want, r.Decision.Verdicts)
		}
		results := r.Effect.Insert[len(r.Effect.Insert)-1].Value
		if want != policy.ActionTag && (!strings.Contains(results, "spf=pass") || !strings.Contains(results, "dmarc=pass")) {
			t.Errorf("%s: %s", record, results)
		}
	}
}
