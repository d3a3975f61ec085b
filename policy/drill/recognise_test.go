package drill

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

var start = end.Add(-8 * 24 * time.Hour)

// sound is a drill that Check finds nothing wrong with.
func soundDrill() Drill {
	return Drill{Name: "d", Organisations: []Body{{Name: "mof", Staff: 100}}, Rounds: []Round{{
		Number: 1, Kind: KindAttachment, Lure: "会議資料", Difficulty: Difficulty{Rating: RatingVery, Cues: 9, Premise: PremiseHigh, Raters: 2}, Window: Window{From: start, Until: end},
		Senders: []Sender{{Local: "hdr", Domain: "drill.example"}, {Local: "", Domain: "reply.drill.example"}}, Mode: ModeExempt,
		Recognition: Recognition{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}, MailFrom: []policy.Domain{"drill.example"},
			DKIM: []policy.Domain{"drill.example"}, Keys: []Key{{ID: "k", Secret: secret(1)}}, MaxRecipients: 100, Remove: []string{"X-Mailer"}},
	}}}
}

func TestRecognise(t *testing.T) {
	token := mustToken(t, Key{ID: "k", Secret: secret(1)}, "d", 1)
	field := func(v string) policy.Header { return policy.Header{{Name: "x-sekimori-DRILL", Value: " " + v}} }
	for _, tt := range []struct {
		name   string
		change func(*Observation)
		before int
		want   []Reason
	}{
		{"all holds", func(o *Observation) {}, 0, nil},
		{"mapped address", func(o *Observation) { o.Client = netip.MustParseAddr("::ffff:192.0.2.10") }, 0, nil},
		{"right token, wrong client", func(o *Observation) { o.Client = netip.MustParseAddr("192.0.2.16") }, 0, []Reason{ReasonNetwork}},
		{"no client", func(o *Observation) { o.Client = netip.Addr{} }, 0, []Reason{ReasonNetwork}},
		{"another domain", func(o *Observation) { o.MailFrom = "evil.example" }, 0, []Reason{ReasonMailFrom, ReasonToken}},
		{"a domain below", func(o *Observation) { o.MailFrom = "x.drill.example" }, 0, []Reason{ReasonMailFrom, ReasonToken}},
		{"null sender", func(o *Observation) { o.MailFrom = "" }, 0, []Reason{ReasonMailFrom, ReasonToken}},
		{"no signature", func(o *Observation) { o.DKIM = []policy.Domain{"other.example"} }, 0, []Reason{ReasonDKIM}},
		{"no token", func(o *Observation) { o.Header = nil }, 0, []Reason{ReasonNoToken}},
		{"forged", func(o *Observation) { o.Header = field(mustToken(t, Key{ID: "k", Secret: secret(2)}, "d", 1)) }, 0, []Reason{ReasonToken}},
		{"of another round", func(o *Observation) { o.Header = field(mustToken(t, Key{ID: "k", Secret: secret(1)}, "d", 2)) }, 0, []Reason{ReasonToken}},
		{"of another drill", func(o *Observation) { o.Header = field(mustToken(t, Key{ID: "k", Secret: secret(1)}, "e", 1)) }, 0, []Reason{ReasonToken}},
		{"no token's text", func(o *Observation) { o.Header = field("true") }, 0, []Reason{ReasonToken}},
		{"twice", func(o *Observation) { o.Header = append(o.Header, o.Header...) }, 0, []Reason{ReasonSeveralTokens}},
		{"too early", func(o *Observation) { o.At = start.Add(-time.Second) }, 0, []Reason{ReasonWindow}},
		{"its first moment", func(o *Observation) { o.At = start }, 0, nil},
		{"its end", func(o *Observation) { o.At = end }, 0, []Reason{ReasonWindow}},
		{"expired", func(o *Observation) { o.At = end.Add(time.Second) }, 0, []Reason{ReasonExpired, ReasonWindow}},
		{"the last recipient", func(o *Observation) {}, 99, nil},
		{"one more", func(o *Observation) {}, 100, []Reason{ReasonRecipients}},
		{"one more at once", func(o *Observation) { o.Recipients = 101 }, 0, []Reason{ReasonRecipients}},
		{"a header and nothing else", func(o *Observation) {
			o.Client, o.MailFrom, o.DKIM, o.Header = netip.MustParseAddr("203.0.113.9"), "evil.example", nil, field("x")
		}, 0, []Reason{ReasonNetwork, ReasonMailFrom, ReasonDKIM, ReasonToken}},
	} {
		o := Observation{At: end.Add(-time.Hour), Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "drill.example", Header: field(token),
			DKIM: []policy.Domain{"drill.example"}, Recipients: 1}
		tt.change(&o)
		m := Recognise([]Drill{soundDrill()}, o, func(string, int) int { return tt.before })
		if m.Round == nil || !slices.Equal(m.Reasons, tt.want) || m.Recognised() != (len(tt.want) == 0) {
			t.Errorf("%s: %+v, wanted %v", tt.name, m.Reasons, tt.want)
		}
		for _, r := range m.Reasons {
			if !slices.Contains(Reasons(), r) {
				t.Errorf("%s is not in the list of reasons", r)
			}
		}
	}
}

