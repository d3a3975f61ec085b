package bulletin

import (
	"net/netip"
	"slices"
	"strings"

	"sekimori/policy"
)

// Index finds the indicators of the bulletins of one policy. It is made once, never changes and serves any number of messages
// at the same time. What a message costs does not depend on how many indicators there are. The nil Index finds nothing.
type Index struct {
	bulletins []policy.Bulletin
	entries   []node
	tables    map[policy.BulletinKind]table
	urlHosts  map[string]int // host and port of every url, and how long the longest of them is: most links cost one look-up

	domains, hosts, urls, addresses, hashes, names, subjects table // of tables, without its look-up
	clients                                                  map[netip.Prefix]int32
	bits4, bits6                                             []int // the lengths that networks of clients have
}

// table leads from a value to the first of its nodes.
type table map[string]int32

// node is one indicator, by its places in the policy, and the next one with the same kind and value, -1 for none.
type node struct{ bulletin, indicator, next int32 }

// New prepares the bulletins for looking up. It keeps the indicators, which must not change any more. Bulletins that are off
// are left out; whether one holds is decided for each message.
func New(bulletins []policy.Bulletin) *Index {
	x := &Index{bulletins: bulletins}
	count := map[policy.BulletinKind]int{}
	total := 0
	for i := range bulletins {
		if bulletins[i].Mode == policy.ModeOff {
			continue
		}
		for j := range bulletins[i].Indicators {
			count[bulletins[i].Indicators[j].Kind]++
		}
		total += len(bulletins[i].Indicators)
	}
	x.entries = make([]node, 0, total)
	x.tables = make(map[policy.BulletinKind]table, len(count))
	for k, n := range count {
		if k != policy.BulletinClient {
			x.tables[k] = make(table, n)
		}
	}
	x.clients = make(map[netip.Prefix]int32, count[policy.BulletinClient])
	x.urlHosts = make(map[string]int)
	for i := range bulletins {
		if bulletins[i].Mode == policy.ModeOff {
			continue
		}
		for j := range bulletins[i].Indicators {
			x.put(int32(i), int32(j), &bulletins[i].Indicators[j])
		}
	}
	x.domains, x.hosts, x.urls = x.tables[policy.BulletinDomain], x.tables[policy.BulletinHost], x.tables[policy.BulletinURL]
	x.addresses, x.hashes = x.tables[policy.BulletinAddress], x.tables[policy.BulletinSHA256]
	x.names, x.subjects = x.tables[policy.BulletinFilename], x.tables[policy.BulletinSubject]
	return x
}

func (x *Index) put(bulletin, indicator int32, i *policy.BulletinIndicator) {
	n := node{bulletin, indicator, -1}
	at := int32(len(x.entries))
	if i.Kind == policy.BulletinClient {
		p, ok := prefix(i.Value)
		if !ok {
			return
		}
		bits := &x.bits6
		if p.Addr().Is4() {
			bits = &x.bits4
		}
		if !slices.Contains(*bits, p.Bits()) {
			*bits = append(*bits, p.Bits())
		}
		if before, there := x.clients[p]; there {
			n.next = before
		}
		x.clients[p] = at
	} else {
		t := x.tables[i.Kind]
		if before, there := t[i.Value]; there {
			n.next = before
		}
		t[i.Value] = at
		if i.Kind == policy.BulletinURL {
			host, _, _ := strings.Cut(i.Value, "/")
			x.urlHosts[host] = max(x.urlHosts[host], len(i.Value))
		}
	}
	x.entries = append(x.entries, n)
}

func prefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

// Len is how many indicators are looked for.
func (x *Index) Len() int {
	if x == nil {
		return 0
	}
	return len(x.entries)
}

// HasHashes reports whether the hashes of attachments are wanted, which cost more than all else.
func (x *Index) HasHashes() bool { return x != nil && len(x.hashes) > 0 }

// WantsBody reports whether anything of the body is wanted: links, names or hashes.
func (x *Index) WantsBody() bool {
	return x.HasHashes() || x != nil && len(x.hosts)+len(x.urls)+len(x.names) > 0
}
