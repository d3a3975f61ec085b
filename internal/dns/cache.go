package dns

import (
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sekimori/internal/dns/wire"
	"sekimori/policy"
)

// cache keeps answers until they expire, or until it is full and they are the ones not asked for the longest.
// It has no lock of its own: it shares that of the flights, so that no question slips between the two.
type cache struct {
	kept   *simplelru.LRU[question, *entry] // nil: nothing is kept
	octets int                              // of all entries
	limit  int                              // of octets
}

type entry struct {
	answer  policy.DNSAnswer
	expires time.Time
	octets  int
}

func newCache(size int) *cache {
	c := &cache{limit: size * MeanSize}
	if size > 0 {
		// It fails only for a size below 1.
		c.kept, _ = simplelru.NewLRU(size, func(_ question, e *entry) { c.octets -= e.octets })
	}
	return c
}

// get returns what is kept for q and has not expired, or nil.
func (c *cache) get(q question, now time.Time) *entry {
	if c.kept == nil {
		return nil
	}
	e, ok := c.kept.Get(q)
	if !ok || !now.Before(e.expires) {
		return nil
	}
	return e
}

// put keeps a for as long as it says. An answer larger than the whole cache is not kept.
func (c *cache) put(q question, a wire.Answer, now time.Time) {
	if c.kept == nil || a.TTL <= 0 {
		return
	}
	e := &entry{answer: a.DNSAnswer, expires: now.Add(a.TTL), octets: octets(q, &a.DNSAnswer)}
	if e.octets > c.limit {
		return
	}
	c.kept.Remove(q)
	q.name = strings.Clone(q.name) // it may be a small piece of a large header
	c.kept.Add(q, e)
	for c.octets += e.octets; c.octets > c.limit; {
		c.kept.RemoveOldest()
	}
}

// octets is about what an answer holds beyond its fixed part.
func octets(q question, a *policy.DNSAnswer) int {
	n := len(q.name) + 24*len(a.Addrs)
	for _, s := range a.TXT {
		n += 16 + len(s)
	}
	for _, s := range a.Names {
		n += 16 + len(s)
	}
	for _, m := range a.MX {
		n += 24 + len(m.Host)
	}
	return n
}
