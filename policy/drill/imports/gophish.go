package imports

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// word is what an event of GoPhish is called (its models.go), and what it means here.
func word(message string) (s Step, why Reason) {
	switch message {
	case "Email Sent":
		return StepSent, ""
	case "Email Opened":
		return StepPixel, ""
	case "Clicked Link":
		return StepClick, ""
	case "Submitted Data":
		return StepSubmit, ""
	case "Email Reported":
		return StepReport, ""
	case "Error Sending Email":
		return "", ReasonNotSent
	case "Campaign Created":
		return "", ReasonNoPerson
	}
	return "", ReasonWord
}

// gophishEvent is a timeline event, as the API, the webhook and the CSV of events have it.
type gophishEvent struct {
	Campaign int64  `json:"campaign_id"`
	Email    string `json:"email"`
	Time     string `json:"time"`
	Message  string `json:"message"`
	Details  string `json:"details"`
}

// gophishDetails is what is looked at of the details. The payload, in which staff's typed data would be, has no place here, so that
// the decoder passes over it.
type gophishDetails struct {
	Browser struct {
		Address string `json:"address"`
		Agent   string `json:"user-agent"`
	} `json:"browser"`
}

// event takes one event. The error is a limit of the import.
func (im *Import) event(e *gophishEvent, at Place) error {
	step, why := word(e.Message)
	switch {
	case !im.ours(e.Campaign):
		why = ReasonCampaign
	case why == "" && step == StepPixel && im.config.OpenedBy != StepPixel:
		why = ReasonPixel
	}
	if why != "" {
		im.leave(why, at)
		return nil
	}
	var d gophishDetails
	if step.visit() && e.Details != "" && json.Unmarshal([]byte(e.Details), &d) != nil {
		im.leave(ReasonMalformed, at)
		return nil
	}
	when, ok := readTime(e.Time, time.RFC3339Nano)
	if !ok {
		im.leave(ReasonTime, at)
		return nil
	}
	p, err := im.who(e.Email, Subject{Campaign: campaignText(e.Campaign)})
	if err != nil {
		return err
	}
	if !p.ok {
		im.leave(ReasonAddress, at)
		return nil
	}
	im.step(p, step, when, visitor{d.Browser.Address, d.Browser.Agent}, at)
	return nil
}

// gophishEvents reads the CSV of events, or the one of results that was given beside it.
func (im *Import) gophishEvents(in *input) error {
	t, err := newTable(in, "email")
	if err != nil {
		return err
	}
	if t.column("message") == missing && t.column("status") >= 0 {
		return im.resultRows(t)
	}
	if err := t.needs("time", "message"); err != nil {
		return err
	}
	im.tell(tells(GophishAPI)...)
	campaign, email, when := t.column("campaign_id"), t.column("email"), t.column("time")
	message, details := t.column("message"), t.column("details")
	return im.rows(t, func(at Place) error {
		id, ok := readID(t.cell(campaign))
		if !ok {
			im.leave(ReasonMalformed, at)
			return nil
		}
		return im.event(&gophishEvent{id, plain(t.cell(email)), t.cell(when), t.cell(message), t.cell(details)}, at)
	})
}

// readID reads the id of a campaign; there may be none.
func readID(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	id, err := strconv.ParseInt(s, 10, 64)
	return id, err == nil && id > 0
}

// rows calls f for each line of a table that can be read.
func (im *Import) rows(t *table, f func(Place) error) error {
	for {
		why, err := t.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := im.next(); err != nil {
			return err
		}
		at := Place{t.in.name, "", t.at}
		if why != "" {
			im.leave(why, at)
			continue
		}
		if err := f(at); err != nil {
			return err
		}
	}
}

// gophishResults reads the CSV of results: who got the mail, and where staff belong. A result's status is overwritten by whatever came
// last, so that what somebody did is not taken from it.
func (im *Import) gophishResults(in *input) error {
	t, err := newTable(in, "email")
	if err != nil {
		return err
	}
	return im.resultRows(t)
}

func (im *Import) resultRows(t *table) error {
	if err := t.needs("status", "send_date"); err != nil {
		return err
	}
	im.tell(tells(GophishResults)...)
	email, status, sent := t.column("email"), t.column("status"), t.column("send_date")
	position, reported, modified := t.column("position"), t.column("reported"), t.column("modified_date")
	return im.rows(t, func(at Place) error {
		p, err := im.who(plain(t.cell(email)), Subject{Position: cut(plain(t.cell(position)))})
		switch {
		case err != nil:
			return err
		case !p.ok:
			im.leave(ReasonAddress, at)
			return nil
		}
		return im.result(p, &gophishResult{Status: t.cell(status), Sent: t.cell(sent), Modified: t.cell(modified),
			Reported: strings.EqualFold(t.cell(reported), "true")}, at)
	})
}

// gophishResult is what one result says that is used.
type gophishResult struct {
	Status, Sent, Modified string
	Reported               bool
}

// result takes what a result says reliably.
func (im *Import) result(p *person, r *gophishResult, at Place) error {
	switch r.Status {
	case "Email Sent":
	case "Email Opened", "Clicked Link", "Submitted Data", "Success":
		defer im.leave(ReasonStatus, at)
	default:
		im.leave(ReasonNotSent, at)
		return nil
	}
	when, ok := readTime(r.Sent, time.RFC3339Nano)
	if !ok {
		im.leave(ReasonTime, at)
		return nil
	}
	im.step(p, StepSent, when, visitor{}, at)
	if r.Reported { // its own time is not kept; the last change of the result is the earliest that is certain
		if when, ok = readTime(r.Modified, time.RFC3339Nano); !ok {
			im.leave(ReasonTime, at)
			return nil
		}
		im.step(p, StepReport, when, visitor{}, at)
	}
	return nil
}

// gophishAPI reads answers to GET /api/campaigns/:id/results: the results say where staff belong, the timeline what they did.
func (im *Import) gophishAPI(in *input) error {
	return in.elements([]string{"results", "timeline"}, func(element []byte, at Place) error {
		if err := im.next(); err != nil {
			return err
		}
		if element == nil {
			im.leave(ReasonTooLong, at)
			return nil
		}
		if at.Key == "timeline" {
			var e gophishEvent
			if json.Unmarshal(element, &e) != nil {
				im.leave(ReasonMalformed, at)
				return nil
			}
			return im.event(&e, at)
		}
		var r struct {
			Email    string `json:"email"`
			Position string `json:"position"`
		}
		if json.Unmarshal(element, &r) != nil {
			im.leave(ReasonMalformed, at)
			return nil
		}
		p, err := im.who(r.Email, Subject{Position: cut(r.Position)})
		if err == nil && !p.ok {
			im.leave(ReasonAddress, at)
		}
		return err
	})
}

func cut(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }
