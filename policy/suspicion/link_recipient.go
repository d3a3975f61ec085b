package suspicion

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"sekimori/policy"
)

// recipientLinks lists the indicator about links that carry the recipient's address, so that the page knows who came.
func recipientLinks() []Indicator {
	return []Indicator{{
		Name: "url_recipient", Family: policy.FamilyLink, Points: 20,
		Definition: "a link that holds a recipient's address, plain or packed; not one to leave a list, to the house, to a calendar or meeting service, or to the proved author's own host",
		Source:     "5.5 % of 7,910 phishing mails; sublime rules *_rcpt_*",
		find:       (*reading).recipientLink,
	}}
}

const (
	maxLinkRecipients = 3         // recipients that are looked for: targeted mail has few
	maxRecipientScan  = 256 << 10 // octets of addresses that are searched
)

func (r *reading) recipientLink() (string, bool) {
	var wanted []needle
	left := maxRecipientScan
	targets := r.followedLinks()
	for i := range targets {
		t := &targets[i]
		if left -= len(t.url.Rest); left < 0 {
			break
		}
		if t.host == nil || len(t.url.Rest) < minNeedle || t.host.own || meets(t.host.org) {
			continue
		}
		if wanted == nil {
			if wanted = r.recipientNeedles(); len(wanted) == 0 {
				break
			}
		}
		if how := holdsAny(t.url.Rest, wanted); how != "" && !r.honestRecipient(t) {
			return how + " in " + t.url.Name(), true
		}
	}
	return "", false
}

func (r *reading) recipientNeedles() []needle {
	rcpt := r.in.Message.Recipients
	rcpt = rcpt[:min(maxLinkRecipients, len(rcpt))]
	const each = 7
	list := make([]needle, 0, each*len(rcpt))
	for i := range rcpt {
		list = appendNeedles(list, rcpt[i].Address)
	}
	return list
}

// honestRecipient reports whether a link may say who follows it.
func (r *reading) honestRecipient(t *target) bool {
	if holdsFragment(t) {
		return false
	}
	return r.unsubscribes(t.host) || r.authorOwns(t.host) || t.host.tracker || leaves(t.url.Rest)
}

// holdsFragment reports whether most of the address is a fragment, which the server does not see: a way to hand the address to a
// page without a trace.
func holdsFragment(t *target) bool { return strings.IndexByte(t.url.Fragment(), '@') >= 0 }

// leaves reports whether a path or query is about leaving a list.
func leaves(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{"unsub", "optout", "opt-out", "opt_out", "kaijo", "kaiyaku", "taikai", "haishin", "remove", "preference"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// meets reports whether an organisation runs calendars or meetings, whose invitations name the guest.
func meets(org policy.Domain) bool {
	switch org {
	case "google.com", "microsoft.com", "office.com", "live.com", "zoom.us", "webex.com":
		return true
	}
	return false
}

// needle is an address as it is looked for.
type needle struct {
	text string
	how  string
	fold bool // it is small letters for those of either case
}

// minNeedle is the shortest address that is looked for, in octets.
const minNeedle = 8

// appendNeedles adds the ways in which an address is written into a link: plain, escaped, in hexadecimal digits, and in base64 at each of
// the three places where it can begin, without the characters at its ends that depend on what stands beside it.
func appendNeedles(list []needle, a policy.Address) []needle {
	address := a.String()
	if a.Local == "" || a.Domain == "" || len(address) < minNeedle {
		return list
	}
	small := strings.ToLower(address)
	digits := hex.EncodeToString([]byte(address))
	list = append(list, needle{small, "address", true}, needle{strings.ReplaceAll(small, "@", "%40"), "escaped address", true},
		needle{digits, "address in hexadecimal", false}, needle{strings.ToUpper(digits), "address in hexadecimal", false})
	for shift := range 3 {
		b := base64.RawURLEncoding.EncodeToString(append(make([]byte, shift), address...))
		from := [...]int{0, 2, 3}[shift]
		to := len(b)
		if (shift+len(address))%3 != 0 {
			to--
		}
		list = append(list, needle{b[from:to], "address in base64", false})
	}
	return list
}

// holdsAny says which of the needles is in s, "" for none.
func holdsAny(s string, wanted []needle) string {
	small := ""
	if strings.IndexByte(s, '@') >= 0 || strings.Contains(s, "%40") {
		small = strings.ToLower(s)
	}
	for _, n := range wanted {
		if n.fold && strings.Contains(small, n.text) || !n.fold && strings.Contains(s, n.text) {
			return n.how
		}
	}
	return ""
}
