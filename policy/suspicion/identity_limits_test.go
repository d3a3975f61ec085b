package suspicion

import (
	"fmt"
	"strings"
	"testing"

	"sekimori/policy"
)

// TestIdentityLimits holds each limit of the indicators about sender, header and origin at its value and one above or below.
// Texts have CR LF at the ends of their lines.
func TestIdentityLimits(t *testing.T) {
	const head = "To: taro@mof.example\nDate: Fri, 20 Nov 2026 11:58:00 +0900\n"
	from := func(boxes int) string {
		list := strings.Repeat("a@sender.example, ", boxes-1)
		return "From: " + list + "\"総務省\" <a@sender.example>\n" + head + "\nx\n"
	}
	date := func(s string) string { return "From: a@sender.example\nDate: " + s + "\n\nx\n" }
	cn := func(subject, text string) string {
		return "From: a@sender.cn\nSubject: " + subject + "\nDate: Fri, 20 Nov 2026 10:58:00 +0900\n\n" + text + "\n"
	}
	japanese := func(text string) string { return "From: a@sender.example\n" + head + "\nありがとう" + text + "\n" }
	signed := func(before, lines int, line string) string {
		return "From: a@gmail.com\n" + head + "\n" + strings.Repeat("本文です\n", before) + line + "\n" + strings.Repeat("TEL 03\n", lines) + "\n"
	}
	to := func(n int) string {
		return strings.Repeat("to x@mof.example\n", n) + "to zaimu.taro@mof.example"
	}
	named := "From: a@sender.example\nSubject: zaimu.taro\n" + head + "\nx\n"
	for _, tt := range []struct {
		name, indicator string
		facts           [2]string
		within, beyond  string
	}{
		{"mailboxes", "dispname_org_mismatch", [2]string{}, from(maxMailboxes), from(maxMailboxes + 1)},
		{"octets of a name", "dispname_org_mismatch", [2]string{},
			"From: \"" + strings.Repeat("\u200b", maxName/3-3) + "総務省\" <a@sender.example>\n" + head + "\nx\n",
			"From: \"" + strings.Repeat("\u200b", maxName/3-2) + "総務省\" <a@sender.example>\n" + head + "\nx\n"},
		{"name of a person", "dispname_org_mismatch", [2]string{},
			"From: \"総務省 " + strings.Repeat("田", maxPerson) + "\" <a@sender.example>\n" + head + "\nx\n",
			"From: \"総務省 " + strings.Repeat("田", maxPerson+1) + "\" <a@sender.example>\n" + head + "\nx\n"},
		{"future", "date_anomaly", [2]string{}, date("Fri, 20 Nov 2026 13:00:01 +0900"), date("Fri, 20 Nov 2026 13:00:00 +0900")},
		{"past", "date_anomaly", [2]string{}, date("Fri, 13 Nov 2026 11:59:59 +0900"), date("Fri, 13 Nov 2026 12:00:00 +0900")},
		{"zone", "date_anomaly", [2]string{}, date("Fri, 20 Nov 2026 16:58:00 +1401"), date("Fri, 20 Nov 2026 16:58:00 +1400")},
		{"kana", "ja_text_foreign_origin", [2]string{}, cn("あい", "うえお"), cn("あい", "うえ漢")},
		{"Chinese characters", "ja_text_foreign_origin", [2]string{}, japanese("账户"), japanese("账")},
		{"text looked at", "ja_text_foreign_origin", [2]string{},
			cn("x", strings.Repeat("x", maxKanaText-15)+"あいうえお"), cn("x", strings.Repeat("x", maxKanaText-14)+"あいうえお")},
		{"local part", "rcpt_identity_used", [2]string{"to yamada@mof.example", "to yamad@mof.example"},
			"From: a@sender.example\nSubject: yamada\n" + head + "\nx\n", "From: a@sender.example\nSubject: yamad\n" + head + "\nx\n"},
		{"recipients", "rcpt_identity_used", [2]string{to(maxRecipients - 1), to(maxRecipients)}, named, named},
		{"lines of a signature", "freemail_claims_official", [2]string{}, signed(3, maxSignatureLines-1, "外務省"), signed(3, maxSignatureLines, "外務省")},
		{"lines of a salutation", "freemail_claims_official", [2]string{}, signed(2, 2, "外務省"), signed(1, 2, "外務省")},
		{"length of a line", "freemail_claims_official", [2]string{},
			signed(3, 2, "外務省"+strings.Repeat("-", maxSignatureLine-9)), signed(3, 2, "外務省"+strings.Repeat("-", maxSignatureLine-8))},
		{"text above a signature", "freemail_claims_official", [2]string{},
			signed(0, 0, strings.Repeat("本\n", (maxSignatureText-30)/5)+"外務省\nTEL 03"), signed(0, 0, strings.Repeat("本\n", maxSignatureText/5)+"外務省\nTEL 03")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, mail := range []string{tt.within, tt.beyond} {
				in, p, err := input("from a@sender.example pass\n"+tt.facts[i], []byte(mail))
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, h := range New(p).Assess(in).Hits {
					found = found || h.Indicator == tt.indicator
				}
				if found != (i == 0) {
					t.Errorf("%s: %s is found: %v", [...]string{"within", "beyond"}[i], tt.indicator, found)
				}
			}
		})
	}
}

// TestLengths holds the least lengths of labels that are compared.
func TestLengths(t *testing.T) {
	p := fixturePolicy()
	p.Spoof.Protected = []policy.Domain{"abcd.example", "abcde.example", "abcdefg.example", "abcdefgh.example"}
	p.Suspicion.Lists.Organisations = []policy.NamedBody{{Names: []string{"xx"}, Domains: []policy.Domain{"vwxyz.example", "uvwxyz.example"}}}
	l := newLists(p)
	for domain, want := range map[policy.Domain]bool{
		"abxde.test":    true,  // 5 letters, protected
		"abxd.test":     false, // 4
		"abxdexgh.test": true,  // 8 letters, two changed
		"abxdexg.test":  false, // 7
		"uvaxyz.test":   true,  // 6 letters, not protected
		"vwaxz.test":    false, // 5
	} {
		if like, ok := l.lookalike(domain); ok != want {
			t.Errorf("%s: %v", domain, like)
		}
	}
	for n, want := range map[int]bool{minCompact: true, minCompact - 1: false} {
		p.Spoof.Protected = []policy.Domain{policy.Domain(strings.Repeat("q", n-2) + ".jp")}
		if like, ok := newLists(p).lookalike(policy.Domain(fmt.Sprintf("%sjp.test", strings.Repeat("q", n-2)))); ok != want {
			t.Errorf("a name of %d letters: %v", n, like)
		}
	}
}
