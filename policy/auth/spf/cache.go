package spf

import (
	"strings"
	"sync"
)

const (
	// cacheBytes is about how much memory one of the two generations of read records takes.
	cacheBytes = 4 << 20
	// cacheRecord is the length of the longest record kept, in octets; longer ones are read each time.
	cacheRecord = 2048
	// termBytes is about what one read term takes.
	termBytes = 160
)

// recordCache keeps records that were read, by their text, so that a text is read once and not once a message. When the
// young generation is full it becomes the old one, and the old one is forgotten. The zero value is ready for use.
type recordCache struct {
	mu         sync.RWMutex
	young, old map[string]*readRecord
	bytes      int // of young
}

// readRecord is what came of reading a record. Nobody changes it.
type readRecord struct {
	record  Record
	mistake *Mistake // the first; nil when there is none
}

// read is Read with a memory. It returns the first mistake only.
func (c *recordCache) read(text string) (*Record, *Mistake) {
	c.mu.RLock()
	r, young := c.young[text]
	if !young {
		r = c.old[text]
	}
	c.mu.RUnlock()
	if r == nil {
		r = newRecord(text)
	}
	if !young && len(text) <= cacheRecord {
		c.add(r)
	}
	return &r.record, r.mistake
}

// newRecord reads a copy of text, so that keeping it does not keep the message it came in.
func newRecord(text string) *readRecord {
	record, mistakes := Read(strings.Clone(text))
	r := &readRecord{record: record}
	if len(mistakes) > 0 {
		return &readRecord{record: Record{Text: record.Text}, mistake: &mistakes[0]}
	}
	r.record.measure()
	return r
}

func (c *recordCache) add(r *readRecord) {
	cost := len(r.record.Text) + termBytes*(1+cap(r.record.Mechanisms)+cap(r.record.Modifiers))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes+cost > cacheBytes || c.young == nil {
		c.old, c.young, c.bytes = c.young, make(map[string]*readRecord), 0
	}
	if _, there := c.young[r.record.Text]; !there {
		c.young[r.record.Text] = r
		c.bytes += cost
	}
}
