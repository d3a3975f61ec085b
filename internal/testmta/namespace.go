//go:build linux

// Package testmta starts real mail servers for tests: Postfix and Sendmail in private namespaces of the kernel, with
// addresses that look like those of the Internet, a sink that takes what they deliver, and a client that speaks SMTP
// from any of these addresses. Nothing outside the namespaces is changed, and nothing outlives the test.
//
// It decides nothing about mail. It needs root, iproute2, the Debian package postfix and the unpacked packages of
// Sendmail; `make test-setup` brings them.
package testmta

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// HostName is the name of the machine inside the namespaces, and of both MTAs.
const HostName = "mx.gw.test"

// marker tells the copy of the test binary that it runs inside.
const marker = "SEKIMORI_TEST_NAMESPACE"

// Inside reports whether this process runs in the private namespaces.
func Inside() bool { return os.Getenv(marker) != "" }

// Enter runs the test binary again, with the same arguments, in private network, mount, UTS and process namespaces and
// returns its exit status. Environment lines in env are added. The copy dies with this process.
func Enter(env ...string) int {
	runtime.LockOSThread() // Pdeathsig is about the thread
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(append(os.Environ(), marker+"=1"), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintf(os.Stderr, "these tests need root for private namespaces: %v\nhint: run them as root, or leave out -tags endtoend\n", err)
	default:
		fmt.Fprintf(os.Stderr, "enter private namespaces: %v\n", err)
	}
	return 1
}

// RunDir is where everything lives inside: a file system in memory that vanishes with the namespace.
const RunDir = "/run"

// Setup makes the inside habitable: once, before the first test, in the copy that Enter started. Afterwards every
// address of 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 2001:db8::/32 is local, names are asked for at
// 127.0.0.1:53, and /dev/log takes what Sendmail has to say.
func Setup() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Sethostname([]byte(HostName)); err != nil {
		return fmt.Errorf("set the host name: %w", err)
	}
	for _, m := range []struct{ source, target, kind, options string }{
		{"proc", "/proc", "proc", ""},
		{"tmpfs", RunDir, "tmpfs", "mode=755"},
		{"tmpfs", "/dev", "tmpfs", "mode=755"},
	} {
		if err := syscall.Mount(m.source, m.target, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := devices(); err != nil {
		return err
	}
	if err := replaceFiles(map[string]string{
		"/etc/resolv.conf":   "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
		"/etc/hosts":         "127.0.0.1 localhost\n192.0.2.1 " + HostName + "\n192.0.2.2 " + HostName + "\n",
		"/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
	}); err != nil {
		return err
	}
	return network()
}

// devices fills the empty /dev.
func devices() error {
	for name, number := range map[string][2]int{
		"null": {1, 3}, "zero": {1, 5}, "full": {1, 7}, "random": {1, 8}, "urandom": {1, 9}, "tty": {5, 0},
	} {
		path := filepath.Join("/dev", name)
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, number[0]<<8|number[1]); err != nil {
			return fmt.Errorf("make %s: %w", path, err)
		}
		if err := os.Chmod(path, 0o666); err != nil { // whatever the umask
			return err
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink(target, filepath.Join("/dev", name)); err != nil {
			return err
		}
	}
	return os.Mkdir("/dev/shm", 0o1777)
}

// replaceFiles covers files of /etc by others. A link into the hidden /run gets its target written there.
func replaceFiles(files map[string]string) error {
	dir := filepath.Join(RunDir, "etc")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for target, text := range files {
		source := filepath.Join(dir, filepath.Base(target))
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			return err
		}
		if link, err := os.Readlink(target); err == nil {
			if !filepath.IsAbs(link) {
				link = filepath.Join(filepath.Dir(target), link)
			}
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				return err
			}
			if f, err := os.OpenFile(link, os.O_CREATE, 0o644); err == nil {
				f.Close()
			}
		}
		if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cover %s: %w", target, err)
		}
	}
	return nil
}

// network brings the loopback interface up and makes the documentation networks (RFC 5737, RFC 3849) local.
func network() error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"route", "add", "local", "192.0.2.0/24", "dev", "lo"},
		{"route", "add", "local", "198.51.100.0/24", "dev", "lo"},
		{"route", "add", "local", "203.0.113.0/24", "dev", "lo"},
		{"-6", "route", "add", "local", "2001:db8::/32", "dev", "lo"},
	} {
		if err := ip(args...); err != nil {
			return err
		}
	}
	return nil
}

// AddAddress gives the loopback interface an address that a server can listen at: Postfix wants to find its own
// addresses at an interface, and an IPv6 address of a local route alone cannot be bound.
func AddAddress(addr netip.Addr) error {
	args := []string{"addr", "replace", addr.String() + "/32", "dev", "lo"}
	if addr.Is6() {
		args = []string{"-6", "addr", "replace", addr.String() + "/128", "dev", "lo", "nodad"}
	}
	return ip(args...)
}

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}
