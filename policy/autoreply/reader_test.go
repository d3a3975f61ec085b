package autoreply

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// TestWantsBody: the MTA sends a body only where it could matter.
func TestWantsBody(t *testing.T) {
	tests := map[string]bool{
		"Subject: x\n":                                                                       false,
		"Content-Type: text/plain\n":                                                         false,
		"Content-Type: text/html\n":                                                          false,
		"Content-Type: application/pdf\n":                                                    false,
		"Content-Type: multipart/mixed\n":                                                    false, // no boundary, no parts
		"Content-Type: multipart/mixed; boundary=b\n":                                        true,
		"Content-Type: multipart/alternative; boundary=b\n":                                  true,
		"Content-Type: text/calendar\n":                                                      true,
		"Content-Type: application/ms-tnef\n":                                                true,
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n":          false, // settled
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n": true,  // whose receipt it is
	}
	for text, want := range tests {
		m, _ := parse(t, taro, text)
		if got := New(m).WantsBody(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	m, _ := parse(t, taro, "Content-Type: multipart/mixed; boundary=b\n")
	r := New(m)
	r.Body([]byte("--b\r\n\r\nx\r\n--b--\r\n"))
	if r.WantsBody() {
		t.Error("the last boundary has come")
	}
	r.Body([]byte("--b\r\nContent-Type: message/delivery-status\r\n\r\n"))
	if res := r.Result(); res.Class != ClassHuman {
		t.Errorf("what follows the last boundary counts: %+v", res)
	}
}

// TestBoundaries: what ends a part and what only looks so (RFC 2046, 5.1.1).
func TestBoundaries(t *testing.T) {
	const status = "Content-Type: message/delivery-status\n\n"
	tests := []struct {
		name, body string
		want       Class
	}{
		{"plain", "--b\n" + status, ClassDSN},
		{"blanks behind it", "--b \t\n" + status, ClassDSN},
		{"a longer word", "--bb\n" + status, ClassHuman},
		{"a longer word ends nothing", "--bb\n--b\n" + status, ClassDSN},
		{"not at the beginning of the line", " --b\n" + status, ClassHuman},
		{"one hyphen", "-b\n" + status, ClassHuman},
		{"part without a header", "--b\n--b\n" + status, ClassDSN},
		{"header without a body", "--b\nContent-Type: message/delivery-status", ClassDSN},
		{"folded type", "--b\nContent-Type:\n message/delivery-status\n\n", ClassDSN},
		{"type with comments", "--b\nContent-Type: (a) message/delivery-status (b)\n\n", ClassDSN},
		{"in the body of a part", "--b\nContent-Type: text/plain\n\n" + status, ClassHuman},
		{"behind the end of an inner multipart", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--b\n" + status, ClassDSN},
		{"an outer boundary ends an inner multipart", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--b\n" + status, ClassDSN},
		{"an inner boundary is forgotten", "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n--c--\n--b\nContent-Type: text/plain\n\n--c\n" + status, ClassHuman},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, b := range []string{"b", `"b"`, `"b "`} {
				if r := classify(t, taro, "Content-Type: multipart/mixed; boundary="+b+"\n\n"+tt.body); r.Class != tt.want {
					t.Errorf("boundary=%s: %+v", b, r)
				}
			}
		})
	}
}

// TestParseMedia reads what mailers write.
func TestParseMedia(t *testing.T) {
	tests := map[string]media{
		"":                                      {},
		" Text/Plain":                           {kind: "text/plain"},
		"a/b;boundary=c;method=d":               {kind: "a/b", boundary: "c", method: "d"},
		"a/b; boundary = \"c d\" ; x=y":         {kind: "a/b", boundary: "c d"},
		"a/b; (c=d) boundary=e":                 {kind: "a/b", boundary: "e"},
		"a/b; boundary=e (f)":                   {kind: "a/b", boundary: "e"},
		"a/b; boundary=e; boundary=f":           {kind: "a/b", boundary: "e"},
		"a/b; boundary=\"e\\\"\\f\"":            {kind: "a/b", boundary: "e\"f"},
		"a/b; boundary=\"e":                     {kind: "a/b"},
		"a/b; boundary":                         {kind: "a/b"},
		"a/b; x; boundary=e":                    {kind: "a/b", boundary: "e"},
		"a/b;\n\tname*0=\"c\";\n\tname*1=\"d\"": {kind: "a/b", name: "cd"},
		"a/b; REPORT-Type=x; fileName=y":        {kind: "a/b", reportType: "x", name: "y"},
		"a/b boundary=c":                        {kind: "a/b", boundary: "c"},
		"(only a comment":                       {},
	}
	for value, want := range tests {
		if d := cmp.Diff(want, parseMedia(value), cmp.AllowUnexported(media{})); d != "" {
			t.Errorf("%q: %s", value, d)
		}
	}
}

// TestNames: the lists of names are whole and hold each once.
func TestNames(t *testing.T) {
	seen := make(map[Name]bool)
	for _, n := range Names() {
		if seen[n] || string(n) != strings.ToLower(string(n)) || strings.ContainsAny(string(n), " -") {
			t.Errorf("name %q", n)
		}
		seen[n] = true
	}
	if NamesOf("none") != nil {
		t.Error("a strength that is none has names")
	}
}

// FuzzClassify: nothing fails, a Result keeps its promises, and how a body is cut makes no difference.
func FuzzClassify(f *testing.F) {
	const parts = "\r\n--b\r\nContent-Type: "
	f.Add("Auto-Submitted: auto-replied (vacation\n", "", uint8(1), false)
	f.Add("Subject: =?UTF-8?B?6Ieq5YuV5b+c562UOiB4?=\nIn-Reply-To: <a@b>\n", "", uint8(1), true)
	f.Add("Subject: \x1b$B<+F01~Ez\x1b(B: x\n", "", uint8(1), true)
	f.Add("Content-Type: multipart/mixed; boundary=b\n", parts+"message/delivery-status\r\n\r\nx\r\n--b--\r\n", uint8(7), true)
	f.Add("Content-Type: multipart/report; boundary=\"b\"\n", parts+"message/disposition-notification\r\n\r\nOriginal-Message-ID: <a@B>\r\n", uint8(3), true)
	f.Add("Content-Type: multipart/x; boundary*0=b\n", parts+"multipart/y; boundary=c\r\n\r\n--c\r\nContent-Type: text/calendar\r\n\r\nMETHOD:REPLY\r\nORGANIZER:mailto:a@b.c\r\n", uint8(2), false)
	f.Add("Content-Type: application/ms-tnef\nSubject: Read: x\nContent-Transfer-Encoding: base64\n", "UkVQT1JULklQTS5Ob3RlLklQTlJO", uint8(5), false)
	f.Add("Content-Type: text/calendar\nContent-Transfer-Encoding: quoted-printable\n", "METHOD=3AREP=\r\nLY\r\n=zz", uint8(4), false)
	f.Add("From: mailer-daemon (x)\nX-MS-Exchange-Inbox-Rules-Loop: x\nX-Auto-Response-Suppress: a,All\n", "", uint8(1), false)
	f.Fuzz(func(t *testing.T, header, body string, size uint8, null bool) {
		h, _, _ := mail.Split([]byte(header))
		m := &policy.Message{Header: h}
		if !null {
			m.Sender = policy.Address{Local: "taro", Domain: "city.test"}
		}
		whole := Classify(m, []byte(body))
		check(t, whole)
		r := New(m)
		for rest := body; rest != ""; {
			n := min(len(rest), int(size)+1)
			r.Body([]byte(rest[:n]))
			rest = rest[n:]
		}
		if d := cmp.Diff(whole, r.Result()); d != "" {
			t.Errorf("in pieces of %d: %s", int(size)+1, d)
		}
	})
}

// FuzzSubject: decoding and judging a Subject does not fail, folding is done once, and a mark of a reply before
// everything else excludes the words of an automatic one.
func FuzzSubject(f *testing.F) {
	for _, s := range []string{"Automatic reply: x", "【自動返信】", "=?iso-2022-jp?B?GyRCPCtGMA==?= =?iso-2022-jp?B??=", "[a][b][c] Re: x", "\x8e\xa9\x93\xae:",
		"İ: x", "H\u0331: x", "Ⅸ ﬁ ＡＵＴＯ：", "is out of the office (returning )", "[fwd: ["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := subjectText(s)
		if again := foldText(text); again != text {
			t.Errorf("%q folds to %q", text, again)
		}
		kind, _, rest := cutPrefix(text)
		if tagged := strings.HasPrefix(text, "[") || strings.HasPrefix(text, "【"); len(rest) > len(text) || kind != KindNew && !tagged && saysAutoReply(text) {
			t.Errorf("%q: %s, %q", text, kind, rest)
		}
	})
}

// human is a mail as people send it, with what an MTA and a client put around it.
const human = `Received: from pc1.city.test (pc1.city.test [192.0.2.17])
	by mx.city.test (Postfix) with ESMTPSA id 4XyZ123
	for <hanako@out.test>; Mon,  6 Jul 2026 09:00:00 +0900 (JST)
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=city.test; s=s1; bh=x; b=y
Message-ID: <5f1c2b9e-1d7a-4d39-8f3e-9d1c@city.test>
Date: Mon, 6 Jul 2026 09:00:00 +0900
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Content-Language: ja
From: =?UTF-8?B?5bGx55Sw5aSq6YOO?= <taro@city.test>
To: Hanako <hanako@out.test>
Cc: jiro@city.test
X-Priority: 3
X-Mailer: x
Organization: City
Thread-Topic: x
Thread-Index: AdpeDyoBAgMEBQYHCAkKCwwNDg8QEQ==
Accept-Language: ja-JP, en-US
X-MS-Has-Attach:
X-MS-TNEF-Correlator:
X-Originating-IP: [192.0.2.17]
`

func BenchmarkClassify(b *testing.B) {
	plain := "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
	alternative := "Content-Type: multipart/alternative; boundary=\"000000000000ca2d9205f5a5444d\"\n\n" +
		strings.Repeat("--000000000000ca2d9205f5a5444d\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+
			strings.Repeat("44GK5LiW6Kmx44Gr44Gq44Gj44Gm44GK44KK44G+44GZ44CC5bGx55Sw44Gn44GZ44CCCg==\n", 400), 2) + "--000000000000ca2d9205f5a5444d--\n"
	for _, c := range []struct{ name, text string }{
		{"human", human + "Subject: Minutes of the meeting\n" + plain},
		{"human_ja", human + "Subject: =?UTF-8?B?5Lya6K2w44Gu6K2w5LqL6Yyy44Gr44Gk44GE44Gm?=\n" + plain},
		{"human_reply", human + "Subject: Re: Minutes\nIn-Reply-To: <a@out.test>\nReferences: <a@out.test>\n" + plain},
		{"human_body_60KiB", human + "Subject: Minutes of the meeting\n" + alternative},
		{"exchange_oof", human + "Subject: Automatic reply: x\nX-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: taro@city.test\nAuto-Submitted: auto-generated\n" + plain},
	} {
		b.Run(c.name, func(b *testing.B) {
			m, body := parse(b, taro, c.text)
			b.ReportAllocs()
			for b.Loop() {
				Classify(m, body)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	m, _ := parse(b, taro, human+"Subject: Re: =?UTF-8?B?5Lya6K2w44Gu6K2w5LqL6Yyy44Gr44Gk44GE44Gm?=\nIn-Reply-To: <a@out.test>\nReferences: <z@out.test> <a@out.test>\n")
	b.ReportAllocs()
	for b.Loop() {
		Read(m.Header)
	}
}
