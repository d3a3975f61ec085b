package mime

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

func TestOddities(t *testing.T) {
	multi := "Content-Type: multipart/mixed; boundary=b\r\n"
	for _, tt := range []struct {
		name, in string
		part     int
		want     []Oddity
	}{
		{"none", mixed("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nx"), 1, nil},
		{"types", "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", 0, []Oddity{OddityTypes}},
		{"types, one with parts", "Content-Type: text/plain\r\n" + multi + "\r\n--b\r\n\r\nx\r\n--b--", 1, nil},
		{"encodings", mixed("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nx"), 1, []Oddity{OddityEncodings}},
		{"dispositions", mixed("Content-Disposition: inline\r\nContent-Disposition: attachment\r\n\r\nx"), 1, []Oddity{OddityDispositions}},
		{"boundaries", "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--", 0, []Oddity{OddityBoundaries}},
		{"no boundary", "Content-Type: multipart/mixed\r\n\r\nx", 0, []Oddity{OddityNoBoundary}},
		{"no close", multi + "\r\n--b\r\n\r\nx", 0, []Oddity{OddityNoClose}},
		{"no close inside", mixed("Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx"), 1, []Oddity{OddityNoClose}},
		{"no parts", multi + "\r\nx", 0, []Oddity{OddityNoParts}},
		{"tail", multi + "\r\n--b\r\n\r\nx\r\n--b-- and more\r\n", 0, []Oddity{OddityCloseTail}},
		{"encoded message", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQTogYg==", 0, []Oddity{OddityEncodedMulti}},
		{"encoded multipart", multi + "Content-Transfer-Encoding: quoted-printable\r\n\r\n--b\r\n\r\nx\r\n--b--", 0, []Oddity{OddityEncodedMulti}},
		{"unknown encoding", mixed("Content-Transfer-Encoding: base-64\r\n\r\nx"), 1, []Oddity{OddityUnknownEncoding}},
		{"encoding and more", mixed("Content-Transfer-Encoding: base64 x\r\n\r\nQQ=="), 1, []Oddity{OddityUnknownEncoding}},
		{"encoding and a comment", mixed("Content-Transfer-Encoding: base64 (x)\r\n\r\nQQ=="), 1, nil},
		{"NUL in the encoding", mixed("Content-Transfer-Encoding: base64\x00\r\n\r\nQQ=="), 1, []Oddity{OddityHeaderNUL, OddityUnknownEncoding}},
		{"bad base64", mixed("Content-Transfer-Encoding: base64\r\n\r\nQ*Q=="), 1, []Oddity{OddityBase64}},
		{"padding inside", mixed("Content-Transfer-Encoding: base64\r\n\r\nQQ==QQ=="), 1, []Oddity{OddityBase64}},
		{"bad quoted-printable", mixed("Content-Transfer-Encoding: quoted-printable\r\n\r\na=zz"), 1, []Oddity{OddityQuoted}},
		{"soft break at the end", mixed("Content-Transfer-Encoding: quoted-printable\r\n\r\na="), 1, nil},
		{"no field", mixed("nonsense\r\n\r\nx"), 1, []Oddity{OddityHeaderLine}},
		{"first line folded", mixed(" X: y\r\n\r\nx"), 1, []Oddity{OddityHeaderLine}},
		{"blank before the colon", mixed("Content-Type : text/plain\r\n\r\nx"), 1, []Oddity{OddityHeaderBlank}},
		{"8 bit", mixed("Content-Type: text/plain; name=\"\x8d\xe0\"\r\n\r\nx"), 1, []Oddity{OddityHeader8Bit}},
		{"no end", multi + "\r\n--b\r\nContent-Type: text/plain\r\n--b--", 1, []Oddity{OddityNoHeaderEnd}},
		{"names", mixed("Content-Type: a/b; name=a.txt\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nx"), 1, []Oddity{OddityNames}},
		{"undeclared", mixed("Content-Type: text/plain\r\n\r\n\x8d\xe0"), 1, []Oddity{OddityUndeclared}},
		{"undeclared HTML", mixed("Content-Type: text/html\r\n\r\n\x8d\xe0"), 1, []Oddity{OddityUndeclared}},
		{"HTML that declares", mixed("Content-Type: text/html\r\n\r\n<meta charset='Shift_JIS'>\x8d\xe0"), 1, nil},
		{"uuencode", mixed("\r\nhello\r\nbegin 644 a.exe\r\nM123\r\n"), 1, []Oddity{OddityInlineUU}},
		{"begin of a sentence", mixed("\r\nbegin the day\r\n begin 644 x\r\n"), 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, tt.in, DefaultLimits())
			if diff := cmp.Diff(tt.want, c.Parts[tt.part].Oddities); diff != "" {
				t.Error(diff)
			}
			samePieces(t, tt.in, c)
		})
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []Name
	}{
		{"plain", "Content-Type: a/b; name=a.txt", []Name{{"a.txt", NameType, SpellingPlain}}},
		{"quoted", `Content-Disposition: attachment; filename="a \"b\" C:\x.txt"`, []Name{{`a "b" C:\x.txt`, NameDisposition, SpellingPlain}}},
		{"blanks without quotes", "Content-Type: a/b; name=a b.txt; x=y", []Name{{"a b.txt", NameType, SpellingPlain}}},
		{"comment", "Content-Type: a/b (c; name=no); name=a.txt (yes)", []Name{{"a.txt", NameType, SpellingPlain}}},
		{"folded", "Content-Type: a/b;\r\n name=\"a\r\n .txt\"", []Name{{"a .txt", NameType, SpellingPlain}}},
		{"no end of the quotes", `Content-Type: a/b; name="a.txt`, []Name{{"a.txt", NameType, SpellingPlain}}},
		{"extended", "Content-Disposition: attachment; filename*=utf-8'ja'%E8%B2%A1.exe", []Name{{"財.exe", NameDisposition, SpellingExtended}}},
		{"in pieces", "Content-Disposition: attachment; filename*1=\"c.exe\"; filename*0*=Shift_JIS''%8D%E0b", []Name{{"財bc.exe", NameDisposition, SpellingExtended}}},
		{"a piece is missing", "Content-Disposition: attachment; filename*0=a; filename*2=c", []Name{{"a", NameDisposition, SpellingExtended}}},
		{"encoded-word", "Content-Type: a/b; name=\"=?utf-8?B?6LKhLmV4ZQ==?=\"", []Name{{"財.exe", NameType, SpellingWords}}},
		{"raw Shift_JIS", "Content-Type: a/b; name=\"\x8d\xe0.exe\"", []Name{{"財.exe", NameType, SpellingRaw}}},
		{"Shift_JIS with a backslash in it", "Content-Type: a/b; name=\"\x95\x5c.exe\"", []Name{{"表.exe", NameType, SpellingRaw}}},
		{"raw UTF-8", "Content-Type: a/b; name=\"財.exe\"", []Name{{"財.exe", NameType, SpellingRaw}}},
		{"raw ISO-2022-JP", "Content-Type: a/b; name=\"\x1b$B:b\x1b(B.exe\"", []Name{{"財.exe", NameType, SpellingRaw}}},
		{"all", "Content-Type: a/b; name=a; name*=''b\r\nContent-Disposition: x; filename=c; filename*=''d", []Name{
			{"a", NameType, SpellingPlain}, {"b", NameType, SpellingExtended}, {"c", NameDisposition, SpellingPlain}, {"d", NameDisposition, SpellingExtended}}},
		{"override", "Content-Type: a/b; name*=utf-8''a%E2%80%AEfdp.exe", []Name{{"a\u202efdp.exe", NameType, SpellingExtended}}},
		{"NUL", "Content-Type: a/b; name*=''a.exe%00.pdf", []Name{{"a.exe\x00.pdf", NameType, SpellingExtended}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, mixed(tt.in+"\r\n\r\nx"), DefaultLimits())
			if diff := cmp.Diff(tt.want, c.Parts[1].Names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHTML(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     HTML
		links    []Link
		text     string
	}{
		{"text", "<title>T</title><p>a&nbsp;b\r\n  c</p><div>d</div>", HTML{}, nil, " T a\u00a0b c d "},
		{"anchor", `<A HREF=" http://evil.test/` + "\t" + `x ">see <b>here</b></A> after`, HTML{}, []Link{{Kind: LinkAnchor, Target: "http://evil.test/x", Text: "see here"}}, "see here after"},
		{"anchor in an anchor", `<a href=u>one<a href=v>two`, HTML{}, []Link{{Kind: LinkAnchor, Target: "u", Text: "one"}, {Kind: LinkAnchor, Target: "v", Text: "two"}}, "onetwo"},
		{"image link", `<a href=u><img src=i></a>`, HTML{Images: 1}, []Link{{Kind: LinkAnchor, Target: "u", Image: true}, {Kind: LinkImage, Target: "i"}}, ""},
		{"form", `<form action="https://evil.test/"><input type=Password><input type=text><button formaction=v>`, HTML{Forms: 1, Passwords: 1}, []Link{{Kind: LinkForm, Target: "https://evil.test/"}, {Kind: LinkForm, Target: "v"}}, ""},
		{"base and refresh", `<base href=http://evil.test><meta http-equiv="Refresh" content="0; URL='http://x/'">`, HTML{}, []Link{{Kind: LinkBase, Target: "http://evil.test"}, {Kind: LinkRefresh, Target: "http://x/"}}, ""},
		{"frames", `<iframe src=a></iframe><object data=b><embed src=c>`, HTML{}, []Link{{Kind: LinkFrame, Target: "a"}, {Kind: LinkFrame, Target: "b"}, {Kind: LinkFrame, Target: "c"}}, ""},
		{"data", `<a href="data:text/html;base64,` + strings.Repeat("A", 100) + `">x</a>`, HTML{DataTargets: 1}, []Link{{Kind: LinkAnchor, Target: "data:text/html;base64," + strings.Repeat("A", 42), Size: 122, Text: "x"}}, "x"},
		{"script", `<script src=s>var a = atob("x"); URL.createObjectURL(b)</script><body onload="x()">t`, HTML{Scripts: 1, Handlers: 1, ScriptWords: []ScriptWord{ScriptAtob, ScriptObjectURL}}, []Link{{Kind: LinkScript, Target: "s"}}, "t"},
		{"style is no text", `<style>a { b: c }</style>t`, HTML{}, nil, "t"},
		{"hidden", `a<div style="DISPLAY : none">b<div>c</div>d</div>e`, HTML{Hidden: 1, HiddenText: 3}, nil, "a e"},
		{"hidden by size", `a<span style="font-size:0px">b</span><span style="font-size:0.8em">c</span>`, HTML{Hidden: 1, HiddenText: 1}, nil, "ac"},
		{"hidden attribute", `a<span hidden>b<a href=u>c</a></span>d`, HTML{Hidden: 1, HiddenText: 2}, []Link{{Kind: LinkAnchor, Target: "u", Hidden: true}}, "ad"},
		{"hidden image", `<img style="display:none" src=u>a`, HTML{Hidden: 1, Images: 1}, []Link{{Kind: LinkImage, Target: "u"}}, "a"},
		{"conditional comment", `<!--[if mso]><a href=u>x</a><![endif]--><!-- <a href=v> -->`, HTML{Comments: 1}, []Link{{Kind: LinkAnchor, Target: "u", Text: "x"}}, "x"},
		{"first of two", `<a href=u href=v>x</a>`, HTML{}, []Link{{Kind: LinkAnchor, Target: "u", Text: "x"}}, "x"},
		{"javascript", `<a href="java` + "\t" + `script:x()">x</a>`, HTML{}, []Link{{Kind: LinkAnchor, Target: "javascript:x()", Text: "x"}}, "x"},
		{"SVG", `<svg><a xlink:href=u>x</a></svg>`, HTML{}, []Link{{Kind: LinkAnchor, Target: "u", Text: "x"}}, "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, mixed("Content-Type: text/html; charset=utf-8\r\n\r\n"+tt.in), DefaultLimits())
			tt.want.Read = len(tt.in)
			if diff := cmp.Diff(&tt.want, c.Parts[1].HTML); diff != "" {
				t.Error(diff)
			}
			for i := range tt.links {
				tt.links[i].Part = 1
				if tt.links[i].Size == 0 {
					tt.links[i].Size = len(tt.links[i].Target)
				}
			}
			if diff := cmp.Diff(tt.links, c.Links); diff != "" {
				t.Error(diff)
			}
			if got := c.Parts[1].Text; got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
		})
	}
}

// TestWhatIsHTML is about parts that a client opens as HTML whatever they are called.
func TestWhatIsHTML(t *testing.T) {
	for head, want := range map[string]bool{
		"Content-Type: text/html":                            true,
		"Content-Type: application/octet-stream; name=a.HTM": true,
		"Content-Type: application/octet-stream; name=a.svg": true,
		"Content-Type: image/svg+xml":                        true,
		"Content-Type: application/octet-stream":             false,
		"Content-Type: text/plain":                           false,
	} {
		c := read(t, mixed(head+"\r\n\r\nwords <a href=u>x</a>"), DefaultLimits())
		if got := c.Parts[1].HTML != nil; got != want {
			t.Errorf("%s: %v", head, got)
		}
	}
	if c := read(t, mixed("Content-Type: application/pdf\r\n\r\n<html><a href=u>x</a>"), DefaultLimits()); c.Parts[1].Kind != KindHTML || len(c.Links) != 1 {
		t.Error("HTML that says it is a PDF")
	}
}

func TestTextLinks(t *testing.T) {
	for in, want := range map[string]string{
		"see https://example.jp/a?b=c.":                        "https://example.jp/a?b=c",
		"（https://example.jp/）をご覧ください":                         "https://example.jp/",
		"詳細はhttps://example.jp/x。次に www.example.jp/y":          "https://example.jp/x www.example.jp/y",
		"<http://a.test/> \"ftp://b.test\" hxxp://c.test":      "http://a.test/ ftp://b.test hxxp://c.test",
		"http://www.example.jp/ a@www.example.jp xwww.a :// x": "http://www.example.jp/",
		"http://日本語.jp/パス":                                     "http://日本語.jp/パス",
		"no link, http: only":                                  "",
	} {
		c := read(t, "Content-Type: text/plain; charset=utf-8\r\n\r\n"+in, DefaultLimits())
		var got []string
		for _, l := range c.Links {
			got = append(got, l.Target)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %q, want %q", in, s, want)
		}
	}
}

func TestContainers(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"digest", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\ntext\r\n--b--", "multipart/digest>message/rfc822>"},
		{"message by its name", mixed("Content-Type: application/octet-stream; name=a.EML\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte("Subject: x\r\nContent-Type: text/html\r\n\r\n<p>x"))), "multipart/mixed>application/octet-stream>text/html"},
		{"encoded multipart", "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte("--b\r\nContent-Type: text/x\r\n\r\nx\r\n--b--")), "multipart/mixed>text/x"},
		{"both boundaries", "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\nContent-Type: text/x\r\n\r\n1\r\n--b\r\nContent-Type: text/y\r\n\r\n2\r\n--b--", "multipart/mixed>text/x>text/y"},
		{"boundary in pieces", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n--ab\r\nContent-Type: text/x\r\n\r\n1\r\n--ab--", "multipart/mixed>text/x"},
		{"LF only", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/x\n\n1\n--b--\n", "multipart/mixed>text/x"},
		{"inner boundary longer", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\nContent-Type: text/x\r\n\r\n1\r\n--bb--\r\n--b--", "multipart/mixed>multipart/mixed>text/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := read(t, tt.in, DefaultLimits())
			var got []string
			for _, p := range c.Parts {
				got = append(got, p.Type)
			}
			if s := strings.Join(got, ">"); s != tt.want {
				t.Errorf("%q, want %q", s, tt.want)
			}
			samePieces(t, tt.in, c)
		})
	}
}

func TestSniff(t *testing.T) {
	for in, want := range map[string]Kind{
		"": KindEmpty, "MZ\x90\x00": KindPE, "MZ is a text": KindText, "\x7fELF\x01": KindELF, "L\x00\x00\x00\x01\x14\x02\x00": KindShortcut, "[InternetShortcut]\r\nURL=x": KindShortcut,
		"ITSF\x03": KindCHM, "PK\x03\x04": KindZip, "Rar!\x1a\x07\x00": KindRar, "7z\xbc\xaf\x27\x1c": Kind7z, "%PDF-1.4": KindPDF, "junk\n%PDF-1.4": KindPDF,
		"{\\rtf1": KindRTF, "{\\rt": KindRTF, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": KindOLE, "vhdxfile\x00": KindVHD, "MSWIM\x00\x00\x00": KindWIM,
		"\x00\x00-lh5-": KindLZH, "\x00234567**ACE**": KindAce, "a -lh is an option": KindText, strings.Repeat("\x01", 257) + "ustar": KindTar,
		"\xca\xfe\xba\xbe\x00\x00\x00\x02": KindMachO, "\xca\xfe\xba\xbe\x00\x00\x00\x34": KindClass,
		" \r\n<!DOCTYPE HTML>": KindHTML, "\xef\xbb\xbf<html>": KindHTML, "<?xml version='1.0'?><svg>": KindSVG, "<?xml version='1.0'?><x>": KindXML,
		"<?xml version='1.0'?><!DOCTYPE html><html>": KindHTML, "hello": KindText, "BM is a text": KindText, "BM\x00\x00\x00": KindImage, "\x89PNG\r\n\x1a": KindImage,
		"\x8d\xe0\x96\xb1": KindText, "a\x00b": KindUnknown, "\xff\xfea\x00": KindText, "#!/bin/sh": KindScript, "ID;PWXL": KindQuery,
	} {
		if got := sniff([]byte(in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	image := make([]byte, 0x8800)
	copy(image[0x8001:], isoMark)
	for _, tt := range []struct {
		b    []byte
		want Kind
	}{{image, KindISO}, {image[:0x8005], KindUnknown}, {append([]byte{0}, image...), KindUnknown}} {
		m := mixed("Content-Transfer-Encoding: base64\r\n\r\n" + wrap(tt.b))
		c := read(t, m, DefaultLimits())
		if got := c.Parts[1].Kind; got != tt.want {
			t.Errorf("image of %d: %s", len(tt.b), got)
		}
		samePieces(t, m, c)
	}
}

// TestAttributes holds our reading of attributes against the tokenizer's.
func TestAttributes(t *testing.T) {
	for _, tag := range []string{
		`<a href=u>`, `<A HREF = "u v" Class='x>y' hidden data-x=1/>`, `<a/href=u/b/title>`, `<a =x=y z>`, `<a b= c="d"e=f>`, `<a "b"=c>`,
		"<a\nhref\n=\n'u'\tb>", `<a b='>'c>`, `<a href=u"v'w>`, `<a b=>`, `<a>`, `<br/>`, `<a b==c>`, `<a b=&amp;c>`,
	} {
		sameAttributes(t, tag)
	}
}

func sameAttributes(t *testing.T, tag string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(tag))
	if k := z.Next(); k != html.StartTagToken && k != html.SelfClosingTagToken {
		return
	}
	var want, got []string
	r := readAttributes(bytes.Clone(z.Raw()))
	_, more := z.TagName()
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if len(key) > maxKey {
			key = nil
		}
		want = append(want, strings.ToLower(string(key))+"="+string(value))
	}
	for {
		key, value, ok := r.next()
		if !ok {
			break
		}
		got = append(got, string(key)+"="+strings.ReplaceAll(string(unescape(value)), "\r\n", "\n"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q: %s", tag, diff)
	}
}
