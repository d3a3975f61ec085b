package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// The limits of books that no configuration changes.
const (
	MaxBookName  = 64      // octets of the name of a book
	MaxSetName   = 64      // octets of the name of a set
	MaxEntryID   = 64      // octets of an ID
	MaxEntries   = 1000    // entries of one Add: one step, done whole or not at all
	MaxSummary   = 8 << 20 // octets of a summary
	MaxSummed    = 4096    // octets of one value of it
	MaxCalls     = 4096    // calls under way at once, several for each connection of an MTA; more are refused with ErrBusy
	DefaultBooks = "/var/lib/sekimori/drill"

	bookStep    = 2000             // entries that one step of Each reads
	bookBreath  = time.Millisecond // pause between two steps of one process, for others that wait
	bookKeySize = 32               // octets
)

// The errors of books beside those of a store.
var (
	ErrSealed   = errors.New("the book is closed")
	ErrOtherKey = errors.New("the book was made anew, with another key")
)

// Entry is one member of a set in a book.
type Entry struct {
	Set   string    // of printable ASCII
	ID    string    // any octets: what is added under it twice is one
	At    time.Time // to the second, from 1970 on; of two entries with one ID the earlier stays
	Value string    // at most MaxValue octets
}

// Books are ledgers that each stand for themselves. A book has a random key of its own, which comes and goes with it; it
// holds sets of entries that are added once, can be sealed with a summary, and then destroyed up to that summary. Several
// processes use a book at the same time: with KindFile each book is a file in a directory, opened for one step under a lock,
// so that a command line works beside a gateway; with KindRedis it is one hash.
//
// A book is made by its first Key. Every call answers within Config.LedgerTimeout, Each within that time for each step.
// The errors are those of a Ledger, ErrSealed and ErrOtherKey.
type Books struct {
	c     Config
	b     bookBackend
	guard *guard
	stop  chan struct{}
	once  sync.Once
}

// bookBackend is what differs between the kinds.
type bookBackend interface {
	key(ctx context.Context, book string) ([]byte, error)
	add(ctx context.Context, book string, key []byte, entries []Entry) (added int, err error)
	count(ctx context.Context, book, set string) (int, error)
	find(ctx context.Context, book, set string, ids []string) ([]*Entry, error)
	read(ctx context.Context, book string, from cursor) (page, error)
	seal(ctx context.Context, book string, summary []string) error
	sealed(ctx context.Context, book string) (seal, error)
	destroy(ctx context.Context, book string) error
	close() error
}

// page is what one step of Each read, and where the next begins.
type page struct {
	entries []Entry
	next    cursor
}

// seal is what became of a book.
type seal struct {
	state   State
	summary []string
}

// cursor is how far a reading came; the zero value is the beginning.
type cursor struct {
	set, id string // KindFile: the last entry
	scan    uint64 // KindRedis
	done    bool
}

// State is what has become of a book.
type State string

// The states.
const (
	StateNone      State = "none"      // nobody has made it
	StateOpen      State = "open"      // it takes entries
	StateSealed    State = "sealed"    // it takes none any more
	StateDestroyed State = "destroyed" // only its summary is left
)

