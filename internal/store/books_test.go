package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// bookSuite are the tests that both kinds of books pass.
func bookSuite(t *testing.T, make func(testing.TB) Config) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Config)
	}{
		{"nothing", testNoBook},
		{"key", testBookKey},
		{"add", testBookAdd},
		{"earlier", testBookEarlier},
		{"each", testBookEach},
		{"limits", testBookLimits},
		{"seal", testBookSeal},
		{"destroy", testBookDestroy},
		{"two", testTwoGateways},
		{"closed", testBooksClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, make(t)) })
	}
}

func fileBooks(t testing.TB) Config {
	return patient(Config{Path: t.TempDir() + "/ledger"})
}

func TestFileBooks(t *testing.T) { bookSuite(t, fileBooks) }

func mustBooks(t testing.TB, c Config) *Books {
	t.Helper()
	b, err := OpenBooks(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func mustKey(t testing.TB, b *Books, book string) []byte {
	t.Helper()
	key, err := b.Key(t.Context(), book)
	if err != nil || len(key) != bookKeySize {
		t.Fatalf("key of %s: %d octets, %v", book, len(key), err)
	}
	return key
}

func at(second int) time.Time { return time.Unix(1_320_624_000+int64(second), 0).UTC() }

func member(set, id string, second int) Entry { return Entry{set, id, at(second), "v" + id} }

// enter adds entries and returns how many were new.
func enter(t testing.TB, b *Books, book string, entries ...Entry) int {
	t.Helper()
	n, err := b.Add(t.Context(), book, mustKey(t, b, book), entries)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func countOf(t testing.TB, b *Books, book, set string) int {
	t.Helper()
	n, err := b.Count(t.Context(), book, set)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// allOf returns every entry of a book as text, in order.
func allOf(t testing.TB, b *Books, book string) []string {
	t.Helper()
	var all []string
	err := b.Each(t.Context(), book, func(e Entry) error {
		all = append(all, fmt.Sprintf("%s %q %d %s", e.Set, e.ID, e.At.Unix()-at(0).Unix(), e.Value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func testNoBook(t *testing.T, c Config) {
	b := mustBooks(t, c)
	if n := countOf(t, b, "d", "s"); n != 0 {
		t.Errorf("%d entries in a book that nobody made", n)
	}
	if all := allOf(t, b, "d"); len(all) != 0 {
		t.Errorf("%v in a book that nobody made", all)
	}
	if found, err := b.Find(t.Context(), "d", "s", "a", "b"); err != nil || len(found) != 2 || found[0] != nil {
		t.Errorf("found %v, %v", found, err)
	}
	if state, summary, err := b.Sealed(t.Context(), "d"); state != StateNone || summary != nil || err != nil {
		t.Errorf("%s, %v, %v", state, summary, err)
	}
	if _, err := b.Add(t.Context(), "d", []byte(strings.Repeat("k", bookKeySize)), []Entry{member("s", "a", 1)}); !errors.Is(err, ErrOtherKey) {
		t.Errorf("added to a book that nobody made: %v", err)
	}
	if err := b.Destroy(t.Context(), "d"); err == nil {
		t.Error("destroyed a book that nobody made")
	}
}

func testBookKey(t *testing.T, c Config) {
	b := mustBooks(t, c)
	key := mustKey(t, b, "d")
	if string(mustKey(t, b, "d")) != string(key) || string(mustKey(t, mustBooks(t, c), "d")) != string(key) {
		t.Error("the key of a book changes")
	}
	if string(mustKey(t, b, "other")) == string(key) {
		t.Error("two books have one key")
	}
	wrong := slices.Clone(key)
	wrong[0]++
	if _, err := b.Add(t.Context(), "d", wrong, []Entry{member("s", "a", 1)}); !errors.Is(err, ErrOtherKey) {
		t.Errorf("with another key: %v", err)
	}
	if state, _, err := b.Sealed(t.Context(), "d"); state != StateOpen || err != nil {
		t.Errorf("%s, %v", state, err)
	}
}

func testBookAdd(t *testing.T, c Config) {
	b := mustBooks(t, c)
	odd := Entry{"1/opened", "\x00 \xff\n", at(3), "x y\x00z"}
	if n := enter(t, b, "d", member("1/opened", "a", 1), member("1/opened", "b", 1), member("2/opened", "a", 1), odd); n != 4 {
		t.Errorf("%d of 4 are new", n)
	}
	if n := enter(t, b, "d", member("1/opened", "a", 1), member("1/opened", "c", 1), member("1/opened", "c", 1)); n != 1 {
		t.Errorf("%d of 1 are new", n)
	}
	if n, m, o := countOf(t, b, "d", "1/opened"), countOf(t, b, "d", "2/opened"), countOf(t, b, "e", "1/opened"); n != 4 || m != 1 || o != 0 {
		t.Errorf("%d, %d and %d entries", n, m, o)
	}
	found, err := mustBooks(t, c).Find(t.Context(), "d", "1/opened", "z", odd.ID, "a")
	if err != nil || found[0] != nil || found[1] == nil || *found[1] != odd || found[2] == nil || *found[2] != member("1/opened", "a", 1) {
		t.Errorf("found %v, %v", found, err)
	}
}

// testBookEarlier: whatever the order, the earliest stays.
func testBookEarlier(t *testing.T, c Config) {
	b := mustBooks(t, c)
	first, second := Entry{"s", "a", at(1), "first"}, Entry{"s", "a", at(2), "second"}
	for _, order := range [][]Entry{{first, second}, {second, first}, {second, second, first, second}} {
		book := fmt.Sprint("d", len(order), order[0].Value)
		for _, e := range order {
			enter(t, b, book, e)
		}
		if all := allOf(t, b, book); len(all) != 1 || all[0] != `s "a" 1 first` {
			t.Errorf("%v gave %v", order, all)
		}
		if n := countOf(t, b, book, "s"); n != 1 {
			t.Errorf("%v gave %d entries", order, n)
		}
	}
}

// testBookEach reads more than one step, while others write.
func testBookEach(t *testing.T, c Config) {
	b := mustBooks(t, c)
	want := 0
	for _, set := range []string{"1/a", "1/b", "2/a"} {
		for i := 0; i < bookStep+1; i += 500 {
			var some []Entry
			for j := i; j < min(i+500, bookStep+1); j++ {
				some = append(some, member(set, fmt.Sprintf("%06d", j), j))
			}
			want += enter(t, b, "d", some...)
		}
	}
	if want != 3*(bookStep+1) {
		t.Fatalf("%d entries", want)
	}
	if all := allOf(t, b, "d"); len(all) != want {
		t.Errorf("%d entries of %d", len(all), want)
	}
	wrong := errors.New("wrong")
	if err := b.Each(t.Context(), "d", func(Entry) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
}

func testBookLimits(t *testing.T, c Config) {
	b := mustBooks(t, c)
	key := mustKey(t, b, "d")
	x := func(n int) string { return strings.Repeat("x", n) }
	many := make([]Entry, MaxEntries+1)
	for i := range many {
		many[i] = member("many", fmt.Sprint(i), 1)
	}
	for _, tt := range []struct {
		name    string
		book    string
		entries []Entry
		ok      bool
	}{
		{"longest", "d", []Entry{{x(MaxSetName), x(MaxEntryID), at(1), x(MaxValue)}}, true},
		{"set", "d", []Entry{{x(MaxSetName + 1), "a", at(1), ""}}, false},
		{"set with a blank", "d", []Entry{{"a b", "a", at(1), ""}}, false},
		{"no set", "d", []Entry{{"", "a", at(1), ""}}, false},
		{"id", "d", []Entry{{"s", x(MaxEntryID + 1), at(1), ""}}, false},
		{"no id", "d", []Entry{{"s", "", at(1), ""}}, false},
		{"value", "d", []Entry{{"s", "a", at(1), x(MaxValue + 1)}}, false},
		{"before 1970", "d", []Entry{{"s", "a", time.Unix(-1, 0), ""}}, false},
		{"after 5138", "d", []Entry{{"s", "a", time.Unix(maxStamp+1, 0), ""}}, false},
		{"last second", "d", []Entry{{"s", "a", time.Unix(maxStamp, 0), ""}}, true},
		{"entries", "d", many[:MaxEntries], true},
		{"one more", "d", many, false},
		{"none", "d", nil, true},
		{"name", "../d", nil, false},
		{"no name", "", nil, false},
	} {
		_, err := b.Add(t.Context(), tt.book, key, tt.entries)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	mustKey(t, b, x(MaxBookName))
	if _, err := b.Key(t.Context(), x(MaxBookName+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("name of %d octets: %v", MaxBookName+1, err)
	}
	if _, err := b.Find(t.Context(), "d", "s", make([]string, MaxEntries+1)...); !errors.Is(err, ErrMalformed) {
		t.Errorf("find %d: %v", MaxEntries+1, err)
	}
	if err := b.Seal(t.Context(), "d", []string{x(MaxSummed + 1)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("summary: %v", err)
	}
	most := slices.Repeat([]string{x(MaxSummed)}, MaxSummary/MaxSummed)
	if err := b.Seal(t.Context(), "d", append(most, "x")); !errors.Is(err, ErrMalformed) {
		t.Errorf("summary: %v", err)
	}
	if err := b.Seal(t.Context(), "d", most[:20]); err != nil {
		t.Error(err)
	}
	if _, summary, err := b.Sealed(t.Context(), "d"); err != nil || len(summary) != 20 || summary[19] != x(MaxSummed) {
		t.Errorf("%d values, %v", len(summary), err)
	}
}

func testBookSeal(t *testing.T, c Config) {
	b := mustBooks(t, c)
	enter(t, b, "d", member("s", "a", 1))
	key := mustKey(t, b, "d")
	if err := b.Destroy(t.Context(), "d"); !errors.Is(err, ErrMalformed) {
		t.Errorf("destroyed without a summary: %v", err)
	}
	for _, summary := range [][]string{nil, {"one", "two"}, {"three"}, nil} {
		if err := b.Seal(t.Context(), "d", summary); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Add(t.Context(), "d", key, []Entry{member("s", "b", 1)}); !errors.Is(err, ErrSealed) {
			t.Errorf("after %v: %v", summary, err)
		}
	}
	state, summary, err := b.Sealed(t.Context(), "d")
	if state != StateSealed || strings.Join(summary, " ") != "one two" || err != nil {
		t.Errorf("%s, %q, %v", state, summary, err)
	}
	if all := allOf(t, b, "d"); len(all) != 1 {
		t.Errorf("a sealed book holds %v", all)
	}
	if err := b.Seal(t.Context(), "empty", []string{}); err != nil {
		t.Fatal(err)
	}
	if state, summary, err := b.Sealed(t.Context(), "empty"); state != StateSealed || summary == nil || len(summary) != 0 || err != nil {
		t.Errorf("%s, %v, %v", state, summary, err)
	}
}

func testBookDestroy(t *testing.T, c Config) {
	b, other := mustBooks(t, c), mustBooks(t, c)
	enter(t, b, "d", member("s", "a", 1))
	key := mustKey(t, b, "d")
	if err := b.Seal(t.Context(), "d", []string{"one"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Destroy(t.Context(), "d"); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*Books{b, other, mustBooks(t, c)} {
		state, summary, err := b.Sealed(t.Context(), "d")
		if state != StateDestroyed || strings.Join(summary, " ") != "one" || err != nil {
			t.Errorf("%s, %q, %v", state, summary, err)
		}
		if _, err := b.Key(t.Context(), "d"); !errors.Is(err, ErrSealed) {
			t.Errorf("the key of a destroyed book: %v", err)
		}
		if _, err := b.Add(t.Context(), "d", key, []Entry{member("s", "b", 1)}); !errors.Is(err, ErrSealed) {
			t.Errorf("added to a destroyed book: %v", err)
		}
		if n := countOf(t, b, "d", "s"); n != 0 {
			t.Errorf("%d entries in a destroyed book", n)
		}
		if all := allOf(t, b, "d"); len(all) != 0 {
			t.Errorf("%v in a destroyed book", all)
		}
	}
}

// testTwoGateways: the same entries from two sides at once are there once, and no call fails.
func testTwoGateways(t *testing.T, c Config) {
	const all, sides = 60, 4
	var fresh, of sync.WaitGroup
	news := make(chan int, sides*all)
	fresh.Add(1)
	for range sides {
		b := mustBooks(t, c)
		of.Go(func() {
			fresh.Wait()
			key, err := b.Key(t.Context(), "d")
			if err != nil {
				t.Error(err)
				return
			}
			var each sync.WaitGroup
			for i := range all {
				each.Go(func() {
					n, err := b.Add(t.Context(), "d", key, []Entry{member("s", fmt.Sprint(i), 1), member("s", fmt.Sprint("x", i), 1)})
					if err != nil {
						t.Error(err)
					}
					news <- n
				})
			}
			each.Wait()
		})
	}
	fresh.Done()
	of.Wait()
	close(news)
	sum := 0
	for n := range news {
		sum += n
	}
	if b := mustBooks(t, c); sum != 2*all || countOf(t, b, "d", "s") != 2*all {
		t.Errorf("%d were new, %d are there, of %d", sum, countOf(t, b, "d", "s"), 2*all)
	}
}

func testBooksClosed(t *testing.T, c Config) {
	b := mustBooks(t, c)
	for range 2 {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.Key(t.Context(), "d"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
