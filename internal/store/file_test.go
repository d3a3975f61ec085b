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
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestFile(t *testing.T) { suite(t, newFileStand) }

// TestFileUnreadable looks for what was remembered in the octets of the file.
func TestFileUnreadable(t *testing.T) {
	st := newFileStand(t)
	s := mustOpen(t, st.config)
	s.Remember(st.config.Secret.Key("pair", "taro@mof.go.jp", "mallory@attacker.test"), []byte("v1"), st.now().Add(time.Hour))
	mustAdd(t, s, st.config.Secret.Key("opened", "drill-7"), st.config.Secret.Key("person", "taro@mof.go.jp"), "", time.Time{})
	s.Close()
	octets, err := os.ReadFile(st.config.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"taro", "mof.go.jp", "mallory", "attacker", "drill-7"} {
		if bytes.Contains(octets, []byte(text)) {
			t.Errorf("the file holds %q", text)
		}
	}
	if !bytes.Contains(octets, []byte("opened")) {
		t.Error("the file does not hold the purpose: this test looks at the wrong file")
	}
	if info, _ := os.Stat(st.config.Path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, wanted 0600", info.Mode())
	}
}

// TestFileRefused opens files that are not what they should be: each error says what to do.
func TestFileRefused(t *testing.T) {
	version := func(n uint64) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			return tx.Bucket(metaBucket).Put(versionKey, binary.BigEndian.AppendUint64(nil, n))
		}
	}
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		is    error
		says  string
	}{
		{"newer", edit(version(fileVersion + 1)), ErrVersion, "its data has version 2, this sekimori knows up to 1: install that version again, or move the file away"},
		{"much newer", edit(version(1 << 63)), ErrVersion, "move the file away and begin anew"},
		{"no version", edit(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Delete(versionKey) }), ErrForeign, "give another path"},
		{"no bucket", edit(func(tx *bbolt.Tx) error { return tx.DeleteBucket(expiryBucket) }), ErrCorrupt, "there is no bucket expiry; move it away"},
		{"foreign", edit(func(tx *bbolt.Tx) error { return tx.DeleteBucket(metaBucket) }), ErrForeign, "give another path"},
		{"text", write(strings.Repeat("this is a diary\n", 4096)), ErrCorrupt, "invalid database; move it away and start again: what was remembered is lost, mail is not"},
		{"zeros", write(strings.Repeat("\x00", 1<<16)), ErrCorrupt, "move it away"},
		{"cut", func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt, "move it away"},
		{"directory", func(t *testing.T, path string) { os.Remove(path); os.Mkdir(path, 0o700) }, syscall.EISDIR, "is a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newFileStand(t)
			s := mustOpen(t, st.config)
			for _, k := range keys(st, 300) {
				s.Remember(k, nil, st.now().Add(time.Hour))
			}
			s.Close()
			tt.spoil(t, st.config.Path)
			s, err := Open(st.config)
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.says) || !strings.Contains(fmt.Sprint(err), st.config.Path) {
				t.Errorf("got %v\nwanted %v that says %q and the path", err, tt.is, tt.says)
			}
		})
	}
}

func edit(change func(*bbolt.Tx) error) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(change), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFileDamagedInside spoils pages behind the first ones: a reading fails or finds nothing, and nothing panics.
func TestFileDamagedInside(t *testing.T) {
	st := newFileStand(t)
	s := mustOpen(t, st.config)
	all := keys(st, 400)
	for _, k := range all {
		s.Remember(k, []byte("value"), st.now().Add(time.Hour))
	}
	flushed(t, s)
	size, err := s.(*front).b.size(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	f, err := os.Open(st.config.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := os.Getpagesize()
	whole := make([]byte, size.Bytes) // what is used; behind it the file is empty
	if _, err := io.ReadFull(f, whole); err != nil {
		t.Fatal(err)
	}
	opened, refused := 0, 0
	for at := 2 * page; at < len(whole); at += page {
		for _, octet := range []byte{0xff, 0x00, 0x02} {
			// A new file each time: the lock of one that bbolt could not open stays as long as the process.
			st.config.Path = filepath.Join(t.TempDir(), "memory.db")
			spoiled := bytes.Clone(whole)
			copy(spoiled[at:], bytes.Repeat([]byte{octet}, page))
			write(string(spoiled))(t, st.config.Path)
			s, err := Open(st.config)
			if err != nil {
				refused++
				continue
			}
			opened++
			s.Recall(context.Background(), all...)
			s.AddOnce(context.Background(), all[0], all[1], nil, time.Time{})
			s.Remember(all[0], nil, st.now().Add(time.Hour))
			s.Close()
		}
	}
	if opened == 0 || refused == 0 {
		t.Errorf("%d files opened, %d refused: this test spoils the wrong pages", opened, refused)
	}
}

func TestFileLocked(t *testing.T) {
	st := newFileStand(t)
	mustOpen(t, st.config)
	_, err := Open(st.config)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), st.config.Path) {
		t.Errorf("a second opening: %v", err)
	}
}

