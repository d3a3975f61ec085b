//go:build linux && endtoend

package endtoend

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// TestActivation runs sekimori as the units of systemd do: the unix socket exists before the process, and readiness,
// reload and end are announced. A chrooted Postfix reaches it by the socket below its queue directory, as
// sekimori.socket says.
func TestActivation(t *testing.T) {
	t.Parallel()
	s := newStand(t, 6, "partner.test. 60 IN TXT \"v=spf1 ip4:203.0.113.7 -all\"\n", "mode = \"enforce\"")
	dir := t.TempDir()
	config, notify := filepath.Join(dir, "sekimori.toml"), filepath.Join(dir, "notify")
	mta := testmta.StartPostfix(t, testmta.Config{Addr: netip.MustParseAddr("192.0.2.17"), Snippet: postfixSnippet,
		Chroot: true, Filter: "unix:sekimori/milter.sock"})
	socket := filepath.Join(mta.QueueDir(), "sekimori", "milter.sock")
	if err := os.Mkdir(filepath.Dir(socket), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, s.policy, 0o644); err != nil {
		t.Fatal(err)
	}
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()

	cmd := exec.Command("systemd-socket-activate", "-E", "NOTIFY_SOCKET="+notify, "-E", "GORACE=atexit_sleep_ms=0", "-l", socket,
		binary(), "run", "--config", config, "--metrics", s.metrics)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: install the Debian package systemd, or run `make test-setup`", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("sekimori printed\n%s", &out)
		}
	})
	for deadline := time.Now().Add(settleTimeout); os.Chmod(socket, 0o666) != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("systemd-socket-activate does not listen")
		}
	}
	// the first connection starts sekimori
	if r, err := begin(t, mta, "203.0.113.7", "<jiro@partner.test>").Data([]byte(minutes)); err != nil || r.Code != 250 {
		t.Fatal(r, err)
	}
	if got := delivered(t, mta, 1)[0]; !strings.Contains(string(got.Data), "Authentication-Results: mx.gw.test") {
		t.Errorf("delivered is\n%s", got.Data)
	}
	announced(t, manager, "READY=1")
	// systemd-socket-activate has become sekimori: the process is the same
	cmd.Process.Signal(syscall.SIGHUP)
	announced(t, manager, "RELOADING=1")
	announced(t, manager, "READY=1")
	cmd.Process.Signal(syscall.SIGTERM)
	announced(t, manager, "STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("sekimori ended with %v", err)
	}
	if _, err := os.Stat(socket); err != nil {
		t.Errorf("sekimori removed the socket of the service manager: %v", err)
	}
}

// announced reads the next notification.
func announced(t *testing.T, manager *net.UnixConn, want string) {
	t.Helper()
	manager.SetReadDeadline(time.Now().Add(settleTimeout))
	buf := make([]byte, 4096)
	n, err := manager.Read(buf)
	if err != nil || !strings.HasPrefix(string(buf[:n]), want) {
		t.Fatalf("announced is %q %v, wanted is %s", buf[:n], err, want)
	}
}
