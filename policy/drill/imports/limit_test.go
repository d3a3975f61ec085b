package imports

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"sekimori/policy/drill"
)

// TestMaxRecord: a record of MaxRecord octets is read, one of one more rejected, and reading goes on behind it.
func TestMaxRecord(t *testing.T) {
	row := line("a@mof.example", 0, "Email Sent", "") + "\n"
	row = strings.Replace(row, `""`, `"%s"`, 1)
	element := `{"email":"a@mof.example","time":"` + at(0) + `","message":"Email Sent","campaign_id":12,"details":"%s"}`
	for _, tt := range []struct {
		source               Source
		before, record, then string
	}{
		{GophishEvents, head, row, line("b@mof.example", 0, "Email Sent", "")},
		{GophishAPI, `{"name":"` + strings.Repeat("x", MaxRecord+1) + `","timeline":[`, element, `,{"email":"b@mof.example","time":"` + at(0) + `","message":"Email Sent","campaign_id":12}]}`},
		{GophishWebhook, "", element, strings.Replace(element, "%s", "", 1)},
		{KnowBe4, "[", `{"user":{"email":"a@mof.example"},"delivered_at":"` + at(0) + `","os":"%s"}`, `,{"user":{"email":"b@mof.example"},"delivered_at":"` + at(0) + `"}]`},
	} {
		for _, more := range []int{0, 1} {
			r := fmt.Sprintf(tt.record, strings.Repeat("x", MaxRecord-len(tt.record)+len("%s")+more))
			im := read(t, config(drill.KindLink), tt.source, tt.before+r+tt.then)
			if got := left(im)[ReasonTooLong]; got != more || im.Len() != 2 || len(im.events) != 2-more {
				t.Errorf("%s, %d octets: %+v, %d events", tt.source, len(r), im.Left(), len(im.events))
			}
		}
	}
}

// TestOpenQuote: a quote that is never closed takes at most MaxRecord octets with it.
func TestOpenQuote(t *testing.T) {
	im := read(t, config(drill.KindLink), GophishEvents, events(`"open`, strings.Repeat("x", MaxRecord), line("b@mof.example", 0, "Email Sent", "")))
	if left(im)[ReasonTooLong] != 1 || len(im.events) != 1 {
		t.Errorf("%+v, %d events", im.Left(), len(im.events))
	}
	im = read(t, config(drill.KindLink), GophishEvents, events(`"open`))
	if left(im)[ReasonMalformed] != 1 {
		t.Errorf("%+v", im.Left())
	}
}

func TestMaxRecords(t *testing.T) {
	rows := []string{line("a@mof.example", 0, "Email Sent", ""), line("b@mof.example", 0, "Email Sent", ""), "rejected"}
	for _, n := range []int{3, 2} {
		c := config(drill.KindLink)
		c.MaxRecords = n
		err := New(c).Read(GophishEvents, "f", strings.NewReader(events(rows...)))
		if errors.Is(err, ErrLimit) != (n < len(rows)) {
			t.Errorf("%d records with a limit of %d: %v", len(rows), n, err)
		}
	}
}

func TestMaxPersons(t *testing.T) {
	im := New(config(drill.KindLink))
	for i := range MaxPersons - 1 {
		im.persons[strconv.Itoa(i)] = nil
	}
	for _, address := range []string{"a@mof.example", "b@mof.example", "a@mof.example"} {
		if _, err := im.who(address, Subject{}); errors.Is(err, ErrLimit) != (address == "b@mof.example") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestMaxFile: the limit is that of a reader, so that it can be shown with a small one.
func TestMaxFile(t *testing.T) {
	for _, tt := range []struct {
		limit int64
		ok    bool
	}{{5, true}, {4, false}} {
		got, err := io.ReadAll(&bounded{strings.NewReader("12345"), tt.limit})
		if (err == nil) != tt.ok || int64(len(got)) != min(tt.limit, 5) || !tt.ok && !errors.Is(err, ErrLimit) {
			t.Errorf("limit %d: %q, %v", tt.limit, got, err)
		}
	}
}

func TestMaxShown(t *testing.T) {
	var rows []string
	for range MaxShown + 1 {
		rows = append(rows, "x")
	}
	l := read(t, config(drill.KindLink), GophishEvents, events(rows...)).Left()[0]
	if l.Count != MaxShown+1 || len(l.Places) != MaxShown || l.Places[0].String() != "file:2" || l.Places[MaxShown-1].String() != "file:21" {
		t.Errorf("%d, %v", l.Count, l.Places)
	}
}

// TestIdentifyFails: an error of who hashes addresses ends the reading, and is what is returned.
func TestIdentifyFails(t *testing.T) {
	away := errors.New("the ledger is away")
	c := config(drill.KindLink)
	c.Identify = func(Subject) (string, string, error) { return "", "", away }
	c.Known = func([]string) (bool, error) { return false, away }
	for s, text := range map[Source]string{
		GophishEvents:  events(line("a@mof.example", 0, "Email Sent", "")),
		GophishResults: "email,status,send_date\na@mof.example,Email Sent," + at(0),
		GophishAPI:     `{"results":[{"email":"a@mof.example"}]}`,
		KnowBe4:        `[{"user":{"email":"a@mof.example"}}]`,
		Microsoft:      "UserMail,SuccessfullyDeliveredEmail_TimeStamp\na@mof.example,",
	} {
		if err := New(c).Read(s, "f", strings.NewReader(text)); !errors.Is(err, away) {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, m := range []string{report("a@mof.example", "", "https://www.drill.example/"), report("a@mof.example", "References: <1@a>\n", "x")} {
		if err := New(c).Message("m", []byte(m)); !errors.Is(err, away) {
			t.Errorf("mail: %v", err)
		}
	}
}
