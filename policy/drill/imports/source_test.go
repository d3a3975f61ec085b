package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
	"sekimori/policy/drill"
)

func TestOrganisationFromAnotherFile(t *testing.T) {
	c := config(drill.KindLink)
	c.Identify = byPosition
	im := read(t, c, GophishEvents, events(line("a@x.example", 0, "Email Sent", ""), line("'=b@x.example", 0, "Email Sent", ""), line("c@x.example", 0, "Email Sent", "")))
	results := "email,position,id,status,send_date,reported,modified_date\r\n" +
		"a@x.example,'=ministry-a,1,Clicked Link," + at(0) + ",false," + at(time.Hour) + "\r\n" +
		"'=b@x.example,\"ministry, b\",2,Email Sent," + at(0) + ",true," + at(time.Hour) + "\r\n" +
		"d@x.example,d,3,Error," + at(0) + ",false," + at(0) + "\r\n"
	if err := im.Read(GophishEvents, "results", strings.NewReader("\ufeff"+results)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range im.Records() {
		got[string(r.Event)+" "+r.Person] = r.Organisation
	}
	want := map[string]string{"delivered hash of a@x.example": "=ministry-a", "delivered hash of =b@x.example": "ministry, b",
		"delivered hash of c@x.example": policy.Other, "reported hash of =b@x.example": "ministry, b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Reason]int{ReasonStatus: 1, ReasonNotSent: 1}, left(im)); diff != "" {
		t.Error(diff)
	}
	alone := read(t, c, GophishResults, results)
	if diff := cmp.Diff(map[string]int{"delivered human": 2, "reported human": 1}, tally(alone.Records())); diff != "" {
		t.Error(diff)
	}
}

func TestKnowBe4(t *testing.T) {
	page := func(recipients ...string) string { return "[" + strings.Join(recipients, ",\n") + "]\n" }
	recipient := func(email, rest string) string {
		return fmt.Sprintf(`{"recipient_id":1,"pst_id":9,"user":{"id":1,"first_name":"secretuser","email":%q},"bounced_at":null,"qr_code_scanned":false,"ip":"192.0.2.1",%s}`, email, rest)
	}
	text := page(
		recipient("a@mof.example", fmt.Sprintf(`"delivered_at":%q,"opened_at":%q,"clicked_at":null,"attachment_opened_at":%q,"reported_at":%q`, at(0), at(time.Hour), at(2*time.Hour), at(3*time.Hour))),
		recipient("b@mof.example", fmt.Sprintf(`"delivered_at":%q,"clicked_at":%q,"data_entered_at":%q,"replied_at":%q`, at(0), at(time.Hour), at(2*time.Hour), at(3*time.Hour))),
	) + page(
		recipient("c@mof.example", fmt.Sprintf(`"delivered_at":%q,"macro_enabled_at":"soon"`, at(0))),
		strings.Replace(recipient("d@mof.example", `"delivered_at":null`), `"bounced_at":null`, `"bounced_at":"x"`, 1),
		recipient("e", fmt.Sprintf(`"delivered_at":%q`, at(0))), `[]`,
	)
	im := read(t, config(drill.KindAttachment), KnowBe4, text)
	want := map[string]int{"delivered human": 2, "opened human": 1, "reported human": 1, "clicked human": 1, "submitted human": 1, "replied human": 1}
	if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
		t.Error(diff)
	}
	wantLeft := []Left{
		{ReasonMalformed, 1, []Place{{"file", "recipients", 6}}}, {ReasonAddress, 1, []Place{{"file", "recipients", 5}}},
		{ReasonTime, 1, []Place{{"file", "recipients", 3}}}, {ReasonNotSent, 1, []Place{{"file", "recipients", 4}}},
	}
	if diff := cmp.Diff(wantLeft, im.Left()); diff != "" {
		t.Error(diff)
	}
}

func TestMicrosoft(t *testing.T) {
	text := "\ufeffUserName,UserMail,Compromised,EmailLinkClicked_TimeStamp,EmailLinkClicked_IP,EmailLinkClicked_Browser,CredSupplied_TimeStamp(Compromised),SuccessfullyDeliveredEmail_TimeStamp,FailedToDeliverEmail_TimeStamp,MessageRead_TimeStamp,Phishing Reported On,MessageReplied_TimeStamp,AttachmentOpened_TimeStamp,Company\n" +
		"A,a@mof.example,Yes,11/7/2011 1:00:00 AM,192.0.2.1,Edge,2011-11-07T01:02:00,2011-11-07T00:00:00Z,,,,,,\n" +
		"B,b@mof.example,No,,,,,11/7/2011 0:01,,2011-11-07T00:30:00,2011-11-07 00:40:00,,,\n" +
		"C,c@mof.example,No,,,,,,2011-11-07T00:00:00,,,,,\n" +
		"D,d@mof.example,No,,,,,2011-11-07T00:00:00,,,,,2011-11-07T02:00:00,\n" +
		"E,e@mof.example,No,once,,,,2011-11-07T00:00:00,,,,,,\n"
	im := read(t, config(drill.KindLink), Microsoft, text)
	want := map[string]int{"delivered human": 3, "clicked human": 1, "opened human": 1, "submitted human": 1, "reported human": 1}
	if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Reason]int{ReasonTime: 1, ReasonNotSent: 1, ReasonUncounted: 1}, left(im)); diff != "" {
		t.Error(diff)
	}
	if n := tally(read(t, config(drill.KindAttachment), Microsoft, text).Records()); n["opened human"] != 1 || n["clicked human"] != 1 {
		t.Errorf("with an attachment: %v", n)
	}
}

func TestWebhookCampaign(t *testing.T) {
	for _, tt := range []struct {
		body string
		id   int64
		err  error
	}{
		{`{"campaign_id":12,"email":"a@mof.example","message":"Email Sent"}`, 12, nil},
		{`{"success":true}`, 0, ErrValidation},
		{`{"success":false}`, 0, ErrBody},
		{`{"email":"a@mof.example","message":"Email Sent"}`, 0, ErrBody},
		{`{"campaign_id":-1,"message":"Email Sent"}`, 0, ErrBody},
		{`{"campaign_id":"12","message":"Email Sent"}`, 0, ErrBody},
		{`[]`, 0, ErrBody}, {``, 0, ErrBody}, {`null`, 0, ErrBody},
		{`{"campaign_id":12,"message":"a"}` + strings.Repeat(" ", MaxRecord), 0, ErrBody},
	} {
		if id, err := WebhookCampaign([]byte(tt.body)); id != tt.id || err != tt.err {
			t.Errorf("%.60q: %d, %v, wanted %d, %v", tt.body, id, err, tt.id, tt.err)
		}
	}
}