// TestFileEmpty begins with what a crash in the very first moment leaves.
func TestFileEmpty(t *testing.T) {
	st := newFileStand(t)
	if err := os.WriteFile(st.config.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, st.config)
}

// TestFileSweep lets more expire than one step of sweeping takes, and looks into the file afterwards.
func TestFileSweep(t *testing.T) {
	st := newFileStand(t)
	s := mustOpen(t, st.config)
	soon, later := st.now().Add(time.Minute), st.now().Add(time.Hour)
	all := keys(st, 2*sweepStep+10)
	set, kept := st.config.Secret.Key("set", "1"), st.config.Secret.Key("set", "2")
	for i, k := range all {
		expiry := soon
		if i < 5 {
			expiry = later
		}
		s.Remember(k, nil, soon)
		s.Remember(k, nil, expiry)
	}
	for _, k := range all[:20] {
		mustAdd(t, s, set, k, "", soon)
		mustAdd(t, s, kept, k, "", later)
	}
	s.Remember(all[6], nil, later)
	flushed(t, s)
	s.Remember(all[5], nil, later) // its old place in the order of expiry must not take it away
	s.Remember(all[6], nil, soon)  // its old place must not stay behind
	flushed(t, s)
	st.pass(time.Minute)
	f := s.(*front).b.(*file)
	steps := 0
	for more := true; more; steps++ {
		var err error
		if more, f.last, err = f.sweep(context.Background(), st.now()); err != nil || steps > 10 {
			t.Fatalf("step %d: %v", steps, err)
		}
	}
	if steps < 3 {
		t.Errorf("%d values swept in %d steps", len(all), steps)
	}
	size, err := f.size(context.Background())
	if err != nil || size.Entries != 6+20 {
		t.Errorf("%+v, %v: wanted 6 values and 20 members", size, err)
	}
	if got := strings.Count(recalled(t, s, all[:10]...), `""`); got != 6 {
		t.Errorf("%d values of 6 that have not expired", got)
	}
	f.db.View(func(tx *bbolt.Tx) error {
		n := 0
		tx.Bucket(expiryBucket).Bucket([]byte("many")).ForEach(func(k, _ []byte) error { n++; return nil })
		if n != 6 {
			t.Errorf("%d places in the order of expiry, wanted 6", n)
		}
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if mustCount(t, s, set) != 0 || mustCount(t, s, kept) != 20 {
		t.Error("the wrong set was swept")
	}
}

// TestFileGroup brings a change that fails to disk together with two that do not: only that one fails.
func TestFileGroup(t *testing.T) {
	st := newFileStand(t)
	s := mustOpen(t, st.config)
	put := func(name string) job {
		return job{func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put([]byte(name), []byte("x")) }, make(chan error, 1)}
	}
	wrong := errors.New("wrong")
	jobs := []job{put("a"), {func(*bbolt.Tx) error { return wrong }, make(chan error, 1)}, put("b"),
		{func(*bbolt.Tx) error { panic("page 7 is no page") }, make(chan error, 1)}}
	f := s.(*front).b.(*file)
	f.commit(jobs)
	for i, want := range []error{nil, wrong, nil, ErrCorrupt} {
		if err := <-jobs[i].done; !errors.Is(err, want) {
			t.Errorf("change %d: %v, wanted %v", i, err, want)
		}
	}
	f.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(metaBucket); b.Get([]byte("a")) == nil || b.Get([]byte("b")) == nil {
			t.Error("a change is lost because another failed")
		}
		return nil
	})
}

