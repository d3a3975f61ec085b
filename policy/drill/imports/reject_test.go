package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/drill"
)

// TestStrings: what stands in a string of JSON is no structure.
func TestStrings(t *testing.T) {
	event := func(email, details string) string {
		return fmt.Sprintf(`{"campaign_id":12,"details":%q,"email":%q,"time":%q,"message":"Email Sent"}`, details, email, at(0))
	}
	text := `{"na\"]}me":"\\","x":[[{"a":"]"}],1.5e3,null,true,"\""],"timeline" : [` + event("a@mof.example", `"]}`) + " ,\n" + event("b@mof.example", `\"{[`) + `, 7, null, "x", []` + "]\t}\n{}\n"
	im := read(t, config(drill.KindLink), GophishAPI, text)
	if n := tally(im.Records())["delivered human"]; n != 2 || im.Len() != 6 {
		t.Errorf("%d delivered, %d records, %+v", n, im.Len(), im.Left())
	}
}

// TestNothingTyped: what staff typed is in nothing that leaves the import, and no error repeats what is in a file.
func TestNothingTyped(t *testing.T) {
	d := browser("192.0.2.1", "secretuser-agent")
	texts := map[Source][]string{
		GophishEvents: {events(line("a@mof.example", time.Hour, "Submitted Data", d), line("secretuser", 0, "Email Sent", ""),
			"12,b@mof.example,secretuser,Email Sent,", "secretuser,b@mof.example,,,", line("a@mof.example", 0, "secretuser", d), "\"a\"secretuser",
			line("a@mof.example", time.Hour, "Submitted Data", d[:20])), "secretuser\n", "\"secretuser"},
		GophishResults: {"secretuser,email,status,send_date\nsecretuser,secretuser@mof.example,secretuser,secretuser\n"},
		GophishAPI: {`{"secretuser":"secretuser","results":[{"email":1,"secretuser":2}],"timeline":[{"email":"a@mof.example","time":"secretuser","message":"Email Sent"},"secretuser"]}`,
			`{"timeline":[{"details":"secretuser`, `secretuser`, `{"timeline" secretuser`},
		KnowBe4:   {`[{"user":{"email":"secretuser"},"delivered_at":"secretuser"},{"user":"secretuser"}]`, `["secretuser"`, `{"secretuser":1}`},
		Microsoft: {"UserMail,SuccessfullyDeliveredEmail_TimeStamp\nsecretuser,secretuser\na@mof.example,secretuser\n"},
	}
	for s, all := range texts {
		for _, text := range all {
			im := New(config(drill.KindLink))
			err := im.Read(s, "file", strings.NewReader(text))
			said := fmt.Sprintf("%v %+v %+v %+v", err, im.events, im.Records(), im.Left())
			if strings.Contains(strings.ReplaceAll(said, "hash of secretuser@mof.example", ""), "secretuser") {
				t.Errorf("%s %q: %s", s, text, said)
			}
		}
	}
	im := New(config(drill.KindLink))
	e, why, err := im.Webhook([]byte(fmt.Sprintf(`{"campaign_id":12,"email":"a@mof.example","time":%q,"message":"Submitted Data","details":%q}`, at(0), d)))
	if said := fmt.Sprintf("%+v %v %v %+v", e, why, err, im.Left()); strings.Contains(said, "secretuser") || e.Step != StepSubmit {
		t.Error(said)
	}
}

