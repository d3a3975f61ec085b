package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// shared is the backend of several gateways: Redis. Every key begins with the prefix and the version of the data, so that
// gateways of different versions do not read each other's.
//
//	sekimori:meta                  version, secret           (a hash)
//	sekimori:1:m:<purpose>:<id>    value                     (expires by itself)
//	sekimori:1:s:<purpose>:<id>    id of a member → value    (a hash)
type shared struct {
	client  redis.UniversalClient
	prefix  string
	mark    string
	breaker *breaker
	now     func() time.Time
	log     *slog.Logger
	observe func(Op, Result, time.Duration)
	limit   time.Duration // of one writing
	dead    atomic.Bool   // why it is open was said
}

// redisVersion is the version of the data in Redis.
const redisVersion = 1

// silence is here because the library's logger is one for the whole process.
var silence = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

// silent keeps the library from writing to standard error: what matters comes back as an error.
type silent struct{}

// Printf implements the library's logging.
func (silent) Printf(context.Context, string, ...any) {}

func openRedis(c Config) (*shared, error) {
	o, err := c.Redis.options(c)
	if err != nil {
		return nil, err
	}
	silence()
	s := &shared{
		client: redis.NewUniversalClient(o), prefix: c.Redis.Prefix, mark: c.Secret.mark(), breaker: newBreaker(),
		now: c.Now, log: c.Log, observe: c.Observe, limit: c.LedgerTimeout,
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.LedgerTimeout)
	defer cancel()
	if err := s.probe(ctx); errors.Is(err, ErrVersion) || errors.Is(err, ErrSecret) {
		s.client.Close()
		return nil, fmt.Errorf("redis: %w", err)
	}
	return s, nil
}

func (s *shared) key(kind string, k Key) string {
	b := make([]byte, 0, len(s.prefix)+len(k.purpose)+24)
	b = append(b, s.prefix...)
	b = append(b, ":1:"...)
	b = append(b, kind...)
	b = append(b, ':')
	b = append(b, k.purpose...)
	b = append(b, ':')
	b = append(b, k.id[:]...)
	return string(b)
}

// check asks whether the server answers, and whether what it holds is of our version and secret; the first gateway
// writes both.
func (s *shared) check(ctx context.Context) error {
	meta := s.prefix + ":meta"
	kept, err := s.client.HMGet(ctx, meta, "version", "secret").Result()
	if err != nil {
		return err
	}
	if kept[0] == nil || kept[1] == nil {
		for field, value := range map[string]string{"version": strconv.Itoa(redisVersion), "secret": s.mark} {
			if err := s.client.HSetNX(ctx, meta, field, value).Err(); err != nil {
				return err
			}
		}
		if kept, err = s.client.HMGet(ctx, meta, "version", "secret").Result(); err != nil {
			return err
		}
	}
	version, _ := kept[0].(string)
	switch n, err := strconv.Atoi(version); {
	case err != nil:
		return fmt.Errorf("%w: %s holds something else: give another prefix", ErrForeign, meta)
	case n > redisVersion:
		return fmt.Errorf("%w: %s says version %d, this sekimori knows up to %d: bring all gateways to one version", ErrVersion, meta, n, redisVersion)
	case kept[1] != s.mark:
		return fmt.Errorf("%w: %s was made with that of another gateway: give all the same file", ErrSecret, meta)
	}
	return nil
}

// probe finds out whether the server is there, and opens the way to it or leaves it closed.
func (s *shared) probe(ctx context.Context) error {
	start := time.Now()
	err := s.check(ctx)
	s.observe(OpUpkeep, resultOf(err), time.Since(start))
	back := s.breaker.probed(err == nil, time.Now())
	switch {
	case back && s.dead.Swap(false):
		s.log.Info("store: redis is back")
	case err != nil && !s.dead.Swap(true):
		s.log.Error("store: redis is away; mail goes on without what it remembers", "error", err)
	}
	return err
}

// asked notes how a reading or a writing ended, for the breaker. A reply of the server to a writing, such as that it is
// full, says nothing about readings.
func (s *shared) asked(err error, writing bool) {
	var reply redis.Error
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		s.breaker.succeeded()
	case errors.Is(err, context.Canceled) || writing && errors.As(err, &reply):
	case s.breaker.failed(time.Now()) && !s.dead.Swap(true):
		s.log.Error("store: redis is away; mail goes on without what it remembers", "error", err)
	}
}

// tend implements backend.
func (s *shared) tend(ctx context.Context) time.Duration {
	if s.breaker.due(time.Now()) {
		s.probe(ctx)
	}
	return lookPause
}

// size implements backend, over all masters of a Cluster.
func (s *shared) size(ctx context.Context) (Size, error) {
	if s.breaker.open.Load() {
		return Size{}, ErrUnavailable
	}
	var entries, used atomic.Int64
	one := func(ctx context.Context, c redis.Cmdable) error {
		n, err := c.DBSize(ctx).Result()
		if err != nil {
			return err
		}
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return err
		}
		entries.Add(n)
		used.Add(usedMemory(info))
		return nil
	}
	var err error
	if c, ok := s.client.(*redis.ClusterClient); ok {
		err = c.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error { return one(ctx, c) })
	} else {
		err = one(ctx, s.client)
	}
	return Size{Entries: entries.Load(), Bytes: used.Load()}, err
}

// usedMemory reads used_memory from what INFO says, 0 when it does not.
func usedMemory(info string) int64 {
	for line := range strings.Lines(info) {
		if n, ok := strings.CutPrefix(line, "used_memory:"); ok {
			used, _ := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
			return max(used, 0)
		}
	}
	return 0
}

func (s *shared) close() error { return s.client.Close() }
