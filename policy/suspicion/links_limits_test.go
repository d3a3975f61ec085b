package suspicion

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail/link"
)

// found reads a mail of HTML and returns the evidence of one indicator, and whether it is there.
func found(t *testing.T, name, facts, header, body string) (string, bool) {
	t.Helper()
	in, p, err := input(facts, []byte("From: x@sender.example\n"+header+"Content-Type: text/html; charset=utf-8\n\n"+body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range New(p).Assess(in).Hits {
		if h.Indicator == name {
			return h.Evidence, true
		}
	}
	return "", false
}

// TestLinkLimits takes each limit of the indicators about links at its value and one above.
func TestLinkLimits(t *testing.T) {
	escape := strings.NewReplacer("%", "%25", ":", "%3A", "/", "%2F", "?", "%3F", "=", "%3D")
	wrapped := func(hops int) string {
		s := "https://www.mof.go.jp.evil.test/"
		for range hops {
			s = "https://eu.safelinks.protection.outlook.com/?url=" + escape.Replace(s)
		}
		return `<a href="` + s + `">x</a>`
	}
	leave := func(before int) string {
		return "List-Unsubscribe: " + strings.Repeat("<https://other.test/>, ", before) + "<https://shop.test/>\n"
	}
	to := func(before int) string {
		return strings.Repeat("to other@mof.example\n", before) + "to taro@mof.example"
	}
	padding := func(octets int) string {
		const one = 1000
		var b strings.Builder
		for ; octets > 0; octets -= one {
			b.WriteString(`<a href="https://pad.test/` + strings.Repeat("p", min(octets, one)-len("/")) + `">x</a>`)
		}
		return b.String()
	}
	address := `<a href="https://shop.test/?m=taro@mof.example">x</a>`
	rest := len("/?m=taro@mof.example")
	for _, tt := range []struct {
		name, indicator, facts, header, body string
		want                                 bool
	}{
		{"hops", "url_protected_in_subdomain", "", "", wrapped(link.MaxHops), true},
		{"hops above", "url_protected_in_subdomain", "", "", wrapped(link.MaxHops + 1), false},
		{"addresses to leave by", "url_recipient", "", leave(maxUnsubscribe - 1), address, false},
		{"addresses above", "url_recipient", "", leave(maxUnsubscribe), address, true},
		{"recipients", "url_recipient", to(maxLinkRecipients - 1), "", address, true},
		{"recipients above", "url_recipient", to(maxLinkRecipients), "", address, false},
		{"octets searched", "url_recipient", "", "", padding(maxRecipientScan-rest) + address, true},
		{"octets above", "url_recipient", "", "", padding(maxRecipientScan-rest+1) + address, false},
	} {
		if evidence, ok := found(t, tt.indicator, tt.facts, tt.header, tt.body); ok != tt.want {
			t.Errorf("%s: %v, %s", tt.name, ok, evidence)
		}
	}
}

// TestTextLimits takes each limit of the indicators about words at its value and one above.
func TestTextLimits(t *testing.T) {
	hidden := func(n int) string { return strings.Repeat("ア\u200bカ。", n) }
	fill := func(n int) string { return strings.Repeat("a", n) }
	bold := []rune("𝗔𝗺𝗮𝘇𝗼𝗻")
	for _, tt := range []struct {
		name, indicator, header, body string
		want                          bool
	}{
		{"hidden characters", "text_obfuscated", "", hidden(hiddenInBody), true},
		{"hidden characters below", "text_obfuscated", "", hidden(hiddenInBody - 1), false},
		{"mathematical letters", "text_obfuscated", "", string(bold[:mathWord]) + " " + string(bold[:mathWord]), true},
		{"mathematical letters below", "text_obfuscated", "", string(bold[:mathWord]) + " " + string(bold[:mathWord-1]), false},
		{"words of them below", "text_obfuscated", "", string(bold), false},
		{"letters beside pictures", "image_only", "", `<img src="a">` + fill(maxCaption), true},
		{"letters above", "image_only", "", `<img src="a">` + fill(maxCaption+1), false},
		{"haste", "urgency_words", "", fill(maxUrgency-len("urgent click expire")) + "urgent click expire", true},
		{"haste too late", "urgency_words", "", fill(maxUrgency-len("urgent click expire")+1) + "urgent click expire", false},
		{"spaced name", "text_obfuscated", "Subject: 財 務 省\n", "", true},
		{"spaced name in longer words", "text_obfuscated", "Subject: 私財 務 省令\n", "", false},
	} {
		if evidence, ok := found(t, tt.indicator, "", tt.header, tt.body); ok != tt.want {
			t.Errorf("%s: %v, %s", tt.name, ok, evidence)
		}
	}
}

// TestPasswordIn is about what a password looks like, and what only speaks of one.
func TestPasswordIn(t *testing.T) {
	near := func(n int) string {
		return "パスワードです" + strings.Repeat("。", (n-len("です")-len("abc123"))/3) + "abc123"
	}
	for in, want := range map[string]string{
		"パスワード:1234":                   "パスワード",
		"パスワード は「ｘ」":                   "",
		"パスワードは「abcd」です":               "パスワード",
		"パスワード：123":                    "",
		"password is: open-it":         "password",
		"pw:abcd":                      "pw:",
		"パスワードは https://a.test/ で確認":   "",
		"パスワード: https://a.test/":       "",
		"パスワードは別途お送りします abc123":        "",
		"パスワードは変更しないでください":             "",
		near(passwordReach):            "パスワード",
		near(passwordReach + 3):        "",
		strings.Repeat("パスワード。", 9000): "",
	} {
		if got := passwordIn(in); got != want {
			t.Errorf("%.60s: %q, want %q", in, got, want)
		}
	}
}

// TestShownHost is about texts that are an address, and texts that are not.
func TestShownHost(t *testing.T) {
	for in, want := range map[string]policy.Domain{
		"https://www.mof.go.jp/":         "www.mof.go.jp",
		"詳しくはhttps://www.mof.go.jpへ":     "www.mof.go.jp",
		"HTTPS://WWW.MOF.GO.JP":          "www.mof.go.jp",
		"www.mof.go.jp":                  "www.mof.go.jp",
		"ｗｗｗ．ｍｏｆ．ｇｏ．ｊｐ":                  "www.mof.go.jp",
		"mof.go.jp/tax":                  "mof.go.jp",
		"amazon.co.jp":                   "amazon.co.jp",
		"go.jp":                          "",
		"ASP.NET":                        "",
		"report.zip":                     "",
		"taro@mof.go.jp":                 "",
		"node.js":                        "",
		"Ver. 2.0":                       "",
		"hxxps://www.mof.go.jp":          "",
		"javascript://www.mof.go.jp":     "",
		"See mof.go.jp for details":      "",
		"https://www.verylongname.co...": "",
		"":                               "",
	} {
		if got, _ := shownHost(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestNeedles finds an address packed at any place of a text.
func TestNeedles(t *testing.T) {
	wanted := appendNeedles(nil, policy.Address{Local: "taro", Domain: "mof.example"})
	for before := range 4 {
		for after := range 4 {
			packed := base64.URLEncoding.EncodeToString([]byte(strings.Repeat("{", before) + "taro@mof.example" + strings.Repeat("}", after)))
			if holdsAny("/x/"+packed, wanted) == "" {
				t.Errorf("%d before, %d after: %s", before, after, packed)
			}
		}
	}
	if how := holdsAny("/jiro@mof.example/"+base64.URLEncoding.EncodeToString([]byte("jiro@mof.example")), wanted); how != "" {
		t.Error(how)
	}
	if n := appendNeedles(nil, policy.Address{Local: "a", Domain: "b.jp"}); n != nil {
		t.Error("an address too short to be told is looked for")
	}
}

// BenchmarkWorstLinks reads the most that a body may hold, written to take time.
func BenchmarkWorstLinks(b *testing.B) {
	long := func(i int) string {
		s := fmt.Sprintf("https://h%d.mof-go-jp.xn--80ak6aa92e.test/?u=https%%253A%%252F%%252Fa%d.test&", i, i)
		return s + strings.Repeat("&a=%68ttp", (2000-len(s))/9)
	}
	var body strings.Builder
	for i := range 1000 {
		body.WriteString(`<a href="` + long(i) + `">https://` + strings.Repeat("㎏.", 60) + `</a>`)
	}
	in, p, err := input("to taro@mof.example\nto jiro@mof.example\nto hanako@mof.example", []byte("From: x@sender.example\nSubject: "+strings.Repeat("財 ", 20000)+
		"\nContent-Type: text/html; charset=utf-8\n\n"+body.String()+strings.Repeat("パスワードア\u200b", 10000)))
	if err != nil {
		b.Fatal(err)
	}
	a := only(New(p), links(), words())
	for b.Loop() {
		a.Assess(in)
	}
}
