package suspicion

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// linksMail is an HTML mail of n links, each to a host of its own where distinct is set.
func linksMail(n int, distinct bool) string {
	var b strings.Builder
	b.WriteString("From: a@sender.example\r\nSubject: =?utf-8?B?5LuK6YCx44Gu44GK55+l44KJ44Gb?=\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")
	for i := range n {
		host := "www.sender.example"
		if distinct {
			host = fmt.Sprintf("www.shop-%d.co.jp", i)
		}
		fmt.Fprintf(&b, "<p>今週のおすすめ商品をご紹介します。<a href=\"https://%s/item/%d.html?utm_source=mail&utm_campaign=2026\">商品 %d を見る</a></p>\r\n", host, i, i)
	}
	return b.String()
}

// BenchmarkLinks is what the indicators about links and text take, the reading of the body left out.
func BenchmarkLinks(b *testing.B) {
	plain := "From: a@partner.example\r\nSubject: =?utf-8?B?5omT5ZCI44Gb?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("いつもお世話になっております。次回の打合せの件でご連絡いたしました。\r\n", 35) + "https://www.partner.example/kaigi/\r\n"
	for _, bb := range []struct{ name, mail string }{
		{"plain text 4 kB", plain}, {"newsletter 60 links", linksMail(60, false)}, {"1000 links", linksMail(1000, false)}, {"1000 hosts", linksMail(1000, true)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			in, p, err := input("", []byte(bb.mail))
			if err != nil {
				b.Fatal(err)
			}
			a := only(New(p), links(), words())
			b.ReportAllocs()
			for b.Loop() {
				a.Assess(in)
			}
		})
	}
}

// only leaves an assessor some of its indicators.
func only(a *Assessor, lists ...[]Indicator) *Assessor {
	a.indicators = slices.DeleteFunc(a.indicators, func(i Indicator) bool {
		return !slices.ContainsFunc(slices.Concat(lists...), func(k Indicator) bool { return k.Name == i.Name })
	})
	return a
}
