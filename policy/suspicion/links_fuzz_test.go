package suspicion

import (
	"testing"
)

// FuzzLinksAndText looks at any mail in HTML: nothing fails, and each indicator is told once, with evidence that fits.
func FuzzLinksAndText(f *testing.F) {
	for _, s := range []string{
		`<base href="//a.test"><a href=b>www.mof.go.jp</a><form action="http:\\c@[::1]:1"><input type=password>`,
		"https://xn--80ak6aa92e.test/#taro@mof.example パスワード：x 至急 クリック 財 務 省 メ\u200bル",
		`<a href="https://a.safelinks.protection.outlook.com/?url=https://urldefense.com/v3/__https://a*b__;Iw!!x">https://b.test</a>`,
	} {
		f.Add("=?utf-8?Q?"+"=E8=B2=A1 =E5=8B=99?=", s)
	}
	a := only(New(fixturePolicy()), links(), words())
	f.Fuzz(func(t *testing.T, subject, body string) {
		in, _, err := input("dmarc sender.example pass", []byte("From: x@sender.example\nSubject: "+subject+"\nContent-Type: text/html; charset=utf-8\n\n"+body))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, h := range a.Assess(in).Hits {
			if seen[h.Indicator] || len(h.Evidence) > maxEvidence {
				t.Fatalf("%s: %q", h.Indicator, h.Evidence)
			}
			seen[h.Indicator] = true
		}
	})
}