// TestFileKilled kills a process in the middle of writing: every addition that was acknowledged is there.
func TestFileKilled(t *testing.T) {
	st := newFileStand(t)
	for round := range 3 {
		cmd := another(t, "add until killed", "file", st.config.Path, fmt.Sprint(round))
		acknowledged := killAfter(t, cmd, 40)
		s := mustOpen(t, st.config)
		set := st.config.Secret.Key("set")
		members := map[ID]bool{}
		if err := s.Each(context.Background(), set, func(m Member) error { members[m.ID] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, id := range acknowledged {
			if !members[st.config.Secret.Key("m", id).ID()] {
				t.Errorf("round %d: %s was acknowledged and is lost", round, id)
			}
		}
		if n := mustCount(t, s, set); n != len(members) {
			t.Errorf("round %d: counted %d, there are %d", round, n, len(members))
		}
		s.Close()
	}
}

// killAfter starts cmd, kills it in the middle of its work after n lines, and returns the lines.
func killAfter(t *testing.T, cmd *exec.Cmd, n int) []string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for in := bufio.NewScanner(out); in.Scan(); {
		lines = append(lines, in.Text())
		if len(lines) == n {
			if err := cmd.Process.Kill(); err != nil { // as kill -9 does
				t.Error(err)
			}
		}
	}
	cmd.Wait()
	if len(lines) < n {
		t.Fatalf("it ended by itself after %d lines", len(lines))
	}
	return lines
}

// addUntilKilled adds members to a set and remembers values all the time, and prints each member that was acknowledged.
func addUntilKilled(args []string) error {
	s, secret, err := openPart(args[0], args[1])
	if err != nil {
		return err
	}
	set := secret.Key("set")
	for i := 0; ; i++ {
		name := args[2] + "-" + fmt.Sprint(i)
		for j := range 50 {
			s.Remember(secret.Key("flood", name, fmt.Sprint(j)), []byte("value"), time.Now().Add(time.Hour))
		}
		if _, err := s.AddOnce(context.Background(), set, secret.Key("m", name), nil, time.Time{}); err != nil {
			return err
		}
		fmt.Println(name)
	}
}

// TestFileDiskFull is played in another process, for a limit on the size of files cannot be given to this one alone.
func TestFileDiskFull(t *testing.T) {
	cmd := another(t, "fill the disk", newFileStand(t).config.Path)
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, cmd.Stderr)
	}
}

// fillTheDisk remembers until the disk is full, goes on for a while, and is given room again.
func fillTheDisk(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	failures := make(chan Result, 1000)
	dropped := 0
	secret, err := NewSecret(make([]byte, MinSecret))
	if err != nil {
		return err
	}
	c := patient(Config{Secret: secret, Path: args[0], QueueSize: 2 * BatchSize,
		Observe: func(op Op, r Result, _ time.Duration) {
			if op == OpFlush && r != ResultOK {
				select {
				case failures <- r:
				default:
				}
			}
		},
		Dropped: func(_ Drop, n int) { dropped += n },
	})
	s, err := Open(c)
	if err != nil {
		return err
	}
	first := secret.Key("first")
	later := time.Now().Add(time.Hour)
	s.Remember(first, []byte("kept"), later)
	for s.(*front).queue.size() > 0 {
		time.Sleep(time.Millisecond)
	}
	full := limit
	full.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	n := 0
	for len(failures) == 0 || dropped == 0 {
		if n++; n > 200_000 {
			return errors.New("the disk is not getting full")
		}
		s.Remember(secret.Key("fill", fmt.Sprint(n)), bytes.Repeat([]byte("x"), MaxValue), later)
		if n%500 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	if r := <-failures; r != ResultFailed {
		return fmt.Errorf("counted as %s", r)
	}
	if found, err := s.Recall(context.Background(), first); err != nil || string(found[0]) != "kept" {
		return fmt.Errorf("reading while the disk is full: %q, %v", found, err)
	}
	big := bytes.Repeat([]byte("x"), MaxValue)
	for i := 0; ; i++ {
		_, err := s.AddOnce(context.Background(), first, secret.Key("m", fmt.Sprint(i)), big, time.Time{})
		if errors.Is(err, syscall.EFBIG) {
			break
		}
		if err != nil || i > 5000 {
			return fmt.Errorf("adding while the disk is full: %v", err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if _, err := s.AddOnce(context.Background(), first, secret.Key("again"), nil, time.Time{}); err != nil {
		return fmt.Errorf("adding with room again: %v", err)
	}
	return s.Close() // fails where anything is not written
}
