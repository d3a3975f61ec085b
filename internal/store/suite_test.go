package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// suite are the tests that every kind of store passes.
func suite(t *testing.T, make func(testing.TB) stand) {
	for _, c := range []struct {
		name string
		test func(*testing.T, stand)
	}{
		{"remember", testRemember},
		{"expiry", testExpiry},
		{"restart", testRestart},
		{"limits", testLimits},
		{"queue", testQueue},
		{"batches", testBatches},
		{"add once", testAddOnce},
		{"add from many", testAddFromMany},
		{"each", testEach},
		{"set expiry", testSetExpiry},
		{"forget", testForget},
		{"secret", testSecretMismatch},
		{"closed", testClosed},
		{"observed", testObserved},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, make(t)) })
	}
}

func testRemember(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	soon := st.now().Add(time.Hour)
	a, b, empty, none := key("message_id", "a"), key("message_id", "b"), key("pair", "a"), key("pair", "b")
	value := []byte("one")
	s.Remember(a, value, soon)
	copy(value, "xxx") // the caller's to reuse
	s.Remember(b, []byte("two"), soon)
	s.Remember(empty, nil, soon)
	const want = `"one" - "two" "" `
	if got := recalled(t, s, a, none, b, empty); got != want {
		t.Errorf("at once: %s, wanted %s", got, want)
	}
	flushed(t, s)
	if got := recalled(t, s, a, none, b, empty); got != want {
		t.Errorf("when written: %s, wanted %s", got, want)
	}
	s.Remember(b, []byte("three"), soon)
	if got := recalled(t, s, b, a); got != `"three" "one" ` {
		t.Errorf("one replaced, not yet written: %s", got)
	}
	flushed(t, s)
	if got := recalled(t, s, b); got != `"three" ` {
		t.Errorf("one replaced: %s", got)
	}
	if values, err := s.Recall(context.Background()); err != nil || len(values) != 0 {
		t.Errorf("no keys: %v, %v", values, err)
	}
}

func testExpiry(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	start := st.now()
	short, long, longer, shorter, past := key("a", "1"), key("a", "2"), key("a", "3"), key("a", "4"), key("a", "5")
	s.Remember(short, []byte("short"), start.Add(2*time.Second))
	s.Remember(long, []byte("long"), start.Add(time.Hour))
	s.Remember(longer, nil, start.Add(2*time.Second))
	s.Remember(shorter, nil, start.Add(time.Hour))
	s.Remember(past, nil, start)
	flushed(t, s)
	s.Remember(longer, []byte("longer"), start.Add(time.Hour))
	s.Remember(shorter, []byte("shorter"), start.Add(2*time.Second))
	flushed(t, s)
	all := []Key{short, long, longer, shorter, past}
	if got := recalled(t, s, all...); got != `"short" "long" "longer" "shorter" - ` {
		t.Errorf("before the time: %s", got)
	}
	st.pass(2*time.Second + 100*time.Millisecond)
	if got := recalled(t, s, all...); got != `- "long" "longer" - - ` {
		t.Errorf("after the time: %s", got)
	}
}

func testRestart(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	k, set, member := st.config.Secret.Key("a", "1"), st.config.Secret.Key("set", "1"), st.config.Secret.Key("person", "1")
	s.Remember(k, []byte("kept"), st.now().Add(time.Hour))
	mustAdd(t, s, set, member, "", time.Time{})
	if err := s.Close(); err != nil { // writes what waits
		t.Fatal(err)
	}
	s = mustOpen(t, st.config)
	if got := recalled(t, s, k); got != `"kept" ` {
		t.Errorf("after a restart: %s", got)
	}
	if mustAdd(t, s, set, member, "", time.Time{}) || mustCount(t, s, set) != 1 {
		t.Error("a set did not outlive a restart")
	}
}