// OpenBooks opens the books that c describes: with KindFile c.Path is their directory, made with mode 0700 when it is not
// there, and no secret is needed. Mistakes are ErrConfig; otherwise it fails as Open does.
func OpenBooks(c Config) (*Books, error) {
	file := c.Kind == "" || c.Kind == KindFile
	if file && c.Path == "" {
		c.Path = DefaultBooks
	}
	if file && c.Secret == nil {
		c.Secret = &Secret{} // no key is made with it
	}
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	b := &Books{c: c, guard: &guard{slots: make(chan struct{}, MaxCalls)}, stop: make(chan struct{})}
	if file {
		b.b, err = openBookFiles(c)
	} else {
		b.b, err = openBookHashes(c)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Key returns the key of a book. The first call makes the book; all processes get the same key. A book that was destroyed
// has none: ErrSealed.
func (b *Books) Key(ctx context.Context, book string) ([]byte, error) {
	return booked(ctx, b, OpAddOnce, book, func(ctx context.Context) ([]byte, error) { return b.b.key(ctx, book) })
}

// Add adds up to MaxEntries entries in one step and returns how many were not there before. After an error none or all of
// them are there; adding them again is safe. Key is that of the book, so that nothing is written into one that was made
// anew meanwhile: ErrOtherKey. A sealed book takes none: ErrSealed. When it returns nil the entries are on disk (file), or
// in the server's memory (Redis: its appendonly setting says the rest).
func (b *Books) Add(ctx context.Context, book string, key []byte, entries []Entry) (added int, err error) {
	if err := checkEntries(entries); err != nil {
		return 0, err
	}
	return booked(ctx, b, OpAddOnce, book, func(ctx context.Context) (int, error) { return b.b.add(ctx, book, key, entries) })
}

func checkEntries(entries []Entry) error {
	if len(entries) > MaxEntries {
		return fmt.Errorf("add to a book: %w: %d entries, one step takes %d", ErrMalformed, len(entries), MaxEntries)
	}
	for _, e := range entries {
		if !validSet(e.Set) || len(e.ID) == 0 || len(e.ID) > MaxEntryID || len(e.Value) > MaxValue || e.At.Unix() < 0 || e.At.Unix() > maxStamp {
			return fmt.Errorf("add to a book: %w", ErrMalformed)
		}
	}
	return nil
}

// Count returns the number of entries of a set, 0 where there is no such book or set, or no longer.
func (b *Books) Count(ctx context.Context, book, set string) (int, error) {
	return booked(ctx, b, OpCount, book, func(ctx context.Context) (int, error) { return b.b.count(ctx, book, set) })
}

// Find returns the entry of each ID in a set, nil where there is none. At most MaxEntries are asked for.
func (b *Books) Find(ctx context.Context, book, set string, ids ...string) ([]*Entry, error) {
	if len(ids) > MaxEntries {
		return nil, fmt.Errorf("find in a book: %w", ErrMalformed)
	}
	return booked(ctx, b, OpRecall, book, func(ctx context.Context) ([]*Entry, error) { return b.b.find(ctx, book, set, ids) })
}

// Each calls f for every entry of a book, in no order; with Redis one may come twice. Entries added meanwhile may be missed.
// Writers wait for no more than one step. An error of f ends it and is returned.
func (b *Books) Each(ctx context.Context, book string, f func(Entry) error) error {
	for at := (cursor{}); !at.done; {
		page, err := booked(ctx, b, OpEach, book, func(ctx context.Context) (page, error) { return b.b.read(ctx, book, at) })
		if err != nil {
			return err
		}
		for _, e := range page.entries {
			if err := f(e); err != nil {
				return err
			}
		}
		if at = page.next; !at.done {
			time.Sleep(bookBreath)
		}
	}
	return nil
}

// Seal closes a book. From the first call on it takes no entries; with a summary, up to MaxSummary octets in values of up to
// MaxSummed, that is kept with it and replaces none that is there already. Nil only closes, so that what is summed up no
// longer changes.
func (b *Books) Seal(ctx context.Context, book string, summary []string) error {
	octets := 0
	for _, v := range summary {
		if octets += len(v); len(v) > MaxSummed || octets > MaxSummary {
			return fmt.Errorf("seal a book: %w", ErrMalformed)
		}
	}
	_, err := booked(ctx, b, OpForget, book, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, b.b.seal(ctx, book, summary)
	})
	return err
}

// Sealed returns the state of a book and its summary, nil while there is none.
func (b *Books) Sealed(ctx context.Context, book string) (State, []string, error) {
	v, err := booked(ctx, b, OpRecall, book, func(ctx context.Context) (seal, error) { return b.b.sealed(ctx, book) })
	return v.state, v.summary, err
}

// Destroy destroys the key and every entry of a book that has a summary, which stays. A file is overwritten with zeros
// before it is replaced; what a disk, a snapshot, a backup or Redis's own files keep of it is out of reach here. A book
// without summary is left alone: ErrMalformed. Where a process died in between, a second call goes on.
func (b *Books) Destroy(ctx context.Context, book string) error {
	_, err := booked(ctx, b, OpForget, book, func(ctx context.Context) (struct{}, error) { return struct{}{}, b.b.destroy(ctx, book) })
	return err
}

// Close ends the use of the books. Steps under way end with ErrClosed or are done.
func (b *Books) Close() error {
	var err error
	b.once.Do(func() {
		close(b.stop)
		err = b.b.close()
	})
	return err
}

// booked runs one step within its time, and counts it.
func booked[T any](ctx context.Context, b *Books, op Op, book string, do func(context.Context) (T, error)) (T, error) {
	var none T
	if !validBook(book) {
		return none, fmt.Errorf("book %q: %w", book, ErrMalformed)
	}
	select {
	case <-b.stop:
		return none, ErrClosed
	default:
	}
	start := time.Now()
	value, err := within(ctx, b.guard, b.c.LedgerTimeout, do)
	b.c.Observe(op, resultOf(err), time.Since(start))
	if err != nil {
		return none, fmt.Errorf("book %s: %w", book, err)
	}
	return value, nil
}

// validBook reports whether a name can be that of a file: lower-case letters, digits and underscores.
func validBook(name string) bool {
	return name != "" && len(name) <= MaxBookName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func validSet(name string) bool {
	for i := range len(name) {
		if name[i] <= ' ' || name[i] > '~' {
			return false
		}
	}
	return name != "" && len(name) <= MaxSetName
}
