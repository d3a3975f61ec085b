//go:build linux && endtoend

package endtoend

import (
	big "encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekimori/internal/testmta"
)

// rated is an organisation of the drill that Prometheus looks at: its staff, and how many opened in each round.
type rated struct{ staff, first, second int }

// ratedBodies are twelve whose shares are those of 2011, with a tenth of the staff: 10.1 % of 6,000 (1.1 to 23.8 %) and 3.1 % (0.4
// to 6.1 %).
func ratedBodies() []rated {
	bodies := []rated{{1000, 11, 4}, {1000, 100, 61}, {500, 119, 10}, {300, 40, 15}}
	for range 8 {
		bodies = append(bodies, rated{400, 42, 12})
	}
	return bodies
}

// ratedPolicy has a drill of two rounds that are over.
func ratedPolicy(dns, store string, from time.Time) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "[inside]\ndomains = [\"gw.test\"]\n\n[dns]\nservers = [%q]\n\n[store]\n%s\n", dns, store)
	for i := range ratedBodies() {
		fmt.Fprintf(&text, "[[organisation]]\nname = \"ministry_%d\"\ndomains = [\"m%d.gw.test\"]\n\n", i, i)
	}
	fmt.Fprintf(&text, "[[drill]]\nname = %q\nmin_cell = 0\n\n", drillName)
	for i, b := range ratedBodies() {
		fmt.Fprintf(&text, "[[drill.organisation]]\nname = \"ministry_%d\"\nstaff = %d\n\n", i, b.staff)
	}
	for i, kind := range []string{"attachment", "link"} {
		fmt.Fprintf(&text, "[[drill.round]]\nround = %d\nkind = %q\nlure = \"人事異動のお知らせ\"\nmode = \"exempt\"\nwindow = { from = %s, until = %s }\n"+
			"senders = [\"jinji@drill.test\"]\ncampaigns = [%d]\n\n[drill.round.recognise]\nclient_ip = [\"203.0.113.7\"]\nmail_from_domain = [\"drill.test\"]\n"+
			"key_files.1 = \"round%d.key\"\nmax_recipients = 7000\n\n",
			i+1, kind, stamp(from.Add(time.Duration(i)*time.Hour)), stamp(from.Add(time.Duration(i+1)*time.Hour)), i+1, i+1)
	}
	return []byte(text.String())
}

// ratedEvents are what the program that sent the mail of a round has recorded.
func ratedEvents(round int, from time.Time) campaignEvents {
	c := campaignEvents{id: round}
	for i, b := range ratedBodies() {
		opened := b.first
		if round == 2 {
			opened = b.second
		}
		for k := range b.staff {
			who := fmt.Sprintf("p%d@m%d.gw.test", k, i)
			c.events = append(c.events, campaignEvent{who, from.Add(time.Minute), "Email Sent", ""})
			if k < opened {
				c.events = append(c.events, campaignEvent{who, from.Add(20 * time.Minute), "Clicked Link", visited(fmt.Sprintf("10.%d.%d.%d", i, k/200, k%200), "Mozilla/5.0")})
			}
		}
	}
	return c
}

