package bulletin

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/mail/link"
)

// Limits of the search in one message.
const (
	MaxHits       = 16           // of further ones only the first of each bulletin that has none yet is told
	MaxLabels     = 10           // of a longer name the whole and the names of its last ten labels are looked up
	MaxBoundaries = 32           // places of one link at which a url can end; behind them only the whole link is looked up
	MaxBehind     = link.MaxHops // addresses that one link was made of, one behind or beside the other; further ones are not looked up
)

// Subject is what of one message is compared with indicators, as whoever read the message found it; nothing of it needs to be
// normalised. What is left out is not compared.
type Subject struct {
	At        time.Time
	Client    netip.Addr       // invalid: there is none
	Addresses []policy.Address // MAIL FROM, authors, Sender, Reply-To; of outbound mail the recipients
	Domains   []policy.Domain  // HELO, and others that are in no address
	Subject   string           // decoded
	Links     []string         // targets of links
	Names     []string         // of attachments and of what archives hold, decoded
	Hashes    [][32]byte       // SHA-256 of attachments
}

// Match returns the indicators that a message matches and that hold at its time, each of a bulletin once, up to MaxHits. Evidence
// is what of the message matched, at most maxEvidence octets of it.
func (x *Index) Match(s Subject) []policy.BulletinHit {
	if x == nil || len(x.entries) == 0 {
		return nil
	}
	m := matcher{x: x, at: s.At}
	m.client(s.Client)
	for i := range s.Addresses {
		m.address(s.Addresses[i])
	}
	if len(x.domains) > 0 {
		for _, d := range s.Domains {
			m.name(x.domains, string(d), string(d))
		}
	}
	if len(x.hosts)+len(x.urls) > 0 {
		for _, l := range s.Links {
			m.link(l)
		}
	}
	if len(x.names) > 0 {
		for _, n := range s.Names {
			m.look(x.names, foldName(n), n)
		}
	}
	if len(x.hashes) > 0 {
		var digits [64]byte
		for i := range s.Hashes {
			hex.Encode(digits[:], s.Hashes[i][:])
			if first, ok := x.hashes[string(digits[:])]; ok {
				m.hit(first, string(digits[:]))
			}
		}
	}
	if len(x.subjects) > 0 && s.Subject != "" {
		m.look(x.subjects, foldText(s.Subject), s.Subject)
	}
	return m.hits
}

// matcher gathers the hits of one message.
type matcher struct {
	x    *Index
	at   time.Time
	hits []policy.BulletinHit

	reader   link.Reader
	url      link.URL // what is looked up
	queue    [MaxBehind + link.MaxCarried]string
	last     string        // the host that was looked up last
	port     int           // its port, as link.URL.OwnPort
	longest  int           // how long the longest url of that host and port is, 0 where there is none
	rewriter link.Rewriter // of that host, nil for none
}

func (m *matcher) look(t table, value, evidence string) {
	if first, ok := t[value]; ok {
		m.hit(first, evidence)
	}
}

// name looks up a name and those above it.
func (m *matcher) name(t table, name, evidence string) {
	m.look(t, name, evidence)
	labels := strings.Count(name, ".") + 1
	for {
		n := strings.IndexByte(name, '.')
		if n < 0 {
			return
		}
		name, labels = name[n+1:], labels-1
		if labels <= MaxLabels {
			m.look(t, name, evidence)
		}
	}
}

func (m *matcher) address(a policy.Address) {
	if a.Domain == "" {
		return
	}
	if t := m.x.addresses; len(t) > 0 && len(a.Local)+1+len(a.Domain) <= MaxValue {
		var room [128]byte
		if first, ok := t[string(appendAddress(room[:0], a))]; ok {
			m.hit(first, a.String())
		}
	}
	if len(m.x.domains) > 0 {
		m.name(m.x.domains, string(a.Domain), string(a.Domain))
	}
}

