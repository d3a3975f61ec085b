package milter

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"unix:/run/s.sock":        "unix /run/s.sock",
		"local:/run/s.sock":       "unix /run/s.sock",
		"/run/s.sock":             "unix /run/s.sock",
		"inet:8891@127.0.0.1":     "tcp 127.0.0.1:8891",
		"inet:8891@localhost":     "tcp localhost:8891",
		"inet:127.0.0.1:8891":     "tcp 127.0.0.1:8891",
		"inet:localhost:8891":     "tcp localhost:8891",
		"inet:[::1]:8891":         "tcp [::1]:8891",
		"inet6:8891@::1":          "tcp6 [::1]:8891",
		"inet6:8891@[::1]":        "tcp6 [::1]:8891",
		"inet6:[::1]:8891":        "tcp6 [::1]:8891",
		"127.0.0.1:8891":          "tcp 127.0.0.1:8891",
		"[::1]:8891":              "tcp [::1]:8891",
		"localhost:0":             "tcp localhost:0",
		"inet:8891@mail.gw.test.": "tcp mail.gw.test.:8891",
	} {
		got, err := ParseEndpoint(in)
		if err != nil || got.Network+" "+got.Address != want {
			t.Errorf("%s: %+v, %v, want %s", in, got, err, want)
		}
		if again, err := ParseEndpoint(got.String()); err != nil || again.Address != got.Address {
			t.Errorf("%s: its string %s is read as %+v, %v", in, got, again, err)
		}
	}
	for in, want := range map[string]string{
		"":                     "is not the address of a milter",
		"8891":                 "is not the address of a milter",
		"inet:8891":            "is not the address of a milter",
		":8891":                "names no host",
		"inet:8891@":           "names no host",
		"inet::8891":           "names no host",
		"inet:smtp@127.0.0.1":  `"smtp" is not a port`,
		"inet:65536@127.0.0.1": `"65536" is not a port`,
		"inet:-1@127.0.0.1":    `"-1" is not a port`,
		"inet6:8891@127.0.0.1": "is not an IPv6 address",
		"unix:s.sock":          "must be absolute",
		"unix:":                "must be absolute",
		"tcp:127.0.0.1:1":      "is not the address of a milter",
	} {
		if got, err := ParseEndpoint(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want an error with %q", in, got, err, want)
		}
	}
}

func TestListenInet(t *testing.T) {
	ln, err := Listen("inet:0@127.0.0.1", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if _, err := Listen("inet:"+ln.Addr().String(), 0, ""); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a second listener: %v", err)
	}
}

func TestListenUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	ln, err := Listen(path, 0o660, "")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if ln.Addr().String() != path {
		t.Errorf("address %s", ln.Addr())
	}
	go func() {
		if c, err := ln.Accept(); err == nil {
			_ = c.Close()
		}
	}()
	if _, err := Listen(path, 0o660, ""); err == nil || !strings.Contains(err.Error(), "another process listens there") {
		t.Errorf("a socket in use: %v", err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A socket that its process left behind is replaced, and its successor is not taken away by it.
func TestListenStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	_ = dead.Close()
	first, err := Listen(path, 0o600, "")
	if err != nil {
		t.Fatal(err)
	}
	_ = first.(*unixListener).UnixListener.Close() // as if it had been killed
	second, err := Listen(path, 0o600, "")
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	if c, err := net.Dial("unix", path); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
	_ = second.Close()
}

func TestListenUnixGroup(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a socket to any group")
	}
	dir := t.TempDir()
	for _, group := range []string{"1234", "root"} {
		ln, err := Listen(filepath.Join(dir, group), 0o660, group)
		if err != nil {
			t.Fatal(err)
		}
		info, _ := os.Stat(filepath.Join(dir, group))
		if gid := info.Sys().(*syscall.Stat_t).Gid; gid != map[string]uint32{"1234": 1234, "root": 0}[group] {
			t.Errorf("group %s: %d", group, gid)
		}
		_ = ln.Close()
	}
}

func TestListenUnixErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	pad := strings.Repeat("x", maxSocketPath-len(dir)-1)
	if ln, err := Listen(filepath.Join(dir, pad), 0o600, ""); err != nil {
		t.Errorf("the longest path: %v", err)
	} else {
		_ = ln.Close()
	}
	for path, want := range map[string]string{
		file:                            "is not a socket",
		filepath.Join(dir, "none", "s"): "the directory",
		filepath.Join(dir, pad+"x"):     "at most 107 octets",
	} {
		if _, err := Listen(path, 0o600, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if _, err := Listen(filepath.Join(dir, "s"), 0o600, "no-such-group"); err == nil {
		t.Error("a group that does not exist was taken")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if b, _ := os.ReadFile(file); string(b) != "keep" {
		t.Error("a file was destroyed")
	}
}
