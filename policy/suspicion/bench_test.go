package suspicion

import (
	"strconv"
	"strings"
	"testing"

	"sekimori/policy"
)

// honest is a mail of business as most are: a Japanese name, a text of 4 kB, a signature with an address, a proof.
func honest() []byte {
	const line = "いつもお世話になっております。先日の打合せでご依頼いただきました資料の件でご連絡いたします。\r\n"
	return []byte("Received: from mx.kyushu-trading.co.jp by mx.mof.example with ESMTPS id 1; Fri, 20 Nov 2026 11:59:00 +0900\r\n" +
		"DKIM-Signature: v=1; a=rsa-sha256; d=kyushu-trading.co.jp; s=a; h=from:to:subject; bh=x; b=y\r\n" +
		"From: =?UTF-8?B?5bGx55SwIOWkqumDju+8iOS5neW3nuiyv+aYk++8iQ==?= <yamada@kyushu-trading.co.jp>\r\n" +
		"To: =?UTF-8?B?6LKh5YuZIOWkqumDjg==?= <taro@mof.example>\r\nCc: hanako@mof.example\r\n" +
		"Subject: =?UTF-8?B?5YWI5pel44Gu5omT5ZCI44Gb6LOH5paZ44Gu5Lu2?=\r\nDate: Fri, 20 Nov 2026 11:58:00 +0900\r\n" +
		"Message-ID: <20261120.1@kyushu-trading.co.jp>\r\nIn-Reply-To: <20261119.7@mof.example>\r\nReferences: <20261119.7@mof.example>\r\n" +
		"X-Mailer: Becky! ver. 2.81.07 [ja]\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
		strings.Repeat(line, 4096/len(line)) + "\r\n九州貿易株式会社 営業部 山田太郎\r\nhttps://www.kyushu-trading.co.jp/\r\nTEL 092-000-0000\r\n")
}

const honestFacts = "from yamada@kyushu-trading.co.jp pass\ndmarc kyushu-trading.co.jp pass\ndkim kyushu-trading.co.jp pass\nknown address"

// BenchmarkAssess measures all indicators on an honest mail, whose body is read already, and on one at a free mail service that nobody knows.
func BenchmarkAssess(b *testing.B) {
	for _, bb := range []struct{ name, facts, from string }{
		{"honest", honestFacts, "yamada@kyushu-trading.co.jp"},
		{"stranger", "from x@gmail.com pass\ndmarc gmail.com pass\nunknown", "x@gmail.com"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			raw := []byte(strings.Replace(string(honest()), "yamada@kyushu-trading.co.jp", bb.from, 1))
			in, p, err := input(bb.facts, raw)
			if err != nil {
				b.Fatal(err)
			}
			a := New(p)
			b.ReportAllocs()
			for b.Loop() {
				a.Assess(in)
			}
		})
	}
}

// BenchmarkFamilies measures each family by itself, what it shares with others included.
func BenchmarkFamilies(b *testing.B) {
	in, p, err := input(honestFacts, honest())
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range policy.Families() {
		b.Run(string(f), func(b *testing.B) {
			a := New(p)
			all := a.indicators
			a.indicators = nil
			for _, i := range all {
				if i.Family == f {
					a.indicators = append(a.indicators, i)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				a.Assess(in)
			}
		})
	}
}

// BenchmarkHostile measures what a sender can do at most with names, addresses and hosts in the header.
func BenchmarkHostile(b *testing.B) {
	name := strings.Repeat("財務省国税庁", 40) + "x"
	var from, reply strings.Builder
	for i := range 30 {
		if i > 0 {
			from.WriteString(", ")
			reply.WriteString(", ")
		}
		from.WriteString("\"" + name + "\" <a@" + strings.Repeat("mof-", 60) + "go.jp-x.example" + strconv.Itoa(i) + ".com>")
		reply.WriteString("a@" + strings.Repeat("a.", 100) + "kuronekoyamatq" + strconv.Itoa(i) + ".com")
	}
	text := strings.Repeat("財務省国税庁財務省国税庁財務省国税庁 TEL\r\n", 1000)
	raw := []byte("From: " + from.String() + "\r\nReply-To: " + reply.String() + "\r\nSubject: " + strings.Repeat("taro ", 2000) + "\r\n\r\n" + text)
	in, p, err := input("from x@gmail.com pass\nunknown", raw)
	if err != nil {
		b.Fatal(err)
	}
	in.Facts.Authors = append(in.Facts.Authors, policy.Author{Address: policy.Address{Local: "x", Domain: "gmail.com"}, Source: policy.SourceFrom})
	a := New(p)
	b.ReportAllocs()
	for b.Loop() {
		a.Assess(in)
	}
}
