// Package ledger keeps what was counted in drills: who did what with the mail of which round, durably and without names. It
// decides under which keys that stands, what a drill is reduced to when it is closed, and what is destroyed when it is
// forgotten. It does not decide what counts, which is said in package policy/drill, and knows persons only while it hashes
// their addresses with a key that belongs to the drill and goes with it.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// The limits of a ledger.
const (
	DefaultTimeout = 2 * time.Second  // longest wait of a mail for the ledger
	MaxBatch       = store.MaxEntries // records of one Add
	MaxIDs         = 64               // Message-IDs that one mail is held against; further ones are passed over
)

// The errors that tell what to do. Every other one is a failure of the disk, the network or the server, those of package
// store among them.
var (
	ErrClosed = errors.New("the drill is closed: it counts nothing any more")
	ErrTooBig = errors.New("too many records at once")
)

// Config says where the ledgers are. Zero values mean the default.
type Config struct {
	Store   policy.Store  // Kind, Ledger, Redis and, with StoreRedis, the secret below
	Secret  *store.Secret // of StoreRedis: what the gateways share; not used with StoreFile
	Timeout time.Duration // longest wait for one step; DefaultTimeout
	Now     func() time.Time
	Observe func(op store.Op, result store.Result, elapsed time.Duration)
}

// Ledger keeps the drills of one place. Its methods are used from many goroutines at once, and several processes use the
// same place.
type Ledger struct {
	books *store.Books
	now   func() time.Time
	run   string // names this process among those that note what they could not write

	mu   sync.Mutex
	keys map[string]*hasher       // by drill
	lost map[string]map[int]int64 // by drill and round: events that could not be written, nor yet noted
	seq  int

	counts map[string]int // by drill and set: the last number known
}

// hasher turns what must not be readable into what stands in the ledger of one drill.
type hasher struct {
	key    []byte
	secret *store.Secret
}

// The purposes of hashes.
const (
	purposePerson  store.Purpose = "drill_person"
	purposeMessage store.Purpose = "drill_message"
)

// Open opens the place that c describes. A ledger of a drill is made when something is first kept in it.
func Open(c Config) (*Ledger, error) {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	books, err := store.OpenBooks(store.Config{Kind: store.Kind(c.Store.Kind), Path: c.Store.Ledger, Redis: store.Redis(c.Store.Redis),
		Secret: c.Secret, LedgerTimeout: c.Timeout, Now: c.Now, Observe: c.Observe})
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return &Ledger{books: books, now: c.Now, run: runName(), keys: map[string]*hasher{}, lost: map[string]map[int]int64{},
		counts: map[string]int{}}, nil
}

// Close ends the use of the ledger. It tries to note what could not be written.
func (l *Ledger) Close() error {
	l.noteAll()
	return l.books.Close()
}

// hasherOf returns the hasher of a drill, and makes the drill's ledger where there is none.
func (l *Ledger) hasherOf(ctx context.Context, name string) (*hasher, error) {
	l.mu.Lock()
	h := l.keys[name]
	l.mu.Unlock()
	if h != nil {
		return h, nil
	}
	key, err := l.books.Key(ctx, name)
	if err != nil {
		return nil, closed(err)
	}
	secret, err := store.NewSecret(key)
	if err != nil {
		return nil, err
	}
	h = &hasher{key, secret}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[name] = h
	return h, nil
}

// drop forgets the key of a drill, which is closed or was made anew.
func (l *Ledger) drop(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, name)
}

func closed(err error) error {
	if errors.Is(err, store.ErrSealed) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

func (h *hasher) person(a policy.Address) string {
	id := h.secret.Key(purposePerson, a.Person()).ID()
	return string(id[:])
}

func (h *hasher) message(id string) string {
	k := h.secret.Key(purposeMessage, id).ID()
	return string(k[:])
}

// Person returns what stands for a person in the ledger of a drill: drill.Record.Person and drill.Visit.Person. It makes the
// ledger where there is none, and the same address gives the same text until the drill is forgotten. ErrClosed when it is.
func (l *Ledger) Person(ctx context.Context, name string, a policy.Address) (string, error) {
	h, err := l.hasherOf(ctx, name)
	if err != nil {
		return "", fmt.Errorf("ledger of %s: %w", name, err)
	}
	return h.person(a), nil
}

// Add keeps up to MaxBatch records of persons and returns how many were not there before; of a person, an event and a class
// the earliest record stays. All of one drill are kept together or, after an error, perhaps none; adding them again is safe.
// ErrClosed when the drill is closed.
func (l *Ledger) Add(ctx context.Context, records []drill.Record) (added int, err error) {
	if len(records) > MaxBatch {
		return 0, fmt.Errorf("%w: %d, one step takes %d", ErrTooBig, len(records), MaxBatch)
	}
	batches := map[string][]store.Entry{}
	for _, r := range records {
		e, err := entryOf(r)
		if err != nil {
			return 0, err
		}
		batches[r.Drill] = append(batches[r.Drill], e)
	}
	for name, entries := range batches {
		h, err := l.hasherOf(ctx, name)
		if err != nil {
			return added, fmt.Errorf("ledger of %s: %w", name, err)
		}
		n, err := l.write(ctx, name, h, entries)
		added += n
		if err != nil {
			return added, fmt.Errorf("ledger of %s: %w", name, err)
		}
	}
	return added, nil
}

// write adds entries made with h, and what is still to be noted.
func (l *Ledger) write(ctx context.Context, name string, h *hasher, entries []store.Entry) (int, error) {
	var notes []store.Entry
	back := func() {}
	if len(entries) <= store.MaxEntries-drill.MaxRounds {
		notes, back = l.notes(name)
	}
	n, err := l.books.Add(ctx, name, h.key, append(notes, entries...))
	if err == nil {
		return n - len(notes), nil
	}
	back()
	if errors.Is(err, store.ErrSealed) || errors.Is(err, store.ErrOtherKey) {
		l.drop(name)
	}
	return 0, closed(err)
}

// setOf is the name of the set of an event.
func setOf(round int, e drill.Event) string { return strconv.Itoa(round) + "/" + string(e) }
