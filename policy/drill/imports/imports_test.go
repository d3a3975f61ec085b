package imports

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// began is when the rounds of the tests begin.
var began = time.Date(2011, 11, 7, 0, 0, 0, 0, time.UTC)

// at returns an instant of the round, as GoPhish writes it.
func at(d time.Duration) string { return began.Add(d).Format(time.RFC3339Nano) }

func config(kind drill.Kind) Config {
	r := drill.Round{Number: 2, Kind: kind, Window: drill.Window{From: began, Until: began.AddDate(0, 0, 7)},
		Senders:   []drill.Sender{{Local: "jinji", Domain: "drill.example"}, {Domain: "reply.drill.example"}},
		LinkHosts: []policy.Domain{"www.drill.example"}, Campaigns: []int64{12}}
	d := &drill.Drill{Name: "drill_2011", Machines: policy.MachineRules(drill.DefaultMachineRules()), Rounds: []drill.Round{r}, Reports: []policy.Address{{Local: "csirt", Domain: "mof.example"}}}
	return Config{Drill: d, Round: &d.Rounds[0], Identify: byDomain}
}

// byDomain names a person by a readable "hash", so that a test can be read.
func byDomain(s Subject) (person, organisation string, err error) {
	organisation, _, _ = strings.Cut(string(s.Address.Domain), ".")
	return "hash of " + s.Address.String(), organisation, nil
}

func byPosition(s Subject) (person, organisation string, err error) {
	return "hash of " + s.Address.String(), s.Position, nil
}

// read imports one text and fails where that cannot be read.
func read(t testing.TB, c Config, s Source, text string) *Import {
	t.Helper()
	im := New(c)
	if err := im.Read(s, "file", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return im
}

// tally counts persons by event and class: "opened human".
func tally(records []drill.Record) map[string]int {
	n := map[string]int{}
	for _, r := range records {
		n[string(r.Event)+" "+string(r.Class)]++
	}
	return n
}

func left(im *Import) map[Reason]int {
	n := map[Reason]int{}
	for _, l := range im.Left() {
		n[l.Reason] = l.Count
	}
	return n
}

// line is one event of GoPhish's CSV.
func line(email string, when time.Duration, message, details string) string {
	return fmt.Sprintf("12,%s,%s,%s,%s", email, at(when), message, quoted(details))
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func browser(address, agent string) string {
	return fmt.Sprintf(`{"payload":{"rid":["XMS0ZuJ"],"u":["secretuser"]},"browser":{"address":%q,"user-agent":%q}}`, address, agent)
}

const head = "campaign_id,email,time,message,details\r\n"

func events(lines ...string) string { return head + strings.Join(lines, "\r\n") + "\r\n" }

func TestPersonCountsOnce(t *testing.T) {
	d := browser("192.0.2.1", "Mozilla/5.0")
	im := read(t, config(drill.KindLink), GophishEvents, events(
		"12,,"+at(0)+",Campaign Created,",
		line("a1@mof.example", time.Minute, "Email Sent", ""),
		line("a1@mof.example", 10*time.Minute, "Email Opened", d),
		line("a1@mof.example", 11*time.Minute, "Clicked Link", d),
		line("A1@MOF.example", 12*time.Minute, "Email Opened", d),
		line("a1@mof.example", 13*time.Minute, "Clicked Link", d),
		line("a1@mof.example", 14*time.Minute, "Submitted Data", d),
	))
	want := map[string]int{"delivered human": 1, "clicked human": 1, "opened human": 1, "submitted human": 1}
	if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Reason]int{ReasonNoPerson: 1, ReasonPixel: 2}, left(im)); diff != "" {
		t.Error(diff)
	}
	for _, r := range im.Records() {
		if r.Drill != "drill_2011" || r.Round != 2 || r.Organisation != "mof" || r.Event == drill.EventOpened && !r.At.Equal(began.Add(11*time.Minute)) {
			t.Errorf("%+v", r)
		}
	}
}

