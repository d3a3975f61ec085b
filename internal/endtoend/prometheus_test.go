//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPrometheus lets a real Prometheus scrape sekimori behind a real Postfix, and asks Prometheus what happened.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	s := newStand(t, 5, "mof.go.jp. 60 IN TXT \"v=spf1 -all\"\npartner.test. 60 IN TXT \"v=spf1 ip4:203.0.113.7 -all\"\n", "mode = \"enforce\"")
	mta := s.postfix(t, "192.0.2.16")
	g := startGateway(t, s.gatewayConfig)
	server := startPrometheus(t, 9090, "", g.metrics)

	for sender, n := range map[string]int{"<taro@mof.go.jp>": 2, "<jiro@partner.test>": 1} {
		for range n {
			if _, err := begin(t, mta, "203.0.113.7", sender).Data([]byte(minutes)); err != nil {
				t.Fatal(err)
			}
		}
	}
	delivered(t, mta, 1)
	for query, want := range map[string]string{
		`sum(sekimori_messages_total{outcome="rejected"})`:                                           "2",
		`sum(sekimori_messages_total{direction="inbound",outcome="accepted"})`:                       "1",
		`sum(sekimori_findings_total{finding="mail_from_fail",mode="enforce"})`:                      "2",
		`sum(sekimori_auth_results_total{method="spf",scope="mailfrom",result="pass"})`:              "1",
		`count(sekimori_build_info)`:                                                                 "1",
		`up{job="sekimori"}`:                                                                         "1",
		`sum(sekimori_unexamined_messages_total)`:                                                    "0",
		`sum(increase(sekimori_config_reloads_total[1m]))`:                                           "0",
		`histogram_quantile(0.99, sum by (le) (sekimori_message_duration_seconds_bucket)) < bool 30`: "1",
	} {
		ask(t, server, query, want)
	}

	checkMetrics(t, g)
}

// checkMetrics lets promtool find fault with the page of a gateway.
func checkMetrics(t *testing.T, g *gateway) {
	t.Helper()
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(g.scrape())
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// startPrometheus runs a Prometheus that scrapes targets once a second and evaluates a file of rules, if there is one, once a
// second. It returns its address.
func startPrometheus(t *testing.T, port int, rules string, targets ...string) string {
	t.Helper()
	for _, name := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is missing: install the Debian package prometheus, or run `make test-setup`", name)
		}
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global:\n  evaluation_interval: 1s\nscrape_configs:\n- job_name: sekimori\n  scrape_interval: 1s\n"+
		"  scrape_timeout: 1s\n  static_configs:\n  - targets: [%s]\n", strings.Join(targets, ", "))
	if rules != "" {
		text += fmt.Sprintf("rule_files: [%q]\n", rules)
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus printed\n%s", &out)
		}
	})
	return "http://" + address
}

// ask repeats a query until Prometheus, whose first scrape comes after some 5 s, answers as wanted. What gateways read when
// somebody scrapes can be 15 s old.
func ask(t *testing.T, server, query, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(45 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		out, err := exec.Command("promtool", "query", "instant", server, query).CombinedOutput()
		got = fmt.Sprintf("%s %v", out, err)
		// a sample is printed as {labels} => value @[time]
		if _, rest, ok := strings.Cut(string(out), "=> "); err == nil && ok && strings.HasPrefix(rest, want+" @[") {
			return
		}
	}
	t.Errorf("%s: Prometheus says %s, wanted is %s", query, got, want)
}
