package examine

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"sekimori/policy"
	"sekimori/policy/auth/smime"
	"sekimori/policy/mail"
)

// signedMail returns a mail of testdata/smime.txtar.
func signedMail(t testing.TB, name string) []byte {
	t.Helper()
	a, err := txtar.ParseFile("testdata/smime.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// anchored returns an examiner that trusts the CA of the tests.
func anchored(t testing.TB) *Examiner {
	t.Helper()
	e := suspicious(nil)
	e.Memory = &knowing{}
	p := e.Policy()
	anchors, mistakes := smime.ParseAnchors(signedMail(t, "anchors.pem"), e.Now())
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	p.Suspicion.Body.Parts = 10
	p.Suspicion.Lists.Anchors = anchors
	return e
}

func judged(t testing.TB, e *Examiner, raw []byte) *policy.Record {
	t.Helper()
	r, err := e.Message(from("203.0.113.9", "x@attacker.test"), raw)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func hit(r *policy.Record, name string) bool {
	return slices.ContainsFunc(r.Facts.Suspicion.Hits, func(h policy.Hit) bool { return h.Indicator == name })
}

// TestSMIME looks at mail with anchors and without.
func TestSMIME(t *testing.T) {
	newsletter := signedMail(t, "newsletter")
	with := func(old, new string) []byte { return bytes.Replace(newsletter, []byte(old), []byte(new), 1) }
	for _, tt := range []struct {
		name   string
		change func(*policy.Policy)
		raw    []byte
		want   policy.SMIMEResult
	}{
		{"signed", nil, newsletter, policy.SMIMEPass},
		{"changed", nil, with("customer", "customeR"), policy.SMIMEFail},
		{"another author", nil, with("From: news@", "From: x@"), policy.SMIMEOtherAddress},
		{"an author that only careless readers see", nil, with("From: news@bank.test", "From: news@bank.test x@evil.test"), policy.SMIMEOtherAddress},
		{"more authors than are read", func(p *policy.Policy) { p.Limits.Authors = 1 }, with("From: news@bank.test", "From: news@bank.test, x@evil.test"), policy.SMIMEOtherAddress},
		{"not signed", nil, []byte(foreign), policy.SMIMENone},
		{"no anchors", func(p *policy.Policy) { p.Suspicion.Lists.Anchors = nil }, newsletter, ""},
		{"rule off", func(p *policy.Policy) { p.Suspicion.Mode = policy.ModeOff }, newsletter, ""},
		{"from inside", func(p *policy.Policy) {
			p.Inside.Networks = append(p.Inside.Networks, netip.MustParsePrefix("203.0.113.9/32"))
		}, newsletter, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := anchored(t)
			if tt.change != nil {
				tt.change(e.Policy())
			}
			r := judged(t, e, tt.raw)
			if r.Facts.SMIME.Result != tt.want || hit(r, "smime_author") != (tt.want == policy.SMIMEPass) {
				t.Errorf("%+v, %+v", r.Facts.SMIME, r.Facts.Suspicion)
			}
		})
	}
}

// TestSMIMEWantsBody holds that the body is asked for while a signature waits for it, and not for longer, whatever else wants it.
func TestSMIMEWantsBody(t *testing.T) {
	e := anchored(t)
	e.Policy().Suspicion.Body.Octets = 1 // the reader of MIME has enough at once
	h, body, err := mail.Split(signedMail(t, "newsletter"))
	if err != nil {
		t.Fatal(err)
	}
	x := e.Begin(from("203.0.113.9", "x@attacker.test"))
	x.m.Header = h
	if !x.Header() || !x.Body(body[:40]) || x.wantsBody() {
		t.Error("the signature does not wait for the body, or the reader does")
	}
	if x.Body([]byte("\rx")) {
		t.Error("more is wanted after the signature failed")
	}
	if got := x.End().Facts.SMIME; got.Result != policy.SMIMEFail {
		t.Errorf("%+v", got)
	}
}

// TestSMIMEProvesNothing holds that a signature takes points away and does no more: the mail of a protected domain must be proved by its
// domain, and a dangerous file weighs what it weighs.
func TestSMIMEProvesNothing(t *testing.T) {
	r := judged(t, anchored(t), signedMail(t, "ministry"))
	if r.Facts.SMIME.Result != policy.SMIMEPass || !hit(r, "smime_author") || r.Effect.Action != policy.ActionReject {
		t.Errorf("%+v, %s", r.Facts.SMIME, r.Effect.Action)
	}
	r = judged(t, anchored(t), signedMail(t, "file"))
	i := slices.IndexFunc(r.Decision.Verdicts, func(v policy.Verdict) bool { return v.Rule == policy.RuleSuspicion })
	if v := r.Decision.Verdicts[i]; !hit(r, "smime_author") || !hit(r, "attach_executable") || v.Score < policy.DangerousFile {
		t.Errorf("%+v", v)
	}
}

// BenchmarkSMIME measures mail that is signed, and mail that is not, with anchors and without.
func BenchmarkSMIME(b *testing.B) {
	for _, bb := range []struct {
		name    string
		anchors bool
		raw     []byte
	}{{"plain/without", false, []byte(foreign)}, {"plain/with", true, []byte(foreign)},
		{"signed/without", false, signedMail(b, "newsletter")}, {"signed/with", true, signedMail(b, "newsletter")}} {
		b.Run(bb.name, func(b *testing.B) {
			e := anchored(b)
			e.Resolver = quiet{world().txt}
			if !bb.anchors {
				e.Policy().Suspicion.Lists.Anchors = nil
			}
			b.ReportAllocs()
			for b.Loop() {
				judged(b, e, bb.raw)
			}
		})
	}
}