// Mail that shows nothing of a drill is not judged, and not counted as a failure.
func TestNotADrill(t *testing.T) {
	for _, o := range []Observation{
		{Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "other.example"},
		{Client: netip.MustParseAddr("203.0.113.9"), MailFrom: "drill.example"},
	} {
		if m := Recognise([]Drill{soundDrill()}, o, nil); m.Round != nil || m.Recognised() {
			t.Errorf("%+v: %+v", o, m)
		}
	}
}

// Of two rounds that share everything but window and number, the token says which.
func TestRecogniseTheRightRound(t *testing.T) {
	d := soundDrill()
	d.Rounds = append(d.Rounds, d.Rounds[0])
	d.Rounds[1].Number = 2
	o := Observation{At: start, Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "drill.example", DKIM: []policy.Domain{"drill.example"}, Recipients: 1,
		Header: policy.Header{{Name: DefaultHeader, Value: mustToken(t, Key{ID: "k", Secret: secret(1)}, "d", 2)}}}
	if m := Recognise([]Drill{d}, o, nil); !m.Recognised() || m.Round.Number != 2 {
		t.Errorf("%+v", m)
	}
}

func TestRemoveFrom(t *testing.T) {
	d := soundDrill()
	got := RemoveFrom(&d.Rounds[0], policy.Header{{Name: "X-Mailer"}, {Name: "Subject"}, {Name: "x-sekimori-drill"}, {Name: "x-mailer"}})
	want := []policy.HeaderRef{{Name: "X-Mailer", Index: 2}, {Name: "X-Sekimori-Drill", Index: 1}, {Name: "X-Mailer", Index: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSentBy(t *testing.T) {
	d := soundDrill()
	for a, want := range map[policy.Address]bool{
		{Local: "HDR", Domain: "drill.example"}: true, {Local: "r+1", Domain: "reply.drill.example"}: true,
		{Local: "other", Domain: "drill.example"}: false, {}: false,
	} {
		if d.Rounds[0].SentBy(a) != want {
			t.Errorf("%v is a sender: %v", a, !want)
		}
	}
}

func TestCheck(t *testing.T) {
	d := soundDrill()
	if p := Check(&d); len(p) > 0 {
		t.Fatalf("a sound drill: %v", p)
	}
	for _, tt := range []struct {
		where   string
		change  func(*Drill)
		warning bool
	}{
		{"name", func(d *Drill) { d.Name = "A b" }, false},
		{"organisation[1].name", func(d *Drill) { d.Organisations[0].Name = "a\u202eb" }, false},
		{"organisation[2].name", func(d *Drill) { d.Organisations = append(d.Organisations, d.Organisations[0]) }, false},
		{"organisation[1].staff", func(d *Drill) { d.Organisations[0].Staff = -1 }, false},
		{"round", func(d *Drill) { d.Rounds = nil }, false},
		{"round", func(d *Drill) {
			for i := 2; i <= MaxRounds+1; i++ {
				r := d.Rounds[0]
				r.Number = i
				d.Rounds = append(d.Rounds, r)
			}
		}, false},
		{"round[2].round", func(d *Drill) { d.Rounds = append(d.Rounds, d.Rounds[0]) }, false},
		{"round[1].round", func(d *Drill) { d.Rounds[0].Number = 0 }, false},
		{"round[1].kind", func(d *Drill) { d.Rounds[0].Kind = "" }, false},
		{"round[1].lure", func(d *Drill) { d.Rounds[0].Lure = "" }, false},
		{"round[1].mode", func(d *Drill) { d.Rounds[0].Mode = "off" }, false},
		{"round[1].difficulty", func(d *Drill) { d.Rounds[0].Difficulty = Difficulty{} }, true},
		{"round[1].difficulty.rating", func(d *Drill) { d.Rounds[0].Difficulty.Rating = "hard" }, false},
		{"round[1].difficulty.premise", func(d *Drill) { d.Rounds[0].Difficulty.Premise = "x" }, false},
		{"round[1].difficulty.cues", func(d *Drill) { d.Rounds[0].Difficulty.Cues = 101 }, false},
		{"round[1].difficulty.raters", func(d *Drill) { d.Rounds[0].Difficulty.Raters = 1 }, true},
		{"round[1].window", func(d *Drill) { d.Rounds[0].Window.From = time.Time{} }, false},
		{"round[1].window.until", func(d *Drill) { d.Rounds[0].Window.Until = start }, false},
		{"round[1].window.until", func(d *Drill) { d.Rounds[0].Window.Until = start.Add(367 * 24 * time.Hour) }, false},
		{"round[1].senders", func(d *Drill) { d.Rounds[0].Senders = nil }, true},
		{"round[1].senders[1]", func(d *Drill) { d.Rounds[0].Senders[0].Domain = "" }, false},
		{"round[1].recognise.client_ip", func(d *Drill) { d.Rounds[0].Recognition.Networks = nil }, false},
		{"round[1].recognise.client_ip[1]", func(d *Drill) { d.Rounds[0].Recognition.Networks[0] = netip.MustParsePrefix("0.0.0.0/0") }, false},
		{"round[1].recognise.client_ip[1]", func(d *Drill) { d.Rounds[0].Recognition.Networks[0] = netip.MustParsePrefix("2001:db8::/47") }, false},
		{"round[1].recognise.mail_from_domain", func(d *Drill) { d.Rounds[0].Recognition.MailFrom = nil }, false},
		{"round[1].recognise.header", func(d *Drill) { d.Rounds[0].Recognition.Header = "a:" }, false},
		{"round[1].recognise.key_file", func(d *Drill) { d.Rounds[0].Recognition.Keys = nil }, false},
		{"round[1].recognise.key_file[1]", func(d *Drill) { d.Rounds[0].Recognition.Keys[0].Secret = nil }, false},
		{"round[1].recognise.key_file[2]", func(d *Drill) {
			d.Rounds[0].Recognition.Keys = append(d.Rounds[0].Recognition.Keys, Key{ID: "k", Secret: secret(3)})
		}, false},
		{"round[1].recognise.max_recipients", func(d *Drill) { d.Rounds[0].Recognition.MaxRecipients = 0 }, false},
	} {
		d := soundDrill()
		tt.change(&d)
		p := Check(&d)
		if len(p) != 1 || p[0].Where != tt.where || p[0].Warning != tt.warning {
			t.Errorf("%s: %v", tt.where, p)
		}
	}
}

func BenchmarkRecognise(b *testing.B) {
	o := Observation{At: start, Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "drill.example", DKIM: []policy.Domain{"drill.example"}, Recipients: 1,
		Header: policy.Header{{Name: "Received"}, {Name: "Subject"}, {Name: DefaultHeader, Value: mustToken(b, Key{ID: "k", Secret: secret(1)}, "d", 1)}}}
	drills := []Drill{soundDrill()}
	for name, o := range map[string]Observation{"drill": o, "other": {At: start, Client: netip.MustParseAddr("203.0.113.9"), MailFrom: "x.example", Header: o.Header[:2]}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Recognise(drills, o, nil)
			}
		})
	}
}

