package mime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy/mail"
)

// TestReaders reads messages one after the other into the same memory: each is what it is by itself, also when the next has been read.
func TestReaders(t *testing.T) {
	messages := []string{plainMail(2000), htmlMail(30000), attachedMail(30000, "%PDF-1.4\n"), htmlMail(500), plainMail(100), nested(3),
		withFile([]byte(pdfHead + objectStream(flateOnly, scripted))), withFile([]byte(pdfHead + objectStream(flateOnly, "/Launch")[:100])),
		withFile([]byte(pdfHead + objectStream(flateOnly, "/URI "))), winmail(tnef(rendData, attribute(attachTitle, "a.exe"), attribute(attachData, "MZ\x90\x00"))),
		crlf("From: a@example.jp", "Content-Type: text/html; charset=iso-2022-jp", "", "<a href='https://a.example/'>\x1b$B$\"\x1b(B</a>"),
		crlf("From: a@example.jp", "Content-Transfer-Encoding: quoted-printable", "", "=E3=81=82 www.example.jp =")}
	var rs Readers
	var got []*Content
	for range 3 {
		for _, m := range messages {
			h, body, err := mail.Split([]byte(m))
			if err != nil {
				t.Fatal(err)
			}
			r := rs.New(h, DefaultLimits())
			r.Write(body)
			got = append(got, r.Content())
			if n, _ := r.Write([]byte("more")); n != 4 || r.Content() != got[len(got)-1] {
				t.Error("it does not end")
			}
		}
	}
	for i, c := range got {
		if diff := cmp.Diff(read(t, messages[i%len(messages)], DefaultLimits()), c); diff != "" {
			t.Errorf("message %d: %s", i, diff)
		}
	}
}

// TestScratchLimit holds what a long message leaves to the next.
func TestScratchLimit(t *testing.T) {
	for n, want := range map[int]bool{maxScratch: true, maxScratch + 1: false} {
		var rs Readers
		r := rs.New(nil, DefaultLimits())
		r.scratch.text = make([]byte, n)
		s := r.scratch
		r.Content()
		if got := s.text != nil; got != want {
			t.Errorf("%d octets are kept: %v", n, got)
		}
	}
}

// TestScratchLinks holds what many links leave to the next message.
func TestScratchLinks(t *testing.T) {
	for n, want := range map[int]bool{maxScratchLinks: true, maxScratchLinks + 1: false} {
		var rs Readers
		r := rs.New(nil, DefaultLimits())
		s := r.scratch
		s.links = make([]Link, 0, n)
		r.Write([]byte("see https://example.jp/\r\n"))
		c := r.Content()
		if len(c.Links) != 1 || cap(c.Links) >= n || c.Links[0].Target != "https://example.jp/" {
			t.Errorf("%+v", c.Links)
		}
		if got := s.links != nil; got != want || want && s.links[0] != (Link{}) {
			t.Errorf("%d links are kept: %v", n, got)
		}
	}
}

// TestSlab holds that strings of one piece are what they were made of.
func TestSlab(t *testing.T) {
	var s slab
	var got, want []string
	for i := range 3000 {
		w := strings.Repeat(fmt.Sprint(i, " "), i%200)
		want = append(want, w)
		got = append(got, s.keep([]byte(w)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
