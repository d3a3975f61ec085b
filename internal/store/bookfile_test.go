package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// enterUntilKilled adds entries to a book all the time, and prints each that was acknowledged. At the first line it
// waits until it may begin, so that the test is no race of starting processes.
func enterUntilKilled(args []string) error {
	b, err := OpenBooks(patient(Config{Path: args[0]}))
	if err != nil {
		return err
	}
	background := context.Background()
	key, err := b.Key(background, "d")
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id := args[1] + "-" + strconv.Itoa(i)
		if _, err := b.Add(background, "d", key, []Entry{member("1/accepted", id, i), member("message", id, i)}); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// TestBookKilled kills two processes that write the same book, again and again, in the midst of it. What they were told to be
// kept is there, what is there is whole, and the numbers agree.
func TestBookKilled(t *testing.T) {
	c := fileBooks(t)
	kept := map[string]bool{}
	for round := range 4 {
		for _, id := range killed(t, c.Path, fmt.Sprint(round)) {
			kept[id] = true
		}
		checkKept(t, c, kept)
	}
	if len(kept) < 8 {
		t.Errorf("only %d were acknowledged: this tests nothing", len(kept))
	}
}

// killed runs two processes for a moment, and returns what was acknowledged to them.
func killed(t *testing.T, path, round string) (acknowledged []string) {
	t.Helper()
	lines := make(chan string, 10_000)
	ends := make(chan error, 2)
	for _, side := range []string{"a", "b"} {
		cmd := another(t, "enter until killed", path, side+round)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			n := 0
			for s := bufio.NewScanner(out); s.Scan(); n++ {
				lines <- s.Text()
				if n == 5 {
					time.Sleep(7 * time.Millisecond) // not between two writings only
					cmd.Process.Kill()
				}
			}
			if err := cmd.Wait(); n == 0 {
				ends <- fmt.Errorf("side %s wrote nothing: %w: %s", side, err, cmd.Stderr)
				return
			}
			ends <- nil
		}()
	}
	for range 2 {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	close(lines)
	for line := range lines {
		acknowledged = append(acknowledged, line)
	}
	return acknowledged
}

func checkKept(t *testing.T, c Config, kept map[string]bool) {
	t.Helper()
	b := mustBooks(t, c)
	there, messages := map[string]bool{}, 0
	err := b.Each(t.Context(), "d", func(e Entry) error {
		if e.Set == "message" {
			messages++
			return nil
		}
		there[e.ID] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range kept {
		if !there[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	if n := countOf(t, b, "d", "1/accepted"); n != len(there) || messages != n {
		t.Errorf("it counts %d, holds %d, and %d of the entries that go with them", n, len(there), messages)
	}
}

// TestBookDamaged spoils the file of one book: it fails with what to do, and its neighbour goes on.
func TestBookDamaged(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		is    error
		says  string
	}{
		{"newer", edit(func(tx *bbolt.Tx) error {
			return tx.Bucket(metaBucket).Put(versionKey, binary.BigEndian.AppendUint64(nil, bookVersion+1))
		}), ErrVersion, "its data has version 2, this sekimori knows up to 1: install that version again"},
		{"foreign", edit(func(tx *bbolt.Tx) error { return tx.DeleteBucket(metaBucket) }), ErrForeign, "it is not a store of sekimori"},
		{"text", write(strings.Repeat("this is a diary\n", 4096)), ErrCorrupt, "move it away: what was counted in it is lost, unless a backup is put in its place"},
		{"zeros", write(strings.Repeat("\x00", 1<<16)), ErrCorrupt, "move it away"},
		{"cut", func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt, "move it away"},
		{"directory", func(_ *testing.T, path string) { os.Remove(path); os.Mkdir(path, 0o700) }, syscall.EISDIR, "is a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := fileBooks(t)
			b := mustBooks(t, c)
			for i := range 3 {
				enter(t, b, "d", members(i*200, 200)...)
			}
			key := mustKey(t, b, "d")
			path := filepath.Join(c.Path, "d"+bookSuffix)
			tt.spoil(t, path)
			_, err := b.Add(t.Context(), "d", key, []Entry{member("s", "x", 1)})
			if !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.says) || !strings.Contains(fmt.Sprint(err), path) {
				t.Errorf("got %v\nwanted %v that says %q and the path", err, tt.is, tt.says)
			}
			if err := b.Each(t.Context(), "d", func(Entry) error { return nil }); !errors.Is(err, tt.is) {
				t.Errorf("reading: %v", err)
			}
			enter(t, b, "other", member("s", "x", 1))
		})
	}
}

func members(from, n int) []Entry {
	all := make([]Entry, n)
	for i := range all {
		all[i] = member("s", fmt.Sprint(from+i), i)
	}
	return all
}

// TestBookLocked: a process that holds a book keeps others waiting for no longer than their time.
func TestBookLocked(t *testing.T) {
	c := fileBooks(t)
	c.LedgerTimeout = 200 * time.Millisecond
	b := mustBooks(t, c)
	key := mustKey(t, b, "d")
	held, err := bbolt.Open(filepath.Join(c.Path, "d"+bookSuffix), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = b.Add(t.Context(), "d", key, []Entry{member("s", "a", 1)})
	if !errors.Is(err, ErrTimeout) && !errors.Is(err, ErrLocked) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	enter(t, b, "other", member("s", "a", 1))
	held.Close()
	for end := time.Now().Add(10 * time.Second); ; { // the call that was given up may still be at it
		if _, err := b.Add(t.Context(), "d", key, []Entry{member("s", "b", 1)}); err == nil || time.Now().After(end) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	}
}

// TestBookGone looks for a destroyed book in every octet of its directory.
func TestBookGone(t *testing.T) {
	c := fileBooks(t)
	b := mustBooks(t, c)
	secret := strings.Repeat("\xa5person\x5a", 2)
	enter(t, b, "d", Entry{"1/opened", secret, at(1), "1mof"})
	key := mustKey(t, b, "d")
	if !holds(t, c.Path, secret) || !holds(t, c.Path, string(key)) {
		t.Fatal("this looks at the wrong files")
	}
	before, err := os.Open(filepath.Join(c.Path, "d"+bookSuffix))
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if err := errors.Join(b.Seal(t.Context(), "d", []string{"one"}), b.Destroy(t.Context(), "d")); err != nil {
		t.Fatal(err)
	}
	if holds(t, c.Path, secret) || holds(t, c.Path, string(key)) || !holds(t, c.Path, "one") {
		t.Error("the directory holds what was destroyed, or no summary")
	}
	if text, err := io.ReadAll(before); err != nil || len(text) == 0 || len(bytes.Trim(text, "\x00")) != 0 {
		t.Errorf("the file was not overwritten: %v", err)
	}
	if files, _ := os.ReadDir(c.Path); len(files) != 1 {
		t.Errorf("left: %v", files)
	}
	if info, _ := os.Stat(filepath.Join(c.Path, "d"+bookSuffix)); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, wanted 0600", info.Mode())
	}
}

// holds reports whether some octets are in a file of a directory.
func holds(t *testing.T, dir, octets string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(octets)) {
			return true
		}
	}
	return false
}

