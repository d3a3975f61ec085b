package examine

import (
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

// reports are ways of sending the round's mail on. The token is gone from what staff have.
func reports() map[string]string {
	attached := func(inner string) string {
		return "From: hanako@gw.test\nSubject: strange mail\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nplease look\n--b\n" +
			"Content-Type: message/rfc822\n\n" + inner + "\n\nhello\n--b--\n"
	}
	const inner = "From: Soumu <soumu@mof.go.jp>\nMessage-ID: <lure-1@DRILL.test>\nSubject: notice"
	return map[string]string{
		"attached, by Message-ID": attached(inner),
		"attached, by sender":     attached("From: x@reply.drill.test\nSubject: notice"),
		"attached, by link":       strings.Replace(attached("From: x@x.test"), "hello", "http://www.drill.test/?rid=1", 1),
		"inline, by link":         "From: hanako@gw.test\nSubject: Fw: notice\n\n> see http://www.drill.test/?rid=1\n",
		"inline, by sender":       "From: hanako@gw.test\nSubject: Fw: notice\n\n差出人: 総務 <R1@Reply.Drill.test>\n",
		"inline, by Message-ID":   "From: hanako@gw.test\nSubject: Fw: notice\n\n> Message-ID:\n>  <lure-1@drill.test>\n> Subject: x\n",
		"inline and attached":     strings.Replace(attached(inner), "please look", "see http://www.drill.test/", 1),
		"by reference":            "From: hanako@gw.test\nSubject: notice\nReferences: <lure-1@drill.test>\n\nis this one?\n",
	}
}

// A report counts once, however it is made; so does passing the mail on.
func TestDrillReports(t *testing.T) {
	for _, tt := range []struct {
		to    string
		event string
	}{
		{"csirt@gw.test", "reported hanako@gw.test human"},
		{"saburo@gw.test", "forwarded hanako@gw.test human"},
		{"friend@other.test", "forwarded hanako@gw.test human"},
		{"hanako@gw.test", ""}, // to oneself
	} {
		k := newKept()
		k.ids["lure-1@drill.test"] = 1
		e, _ := exercise(k)
		for name, mail := range reports() {
			before := len(k.records)
			r, err := e.Message(staff("hanako", tt.to), []byte(mail))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Decision.Drill) == 0 != (tt.event == "") {
				t.Errorf("to %s, %s: %+v", tt.to, name, r.Decision.Drill)
			}
			if before > 0 && len(k.records) != before {
				t.Errorf("to %s, %s: counted again: %v", tt.to, name, k.events())
			}
			if r.Facts.Class.Class != "" && r.Decision.Direction == policy.Internal {
				t.Errorf("to %s, %s: internal mail has the class %s", tt.to, name, r.Facts.Class.Class)
			}
		}
		if got := strings.Join(k.events(), ", "); got != tt.event {
			t.Errorf("to %s: %q, want %q", tt.to, got, tt.event)
		}
	}
}

// One mail can do several things.
func TestDrillSeveral(t *testing.T) {
	k := newKept()
	e, _ := exercise(k)
	mail := "From: hanako@gw.test\nSubject: Re: notice\nIn-Reply-To: <lure-1@drill.test>\n\nx\n"
	k.ids["lure-1@drill.test"] = 1
	if _, err := e.Message(staff("hanako", "r1@reply.drill.test", "csirt@gw.test", "saburo@gw.test"), []byte(mail)); err != nil {
		t.Fatal(err)
	}
	want := []string{"forwarded hanako@gw.test human", "replied hanako@gw.test human", "reported hanako@gw.test human"}
	if got := k.events(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !slices.Equal(k.asked, []bool{true}) {
		t.Errorf("asked %v: once, and to be sure", k.asked)
	}
}

// What has nothing of the drill in it is counted nowhere, and costs little.
func TestDrillCost(t *testing.T) {
	for _, tt := range []struct {
		name, to, mail string
		body           bool // is read
		asked          []bool
		class          policy.MailClass // that decides that nothing was handed on
	}{
		{"new mail", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\n\nx\n", false, nil, ""},
		{"HTML", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\nContent-Type: multipart/alternative; boundary=b\n\nx\n", false, nil, ""},
		{"answer", "saburo@gw.test", "From: hanako@gw.test\nSubject: Re: x\nIn-Reply-To: <1@x>\n\nx\n", false, []bool{false}, ""},
		{"forward", "saburo@gw.test", "From: hanako@gw.test\nSubject: Fw: x\n\nx\n", true, nil, ""},
		{"attachment", "saburo@gw.test", "From: hanako@gw.test\nSubject: x\nContent-Type: Multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n", true, nil, ""},
		{"to CSIRT", "csirt@gw.test", "From: hanako@gw.test\nSubject: x\nIn-Reply-To: <1@x>\n\nx\n", true, []bool{true}, ""},
		{"delivery report to CSIRT", "csirt@gw.test", strings.Replace(dsn, "--b--", "--b\n\nhttp://www.drill.test\n--b--", 1), true, nil, policy.ClassDSN},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newKept()
			e, _ := exercise(k)
			e.Policy().AutoReply.Mode = policy.ModeOff
			m := staff("hanako", tt.to)
			head, body, _ := strings.Cut(tt.mail, "\n\n")
			for line := range strings.Lines(head) {
				name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
				m.Header = append(m.Header, policy.Field{Name: name, Value: value})
			}
			x := e.Begin(m)
			if wants := x.Header(); wants != tt.body {
				t.Errorf("wants the body: %v", wants)
			} else if wants {
				x.Body([]byte(body))
			}
			r := x.End()
			if len(r.Decision.Drill) != 0 || !slices.Equal(k.asked, tt.asked) {
				t.Errorf("%+v, asked %v", r.Decision.Drill, k.asked)
			}
		})
	}
}
