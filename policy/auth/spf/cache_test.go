package spf

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestRecordCache(t *testing.T) {
	var c recordCache
	const text = "v=spf1 ip4:192.0.2.1 -all"
	first, mistake := c.read(text)
	if mistake != nil || len(first.Mechanisms) != 2 {
		t.Fatal(first, mistake)
	}
	if again, _ := c.read(strings.Clone(text)); again != first {
		t.Error("a record was read twice")
	}
	for range 2 {
		if r, mistake := c.read("v=spf1 a/x b/x"); mistake == nil || mistake.Term != "a/x" || r.Mechanisms != nil {
			t.Error(r, mistake)
		}
	}
	for length, kept := range map[int]bool{cacheRecord: true, cacheRecord + 1: false} {
		long := text + strings.Repeat(" ", length-len(text))
		r, _ := c.read(long)
		if again, _ := c.read(long); (again == r) != kept {
			t.Errorf("%d octets: kept %t", length, !kept)
		}
	}
}

// TestRecordCacheBound fills the cache several times over: what is used stays, what is not goes, memory has an end.
func TestRecordCacheBound(t *testing.T) {
	var c recordCache
	const used = "v=spf1 -all"
	first, _ := c.read(used)
	unused, _ := c.read("v=spf1 +all")
	count := 0
	for turns := 0; turns < 3; count++ {
		c.read(fmt.Sprintf("v=spf1 %s ip4:192.0.2.1 -all", repeat(20, fmt.Sprintf("x%d-#=", count))))
		if again, _ := c.read(used); again != first {
			t.Fatalf("a record in use was forgotten after %d others", count)
		}
		if c.bytes > cacheBytes {
			t.Fatalf("%d octets in one generation", c.bytes)
		}
		if len(c.young) <= 2 && len(c.old) > 2 {
			turns++
		}
	}
	if again, _ := c.read("v=spf1 +all"); again == unused {
		t.Error("a record that nobody used is still kept")
	}
}

func TestRecordCacheRace(t *testing.T) {
	var c recordCache
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 2000 {
				text := fmt.Sprintf("v=spf1 %s -all", repeat(10, fmt.Sprintf("ip4:192.0.2.#/%d", 1+i%30)))
				if r, mistake := c.read(text); r.Text != text || mistake != nil || len(r.Mechanisms) != 11 {
					t.Error(r, mistake)
				}
			}
		})
	}
	wg.Wait()
}
