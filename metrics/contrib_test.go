package metrics

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"

	"sekimori/policy/drill"
)

// The files for Prometheus and Grafana are read here, so that no name in them is one that nobody exports. Prometheus itself
// reads them in .ci/rules and in internal/endtoend.
const (
	contrib      = "../contrib/prometheus"
	surveyGauges = "../policy/survey/testdata/series.prom"
	dashboard    = "../contrib/grafana/sekimori.json"
)

type rulesFile struct {
	Groups []struct {
		Rules []struct {
			Record, Alert, Expr string
			Labels, Annotations map[string]string
		}
	}
}

type testsFile struct {
	Tests []struct {
		Input  []struct{ Series, Values string } `yaml:"input_series"`
		Promql []struct {
			Expr    string
			Samples []struct{ Labels string } `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	}
}

func readYAML(t *testing.T, path string, to any) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatal(path, err)
	}
	return string(text)
}

func readRules(t *testing.T) (r rulesFile) {
	readYAML(t, contrib+"/sekimori.rules.yml", &r)
	return r
}

// exported is every series that sekimori can show, by name: their labels.
func exported(t *testing.T) map[string][]map[string]string {
	t.Helper()
	reg, p := prometheus.NewRegistry(), example(t)
	m := New(reg, p, "1.2.3", "go1.26")
	presetStore(m)
	m.DrillRejected("s", "r")
	m.DrillWebhook("ok")
	whole := source(t)
	whole.Closed = true
	for i := range whole.Counts.Rounds {
		for _, b := range whole.Counts.Rounds[i].Bodies {
			for _, x := range drill.Measures() {
				if _, ok := b.Numbers[x]; !ok {
					b.Numbers[x] = b.Numbers[drill.Measure(drill.EventOpened)]
				}
			}
		}
		whole.Counts.Rounds[i].ReportMedian = time.Minute
		whole.Counts.Rounds[i].Imports = []drill.Import{{Source: "gophish_events", Last: time.Unix(1, 0)}}
	}
	whole.Drill.MinCell = 0
	g := NewDrillGauges(reg, func(context.Context) ([]DrillCounts, error) { return []DrillCounts{whole}, nil }, time.Now)
	t.Cleanup(g.Close)
	survey, err := os.ReadFile(surveyGauges)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]map[string]string{"up": {{}}}
	for line := range strings.Lines(scrape(t, reg) + string(survey)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, labels := selector(line[:strings.LastIndexByte(line, ' ')])
		l := map[string]string{}
		for _, m := range labels {
			l[m.name] = m.value
		}
		all[name] = append(all[name], l)
	}
	return all
}

// matcher is one condition of a selector.
type matcher struct{ name, op, value string }

// selectorPattern finds the selectors of an expression; what else it finds has another beginning than ours.
var (
	selectorPattern = regexp.MustCompile(`\b[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?`)
	matcherPattern  = regexp.MustCompile(`([a-z_]+)(=~|!~|!=|=)"([^"]*)"`)
)

// selector takes a selector or a series apart.
func selector(s string) (name string, of []matcher) {
	name, labels, _ := strings.Cut(s, "{")
	for _, m := range matcherPattern.FindAllStringSubmatch(labels, -1) {
		of = append(of, matcher{m[1], m[2], m[3]})
	}
	return strings.TrimSpace(name), of
}

// free are the labels whose values are the house's, Prometheus' or Grafana's.
func free() []string {
	return []string{"instance", "job", "drill", "round", "organisation", "source", "survey", "group"}
}

func (m matcher) holds(labels map[string]string) bool {
	value, there := labels[m.name]
	switch {
	case slices.Contains(free(), m.name):
		return there || m.name == "instance" || m.name == "job"
	case !there:
		return false
	case m.op == "=":
		return value == m.value
	case m.op == "!=":
		return value != m.value
	}
	return regexp.MustCompile("^(?:"+m.value+")$").MatchString(value) == (m.op == "=~")
}

// checkExpr fails for a name that nobody exports or records, and for a selector that can never select anything.
func checkExpr(t *testing.T, where, expr string, series map[string][]map[string]string, recorded map[string]bool) {
	t.Helper()
	found := 0
	for _, s := range selectorPattern.FindAllString(expr, -1) {
		name, matchers := selector(s)
		switch {
		case recorded[name], name == "ALERTS":
			found++
		case strings.HasPrefix(name, "sekimori_") || name == "up" || strings.Contains(name, ":"):
			found++
			if !slices.ContainsFunc(series[name], func(l map[string]string) bool {
				return !slices.ContainsFunc(matchers, func(m matcher) bool { return !m.holds(l) })
			}) {
				t.Errorf("%s: nobody exports %s", where, s)
			}
		}
	}
	if found == 0 {
		t.Errorf("%s: it asks for nothing: %s", where, expr)
	}
}

func records(r rulesFile) map[string]bool {
	all := map[string]bool{}
	for _, g := range r.Groups {
		for _, x := range g.Rules {
			if x.Record != "" {
				all[x.Record] = true
			}
		}
	}
	return all
}

// TestRulesAskForWhatThereIs: a name or a label value that nobody exports makes a rule silent for ever.
func TestRulesAskForWhatThereIs(t *testing.T) {
	series, rules := exported(t), readRules(t)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			checkExpr(t, r.Record+r.Alert, r.Expr, series, records(rules))
		}
	}
	files, _ := filepath.Glob(contrib + "/tests/*.yml")
	for _, file := range files {
		var tests testsFile
		readYAML(t, file, &tests)
		for _, x := range tests.Tests {
			for _, in := range x.Input {
				checkExpr(t, file, in.Series, series, nil)
			}
		}
	}
	for _, wrong := range []string{`sekimori_no_such_total`, `sekimori_messages_total{outcome="none"}`, `sekimori_messages_total{result="x"}`, `drill:no:such`} {
		inner := &testing.T{}
		checkExpr(inner, "control", wrong, series, records(rules))
		if !inner.Failed() {
			t.Errorf("%s goes unnoticed", wrong)
		}
	}
}

