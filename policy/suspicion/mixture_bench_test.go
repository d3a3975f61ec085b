package suspicion

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// BenchmarkMixture is what a body costs the rule by its kind: reading it as it comes from an MTA, and every indicator. The kinds are those
// that most mail of an office is: a text of 2 kB, one beside HTML of 30 kB as newsletters have it, and one with 300 kB attached.
func BenchmarkMixture(b *testing.B) {
	for _, kind := range []struct {
		name string
		mail string
	}{{"plain", plainOffice()}, {"newsletter", newsletter()}, {"attachment", withAttachment()}} {
		h, body, err := mail.Split([]byte(kind.mail))
		if err != nil {
			b.Fatal(err)
		}
		in, p, err := input("from info@shop53.or.jp pass\ndmarc shop53.or.jp pass\nknown domain", []byte(kind.mail))
		if err != nil {
			b.Fatal(err)
		}
		var readers mime.Readers
		limits := mime.DefaultLimits()
		limits.Hash = false // no bulletin wants any
		read := func() *mime.Content {
			r := readers.New(h, limits)
			for rest := body; len(rest) > 0; {
				n := min(65535, len(rest))
				_, _ = r.Write(rest[:n])
				rest = rest[n:]
			}
			return r.Content()
		}
		a := New(p)
		b.Run(kind.name+"/read", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
		b.Run(kind.name+"/assess", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Assess(in)
			}
		})
	}
}

// office is the header of mail that a program of an office sends.
func office(subject string) string {
	return "Received: from app3.shop53.or.jp (app1.shop53.or.jp [192.0.2.47])\r\n\tby out1.shop53.or.jp (Postfix) with ESMTPS id 42E25145\r\n" +
		"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits));\r\n\tFri, 20 Nov 2026 11:58:00 +0900\r\n" +
		"Received: from localhost (localhost [127.0.0.1])\r\n\tby app1.shop53.or.jp (Postfix) with ESMTP id BEFA97A2\r\n" +
		"\tfor <taro@mof.example>; Fri, 20 Nov 2026 11:57:59 +0900\r\nDate: Fri, 20 Nov 2026 11:57:58 +0900\r\n" +
		"From: =?utf-8?b?55Sw5LitIOWkqumDjg==?= <info@shop53.or.jp>\r\nReply-To: <info@shop53.or.jp>\r\nTo: <taro@mof.example>\r\n" +
		"Message-ID: <2e02b2ca.e9dbd7cc@shop53.or.jp>\r\nSubject: " + subject + "\r\n" +
		"List-Unsubscribe: <mailto:unsub@shop53.or.jp>,\r\n\t<https://www.shop53.or.jp/unsub/4ca49fc8>\r\nList-Id: <news.shop53.or.jp>\r\n" +
		"MIME-Version: 1.0\r\nReferences: <b0dd1e45@shop53.or.jp>\r\n <dd24966c@mof.example>\r\nIn-Reply-To: <9b538d6a@mof.example>\r\n" +
		"X-Priority: 3\r\nX-Mailer: office 1.4\r\n"
}

// officeLines are lines of business in both languages, n octets of them.
func officeLines(n int) string {
	lines := []string{"proposal number agenda you and contract times whether.", "ご不明な点がございましたら、お問い合わせください。",
		"system payment minutes whether revised and team approval deadline proposal figures.", "来週の会議の日程について、ご都合をお知らせください。",
		"customer me minutes times request payment you and figures attached account.", "お世話になっております。"}
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(lines[i%len(lines)] + "\r\n")
	}
	return b.String()
}

func plainOffice() string {
	return office("=?utf-8?b?44GU56K66KqN44Gu44G744Gp44KI44KN44GX44GP44GK6aGY44GE44GE44Gf?= =?utf-8?b?44GX44G+44GZ44CC?=") +
		"Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + officeLines(2000)
}

func newsletter() string {
	var text strings.Builder
	text.WriteString("<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"><title>all confirmation you please</title>\r\n" +
		"<style>body{font-family:sans-serif} .c{color:#333;margin:0 auto;padding:8px}</style></head>\r\n<body>\r\n<table class=\"c\" width=\"600\">\r\n")
	for i := 0; text.Len() < 27_000; i++ {
		fmt.Fprintf(&text, "<tr><td style=\"padding:4px 8px;font-size:14px;color:#09a0b5\">request thursday shipping and window from shipping</td>\r\n"+
			"<td><a href=\"https://www.shop53.or.jp/c/%d?u=b64f0e90\" style=\"color:#0066cc\">payment shows</a>\r\n", i)
		if i%5 == 0 {
			fmt.Fprintf(&text, "<img src=\"https://img.shop53.or.jp/i/%d.png\" width=\"120\" height=\"60\" alt=\"deadline shows\">", i)
		}
		text.WriteString("</td></tr>\r\n")
	}
	text.WriteString("</table><p>" + strings.ReplaceAll(officeLines(600), "\r\n", "<br>\r\n") + "</p></body></html>\r\n")
	return office("schedule of the week") + "Content-Type: multipart/alternative; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quotedPrintable(officeLines(4000)) + "\r\n--=_b1\r\n" +
		"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quotedPrintable(text.String()) + "\r\n--=_b1--\r\n"
}

// quotedPrintable encodes lines as programs do (RFC 2045, 6.7).
func quotedPrintable(s string) string {
	var b strings.Builder
	column := 0
	for i := range len(s) {
		out := string(s[i])
		switch c := s[i]; {
		case c == '\n':
			column = -1
		case c == '=' || c >= 0x80:
			out = fmt.Sprintf("=%02X", c)
		}
		if column+len(out) > 75 {
			b.WriteString("=\r\n")
			column = 0
		}
		b.WriteString(out)
		column += len(out)
	}
	return b.String()
}

func withAttachment() string {
	data := make([]byte, 215_000)
	g := rand.NewChaCha8([32]byte{1})
	_, _ = g.Read(data)
	copy(data, "%PDF-1.4\n")
	s := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\r\n")
	}
	return office("report") + "Content-Type: multipart/mixed; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		officeLines(1000) + "\r\n--=_b1\r\nContent-Type: application/pdf; name=\"report.pdf\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + b.String() + s + "\r\n--=_b1--\r\n"
}