func (m *matcher) client(a netip.Addr) {
	if !a.IsValid() || len(m.x.clients) == 0 {
		return
	}
	a = a.Unmap().WithZone("")
	bits := m.x.bits6
	if a.Is4() {
		bits = m.x.bits4
	}
	for _, b := range bits {
		p, err := a.Prefix(b)
		if err != nil {
			continue
		}
		if first, ok := m.x.clients[p]; ok {
			m.hit(first, a.String())
		}
	}
}

// link looks up the host and the places of a link, and of what it was made of, up to MaxBehind addresses in all.
func (m *matcher) link(l string) {
	if len(l) > MaxValue {
		l = l[:MaxValue]
	}
	u := &m.url
	m.reader.Read(u, l)
	if !leads(u) {
		return
	}
	m.target(u, l, false)
	if len(u.Rest) < minCarrier {
		return
	}
	queue := link.Behind(m.queue[:0], u, m.rewriter)
	for i := 0; i < min(len(queue), MaxBehind); i++ {
		*u = link.ReadCarried(queue[i])
		if !leads(u) {
			continue
		}
		m.target(u, l, true)
		if len(queue) < MaxBehind {
			queue = link.Behind(queue, u, m.rewriter)
		}
	}
}

// minCarrier is the length of the shortest rest of an address in which another one can stand.
const minCarrier = len("/http:/a.b")

// host notes what is known of the host of a target, once for targets behind each other with the same.
func (m *matcher) host(u *link.URL, evidence string) {
	host, port := u.Canonical(), u.OwnPort()
	if host == m.last && port == m.port {
		return // its hits are told
	}
	if host != m.last {
		m.rewriter = link.RewriterOf(u.Host)
		if len(m.x.hosts) > 0 {
			m.name(m.x.hosts, host, evidence)
		}
	}
	m.last, m.port = host, port
	var room [256]byte
	m.longest = m.x.urlHosts[string(appendHost(room[:0], u))]
}

// target looks up the host of an address and the places in it. Where the address stands in another one, a place ends also at an
// ampersand: what follows may be of the one around it.
func (m *matcher) target(u *link.URL, evidence string, carried bool) {
	m.host(u, evidence)
	if m.longest == 0 {
		return
	}
	var room [512]byte
	key := appendHost(room[:0], u)
	start := len(key)
	key = append(key, link.CanonicalPath(u.Rest)...)
	places := 0
	for i := start; i < min(len(key), m.longest+1) && places < MaxBoundaries; i++ {
		switch c := key[i]; {
		case c == '/', c == '?', c == '#', c == '&' && carried:
			places++
			if i > start {
				m.place(key[:i], evidence)
			}
			if c == '/' && i+1 < len(key) {
				m.place(key[:i+1], evidence)
			}
		}
	}
	if len(key) <= m.longest {
		m.place(key, evidence)
	}
}

func (m *matcher) place(key []byte, evidence string) {
	if first, ok := m.x.urls[string(key)]; ok {
		m.hit(first, evidence)
	}
}

// maxEvidence is how much of what matched is kept, in octets.
const maxEvidence = 120

// hit notes the indicators of a value that hold.
func (m *matcher) hit(first int32, evidence string) {
	for at := first; at >= 0; at = m.x.entries[at].next {
		n := m.x.entries[at]
		b := &m.x.bulletins[n.bulletin]
		i := &b.Indicators[n.indicator]
		if !b.Active(m.at) || m.at.Before(i.From) || !i.Until.IsZero() && !m.at.Before(i.Until) {
			continue
		}
		h := policy.BulletinHit{Bulletin: b.Name, Kind: i.Kind, Value: i.Value, Evidence: shorten(evidence)}
		known := func(x policy.BulletinHit) bool {
			return x.Bulletin == h.Bulletin && (len(m.hits) >= MaxHits || x.Kind == h.Kind && x.Value == h.Value)
		}
		if !slices.ContainsFunc(m.hits, known) {
			m.hits = append(m.hits, h)
		}
	}
}

func shorten(s string) string {
	if len(s) > maxEvidence {
		s = strings.ToValidUTF8(s[:maxEvidence], "")
	}
	return strings.Clone(s)
}
