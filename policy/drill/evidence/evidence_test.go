package evidence

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

func key() drill.Key { return drill.Key{ID: "k", Secret: bytes.Repeat([]byte("k"), drill.MinSecret)} }

func round() *drill.Round {
	return &drill.Round{Number: 2, Senders: []drill.Sender{{Local: "Soumu", Domain: "drill.test"}, {Domain: "reply.drill.test"}},
		LinkHosts: []policy.Domain{"www.drill.test"}, Recognition: drill.Recognition{MailFrom: []policy.Domain{"drill.test"}, Keys: []drill.Key{key()}}}
}

// read reads a mail as the gateway does.
func read(t testing.TB, text string) (policy.Header, *mime.Content) {
	t.Helper()
	h, body, err := mail.Split([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r := mime.New(h, mime.DefaultLimits())
	_, _ = r.Write(body)
	return h, r.Content()
}

func plain(text string) string { return "From: hanako@gw.test\nSubject: Fw: x\n\n" + text + "\n" }

func attached(inner string) string {
	return "From: hanako@gw.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" + inner + "\n\nbody\n--b--\n"
}

func TestShows(t *testing.T) {
	token := func(k drill.Key, number int) string {
		s, err := drill.MakeToken(k, "d", number, time.Unix(2e9, 0), "drill.test")
		if err != nil {
			t.Fatal(err)
		}
		return attached("X-Sekimori-Drill: " + s + "\nFrom: x@x.test")
	}
	forged := key()
	forged.Secret = bytes.Repeat([]byte("x"), drill.MinSecret)
	for _, tt := range []struct {
		name, mail string
		want       bool
	}{
		{"nothing", plain("hello"), false},
		{"token of the round", token(key(), 2), true},
		{"token of another round", token(key(), 1), false},
		{"forged token", token(forged, 2), false},
		{"attached, by a sender", attached("From: Somebody <soumu@DRILL.test>"), true},
		{"attached, by anybody of a domain", attached("From: r17@reply.drill.test"), true},
		{"attached, by somebody else", attached("From: jinji@drill.test"), false},
		{"attached, sender shown only", attached("From: \"soumu@drill.test\" <x@x.test>"), false},
		{"quoted sender", plain("> From: SOUMU@drill.test\n> x"), true},
		{"quoted sender at the end of a sentence", plain("it came from soumu@drill.test."), true},
		{"quoted, in brackets", plain("差出人: 総務 <r1@reply.drill.test>"), true},
		{"a longer local part", plain("x-soumu@drill.test"), false},
		{"a longer domain", plain("soumu@drill.test.example"), false},
		{"another domain", plain("soumu@drill.testing"), false},
		{"sender in HTML", "From: h@gw.test\nContent-Type: text/html\n\n<p>From: soumu@drill.test</p>\n", true},
		{"link", plain("http://www.drill.test/?rid=1"), true},
		{"link in HTML", "From: h@gw.test\nContent-Type: text/html\n\n<a href=\"HTTPS://WWW.Drill.test:8443/x\">x</a>\n", true},
		{"link with a user", plain("http://a@b@www.drill.test/"), true},
		{"link of a program in front", plain("https://eur01.safelinks.test/?url=http%3A%2F%2Fwww.drill.test%2Fx&data=1"), true},
		{"link of urldefense in front", plain("https://urldefense.com/v3/__http://www.drill.test/x__;!!a!b$"), true},
		{"link in base64 in front", plain("https://r.test/ck?u=a1aHR0cDovL3d3dy5kcmlsbC50ZXN0L3g"), true},
		{"host in the path", plain("http://x.test/www.drill.test"), false},
		{"host below", plain("http://a.www.drill.test/"), false},
		{"host as a prefix", plain("http://www.drill.test.example/"), false},
	} {
		_, c := read(t, tt.mail)
		if got := Shows("d", round(), c); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if Shows("other", round(), c) && strings.Contains(tt.name, "token of the round") {
			t.Error("a token counts for another drill")
		}
	}
	if Shows("d", round(), nil) {
		t.Error("a content that nobody read shows something")
	}
	if _, c := read(t, plain("http://www.drill.test/")); Shows("d", &drill.Round{}, c) {
		t.Error("a round without hosts is shown by a link")
	}
}

func TestIDs(t *testing.T) {
	for _, tt := range []struct {
		name, mail string
		want       []string
	}{
		{"none", plain("x"), nil},
		{"answer", "In-Reply-To: <1@A.test>\nReferences: <0@a.test> <1@a.test>\nSubject: x\n\nx\n", []string{"1@a.test", "0@a.test"}},
		{"attached", attached("Message-ID: <2@a.test>\nMessage-ID: <3@a.test>"), []string{"2@a.test"}},
		{"quoted", plain("> From: x\n> Message-Id: <4@a.test>\n> x\n\nMessage-ID:\n <5@a.test>\n"), []string{"4@a.test", "5@a.test"}},
		{"quoted, no id", plain("Message-ID: none\nMessage-ID:"), nil},
		{"not quoted", plain("<6@a.test>"), nil},
	} {
		h, c := read(t, tt.mail)
		if got := IDs(h, c); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := IDs(policy.Header{{Name: "In-Reply-To", Value: " <1@a>"}}, nil); len(got) != 1 {
		t.Errorf("without a body: %q", got)
	}
}

// What stands first is what is asked for: the ids beyond MaxIDs are passed over.
func TestManyIDs(t *testing.T) {
	var text strings.Builder
	for i := range MaxIDs + 1 {
		fmt.Fprintf(&text, "Message-ID: <%d@a.test>\n", i)
	}
	h, c := read(t, plain(text.String()))
	if got := IDs(h, c); len(got) != MaxIDs || got[MaxIDs-1] != fmt.Sprintf("%d@a.test", MaxIDs-1) {
		t.Errorf("%d ids, the last %q", len(got), got[len(got)-1])
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add(plain("> From: soumu@drill.test\nMessage-ID: <1@a>\nhttp://www.drill.test/"))
	f.Add(attached("From: soumu@drill.test\nMessage-ID: <2@a.test>"))
	f.Add(plain("MESSAGE-ID:\u0130<1@a>"))
	f.Add(plain("@reply.drill.test."))
	f.Fuzz(func(t *testing.T, text string) {
		h, body, err := mail.Split([]byte(text))
		if err != nil {
			return
		}
		r := mime.New(h, mime.DefaultLimits())
		_, _ = r.Write(body)
		c := r.Content()
		Shows("d", round(), c)
		if ids := IDs(h, c); len(ids) > MaxIDs {
			t.Errorf("%d ids", len(ids))
		}
	})
}

func BenchmarkShows(b *testing.B) {
	_, c := read(b, plain(strings.Repeat("a line of an honest mail that somebody passes on, with https://www.example.test/ in it\n", 500)))
	r := round()
	b.ReportAllocs()
	for b.Loop() {
		Shows("d", r, c)
	}
}
