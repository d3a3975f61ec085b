package examine

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
	"sekimori/policy/auth/authres"
	"sekimori/policy/mail"
)

// hostile answers with the same octets whatever the name: one line of records for each of SPF, DMARC and DKIM keys, and
// one of names.
type hostile struct{ spf, dmarc, key, name string }

func newHostile(records string) hostile {
	lines := append(strings.SplitN(records, "\n", 4), "", "", "", "")
	return hostile{lines[0], lines[1], lines[2], lines[3]}
}

func (h hostile) Lookup(_ context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	a := policy.DNSAnswer{Status: policy.DNSFound}
	text := h.spf
	switch {
	case strings.HasPrefix(name, "_dmarc."):
		text = h.dmarc
	case strings.Contains(name, "._domainkey."):
		text = h.key
	}
	switch {
	case text == "servfail":
		return policy.DNSAnswer{Status: policy.DNSServFail}
	case text == "":
		return policy.DNSAnswer{Status: policy.DNSNXDomain}
	}
	switch t {
	case policy.TypeTXT:
		a.TXT = strings.Split(text, "\r")
	case policy.TypeA:
		a.Addrs = []netip.Addr{netip.MustParseAddr("203.0.113.9")}
	case policy.TypeAAAA:
		a.Addrs = []netip.Addr{netip.MustParseAddr("2001:db8::9")}
	case policy.TypeMX:
		a.MX = []policy.MX{{Host: strings.ToLower(h.name)}}
	case policy.TypePTR:
		a.Names = []string{strings.ToLower(h.name)}
	}
	return a
}

// The bits of the choice that FuzzMessage is given.
const (
	chooseEarly = 1 << iota
	chooseObserve
	chooseTrace
	chooseIPv6
	chooseSuspicion
	chooseOutbound
)

// FuzzMessage examines any octets from any envelope in a hostile DNS, and holds that nothing panics, that a second
// examination says the same, and that whatever reaches the wire is in order.
func FuzzMessage(f *testing.F) {
	const records = "v=spf1 include:%{l}.a.test mx ptr exists:%{i} -all\nv=DMARC1; p=reject; psd=u\nv=DKIM1; p=\nmail.a.test"
	f.Add([]byte(honest), "mail.attacker.test", "<taro@mof.go.jp>", records, uint8(0))
	f.Add([]byte(foreign), "", "<>", "", uint8(chooseEarly|chooseTrace))
	f.Add([]byte("Authentication-Results: MX.gw.test; spf=pass\nX-Sekimori-Spoof: x\n"+foreign), "x;y", "<\"a;b@c\"@d.test>", records, uint8(chooseIPv6))
	f.Add([]byte("From: =?utf-8?q?=22taro=40mof.go.jp=22?= <x@\xe4\xbe\x8b.test>, (\nFrom: taro@go.jp\n\n"), "[1]", "<@a:b@go.jp>",
		"v=spf1 +all\nservfail\nservfail\n.", uint8(chooseObserve))
	s := newSigned(f, 2000)
	key := s.names["TXT k1._domainkey.sender.test"].TXT[0]
	f.Add([]byte("From: 総務省 <x@attacker.test>\nSubject: \x1b$B%$\x1b(B\nIn-Reply-To: <1@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"+
		"Content-Type: text/html\n\n<a href=http://203.0.113.77/>x</a>\n--b\nContent-Type: application/zip; name=\"a.exe\"\n\nPK\x03\x04\n--b--\n"),
		"", "<x@attacker.test>", records, uint8(chooseSuspicion))
	f.Add(signedMail(f, "newsletter"), "", "<news@bank.test>", records, uint8(chooseSuspicion))
	f.Add([]byte(reply), "", "<taro@gw.test>", "", uint8(chooseSuspicion|chooseOutbound))
	f.Add(s.raw, s.helo, "<"+s.sender+">", "v=spf1 a ~all\nv=DMARC1; p=quarantine\n"+key, uint8(0))

	all := examiner(nil)
	suspectAll(all.Policy())
	all.Policy().Suspicion.Lists.Anchors = anchored(f).Policy().Suspicion.Lists.Anchors
	suspects := newEvaluators(all.Policy(), nil)

	f.Fuzz(func(t *testing.T, raw []byte, helo, arg, records string, choice uint8) {
		e := examiner(nil)
		p := e.Policy()
		e.Resolver, e.Trace = newHostile(records), choice&chooseTrace != 0
		e.Panicked = func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }
		p.Spoof.Early = choice&chooseEarly != 0
		if choice&chooseObserve != 0 {
			p.Spoof.Mode = policy.ModeObserve
		}
		if choice&chooseSuspicion != 0 {
			suspectAll(p)
			ev := *suspects // whose lists take longer to read than any message
			ev.policy = p
			ev.authenticate(e.Resolver, false)
			e.kept.Store(&ev)
		}
		envelope := func() *policy.Message {
			m := from("203.0.113.9", "")
			if choice&chooseOutbound != 0 {
				m = outgoing()
			}
			if choice&chooseIPv6 != 0 {
				m.Client.Addr = netip.MustParseAddr("2001:db8::9")
			}
			m.Helo = helo
			m.HeloDomain, _ = mail.Domain(helo)
			m.SenderArg = arg
			m.Sender, m.SenderBad = mail.EnvelopeAddress(arg)
			return m
		}
		checkEarly(t, e, envelope())
		r, err := e.Message(envelope(), raw)
		if err != nil {
			return
		}
		if r.Decision.Direction == policy.Inbound {
			checkInserts(t, r)
			checkRemovals(t, r)
			checkChanges(t, r)
		}
		again, err := e.Message(envelope(), raw)
		if d := cmp.Diff(r.Effect, again.Effect); err != nil || d != "" {
			t.Errorf("a second examination says something else (%v):\n%s", err, d)
		}
	})
}

