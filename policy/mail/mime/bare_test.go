package mime

import (
	"slices"
	"strings"
	"testing"

	"sekimori/policy/mail/link"
)

// textReader reads links out of a text alone.
func textReader() *Reader {
	r := New(nil, DefaultLimits())
	return r
}

func TestBareLinks(t *testing.T) {
	for in, want := range map[string]string{
		"mof-go-jp.com/login": "http://mof-go-jp.com/login",
		"詳細はmof-go-jp.com/loginへ。次は mof.evil.co.jpです。":     "http://mof-go-jp.com/loginへ http://mof.evil.co.jp",
		"first mof-go-jp.com, then (mof.evil.co.jp/a).":    "http://mof-go-jp.com http://mof.evil.co.jp/a",
		"http://a.example.com/b.example.com c.example.com": "http://a.example.com/b.example.com http://c.example.com",
		"evil.com/?u=http://www.example.com/":              "http://evil.com/?u= http://www.example.com/",
		"evil.com/www.example.com":                         "http://evil.com/ www.example.com",
		"hxxp://evil.com/a hxxps[:]//evil.com/b":           "hxxp://evil.com/a",
		"hxxps://www[.]mof[.]go[.]jp.evil[.]com/":          "hxxps://www[.]mof[.]go[.]jp.evil[.]com/",
		"mof[.]go.jp mof.go[.]jp mof[.]evil.go.jp":         "",
		"taro@mof.go.jp, taro.yamada@mof.go.jp":            "",
		"mailto:taro@mof.example.com":                      "",
		"Please run setup.sh and read readme.md in a.zip.": "",
		"です.次は、Ver.2.0.1 です.Nextは":                         "",
		"mоf.go-jp.com/x (пример.com)":                     "http://mоf.go-jp.com/x http://пример.com",
		"日本語.example.com/x":                                "", // it begins with a full stop
		"a.example.com:8080/x?y=z#w, b":                    "http://a.example.com:8080/x?y=z#w",
		"com.":                                             "",
		".com":                                             "",
		"é.com ö.é.com/x":                                  "http://é.com http://ö.é.com/x",
		"\xe9.com x\xc3.com":                               "",
	} {
		r := textReader()
		r.textLinks(0, in, true)
		var got []string
		for _, l := range r.content.Links {
			got = append(got, l.Target)
			if (l.Kind == LinkBare) != (strings.HasPrefix(l.Target, "http://") && !strings.Contains(in, l.Target)) {
				t.Errorf("%s: %s is %s", in, l.Target, l.Kind)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %q, want %q", in, s, want)
		}
	}
}

// TestBareWhere is about parts in which clients make no links.
func TestBareWhere(t *testing.T) {
	for head, want := range map[string]int{
		"Content-Type: text/plain": 1,
		"X: y":                     1,
		"Content-Type: text/plain\r\nContent-Disposition: inline":                     1,
		"Content-Type: text/plain\r\nContent-Disposition: attachment":                 0,
		"Content-Type: text/plain; name=hosts.txt":                                    0,
		"Content-Type: text/csv":                                                      0,
		"Content-Type: text/calendar":                                                 0,
		"Content-Type: text/html":                                                     0,
		"Content-Type: message/delivery-status":                                       0,
		"Content-Type: application/octet-stream\r\nContent-Disposition: inline":       0,
		"Content-Type: text/plain\r\nContent-Disposition: inline; filename=hosts.txt": 0,
	} {
		if c := read(t, mixed(head+"\r\n\r\nhost: mof-go-jp.com\r\n"), DefaultLimits()); len(c.Links) != want {
			t.Errorf("%s: %v", head, c.Links)
		}
	}
}

// TestBareLimit takes the limit of links at its value and one above, and that of an address.
func TestBareLimit(t *testing.T) {
	for n, stopped := range map[int]bool{3: false, 4: true} {
		for _, text := range []string{strings.Repeat("a.example.com ", n), strings.Repeat("a.example.com ", n-1) + "http://a", "http://a " + strings.Repeat("a.example.com ", n-1)} {
			l := DefaultLimits()
			l.Links = 3
			r := New(nil, l)
			r.textLinks(0, text, true)
			if got := slices.Contains(r.content.Stopped, LimitLinks); got != stopped || len(r.content.Links) != 3 {
				t.Errorf("%q: %d links, stopped %v", text, len(r.content.Links), got)
			}
		}
	}
	for n, want := range map[int]int{maxWritten: maxWritten, maxWritten + 1: maxWritten} {
		r := textReader()
		r.textLinks(0, "a.example.com/"+strings.Repeat("x", n-len("a.example.com/")), true)
		if got := r.content.Links[0].Size; got != want+len("http://") {
			t.Errorf("%d octets: %d", n, got)
		}
	}
}

// TestBareBehindLongAddress is about an address that is cut: what is left of it is no name.
func TestBareBehindLongAddress(t *testing.T) {
	r := textReader()
	r.textLinks(0, "http://a/"+strings.Repeat("x", maxWritten)+".example.com b.example.com", true)
	if l := r.content.Links; len(l) != 2 || l[1].Target != "http://b.example.com" {
		t.Errorf("%d links, the last %q", len(l), l[len(l)-1].Target)
	}
}

// FuzzTextLinks reads any text. Names without a scheme change nothing of the addresses that have one, and are hosts.
func FuzzTextLinks(f *testing.F) {
	for _, s := range []string{"a.example.com/?http://b.example.com www.a.com", "http://a.com.b.com.", "é.com-é.com", "a.com://www.b.com", ".a.com..b.com.", "x@a.com/www.c.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		with, without := textReader(), textReader()
		with.textLinks(0, text, true)
		without.textLinks(0, text, false)
		all := slices.Clone(with.content.Links)
		for _, l := range all {
			if l.Kind != LinkBare {
				continue
			}
			if u := link.Read(l.Target); u.Host == "" || !strings.Contains(text, l.Target[len("http://"):]) {
				t.Fatalf("%q in %q is read as %+v", l.Target, text, u)
			}
		}
		if len(with.content.Stopped) > 0 {
			return
		}
		all = slices.DeleteFunc(all, func(l Link) bool { return l.Kind == LinkBare })
		if !slices.Equal(all, without.content.Links) {
			t.Fatalf("%q: %v, without names %v", text, all, without.content.Links)
		}
	})
}

// BenchmarkTextLinks is what the search takes in 100 kB of text: without any host, and of as many names as there can be.
func BenchmarkTextLinks(b *testing.B) {
	fill := func(s string) string { return strings.Repeat(s, 100_000/len(s)) }
	for _, bb := range []struct{ name, text string }{
		{"Japanese", fill("いつもお世話になっております。次回の打合せの件でご連絡いたしました。\r\n")},
		{"English", fill("The minutes of the meeting are attached. Please send your remarks by Friday, i.e. before noon.\r\n")},
		{"files", fill("report-2026.pdf, minutes.docx and Ver.2.0.1 of budget.xlsx.\r\n")},
		{"dots", fill("a.")}, {"names", fill("a.b.c.d.md ")}, {"at", fill("a.example.com@")},
	} {
		for _, bare := range []bool{false, true} {
			name := bb.name
			if bare {
				name += " bare"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(bb.text)))
				for b.Loop() {
					r := textReader()
					r.textLinks(0, bb.text, bare)
					if len(r.content.Links) > 0 {
						b.Fatal(r.content.Links[0])
					}
				}
			})
		}
	}
}
