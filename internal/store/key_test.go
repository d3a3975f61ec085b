package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKey(t *testing.T) {
	s := testSecret(t, "a")
	seen := map[Key]string{}
	for name, k := range map[string]Key{
		"a b":     s.Key("p", "a", "b"),
		"ab":      s.Key("p", "ab"),
		"ab + ''": s.Key("p", "ab", ""),
		"none":    s.Key("p"),
		"empty":   s.Key("p", ""),
		"purpose": s.Key("pa", "b"),
		"other":   testSecret(t, "b").Key("p", "ab"),
		"long":    s.Key("p", strings.Repeat("x", 10_000)),
	} {
		if k == (Key{}) || seen[k] != "" {
			t.Errorf("%s has the key of %q", name, seen[k])
		}
		seen[k] = name
	}
	if s.Key("p", "ab") != testSecret(t, "a").Key("p", "ab") {
		t.Error("the same secret and parts give two keys")
	}
}

// TestKeyKept holds the keys of today against those of tomorrow: another way to make them would forget all there is.
func TestKeyKept(t *testing.T) {
	const want = "088e0ef964c2207ae61dfb91348ba229" // computed by other means
	if got := testSecret(t, "a").Key("pair", "taro@mof.go.jp", "x@attacker.test").ID().String(); got != want {
		t.Errorf("got %s, wanted %s", got, want)
	}
}

func TestPurpose(t *testing.T) {
	s := testSecret(t, "a")
	for p, want := range map[Purpose]bool{
		"a": true, "message_id": true, "k1": true, Purpose(strings.Repeat("a", 32)): true,
		"": false, "1a": false, "_a": false, "A": false, "a:b": false, "a\x00": false, "{a}": false, Purpose(strings.Repeat("a", 33)): false,
	} {
		if got := s.Key(p) != (Key{}); got != want {
			t.Errorf("purpose %q: %v, wanted %v", p, got, want)
		}
	}
}

// TestKeySideBySide uses one secret from many goroutines.
func TestKeySideBySide(t *testing.T) {
	s := testSecret(t, "a")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			text := strings.Repeat("x", g*100)
			want := testSecret(t, "a").Key("p", text)
			for range 200 {
				if s.Key("p", text) != want {
					t.Error("a key was mixed up with another")
				}
			}
		})
	}
	wg.Wait()
}

func TestSecretSize(t *testing.T) {
	for n, want := range map[int]error{MinSecret - 1: ErrConfig, MinSecret: nil} {
		if _, err := NewSecret(make([]byte, n)); !errors.Is(err, want) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		os.Chmod(path, mode)
		return path
	}
	good := strings.Repeat("0123456789abcdef", 4)
	s, err := ReadSecret(put("good", good+"\n", 0o640))
	if err != nil {
		t.Fatal(err)
	}
	if own, _ := NewSecret([]byte(good)); own.Key("p") != s.Key("p") {
		t.Error("white space at the end is a part of the secret")
	}
	for _, tt := range []struct {
		name, text string
		mode       fs.FileMode
		says       string
	}{
		{"everyone", good, 0o604, "everyone may read"},
		{"short", "secret\n", 0o600, "needs 32 octets or more, not 6"},
		{"long", strings.Repeat("x", maxSecretFile+1), 0o600, "more than 4096 octets"},
		{"at the limit", strings.Repeat("x", maxSecretFile), 0o600, ""},
	} {
		_, err := ReadSecret(put(tt.name, tt.text, tt.mode))
		if tt.says == "" && err == nil {
			continue
		}
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := ReadSecret(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

// TestCreateSecret makes a secret from several goroutines at once: all get the one that is in the file.
func TestCreateSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	made := make([]Key, 8)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			s, err := CreateSecret(path)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = s.Key("p")
		})
	}
	wg.Wait()
	for _, k := range made {
		if k != made[0] {
			t.Error("two secrets were made")
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || len(bytes.TrimSpace(text)) != 64 {
		t.Errorf("%d octets, %v", len(text), err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
