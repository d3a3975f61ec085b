//go:build linux

package testmta

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/internal/scenario"
)

// MTA is a running mail server. It is the house gw.test: it takes mail for gw.test from everybody, lets 192.0.2.0/24
// and the authenticated send anywhere, refuses <nobody@gw.test> with 550 5.1.1, offers STARTTLS, and hands all mail to
// its Sink.
type MTA interface {
	Target() scenario.Target
	// Server returns where a client of that address connects to.
	Server(client netip.Addr, port uint16) netip.AddrPort
	Sink() *Sink
	// Submit hands a message in by sendmail(1).
	Submit(ctx context.Context, sender string, to []string, mail []byte) error
	// Queued reports whether a message, held ones included, waits in a queue: its deliveries are not yet complete.
	Queued(id string) bool
	// Held returns the header of a message in the hold queue (quarantine), false when it is not there.
	Held(id string) (header []byte, held bool)
	// Discarded returns how many messages the MTA says to have dropped because the filter told it to.
	Discarded() int
	// Log returns what the MTA has logged so far.
	Log() string
}

// Config says where an MTA lives and what is added to its configuration.
type Config struct {
	Addr    netip.Addr // of 192.0.2.0/24; ports 25 and 587
	Addr6   netip.Addr // of 2001:db8::/32; invalid: no IPv6
	Snippet string     // the file of contrib that attaches the filter; "" is no filter
	Chroot  bool       // Postfix: smtpd and cleanup see only the queue directory, as on Debian
	Filter  string     // where the filter listens, as the MTA writes it, instead of what the snippet says; "" leaves it
}

// startTimeout is how long an MTA may need until its port answers.
const startTimeout = 20 * time.Second

// newDir makes a directory for one instance. Its path is short because socket names have at most 107 octets.
func newDir(t testing.TB, prefix string, below ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp(RunDir, prefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // daemons run as users of their own
		t.Fatal(err)
	}
	for _, name := range below {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// need fails the test when a program is missing, with what brings it.
func need(t testing.TB, path, brings string) {
	t.Helper()
	if _, err := exec.LookPath(path); err != nil {
		t.Fatalf("%s is missing: install %s, or run `make test-setup`", path, brings)
	}
}

// addresses makes the addresses of an MTA ready to be listened at.
func (c Config) addresses(t testing.TB) {
	t.Helper()
	for _, a := range []netip.Addr{c.Addr, c.Addr6} {
		if !a.IsValid() {
			continue
		}
		if err := AddAddress(a); err != nil {
			t.Fatal(err)
		}
	}
}

// snippet reads the file that attaches the filter, in which address is where the filter listens.
func (c Config) snippet(t testing.TB, address string) string {
	t.Helper()
	if c.Snippet == "" {
		return ""
	}
	text, err := os.ReadFile(c.Snippet)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), address) {
		t.Fatalf("%s does not attach to %s", c.Snippet, address)
	}
	if c.Filter == "" {
		return string(text)
	}
	return strings.ReplaceAll(string(text), address, c.Filter)
}

// run starts a daemon in the foreground, waits until addr answers, and ends it after the test. When the test has
// failed the log is shown.
func run(t testing.TB, cmd *exec.Cmd, addr netip.AddrPort, log func() string) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-exited:
		case <-time.After(time.Second):
			cmd.Process.Kill()
			<-exited
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", cmd.Path, log())
		}
	})
	if err := waitPort(addr, exited); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, log())
	}
}

// waitPort returns when addr answers or the process has ended.
func waitPort(addr netip.AddrPort, exited chan error) error {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-exited:
			exited <- err
			return fmt.Errorf("ended early: %v", err)
		default:
		}
		if conn, err := net.Dial("tcp", addr.String()); err == nil {
			conn.Close()
			return nil
		}
	}
	return fmt.Errorf("%s does not answer after %s", addr, startTimeout)
}

// write writes the files of a configuration. They look a minute old: Postfix waits for younger ones to settle.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	old := time.Now().Add(-time.Minute)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
}
