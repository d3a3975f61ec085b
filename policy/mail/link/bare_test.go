package link

import (
	"strings"
	"testing"
)

// TestBare is about names in text, between bars, that clients make links of, and those that are something else. What stands behind
// the name and belongs to its authority is wanted, - for no link.
func TestBare(t *testing.T) {
	for in, want := range map[string]string{
		"see |mof-go-jp.com|/login":           "",
		"|mof-go-jp.com|":                     "",
		"詳細は|mof-go-jp.com|をご覧ください":           "",
		"（|mof-go-jp.com|）":                   "",
		"「|mof.go.jp.evil.test.example.com|」": "",
		"|mof-go-jp.com|, and":                "",
		"|mof-go-jp.com.| And":                "",
		"|mof-go-jp.com..|":                   "-", // cut short
		"|mof-go-jp.com|…":                    "-",
		"|mof-go-jp.com|? No":                 "",
		"|mof-go-jp.com|?id=1":                "",
		"|mof-go-jp.com|#top":                 "",
		"|mof-go-jp.com|: a page":             "",
		"|mof-go-jp.com|:8443/x":              ":8443",
		"|mof-go-jp.com|:8443":                ":8443",
		"|mof-go-jp.com|:8443です":              "-",
		"|mof-go-jp.com|:x":                   "-",
		"|mof-go-jp.com|:123456/":             "-",
		"URL:|mof-go-jp.com|/x":               "",
		"<|mof-go-jp.com|>":                   "",
		"|mof-go-jp.com|<https://x>":          "",
		"|Amazon.com|":                        "",
		"|MOF.GO.JP.EVIL.COM|":                "",
		"|mоf.go-jp.com|/x":                   "", // Cyrillic o
		"|xn--mf-xbc.com|":                    "",
		"|bit.ly|/abc":                        "",
		"|t.co|/abc":                          "",
		"|golang.org|/x/net":                  "",
		"|soumu.evil.info|":                   "",
		"|example.co.jp|(担当：山田)":              "",

		"taro@|mof.go.jp|":         "-",
		"|taro.yamada|@mof.go.jp":  "-",
		"|taro.co.jp|@mof.go.jp":   "-",
		"/|evil.com|/x":            "-",
		`\|evil.com|\x`:            "-",
		"a=|evil.com|":             "-",
		"|evil.com|=a":             "-",
		"|go.jp|":                  "-",
		"|co.jp|/x":                "-",
		"|com|":                    "-",
		"evil[.]|go.jp|/x":         "-",
		"evil[.]|example.go.jp|/x": "-",
		"evil(.)|example.go.jp|/x": "-",
		"evil{.}|example.go.jp|/x": "-",
		"|evil.example.go|[.]jp":   "-",
		"|www.evil.co|(.)jp":       "-",
		"*|.example.com|":          "-",
		"|example.com-|":           "-",
		"|-example.com|":           "-",
		"|_dmarc.example.com|":     "-",
		"|example.test|/x":         "-", // no such domain
		"|setup.sh|":               "-",
		"|readme.md|":              "-",
		"|report.zip|":             "-",
		"|node.js|":                "-",
		"|config.prod.py|":         "-",
		"|setup.py|/setup.cfg":     "-",
		"|report.zip|/readme.txt":  "-",
		"|os.path.do|()":           "-",
		"|www.example.com|()":      "-",
		"|Makefile.am.in|":         "-",
		"|ASP.NET|":                "-",
		"|Node.Js|/x":              "-",
		"|it.Next|":                "-",
		"done.|Amazon.In|":         "-",
		"|example.me|":             "-",
		"|amazon.in|":              "-",
		"|i.e.in|":                 "-",
		"|p.m.to|":                 "-",
		"|a.m.is|":                 "-",
		"|12.30.at|":               "-",
		"|163.com|":                "",
		"|1.2.3.4|":                "-",
		"|Ver.2.0|":                "-",
		"|example.日本|":             "-",
		"|example.рф|":             "-",
		"std::|foo.com|":           "-",
		"|foo.com|::bar":           "-",
		"|a..com|/x":               "-",
		"|.com|/x":                 "-",
		"|a.b|":                    "-",
		"|" + strings.Repeat("a.", 127) + "com|/x": "-",
	} {
		before, rest, _ := strings.Cut(in, "|")
		name, behind, _ := strings.Cut(rest, "|")
		text := before + name + behind
		end, ok := Bare(text, len(before), len(before)+len(name))
		got := "-"
		if ok {
			got = strings.TrimPrefix(text[len(before):end], strings.TrimSuffix(name, "."))
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// FuzzBare looks at any name in any text. What is taken is read as a host under a known suffix, and ends in the text.
func FuzzBare(f *testing.F) {
	for _, s := range []string{"(|example.com|:80/", "a|.|", "|xn--a.com|?x", "|\u0430.com|", "|EXAMPLE.CO.JP.|…", "::|a.jp|::"} {
		before, rest, _ := strings.Cut(s, "|")
		name, behind, _ := strings.Cut(rest, "|")
		f.Add(before, name, behind)
	}
	f.Fuzz(func(t *testing.T, before, name, behind string) {
		text := before + name + behind
		end, ok := Bare(text, len(before), len(before)+len(name))
		if !ok {
			return
		}
		if end <= len(before) || end > len(text) {
			t.Fatalf("%q ends at %d", text, end)
		}
		u := Read("http://" + text[len(before):end])
		if u.Host == "" || !KnownSuffix(u.Host) || u.Rest != "" {
			t.Fatalf("%q is read as %+v", text[len(before):end], u)
		}
	})
}

func BenchmarkBare(b *testing.B) {
	for _, in := range []string{"mof-go-jp.com/login", "report.pdf", "report.zip"} {
		name, _, _ := strings.Cut(in, "/")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Bare(in, 0, len(name))
			}
		})
	}
}
