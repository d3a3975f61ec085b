//go:build linux && !race

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
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

// Bounds on the memory of the process while the suspicion rule reads bodies, in KiB of peak resident size.
const (
	maxResidentFiles = 80 << 10  // 100 connections, each with a file of 25 MB: no file is held
	maxResidentWorst = 320 << 10 // 100 with a page of 25 MB, or 50 with the worst mail of a kind: what passes is collected at collectLimit
)

// TestMemorySuspicion holds the binary to its bounds where bodies are read and mail is remembered: large files, and what is made to
// exhaust the reader.
func TestMemorySuspicion(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "sekimori")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, tt := range []struct {
		name        string
		kind        string
		body        []byte
		connections int
		bound       int
	}{
		{"file of 25 MB", "multipart/mixed; boundary=b", attachedFile(noise(18_500_000)), 100, maxResidentFiles},
		{"page of 25 MB", "text/html; charset=utf-8", bytes.Repeat([]byte("<p>いつもお世話になっております。</p>\r\n"), 25_000_000/54), 100, maxResidentWorst},
		{"long links", "text/html", bytes.Repeat([]byte("<a href="+strings.Repeat("x", 2000)+">"+strings.Repeat("y", 300)+"</a>"), 2000), 50, maxResidentWorst},
		{"text that triples", "text/html; charset=iso-2022-jp", bytes.Repeat([]byte("\x1b(I"+strings.Repeat("1", 1000)), 4000), 50, maxResidentWorst},
		{"archives of many names", "multipart/mixed; boundary=b", bytes.Repeat(attachedFile(namesZip(1000, 512)), 16), 50, maxResidentWorst},
		{"parts with long names", "multipart/mixed; boundary=b", bytes.Repeat([]byte("--b\r\nContent-Type: a/b; name="+strings.Repeat("n", 1000)+"\r\n\r\nx\r\n"), 1000), 50, maxResidentWorst},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "sekimori.toml")
			text := "[inside]\ndomains = [\"gw.test\"]\n[suspicion]\nmode = \"enforce\"\n[dns]\nservers = [\"127.0.0.1:1\"]\n[store]\npath = \"" + filepath.Join(filepath.Dir(config), "memory.db") + "\"\nsecret_file = \"" + filepath.Join(filepath.Dir(config), "secret") + "\"\n"
			for name, data := range map[string]string{config: text, filepath.Join(filepath.Dir(config), "secret"): strings.Repeat("5", 64) + "\n"} {
				if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			pid, socket := startGate(t, bin, "--config", config)
			sendKind(t, socket, tt.connections, tt.kind, tt.body)
			peak := peakResident(pid)
			t.Logf("%d connections, %d octets each: peak resident size %d KiB", tt.connections, len(tt.body), peak)
			if peak == 0 || peak > tt.bound {
				t.Errorf("peak resident size %d KiB, bound %d KiB", peak, tt.bound)
			}
		})
	}
}

// sendKind sends n mails of a type at once, which all pass.
func sendKind(t *testing.T, socket string, n int, kind string, body []byte) {
	t.Helper()
	m := milter.ProbeMessage{
		Client: netip.MustParseAddrPort("203.0.113.50:25000"), Helo: "mail.example.com", Sender: "<a@example.com>",
		Recipients: []string{"<b@gw.test>"}, QueueID: "q", Body: body,
		Header: policy.Header{{Name: "From", Value: " a@example.com"}, {Name: "MIME-Version", Value: " 1.0"}, {Name: "Content-Type", Value: " " + kind}},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if r, err := milter.Probe(ctx, "unix", socket, m); err != nil || r.Final != "continue" {
				t.Errorf("%q, %v", r.Final, err)
			}
		})
	}
	all.Wait()
}

// attachedFile is one part with a file in base64.
func attachedFile(data []byte) []byte {
	var b bytes.Buffer
	b.WriteString("--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.zip\r\n\r\n")
	const line = 57 // octets in a line of 76 characters
	for len(data) > 0 {
		n := min(line, len(data))
		b.WriteString(base64.StdEncoding.EncodeToString(data[:n]))
		b.WriteString("\r\n")
		data = data[n:]
	}
	return b.Bytes()
}

// noise is octets without a pattern, the same in each run.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// namesZip is a zip file of so many empty entries with names of that length.
func namesZip(entries, length int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range entries {
		z.Create(fmt.Sprintf("%0*d", length, i))
	}
	z.Close()
	return b.Bytes()
}
