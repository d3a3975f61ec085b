package imports

import (
	"encoding/json"
	"time"
)

// knowBe4Recipient is one recipient as the reporting API gives it; a time that did not come is null. An opening of the mail (opened_at) is a
// pixel; what is older or newer than these fields is passed over.
type knowBe4Recipient struct {
	User struct {
		Email string `json:"email"`
	} `json:"user"`
	Delivered  string `json:"delivered_at"`
	Clicked    string `json:"clicked_at"`
	Replied    string `json:"replied_at"`
	Attachment string `json:"attachment_opened_at"`
	Macro      string `json:"macro_enabled_at"` // of an attachment that is open
	Entered    string `json:"data_entered_at"`
	QR         any    `json:"qr_code_scanned"` // a time in some versions, and true or false in others
	Reported   string `json:"reported_at"`
	Bounced    string `json:"bounced_at"`
	IP         string `json:"ip"`
}

// knowBe4 reads pages of recipients: arrays, one after the other. Nothing of a recipient counts when one of the times is no time.
// The address and browser are those of the last visit and are taken for all of them.
func (im *Import) knowBe4(in *input) error {
	return in.elements([]string{""}, func(element []byte, at Place) error {
		if err := im.next(); err != nil {
			return err
		}
		at.Key = "recipients"
		var r knowBe4Recipient
		switch {
		case element == nil:
			im.leave(ReasonTooLong, at)
			return nil
		case json.Unmarshal(element, &r) != nil:
			im.leave(ReasonMalformed, at)
			return nil
		}
		p, err := im.who(r.User.Email, Subject{})
		switch {
		case err != nil:
			return err
		case !p.ok:
			im.leave(ReasonAddress, at)
			return nil
		}
		did, ok := r.did()
		switch {
		case !ok:
			im.leave(ReasonTime, at)
		case r.Delivered == "" && r.Bounced != "":
			im.leave(ReasonNotSent, at)
		default:
			im.steps(p, did, at)
		}
		return nil
	})
}

// did returns what a recipient did; false where a time is none.
func (r *knowBe4Recipient) did() (all []dated, ok bool) {
	scanned, _ := r.QR.(string)
	by := visitor{client: r.IP}
	for _, f := range []struct {
		time string
		by   visitor
		step Step
	}{
		{r.Delivered, visitor{}, StepSent}, {r.Clicked, by, StepClick}, {scanned, by, StepClick}, {r.Attachment, by, StepAttachment},
		{r.Macro, by, StepAttachment}, {r.Entered, by, StepSubmit}, {r.Replied, visitor{}, StepReply}, {r.Reported, visitor{}, StepReport},
	} {
		if f.time == "" {
			continue
		}
		at, ok := readTime(f.time, time.RFC3339Nano)
		if !ok {
			return nil, false
		}
		all = append(all, dated{at, []Step{f.step}, f.by})
	}
	return all, true
}
