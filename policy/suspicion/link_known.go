package suspicion

import (
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/link"
)

// linkHost is what is known of the host of links, looked up once however many links lead there.
type linkHost struct {
	name      policy.Domain
	org       policy.Domain // organisational domain
	own       bool          // of the house, protected, or a partner's
	tracker   bool
	shortener bool
	unwrap    link.Rewriter
	redirects []string // paths that lead on; "" where every one does
	target    bool     // some target ends here
	addressed bool     // and one of those is more than a bare name in a text

	judged   bool
	like     likeness
	alike    bool
	borrowed policy.Domain
	odd      string // why its IDN is odd
}

// linkHost returns what is known of a host, nil for none.
func (r *reading) linkHost(d policy.Domain) *linkHost {
	if d == "" {
		return nil
	}
	if n := len(r.link.targets); n > 1 { // nearly every link leads to where the one before it does
		if h := r.link.targets[n-2].host; h != nil && h.name == d {
			return h
		}
	}
	if h, ok := r.link.hosts[d]; ok {
		return h
	}
	h := &linkHost{name: d, org: organisational(d), own: r.lists.isProtected(d), unwrap: link.RewriterOf(d), tracker: tracker(d)}
	h.shortener = r.lists.shorteners[d] || r.lists.shorteners[policy.Domain(strings.TrimPrefix(string(d), "www."))]
	for name := d; name != ""; name = name.Parent() {
		h.redirects = append(h.redirects, r.lists.redirectors[name]...)
	}
	r.link.hosts[d] = h
	return h
}

// redirectors are the beginnings of the paths of each host that lead on to whatever address is given to them.
type redirectors map[policy.Domain][]string

func newRedirectors(entries []string) redirectors {
	all := redirectors{}
	for _, e := range entries {
		host, path, _ := strings.Cut(e, "/")
		all[policy.Domain(host)] = append(all[policy.Domain(host)], path)
	}
	return all
}

// tracker reports whether a host counts the visits of the mails of many senders and leads on to an address that only it knows.
func tracker(host policy.Domain) bool {
	for d := host; d != ""; d = d.Parent() {
		switch d {
		case "list-manage.com", "mailchi.mp", "mandrillapp.com", "sendgrid.net", "hubspotlinks.com", "rs6.net", "exct.net", "createsend1.com",
			"cmail19.com", "cmail20.com", "mjt.lu", "sparkpostmail.com", "klclick.com", "benchurl.com", "mimecast.com", "cuenote.jp":
			return true
		}
	}
	return false
}

// authorOwns reports whether a host belongs to an author whose name is proved: what he links to in his own house is his.
func (r *reading) authorOwns(h *linkHost) bool {
	for i := range r.in.Facts.DMARC {
		if d := &r.in.Facts.DMARC[i]; d.Result == policy.ResultPass && organisational(d.Author) == h.org {
			return true
		}
	}
	return false
}

// maxUnsubscribe is how many addresses of List-Unsubscribe are read (RFC 2369, 3.2).
const maxUnsubscribe = 8

// unsubscribes reports whether List-Unsubscribe names the organisation of a host.
func (r *reading) unsubscribes(h *linkHost) bool {
	l := &r.link
	if !l.leftOut {
		l.leftOut = true
		for _, f := range mail.Index(r.in.Message.Header, "List-Unsubscribe") {
			l.left = appendOrganisations(l.left, f.Value)
		}
	}
	return slices.Contains(l.left, h.org)
}

// appendOrganisations adds the organisational domains of addresses in angle brackets.
func appendOrganisations(list []policy.Domain, value string) []policy.Domain {
	for len(list) < maxUnsubscribe {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			break
		}
		var s string
		s, value, _ = strings.Cut(rest, ">")
		u := link.Read(s)
		if u.Scheme == "mailto" {
			address, _, _ := strings.Cut(u.Rest, "?")
			if d, ok := mail.Domain(address[strings.LastIndexByte(address, '@')+1:]); ok {
				u.Host = d
			}
		}
		if u.Host != "" {
			list = append(list, organisational(u.Host))
		}
	}
	return list
}
