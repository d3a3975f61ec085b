package imports

import (
	"encoding/json"
	"errors"
)

// What a body of a webhook can be besides an event.
var (
	ErrValidation = errors.New("the body that GoPhish's validate button sends")
	ErrBody       = errors.New("not an event of GoPhish")
)

// WebhookCampaign returns the campaign that a body is about, so that its round can be found. A body that only tries the connection is
// ErrValidation, anything else that is no event ErrBody.
func WebhookCampaign(body []byte) (id int64, err error) {
	var b struct {
		Campaign int64  `json:"campaign_id"`
		Message  string `json:"message"`
		Success  bool   `json:"success"`
	}
	switch {
	case len(body) > MaxRecord || json.Unmarshal(body, &b) != nil:
		return 0, ErrBody
	case b.Success && b.Message == "" && b.Campaign == 0:
		return 0, ErrValidation
	case b.Message == "" || b.Campaign <= 0:
		return 0, ErrBody
	}
	return b.Campaign, nil
}

// Webhook reads one body and returns the event in it; counts is false where it says nothing that is counted, for which there is
// a Reason. It keeps nothing but the persons it has met.
func (im *Import) Webhook(body []byte) (e Event, why Reason, err error) {
	var g gophishEvent
	if len(body) > MaxRecord {
		return Event{}, ReasonTooLong, nil
	}
	if json.Unmarshal(body, &g) != nil {
		return Event{}, ReasonMalformed, nil
	}
	before := len(im.events)
	im.left = map[Reason]*Left{}
	if err := im.event(&g, Place{File: string(GophishWebhook)}); err != nil {
		return Event{}, "", err
	}
	if len(im.events) == before {
		return Event{}, im.Left()[0].Reason, nil
	}
	e = im.events[before]
	im.events = im.events[:before]
	return e, "", nil
}

// gophishBodies reads bodies of the webhook that somebody has kept, one after the other.
func (im *Import) gophishBodies(in *input) error {
	return in.elements(nil, func(element []byte, at Place) error {
		if err := im.next(); err != nil {
			return err
		}
		if element == nil {
			im.leave(ReasonTooLong, at)
			return nil
		}
		at.Key = "bodies"
		var g gophishEvent
		if json.Unmarshal(element, &g) != nil {
			im.leave(ReasonMalformed, at)
			return nil
		}
		return im.event(&g, at)
	})
}
