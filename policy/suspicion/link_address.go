package suspicion

import (
	"net/netip"
	"strconv"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/link"
	"sekimori/policy/mail/mime"
)

// addressLinks lists the indicators about how the address of a link is written.
func addressLinks() []Indicator {
	return []Indicator{
		{
			Name: "url_ip_literal", Family: policy.FamilyLink, Points: 20,
			Definition: "a link to a number instead of a name; private and inside addresses, as of devices, only where the number is disguised",
			Source:     "2.4 % of 7,910 phishing mails, 0.6 % of the Japanese ones; rspamd URL_NUMERIC_IP",
			find:       findTarget((*reading).numericLink),
		},
		{
			Name: "url_ip_disguised", Family: policy.FamilyLink, Points: 40,
			Definition: "as url_ip_literal, with a number that is written so that nobody knows it for an address, such as http://0xcb007109/",
			Source:     "no honest program writes one; WHATWG URL Standard, 3.5, which browsers follow",
			Replaces:   "url_ip_literal",
			find: findTarget(func(r *reading, t *target) (string, bool) {
				evidence, ok := r.numericLink(t)
				return evidence, ok && t.url.Disguised && !r.privateAddress(t.url.Addr)
			}),
		},
		{
			Name: "url_userinfo", Family: policy.FamilyLink, Points: 30,
			Definition: "a link with a user name before the host, which reads as if it were the host; also one in which readers differ on where the host ends, or so long that it is not seen",
			Source:     "1.0 % of 7,910 phishing mails, 0.03 % of ham; rspamd URL_USER_PASSWORD",
			find: findTarget(func(_ *reading, t *target) (string, bool) {
				return t.link.Target, (t.url.User || t.url.Backslash || t.url.Endless) && t.url.Scheme != "ftp"
			}),
		},
		{
			Name: "url_odd_port", Family: policy.FamilyLink, Points: 10,
			Definition: "a link to a port other than 80 and 443 of a machine that is neither private nor of the house; not a name without a scheme in a text",
			Source:     "common practice; most filters rate it low",
			find:       findTarget((*reading).oddPort),
		},
		{
			Name: "url_invisible_chars", Family: policy.FamilyLink, Points: 50,
			Definition: "a link with characters in its host that cannot be seen, or with characters that turn the direction of its text",
			Source:     "rspamd URL_RTL_OVERRIDE, URL_ZERO_WIDTH_SPACES; 0 to 0.03 % of ham",
			find: findTarget(func(_ *reading, t *target) (string, bool) {
				why := invisibleIn(t)
				if why == "" {
					return "", false
				}
				return why + " in " + t.url.Name(), true
			}),
		},
	}
}

// findTarget makes an indicator of a test of one link.
func findTarget(test func(*reading, *target) (string, bool)) func(*reading) (string, bool) {
	return func(r *reading) (string, bool) {
		targets := r.followedLinks()
		for i := range targets {
			if evidence, ok := test(r, &targets[i]); ok {
				return evidence, true
			}
		}
		return "", false
	}
}

func (r *reading) numericLink(t *target) (string, bool) {
	a := t.url.Addr
	switch {
	case !a.IsValid():
		return "", false
	case t.url.Disguised:
		return t.url.Written + " = " + a.String(), true
	}
	return a.String(), !r.privateAddress(a)
}

// carrier is the space behind the translation of providers (RFC 6598).
func carrier(a netip.Addr) bool {
	b := a.AsSlice()
	return a.Is4() && b[0] == 100 && b[1]&0xc0 == 64
}

// privateAddress reports whether a leads to a machine near the reader: RFC 1918, RFC 4193, RFC 6598, loopback, link-local, inside.
func (r *reading) privateAddress(a netip.Addr) bool {
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || carrier(a) {
		return true
	}
	for _, n := range r.policy.Inside.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

func (r *reading) oddPort(t *target) (string, bool) {
	switch t.url.Port {
	case 0, 80, 443, link.PortRefused:
		return "", false
	}
	switch {
	case t.link.Kind == mime.LinkBare, t.url.Scheme == "ftp", t.url.Addr.IsValid() && r.privateAddress(t.url.Addr):
		return "", false
	case t.host != nil && (t.host.own || t.host.name.Labels() < 2):
		return "", false
	}
	return t.url.Name() + ":" + strconv.Itoa(t.url.Port), true
}

// invisibleIn names the first character of a link that is there to deceive the eye, "" for none. What a copied address carries at its
// ends, and joiners in a path, are honest.
func invisibleIn(t *target) string {
	s := t.link.Target
	plain := plainASCII(s)
	if plain && strings.IndexByte(s, '%') < 0 {
		return ""
	}
	host := link.Authority(s)
	if !plain || strings.IndexByte(host, '%') >= 0 {
		if r, ok := firstRune(trimCopied(link.Unescape(host)), unseen); ok {
			return codePoint(r)
		}
	}
	if !plain || strings.Contains(s, "%E2%8") || strings.Contains(s, "%e2%8") {
		if r, ok := firstRune(link.Unescape(s), turnsText); ok {
			return codePoint(r)
		}
	}
	return ""
}

// trimCopied takes off what programs put around an address that is copied from them.
func trimCopied(s string) string { return strings.Trim(s, "\u200b\u200e\u200f\u2060\ufeff") }

func firstRune(s string, test func(rune) bool) (rune, bool) {
	for _, r := range s {
		if test(r) {
			return r, true
		}
	}
	return 0, false
}
