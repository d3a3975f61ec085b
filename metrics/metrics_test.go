package metrics

import (
	"bytes"
	"flag"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"sekimori/policy"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func example(t testing.TB) *policy.Policy {
	t.Helper()
	p := policy.Default()
	p.Spoof.Mode = policy.ModeEnforce
	for _, name := range []string{"mof", "kantei"} {
		domains, err := policy.ParseDomainSet(name+".go.jp", "."+name+".go.jp")
		if err != nil {
			t.Fatal(err)
		}
		p.Organisations = append(p.Organisations, policy.Organisation{Name: name, Domains: domains})
	}
	p.Spoof.Exempt = []policy.Exemption{{Name: "ndl_list"}}
	p.AutoReply.Exempt = []policy.ReplyExemption{{Name: "helpdesk"}}
	p.Suspicion.Mode = policy.ModeEnforce
	p.Bulletins = []policy.Bulletin{{Name: "off", Mode: policy.ModeOff}, {Name: "ipa_2026_11", Mode: policy.ModeEnforce, Until: time.Unix(1_800_000_000, 0), Indicators: make([]policy.BulletinIndicator, 3)},
		{Name: "endless", Mode: policy.ModeObserve}}
	p.Drills = []policy.Drill{{Name: "autumn", Rounds: []policy.Round{{Number: 1}, {Number: 2}}}}
	return p
}

func to(domains ...policy.Domain) []policy.Recipient {
	var r []policy.Recipient
	for _, d := range domains {
		r = append(r, policy.Recipient{Address: policy.Address{Local: "a", Domain: d}})
	}
	return r
}

// refused is a message that claims go.jp and is refused.
func refused(p *policy.Policy) *policy.Record {
	return &policy.Record{
		Message: &policy.Message{Recipients: to("mof.go.jp", "x.mof.go.jp", "kantei.go.jp", "example.com"), BodySize: 3000},
		Policy:  p, Outcome: policy.OutcomeRejected, Stage: policy.StageMessage, Elapsed: 30 * time.Millisecond,
		Facts: &policy.Facts{
			MailFrom: policy.SPF{Result: policy.ResultFail}, Helo: policy.SPF{Result: policy.ResultNone},
			DMARC:   []policy.DMARC{{Result: policy.ResultFail}},
			Timings: policy.Timings{Wait: 3 * time.Millisecond},
		},
		Decision: policy.Decision{Direction: policy.Inbound, Verdicts: []policy.Verdict{{
			Rule: policy.RuleSpoof, Mode: policy.ModeEnforce, Action: policy.ActionReject,
			Findings: []policy.Finding{
				{Name: "mail_from_fail", Action: policy.ActionReject},
				{Name: "from_fail", Evidence: "a.go.jp", Action: policy.ActionQuarantine},
				{Name: "from_fail", Evidence: "b.go.jp", Action: policy.ActionQuarantine},
			},
		}}},
	}
}

// script counts a little of everything.
func script(m *Metrics, p *policy.Policy) {
	m.Observe(refused(p))
	exempt := refused(p)
	exempt.Message.Recipients = to("mof.go.jp")
	exempt.Outcome = policy.OutcomeTagged
	exempt.Facts.DKIM = []policy.DKIM{{Result: policy.ResultPass}, {Result: policy.ResultPolicy}}
	exempt.Facts.Unexamined = []policy.Unexamined{policy.UnexaminedDeadline, policy.UnexaminedDeadline}
	v := &exempt.Decision.Verdicts[0]
	v.Mode, v.Action = policy.ModeObserve, policy.ActionAccept
	for i := range v.Findings {
		v.Findings[i].Exempt = "ndl_list"
	}
	m.Observe(exempt)
	m.Observe(&policy.Record{Message: &policy.Message{Sender: policy.Address{Local: "a", Domain: "kantei.go.jp"}, Recipients: to("a.example", "b.example")},
		Policy: p, Facts: &policy.Facts{}, Outcome: policy.OutcomeAccepted, Stage: policy.StageMessage, Decision: policy.Decision{Direction: policy.Outbound}})
	// Refused at RCPT, so that there is no recipient.
	m.Observe(&policy.Record{Message: &policy.Message{}, Policy: p, Facts: &policy.Facts{MailFrom: policy.SPF{Result: policy.ResultFail}},
		Outcome: policy.OutcomeAborted, Stage: policy.StageEnvelope, Decision: policy.Decision{Direction: policy.Inbound}})
	// Given up after the header: nobody waited for an answer.
	m.Observe(&policy.Record{Message: &policy.Message{Recipients: to("mof.go.jp")}, Policy: p, Facts: &policy.Facts{Timings: policy.Timings{Wait: time.Second}},
		Outcome: policy.OutcomeAborted, Stage: policy.StageMessage, Decision: policy.Decision{Direction: policy.Inbound}})
	// A panic at MAIL: nothing is known.
	m.Observe(&policy.Record{Message: &policy.Message{Recipients: to("mof.go.jp")}, Facts: &policy.Facts{Unexamined: []policy.Unexamined{policy.UnexaminedPanic}}})
	scriptReplies(m, p)
	scriptSuspicion(m, p)
	scriptStore(m)
	m.DNS(policy.TypeTXT, policy.DNSFound, false, 2*time.Millisecond)
	m.DNS(policy.TypeTXT, policy.DNSFound, true, time.Microsecond)
	m.DNS(policy.TypeMX, policy.DNSTimeout, false, 6*time.Second)
	m.SessionOpened()
	m.SessionOpened()
	m.SessionClosed()
	m.SessionRefused()
	m.Unexamined(policy.UnexaminedSession)
	m.ProtocolError()
	m.Panicked()
	m.Reload(false, time.Unix(1, 0))
	m.Reload(true, time.UnixMilli(1_800_000_000_500))
}

// scrape returns the series of sekimori as Prometheus gets them.
func scrape(t *testing.T, reg *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(reg).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("%d %v", w.Code, err)
	}
	var own strings.Builder
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "sekimori_") || strings.HasPrefix(line, "# HELP sekimori_") || strings.HasPrefix(line, "# TYPE sekimori_") {
			own.WriteString(line)
		}
	}
	return own.String()
}

