package imports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"sekimori/policy/drill"
)

// FuzzRead: no text makes a reader fail, or judge differently when it is read twice.
func FuzzRead(f *testing.F) {
	sent, clicked := line("a@mof.example", 0, "Email Sent", ""), line("a@mof.example", time.Minute, "Clicked Link", browser("192.0.2.1", "curl/8"))
	f.Add([]byte("\ufeff" + events(sent, clicked, `"a""b`, "x,y\"")))
	f.Add([]byte("email,status,send_date,position,reported,modified_date\n'=a@b.example,Email Sent," + at(0) + ",'=x,true," + at(0)))
	f.Add([]byte(`{"results":[{"email":"a@b.example","position":"x"}],"timeline":[{"campaign_id":12,"email":"a@b.example","time":"` + at(0) + `","message":"Email Sent","details":"{}"}, null, [[{"\"":"]"}]], -1e5]}`))
	f.Add([]byte(`[{"user":{"email":"a@b.example"},"delivered_at":"` + at(0) + `","clicked_at":"` + at(1) + `","ip":"::1"}] []`))
	f.Add([]byte("UserMail,SuccessfullyDeliveredEmail_TimeStamp,EmailLinkClicked_TimeStamp,Company\na@b.example,11/7/2011 1:00,2011-11-07T02:00:00,c\n"))
	f.Add([]byte(report("a@b.example", attached, attach(lure))))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range Sources() {
			c := config(drill.KindLink)
			c.MaxRecords = 1000
			im := New(c)
			if s == Mailbox {
				if err := im.Message("m", data); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := im.Read(s, "f", bytes.NewReader(data)); err != nil {
				continue
			}
			once := fmt.Sprint(im.Records())
			if err := im.Read(s, "f", bytes.NewReader(data)); err != nil && im.Len() <= c.MaxRecords {
				t.Errorf("%s: the second time: %v", s, err)
			}
			if twice := fmt.Sprint(im.Records()); twice != once && im.Len() <= c.MaxRecords {
				t.Errorf("%s: %s\n%s", s, once, twice)
			}
		}
	})
}

// FuzzWebhook: no body makes the reader fail or keep anything.
func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"success":true}`))
	f.Add([]byte(`{"campaign_id":12,"email":"a@mof.example","time":"` + at(0) + `","message":"Submitted Data","details":"{\"payload\":{\"u\":[\"x\"]},\"browser\":{\"address\":\"::1\"}}"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = WebhookCampaign(body)
		im := New(config(drill.KindLink))
		e, why, err := im.Webhook(body)
		if err != nil || (why == "") != (e.Step != "") || len(im.events) != 0 {
			t.Errorf("%+v, %q, %v, %d", e, why, err, len(im.events))
		}
	})
}

// BenchmarkGophishEvents reads, judges and reduces the events of 60,000 persons.
func BenchmarkGophishEvents(b *testing.B) {
	var text strings.Builder
	text.WriteString(head)
	n := 0
	for i := range 60_000 {
		who, d := fmt.Sprintf("staff%d@mof.example", i), browser(fmt.Sprintf("192.0.%d.%d", i>>8&255, i&255), "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
		for k, message := range []string{"Email Sent", "Email Opened", "Clicked Link", "Submitted Data", "Email Reported"} {
			text.WriteString(line(who, time.Duration(i)*time.Second+time.Duration(k)*time.Minute, message, d) + "\r\n")
			n++
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		im := New(config(drill.KindLink))
		if err := im.Read(GophishEvents, "f", strings.NewReader(text.String())); err != nil {
			b.Fatal(err)
		}
		if len(im.Records()) != 5*60_000 || im.Len() != n { // delivered, clicked, opened, submitted, reported
			b.Fatal(len(im.Records()))
		}
	}
}

// BenchmarkGophishAPI reads the same as one answer of the API.
func BenchmarkGophishAPI(b *testing.B) {
	var text strings.Builder
	text.WriteString(`{"id":12,"results":[],"timeline":[{"campaign_id":12,"email":"","time":"` + at(0) + `","message":"Campaign Created","details":""}`)
	for i := range 60_000 {
		for k, message := range []string{"Email Sent", "Email Opened", "Clicked Link", "Submitted Data", "Email Reported"} {
			fmt.Fprintf(&text, ",\n{\"campaign_id\":12,\"email\":\"staff%d@mof.example\",\"time\":%q,\"message\":%q,\"details\":%q}", i,
				at(time.Duration(i)*time.Second+time.Duration(k)*time.Minute), message, browser("192.0.2.1", "Mozilla/5.0"))
		}
	}
	text.WriteString("]}")
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if err := New(config(drill.KindLink)).Read(GophishAPI, "f", strings.NewReader(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}