// TestAlertsSayWhatToDo: each alert has its words, and is under test, as is each record.
func TestAlertsSayWhatToDo(t *testing.T) {
	files, err := filepath.Glob(contrib + "/tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no tests of the rules", err)
	}
	tested := ""
	for _, file := range files {
		var tests testsFile
		readYAML(t, file, &tests)
		if len(tests.Tests) == 0 {
			t.Errorf("%s has no test, and promtool is content", file)
		}
		for _, x := range tests.Tests {
			wanted := 0
			for _, p := range x.Promql {
				tested += p.Expr + "\n"
				wanted += len(p.Samples)
			}
			if len(x.Input) == 0 || wanted == 0 {
				t.Errorf("%s: a test has %d series and wants %d samples", file, len(x.Input), wanted)
			}
		}
	}
	rules := readRules(t)
	exprs := ""
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			exprs += r.Expr + "\n"
		}
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			switch {
			case r.Record != "" && !strings.Contains(tested, r.Record) && !strings.Contains(exprs, r.Record):
				t.Errorf("%s is not under test", r.Record)
			case r.Alert == "":
				continue
			}
			if r.Alert != "" && !strings.Contains(tested, `alertname="`+r.Alert+`",alertstate="firing"`) {
				t.Errorf("%s is not under test", r.Alert)
			}
			summary, description := r.Annotations["summary"], r.Annotations["description"]
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || summary == "" || len(description) < 100 {
				t.Errorf("%s: severity %q, summary %q, description %q", r.Alert, r.Labels["severity"], summary, description)
			}
			if strings.Contains(summary+description, "://") || strings.HasSuffix(summary, ".") {
				t.Errorf("%s: a link, or a summary with a full stop", r.Alert)
			}
		}
	}
}

// TestRulesTestSource: what tests/drill.yml feeds to the rules is what sekimori shows of the counts of 2011.
func TestRulesTestSource(t *testing.T) {
	d := source(t)
	page := drillPage(t, d, ended(d))
	var tests testsFile
	readYAML(t, contrib+"/tests/drill.yml", &tests)
	without := regexp.MustCompile(`,instance="mx\d:9891",job="sekimori"`)
	given := map[string]bool{}
	for _, in := range tests.Tests[0].Input {
		line := without.ReplaceAllString(in.Series, "")
		name, _ := selector(line)
		given[name] = true
		if strings.Contains(name, "timestamp") { // as seconds, which the page writes as a power
			continue
		}
		if !strings.Contains(page, "\n"+line+" "+in.Values+"\n") {
			t.Errorf("sekimori does not show %s %s", line, in.Values)
		}
	}
	for _, family := range []string{"sekimori_drill_organisation_opened_recipients", "sekimori_drill_organisation_base_recipients"} {
		if !given[family] {
			t.Errorf("%s is not fed", family)
		}
	}
}

// TestDashboard: the dashboard asks for what there is, each panel in a place of its own, and needs no plugin.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			ID          int
			Type, Title string
			GridPos     struct{ H, W, X, Y int }
			Targets     []struct{ Expr string }
		}
		Annotations struct{ List []struct{ Expr string } }
		Templating  struct{ List []struct{ Definition string } }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	series, recorded := exported(t), records(readRules(t))
	core := []string{"row", "table", "stat", "bargauge", "timeseries"}
	ids, places := map[int]bool{}, map[[2]int]string{}
	rows := 0
	for _, p := range d.Panels {
		if !slices.Contains(core, p.Type) || ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q is a %s", p.ID, p.Title, p.Type)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if over := places[[2]int{x, y}]; over != "" || x >= 24 {
					t.Fatalf("%q lies over %q", p.Title, over)
				}
				places[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			rows++
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("%q shows nothing", p.Title)
		}
		for _, q := range p.Targets {
			checkExpr(t, p.Title, q.Expr, series, recorded)
		}
	}
	if rows != 6 || len(d.Annotations.List) != 2 {
		t.Errorf("%d rows, %d annotations", rows, len(d.Annotations.List))
	}
	for _, a := range d.Annotations.List {
		checkExpr(t, "annotation", a.Expr, series, recorded)
	}
	for _, v := range d.Templating.List {
		if v.Definition != "" {
			checkExpr(t, "variable", v.Definition, series, recorded)
		}
	}
	if strings.Contains(string(text), "http") {
		t.Error("it leads somewhere else")
	}
}
