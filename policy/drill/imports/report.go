package imports

import (
	netmail "net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// MaxMessage is the largest mail that is looked into, in octets; a larger one is rejected as too_long.
const MaxMessage = 64 << 20

// MaxIDs is how many Message-IDs of one mail are asked for; further ones are passed over.
const MaxIDs = 64

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
	ids := append(messageIDs(value(h, "In-Reply-To")), messageIDs(value(h, "References"))...)
	for i := range c.Parts {
		p := &c.Parts[i]
		if len(p.Message) > 0 && im.isRound(p.Message) || im.quotes(p.Text) {
			return true, nil
		}
		ids = append(ids, messageIDs(value(p.Message, "Message-ID"))...)
	}
	if slices.ContainsFunc(c.Links, func(l mime.Link) bool { return im.linksTo(l.Target) }) {
		return true, nil
	}
	if len(ids) == 0 || im.config.Known == nil {
		return false, nil
	}
	return im.config.Known(ids[:min(len(ids), MaxIDs)])
}

// isRound reports whether a header is that of the round's mail.
func (im *Import) isRound(h policy.Header) bool {
	r := im.config.Round
	if token, ok := drill.ReadToken(value(h, r.Recognition.TokenHeader())); ok && token.Drill == im.config.Drill.Name && token.Round == r.Number &&
		slices.ContainsFunc(r.Recognition.MailFrom, func(d policy.Domain) bool { return token.Verify(r.Recognition.Keys, d) }) {
		return true
	}
	from, ok := author(h)
	return ok && r.SentBy(from)
}

// messageIDs returns what stands in angle brackets (RFC 5322, 3.6.4).
func messageIDs(field string) (ids []string) {
	for len(ids) < MaxIDs {
		_, rest, ok := strings.Cut(field, "<")
		id, after, closed := strings.Cut(rest, ">")
		if !ok || !closed {
			break
		}
		ids, field = append(ids, id), after
	}
	return ids
}

// quotes reports whether a text names a sender of the round, as the head of a quoted mail does.
func (im *Import) quotes(text string) bool {
	if text == "" {
		return false
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(im.config.Round.Senders, func(s drill.Sender) bool {
		return names(text, strings.ToLower(s.Local)+"@"+string(s.Domain))
	})
}

// names reports whether an address stands in a text, not as a part of a longer one.
func names(text, address string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], address)
		if i < 0 {
			return false
		}
		before, after := from+i, from+i+len(address)
		if (address[0] == '@' || before == 0 || !inAddress(text[before-1])) && (after == len(text) || !inAddress(text[after]) || text[after] == '.' && !inAddressAt(text, after+1)) {
			return true
		}
		from = after
	}
}

func inAddress(c byte) bool {
	return c == '.' || c == '-' || c == '_' || c == '+' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z'
}

func inAddressAt(s string, i int) bool { return i < len(s) && inAddress(s[i]) }

// linksTo reports whether a link leads to a host of the round, also through a program that puts its own address in front.
func (im *Import) linksTo(target string) bool {
	hosts := im.config.Round.LinkHosts
	if len(hosts) == 0 {
		return false
	}
	if plain, err := url.QueryUnescape(target); err == nil && plain != target {
		target += " " + plain
	}
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	for {
		_, rest, ok := strings.Cut(target, "://")
		if !ok {
			return false
		}
		end := strings.IndexAny(rest, "/?#&\\ ")
		if end < 0 {
			end = len(rest)
		}
		host := rest[:end]
		if _, after, ok := cutLast(host, '@'); ok {
			host = after
		}
		host, _, _ = strings.Cut(host, ":")
		if d, ok := mail.Domain(host); ok && slices.Contains(hosts, d) {
			return true
		}
		target = rest
	}
}
