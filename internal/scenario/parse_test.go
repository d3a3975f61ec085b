package scenario

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sekimori/policy"
)

// example returns the case of testdata, which docs/scenarios.md shows as well.
func example(t testing.TB) (*Case, []byte) {
	t.Helper()
	data, err := os.ReadFile("testdata/example.txtar")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("testdata/example.txtar", data)
	if err != nil {
		t.Fatal(err)
	}
	return c, data
}

func TestParse(t *testing.T) {
	c, data := example(t)
	if c.Name != "example" || !strings.HasPrefix(c.Comment, "A stranger's") {
		t.Errorf("name %q, comment %q", c.Name, c.Comment)
	}
	if string(c.Policy) != string(DefaultPolicy()) {
		t.Errorf("a case without policy.toml has the policy %q", c.Policy)
	}
	lines := strings.Split(string(data), "\n")
	for _, name := range []string{"dns.zone", "session", "want", "mail.eml"} {
		if n := c.Line(name); lines[n-2] != "-- "+name+" --" {
			t.Errorf("Line(%q) = %d, after %q", name, n, lines[n-2])
		}
	}
	for _, s := range c.Steps {
		if !strings.Contains(lines[s.Line-1], string(s.Verb)) {
			t.Errorf("the step %s claims line %d: %q", s.Verb, s.Line, lines[s.Line-1])
		}
	}
	first := c.Steps[0]
	if first.Addr != netip.MustParseAddr("203.0.113.9") || first.Port != 25 {
		t.Errorf("client %v", first)
	}
	mail := c.Steps[2]
	if mail.Arg != "<taro@mof.go.jp>" || mail.Params != "BODY=8BITMIME" {
		t.Errorf("mail %q %q", mail.Arg, mail.Params)
	}
	refused := c.Steps[4]
	if !slices.Equal(refused.Only, []Target{Postfix, Sendmail}) || refused.Want != (Reply{550, "5.1.1", "no such user"}) {
		t.Errorf("rcpt %+v", refused)
	}
	if w := c.Wants[0]; w.Outcome != policy.OutcomeRejected || len(w.Findings) != 2 || !w.Findings[1].Absent {
		t.Errorf("want %+v", w)
	}
}

