package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"

	"sekimori/internal/store"
)

// lose counts events of a round that could not be written.
func (l *Ledger) lose(name string, round int, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost[name] == nil {
		l.lost[name] = map[int]int64{}
	}
	l.lost[name][round] += n
}

// runName is a name that no other process has.
func runName() string {
	var random [8]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// notes takes what was lost of a drill, as entries for its book; back gives it back where they could not be written either.
func (l *Ledger) notes(name string) (entries []store.Entry, back func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.lost[name]
	if len(lost) == 0 {
		return nil, func() {}
	}
	delete(l.lost, name)
	for round, n := range lost {
		l.seq++
		entries = append(entries, store.Entry{Set: setIncomplete, ID: l.run + "-" + strconv.Itoa(l.seq), At: l.now(),
			Value: entryVersion + strconv.Itoa(round) + "\x00" + strconv.FormatInt(n, 10)})
	}
	return entries, func() {
		for round, n := range lost {
			l.lose(name, round, n)
		}
	}
}

// noteAll tries to note what was lost of every drill.
func (l *Ledger) noteAll() {
	l.mu.Lock()
	var names []string
	for name := range l.lost {
		names = append(names, name)
	}
	l.mu.Unlock()
	for _, name := range names {
		if h, err := l.hasherOf(context.Background(), name); err == nil {
			l.write(context.Background(), name, h, nil)
		}
	}
}

// lossOf reads a note.
func lossOf(e store.Entry) (round, n int, ok bool) {
	value, known := strings.CutPrefix(e.Value, entryVersion)
	first, second, _ := strings.Cut(value, "\x00")
	round, wrong := strconv.Atoi(first)
	n, wrong2 := strconv.Atoi(second)
	return round, n, known && wrong == nil && wrong2 == nil && n > 0
}
