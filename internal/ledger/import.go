package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sekimori/internal/store"
	"sekimori/policy/drill"
)

// Import is what is noted of one import into a round, so that a report tells "nobody" from "nothing was imported". There are numbers in
// it, and no persons.
type Import struct {
	Drill  string
	Round  int
	Source string
	// ID names the import among those of the drill; what is noted twice under one is there once, with the earlier time. "": a new one.
	ID string
	At time.Time // to the second

	// Part says that the source never ends, such as a webhook: the numbers are those since the part before.
	Part bool
	// Of an import that is completed: see drill.Import and drill.Cover.
	Records, Rejected int
	Covers            []drill.Event
	Organisations     []string
}

// The marks of an import: an ID and one of these.
const (
	markBegun = "b"
	markEnded = "e"
	markPart  = "p"
)

// Begin notes that an import begins, before its first record is added, and returns it with its ID. A report says that it has not ended
// until End, or the end of a later import of the same source and round, is noted. ErrClosed when the drill is closed.
func (l *Ledger) Begin(ctx context.Context, i Import) (Import, error) {
	if i.ID == "" {
		i.ID = runName()
	}
	err := l.mark(ctx, i.Drill, []store.Entry{i.entry(markBegun)})
	return i, err
}

// End notes that an import is completed: every record of it is in the ledger. Without an ID each call notes another one. ErrClosed when the drill is closed.
func (l *Ledger) End(ctx context.Context, i Import) error {
	if i.ID == "" {
		i.ID = runName()
	}
	var entries []store.Entry
	for _, e := range i.Covers {
		for _, o := range i.Organisations {
			text := strings.Join([]string{strconv.Itoa(i.Round), string(e), o}, "\x00")
			id := sha256.Sum256([]byte(text))
			entries = append(entries, store.Entry{Set: setCovered, ID: string(id[:16]), At: i.At, Value: entryVersion + text})
		}
	}
	mark := markEnded
	if i.Part {
		mark = markPart
	}
	return l.mark(ctx, i.Drill, append(entries, i.entry(mark)))
}

func (i Import) entry(mark string) store.Entry {
	return store.Entry{Set: setImport, ID: i.ID + mark, At: i.At,
		Value: entryVersion + strings.Join([]string{strconv.Itoa(i.Round), i.Source, strconv.Itoa(i.Records), strconv.Itoa(i.Rejected)}, "\x00")}
}

// mark writes entries in their order, in steps.
func (l *Ledger) mark(ctx context.Context, name string, entries []store.Entry) error {
	h, err := l.hasherOf(ctx, name)
	for len(entries) > 0 && err == nil {
		n := min(len(entries), MaxBatch)
		_, err = l.write(ctx, name, h, entries[:n])
		entries = entries[n:]
	}
	if err != nil {
		return fmt.Errorf("ledger of %s: %w", name, err)
	}
	return nil
}

// importMarks are the marks of imports by their IDs. A store may tell of one twice.
type importMarks map[string]store.Entry

func (m importMarks) add(e store.Entry) { m[e.ID] = e }

// into says in the content what the marks say.
func (m importMarks) into(c *Content) {
	for id, e := range m {
		round, i, ok := importOf(e)
		if !ok {
			continue
		}
		if name, begun := strings.CutSuffix(id, markBegun); begun {
			if _, ended := m[name+markEnded]; ended {
				continue
			}
			i = drill.Import{Source: i.Source, Begun: e.At}
		} else {
			i.Last = e.At
			if strings.HasSuffix(id, markEnded) {
				i.Times = 1
			}
		}
		c.AddImport(round, i)
	}
}

// importOf reads a mark.
func importOf(e store.Entry) (round int, i drill.Import, ok bool) {
	value, known := strings.CutPrefix(e.Value, entryVersion)
	parts := strings.Split(value, "\x00")
	if !known || len(parts) != 4 {
		return 0, drill.Import{}, false
	}
	round, wrong := strconv.Atoi(parts[0])
	i.Source = parts[1]
	records, wrong2 := strconv.Atoi(parts[2])
	rejected, wrong3 := strconv.Atoi(parts[3])
	i.Records, i.Rejected = records, rejected
	return round, i, wrong == nil && wrong2 == nil && wrong3 == nil && records >= 0 && rejected >= 0
}

// coverOf reads what an import covers.
func coverOf(e store.Entry) (x drill.Cover, ok bool) {
	value, known := strings.CutPrefix(e.Value, entryVersion)
	parts := strings.SplitN(value, "\x00", 3)
	if !known || len(parts) != 3 {
		return drill.Cover{}, false
	}
	round, err := strconv.Atoi(parts[0])
	return drill.Cover{Round: round, Event: drill.Event(parts[1]), Organisation: parts[2]}, err == nil
}
