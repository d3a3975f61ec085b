//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"sekimori/internal/testmta"
	"sekimori/policy"
	"sekimori/policy/mail"
)

// suspecting tags every mail with a link to an address, and remembers in a store of its own.
func suspecting(t *testing.T, tag string) string {
	dir := t.TempDir()
	return fmt.Sprintf("mode = \"off\"\n\n[suspicion]\nmode = \"enforce\"\ncaution = 2\ntag = { caution = %q, warning = %[1]q }\n\n"+
		"[suspicion.weights]\nfrom_raw_8bit = 0\n\n[store]\npath = %q\nsecret_file = %q\n", tag, filepath.Join(dir, "memory.db"), filepath.Join(dir, "secret"))
}

// subjects are what clients send, each with what it shows.
func subjects(t *testing.T) map[string]struct{ fields, shown []string } {
	text := func(s string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const shown = "予算の件について（至急）"
	jis := text(japanese.ISO2022JP.NewEncoder().String(shown))
	sjis := text(japanese.ShiftJIS.NewEncoder().String(shown))
	euc := text(japanese.EUCJP.NewEncoder().String(shown))
	type s = struct{ fields, shown []string }
	return map[string]struct{ fields, shown []string }{
		"ASCII":              s{[]string{"budget"}, []string{"budget"}},
		"raw ISO-2022-JP":    s{[]string{jis}, []string{shown}},
		"raw Shift_JIS":      s{[]string{sjis}, []string{shown}},
		"raw EUC-JP":         s{[]string{euc}, []string{shown}},
		"raw UTF-8":          s{[]string{shown}, []string{shown}},
		"words of two sorts": s{[]string{"=?ISO-2022-JP?B?GyRCTT07OxsoQg==?= =?utf-8?Q?=E6=A1=88?= 2026"}, []string{"予算案 2026"}},
		"folded words":       s{[]string{"=?UTF-8?B?5LqI566X?=\r\n =?UTF-8?B?5qGI?="}, []string{"予算案"}},
		"folded raw":         s{[]string{"予算の\r\n\t件"}, []string{"予算の\t件"}},
		"empty":              s{[]string{""}, []string{""}},
		"several":            s{[]string{"one", "two"}, []string{"one", "two"}},
		"long":               s{[]string{strings.Repeat("予算の件について", 40)}, []string{strings.Repeat("予算の件について", 40)}},
	}
}

// TestSubjectTag sends flagged mail with a Subject in every charset through both MTAs: each shows the tag and what it showed before, in
// lines that are not too long and ASCII, and is the only thing in the body and the rest of the header that changes.
func TestSubjectTag(t *testing.T) {
	t.Parallel()
	const tag = "【要注意】"
	s := newStand(t, 13, "", suspecting(t, tag))
	startGateway(t, s.gatewayConfig)
	for _, mta := range []testmta.MTA{s.postfix(t, "192.0.2.33"), s.sendmail(t, "192.0.2.34")} {
		t.Run(string(mta.Target()), func(t *testing.T) {
			n := 0
			for name, subject := range subjects(t) {
				t.Run(name, func(t *testing.T) {
					mail := "From: Taro <taro@attacker.test>\r\nTo: hanako@gw.test\r\nDate: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@attacker.test>\r\n"
					for _, f := range subject.fields {
						mail += "Subject: " + f + "\r\n"
					}
					mail += "X-After: kept\r\n\r\nSee http://203.0.113.77/plan for it.\r\n"
					wantReply(t, send(t, mta, attackerAddr, "taro@attacker.test", []string{"hanako@gw.test"}, mail), 250, "")
					n++
					tagged(t, delivered(t, mta, n)[n-1].Data, tag, subject.shown)
				})
			}
		})
	}
}

// tagged looks at what was delivered.
func tagged(t *testing.T, data []byte, tag string, shown []string) {
	t.Helper()
	h, body, err := mail.Split(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range mail.Index(h, "Subject") {
		got = append(got, strings.TrimSpace(mail.DecodeWords(f.Value)))
		for line := range strings.SplitSeq("Subject:"+f.Value, "\n") {
			if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) {
				t.Errorf("a line of the Subject is %q", line)
			}
		}
	}
	var want []string
	for _, s := range shown {
		want = append(want, strings.TrimSpace(tag+" "+s))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the Subject shows %q, wanted is %q", got, want)
	}
	kept := slices.ContainsFunc(h, func(f policy.Field) bool { return f.Name == "X-After" && strings.TrimSpace(f.Value) == "kept" })
	if !kept || !bytes.Equal(body, []byte("See http://203.0.113.77/plan for it.\r\n")) {
		t.Errorf("delivered is\n%s", data)
	}
}

// TestBulletinReload puts an alert into the file of a bulletin while mail flows: it holds from the reload on. A file with a mistake
// leaves what was there.
func TestBulletinReload(t *testing.T) {
	t.Parallel()
	s := newStand(t, 14, "", "mode = \"off\"\n\n[[bulletin]]\nname = \"alert\"\nmode = \"enforce\"\naction = \"reject\"\nfile = \"alert.csv\"\n")
	s.files = map[string][]byte{"alert.csv": []byte("type,value\nhost,first.example\n")}
	g := startGateway(t, s.gatewayConfig)
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(g.config), "alert.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, mta := range []testmta.MTA{s.postfix(t, "192.0.2.35"), s.sendmail(t, "192.0.2.36")} {
		t.Run(string(mta.Target()), func(t *testing.T) {
			try := func(host string, code int, part string) {
				t.Helper()
				wantReply(t, send(t, mta, attackerAddr, "taro@attacker.test", []string{"hanako@gw.test"}, "From: taro@attacker.test\r\nTo: hanako@gw.test\r\nSubject: x\r\n"+
					"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@attacker.test>\r\n\r\nSee http://"+host+"/ for it.\r\n"), code, part)
			}
			write("type,value\nhost,first.example\n")
			g.reload(s.policy, "success")
			try("first.example", 550, "550 5.7.1")
			try("second.example", 250, "")
			write("type,value\nhost,first.example\nhost,second.example\n")
			g.reload(s.policy, "success")
			try("second.example", 550, "550 5.7.1")
			write("type,value\nhost,jp\n")
			g.reload(s.policy, "failure")
			try("first.example", 550, "550 5.7.1")
			try("second.example", 550, "550 5.7.1")
			try("third.example", 250, "")
		})
	}
	if n := counter(t, g.scrape(), "sekimori_bulletin_hits_total", `bulletin="alert"`, `kind="host"`); n != 8 {
		t.Errorf("%v hits are counted, wanted are 8", n)
	}
}