// TestMachines: a sandbox follows the link before the mail is handed over, in whatever order that is recorded.
func TestMachines(t *testing.T) {
	for _, tt := range []struct {
		name    string
		visit   string
		network string
		want    drill.Class
	}{
		{"a person", line("a@mof.example", time.Hour, "Clicked Link", browser("192.0.2.1", "Mozilla/5.0")), "", drill.ClassHuman},
		{"before the mail was sent", line("a@mof.example", 0, "Clicked Link", browser("192.0.2.1", "Mozilla/5.0")), "", drill.ClassMachine},
		{"within seconds", line("a@mof.example", time.Minute+time.Second, "Clicked Link", browser("192.0.2.1", "")), "", drill.ClassUncertain},
		{"a program", line("a@mof.example", time.Hour, "Clicked Link", browser("192.0.2.1", "curl/8.0")), "", drill.ClassMachine},
		{"a scanner", line("a@mof.example", time.Hour, "Clicked Link", browser("198.51.100.7", "Mozilla/5.0")), "198.51.100.0/24", drill.ClassMachine},
		{"no details", line("a@mof.example", time.Hour, "Clicked Link", ""), "", drill.ClassHuman},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(drill.KindLink)
			if tt.network != "" {
				c.Drill.Machines.Scanners = []netip.Prefix{netip.MustParsePrefix(tt.network)}
			}
			im := read(t, c, GophishEvents, events(tt.visit, line("a@mof.example", time.Minute, "Email Sent", "")))
			want := map[string]int{"delivered human": 1, "clicked " + string(tt.want): 1, "opened " + string(tt.want): 1}
			if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProxy: staff behind one proxy share its address, which says something only as long as nobody says that it is the proxy.
func TestProxy(t *testing.T) {
	var lines []string
	for i := range 4 {
		who := fmt.Sprintf("a%d@mof.example", i)
		lines = append(lines, line(who, 0, "Email Sent", ""), line(who, time.Hour, "Clicked Link", browser("192.0.2.1:40000", "")))
	}
	for _, tt := range []struct{ egress, want string }{{"192.0.2.9/32", "opened uncertain"}, {"192.0.2.1/32", "opened human"}} {
		c := config(drill.KindLink)
		c.Drill.Machines.Egress = []netip.Prefix{netip.MustParsePrefix(tt.egress)}
		if n := tally(read(t, c, GophishEvents, events(lines...)).Records()); n[tt.want] != 4 {
			t.Errorf("with egress %s: %v, wanted 4 %s", tt.egress, n, tt.want)
		}
	}
}

// TestProxyIsDropped: the address of an own proxy does not leave the reader, so that what is judged later needs no list of them.
func TestProxyIsDropped(t *testing.T) {
	c := config(drill.KindLink)
	c.Drill.Machines.Egress = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for address, valid := range map[string]bool{"192.0.2.1": false, "::ffff:192.0.2.1": false, "198.51.100.1": true, "198.51.100.1:80": true, "[2001:db8::1]:80": true, "x": false, "": false} {
		body := fmt.Sprintf(`{"campaign_id":12,"email":"a@mof.example","time":%q,"message":"Clicked Link","details":%q}`, at(0), browser(address, ""))
		if e, why, err := New(c).Webhook([]byte(body)); err != nil || why != "" || e.Client.IsValid() != valid {
			t.Errorf("%q: %+v, %q, %v", address, e, why, err)
		}
	}
}

// TestStrings: what stands in a string of JSON is no structure.
func TestStrings(t *testing.T) {
	event := func(email, details string) string {
		return fmt.Sprintf(`{"campaign_id":12,"details":%q,"email":%q,"time":%q,"message":"Email Sent"}`, details, email, at(0))
	}
	text := `{"na\"]}me":"\\","x":[[{"a":"]"}],1.5e3,null,true,"\""],"timeline" : [` + event("a@mof.example", `"]}`) + " ,\n" + event("b@mof.example", `\"{[`) + `, 7, null, "x", []` + "]\t}\n{}\n"
	im := read(t, config(drill.KindLink), GophishAPI, text)
	if n := tally(im.Records())["delivered human"]; n != 2 || im.Len() != 6 {
		t.Errorf("%d delivered, %d records, %+v", n, im.Len(), im.Left())
	}
}

func TestCounts(t *testing.T) {
	const att, link = drill.KindAttachment, drill.KindLink
	for _, tt := range []struct {
		step     Step
		kind     drill.Kind
		openedBy Step
		want     string
	}{
		{StepSent, link, "", "[delivered]"}, {StepSent, att, "", "[delivered]"},
		{StepPixel, link, "", "[]"}, {StepPixel, att, "", "[]"}, {StepPixel, att, StepClick, "[]"}, {StepPixel, att, StepPixel, "[opened]"}, {StepPixel, link, StepPixel, "[]"},
		{StepClick, link, "", "[clicked opened]"}, {StepClick, att, "", "[clicked]"}, {StepClick, att, StepClick, "[clicked opened]"}, {StepClick, att, StepPixel, "[clicked]"},
		{StepAttachment, att, "", "[opened]"}, {StepAttachment, link, "", "[]"},
		{StepSubmit, link, "", "[clicked opened submitted]"}, {StepSubmit, att, "", "[clicked submitted]"},
		{StepReport, att, "", "[reported]"}, {StepReply, link, "", "[replied]"}, {StepForward, link, "", "[forwarded]"},
		{"what", link, "", "[]"},
	} {
		if got := fmt.Sprint(Counts(tt.step, tt.kind, tt.openedBy)); got != tt.want {
			t.Errorf("Counts(%s, %s, %q) = %s, wanted %s", tt.step, tt.kind, tt.openedBy, got, tt.want)
		}
	}
}

// TestOrder: neither the order of events, nor that they come twice or in several files, nor the way they come makes a difference.
func TestOrder(t *testing.T) {
	var lines, bodies, timeline []string
	add := func(email string, when time.Duration, message, details string) {
		lines = append(lines, line(email, when, message, details))
		b := fmt.Sprintf(`{"campaign_id":12,"email":%q,"time":%q,"message":%q,"details":%q}`, email, at(when), message, details)
		bodies, timeline = append(bodies, b), append(timeline, b)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		who := fmt.Sprintf("a%d@mof.example", i)
		add(who, time.Hour, "Email Sent", "")
		for range r.IntN(5) {
			from := browser(fmt.Sprintf("192.0.2.%d", r.IntN(5)), "Mozilla/5.0")
			add(who, time.Hour+time.Duration(r.IntN(60)-10)*time.Second, []string{"Clicked Link", "Submitted Data", "Email Reported", "Email Opened"}[r.IntN(4)], from)
		}
	}
	c := config(drill.KindLink)
	want := read(t, c, GophishEvents, events(lines...)).Records()
	if n := tally(want); n["opened human"] == 0 || n["opened uncertain"] == 0 || n["opened machine"] == 0 {
		t.Fatalf("the test wants something of each class: %v", n)
	}
	same := func(name string, im *Import) {
		if diff := cmp.Diff(want, im.Records()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	same("API", read(t, c, GophishAPI, `{"id":12,"name":"x","status":"In progress","results":[],"timeline":[`+strings.Join(timeline, ",\n")+`]}`))
	same("bodies", read(t, c, GophishWebhook, strings.Join(bodies, "\n")))
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	same("shuffled", read(t, c, GophishEvents, events(lines...)))
	twice := read(t, c, GophishEvents, events(lines[:20]...))
	for _, part := range [][]string{lines, lines[10:]} {
		if err := twice.Read(GophishEvents, "again", strings.NewReader(events(part...))); err != nil {
			t.Fatal(err)
		}
	}
	same("twice", twice)
	one := New(c)
	hook := New(c)
	for _, b := range bodies {
		if e, why, err := hook.Webhook([]byte(b)); err != nil {
			t.Fatal(err)
		} else if why == "" {
			one.Add(e)
		}
	}
	same("one by one", one)
	if hook.Webhook([]byte(bodies[0])); len(hook.events) != 0 {
		t.Errorf("the reader of bodies kept %d events", len(hook.events))
	}
}

// TestSettled: what is said early is never taken back, and in the end everything is said.
func TestSettled(t *testing.T) {
	im := New(config(drill.KindLink))
	click := func(d time.Duration) {
		im.Add(Event{Step: StepClick, Person: "a", At: began.Add(d)})
	}
	click(time.Hour)
	if got := im.Settled(began.Add(2 * time.Hour)); len(got) != 0 {
		t.Errorf("said before it is known when the mail came: %v", got)
	}
	im.Add(Event{Step: StepSent, Person: "a", At: began})
	if got := im.Settled(began.Add(time.Hour - 1)); len(got) != 1 || got[0].Event != drill.EventDelivered {
		t.Errorf("said too early: %v", got)
	}
	if got := tally(im.Settled(began.Add(time.Hour))); got["opened human"] != 1 {
		t.Errorf("not said: %v", got)
	}
	for i := range 3 {
		click(time.Hour + time.Duration(i+1)*time.Second) // a burst after all
	}
	if got := tally(im.Settled(began.Add(time.Hour))); got["opened human"] != 0 || got["opened uncertain"] != 1 {
		t.Errorf("judged without what came later: %v", got)
	}
	if diff := cmp.Diff(im.Records(), im.Settled(began.Add(2*time.Hour))); diff != "" {
		t.Error(diff)
	}
}

func TestOrganisationFromAnotherFile(t *testing.T) {
	c := config(drill.KindLink)
	c.Identify = byPosition
	im := read(t, c, GophishEvents, events(line("a@x.example", 0, "Email Sent", ""), line("'=b@x.example", 0, "Email Sent", ""), line("c@x.example", 0, "Email Sent", "")))
	results := "email,position,id,status,send_date,reported,modified_date\r\n" +
		"a@x.example,'=ministry-a,1,Clicked Link," + at(0) + ",false," + at(time.Hour) + "\r\n" +
		"'=b@x.example,\"ministry, b\",2,Email Sent," + at(0) + ",true," + at(time.Hour) + "\r\n" +
		"d@x.example,d,3,Error," + at(0) + ",false," + at(0) + "\r\n"
	if err := im.Read(GophishEvents, "results", strings.NewReader("\ufeff"+results)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range im.Records() {
		got[string(r.Event)+" "+r.Person] = r.Organisation
	}
	want := map[string]string{"delivered hash of a@x.example": "=ministry-a", "delivered hash of =b@x.example": "ministry, b",
		"delivered hash of c@x.example": policy.Other, "reported hash of =b@x.example": "ministry, b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Reason]int{ReasonStatus: 1, ReasonNotSent: 1}, left(im)); diff != "" {
		t.Error(diff)
	}
	alone := read(t, c, GophishResults, results)
	if diff := cmp.Diff(map[string]int{"delivered human": 2, "reported human": 1}, tally(alone.Records())); diff != "" {
		t.Error(diff)
	}
}

// TestNothingTyped: what staff typed is in nothing that leaves the import, and no error repeats what is in a file.
func TestNothingTyped(t *testing.T) {
	d := browser("192.0.2.1", "secretuser-agent")
	texts := map[Source][]string{
		GophishEvents: {events(line("a@mof.example", time.Hour, "Submitted Data", d), line("secretuser", 0, "Email Sent", ""),
			"12,b@mof.example,secretuser,Email Sent,", "secretuser,b@mof.example,,,", line("a@mof.example", 0, "secretuser", d), "\"a\"secretuser",
			line("a@mof.example", time.Hour, "Submitted Data", d[:20])), "secretuser\n", "\"secretuser"},
		GophishResults: {"secretuser,email,status,send_date\nsecretuser,secretuser@mof.example,secretuser,secretuser\n"},
		GophishAPI: {`{"secretuser":"secretuser","results":[{"email":1,"secretuser":2}],"timeline":[{"email":"a@mof.example","time":"secretuser","message":"Email Sent"},"secretuser"]}`,
			`{"timeline":[{"details":"secretuser`, `secretuser`, `{"timeline" secretuser`},
		KnowBe4:   {`[{"user":{"email":"secretuser"},"delivered_at":"secretuser"},{"user":"secretuser"}]`, `["secretuser"`, `{"secretuser":1}`},
		Microsoft: {"UserMail,SuccessfullyDeliveredEmail_TimeStamp\nsecretuser,secretuser\na@mof.example,secretuser\n"},
	}
	for s, all := range texts {
		for _, text := range all {
			im := New(config(drill.KindLink))
			err := im.Read(s, "file", strings.NewReader(text))
			said := fmt.Sprintf("%v %+v %+v %+v", err, im.events, im.Records(), im.Left())
			if strings.Contains(strings.ReplaceAll(said, "hash of secretuser@mof.example", ""), "secretuser") {
				t.Errorf("%s %q: %s", s, text, said)
			}
		}
	}
	im := New(config(drill.KindLink))
	e, why, err := im.Webhook([]byte(fmt.Sprintf(`{"campaign_id":12,"email":"a@mof.example","time":%q,"message":"Submitted Data","details":%q}`, at(0), d)))
	if said := fmt.Sprintf("%+v %v %v %+v", e, why, err, im.Left()); strings.Contains(said, "secretuser") || e.Step != StepSubmit {
		t.Error(said)
	}
}

func TestRejected(t *testing.T) {
	for _, tt := range []struct {
		name, row string
		want      Reason
	}{
		{"fine", line("a@mof.example", 0, "Email Sent", ""), ""},
		{"a newline in quotes", "12,a@mof.example," + at(0) + ",Email Sent,\"{\r\n\"\"a\"\":1}\"", ""},
		{"bounced", line("a@mof.example", 0, "Error Sending Email", `{"error":"550 no such user"}`), ReasonNotSent},
		{"another campaign", strings.Replace(line("a@mof.example", 0, "Email Sent", ""), "12,", "13,", 1), ReasonCampaign},
		{"no number of a campaign", strings.Replace(line("a@mof.example", 0, "Email Sent", ""), "12,", "x,", 1), ReasonMalformed},
		{"an unknown event", line("a@mof.example", 0, "Proxied request", ""), ReasonWord},
		{"no address", line("nobody", 0, "Email Sent", ""), ReasonAddress},
		{"no domain", line("a@[192.0.2.1]", 0, "Email Sent", ""), ReasonAddress},
		{"a control in the address", line("a\x01b@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"no UTF-8 in the address", line("a\xff@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"an empty address", line("", 0, "Email Sent", ""), ReasonAddress},
		{"no time", "12,a@mof.example,yesterday,Email Sent,", ReasonTime},
		{"1989", "12,a@mof.example,1989-12-31T23:59:59Z,Email Sent,", ReasonTime},
		{"2201", "12,a@mof.example,2201-01-01T00:00:00Z,Email Sent,", ReasonTime},
		{"a cell too few", "12,a@mof.example," + at(0) + ",Email Sent", ReasonColumns},
		{"a cell too many", line("a@mof.example", 0, "Email Sent", "") + ",", ReasonColumns},
		{"a bare quote", "12,a\"@mof.example,,,", ReasonMalformed},
		{"text after a quote", "12,\"a@mof.example\"x,,,", ReasonMalformed},
		{"details that are no JSON", line("a@mof.example", 0, "Clicked Link", "{"), ReasonMalformed},
		{"before the round", line("a@mof.example", -time.Second, "Clicked Link", ""), ReasonBefore},
		{"sent before the round", line("a@mof.example", -time.Second, "Email Sent", ""), ""},
		{"an address of 320 octets", line(strings.Repeat("a", 308)+"@mof.example", 0, "Email Sent", ""), ""},
		{"an address of 321", line(strings.Repeat("a", 309)+"@mof.example", 0, "Email Sent", ""), ReasonAddress},
		{"a campaign beyond 64 bits", "99999999999999999999,a@mof.example," + at(0) + ",Email Sent,", ReasonMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			im := read(t, config(drill.KindLink), GophishEvents, events(tt.row, line("z@mof.example", 0, "Email Sent", "")))
			if tt.want == "" {
				if len(im.Left()) != 0 || len(im.Records()) != 2 {
					t.Errorf("%+v, %+v", im.Left(), im.Records())
				}
				return
			}
			want := []Left{{tt.want, 1, []Place{{"file", "", 2}}}}
			if diff := cmp.Diff(want, im.Left()); diff != "" || len(im.Records()) != 1 {
				t.Errorf("%s, %+v", diff, im.Records())
			}
			if wrong := im.Mistakes() == 1; wrong != tt.want.Mistake() {
				t.Errorf("a mistake: %v", wrong)
			}
		})
	}
}

func TestMistake(t *testing.T) {
	n := 0
	for _, r := range Reasons() {
		if r.Mistake() {
			n++
		}
	}
	if n != 6 || Reason("").Mistake() || Reason("x").Mistake() {
		t.Errorf("%d mistakes", n)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		source     Source
		text, want string
	}{
		{GophishEvents, "", "it is empty"},
		{GophishEvents, "\r\n\r\n", "it is empty"},
		{GophishEvents, "\xff\xfea", "it is UTF-16; save it as UTF-8"},
		{GophishEvents, "PK\x03\x04", "it is a zip file or a workbook; save it as \"CSV UTF-8\""},
		{GophishEvents, "email,time\n", "the column message is missing"},
		{GophishEvents, "email,time,message,EMAIL\n", "the column email is there twice"},
		{GophishEvents, "email,\"ti\"me,message\n", "the first line is no line of CSV (malformed)"},
		{GophishEvents, strings.Repeat(",", MaxColumns), "it has more than 200 columns"},
		{GophishResults, head, "the column status is missing"},
		{Microsoft, head, "the column UserMail is missing"},
		{GophishAPI, "[]", "it is no JSON"},
		{GophishAPI, `{"timeline":[`, "the JSON ends in the middle"},
		{GophishAPI, `{"timeline":[1 2]}`, "it is no JSON"},
		{GophishAPI, `{"timeline":[1]`, "the JSON ends in the middle"},
		{GophishAPI, `{"timeline":[,]}`, "it is no JSON"},
		{GophishAPI, `{timeline:[]}`, "it is no JSON"},
		{GophishAPI, `{"a" 1}`, "it is no JSON"},
		{KnowBe4, `{"message":"no such test"}x`, "it is no JSON"},
		{KnowBe4, head, "it is no JSON"},
		{Mailbox, "From: a@b.example\n\n", "mail is handed over one by one"},
		{"fax", "a", "no such format"},
	} {
		err := New(config(drill.KindLink)).Read(tt.source, "file", strings.NewReader(tt.text))
		if want := "file: not what was asked for: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%s %.40q: %v, wanted %s", tt.source, tt.text, err, want)
		}
	}
}

func TestMaxColumns(t *testing.T) {
	names := head[:len(head)-2] + strings.Repeat(",x", MaxColumns-5)
	if err := New(config(drill.KindLink)).Read(GophishEvents, "f", strings.NewReader(names)); err != nil {
		t.Error(err)
	}
}

func TestKnowBe4(t *testing.T) {
	page := func(recipients ...string) string { return "[" + strings.Join(recipients, ",\n") + "]\n" }
	recipient := func(email, rest string) string {
		return fmt.Sprintf(`{"recipient_id":1,"pst_id":9,"user":{"id":1,"first_name":"secretuser","email":%q},"bounced_at":null,"qr_code_scanned":false,"ip":"192.0.2.1",%s}`, email, rest)
	}
	text := page(
		recipient("a@mof.example", fmt.Sprintf(`"delivered_at":%q,"opened_at":%q,"clicked_at":null,"attachment_opened_at":%q,"reported_at":%q`, at(0), at(time.Hour), at(2*time.Hour), at(3*time.Hour))),
		recipient("b@mof.example", fmt.Sprintf(`"delivered_at":%q,"clicked_at":%q,"data_entered_at":%q,"replied_at":%q`, at(0), at(time.Hour), at(2*time.Hour), at(3*time.Hour))),
	) + page(
		recipient("c@mof.example", fmt.Sprintf(`"delivered_at":%q,"macro_enabled_at":"soon"`, at(0))),
		strings.Replace(recipient("d@mof.example", `"delivered_at":null`), `"bounced_at":null`, `"bounced_at":"x"`, 1),
		recipient("e", fmt.Sprintf(`"delivered_at":%q`, at(0))), `[]`,
	)
	im := read(t, config(drill.KindAttachment), KnowBe4, text)
	want := map[string]int{"delivered human": 2, "opened human": 1, "reported human": 1, "clicked human": 1, "submitted human": 1, "replied human": 1}
	if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
		t.Error(diff)
	}
	wantLeft := []Left{
		{ReasonMalformed, 1, []Place{{"file", "recipients", 6}}}, {ReasonAddress, 1, []Place{{"file", "recipients", 5}}},
		{ReasonTime, 1, []Place{{"file", "recipients", 3}}}, {ReasonNotSent, 1, []Place{{"file", "recipients", 4}}},
	}
	if diff := cmp.Diff(wantLeft, im.Left()); diff != "" {
		t.Error(diff)
	}
}

func TestMicrosoft(t *testing.T) {
	text := "\ufeffUserName,UserMail,Compromised,EmailLinkClicked_TimeStamp,EmailLinkClicked_IP,EmailLinkClicked_Browser,CredSupplied_TimeStamp(Compromised),SuccessfullyDeliveredEmail_TimeStamp,FailedToDeliverEmail_TimeStamp,MessageRead_TimeStamp,Phishing Reported On,MessageReplied_TimeStamp,AttachmentOpened_TimeStamp,Company\n" +
		"A,a@mof.example,Yes,11/7/2011 1:00:00 AM,192.0.2.1,Edge,2011-11-07T01:02:00,2011-11-07T00:00:00Z,,,,,,\n" +
		"B,b@mof.example,No,,,,,11/7/2011 0:01,,2011-11-07T00:30:00,2011-11-07 00:40:00,,,\n" +
		"C,c@mof.example,No,,,,,,2011-11-07T00:00:00,,,,,\n" +
		"D,d@mof.example,No,,,,,2011-11-07T00:00:00,,,,,2011-11-07T02:00:00,\n" +
		"E,e@mof.example,No,once,,,,2011-11-07T00:00:00,,,,,,\n"
	im := read(t, config(drill.KindLink), Microsoft, text)
	want := map[string]int{"delivered human": 3, "clicked human": 1, "opened human": 1, "submitted human": 1, "reported human": 1}
	if diff := cmp.Diff(want, tally(im.Records())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Reason]int{ReasonTime: 1, ReasonNotSent: 1, ReasonUncounted: 1}, left(im)); diff != "" {
		t.Error(diff)
	}
	if n := tally(read(t, config(drill.KindAttachment), Microsoft, text).Records()); n["opened human"] != 1 || n["clicked human"] != 1 {
		t.Errorf("with an attachment: %v", n)
	}
}

// TestWindow: a visit in the window holds, whatever else there is.
func TestWindow(t *testing.T) {
	im := read(t, config(drill.KindLink), GophishEvents, events(
		line("a@mof.example", 0, "Email Sent", ""),
		line("a@mof.example", 7*24*time.Hour, "Clicked Link", ""),
		line("a@mof.example", time.Second, "Clicked Link", ""),
		line("b@mof.example", 0, "Email Sent", ""),
		line("b@mof.example", 8*24*time.Hour, "Clicked Link", ""),
	))
	var got []string
	for _, r := range im.Records() {
		if r.Event == drill.EventOpened {
			got = append(got, fmt.Sprintf("%s %s %v", r.Person, r.Class, r.At.Sub(began)))
		}
	}
	if want := []string{"hash of a@mof.example uncertain 1s", "hash of b@mof.example human 192h0m0s"}; !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
}

func TestWebhookCampaign(t *testing.T) {
	for _, tt := range []struct {
		body string
		id   int64
		err  error
	}{
		{`{"campaign_id":12,"email":"a@mof.example","message":"Email Sent"}`, 12, nil},
		{`{"success":true}`, 0, ErrValidation},
		{`{"success":false}`, 0, ErrBody},
		{`{"email":"a@mof.example","message":"Email Sent"}`, 0, ErrBody},
		{`{"campaign_id":-1,"message":"Email Sent"}`, 0, ErrBody},
		{`{"campaign_id":"12","message":"Email Sent"}`, 0, ErrBody},
		{`[]`, 0, ErrBody}, {``, 0, ErrBody}, {`null`, 0, ErrBody},
		{`{"campaign_id":12,"message":"a"}` + strings.Repeat(" ", MaxRecord), 0, ErrBody},
	} {
		if id, err := WebhookCampaign([]byte(tt.body)); id != tt.id || err != tt.err {
			t.Errorf("%.60q: %d, %v, wanted %d, %v", tt.body, id, err, tt.id, tt.err)
		}
	}
}
