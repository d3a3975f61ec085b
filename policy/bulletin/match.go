package bulletin

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
)

// Limits of the search in one message.
const (
	MaxHits       = 16 // of further ones only the first of each bulletin that has none yet is told
	MaxLabels     = 10 // of a longer name the whole and the names of its last ten labels are looked up
	MaxBoundaries = 32 // places of one link at which a url can end; behind them only the whole link is looked up
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

// link looks up the host and the places of a link, and of the one that it carries.
func (m *matcher) link(l string) {
	if len(l) > MaxValue {
		l = l[:MaxValue]
	}
	t, ok := cutLink(l)
	if !ok {
		return
	}
	m.target(t, l)
	if inner := nested(t.path); inner != "" {
		if t, ok := cutLink(inner); ok {
			m.target(t, l)
		}
	}
}

func (m *matcher) target(t target, evidence string) {
	if len(m.x.hosts) > 0 {
		m.name(m.x.hosts, t.host, evidence)
	}
	if len(m.x.urls) == 0 {
		return
	}
	var room [512]byte
	key := append(append(room[:0], t.host...), t.port...)
	longest, ok := m.x.urlHosts[string(key)]
	if !ok {
		return
	}
	start := len(key)
	key = append(key, t.path...)
	places := 0
	for i := start; i < min(len(key), longest+1) && places < MaxBoundaries; i++ {
		switch key[i] {
		case '/', '?', '#':
			places++
			if i > start {
				m.place(key[:i], evidence)
			}
			if key[i] == '/' && i+1 < len(key) {
				m.place(key[:i+1], evidence)
			}
		}
	}
	if len(key) <= longest {
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
