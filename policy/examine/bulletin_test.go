package examine

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

const attachment = "MZ not a programme"

// alerted returns an examiner with one enforcing bulletin.
func alerted(kind policy.BulletinKind, value string) *Examiner {
	e := examiner(world())
	p := e.Policy()
	p.Spoof.Mode = policy.ModeOff
	p.Bulletins = []policy.Bulletin{{Name: "ipa_2026_17", Mode: policy.ModeEnforce, Action: policy.ActionReject,
		Indicators: []policy.BulletinIndicator{{Kind: kind, Value: value}}}}
	return e
}

// A message is compared with indicators of every kind, in both directions.
func TestBulletin(t *testing.T) {
	raw := "From: Taro <taro@mof.go.jp>\nReply-To: y@other.test\nSubject: =?ISO-2022-JP?B?GyRCTT07OxsoQg==?=\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee http://evil.example/a/b\n" +
		"--b\nContent-Type: application/octet-stream; name=\"plan.exe\"\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte(attachment)) + "\n--b--\n"
	sum := sha256.Sum256([]byte(attachment))
	tests := []struct {
		kind     policy.BulletinKind
		value    string
		outbound bool // it hits in that direction too
	}{
		{policy.BulletinAddress, "y@other.test", true},
		{policy.BulletinAddress, "x@attacker.test", true}, // sender of the one, recipient of the other
		{policy.BulletinDomain, "attacker.test", true},
		{policy.BulletinHost, "evil.example", true},
		{policy.BulletinURL, "evil.example/a", true},
		{policy.BulletinSHA256, hex.EncodeToString(sum[:]), true},
		{policy.BulletinFilename, "plan.exe", true},
		{policy.BulletinSubject, "予算", true},
		{policy.BulletinClient, "203.0.113.9", false},
		{policy.BulletinAddress, "hanako@gw.test", false}, // inside recipients are nobody's indicator
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+" "+tt.value, func(t *testing.T) {
			in, err := alerted(tt.kind, tt.value).Message(from("203.0.113.9", "x@attacker.test"), []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.value != "hanako@gw.test"; (in.Effect.Action == policy.ActionReject && in.Effect.Reply == policy.ReplyBulletin) != want {
				t.Errorf("inbound: %s, %+v", in.Effect.Action, in.Facts.Bulletins)
			}
			out, err := alerted(tt.kind, tt.value).Message(outgoing(), []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			if (out.Effect.Action == policy.ActionReject) != tt.outbound {
				t.Errorf("outbound: %s, %+v", out.Effect.Action, out.Facts.Bulletins)
			}
		})
	}
}

// The body is read for indicators that are about it, while the bulletin holds.
func TestBulletinBody(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*policy.Bulletin)
		want bool
	}{
		"about links": {func(*policy.Bulletin) {}, true},
		"about addresses": {func(b *policy.Bulletin) {
			b.Indicators = []policy.BulletinIndicator{{Kind: policy.BulletinAddress, Value: "x@evil.example"}}
		}, false},
		"off":    {func(b *policy.Bulletin) { b.Mode = policy.ModeOff }, false},
		"past":   {func(b *policy.Bulletin) { b.Until = examiner(nil).Now() }, false},
		"future": {func(b *policy.Bulletin) { b.From = examiner(nil).Now().Add(1) }, false},
	} {
		for direction, m := range map[string]*policy.Message{"inbound": from("203.0.113.9", "x@attacker.test"), "outbound": outgoing()} {
			e := alerted(policy.BulletinHost, "evil.example")
			tt.set(&e.Policy().Bulletins[0])
			m.Header = policy.Header{{Name: "From", Value: " x@attacker.test"}}
			x := e.Begin(m)
			if got := x.Header(); got != tt.want {
				t.Errorf("%s, %s: the body is wanted: %v", name, direction, got)
			}
			x.Body([]byte("http://evil.example/\r\n"))
			if r := x.End(); (len(r.Facts.Bulletins) > 0) != tt.want {
				t.Errorf("%s, %s: %+v", name, direction, r.Facts.Bulletins)
			}
		}
	}
}

// Every spelling of a name is compared, and what an archive lists.
func TestBulletinNames(t *testing.T) {
	e := alerted(policy.BulletinFilename, "b.exe")
	raw := "From: x@attacker.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name=a.exe\nContent-Disposition: attachment; filename=B.EXE\n\nx\n"
	r, err := e.Message(from("203.0.113.9", "x@attacker.test"), []byte(raw))
	if err != nil || !slices.ContainsFunc(r.Facts.Bulletins, func(h policy.BulletinHit) bool { return strings.EqualFold(h.Evidence, "b.exe") }) {
		t.Errorf("%+v, %v", r.Facts.Bulletins, err)
	}
}