// Every limit of a definition is reached without a word.
func TestCheckAtTheLimits(t *testing.T) {
	d := soundDrill()
	d.Name = strings.Repeat("d", MaxName)
	d.Organisations[0] = Body{Name: strings.Repeat("財", MaxBodyName), Staff: MaxCount}
	r := &d.Rounds[0]
	r.Lure = strings.Repeat("文", MaxLure)
	r.Difficulty.Cues = 100
	r.Window.Until = r.Window.From.Add(366 * 24 * time.Hour)
	r.Recognition.Networks = []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("2001:db8::/48")}
	r.Recognition.Header = strings.Repeat("X", 76)
	r.Recognition.MaxRecipients = MaxCount
	for i := 2; i <= MaxRounds; i++ {
		more := *r
		more.Number = i
		d.Rounds = append(d.Rounds, more)
	}
	d.Rounds[MaxRounds-1].Number = MaxRound
	if p := Check(&d); len(p) > 0 {
		t.Error(p)
	}
	for name, change := range map[string]func(){
		"name": func() { d.Name += "d" }, "body": func() { d.Organisations[0].Name += "財" }, "staff": func() { d.Organisations[0].Staff++ },
		"lure": func() { d.Rounds[0].Lure += "文" }, "header": func() { d.Rounds[0].Recognition.Header += "X" },
		"window":     func() { d.Rounds[0].Window.Until = d.Rounds[0].Window.Until.Add(time.Second) },
		"recipients": func() { d.Rounds[0].Recognition.MaxRecipients++ }, "number": func() { d.Rounds[MaxRounds-1].Number++ },
	} {
		before := len(Check(&d))
		if change(); len(Check(&d)) != before+1 {
			t.Errorf("one more %s is let in: %v", name, Check(&d))
		}
	}
}