// withoutIndicators leaves the names of the indicators out of a page: they are a list of another room, which grows.
func withoutIndicators(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "sekimori_findings_total{") || !strings.Contains(line, `rule="suspicion"`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestMetricsPage(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1.2.3", "go1.26")
	presetStore(m)
	before := scrape(t, reg)
	script(m, p)
	after := withoutIndicators(scrape(t, reg))
	before = withoutIndicators(before)
	if *update {
		if err := os.WriteFile("testdata/metrics.txt", []byte(after), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), after); d != "" {
		t.Error(d)
	}
	series := func(page string) (names []string) {
		for line := range strings.Lines(page) {
			names = append(names, line[:strings.LastIndex(line, " ")])
		}
		return names
	}
	if d := cmp.Diff(series(before), series(after)); d != "" {
		t.Errorf("not every series was there from the start: %s", d)
	}
	for line := range strings.Lines(before) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if line[0] != '#' && value != "0" && !strings.Contains(name, "build_info") && !strings.Contains(name, "config_last") &&
			!strings.Contains(name, "bulletin_indicators") && !strings.Contains(name, "bulletin_expiry") {
			t.Errorf("%s starts at %s", name, value)
		}
	}
}

func TestNamesAreGoodManners(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	script(New(reg, p, "1", "go"), p)
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range problems {
		t.Errorf("%s: %s", x.Metric, x.Text)
	}
}

func TestPresetAfterReload(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	script(m, p)
	next := policy.Default()
	domains, err := policy.ParseDomainSet("ndl.go.jp")
	if err != nil {
		t.Fatal(err)
	}
	next.Organisations = []policy.Organisation{{Name: "ndl", Domains: domains}}
	next.Spoof.Exempt = []policy.Exemption{{Name: "new"}}
	unseen := &policy.Record{Message: &policy.Message{Recipients: to("ndl.go.jp")}, Policy: next, Facts: &policy.Facts{},
		Decision: policy.Decision{Direction: policy.Inbound}, Outcome: policy.OutcomeAccepted}
	m.Observe(unseen)
	if page := scrape(t, reg); strings.Contains(page, `"ndl"`) {
		t.Error("a message brought a label")
	} else if want := `sekimori_messages_total{direction="inbound",organisation="other",outcome="accepted"} 1`; !strings.Contains(page, want) {
		t.Errorf("no %s", want)
	}
	m.Preset(next)
	page := scrape(t, reg)
	for _, want := range []string{
		`sekimori_messages_total{direction="inbound",organisation="ndl",outcome="accepted"} 0`,
		`sekimori_exemptions_total{name="new"} 0`,
		`sekimori_exemptions_total{name="ndl_list"} 1`,
		`sekimori_messages_total{direction="inbound",organisation="mof",outcome="rejected"} 1`,
	} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	m.Observe(unseen)
	if want := `organisation="ndl",outcome="accepted"} 1`; !strings.Contains(scrape(t, reg), want) {
		t.Errorf("no %s", want)
	}
}