// TestBookDestroyInterrupted stops the destruction at every step: whoever comes next ends it.
func TestBookDestroyInterrupted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stop  func(t *testing.T, f *bookFiles, path string)
		state State
	}{
		{"summary half written", func(t *testing.T, f *bookFiles, _ string) { write("half")(t, f.path("d", partSuffix)) }, StateSealed},
		{"summary written", func(t *testing.T, f *bookFiles, _ string) {
			if err := f.writeDestroyed("d", []string{"one"}); err != nil {
				t.Fatal(err)
			}
		}, StateDestroyed},
		{"half overwritten", func(t *testing.T, f *bookFiles, path string) {
			if err := f.writeDestroyed("d", []string{"one"}); err != nil {
				t.Fatal(err)
			}
			w, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, 10_000)); err != nil {
				t.Fatal(err)
			}
			w.Close()
		}, StateDestroyed},
		{"file gone", func(t *testing.T, f *bookFiles, path string) {
			if err := errors.Join(f.writeDestroyed("d", []string{"one"}), os.Remove(path)); err != nil {
				t.Fatal(err)
			}
		}, StateDestroyed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := fileBooks(t)
			b := mustBooks(t, c)
			enter(t, b, "d", member("s", "octets-of-a-person", 1))
			if err := b.Seal(t.Context(), "d", []string{"one"}); err != nil {
				t.Fatal(err)
			}
			tt.stop(t, b.b.(*bookFiles), filepath.Join(c.Path, "d"+bookSuffix))
			next := mustBooks(t, c)
			state, summary, err := next.Sealed(t.Context(), "d")
			if state != tt.state || len(summary) != 1 || err != nil {
				t.Errorf("%s, %q, %v; wanted %s", state, summary, err, tt.state)
			}
			if err := next.Destroy(t.Context(), "d"); err != nil {
				t.Fatal(err)
			}
			if holds(t, c.Path, "octets-of-a-person") {
				t.Error("the entries are still there")
			}
		})
	}
}

