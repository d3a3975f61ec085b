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

	"sekimori/policy/drill"
)

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
