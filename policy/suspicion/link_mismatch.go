package suspicion

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/link"
	"sekimori/policy/mail/mime"
)

// mismatchLinks lists the indicators about links that show another address than the one they lead to.
func mismatchLinks() []Indicator {
	return []Indicator{
		{
			Name: "link_text_mismatch_protected", Family: policy.FamilyLink, Points: 50,
			Definition: "a link whose text is an address of the house, of a protected domain or of a partner, and which leads to another organisation",
			Source:     "rspamd phishing.lua, strict_domains",
			Replaces:   "link_text_mismatch",
			find: findTarget(func(r *reading, t *target) (string, bool) {
				shown, ok := r.mismatch(t)
				if !ok || t.opaque || !r.lists.isProtected(shown) {
					return "", false
				}
				return string(shown) + " -> " + t.url.Name(), true
			}),
		},
		{
			Name: "link_text_mismatch", Family: policy.FamilyLink, Points: 20,
			Definition: "a link whose text is an address and which leads to another organisation; not where the author is proved and the target is his, or the service that counts his visits",
			Source:     "12.1 % of 837 Japanese phishing mails, 0.3 to 7.2 % of ham; rspamd PHISHING, SpamAssassin HTTPSMismatch",
			find: findTarget(func(r *reading, t *target) (string, bool) {
				shown, ok := r.mismatch(t)
				if !ok || !r.lists.isProtected(shown) && (t.opaque || r.counted(t.host)) {
					return "", false
				}
				return string(shown) + " -> " + t.url.Name(), true
			}),
		},
	}
}

// mismatch returns the host that the text of a link shows, where the link leads to another organisation.
func (r *reading) mismatch(t *target) (policy.Domain, bool) {
	if t.link.Kind != mime.LinkAnchor || !t.url.HasHost() {
		return "", false
	}
	if t.host != nil && t.host.own {
		return "", false
	}
	shown, ok := shownHost(t.link.Text)
	if !ok || t.host != nil && (shown == t.host.name || organisational(shown) == t.host.org) {
		return "", false
	}
	return shown, true
}

// counted reports whether a host belongs to the sender or to the service from which his readers unsubscribe, and he is proved.
func (r *reading) counted(h *linkHost) bool {
	if h == nil {
		return false
	}
	return r.authorOwns(h) || r.authorProved() && r.unsubscribes(h)
}

// authorProved reports whether some author is.
func (r *reading) authorProved() bool {
	for i := range r.in.Facts.DMARC {
		if r.in.Facts.DMARC[i].Result == policy.ResultPass {
			return true
		}
	}
	return false
}

// shownHost returns the host of the address that a text shows: one with its scheme wherever it stands, or a name that is the whole text.
func shownHost(text string) (policy.Domain, bool) {
	const shortest = len("a.jp")
	if len(text) < shortest || strings.IndexByte(text, '.') < 0 && (plainASCII(text) || !strings.Contains(text, "．") && !strings.Contains(text, "。")) {
		return "", false
	}
	if !plainASCII(text) {
		text = norm.NFKC.String(text)
	}
	if at := strings.Index(text, "://"); at > 0 {
		from := at
		for from > 0 && 'a' <= text[from-1]|0x20 && text[from-1]|0x20 <= 'z' {
			from--
		}
		text, _, _ = strings.Cut(text[from:], " ")
		u := link.Read(link.Written(text))
		if u.Host == "" || !u.Web() || strings.HasSuffix(u.Written, "..") { // a host that is cut short
			return "", false
		}
		return u.Host, true
	}
	if strings.IndexByte(text, '.') < 0 || strings.IndexByte(text, '@') >= 0 {
		return "", false
	}
	text = strings.TrimSpace(text)
	host, _, path := strings.Cut(text, "/")
	d, ok := mail.Domain(host)
	switch {
	case !ok || d.Labels() < 2 || !link.KnownSuffix(d) || strings.HasSuffix(host, ".."):
		return "", false
	case d.Labels() == 2 && !path && (!lowerOnly(host) || link.FileSuffix(string(d.Parent()))):
		return "", false
	}
	return d, true
}

// lowerOnly reports whether a name of two labels is written as addresses are: ASP.NET and Node.JS are names of things.
func lowerOnly(s string) bool { return s == strings.ToLower(s) }