// TestBookDamagedInside spoils one page after the other: a call fails or finds nothing, none panics or waits for ever, and a good file
// in its place is used at once.
func TestBookDamagedInside(t *testing.T) {
	c := fileBooks(t)
	c.LedgerTimeout = 20 * time.Second
	b := mustBooks(t, c)
	for i := range 3 {
		enter(t, b, "d", members(i*100, 100)...)
	}
	key := mustKey(t, b, "d")
	path := filepath.Join(c.Path, "d"+bookSuffix)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	failed, fine := 0, 0
	for at := 2 * page; at < len(whole); at += page {
		for _, octet := range []byte{0xff, 0x00, 0x02} {
			spoiled := bytes.Clone(whole)
			copy(spoiled[at:], bytes.Repeat([]byte{octet}, page))
			write(string(spoiled))(t, path)
			_, err := b.Add(t.Context(), "d", key, []Entry{member("s", "x", 1)})
			b.Count(t.Context(), "d", "s")
			b.Each(t.Context(), "d", func(Entry) error { return nil })
			switch {
			case err == nil:
				fine++
			case errors.Is(err, ErrTimeout), errors.Is(err, ErrLocked):
				t.Fatalf("page %d, %#x: %v", at/page, octet, err)
			default:
				failed++
			}
			os.Remove(path)
		}
	}
	if failed == 0 || fine == 0 {
		t.Errorf("%d calls failed, %d did not: this test spoils the wrong pages", failed, fine)
	}
	write(string(whole))(t, path)
	if n := enter(t, b, "d", member("s", "x", 1)); n != 1 {
		t.Errorf("%d entries added to the good file", n)
	}
}

// TestBookCalls has as many calls under way as there may be, and one more, while another process holds the book.
func TestBookCalls(t *testing.T) {
	c := fileBooks(t)
	c.LedgerTimeout = time.Minute
	b := mustBooks(t, c)
	key := mustKey(t, b, "d")
	held, err := bbolt.Open(filepath.Join(c.Path, "d"+bookSuffix), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, MaxCalls)
	for i := range MaxCalls {
		go func() {
			_, err := b.Add(context.Background(), "d", key, []Entry{member("s", fmt.Sprint(i), 1)})
			ends <- err
		}()
	}
	for len(b.guard.slots) < MaxCalls {
		time.Sleep(time.Millisecond)
	}
	if _, err := b.Add(t.Context(), "d", key, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("call %d: %v", MaxCalls+1, err)
	}
	held.Close()
	for range MaxCalls {
		if err := <-ends; err != nil {
			t.Fatal(err)
		}
	}
	if n := countOf(t, b, "d", "s"); n != MaxCalls {
		t.Errorf("%d of %d are there", n, MaxCalls)
	}
}