func testLimits(t *testing.T, st stand) {
	dropped := map[Drop]int{}
	st.config.Dropped = func(why Drop, n int) { dropped[why] += n }
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	soon := st.now().Add(time.Hour)
	full, over := strings.Repeat("x", MaxValue), strings.Repeat("x", MaxValue+1)
	s.Remember(key("a", "1"), []byte(full), soon)
	s.Remember(key("a", "2"), []byte(over), soon)
	s.Remember(key("No Purpose", "3"), nil, soon)
	flushed(t, s)
	if got := recalled(t, s, key("a", "1"), key("a", "2")); got != fmt.Sprintf("%q - ", full) {
		t.Errorf("value of %d and %d octets: %s", MaxValue, MaxValue+1, got)
	}
	if dropped[DropMalformed] != 2 || len(dropped) != 1 {
		t.Errorf("dropped %v, wanted 2 malformed", dropped)
	}
	ctx := context.Background()
	if added, err := s.AddOnce(ctx, key("s"), key("m"), []byte(full), soon); !added || err != nil {
		t.Errorf("member with %d octets: %v, %v", MaxValue, added, err)
	}
	for _, bad := range []func() error{
		func() error { _, err := s.AddOnce(ctx, key("s"), key("m2"), []byte(over), soon); return err },
		func() error { _, err := s.AddOnce(ctx, Key{}, key("m"), nil, soon); return err },
		func() error { _, err := s.AddOnce(ctx, key("s"), Key{}, nil, soon); return err },
		func() error { _, err := s.Count(ctx, Key{}); return err },
		func() error { _, err := s.Recall(ctx, key("a"), Key{}); return err },
		func() error { _, err := s.Recall(ctx, keys(st, MaxKeys+1)...); return err },
		func() error { return s.Forget(ctx, Key{}) },
		func() error { return s.Each(ctx, Key{}, func(Member) error { return nil }) },
	} {
		if err := bad(); !errors.Is(err, ErrMalformed) {
			t.Errorf("got %v, wanted %v", err, ErrMalformed)
		}
	}
	if _, err := s.Recall(ctx, keys(st, MaxKeys)...); err != nil {
		t.Errorf("%d keys: %v", MaxKeys, err)
	}
}

func keys(st stand, n int) []Key {
	all := make([]Key, n)
	for i := range all {
		all[i] = st.config.Secret.Key("many", fmt.Sprint(i))
	}
	return all
}

