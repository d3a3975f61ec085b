package store

import "sync"

// queue holds what waits to be written, at most limit values, the newest for each key. Its methods never wait.
type queue struct {
	mu      sync.Mutex
	limit   int
	waiting map[Key]entry
	writing map[Key]entry // taken and not yet known to be written
	closed  bool
	first   chan struct{} // signals the first of waiting values
	full    chan struct{} // signals that there are enough for a batch
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, waiting: map[Key]entry{}, first: make(chan struct{}, 1), full: make(chan struct{}, 1)}
}

// put adds e, and says why not when it cannot.
func (q *queue) put(e entry) Drop {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return DropClosed
	}
	if _, ok := q.waiting[e.key]; !ok && len(q.waiting)+len(q.writing) >= q.limit {
		return DropFull
	}
	q.waiting[e.key] = e
	switch len(q.waiting) {
	case 1:
		wake(q.first)
	case BatchSize:
		wake(q.full)
	}
	return ""
}

// find sets values of keys that wait, and returns how many keys are left without.
func (q *queue) find(keys []Key, values [][]byte, expired func(entry) bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := len(keys)
	if len(q.waiting)+len(q.writing) == 0 {
		return left
	}
	for i, k := range keys {
		e, ok := q.waiting[k]
		if !ok {
			e, ok = q.writing[k]
		}
		if ok && !expired(e) {
			values[i] = e.value
			left--
		}
	}
	return left
}

// take returns up to BatchSize values to write. Then written or putBack must be called.
func (q *queue) take() []entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	batch := make([]entry, 0, min(len(q.waiting), BatchSize))
	if len(q.waiting) <= BatchSize {
		q.writing, q.waiting = q.waiting, map[Key]entry{}
		for _, e := range q.writing {
			batch = append(batch, e)
		}
		return batch
	}
	q.writing = make(map[Key]entry, BatchSize)
	for k, e := range q.waiting {
		if len(batch) == BatchSize {
			break
		}
		batch = append(batch, e)
		q.writing[k] = e
		delete(q.waiting, k)
	}
	return batch
}

// written forgets what was taken.
func (q *queue) written() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = nil
}

// putBack lets what was taken wait again, unless something newer came.
func (q *queue) putBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, e := range q.writing {
		if _, ok := q.waiting[k]; !ok {
			q.waiting[k] = e
		}
	}
	q.writing = nil
}

// size is the number of values that are not written.
func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) + len(q.writing)
}

// close takes no more. What waits can still be taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
