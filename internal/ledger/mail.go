package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// Record keeps what one message is for the ledger, before the MTA gets its answer. After an error of a drill its records are
// counted as lost: that is noted with the next record that can be written, and a report says so. ErrClosed is returned for a
// drill that is closed, whose records are refused and not lost.
func (l *Ledger) Record(ctx context.Context, records []policy.DrillRecord) error {
	var wrong error
	for _, name := range drillsOf(records) {
		if err := l.record(ctx, name, records); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("ledger of %s: %w", name, err))
		}
	}
	return wrong
}

func drillsOf(records []policy.DrillRecord) (names []string) {
	seen := map[string]bool{}
	for _, r := range records {
		if !seen[r.Drill] {
			seen[r.Drill] = true
			names = append(names, r.Drill)
		}
	}
	return names
}

// record keeps the records of one drill.
func (l *Ledger) record(ctx context.Context, name string, records []policy.DrillRecord) error {
	err := l.keep(ctx, name, records)
	if err == nil || errors.Is(err, ErrClosed) {
		return err
	}
	for _, r := range records {
		if r.Drill == name {
			l.lose(name, r.Round, 1)
		}
	}
	return err
}

func (l *Ledger) keep(ctx context.Context, name string, records []policy.DrillRecord) error {
	for again := true; ; again = false {
		h, err := l.hasherOf(ctx, name)
		if err != nil {
			return err
		}
		entries, err := h.entries(name, records)
		if err != nil {
			return err
		}
		for len(entries) > 0 && err == nil {
			n := min(len(entries), MaxBatch)
			_, err = l.write(ctx, name, h, entries[:n])
			entries = entries[n:]
		}
		if err == nil || !again || !errors.Is(err, store.ErrOtherKey) {
			return err
		}
	}
}

// entries turns the records of a drill into what stands in its book, Message-IDs included.
func (h *hasher) entries(name string, records []policy.DrillRecord) ([]store.Entry, error) {
	var entries []store.Entry
	known := ""
	for _, r := range records {
		if r.Drill != name {
			continue
		}
		e, err := entryOf(drill.Record{Drill: name, Round: r.Round, Event: r.Event, Person: h.person(r.Person), Organisation: r.Organisation,
			Class: r.Class, At: r.At, Verdict: r.Verdict})
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if r.MessageID != "" && r.MessageID != known {
			known = r.MessageID
			entries = append(entries, store.Entry{Set: setMessage, ID: h.message(known), At: r.At, Value: entryVersion + strconv.Itoa(r.Round)})
		}
	}
	return entries, nil
}

// Sent returns the number of the round whose accepted mail has one of these Message-IDs, 0 when none has. Ids beyond MaxIDs are
// passed over.
func (l *Ledger) Sent(ctx context.Context, name string, ids []string) (round int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	h, err := l.hasherThere(ctx, name)
	if err != nil || h == nil {
		return 0, err
	}
	var hashes []string
	for _, id := range ids[:min(len(ids), MaxIDs)] {
		hashes = append(hashes, h.message(id))
	}
	found, err := l.books.Find(ctx, name, setMessage, hashes...)
	if err != nil {
		return 0, fmt.Errorf("ledger of %s: %w", name, err)
	}
	for _, e := range found {
		if e == nil {
			continue
		}
		if value, ok := strings.CutPrefix(e.Value, entryVersion); ok {
			if n, err := strconv.Atoi(value); err == nil {
				return n, nil
			}
		}
	}
	return 0, nil
}

// hasherThere returns the hasher of a drill that has an open ledger, else nil: nothing is made.
func (l *Ledger) hasherThere(ctx context.Context, name string) (*hasher, error) {
	l.mu.Lock()
	h := l.keys[name]
	l.mu.Unlock()
	if h != nil {
		return h, nil
	}
	state, _, err := l.books.Sealed(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("ledger of %s: %w", name, err)
	}
	if state == store.StateNone || state == store.StateDestroyed {
		return nil, nil
	}
	return l.hasherOf(ctx, name)
}

// Count returns how many entries there are of an event in a round: persons, those in several classes once for each.
func (l *Ledger) Count(ctx context.Context, name string, round int, e drill.Event) (int, error) {
	n, err := l.books.Count(ctx, name, setOf(round, e))
	if err != nil {
		return 0, fmt.Errorf("ledger of %s: %w", name, err)
	}
	return n, nil
}

// Accepted returns for how many persons mail of a round was accepted so far. While the ledger does not answer that is the last
// number known, so that a drill does not end with it.
func (l *Ledger) Accepted(ctx context.Context, name string, round int) int {
	set := name + "/" + setOf(round, drill.EventAccepted)
	n, err := l.Count(ctx, name, round, drill.EventAccepted)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		return l.counts[set]
	}
	l.counts[set] = n
	return n
}