// testQueue fills the queue to its last place, then by one value more, while nothing is written.
func testQueue(t *testing.T, st stand) {
	var dropped atomic.Int64
	st.config.FlushInterval, st.config.QueueSize = time.Hour, 3
	st.config.Dropped = func(why Drop, n int) {
		if why != DropFull {
			t.Errorf("dropped because %s", why)
		}
		dropped.Add(int64(n))
	}
	s := mustOpen(t, st.config)
	all := keys(st, 4)
	soon := st.now().Add(time.Hour)
	for _, k := range all[:3] {
		s.Remember(k, []byte("kept"), soon)
	}
	s.Remember(all[0], []byte("newer"), soon) // needs no place
	if n := dropped.Load(); n != 0 {
		t.Errorf("%d of 3 dropped with room for 3", n)
	}
	s.Remember(all[3], nil, soon)
	if n := dropped.Load(); n != 1 {
		t.Errorf("%d of 4 dropped with room for 3", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := recalled(t, mustOpen(t, st.config), all...); got != `"newer" "kept" "kept" - ` {
		t.Errorf("after a restart: %s", got)
	}
}

// testBatches remembers more than one batch. A full batch is written without waiting for the interval.
func testBatches(t *testing.T, st stand) {
	st.config.FlushInterval = time.Hour
	s := mustOpen(t, st.config)
	soon := st.now().Add(time.Hour)
	all := keys(st, 2*BatchSize+1)
	for _, k := range all[:BatchSize] {
		s.Remember(k, []byte("x"), soon)
	}
	flushed(t, s)
	for _, k := range all[BatchSize:] {
		s.Remember(k, []byte("x"), soon)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, st.config)
	for i := 0; i < len(all); i += MaxKeys {
		some := all[i:min(i+MaxKeys, len(all))]
		if got := recalled(t, s, some...); strings.Contains(got, "-") {
			t.Errorf("values after %d are lost", i)
		}
	}
}

func testAddOnce(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	opened, replied := key("opened", "round 1"), key("replied", "round 1")
	taro, jiro := key("person", "taro@mof.go.jp"), key("person", "jiro@mof.go.jp")
	if mustCount(t, s, opened) != 0 {
		t.Error("a set that does not exist has members")
	}
	for i, c := range []struct {
		set, member Key
		want        bool
	}{
		{opened, taro, true}, {opened, taro, false}, {replied, taro, true}, {opened, jiro, true}, {opened, jiro, false},
	} {
		if got := mustAdd(t, s, c.set, c.member, fmt.Sprint(i), time.Time{}); got != c.want {
			t.Errorf("addition %d: %v, wanted %v", i, got, c.want)
		}
	}
	if a, b := mustCount(t, s, opened), mustCount(t, s, replied); a != 2 || b != 1 {
		t.Errorf("%d and %d members, wanted 2 and 1", a, b)
	}
	got := map[ID]string{}
	err := s.Each(context.Background(), opened, func(m Member) error { got[m.ID] = string(m.Value); return nil })
	if err != nil || len(got) != 2 || got[taro.ID()] != "0" || got[jiro.ID()] != "3" {
		t.Errorf("members %v, %v: the first values are not kept", got, err)
	}
}

// testAddFromMany adds the same members from many goroutines: each is added by exactly one.
func testAddFromMany(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	set := st.config.Secret.Key("set")
	all := keys(st, 20)
	added := make([]atomic.Int64, len(all))
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range all {
				i = (i + g) % len(all)
				ok, err := s.AddOnce(context.Background(), set, all[i], nil, st.now().Add(time.Hour))
				if err != nil {
					t.Error(err)
				}
				if ok {
					added[i].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for i := range added {
		if n := added[i].Load(); n != 1 {
			t.Errorf("member %d was added %d times", i, n)
		}
	}
	if n := mustCount(t, s, set); n != len(all) {
		t.Errorf("%d members, wanted %d", n, len(all))
	}
}

// testEach reads sets around the size of a step.
func testEach(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	ctx := context.Background()
	for _, n := range []int{0, 1, eachStep, eachStep + 1, 2*eachStep + 7} {
		set := st.config.Secret.Key("set", fmt.Sprint(n))
		var wg sync.WaitGroup
		for _, some := range split(keys(st, n), 40) {
			wg.Go(func() {
				for _, k := range some {
					mustAdd(t, s, set, k, k.ID().String(), time.Time{})
				}
			})
		}
		wg.Wait()
		seen := map[ID]bool{}
		err := s.Each(ctx, set, func(m Member) error {
			if seen[m.ID] || string(m.Value) != m.ID.String() {
				t.Errorf("%s twice, or with the value %q", m.ID, m.Value)
			}
			seen[m.ID] = true
			return nil
		})
		if err != nil || len(seen) != n {
			t.Errorf("%d of %d members, %v", len(seen), n, err)
		}
	}
	enough := errors.New("enough")
	calls := 0
	err := s.Each(ctx, st.config.Secret.Key("set", "501"), func(Member) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("ended by the caller: %v after %d calls", err, calls)
	}
}

func split(all []Key, n int) [][]Key {
	var parts [][]Key
	for len(all) > 0 {
		m := min(len(all), (len(all)+n-1)/n)
		parts, all, n = append(parts, all[:m]), all[m:], n-1
	}
	return parts
}

func testSetExpiry(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	short, long, ever := key("set", "short"), key("set", "long"), key("set", "ever")
	start := st.now()
	mustAdd(t, s, short, key("m", "1"), "", start.Add(2*time.Second))
	mustAdd(t, s, long, key("m", "1"), "", start.Add(2*time.Second))
	mustAdd(t, s, long, key("m", "2"), "", start.Add(time.Hour)) // the last one holds
	mustAdd(t, s, ever, key("m", "1"), "", start.Add(2*time.Second))
	mustAdd(t, s, ever, key("m", "1"), "", time.Time{})
	st.pass(2*time.Second + 100*time.Millisecond)
	if a, b, c := mustCount(t, s, short), mustCount(t, s, long), mustCount(t, s, ever); a != 0 || b != 2 || c != 1 {
		t.Errorf("%d, %d and %d members, wanted 0, 2 and 1", a, b, c)
	}
	if !mustAdd(t, s, short, key("m", "2"), "", st.now().Add(time.Hour)) || mustCount(t, s, short) != 1 {
		t.Error("an expired set does not begin anew")
	}
}

func testForget(t *testing.T, st stand) {
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	gone, kept := key("set", "gone"), key("set", "kept")
	for _, k := range keys(st, 30) {
		mustAdd(t, s, gone, k, "", time.Time{})
	}
	mustAdd(t, s, kept, key("m"), "", time.Time{})
	for range 2 { // what is gone can be forgotten again
		if err := s.Forget(context.Background(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := mustCount(t, s, gone), mustCount(t, s, kept); a != 0 || b != 1 {
		t.Errorf("%d and %d members, wanted 0 and 1", a, b)
	}
	if !mustAdd(t, s, gone, keys(st, 1)[0], "", time.Time{}) {
		t.Error("a member of a forgotten set is still there")
	}
}

func testSecretMismatch(t *testing.T, st stand) {
	mustOpen(t, st.config).Close()
	other := st.config
	other.Secret = testSecret(t, "b")
	if _, err := Open(other); !errors.Is(err, ErrSecret) {
		t.Errorf("another secret: %v", err)
	}
	mustOpen(t, st.config)
}

func testClosed(t *testing.T, st stand) {
	dropped := 0
	st.config.Dropped = func(why Drop, n int) {
		if why == DropClosed {
			dropped += n
		}
	}
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.Remember(key("a"), nil, st.now().Add(time.Hour))
	if dropped != 1 {
		t.Errorf("%d dropped, wanted 1", dropped)
	}
	if _, err := s.Recall(context.Background(), key("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("recall: %v", err)
	}
	if _, err := s.AddOnce(context.Background(), key("a"), key("a"), nil, time.Time{}); !errors.Is(err, ErrClosed) {
		t.Errorf("add: %v", err)
	}
}

func testObserved(t *testing.T, st stand) {
	var mu sync.Mutex
	seen := map[Op]int{}
	sizes := make(chan Size, 100)
	st.config.Observe = func(op Op, r Result, d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if r != ResultOK || d < 0 {
			t.Errorf("%s %s after %v", op, r, d)
		}
		seen[op]++
	}
	st.config.Size = func(s Size) { sizes <- s }
	s := mustOpen(t, st.config)
	key := st.config.Secret.Key
	s.Remember(key("a"), nil, st.now().Add(time.Hour))
	flushed(t, s)
	recalled(t, s, key("a"))
	mustAdd(t, s, key("s"), key("m"), "", time.Time{})
	mustCount(t, s, key("s"))
	if err := s.Each(context.Background(), key("s"), func(Member) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(context.Background(), key("s")); err != nil {
		t.Fatal(err)
	}
	if first := <-sizes; first.Entries < 0 || first.Bytes <= 0 {
		t.Errorf("size %+v", first)
	}
	s.(*front).tellSize()
	if after := <-sizes; after.Entries < 1 {
		t.Errorf("size %+v with one value", after)
	}
	s.Close()
	mu.Lock()
	defer mu.Unlock()
	for _, op := range Ops() {
		if seen[op] == 0 {
			t.Errorf("%s was not counted", op)
		}
	}
	if len(seen) != len(Ops()) {
		t.Errorf("counted %v, which Ops does not list", seen)
	}
}
