package main

import (
	"sync"
	"time"

	"sekimori/internal/store"
)

// Limits of what a gateway knows to have written lately.
const (
	latelyFor = 6 * time.Hour // what was written is not written again for so long, and again after at most twice that
	maxLately = 1 << 15       // keys written in that time; further ones make the older half forgotten
)

// lately knows which keys were written in the last hours, so that regular correspondents cost the store nothing with every mail.
// What is lost in the store meanwhile comes back after at most twice latelyFor. The zero value forgets everything at once.
type lately struct {
	now func() time.Time

	mu         sync.Mutex
	young, old map[store.ID]struct{}
	turn       time.Time // when the young become old
}

// again reports whether k was written lately; if not it counts as written now.
func (l *lately) again(k store.Key) bool {
	if l.now == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.now(); !at.Before(l.turn) || len(l.young) >= maxLately {
		if at.Sub(l.turn) >= latelyFor {
			l.young = nil // the last mail is so long ago that nothing of it is lately
		}
		l.old, l.young, l.turn = l.young, map[store.ID]struct{}{}, at.Add(latelyFor)
	}
	id := k.ID()
	if _, ok := l.young[id]; ok {
		return true
	}
	if _, ok := l.old[id]; ok {
		return true
	}
	l.young[id] = struct{}{}
	return false
}
