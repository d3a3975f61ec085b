package suspicion

import (
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail/link"
	"sekimori/policy/mail/mime"
)

// linkReading is what the indicators about links share. It is filled when the first of them asks.
type linkReading struct {
	looked  bool
	targets []target
	hosts   map[policy.Domain]*linkHost
	order   []*linkHost // those at which a target ends, each once
	reader  link.Reader
	bases   map[int]link.URL // of the base elements, by part
	left    []policy.Domain
	leftOut bool // left was filled
}

// target is one link that a reader follows, and where it leads.
type target struct {
	link     *mime.Link
	url      link.URL      // behind every service that replaced it, as far as that can be told
	via      policy.Domain // the redirector that leads there, "" for none
	opaque   bool          // a service that tells nobody where it leads
	relative bool          // it leads to the host of a base element
	host     *linkHost     // nil where url has no name of a host
}

// followed reports whether a reader follows links of that kind, or a client does for him.
func followed(k mime.LinkKind) bool {
	switch k {
	case mime.LinkAnchor, mime.LinkForm, mime.LinkRefresh, mime.LinkFrame, mime.LinkText, mime.LinkBare:
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
func (r *reading) readBase(base *mime.Link) {
	l := &r.link
	if _, ok := l.bases[base.Part]; ok {
		return
	}
	if l.bases == nil {
		l.bases = make(map[int]link.URL)
	}
	l.bases[base.Part] = link.Read(base.Target)
}

// follow reads the link of a target and looks behind the services that replaced it.
func (r *reading) follow(t *target) {
	from := t.link
	s := from.Target
	if from.Kind == mime.LinkText {
		s = link.Written(s)
	}
	r.link.reader.Read(&t.url, s)
	if from.Size > len(from.Target) && t.url.Rest == "" {
		t.url.Endless = true
	}
	if base, ok := r.link.bases[from.Part]; ok && t.url.Scheme == "" && !t.url.HasHost() && base.HasHost() {
		rest := t.url.Rest
		t.url, t.relative = base, !strings.HasPrefix(rest, "#")
		t.url.Rest = rest
	}
	t.host = r.linkHost(t.url.Host)
	for range link.MaxHops {
		next := ""
		if t.host != nil {
			next = r.behind(t)
		}
		if next == "" {
			break
		}
		t.url = link.Read(next)
		t.host = r.linkHost(t.url.Host)
	}
	if t.host == nil {
		return
	}
	t.opaque = t.host.tracker || t.host.unwrap != nil
	t.host.addressed = t.host.addressed || from.Kind != mime.LinkBare
	if !t.host.target {
		t.host.target = true
		r.link.order = append(r.link.order, t.host)
	}
}

// behind returns the address to which a rewriter or redirector leads, "" where t is none.
func (r *reading) behind(t *target) string {
	if t.host.unwrap != nil {
		return t.host.unwrap(&t.url)
	}
	for _, path := range t.host.redirects {
		if path == "" || strings.HasPrefix(strings.TrimLeft(t.url.Rest, `/\`), path) {
			t.via = t.host.name
			return link.LeadsOn(&t.url)
		}
	}
	return ""
}
