package mail

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestDecodeWords(t *testing.T) {
	const zaimu = "財務省からの連絡"
	tests := []struct{ name, in, want string }{
		{"plain", "Hello", "Hello"},
		{"empty", "", ""},
		{"UTF-8", zaimu, zaimu},
		{"B", b64("utf-8", zaimu), zaimu},
		{"Q", "=?UTF-8?Q?caf=C3=A9_=e2=98=95?=", "café ☕"},
		{"small letters", "=?utf-8?q?caf=c3=a9?=", "café"},
		{"language", "=?iso-8859-1*fr?q?caf=E9?=", "café"},
		{"text around", "a =?utf-8?q?b?= c", "a b c"},
		{"touching text", "a=?utf-8?q?b?=c", "abc"},
		{"adjacent", "=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		{"adjacent over a fold", "=?utf-8?q?a?=\n\t=?utf-8?q?b?=", "ab"},
		{"adjacent without blank", "=?utf-8?q?a?==?utf-8?b?Yg==?=", "ab"},
		{"adjacent in two charsets", "=?utf-8?q?=C3=A9?= =?iso-8859-1?q?=E9?=", "éé"},
		{"character cut in two", "=?utf-8?q?=E8=B2?= =?utf-8?q?=A1?=", "財"},
		{"character cut between encodings", "=?utf-8?q?=E8=B2?= =?UTF-8?b?oQ==?=", "財"},
		{"blank inside", "=?utf-8?q?a b?=", "a b"},
		{"bare question mark", "=?utf-8?q?really?yes?=", "really?yes"},
		{"empty word", "x=?utf-8?q??=y", "xy"},
		{"equals sign that is none", "=?utf-8?q?a=zz=4?=", "a=zz=4"},
		{"equals sign before the end", "=?utf-8?q?a=?=", "a="},
		{"base64 without padding", "=?utf-8?b?YWI?=", "ab"},
		{"base64 with rubbish", "=?utf-8?b?Y W!I=?=", "ab"},
		{"base64 in two groups", "=?utf-8?b?YQ==YQ==?=", "aa"},
		{"base64 cut inside an octet", "=?utf-8?b?YUBiLmpw?= =?utf-8?b?YUBiLmp?= =?utf-8?b?w?=", "a@b.jpa@b.jp"},
		{"base64 without padding twice", "=?utf-8?b?YWI?= =?utf-8?b?YWI?=", "abab"},
		{"utf-7", "=?utf-7?q?taro+AEA-mof.go.jp+-+jKE?=", "taro@mof.go.jp+財"},
		{"utf-7 with a surrogate pair", "=?unicode-1-1-utf-7?q?+2D3eAA-!?=", "😀!"},
		{"utf-7 without end", "=?utf-7?q?a+?=", "a+"},
		{"EBCDIC", "=?IBM037?b?fA==?=", "@"},
		{"fold", "a\n b", "a b"},
		{"fold with CR", "a\r\n\tb", "a\tb"},
		{"not closed", "=?utf-8?q?a", "=?utf-8?q?a"},
		{"unknown encoding", "=?utf-8?x?a?=", "=?utf-8?x?a?="},
		{"no charset", "=??q?a?=", "a"},
		{"blank in the charset", "=?a b?q?a?=", "=?a b?q?a?="},
		{"unknown charset", "=?x-none?q?=E8=B2=A1?=", "財"},
		{"two starts", "=?=?utf-8?q?a?=", "=?a"},
		{"NUL", "=?utf-8?q?a=00b?=", "a\x00b"},
		{"iso-2022-jp", b64("ISO-2022-JP", encode(t, japanese.ISO2022JP, zaimu)), zaimu},
		{"iso-2022-jp-ms", b64("iso-2022-jp-ms", encode(t, japanese.ISO2022JP, "①"+zaimu)), "①" + zaimu},
		{"iso-2022-jp without return to ASCII", "=?iso-2022-jp?b?GyRCOmJMMzJK?= =?iso-2022-jp?b?GyRCOmI=?=", "財務科財"},
		{"shift_jis", b64("Shift_JIS", encode(t, japanese.ShiftJIS, zaimu)), zaimu},
		{"cp932", b64("cp932", encode(t, japanese.ShiftJIS, zaimu)), zaimu},
		{"euc-jp", b64("EUC-JP", encode(t, japanese.EUCJP, zaimu)), zaimu},
		{"gb2312", b64("gb2312", encode(t, simplifiedchinese.GBK, "财务")), "财务"},
		{"gb18030", b64("gb18030", encode(t, simplifiedchinese.GB18030, zaimu)), zaimu},
		{"hz", b64("hz-gb-2312", encode(t, simplifiedchinese.HZGB2312, "财务")), "财务"},
		{"mislabelled as UTF-8", b64("utf-8", encode(t, japanese.ShiftJIS, zaimu)), zaimu},
		{"raw iso-2022-jp", encode(t, japanese.ISO2022JP, "Re: "+zaimu), "Re: " + zaimu},
		{"raw shift_jis", encode(t, japanese.ShiftJIS, "Re: "+zaimu), "Re: " + zaimu},
		{"raw euc-jp", encode(t, japanese.EUCJP, "Re: "+zaimu), "Re: " + zaimu},
		{"raw katakana of one byte", "\x1b(IAB\x1b(B", "ﾁﾂ"},
		{"raw and a word", encode(t, japanese.ShiftJIS, "表") + " =?utf-8?q?a?=", "表 a"},
		{"raw Latin-1 stays", "caf\xe9", "caf\xe9"},
		{"escape that is none", "\x1b[1m", "\x1b[1m"},
		{"broken escape stays", "\x1b$B\x01\x01\x1b(B", "\x1b$B\x01\x01\x1b(B"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := DecodeWords(tt.in); got != tt.want {
				t.Errorf("DecodeWords(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestDecodeWordsLimits(t *testing.T) {
	at := strings.Repeat("a", MaxText-1) + "b"
	if got := DecodeWords(at); got != at {
		t.Errorf("at the limit: %d octets", len(got))
	}
	if got := DecodeWords(at + "c"); got != at {
		t.Errorf("above the limit: %d octets", len(got))
	}
	if got := DecodeWords(at[1:] + "é"); got != at[1:] {
		t.Errorf("a character over the limit: %q", got[len(got)-4:])
	}
	charset := strings.Repeat("x", maxCharset)
	if got := DecodeWords("=?" + charset + "?q?a?="); got != "a" {
		t.Errorf("charset at the limit: %q", got)
	}
	if in := "=?" + charset + "x?q?a?="; DecodeWords(in) != in {
		t.Error("charset above the limit was read")
	}
	if n := testing.AllocsPerRun(100, func() { DecodeWords("Taro Yamada") }); n != 0 {
		t.Errorf("%v allocations for plain text, want 0", n)
	}
}

func FuzzDecodeWords(f *testing.F) {
	for _, s := range []string{"=?utf-8?q?a=40?= =?utf-8?b?YQ==?=", "=?iso-2022-jp?b?GyRC?=", "\x1b$B!!\x1b(B", "\x81\x40", "=?=?=?", "=?utf-16?b?AAAA?=", "=?utf-7?q?+AEA-+?="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := DecodeWords(s)
		if len(got) > 12*len(s)+utf8.UTFMax {
			t.Fatalf("%d octets out of %d", len(got), len(s))
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) && !strings.Contains(s, "=?") {
			t.Fatalf("DecodeWords(%q) = %q", s, got)
		}
	})
}

func BenchmarkDecodeWords(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"plain", "Hello, this is an ordinary subject"},
		{"utf8", "=?UTF-8?B?6LKh5YuZ55yBIOWxseeUsOWkqumDjg==?= =?UTF-8?B?6LKh5YuZ55yBIOWxseeUsOWkqumDjg==?="},
		{"jis", "=?ISO-2022-JP?B?GyRCOmJMMz5KGyhC?="},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				DecodeWords(bb.in)
			}
		})
	}
}
