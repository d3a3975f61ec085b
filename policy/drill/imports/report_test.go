package imports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// lure is the mail of the round as staff got it.
const lure = "From: =?utf-8?B?5Lq65LqL6Kqy?= <jinji@drill.example>\nTo: a@mof.example\nSubject: transfers\nMessage-ID: <1234@gophish>\n\nSee https://www.drill.example/?rid=XMS0ZuJ\n"

// report is a mail to those who collect reports.
func report(from, fields, body string) string {
	return "Received: from mx by mail.mof.example with ESMTP id 1;\n\tMon, 07 Nov 2011 10:00:00 +0900 (JST)\nReceived: from pc by mx; Mon, 07 Nov 2011 09:30:00 +0900\n" +
		"Date: Mon, 07 Nov 2011 09:00:00 +0900\nFrom: " + from + "\nTo: csirt@mof.example\nSubject: report\n" + fields + "\n" + body
}

const attached = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"

func attach(mail string) string {
	return "--b\nContent-Type: text/plain\n\nI got this.\n--b\nContent-Type: message/rfc822\n\n" + mail + "--b--\n"
}

func TestReports(t *testing.T) {
	token, err := drill.MakeToken(drill.Key{ID: "1", Secret: []byte(strings.Repeat("k", 32))}, "drill_2011", 2, began.AddDate(0, 0, 7), "bounce.example")
	if err != nil {
		t.Fatal(err)
	}
	const plain = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	other := strings.NewReplacer("jinji@drill.example", "x@x.example", "www.drill.example", "www.x.example", "1234@gophish", "9@x").Replace(lure)
	for _, tt := range []struct {
		name, mail string
		want       Reason
	}{
		{"attached", report("a@mof.example", attached, attach(lure)), ""},
		{"attached, by another author", report("a@mof.example", attached, attach(strings.Replace(lure, "jinji@", "other@", 1))), ""},
		{"attached, known by its Message-ID alone", report("a@mof.example", attached, attach(strings.Replace(other, "9@x", "1234@gophish", 1))), ""},
		{"attached, by its token alone", report("a@mof.example", attached, attach("X-Sekimori-Drill: "+token+"\n"+other)), ""},
		{"attached, with a forged token", report("a@mof.example", attached, attach("X-Sekimori-Drill: "+token[:len(token)-2]+"AA\n"+other)), ReasonNoReport},
		{"a reply or forward by its references", report("a@mof.example", "References: <0@a> <1234@gophish>\n", "fw\n"), ""},
		{"quoted with the link", report("a@mof.example", plain, "What is\n> See https://www.drill.example/?rid=XMS0ZuJ\n"), ""},
		{"quoted with the link in HTML", report("a@mof.example", "MIME-Version: 1.0\nContent-Type: text/html\n", "<a href='http://WWW.Drill.Example:80/x'>x</a>"), ""},
		{"quoted with a rewritten link", report("a@mof.example", plain, "https://safe.example/?url=https%3A%2F%2Fwww.drill.example%2F%3Frid%3D1&d=1\n"), ""},
		{"quoted with the sender", report("a@mof.example", plain, "-----Original Message-----\nFrom: Jinji [mailto:Jinji@Drill.example]\n"), ""},
		{"quoted with a sender of a whole domain", report("a@mof.example", plain, "> From: r+XMS0ZuJ@reply.drill.example.\n"), ""},
		{"an address that only contains the sender's", report("a@mof.example", plain, "xjinji@drill.example jinji@drill.example.org jinji@drill.examples"), ReasonNoReport},
		{"a link that only contains the host", report("a@mof.example", plain, "https://www.drill.example.org/ https://xwww.drill.example/ https://x.example/www.drill.example"), ReasonNoReport},
		{"something else", report("a@mof.example", attached, attach(other)), ReasonNoReport},
		{"no MIME at all", report("a@mof.example", "", "https://www.drill.example/\n"), ""},
		{"by a program", report("a@mof.example", "Auto-Submitted: auto-replied\n"+plain, "https://www.drill.example/\n"), ReasonNoReport},
		{"by no program", report("a@mof.example", "Auto-Submitted: no\n"+plain, "https://www.drill.example/\n"), ""},
		{"passed on by those who collect them", report("CSIRT <csirt@mof.example>", attached, attach(lure)), ReasonNoReport},
		{"without an author", strings.Replace(report("nobody", attached, attach(lure)), "From: nobody\n", "", 1), ReasonAddress},
		{"without a date", "From: a@mof.example\n" + attached + "\n" + attach(lure), ReasonUndated},
		{"no mail", "\n\n", ReasonMalformed},
		{"too long", report("a@mof.example", "", "https://www.drill.example/\n") + strings.Repeat("a", MaxMessage), ReasonTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(drill.KindLink)
			c.Round.Recognition = drill.Recognition{MailFrom: []policy.Domain{"bounce.example"}, Keys: []drill.Key{{ID: "1", Secret: []byte(strings.Repeat("k", 32))}}}
			c.Known = func(ids []string) (bool, error) { return slices.Contains(ids, "1234@gophish"), nil }
			im := New(c)
			if err := im.Message("m", []byte(tt.mail)); err != nil {
				t.Fatal(err)
			}
			got := im.Records()
			if tt.want != "" {
				if len(got) != 0 || left(im)[tt.want] != 1 {
					t.Errorf("%+v, %+v", got, im.Left())
				}
				return
			}
			want := drill.Record{Drill: "drill_2011", Round: 2, Event: drill.EventReported, Person: "hash of a@mof.example", Organisation: "mof", Class: drill.ClassHuman,
				At: began.Add(time.Hour)}
			if len(got) != 1 || got[0] != want {
				t.Errorf("%+v, %+v, wanted %+v", got, im.Left(), want)
			}
		})
	}
}

// TestReportsCountOnce: one mail that is there read and unread, another report of the same person, inline this time.
func TestReportsCountOnce(t *testing.T) {
	im := New(config(drill.KindLink))
	one := report("a@mof.example", attached, attach(lure))
	for name, m := range map[string]string{"new/1": one, "cur/1:2,S": "Status: RO\n" + one, "cur/2": report("A@mof.example", "", "https://www.drill.example/\n"),
		"cur/3": strings.ReplaceAll(one, "\n", "\r\n")} {
		if err := im.Message(name, []byte(m)); err != nil {
			t.Fatal(err)
		}
	}
	if n := tally(im.Records()); n["reported human"] != 1 || len(im.Left()) != 0 {
		t.Errorf("%v, %+v", n, im.Left())
	}
}