// TestForeignWordsBringNoSeries gives every label a word that is in no list.
func TestForeignWordsBringNoSeries(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	before := strings.Count(scrape(t, reg), "\n")
	r := refused(p)
	r.Decision.Direction, r.Outcome = "sideways", "evil"
	r.Decision.Verdicts[0].Rule, r.Decision.Verdicts[0].Mode = "evil", "evil"
	r.Decision.Verdicts[0].Findings[0] = policy.Finding{Name: "evil", Exempt: "evil"}
	r.Facts.MailFrom.Result, r.Facts.Unexamined = "evil", []policy.Unexamined{"evil"}
	m.Observe(r)
	r.Decision.Direction = policy.Inbound
	m.Observe(r)
	m.Observe(nil)
	m.Observe(&policy.Record{})
	m.Observe(&policy.Record{Message: &policy.Message{}})
	m.Unexamined("evil")
	m.DNS("evil", "evil", false, 0)
	m.DNS(policy.TypeA, "evil", false, 0)
	page := scrape(t, reg)
	if after := strings.Count(page, "\n"); after != before || strings.Contains(page, "evil") || strings.Contains(page, "sideways") {
		t.Errorf("%d lines before, %d after", before, after)
	}
}

func TestConcurrentUse(t *testing.T) {
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1", "go")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				script(m, p)
				m.Preset(p)
			}
		})
	}
	wg.Wait()
	if !strings.Contains(scrape(t, reg), `sekimori_messages_total{direction="inbound",organisation="mof",outcome="rejected"} 800`+"\n") {
		t.Error("messages were lost")
	}
}

// TestManualNamesSeriesThatExist reads the manual for names of series.
func TestManualNamesSeriesThatExist(t *testing.T) {
	reg := prometheus.NewRegistry()
	presetStore(New(reg, example(t), "1", "go"))
	d := source(t)
	page := scrape(t, reg) + drillPage(t, d, ended(d))
	for _, file := range []string{"../docs/configuration.md", "../docs/operations.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Log(err)
			continue
		}
		for _, word := range bytes.FieldsFunc(data, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
			for _, part := range []string{"_bucket", "_count", "_sum"} { // of a histogram
				if whole, ok := bytes.CutSuffix(word, []byte(part)); ok && strings.Contains(page, "# TYPE "+string(whole)+" histogram") {
					word = whole
				}
			}
			if bytes.HasPrefix(word, []byte("sekimori_")) && !strings.Contains(page, "# TYPE "+string(word)+" ") {
				t.Errorf("%s: there is no series %s", file, word)
			}
		}
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	p := example(t)
	m := New(prometheus.NewRegistry(), p, "1", "go")
	presetStore(m)
	for name, r := range map[string]*policy.Record{"refused": refused(p), "trimmed": trimmed(p), "guarded": guarded(p, policy.ActionReject, "reply_high"),
		"suspicious": suspicious(p), "drill": drilled(p)} {
		if n := testing.AllocsPerRun(100, func() { m.Observe(r) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { scriptStore(m) }); n > 0 {
		t.Errorf("store: %v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	p := example(b)
	m := New(prometheus.NewRegistry(), p, "1", "go")
	for name, r := range map[string]*policy.Record{"one": refused(p), "four": refused(p), "reply_two": trimmed(p), "guarded_two": guarded(p, policy.ActionReject, "reply_high"),
		"suspicious_two": suspicious(p), "unsuspicious_two": unsuspicious(p)} {
		if name == "one" {
			r.Message.Recipients = r.Message.Recipients[:1]
		}
		b.Run(name+"_recipients", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(r)
			}
		})
	}
}

func BenchmarkDNS(b *testing.B) {
	m := New(prometheus.NewRegistry(), policy.Default(), "1", "go")
	b.ReportAllocs()
	for b.Loop() {
		m.DNS(policy.TypeTXT, policy.DNSFound, true, time.Microsecond)
	}
}
