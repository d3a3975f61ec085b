//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekimori/internal/zone"
)

// stopTimeout is how long sekimori may take to end after SIGTERM.
const stopTimeout = 10 * time.Second

// gateway is a running sekimori.
type gateway struct {
	t       testing.TB
	cmd     *exec.Cmd
	config  string // path of the policy file
	log     string // path of what it prints
	metrics string // address
	exited  chan error
}

// gatewayConfig says how sekimori is started.
type gatewayConfig struct {
	policy  []byte
	files   map[string][]byte // beside it
	listen  string            // inet:port@host; "" is what contrib attaches to
	metrics string
	args    []string // further flags
}

// startGateway runs `sekimori run` until the test ends and returns when it is ready. It must end by SIGTERM with
// status 0, without a data race and without a panic.
func startGateway(t testing.TB, c gatewayConfig) *gateway {
	t.Helper()
	dir := t.TempDir()
	g := &gateway{t: t, config: filepath.Join(dir, "sekimori.toml"), log: filepath.Join(dir, "log"), metrics: c.metrics}
	if c.listen == "" {
		c.listen = "inet:8891@127.0.0.1"
	}
	if g.metrics == "" {
		g.metrics = "127.0.0.1:9891"
	}
	for name, data := range c.files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.write(c.policy)
	log, err := os.Create(g.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	args := append([]string{"run", "--config", g.config, "--listen", c.listen, "--metrics", g.metrics, "--log-format", "json"}, c.args...)
	g.cmd = exec.Command(binary(), args...)
	g.cmd.Env = append(os.Environ(), "GORACE=halt_on_error=1 atexit_sleep_ms=0")
	g.cmd.Stdout, g.cmd.Stderr = log, log
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g.exited = make(chan error, 1)
	go func() { g.exited <- g.cmd.Wait() }()
	t.Cleanup(g.end)
	g.waitReady()
	return g
}

// write replaces the policy file in one step.
func (g *gateway) write(policy []byte) {
	g.t.Helper()
	if err := os.WriteFile(g.config+".new", policy, 0o644); err != nil {
		g.t.Fatal(err)
	}
	if err := os.Rename(g.config+".new", g.config); err != nil {
		g.t.Fatal(err)
	}
}

// waitReady returns when /readyz says so.
func (g *gateway) waitReady() {
	g.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-g.exited:
			g.exited <- err
			g.t.Fatalf("sekimori ended early: %v\n%s", err, g.output())
		default:
		}
		r, err := http.Get("http://" + g.metrics + "/readyz")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("sekimori is not ready: %v\n%s", err, g.output())
		}
	}
}

// end stops sekimori as systemd would, if it still runs. A second call does nothing.
func (g *gateway) end() {
	g.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-g.exited:
		g.exited <- nil
		if err != nil {
			g.t.Errorf("sekimori ended with %v", err)
		}
	case <-time.After(stopTimeout):
		g.cmd.Process.Signal(syscall.SIGQUIT) // it prints where it hangs
		<-g.exited
		g.exited <- nil
		g.t.Errorf("sekimori did not end within %s of SIGTERM", stopTimeout)
	}
	out := g.output()
	if strings.Contains(out, "DATA RACE") || strings.Contains(out, "panic") {
		g.t.Error("sekimori printed a data race or a panic")
	}
	if g.t.Failed() {
		g.t.Logf("sekimori printed\n%s", out)
	}
}

// kill ends sekimori as a fault would: without a chance to say anything.
func (g *gateway) kill() {
	g.cmd.Process.Kill()
	<-g.exited
	g.exited <- nil
}

func (g *gateway) output() string {
	out, _ := os.ReadFile(g.log)
	return string(out)
}

// scrape returns what /metrics says.
func (g *gateway) scrape() string {
	g.t.Helper()
	r, err := http.Get("http://" + g.metrics + "/metrics")
	if err != nil {
		g.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		g.t.Fatal(r.Status, err)
	}
	return string(text)
}

// serveZone answers at 127.0.0.1:53 until the test ends.
func serveZone(t testing.TB, text []byte) {
	t.Helper()
	z, err := zone.Parse(bytes.NewReader(text), "dns.zone")
	if err != nil {
		t.Fatal(err)
	}
	s, err := z.Serve(netip.MustParseAddrPort("127.0.0.1:53"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
}

// counter returns the sum of the samples of a metric whose labels contain all of the given ones.
func counter(t testing.TB, text, name string, labels ...string) float64 {
	t.Helper()
	sum := 0.0
line:
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(line, l) {
				continue line
			}
		}
		var v float64
		if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &v); err != nil {
			t.Fatal(line, err)
		}
		sum += v
	}
	return sum
}
