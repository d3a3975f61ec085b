package imports

import (
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill/evidence"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// MaxMessage is the largest mail that is looked into, in octets; a larger one is rejected as too_long.
const MaxMessage = 64 << 20

// Message takes one mail that was sent to those who collect reports. It is a report of the round when it has the round's mail in
// it, attached or quoted: by a Message-ID that is known, a genuine token, an author who is a sender of the round, or a link to
// the round's host. The person is the author, the time that at which the last server took the mail, else its Date. One mail that is
// there twice counts once, like any person's second report.
func (im *Import) Message(name string, raw []byte) error {
	if err := im.next(); err != nil {
		return err
	}
	at := Place{File: name}
	if len(raw) > MaxMessage {
		im.leave(ReasonTooLong, at)
		return nil
	}
	h, body, err := mail.Split(raw)
	if err != nil {
		im.leave(ReasonMalformed, at)
		return nil
	}
	from, authored := author(h)
	own := slices.ContainsFunc(im.config.Drill.Reports, func(r policy.Address) bool { return same(r, from) })
	report := false
	if !own && !automatic(h) {
		if report, err = im.reports(h, body); err != nil {
			return err
		}
	}
	when, dated := takenAt(h)
	switch {
	case !report:
		im.leave(ReasonNoReport, at)
	case !authored:
		im.leave(ReasonAddress, at)
	case !dated:
		im.leave(ReasonUndated, at)
	default:
		return im.reported(from, when, at)
	}
	return nil
}

func (im *Import) reported(by policy.Address, when time.Time, at Place) error {
	p, err := im.who(by.String(), Subject{})
	switch {
	case err != nil:
		return err
	case !p.ok:
		im.leave(ReasonAddress, at)
	default:
		im.step(p, StepReport, when, visitor{}, at)
	}
	return nil
}

// author returns the first author of a mail.
func author(h policy.Header) (policy.Address, bool) {
	for _, a := range mail.Authors(h, 4).Authors {
		if a.Source == policy.SourceFrom && a.Address.Local != "" && a.Address.Domain != "" {
			return a.Address, true
		}
	}
	return policy.Address{}, false
}

func same(a, b policy.Address) bool {
	return a.Domain == b.Domain && strings.EqualFold(a.Local, b.Local)
}

// automatic reports whether a program wrote the mail (RFC 3834, 5).
func automatic(h policy.Header) bool {
	v := strings.ToLower(strings.TrimSpace(value(h, "Auto-Submitted")))
	return v != "" && v != "no" && !strings.HasPrefix(v, "no;") && !strings.HasPrefix(v, "no ")
}

// value is that of the first field of a name.
func value(h policy.Header, name string) string {
	for _, f := range mail.Index(h, name) {
		return f.Value
	}
	return ""
}

// takenAt is when the last server took the mail: the date of the topmost Received (RFC 5321, 4.4), else Date.
func takenAt(h policy.Header) (time.Time, bool) {
	_, date, _ := cutLast(value(h, "Received"), ';')
	for _, text := range []string{date, value(h, "Date")} {
		if t, err := netmail.ParseDate(strings.TrimSpace(text)); err == nil && t.Year() >= 1990 && t.Year() <= 2200 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// reports reports whether the mail has the round's mail in it.
func (im *Import) reports(h policy.Header, body []byte) (bool, error) {
	limits := mime.DefaultLimits()
	limits.Archives = 0
	r := mime.New(h, limits)
	_, _ = r.Write(body) // it never fails
	c := r.Content()
	if evidence.Shows(im.config.Drill.Name, im.config.Round, c) {
		return true, nil
	}
	ids := evidence.IDs(h, c)
	if len(ids) == 0 || im.config.Known == nil {
		return false, nil
	}
	return im.config.Known(ids)
}