// suspectAll has every rule that looks at a body look, and tag what has any sign.
func suspectAll(p *policy.Policy) {
	s := &p.Suspicion
	s.Mode, s.Thresholds = policy.ModeEnforce, policy.Thresholds{Caution: 5}
	s.Tag = map[policy.Level]string{policy.LevelCaution: "【注意】"}
	s.Body.Parts, s.Body.Text = 20, 1000
	p.Bulletins = []policy.Bulletin{{Name: "alert", Mode: policy.ModeEnforce, Action: policy.ActionTag, Indicators: []policy.BulletinIndicator{
		{Kind: policy.BulletinHost, Value: "evil.example"}, {Kind: policy.BulletinFilename, Value: "plan.exe"}, {Kind: policy.BulletinSHA256, Value: strings.Repeat("0", 64)}}}}
}

// checkChanges holds that every Subject shows the tag where one does, and that what is written is in order.
func checkChanges(t *testing.T, r *policy.Record) {
	for _, c := range r.Effect.Change {
		if c.Ref.Index < 1 || !strings.EqualFold(c.Ref.Name, subject) || !strings.HasPrefix(mail.DecodeWords(c.Value), " 【注意】") {
			t.Errorf("%+v", c)
		}
		for i, line := range strings.Split(c.Value, "\n") {
			if line == "" || line[0] != ' ' && line[0] != '\t' || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) {
				t.Errorf("line %d of %q", i, c.Value)
			}
		}
	}
}

// checkEarly asks at RCPT and gives the message up.
func checkEarly(t *testing.T, e *Examiner, m *policy.Message) {
	rcpt := m.Recipients[0]
	m.Recipients = nil
	x := e.Begin(m)
	effect := x.Recipient(rcpt)
	r := x.Abort()
	if (r != nil) != (effect.Action == policy.ActionReject || effect.Action == policy.ActionTempfail) {
		t.Errorf("at RCPT %s, and the record is %v", effect.Action, r)
	}
	x.spf.Wait()
}

// checkInserts holds that what is written is printable ASCII, folded in order, and by the grammar where there is one.
func checkInserts(t *testing.T, r *policy.Record) {
	results := 0
	for _, f := range r.Effect.Insert {
		if strings.ContainsFunc(f.Value, func(c rune) bool { return c != '\n' && c != '\t' && (c < ' ' || c > '~') }) {
			t.Errorf("an octet that does not belong in a header: %q", f)
		}
		for i, line := range strings.Split(f.Value, "\n") {
			if blank := strings.TrimLeft(line, " \t"); blank == "" || blank == line || len(f.Name)+1+len(line) > 998 {
				t.Errorf("line %d of %q", i, f)
			}
		}
		switch {
		case f.Name == authres.Name:
			results++
			if a, err := authres.Parse(f.Value); err != nil || a.ID != "mx.gw.test" || len(a.Results) == 0 {
				t.Errorf("%q is read as %+v, %v", f.Value, a, err)
			}
		case strings.HasPrefix(f.Name, "X-Sekimori-"):
		case f.Name == subject && r.Policy.Suspicion.Mode != policy.ModeOff:
		case !slices.Contains([]string{"X-Auto-Response-Suppress", "Precedence", "Auto-Submitted"}, f.Name), r.Effect.Action == policy.ActionAccept:
			t.Errorf("the field %q is nobody's", f)
		}
	}
	if results != 1 {
		t.Errorf("%d fields of results", results)
	}
	if !slices.Contains(policy.Actions(), r.Effect.Action) || strings.ContainsFunc(r.Effect.Reason, func(c rune) bool { return c < ' ' || c > '~' }) {
		t.Errorf("effect %+v", r.Effect)
	}
}

// checkRemovals holds that each field to be removed exists, is named once, and that none is left that could be ours.
func checkRemovals(t *testing.T, r *policy.Record) {
	count := make(map[string]int)
	left := make(map[policy.HeaderRef]bool)
	for _, f := range r.Message.Header {
		name := strings.ToLower(f.Name)
		count[name]++
		a, err := authres.Parse(f.Value)
		ours := name == "authentication-results" && err == nil && strings.EqualFold(a.ID, "mx.gw.test")
		if ours || strings.HasPrefix(name, "x-sekimori-") {
			left[policy.HeaderRef{Name: name, Index: count[name]}] = true
		}
	}
	seen := make(map[policy.HeaderRef]bool)
	for _, ref := range r.Effect.Remove {
		ref.Name = strings.ToLower(ref.Name)
		if ref.Index < 1 || ref.Index > count[ref.Name] || seen[ref] {
			t.Errorf("removal of %v: there are %d, named before: %v", ref, count[ref.Name], seen[ref])
		}
		seen[ref] = true
		delete(left, ref)
	}
	if len(left) > 0 {
		t.Errorf("fields that look like ours stay: %v", left)
	}
}
