package scenario

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

func TestPrepareSigns(t *testing.T) {
	for _, key := range []string{"rsa", "ed25519"} {
		t.Run(key, func(t *testing.T) {
			c, err := Parse("c.txtar", fmt.Appendf(nil, "Why.\n-- session --\nsign d=mof.go.jp s=k key=%s\nsign d=b.test s=k key=%s\n"+
				"pad 3KiB\ndata m.eml\ndata m.eml\n-- want --\nmessage 1\ndecision accept\nmessage 2\ndecision accept\n"+
				"-- m.eml --\nFrom: a@mof.go.jp\nSubject: x\n\ntext\n", key, key))
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Prepare()
			if err != nil {
				t.Fatal(err)
			}
			steps := p.Play(Postfix).Steps
			signed, plain := steps[3].Content, steps[4].Content
			if bytes.Contains(plain, []byte("DKIM")) || len(plain) > 100 {
				t.Errorf("sign and pad reach the second message: %q", plain)
			}
			found, err := dkim.VerifyWithOptions(bytes.NewReader(signed), &dkim.VerifyOptions{LookupTXT: lookup(p.Zone)})
			if err != nil || len(found) != 2 {
				t.Fatal(found, err)
			}
			for _, f := range found {
				if f.Err != nil {
					t.Errorf("%s: %v", f.Domain, f.Err)
				}
			}
		})
	}
}

// lookup answers TXT questions from the key lines of a zone.
func lookup(zone []byte) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		for line := range strings.Lines(string(zone)) {
			if rest, ok := strings.CutPrefix(line, name+". 60 IN TXT "); ok {
				return []string{strings.NewReplacer(`"`, "", `" "`, "", "\n", "").Replace(rest)}, nil
			}
		}
		return nil, fmt.Errorf("no %s in the zone", name)
	}
}

func TestLengthen(t *testing.T) {
	for _, n := range []int64{0, 1, 2, 3, 77, 78, 79, 80, 81, 156, 157, 8 << 20} {
		got := lengthen([]byte("a\r\n"), n)
		if n >= 3 && int64(len(got)) != 3+n {
			t.Errorf("%d octets more became %d", n, len(got)-3)
		}
		if !bytes.HasSuffix(got, []byte("\r\n")) {
			t.Errorf("%d: the message ends with %q", n, got[len(got)-3:])
		}
	}
}

func TestTransactions(t *testing.T) {
	c, err := Parse("c.txtar", []byte(`Why.
-- session --
client 203.0.113.1
ehlo a.test
mail <x@b.test>
rset
mail <a@b.test>
rcpt <c@gw.test>
rcpt <d@gw.test> -> 550
data m.eml
starttls
ehlo b.test
auth hanako
mail <>
rcpt <e@gw.test>
data m.eml
submit <s@gw.test> <t@b.test> m.eml
client 2001:db8::1
-- want --
message 1
decision accept
message 2
decision accept
message 3
decision accept
-- m.eml --
From: a@b.test

`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Prepare()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tx := range p.Play(Decision).Transactions() {
		if string(tx.Content) != "From: a@b.test\r\n\r\n" {
			t.Errorf("content %q", tx.Content)
		}
		addr := "none"
		if tx.Client != (netip.Addr{}) {
			addr = tx.Client.String()
		}
		got = append(got, strings.Join([]string{addr, tx.Helo, tx.Authenticated, tx.Sender, strings.Join(tx.Recipients, "+")}, " "))
	}
	want := []string{
		"203.0.113.1 a.test  <a@b.test> <c@gw.test>",
		"203.0.113.1 b.test hanako <> <e@gw.test>",
		"none localhost  <s@gw.test> <t@b.test>",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
