package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// bookHashes keeps each book in two hashes of Redis, which a Cluster keeps together:
//
//	sekimori:1:b:{<book>}    key; e<set> id → time, value; n<set> → number of entries
//	sekimori:1:c:{<book>}    sealed; destroyed; summary → number of values; v<number> → value
//
// What must happen at once happens in a script.
type bookHashes struct{ s *shared }

const (
	bookKeys = "b"
	sealKeys = "c"
)

// The fields that are no entries. An entry's begins with e, the set, a blank.
const (
	keyField       = "key"
	sealedField    = "sealed"
	summaryField   = "summary"
	destroyedField = "destroyed"
)

// The answers of the scripts.
const (
	scriptSealed   = -1
	scriptOtherKey = -2
)

// addScript adds entries: KEYS are the two hashes, ARGV the key, then set, id and text of each. The lesser of two times
// stays.
const addScript = `
if redis.call('HEXISTS', KEYS[2], 'sealed') == 1 then return -1 end
if redis.call('HGET', KEYS[1], 'key') ~= ARGV[1] then return -2 end
local added = 0
for i = 2, #ARGV, 3 do
  local field = 'e' .. ARGV[i] .. ' ' .. ARGV[i+1]
  local old = redis.call('HGET', KEYS[1], field)
  if not old then
    redis.call('HINCRBY', KEYS[1], 'n' .. ARGV[i], 1)
    added = added + 1
  end
  if not old or tonumber(string.sub(ARGV[i+2], 1, 11)) < tonumber(string.sub(old, 1, 11)) then
    redis.call('HSET', KEYS[1], field, ARGV[i+2])
  end
end
return added`

// keyScript gives the book the key ARGV[1], unless it has one or is sealed, and returns the key it has.
const keyScript = `
if redis.call('HEXISTS', KEYS[2], 'sealed') == 0 then redis.call('HSETNX', KEYS[1], 'key', ARGV[1]) end
return redis.call('HGET', KEYS[1], 'key')`

// sealScript seals, and with ARGV beyond the first, which says that there is a summary, keeps it once.
const sealScript = `
redis.call('HSET', KEYS[2], 'sealed', '1')
if ARGV[1] == '1' and redis.call('HEXISTS', KEYS[2], 'summary') == 0 then
  for i = 2, #ARGV do redis.call('HSET', KEYS[2], 'v' .. (i - 1), ARGV[i]) end
  redis.call('HSET', KEYS[2], 'summary', #ARGV - 1)
end
return 1`

