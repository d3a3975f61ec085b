package mail

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

const caution = "【注意】"

// jis, sjis and euc return text as old clients write it, without any declaration.
func jis(s string) string  { return must(japanese.ISO2022JP.NewEncoder().String(s)) }
func sjis(s string) string { return must(japanese.ShiftJIS.NewEncoder().String(s)) }
func euc(s string) string  { return must(japanese.EUCJP.NewEncoder().String(s)) }

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestTagSubject(t *testing.T) {
	const jisWord = "=?ISO-2022-JP?B?GyRCTT07OxsoQg==?=" // 予算
	const tagged, taggedSpace = " =?UTF-8?B?44CQ5rOo5oSP44CR?=", " =?UTF-8?B?44CQ5rOo5oSP44CRIA==?="
	tests := []struct {
		name, value, tag string
		shown            string // after the tag and its space
		want             string // "": not compared
	}{
		{"ASCII", " budget", caution, "budget", tagged + " budget"},
		{"without a space", "budget", caution, "budget", tagged + " budget"},
		{"empty", "", caution, "", tagged},
		{"blank", " \n\t", caution, "", tagged},
		{"an encoded-word", " " + jisWord, caution, "予算", taggedSpace + " " + jisWord},
		{"words and text", " Re: " + jisWord + " 2026", caution, "Re: 予算 2026", tagged + "\n Re: " + jisWord + " 2026"},
		{"an ASCII tag before a word", " " + jisWord, "[caution]", "予算", " [caution] " + jisWord},
		{"an ASCII tag", " budget", "[caution]", "budget", " [caution] budget"},
		{"an ASCII tag that looks like a word", " budget", "=?x", "budget", ""},
		{"words of two charsets", " " + jisWord + "\n =?utf-8?Q?=E6=A1=88?=", caution, "予算案", taggedSpace + " " + jisWord + "\n =?utf-8?Q?=E6=A1=88?="},
		{"a broken word", " =?utf-8?B?", caution, "=?utf-8?B?", tagged + " =?utf-8?B?"},
		{"raw ISO-2022-JP", " " + jis("予算の件"), caution, "予算の件", ""},
		{"raw Shift_JIS", " " + sjis("予算の件について"), caution, "予算の件について", ""},
		{"raw EUC-JP", " " + euc("予算の件について"), caution, "予算の件について", ""},
		{"raw UTF-8", " 予算の件について", caution, "予算の件について", ""},
		{"raw UTF-8 and a word", " 件: " + jisWord, caution, "件: 予算", ""},
		{"folded", " budget\n for\n\t2026", caution, "budget for\t2026", tagged + " budget\n for\n\t2026"},
		{"folded raw", " 予算の\n 件", caution, "予算の 件", ""},
		{"no characters at all", " \xff\xfe", caution, "\ufffd", ""},
		{"controls", " a\x00b\x01\rc", caution, "a b\x01 c", ""},
		{"a line end that folds nothing", " a\nX-Evil: b", caution, "a X-Evil: b", ""},
		{"a long line", " " + strings.Repeat("x", MaxSubjectLine), caution, strings.Repeat("x", MaxSubjectLine), ""},
		{"a folded long value", " " + strings.Repeat("x", 60), caution, strings.Repeat("x", 60), tagged + "\n " + strings.Repeat("x", 60)},
		{"a long tag", " x", strings.Repeat("注意", 20), "x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := TagSubject(tt.value, tt.tag)
			if tt.want != "" && got != tt.want {
				t.Errorf("%q\nwant %q", got, tt.want)
			}
			want := tt.tag
			if tt.shown != "" {
				want += " " + tt.shown
			}
			if s := trim(DecodeWords(got)); s != want {
				t.Errorf("shows %q, want %q", s, want)
			}
			wellFormed(t, got, tt.value)
			if again := TagSubject(got, tt.tag); again != got {
				t.Errorf("a second time %q", again)
			}
		})
	}
}

// wellFormed holds what is true of every value that was written: printable ASCII, folds, and lines that are not too long.
func wellFormed(t *testing.T, got, from string) {
	t.Helper()
	for i, line := range strings.Split(got, "\n") {
		if line == "" || line[0] != ' ' && line[0] != '\t' {
			t.Errorf("line %d of %q begins nothing", i, got)
		}
		if len(line) > MaxSubjectLine+1 {
			t.Errorf("line %d has %d octets", i, len(line))
		}
		if strings.Contains(line, wordStart) && !strings.Contains(from, strings.TrimSpace(line)) && len(line) > 2*maxWordLine {
			t.Errorf("line %d has %d octets and an encoded-word", i, len(line))
		}
		for j := range len(line) {
			if c := line[j]; c != '\t' && (c < ' ' || c > '~') {
				t.Errorf("line %d holds %#x", i, c)
			}
		}
	}
}

