//go:build linux && endtoend

package endtoend

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// The house has two bodies below gw.test. The drill's program sends from drillAddr; nobody at mof.go.jp does.
const (
	drillAddr   = "203.0.113.7"
	drillZone   = "mof.go.jp. 60 IN TXT \"v=spf1 -all\"\n_dmarc.mof.go.jp. 60 IN TXT \"v=DMARC1; p=reject\"\ndrill.test. 60 IN TXT \"v=spf1 ip4:203.0.113.7 -all\"\n"
	drillName   = "drill_2026"
	drillSecret = "webhook-secret-of-the-drill"

	// The mail of round 1 borrows an address of mof.go.jp for the one body, and comes in its own name to the other.
	borrowed = "jinji@mof.go.jp"
	own      = "jinji@drill.test"
)

// drillPolicy has every rule that a drill meets. Round 1 is a link and its window is [from, turn), round 2 an attachment until the end.
func drillPolicy(dns, store string, from, turn, until time.Time) []byte {
	text := `[inside]
domains = ["gw.test", ".gw.test"]
networks = ["192.0.2.0/24"]

[dns]
servers = [@dns]

[spoof]
mode = "enforce"
protected = ["go.jp"]

[auto_reply]
mode = "enforce"

[reply_guard]
mode = "enforce"

[[organisation]]
name = "mof"
domains = ["mof.gw.test"]

[[organisation]]
name = "meti"
domains = ["meti.gw.test"]

[store]
@store

[[drill]]
name = "drill_2026"
reports = ["csirt@gw.test"]
min_cell = 0
import.egress = ["198.51.100.1"]

[[drill.organisation]]
name = "mof"
staff = 4

[[drill.organisation]]
name = "meti"
staff = 3

[[drill.round]]
round = 1
kind = "link"
lure = "人事異動のお知らせ"
mode = "exempt"
difficulty = { rating = "moderately", raters = 2 }
window = { from = @from, until = @turn }
senders = ["bounce1@drill.test", "*@r1.drill.test"]
link_hosts = ["www.drill.test"]
campaigns = [7]

[drill.round.recognise]
client_ip = ["203.0.113.7"]
mail_from_domain = ["drill.test"]
key_files.1 = "round1.key"
max_recipients = 8
remove = ["X-Gophish-Contact", "X-Mailer"]

[[drill.round]]
round = 2
kind = "attachment"
lure = "会議資料の送付について"
mode = "exempt"
difficulty = { rating = "moderately", raters = 2 }
window = { from = @turn, until = @until }
senders = ["bounce2@drill.test", "*@r2.drill.test"]
campaigns = [8]

[drill.round.recognise]
client_ip = ["203.0.113.7"]
mail_from_domain = ["drill.test"]
key_files.1 = "round2.key"
max_recipients = 8
remove = ["X-Gophish-Contact", "X-Mailer"]
`
	return []byte(strings.NewReplacer("@dns", strconv.Quote(dns), "@store", store,
		"@from", stamp(from), "@turn", stamp(turn), "@until", stamp(until)).Replace(text))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// drillFiles are the keys of the rounds, beside the policy.
func drillFiles() map[string][]byte {
	return map[string][]byte{
		"round1.key": []byte(strings.Repeat("0123456789abcdef", 4) + "\n"),
		"round2.key": []byte(strings.Repeat("fedcba9876543210", 4) + "\n"),
	}
}

// failure is any status but 0.
const failure = -1

// sekimori runs a subcommand and returns what it prints; it must end with this status.
func sekimori(t *testing.T, status int, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary(), args...)
	cmd.Env = append(os.Environ(), "GORACE=halt_on_error=1 atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status && (status != failure || got == 0) {
		t.Fatalf("sekimori %s ends with %d, wanted is %d\n%s", strings.Join(args, " "), got, status, out)
	}
	return string(out)
}

// drill is sekimori drill on the policy of a gateway.
func (g *gateway) drill(status int, word string, args ...string) string {
	g.t.Helper()
	return sekimori(g.t.(*testing.T), status, append([]string{"drill", word, "--config", g.config, "--drill", drillName}, args...)...)
}

// lure is the mail of a round to one person; head are the fields that come first.
func lure(round int, from, id, to, head string) string {
	return head + fmt.Sprintf("From: %s\r\nReply-To: kakunin@r%d.drill.test\r\nTo: %s\r\nSubject: transfers\r\nMessage-ID: <%s@drill.test>\r\n"+
		"Date: Mon, 23 Nov 2026 10:00:00 +0900\r\nX-Mailer: gophish\r\nX-Gophish-Contact: kunren@drill.test\r\n\r\n"+
		"See http://www.drill.test/?rid=XMS0ZuJ\r\n", from, round, to, id)
}

// mailOf is what a person writes.
func mailOf(from, to, more, body string) string {
	return fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: a question\r\nMessage-ID: <%d@gw.test>\r\nDate: Mon, 23 Nov 2026 11:00:00 +0900\r\n%s\r\n%s\r\n",
		from, to, time.Now().UnixNano(), more, body)
}

// attached is a report with the mail in it, as a button in a mail client makes it.
func attached(from, to string, eml []byte) string {
	return mailOf(from, to, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n", "--b\r\nContent-Type: text/plain\r\n\r\nWhat is this?\r\n"+
		"--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=lure.eml\r\n\r\n"+string(eml)+"\r\n--b--")
}

// counts are the numbers that are not 0 of each round and body: "1 mof" has "accepted" 4.
func (g *gateway) counts() map[string]map[string]int {
	g.t.Helper()
	return readCounts(g.t.(*testing.T), g.drill(0, "counts"))
}

func readCounts(t *testing.T, text string) map[string]map[string]int {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]int{}
	for _, line := range lines[1:] {
		body := map[string]int{}
		for i, name := range lines[0][3:] {
			if n, err := strconv.Atoi(line[i+3]); err == nil && n != 0 && name != "staff" && name != "raters" {
				body[name] = n
			}
		}
		all[line[1]+" "+line[2]] = body
	}
	return all
}

// reports are every form in which the drill is printed.
func (g *gateway) reports() map[string]string {
	g.t.Helper()
	all := map[string]string{}
	for _, format := range []string{"text", "csv", "json", "html"} {
		all["report as "+format] = g.drill(0, "report", "--format", format, "--lang", "ja")
	}
	return all
}

// dump is everything in a Redis, a line for each value, with its key.
func (s *redisServer) dump(t *testing.T) string {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.socket})
	defer c.Close()
	ctx := t.Context()
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, k := range keys {
		kind, err := c.Type(ctx, k).Result()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		switch kind {
		case "string":
			value, err = c.Get(ctx, k).Result()
		case "hash":
			value, err = c.HGetAll(ctx, k).Result()
		case "zset":
			value, err = c.ZRange(ctx, k, 0, -1).Result()
		case "set":
			value, err = c.SMembers(ctx, k).Result()
		case "list":
			value, err = c.LRange(ctx, k, 0, -1).Result()
		default:
			t.Fatalf("a key of type %s", kind)
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s %v\n", k, kind, value)
	}
	return out.String()
}