// destroyScript destroys all but the summary.
const destroyScript = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'destroyed', '1')
return 1`

func openBookHashes(c Config) (*bookHashes, error) {
	s, err := openRedis(c)
	if err != nil {
		return nil, err
	}
	return &bookHashes{s}, nil
}

// there asks whether the server is back when it was away: nobody else does that here.
func (b *bookHashes) there(ctx context.Context) error {
	if !b.s.breaker.open.Load() {
		return nil
	}
	if !b.s.breaker.due(time.Now()) {
		return ErrUnavailable
	}
	if err := b.s.probe(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (b *bookHashes) hash(kind, book string) string {
	return b.s.prefix + ":1:" + kind + ":{" + book + "}"
}

func (b *bookHashes) keys(book string) []string {
	return []string{b.hash(bookKeys, book), b.hash(sealKeys, book)}
}

// run runs a script.
func (b *bookHashes) run(ctx context.Context, script, book string, args ...any) *redis.Cmd {
	if err := b.there(ctx); err != nil {
		cmd := redis.NewCmd(ctx)
		cmd.SetErr(err)
		return cmd
	}
	cmd := redis.NewScript(script).Run(ctx, b.s.client, b.keys(book), args...)
	b.s.asked(cmd.Err(), true)
	return cmd
}

// key implements bookBackend.
func (b *bookHashes) key(ctx context.Context, book string) ([]byte, error) {
	var random [bookKeySize]byte
	rand.Read(random[:]) // never fails
	key, err := b.run(ctx, keyScript, book, string(random[:])).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, ErrSealed
	case err != nil:
		return nil, err
	case len(key) != bookKeySize:
		return nil, ErrForeign
	}
	return []byte(key), nil
}

// add implements bookBackend.
func (b *bookHashes) add(ctx context.Context, book string, key []byte, entries []Entry) (int, error) {
	args := make([]any, 0, 1+3*len(entries))
	args = append(args, string(key))
	for _, e := range entries {
		args = append(args, e.Set, e.ID, e.text())
	}
	n, err := b.run(ctx, addScript, book, args...).Int()
	switch {
	case err != nil:
		return 0, err
	case n == scriptSealed:
		return 0, ErrSealed
	case n == scriptOtherKey:
		return 0, ErrOtherKey
	}
	return n, nil
}

// count implements bookBackend.
func (b *bookHashes) count(ctx context.Context, book, set string) (int, error) {
	if err := b.there(ctx); err != nil {
		return 0, err
	}
	n, err := b.s.client.HGet(ctx, b.hash(bookKeys, book), "n"+set).Int()
	b.s.asked(err, false)
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}

// find implements bookBackend.
func (b *bookHashes) find(ctx context.Context, book, set string, ids []string) ([]*Entry, error) {
	found := make([]*Entry, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	if err := b.there(ctx); err != nil {
		return nil, err
	}
	fields := make([]string, len(ids))
	for i, id := range ids {
		fields[i] = entryField(set, id)
	}
	values, err := b.s.client.HMGet(ctx, b.hash(bookKeys, book), fields...).Result()
	b.s.asked(err, false)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if text, ok := v.(string); ok {
			if e, ok := entryOf(set, ids[i], text); ok {
				found[i] = &e
			}
		}
	}
	return found, nil
}

func entryField(set, id string) string { return "e" + set + " " + id }

// read implements bookBackend.
func (b *bookHashes) read(ctx context.Context, book string, from cursor) (page, error) {
	if err := b.there(ctx); err != nil {
		return page{}, err
	}
	pairs, next, err := b.s.client.HScan(ctx, b.hash(bookKeys, book), from.scan, "", bookStep).Result()
	b.s.asked(err, false)
	if err != nil {
		return page{}, err
	}
	p := page{next: cursor{scan: next, done: next == 0}}
	for pair := range slices.Chunk(pairs, 2) {
		name, ok := strings.CutPrefix(pair[0], "e")
		if !ok || len(pair) < 2 {
			continue
		}
		set, id, _ := strings.Cut(name, " ")
		if e, ok := entryOf(set, id, pair[1]); ok {
			p.entries = append(p.entries, e)
		}
	}
	return p, nil
}

// seal implements bookBackend.
func (b *bookHashes) seal(ctx context.Context, book string, summary []string) error {
	args := []any{"0"}
	if summary != nil {
		args[0] = "1"
	}
	for _, v := range summary {
		args = append(args, v)
	}
	return b.run(ctx, sealScript, book, args...).Err()
}

// sealed implements bookBackend.
func (b *bookHashes) sealed(ctx context.Context, book string) (seal, error) {
	if err := b.there(ctx); err != nil {
		return seal{}, err
	}
	pipe := b.s.client.TxPipeline() // both at one moment
	closed, key := pipe.HGetAll(ctx, b.hash(sealKeys, book)), pipe.HExists(ctx, b.hash(bookKeys, book), keyField)
	_, err := pipe.Exec(ctx)
	b.s.asked(err, false)
	if err != nil {
		return seal{}, err
	}
	fields := closed.Val()
	switch {
	case fields[sealedField] == "" && !key.Val():
		return seal{state: StateNone}, nil
	case fields[sealedField] == "":
		return seal{state: StateOpen}, nil
	}
	s := seal{state: StateSealed}
	if fields[destroyedField] != "" {
		s.state = StateDestroyed
	}
	if n, err := strconv.Atoi(fields[summaryField]); err == nil && n <= len(fields) {
		s.summary = make([]string, n)
		for i := range s.summary {
			s.summary[i] = fields["v"+strconv.Itoa(i+1)]
		}
	}
	return s, nil
}

// destroy implements bookBackend. The server frees what it held at once; its own files keep it until they are rewritten.
func (b *bookHashes) destroy(ctx context.Context, book string) error {
	s, err := b.sealed(ctx, book)
	switch {
	case err != nil:
		return err
	case s.state == StateDestroyed:
		return nil
	case s.state != StateSealed || s.summary == nil:
		return fmt.Errorf("%w: it has no summary", ErrMalformed)
	}
	return b.run(ctx, destroyScript, book).Err()
}

func (b *bookHashes) close() error { return b.s.close() }