// Who copies a header makes nobody ask the ledger.
func TestRecogniseAsksLate(t *testing.T) {
	d := soundDrill()
	second := d.Rounds[0]
	second.Number = 2
	d.Rounds = append(d.Rounds, second)
	o := Observation{At: start, Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "drill.example", DKIM: []policy.Domain{"drill.example"}, Recipients: 1,
		Header: policy.Header{{Name: DefaultHeader, Value: mustToken(t, Key{ID: "k", Secret: secret(1)}, d.Name, 1)}}}
	for client, want := range map[string][]int{"192.0.2.10": {1}, "203.0.113.9": nil} {
		var asked []int
		o.Client = netip.MustParseAddr(client)
		Recognise([]Drill{d}, o, func(_ string, round int) int { asked = append(asked, round); return 0 })
		if !slices.Equal(asked, want) {
			t.Errorf("%s: rounds %v were asked for, wanted are %v", client, asked, want)
		}
	}
}

// Two rounds have the same client and MAIL FROM. Mail of one that has not begun is that, and no forgery of the other's.
func TestRecogniseOtherRound(t *testing.T) {
	d := soundDrill()
	later := d.Rounds[0]
	later.Number = 2
	later.Window = Window{From: d.Rounds[0].Window.Until, Until: d.Rounds[0].Window.Until.Add(time.Hour)}
	d.Rounds = append(d.Rounds, later)
	o := Observation{At: start, Client: netip.MustParseAddr("192.0.2.10"), MailFrom: "drill.example", DKIM: []policy.Domain{"drill.example"}, Recipients: 1}
	for _, tt := range []struct {
		token string
		round int
		want  Reason
	}{
		{mustToken(t, Key{ID: "k", Secret: secret(1)}, d.Name, 2), 2, ReasonWindow},
		{"v1;forged", 1, ReasonToken},
	} {
		o.Header = policy.Header{{Name: DefaultHeader, Value: tt.token}}
		if m := Recognise([]Drill{d}, o, nil); m.Round == nil || m.Round.Number != tt.round || !slices.Equal(m.Reasons, []Reason{tt.want}) {
			t.Errorf("%s: %+v, wanted is round %d and %s", tt.token, m.Reasons, tt.round, tt.want)
		}
	}
}