// TestPrometheusDrill has a real Prometheus evaluate the rules of contrib over two gateways that share a ledger: the rates are those
// of what was imported, both gateways say the same, and neither a killed gateway nor the closing of the drill changes them.
func TestPrometheusDrill(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp(testmta.RunDir, "redis")
	if err != nil {
		t.Fatal(err)
	}
	redis := &redisServer{socket: filepath.Join(dir, "s")}
	redis.start(t)
	t.Cleanup(redis.stop)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := fmt.Sprintf("kind = \"redis\"\naddresses = [%q]\nsecret_file = %q\n", redis.socket, secret)
	begun := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	one, two := newStand(t, 40, drillZone, ""), newStand(t, 41, drillZone, "")
	for _, s := range []*stand{&one, &two} {
		s.files = drillFiles()
		s.policy = ratedPolicy("127.0.0.1:53", store, begun)
	}
	first, second := startGateway(t, one.gatewayConfig), startGateway(t, two.gatewayConfig)
	for round := 1; round <= 2; round++ {
		file := filepath.Join(t.TempDir(), "events.csv")
		if err := os.WriteFile(file, ratedEvents(round, begun.Add(time.Duration(round-1)*time.Hour)).csv(), 0o600); err != nil {
			t.Fatal(err)
		}
		opened := [][]string{{"--opened-by", "click"}, nil}[round-1] // of an attachment it must be said
		first.drill(0, "import", append(opened, "--round", fmt.Sprint(round), "gophish_events", file)...)
	}
	rules, err := filepath.Abs("../../contrib/prometheus/sekimori.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	server := startPrometheus(t, 9095, rules, first.metrics, second.metrics)

	rates := func() {
		t.Helper()
		for query, want := range map[string]string{
			`count(sekimori_drill_opened_recipients{round="1"} == 606)`:                                        "2",
			`count(sekimori_drill_opened_recipients{round="2"} == 186)`:                                        "2",
			`round(100 * drill_round:opened:ratio{round="1"}, 0.1)`:                                            "10.1",
			`round(100 * drill_round:opened:ratio{round="2"}, 0.1)`:                                            "3.1",
			`round(100 * drill_round:organisation_opened:min{round="1"}, 0.1)`:                                 "1.1",
			`round(100 * drill_round:organisation_opened:max{round="1"}, 0.1)`:                                 "23.8",
			`round(100 * drill_round:organisation_opened:min{round="2"}, 0.1)`:                                 "0.4",
			`round(100 * drill_round:organisation_opened:max{round="2"}, 0.1)`:                                 "6.1",
			`count(drill_organisation:opened:ratio{round="1"})`:                                                "12",
			`count(drill_round:organisation_opened:standard_error{round="1"} < 0.02)`:                          "1",
			`count(sekimori_drill_organisation_opened_recipients{organisation="ministry_2",round="1"} == 119)`: "2",
		} {
			ask(t, server, query, want)
		}
	}
	rates()
	checkMetrics(t, first)

	redis.cmd.Process.Signal(syscall.SIGSTOP) // the page stays whole and fast
	ask(t, server, `sum(sekimori_drill_ledger_read_failures_total > bool 0)`, "2")
	ask(t, server, `sum(min_over_time(up[5s]))`, "2")
	redis.cmd.Process.Signal(syscall.SIGCONT)
	rates()

	second.kill()
	ask(t, server, `count(up == 0)`, "1")
	startGateway(t, two.gatewayConfig)
	ask(t, server, `count(sekimori_drill_opened_recipients == 606 and on (instance) changes(process_start_time_seconds[1m]) > 0)`, "1")
	rates()

	first.drill(0, "close")
	ask(t, server, `sum(sekimori_drill_closed)`, "2")
	rates()

	breach(t, fmt.Sprintf("127.0.0.1:%d", one.port))
	ask(t, server, fmt.Sprintf(`count(ALERTS{alertname="SekimoriUnexamined",alertstate="firing",instance=%q})`, first.metrics), "1")
	healthy(t, server)
	queries(t, server)
}

// breach breaks the milter protocol in the middle of a message.
func breach(t *testing.T, address string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, command := range []string{"O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff", "M<a@b.test>\x00", "\x01"} {
		c.Write(append(big.BigEndian.AppendUint32(nil, uint32(len(command))), command...))
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		c.Read(make([]byte, 64))
	}
}

// call asks the interface of Prometheus.
func call(t *testing.T, server, path string, to any) {
	t.Helper()
	r, err := http.Get(server + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(to); err != nil {
		t.Fatal(path, err)
	}
}

// healthy wants every rule evaluated without an error, over two gateways.
func healthy(t *testing.T, server string) {
	t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	call(t, server, "/api/v1/rules", &answer)
	n := 0
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			n++
			if r.Health != "ok" {
				t.Errorf("rule %s is %s: %s", r.Name, r.Health, r.LastError)
			}
		}
	}
	if n < 40 {
		t.Errorf("%d rules", n)
	}
}

// queries sends what the dashboard asks for.
func queries(t *testing.T, server string) {
	t.Helper()
	text, err := os.ReadFile("../../contrib/grafana/sekimori.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$drill", drillName, "$survey", ".*", "$__rate_interval", "1m")
	var shown []string
	for _, p := range dashboard.Panels {
		for _, q := range p.Targets {
			var answer struct {
				Status, Error string
				Data          struct{ Result []any }
			}
			call(t, server, "/api/v1/query?query="+url.QueryEscape(variables.Replace(q.Expr)), &answer)
			if answer.Status != "success" {
				t.Errorf("panel %q: %s: %s", p.Title, q.Expr, answer.Error)
			}
			if len(answer.Data.Result) > 0 {
				shown = append(shown, p.Title)
			}
		}
	}
	for _, title := range []string{"Rounds", "Got the mail", "Opened: lowest, all, highest", "Opened, by organisation and round", "Age of the numbers of drills"} {
		if !slices.Contains(shown, title) {
			t.Errorf("panel %q shows nothing", title)
		}
	}
}