func TestRejected(t *testing.T) {
	for _, tt := range []struct {
		name, row string
		want      Reason
	}{
		{"fine", line("a@mof.example", 0, "Email Sent", ""), ""},
		{"a newline in quotes", "12,a@mof.example," + at(0) + ",Email Sent,\"{\r\n\"\"a\"\":1}\"", ""},
		{"bounced", line("a@mof.example", 0, "Error Sending Email", `{"error":"550 no such user"}`), ReasonNotSent},
		{"another campaign", strings.Replace(line("a@mof.example", 0, "Email Sent", ""), "12,", "13,", 1), ReasonCampaign},
		{"no number of a campaign", strings.Replace(line("a@mof.example", 0, "Email Sent", ""), "12,", "x,", 1), ReasonMalformed},
		{"an unknown event", line("a@mof.example", 0, "Proxied request", ""), ReasonWord},
		{"no address", line("nobody", 0, "Email Sent", ""), ReasonAddress},
		{"no domain", line("a@[192.0.2.1]", 0, "Email Sent", ""), ReasonAddress},
		{"a control in the address", line("a\x01b@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"no UTF-8 in the address", line("a\xff@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"an empty address", line("", 0, "Email Sent", ""), ReasonAddress},
		{"no time", "12,a@mof.example,yesterday,Email Sent,", ReasonTime},
		{"1989", "12,a@mof.example,1989-12-31T23:59:59Z,Email Sent,", ReasonTime},
		{"2201", "12,a@mof.example,2201-01-01T00:00:00Z,Email Sent,", ReasonTime},
		{"a cell too few", "12,a@mof.example," + at(0) + ",Email Sent", ReasonColumns},
		{"a cell too many", line("a@mof.example", 0, "Email Sent", "") + ",", ReasonColumns},
		{"a bare quote", "12,a\"@mof.example,,,", ReasonMalformed},
		{"text after a quote", "12,\"a@mof.example\"x,,,", ReasonMalformed},
		{"details that are no JSON", line("a@mof.example", 0, "Clicked Link", "{"), ReasonMalformed},
		{"before the round", line("a@mof.example", -time.Second, "Clicked Link", ""), ReasonBefore},
		{"sent before the round", line("a@mof.example", -time.Second, "Email Sent", ""), ""},
		{"an address of 320 octets", line(strings.Repeat("a", 308)+"@mof.example", 0, "Email Sent", ""), ""},
		{"an address of 321", line(strings.Repeat("a", 309)+"@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"a campaign beyond 64 bits", "99999999999999999999,a@mof.example," + at(0) + ",Email Sent,", ReasonMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			im := read(t, config(drill.KindLink), GophishEvents, events(tt.row, line("z@mof.example", 0, "Email Sent", "")))
			if tt.want == "" {
				if len(im.Left()) != 0 || len(im.Records()) != 2 {
					t.Errorf("%+v, %+v", im.Left(), im.Records())
				}
				return
			}
			want := []Left{{tt.want, 1, []Place{{"file", "", 2}}}}
			if diff := cmp.Diff(want, im.Left()); diff != "" || len(im.Records()) != 1 {
				t.Errorf("%s, %+v", diff, im.Records())
			}
			if wrong := im.Mistakes() == 1; wrong != tt.want.Mistake() {
				t.Errorf("a mistake: %v", wrong)
			}
		})
	}
}

func TestMistake(t *testing.T) {
	n := 0
	for _, r := range Reasons() {
		if r.Mistake() {
			n++
		}
	}
	if n != 6 || Reason("").Mistake() || Reason("x").Mistake() {
		t.Errorf("%d mistakes", n)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		source     Source
		text, want string
	}{
		{GophishEvents, "", "it is empty"},
		{GophishEvents, "\r\n\r\n", "it is empty"},
		{GophishEvents, "\xff\xfea", "it is UTF-16; save it as UTF-8"},
		{GophishEvents, "PK\x03\x04", "it is a zip file or a workbook; save it as \"CSV UTF-8\""},
		{GophishEvents, "email,time\n", "the column message is missing"},
		{GophishEvents, "email,time,message,EMAIL\n", "the column email is there twice"},
		{GophishEvents, "email,\"ti\"me,message\n", "the first line is no line of CSV (malformed)"},
		{GophishEvents, strings.Repeat(",", MaxColumns), "it has more than 200 columns"},
		{GophishResults, head, "the column status is missing"},
		{Microsoft, head, "the column UserMail is missing"},
		{GophishAPI, "[]", "it is no JSON"},
		{GophishAPI, `{"timeline":[`, "the JSON ends in the middle"},
		{GophishAPI, `{"timeline":[1 2]}`, "it is no JSON"},
		{GophishAPI, `{"timeline":[1]`, "the JSON ends in the middle"},
		{GophishAPI, `{"timeline":[,]}`, "it is no JSON"},
		{GophishAPI, `{timeline:[]}`, "it is no JSON"},
		{GophishAPI, `{"a" 1}`, "it is no JSON"},
		{KnowBe4, `{"message":"no such test"}x`, "it is no JSON"},
		{KnowBe4, head, "it is no JSON"},
		{Mailbox, "From: a@b.example\n\n", "mail is handed over one by one"},
		{"fax", "a", "no such format"},
	} {
		err := New(config(drill.KindLink)).Read(tt.source, "file", strings.NewReader(tt.text))
		if want := "file: not what was asked for: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%s %.40q: %v, wanted %s", tt.source, tt.text, err, want)
		}
	}
}

func TestMaxColumns(t *testing.T) {
	names := head[:len(head)-2] + strings.Repeat(",x", MaxColumns-5)
	if err := New(config(drill.KindLink)).Read(GophishEvents, "f", strings.NewReader(names)); err != nil {
		t.Error(err)
	}
}
