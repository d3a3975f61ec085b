//go:build linux && endtoend

package systemd

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestActivation lets systemd-socket-activate pass a TCP and a unix socket.
func TestActivation(t *testing.T) {
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Fatal("systemd-socket-activate is missing: install the Debian package systemd, or run `make test-setup`")
	}
	port := freePort(t)
	socket := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(activate, "-E", role+"=1", "-l", port, "-l", socket, "--fdname=milter:local", os.Args[0])
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for _, a := range [][2]string{{"tcp", port}, {"unix", socket}} {
		if got := hello(t, a[0], a[1]); got != "hello\n" {
			t.Errorf("%s said %q", a, got)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
	want := "listener " + port + "\nlistener " + socket + "\nagain 0 <nil> \n"
	if out.String() != want {
		t.Errorf("the service printed\n%swanted\n%s", &out, want)
	}
	if _, err := os.Stat(socket); err != nil {
		t.Errorf("the file of the socket is gone: %v", err)
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// hello reads what a listener says, as soon as somebody listens.
func hello(t *testing.T, network, address string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial(network, address)
		if err == nil {
			defer conn.Close()
			got, _ := io.ReadAll(conn)
			return string(got)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
