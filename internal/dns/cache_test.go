package dns

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sekimori/internal/dns/wire"
)

func TestCacheSize(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCache(3)
	put := func(name string) { c.put(question{name, 16}, found(time.Minute, "x"), now) }
	kept := func(name string) bool { return c.get(question{name, 16}, now) != nil }
	put("a")
	put("b")
	put("c")
	if !kept("b") || !kept("c") || !kept("a") {
		t.Error("three of three are not kept")
	}
	put("d") // b was not asked for the longest
	if kept("b") || !kept("a") || !kept("c") || !kept("d") {
		t.Error("the fourth did not push out the one not asked for the longest")
	}
	if newCache(0).get(question{"a", 16}, now) != nil {
		t.Error("a cache without room keeps")
	}
	none := newCache(0)
	none.put(question{"a", 16}, found(time.Minute, "x"), now)
}

// TestCacheOctets fills a cache to its last octet, then by one octet more.
func TestCacheOctets(t *testing.T) {
	now := time.Unix(1000, 0)
	const overhead = 1 + 16 // the name and one text
	fill := func(n int) wire.Answer { return found(time.Minute, strings.Repeat("x", n-overhead)) }
	for _, tt := range []struct {
		second int
		first  bool
	}{{MeanSize, true}, {MeanSize + 1, false}} {
		c := newCache(2)
		c.put(question{"a", 16}, fill(MeanSize), now)
		c.put(question{"b", 16}, fill(tt.second), now)
		if got := c.get(question{"a", 16}, now) != nil; got != tt.first {
			t.Errorf("second of %d octets: first kept is %v", tt.second, got)
		}
		if c.get(question{"b", 16}, now) == nil {
			t.Error("the second is not kept")
		}
	}
	c := newCache(2)
	c.put(question{"a", 16}, fill(2*MeanSize), now)
	c.put(question{"b", 16}, fill(2*MeanSize+1), now)
	if c.get(question{"a", 16}, now) == nil || c.get(question{"b", 16}, now) != nil {
		t.Error("an answer larger than the cache pushed out what was there")
	}
}

// TestCacheCounts holds that the count of octets is right after answers came, were replaced and left.
func TestCacheCounts(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCache(5)
	for i := range 100 {
		name := fmt.Sprint("n", i*i%7*(i%3))
		c.put(question{name, 16}, found(time.Minute, strings.Repeat("x", i*37%900)), now)
		sum := 0
		for _, e := range c.kept.Values() {
			sum += e.octets
		}
		if c.octets != sum || c.octets > c.limit || c.kept.Len() > 5 {
			t.Fatalf("after %d: %d octets counted, %d there, %d answers", i+1, c.octets, sum, c.kept.Len())
		}
	}
}