func TestMistakes(t *testing.T) {
	const mail = "-- m.eml --\nFrom: a@b.test\n\n"
	session := func(lines string) string {
		return "Why.\n-- session --\n" + lines + "\ndata m.eml\n-- want --\ndecision accept\n" + mail
	}
	want := func(lines string) string {
		return "Why.\n-- session --\ndata m.eml\n-- want --\n" + lines + "\n" + mail
	}
	for _, tt := range []struct{ name, data, wrong string }{
		{"no comment", "-- session --\nnoop\n", `c.txtar:1: the case begins without a word`},
		{"no session", "Why.\n", `c.txtar:1: the case has no session`},
		{"file in a directory", session("noop") + "-- policy.toml --\nfile = \"a/b.csv\"\n-- a/b.csv --\n", `c.txtar:12: a/b.csv has no place`},
		{"foreign file", session("noop") + "-- readme --\n", `c.txtar:10: readme has no place`},
		{"twice", session("noop") + mail, `c.txtar:10: m.eml stands in the case twice`},
		{"unsent mail", session("noop") + "-- n.eml --\n", `c.txtar:10: no session line sends n.eml`},
		{"unknown word", session("hello x"), `c.txtar:3: "hello" is no session word; possible are client, helo`},
		{"unknown target", session("[exim] noop"), `c.txtar:3: [exim] names no target`},
		{"client", session("client 203.0.113.256"), `c.txtar:3: "203.0.113.256" is no IP address`},
		{"zone id", session("client fe80::1%lo"), `c.txtar:3: "fe80::1%lo" is no IP address`},
		{"port", session("client 203.0.113.2 26"), `c.txtar:3: the port is "26"`},
		{"no argument", session("ehlo"), `c.txtar:3: ehlo takes one word`},
		{"too much", session("rset now"), `c.txtar:3: rset takes nothing`},
		{"brackets", session("mail a@b.test"), `c.txtar:3: mail takes an address in angle brackets`},
		{"no such mail", session("data n.eml"), `c.txtar:3: the case has no n.eml`},
		{"reply", session("noop -> ok"), `c.txtar:3: the wanted reply begins with "ok"`},
		{"reply 600", session("noop -> 600"), `c.txtar:3: the wanted reply begins with "600"`},
		{"reply class", session("noop -> 550 4.7.1"), `c.txtar:3: the enhanced code 4.7.1 does not belong to 550`},
		{"no reply", session("drop -> 250"), `c.txtar:3: drop gets no SMTP reply`},
		{"sign word", session("sign d=a.test s=k key=dsa"), `c.txtar:3: sign cannot read "key=dsa"`},
		{"sign", session("sign d=a.test"), `c.txtar:3: sign needs d=DOMAIN and s=SELECTOR`},
		{"pad", session("pad 65MiB"), `c.txtar:3: pad takes a size from 1 to 67108864`},
		{"pad none", session("pad 0"), `c.txtar:3: pad takes a size`},
		{"submit", session("submit <a@b.test> m.eml"), `c.txtar:3: submit takes <sender>, at least one`},
		{"submit brackets", session("submit <a@b.test> c@d.test m.eml"), `c.txtar:3: "c@d.test" is no address`},
		{"count", want("message 1\ndecision accept\nmessage 2\ndecision accept"), `c.txtar:5: with decision the session sends 1 messages, want speaks of 2`},
		{"order", want("message 2\ndecision accept"), `c.txtar:5: message 2 is out of order`},
		{"no outcome", want("+Subject: *"), `c.txtar:5: nothing says what happens to message 1`},
		{"who is left", want("decision remove"), `c.txtar:5: message 1 loses recipients: it needs a to line`},
		{"decision", want("decision refuse"), `c.txtar:5: decision cannot be "refuse"; possible are accept, tag`},
		{"outcome", want("outcome lost"), `c.txtar:5: outcome cannot be "lost"; possible are accepted`},
		{"decision target", want("[postfix] decision accept"), `c.txtar:5: decision is the same for every target`},
		{"to", want("decision accept\nto a@b.test"), `c.txtar:6: to takes addresses in angle brackets`},
		{"to nothing", want("decision accept\nto"), `c.txtar:6: to takes addresses in angle brackets`},
		{"finding", want("decision accept\nfinding"), `c.txtar:6: finding needs a name`},
		{"header", want("decision accept\n+Subject x"), `c.txtar:6: a header is written +Name: pattern`},
		{"want word", want("decision accept\nheader x"), `c.txtar:6: "header" is no word of want`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("c.txtar", []byte(tt.data))
			var wrong Mistakes
			if !errors.As(err, &wrong) {
				t.Fatalf("no mistake was found, wanted was %q", tt.wrong)
			}
			if !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("found\n%v\nwanted\n%s", err, tt.wrong)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	steps := func(n int) string { return "Why.\n-- session --\n" + strings.Repeat("noop\n", n) }
	messages := func(n int) string {
		s := "Why.\n-- session --\n" + strings.Repeat("data m.eml\n", n) + "-- m.eml --\n-- want --\n"
		for i := range n {
			s += "message " + strconv.Itoa(i+1) + "\ndecision accept\n"
		}
		return s
	}
	rcpts := func(n int) string {
		return "Why.\n-- session --\nsubmit <a@b.test>" + strings.Repeat(" <c@d.test>", n) + " m.eml\n-- m.eml --\n-- want --\ndecision accept\n"
	}
	size := func(n int) string {
		s := "Why.\n-- session --\nnoop\n"
		return s + strings.Repeat("\n", n-len(s))
	}
	pad := func(n int) string {
		return "Why.\n-- session --\npad " + strconv.Itoa(n) + "\ndata m.eml\n-- m.eml --\n-- want --\ndecision accept\n"
	}
	for _, tt := range []struct {
		name  string
		limit int
		make  func(int) string
		wrong string
	}{
		{"steps", MaxSteps, steps, "more than 1000 lines"},
		{"messages", MaxMessages, messages, "201 messages in one session"},
		{"recipients", MaxSubmitRcpts, rcpts, "101 recipients"},
		{"size", MaxFileBytes, size, "the file has 4194305 octets"},
		{"pad", MaxPadBytes, pad, "pad takes a size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("c.txtar", []byte(tt.make(tt.limit))); err != nil {
				t.Errorf("%d: %v", tt.limit, err)
			}
			_, err := Parse("c.txtar", []byte(tt.make(tt.limit+1)))
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%d: found %v, wanted %q", tt.limit+1, err, tt.wrong)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	_, data := example(f)
	f.Add(data)
	f.Add([]byte("Why.\n-- session --\n[mta] client ::1 587\nsubmit <> <a@b> m.eml\n-- m.eml --\n-- want --\nmessage 1\nto nobody\n-x:"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz.txtar", data)
		lines := strings.Count(string(data), "\n") + 2
		var wrong Mistakes
		if errors.As(err, &wrong) {
			for _, m := range wrong {
				if m.Line < 1 || m.Line > lines {
					t.Errorf("line %d of %d: %s", m.Line, lines, m.Text)
				}
			}
			return
		}
		for _, p := range Targets() {
			(&Play{Case: c, Target: p, Steps: c.Steps}).Transactions()
		}
	})
}

// TestDocumentation keeps docs/scenarios.md true: its example is the one of testdata, and it names every word.
func TestDocumentation(t *testing.T) {
	doc, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	_, data := example(t)
	if !strings.Contains(string(doc), "```txtar\n"+string(data)+"```\n") {
		t.Error("the example is not testdata/example.txtar")
	}
	for _, v := range Verbs() {
		if !strings.Contains(string(doc), "`"+string(v)) {
			t.Errorf("the verb %s is missing", v)
		}
	}
	for _, target := range append(Targets(), "mta") {
		if !strings.Contains(string(doc), "`["+string(target)+"]`") {
			t.Errorf("the target %s is missing", target)
		}
	}
	for _, o := range policy.Outcomes() {
		if !strings.Contains(string(doc), "`"+string(o)+"`") {
			t.Errorf("the outcome %s is missing", o)
		}
	}
}

// A file that the policy names in quotes belongs to the case, wherever it stands.
func TestFiles(t *testing.T) {
	c, err := Parse("c.txtar", []byte("Why.\n-- alert.csv --\ntype,value\n-- policy.toml --\n[[bulletin]]\nfile = \"alert.csv\"\n-- session --\nnoop\n-- want --\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(c.Files["alert.csv"]); got != "type,value\n" || len(c.Files) != 1 {
		t.Errorf("%q", c.Files)
	}
}
