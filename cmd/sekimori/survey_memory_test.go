//go:build linux && !race

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Bounds on a survey of surveyed domains against a server on this machine.
const (
	surveyed          = 20_000
	maxSurveyResident = 100 << 10 // KiB of peak resident size
	// Each domain has five questions of its own: MX, TXT, _dmarc, _mta-sts and _smtp._tls. Every tenth includes one of
	// ten others, every hundredth has no record in _dmarc. What those and the DMARC records above them cost is kept.
	maxSurveyQuestions = surveyed*5 + surveyed/100
)

// TestMemorySurvey holds the real binary to its bounds on memory and on questions to the server. Time is only logged.
func TestMemorySurvey(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "sekimori")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	list := filepath.Join(dir, "list.csv")
	var text bytes.Buffer
	for i := range surveyed {
		fmt.Fprintf(&text, "d%d.go.jp,group %d\n", i, i%20)
	}
	if err := os.WriteFile(list, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	server, asked := answerSurvey(t)
	result := filepath.Join(dir, "o.jsonl")
	start := time.Now()
	run := exec.Command(bin, "survey", "run", "--domains", list, "--out", result, "--resolver", server, "--qps", "0")
	out, peak, err := watched(t, run)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cpu := run.ProcessState.UserTime() + run.ProcessState.SystemTime()
	t.Logf("%d domains, %d questions in %v, CPU %v, peak resident size %d KiB", surveyed, asked.Load(), time.Since(start).Round(time.Millisecond), cpu, peak)
	if peak > maxSurveyResident {
		t.Errorf("peak resident size %d KiB, bound %d KiB", peak, maxSurveyResident)
	}
	if n := asked.Load(); n > maxSurveyQuestions {
		t.Errorf("%d questions, bound %d", n, maxSurveyQuestions)
	}
	report := exec.Command(bin, "survey", "report", "--denominator", "all", result)
	out, peak, err = watched(t, report)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if peak > maxSurveyResident {
		t.Errorf("report: peak resident size %d KiB, bound %d KiB", peak, maxSurveyResident)
	}
	if want := fmt.Sprintf("%d of %d domains measured", surveyed, surveyed); !strings.Contains(string(out), want) || strings.Contains(string(out), "INCOMPLETE") {
		t.Errorf("%s", out)
	}
}

// watched runs a command and returns what it printed and its peak resident size in KiB. It is looked at while it runs: the
// maximum in wait4(2) begins with the size of this process, which the new one shares until it executes the program.
func watched(t *testing.T, c *exec.Cmd) (output []byte, peak int, err error) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			if peak == 0 {
				t.Error("it ended before it was looked at")
			}
			return out.Bytes(), peak, err
		case <-time.After(2 * time.Millisecond):
			peak = max(peak, peakResident(c.Process.Pid))
		}
	}
}

// answerSurvey answers for every domain as most do, and counts the questions.
func answerSurvey(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		asked.Add(1)
		m := new(dns.Msg).SetReply(q)
		name, kind := q.Question[0].Name, q.Question[0].Qtype
		text := surveyText(name)
		header := dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: 300}
		switch {
		case kind == dns.TypeMX:
			m.Answer = append(m.Answer, &dns.MX{Hdr: header, Preference: 10, Mx: "mx.go.jp."})
		case kind == dns.TypeTXT && text != "":
			m.Answer = append(m.Answer, &dns.TXT{Hdr: header, Txt: []string{text}})
		default:
			m.Rcode = dns.RcodeNameError
			m.Ns = append(m.Ns, &dns.SOA{Hdr: dns.RR_Header{Name: "jp.", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 300}, Ns: "ns.jp.", Mbox: "n.jp.", Minttl: 300})
		}
		_ = w.WriteMsg(m) // it fails when the one who asked is gone
	})
	ready := make(chan struct{})
	s := &dns.Server{Addr: "127.0.0.1:0", Net: "udp", Handler: handler, NotifyStartedFunc: func() { close(ready) }}
	go s.ListenAndServe()
	<-ready
	t.Cleanup(func() { s.Shutdown() })
	return s.PacketConn.LocalAddr().String(), asked
}

// surveyText returns the TXT record at a name, "" for none.
func surveyText(name string) string {
	switch {
	case strings.HasPrefix(name, "_mta-sts."), name == "_dmarc.go.jp.", name == "_dmarc.jp.":
		return ""
	case strings.HasPrefix(name, "_smtp."):
		return "v=TLSRPTv1; rua=mailto:tls@example.jp"
	case strings.HasPrefix(name, "_dmarc."):
		if strings.HasSuffix(name, "00.go.jp.") {
			return ""
		}
		return "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.jp"
	case strings.HasPrefix(name, "spf"):
		return "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all"
	case strings.HasSuffix(name, "0.go.jp."):
		return "v=spf1 include:spf" + name[len(name)-9:len(name)-8] + ".example.jp -all"
	}
	return "v=spf1 mx ip4:203.0.113.0/24 ~all"
}
