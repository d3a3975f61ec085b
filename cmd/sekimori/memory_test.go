//go:build linux && !race

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sekimori/milter"
	"sekimori/policy"
)

// Bounds on the memory of the process, in KiB of peak resident size.
const (
	maxResident     = 40 << 10  // 100 connections with ordinary mail
	maxResidentHuge = 150 << 10 // 100 connections, each with a mail of 25 MB
)

// TestMemory holds the real binary, built without the race detector, to its bounds. It is not part of a run with -race, in
// which the sending side would take minutes; make unit runs it by itself.
func TestMemory(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "sekimori")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	line := []byte(strings.Repeat("x", 76) + "\r\n")
	for _, tt := range []struct {
		name  string
		body  []byte
		bound int
	}{
		{"2 kB", bytes.Repeat(line, 26), maxResident},
		{"25 MB", bytes.Repeat(line, 25_000_000/len(line)), maxResidentHuge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pid, socket := startGate(t, bin, "--demo")
			sendAll(t, socket, 100, tt.body)
			peak := peakResident(pid)
			t.Logf("peak resident size %d KiB", peak)
			if peak > tt.bound {
				t.Errorf("peak resident size %d KiB, bound %d KiB", peak, tt.bound)
			}
		})
	}
}

// startGate runs the gate with a policy and returns its process and socket.
func startGate(t *testing.T, bin string, policy ...string) (pid int, socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "m")
	cmd := exec.Command(bin, append([]string{"run", "--listen", "unix:" + socket, "--metrics="}, policy...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			return cmd.Process.Pid, socket
		}
	}
	t.Fatal("the gate does not open")
	return 0, ""
}

// sendAll sends n mails at once. Each bears a signature with a wrong body hash, so that the body is really hashed.
func sendAll(t *testing.T, socket string, n int, body []byte) {
	t.Helper()
	signature := " v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=k; h=from; bh=" + strings.Repeat("A", 43) + "=; b=" +
		strings.Repeat("A", 86) + "=="
	m := milter.ProbeMessage{
		Client: netip.MustParseAddrPort("203.0.113.50:25000"), Helo: "mail.example.com", Sender: "<a@example.com>",
		Recipients: []string{"<b@gw.test>"}, QueueID: "q", Body: body,
		Header: policy.Header{
			{Name: "DKIM-Signature", Value: signature},
			{Name: "From", Value: " a@example.com"},
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if r, err := milter.Probe(ctx, "unix", socket, m); err != nil || r.Final != "continue" {
				t.Errorf("%q, %v", r.Final, err)
			} else if len(r.Edits) == 0 || !strings.Contains(r.Edits[0].Value, "body hash") {
				t.Errorf("the body was not hashed: %v", r.Edits)
			}
		})
	}
	all.Wait()
}

// peakResident reads VmHWM (proc(5)) in KiB, 0 when there is no such process.
func peakResident(pid int) (kib int) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(rest, &kib) // nothing to read leaves 0
	return kib
}
