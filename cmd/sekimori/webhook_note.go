package main

import (
	"context"
	"sync"

	"sekimori/internal/ledger"
)

// noteWriter gathers the notes of requests that come at the same time into one step of the ledger, so that a burst of them does not
// keep mail waiting for it.
type noteWriter struct {
	ledger func() hookLedger
	wait   chan waitingNote

	mu    sync.Mutex     // held while notes are written
	added map[string]int // by drill: notes that were not there before this process wrote them
}

// waitingNote is one note and where its writer waits for the outcome.
type waitingNote struct {
	drill string
	note  ledger.Note
	done  chan error
}

func newNoteWriter(l func() hookLedger) *noteWriter {
	return &noteWriter{ledger: l, wait: make(chan waitingNote, ledger.MaxBatch), added: map[string]int{}}
}

// note returns when the note is in the ledger.
func (w *noteWriter) note(ctx context.Context, drill string, n ledger.Note) error {
	waiting := waitingNote{drill, n, make(chan error, 1)}
	select {
	case w.wait <- waiting:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-waiting.done:
		return err
	case <-ctx.Done(): // it may be written all the same: a second time changes nothing
		return ctx.Err()
	}
}

// run writes until ctx ends.
func (w *noteWriter) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-w.wait:
			w.write(ctx, w.gather(first))
		}
	}
}

// gather takes what waits already.
func (w *noteWriter) gather(first waitingNote) map[string][]waitingNote {
	byDrill := map[string][]waitingNote{first.drill: {first}}
	for n := 1; n < ledger.MaxBatch; n++ {
		select {
		case next := <-w.wait:
			byDrill[next.drill] = append(byDrill[next.drill], next)
		default:
			return byDrill
		}
	}
	return byDrill
}

func (w *noteWriter) write(ctx context.Context, byDrill map[string][]waitingNote) {
	for drill, all := range byDrill {
		notes := make([]ledger.Note, len(all))
		for i, n := range all {
			notes[i] = n.note
		}
		err := errNoLedger
		if l := w.ledger(); l != nil {
			err = w.add(ctx, l, drill, notes)
		}
		for _, n := range all {
			n.done <- err
		}
	}
}

func (w *noteWriter) add(ctx context.Context, l hookLedger, drill string, notes []ledger.Note) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := l.Note(ctx, drill, notes)
	w.added[drill] += n
	return err
}

// others returns how many notes of a drill others have written, and calls read with that number where it is not the one that is known;
// meanwhile this process writes none. After a note of which it is not known whether it was written, that is another number, too.
func (w *noteWriter) others(ctx context.Context, l hookLedger, drill string, known int, read func(others int) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := l.Noted(ctx, drill)
	if err != nil || n-w.added[drill] == known {
		return err
	}
	return read(n - w.added[drill])
}
