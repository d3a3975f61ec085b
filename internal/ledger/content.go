package ledger

import (
	"context"
	"errors"
	"fmt"

	"sekimori/internal/store"
	"sekimori/policy/drill"
)

// Content is what the ledger of a drill holds.
type Content = drill.Content

// Read reads the ledger of a drill; one that nobody made is empty. Gateways go on writing meanwhile, and what they add may be
// missed. A closed drill is read from its summary: see Frozen.
func (l *Ledger) Read(ctx context.Context, name string) (Content, error) {
	c := Content{Set: &drill.Set{}, Lost: map[int]int{}}
	notes := map[string]bool{}
	marks := importMarks{}
	err := l.books.Each(ctx, name, func(e store.Entry) error {
		switch e.Set {
		case setIncomplete:
			if round, n, ok := lossOf(e); ok && !notes[e.ID] {
				notes[e.ID] = true
				c.Lost[round] += n
			}
		case setImport:
			marks.add(e)
		case setCovered:
			if x, ok := coverOf(e); ok {
				c.CoveredBy(x)
			}
		case setNote, setMessage:
		default:
			if r, ok := recordOf(name, e); ok {
				c.Set.Add(r)
			}
		}
		return nil
	})
	if err != nil {
		return Content{}, fmt.Errorf("read the ledger of %s: %w", name, err)
	}
	marks.into(&c)
	l.mu.Lock()
	defer l.mu.Unlock()
	for round, n := range l.lost[name] {
		c.Lost[round] += int(n)
	}
	return c, nil
}

// State is what has become of a drill's ledger.
type State string

// The states.
const (
	StateNone      State = "none"      // nothing was ever kept
	StateOpen      State = "open"      // it counts
	StateClosing   State = "closing"   // it counts nothing any more, and the summary is not there: closing it again goes on
	StateClosed    State = "closed"    // the summary stands beside the records
	StateForgotten State = "forgotten" // the summary alone is left
)

// Frozen returns the state of a drill and, once it is closed, its counts.
func (l *Ledger) Frozen(ctx context.Context, name string) (State, drill.Counts, error) {
	state, summary, err := l.books.Sealed(ctx, name)
	if err != nil {
		return "", drill.Counts{}, fmt.Errorf("ledger of %s: %w", name, err)
	}
	switch {
	case state == store.StateNone:
		return StateNone, drill.Counts{}, nil
	case state == store.StateOpen:
		return StateOpen, drill.Counts{}, nil
	case summary == nil:
		return StateClosing, drill.Counts{}, nil
	}
	counts, err := thaw(name, summary)
	if err != nil {
		return "", drill.Counts{}, fmt.Errorf("the summary of %s: %w", name, err)
	}
	if state == store.StateDestroyed {
		return StateForgotten, counts, nil
	}
	return StateClosed, counts, nil
}

// Freeze closes a drill: from now on its events are refused, and what count makes of the records is kept beside them. A
// drill that is closed already keeps its summary.
func (l *Ledger) Freeze(ctx context.Context, name string, count func(Content) drill.Counts) error {
	err := l.freeze(ctx, name, count)
	if err != nil {
		return fmt.Errorf("close the ledger of %s: %w", name, err)
	}
	return nil
}

func (l *Ledger) freeze(ctx context.Context, name string, count func(Content) drill.Counts) error {
	if err := l.books.Seal(ctx, name, nil); err != nil {
		return err
	}
	defer l.drop(name)
	if _, summary, err := l.books.Sealed(ctx, name); err != nil || summary != nil {
		return err
	}
	c, err := l.Read(ctx, name)
	if err != nil {
		return err
	}
	summary, err := freeze(count(c))
	if err != nil {
		return err
	}
	return l.books.Seal(ctx, name, summary)
}

// ErrOpen is returned where something is to be forgotten that is not closed.
var ErrOpen = errors.New("the drill is not closed")

// Forget destroys the records of a closed drill and the key that they were made with. What is left is the summary: nobody can
// find out any more who did what, not even with a list of all addresses.
func (l *Ledger) Forget(ctx context.Context, name string) error {
	state, _, err := l.Frozen(ctx, name)
	switch {
	case err != nil:
		return err
	case state == StateForgotten:
		return nil
	case state != StateClosed:
		return fmt.Errorf("forget %s: %w", name, ErrOpen)
	}
	defer l.drop(name)
	if err := l.books.Destroy(ctx, name); err != nil {
		return fmt.Errorf("forget %s: %w", name, err)
	}
	return nil
}
