package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"sekimori/internal/store"
)

// setNote is the set of what waits to be judged. What counts never looks at it.
const setNote = "note"

// MaxNote is the longest text of a Note, in octets.
const MaxNote = store.MaxValue - len(entryVersion)

// Note is something that is kept with a drill, and destroyed with it, until more is known: a visit that is judged by those that
// come after it. The text holds no name.
type Note struct {
	At   time.Time // to the second
	Text string    // at most MaxNote octets; what is noted twice is there once
}

// Note keeps up to MaxBatch notes of a drill and returns how many were not there before. All are kept together or, after an error,
// perhaps none; noting them again is safe. ErrClosed when the drill is closed.
func (l *Ledger) Note(ctx context.Context, name string, notes []Note) (added int, err error) {
	if len(notes) > MaxBatch {
		return 0, fmt.Errorf("%w: %d, one step takes %d", ErrTooBig, len(notes), MaxBatch)
	}
	entries := make([]store.Entry, len(notes))
	for i, n := range notes {
		id := sha256.Sum256([]byte(n.Text))
		entries[i] = store.Entry{Set: setNote, ID: string(id[:16]), At: n.At, Value: entryVersion + n.Text}
	}
	h, err := l.hasherOf(ctx, name)
	if err == nil {
		added, err = l.write(ctx, name, h, entries)
	}
	if err != nil {
		return 0, fmt.Errorf("ledger of %s: %w", name, err)
	}
	return added, nil
}

// Noted returns how many notes of a drill there are, 0 where nobody made it.
func (l *Ledger) Noted(ctx context.Context, name string) (int, error) {
	n, err := l.books.Count(ctx, name, setNote)
	if err != nil {
		return 0, fmt.Errorf("ledger of %s: %w", name, err)
	}
	return n, nil
}

// Notes calls f with the text of every note of a drill, each at least once, in no order. An error of f ends it and is returned.
func (l *Ledger) Notes(ctx context.Context, name string, f func(text string) error) error {
	err := l.books.Each(ctx, name, func(e store.Entry) error {
		if e.Set != setNote || len(e.Value) < len(entryVersion) || e.Value[:len(entryVersion)] != entryVersion {
			return nil
		}
		return f(e.Value[len(entryVersion):])
	})
	if err != nil {
		return fmt.Errorf("read the ledger of %s: %w", name, err)
	}
	return nil
}