// Words are whole: each decodes by itself, and none is longer than 75 octets.
func TestTagSubjectWords(t *testing.T) {
	got := TagSubject(" "+strings.Repeat("予算の件について𠮷", 30), caution)
	lines := strings.Split(got, "\n")
	if len(lines) < 10 || len("Subject:"+lines[0]) > maxWordLine {
		t.Errorf("%q", got)
	}
	for _, l := range lines {
		w, size := wordAt(strings.TrimSpace(l))
		if size != len(strings.TrimSpace(l)) || size > 75 || len(l) > maxWordLine {
			t.Errorf("%q has a word of %d octets", l, size)
		}
		if text := appendBase64(nil, w.text); !utf8.Valid(text) {
			t.Errorf("%q cuts a character", text)
		}
	}
}

func TestTagSubjectAlreadyThere(t *testing.T) {
	for _, v := range []string{" 【注意】 x", " =?UTF-8?B?44CQ5rOo5oSP44CR?= x", " " + jis("【注意】予算"), "  =?UTF-8?B?44CQ5rOo?=\n =?UTF-8?B?5oSP44CR?="} {
		if got := TagSubject(v, caution); got != v {
			t.Errorf("%q became %q", v, got)
		}
	}
	if got := TagSubject(" x", ""); got != " x" {
		t.Errorf("without a tag %q", got)
	}
}

// A Subject at the limit stays, of a longer one the rest is left out.
func TestMaxSubject(t *testing.T) {
	line := strings.Repeat("x", 900) + "\n "
	value := strings.Repeat(line, MaxSubject/len(line))
	value += strings.Repeat("y", MaxSubject-len(value))
	if got := TagSubject(value, caution); !strings.HasSuffix(got, value) {
		t.Errorf("%d octets did not stay", len(value))
	}
	got := TagSubject(value+"y", caution)
	if strings.Contains(got, "yyyy") || trim(DecodeWords(got)) != caution+" "+DecodeWords(value+"y") {
		t.Errorf("with one more octet it stays, or is lost: %.200q", got)
	}
	long := strings.Repeat("予", MaxSubject)
	got = TagSubject(long, caution)
	if n := len(trim(DecodeWords(got))); n > len(caution)+1+MaxSubject || n < MaxSubject-3 {
		t.Errorf("%d octets of %d are kept", n, len(long))
	}
	if len(got) > 32<<10 {
		t.Errorf("a value of %d octets, which the milter does not write", len(got))
	}
}

// FuzzTagSubject holds that what is shown is the tag, a space, and what was shown before.
func FuzzTagSubject(f *testing.F) {
	for _, s := range []string{"", " budget", " =?ISO-2022-JP?B?GyRCTT07OxsoQg==?=", jis("予算"), sjis("予算の件"), euc("予算"), "=?utf-8?Q?a_b?= =?", "\x1b$B", "a\n b\nc"} {
		f.Add(s, caution)
		f.Add(s, "[!]")
	}
	f.Fuzz(func(t *testing.T, value, tag string) {
		tag = trim(strings.ToValidUTF8(tag, ""))
		if tag == "" || len(tag) > 200 || strings.ContainsAny(tag, "\x00\r\n") || len(value) > MaxSubject/3 || trim(DecodeWords(tag)) != tag {
			return
		}
		got := TagSubject(value, tag)
		if got == value {
			if !strings.HasPrefix(trim(DecodeWords(trim(value))), tag) {
				t.Fatalf("%q stays", value)
			}
			return
		}
		wellFormed(t, got, value)
		want := trim(DecodeWords(trim(value)))
		if !staysAsItIs(trim(value)) {
			want = writable(want)
		}
		blanks := func(s string) string { return strings.Join(strings.Fields(s), " ") } // a word may begin or end with some
		if want = tag + " " + want; blanks(DecodeWords(got)) != blanks(want) {
			t.Fatalf("%q with %q became %q, which shows %q, want %q", value, tag, got, trim(DecodeWords(got)), want)
		}
		if again := TagSubject(got, tag); again != got {
			t.Fatalf("a second time %q", again)
		}
	})
}
