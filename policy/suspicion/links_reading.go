package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

// linkReading is what the indicators about links share. It is filled when the first of them asks.
type linkReading struct {
	looked  bool
	targets []target
	hosts   map[policy.Domain]*linkHost
	order   []*linkHost // those at which a target ends, each once
	last    url         // the address that was read last, whose host many links share
	front   string      // what stands before its path, "" where another address with the same front could be read otherwise
	bases   map[int]url // of the base elements, by part
	left    []policy.Domain
	leftOut bool // left was filled
}

// target is one link that a reader follows, and where it leads.
type target struct {
	link     *mime.Link
	url      url           // behind every service that replaced it, as far as that can be told
	via      policy.Domain // the redirector that leads there, "" for none
	opaque   bool          // a service that tells nobody where it leads
	relative bool          // it leads to the host of a base element
	host     *linkHost     // nil where url has no name of a host
}

// followed reports whether a reader follows links of that kind, or a client does for him.
func followed(k mime.LinkKind) bool {
	switch k {
	case mime.LinkAnchor, mime.LinkForm, mime.LinkRefresh, mime.LinkFrame, mime.LinkText:
		return true
	case mime.LinkImage, mime.LinkBase, mime.LinkScript, mime.LinkStylesheet:
	}
	return false
}

// followedLinks returns where the links of the message lead that a reader follows.
func (r *reading) followedLinks() []target {
	l := &r.link
	if l.looked || r.in.Content == nil {
		return l.targets
	}
	l.looked = true
	all := r.in.Content.Links
	n := 0
	for i := range all {
		if followed(all[i].Kind) {
			n++
		}
		if all[i].Kind == mime.LinkBase {
			r.readBase(&all[i])
		}
	}
	if n == 0 {
		return nil
	}
	l.targets = r.freeTargets(n)
	l.hosts = make(map[policy.Domain]*linkHost)
	for i := range all {
		if followed(all[i].Kind) {
			l.targets = append(l.targets, target{link: &all[i]})
			r.follow(&l.targets[len(l.targets)-1])
		}
	}
	return l.targets
}

// maxFreeTargets is how many targets stay in memory for the next message.
const maxFreeTargets = 256

// freeTargets returns room for n targets.
func (a *Assessor) freeTargets(n int) []target {
	if free, ok := a.targets.Get().(*[]target); ok && cap(*free) >= n {
		return (*free)[:0]
	}
	return make([]target, 0, n)
}

// release gives the room of the targets to the next message, with nothing of this one in it.
func (r *reading) release() {
	t := r.link.targets
	r.link.targets = nil
	if cap(t) == 0 || cap(t) > maxFreeTargets {
		return
	}
	clear(t)
	r.Assessor.targets.Put(&t)
}

// readBase notes where relative links of a part lead; of several base elements browsers take the first (HTML, 4.2.3).
func (r *reading) readBase(link *mime.Link) {
	l := &r.link
	if _, ok := l.bases[link.Part]; ok {
		return
	}
	if l.bases == nil {
		l.bases = make(map[int]url)
	}
	l.bases[link.Part] = readURL(link.Target)
}

// follow reads the link of a target and looks behind the services that replaced it.
func (r *reading) follow(t *target) {
	link := t.link
	s := link.Target
	if link.Kind == mime.LinkText {
		s = writtenURL(s)
	}
	r.read(&t.url, s)
	if link.Size > len(link.Target) && t.url.rest == "" {
		t.url.endless = true
	}
	if base, ok := r.link.bases[link.Part]; ok && t.url.scheme == "" && !t.url.hasHost() && base.hasHost() {
		rest := t.url.rest
		t.url, t.relative = base, !strings.HasPrefix(rest, "#")
		t.url.rest = rest
	}
	t.host = r.linkHost(t.url.host)
	for range maxHops {
		next := ""
		if t.host != nil {
			next = r.behind(t)
		}
		if next == "" {
			break
		}
		t.url = readURL(next)
		t.host = r.linkHost(t.url.host)
	}
	if t.host == nil {
		return
	}
	t.opaque = t.host.tracker || t.host.unwrap != nil
	if !t.host.target {
		t.host.target = true
		r.link.order = append(r.link.order, t.host)
	}
}

// read reads an address as readURL does. What stands before the path, and a host, that are those of the link before are not read again.
func (r *reading) read(u *url, s string) {
	last := &r.link.last
	n := len(r.link.front)
	tidy := stripped(s) && len(s) < maxURL
	if n > 0 && n < len(s) && tidy && s[n] == '/' && s[:n] == r.link.front {
		*u = *last
		u.rest = s[n:]
		return
	}
	*u = splitURL(s)
	if u.written == last.written {
		u.host, u.addr, u.disguised = last.host, last.addr, last.disguised
	} else {
		u.readHost(u.written)
	}
	*last, r.link.front = *u, ""
	if tidy && u.written != "" && strings.HasPrefix(u.rest, "/") {
		r.link.front = s[:len(s)-len(u.rest)]
	}
}

// behind returns the address to which a rewriter or redirector leads, "" where t is none.
func (r *reading) behind(t *target) string {
	if t.host.unwrap != nil {
		return t.host.unwrap(&t.url)
	}
	for _, path := range t.host.redirects {
		if path == "" || strings.HasPrefix(strings.TrimLeft(t.url.rest, `/\`), path) {
			t.via = t.host.name
			return leadsOn(&t.url)
		}
	}
	return ""
}

// writtenURL cuts an address in text down to what clients make a link of: letters may stand before its scheme, and Japanese
// directly behind the host.
func writtenURL(s string) string {
	if n := schemeLength(s); n > 0 && !webScheme(lowerScheme(s[:n])) {
		for _, scheme := range []string{"https", "http"} {
			if n > len(scheme) && strings.EqualFold(s[n-len(scheme):n], scheme) {
				s = s[n-len(scheme):]
				break
			}
		}
	}
	from := strings.Index(s, "://") + len("://")
	if from < len("://") {
		from = 0
	}
	end := from
	for end < len(s) && s[end] < 0x80 {
		if s[end] == '/' || s[end] == '?' || s[end] == '#' || s[end] == '\\' {
			return s
		}
		end++
	}
	if end == len(s) {
		return s
	}
	host, port := splitPort(s[from:end])
	if port == "" && strings.HasSuffix(host, ".") {
		return s
	}
	if d, ok := mail.Domain(host); ok && knownSuffix(d) {
		return s[:end]
	}
	return s
}
