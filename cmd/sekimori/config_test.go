package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, dir, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return file
}

// TestPolicyFiles asks for files as a policy does. No error says the name of the file again.
func TestPolicyFiles(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "list", "12345", 0o644)
	key := write(t, dir, "key", "12345", 0o640)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name   string
		most   int64
		secret bool
		want   string
	}{
		{file, 5, false, ""},
		{file, 4, false, "larger than 4 octets"},
		{file, 5, true, "everyone may read it: chmod o-rwx it"},
		{key, 5, true, ""},
		{key, 4, true, "larger than 4 octets"},
		{filepath.Join(dir, "gone"), 5, false, "no such file or directory"},
		{filepath.Join(dir, "gone"), 5, true, "no such file or directory"},
		{dir, 5, false, "it is no plain file"},
		{pipe, 5, true, "it is no plain file"},
	} {
		read := policyFiles{}.ReadFile
		if x.secret {
			read = policyFiles{}.ReadSecret
		}
		data, err := read(x.name, x.most)
		switch {
		case x.want == "" && (err != nil || string(data) != "12345"):
			t.Errorf("%s: %q, %v", x.name, data, err)
		case x.want != "" && (err == nil || err.Error() != x.want):
			t.Errorf("%s: %v, wanted %s", x.name, err, x.want)
		}
	}
}

// A reload reads the files again that the policy names, and with a mistake in one of them there is no new policy.
func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	config := write(t, dir, "policy.toml", "[[bulletin]]\nname = \"a\"\nfile = \"a.csv\"\n", 0o644)
	var warnings strings.Builder
	for _, x := range []struct {
		list string
		want int // indicators; -1: a mistake
	}{
		{"type,value\ndomain,bad.example\n", 1},
		{"type,value\ndomain,bad.example\ndomain,worse.example\n", 2},
		{"type,value\ndomain,jp\n", -1},
		{"type,value\ndomain,worse.example\n", 1},
	} {
		write(t, dir, "a.csv", x.list, 0o644)
		p, err := readPolicy(config, &warnings)
		switch {
		case x.want < 0 && err == nil:
			t.Errorf("%q: no mistake", x.list)
		case x.want >= 0 && (err != nil || len(p.Bulletins[0].Indicators) != x.want):
			t.Errorf("%q: %v", x.list, err)
		}
	}
	if want := filepath.Join(dir, "a.csv") + ":2:8: "; !strings.Contains(warnings.String(), want) {
		t.Errorf("told %s, wanted %s", warnings.String(), want)
	}
}
