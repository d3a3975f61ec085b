package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestQuirks(t *testing.T) {
	word := func(s string) string { return " =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }
	for _, tt := range []struct {
		name string
		in   policy.Header
		want []QuirkKind
	}{
		{"honest", policy.Header{{Name: "From", Value: " 財務省 <a@mof.go.jp>"}}, []QuirkKind{QuirkUTF8}},
		{"plain", policy.Header{{Name: "From", Value: " a@b.jp"}, {Name: "Subject", Value: " one\n two\r\n\tthree"}, {Name: "Received", Value: " x"}, {Name: "Received", Value: " y"}}, nil},
		{"encoded", policy.Header{{Name: "Subject", Value: word("重要 a@b.jp")}, {Name: "From", Value: word("財務省") + " <a@b.jp>"}}, nil},
		{"two", policy.Header{{Name: "From", Value: " a@b.jp"}, {Name: "Subject", Value: " x"}, {Name: "FROM", Value: " c@d.jp"}}, []QuirkKind{QuirkDuplicate}},
		{"two, one with a blank", policy.Header{{Name: "From", Value: " a@b.jp"}, {Name: "From ", Value: " c@d.jp"}}, []QuirkKind{QuirkNameBlank, QuirkDuplicate}},
		{"wide name", policy.Header{{Name: "From", Value: " a@b.jp"}, {Name: "Ｆrom", Value: " c@d.jp"}}, []QuirkKind{QuirkName, QuirkDuplicate}},
		{"soft hyphen in the name", policy.Header{{Name: "Fr\u00adom", Value: " c@d.jp"}}, []QuirkKind{QuirkName}},
		{"NUL in the name", policy.Header{{Name: "From\x00", Value: " c@d.jp"}}, []QuirkKind{QuirkNUL, QuirkName}},
		{"NUL", policy.Header{{Name: "From", Value: " a\x00@d.jp"}}, []QuirkKind{QuirkNUL}},
		{"CR", policy.Header{{Name: "Subject", Value: " a\rb"}}, []QuirkKind{QuirkControl}},
		{"LF that folds nothing", policy.Header{{Name: "Subject", Value: " a\nb"}}, []QuirkKind{QuirkControl}},
		{"Shift_JIS", policy.Header{{Name: "From", Value: " \x8d\xe0\x96\xb1 <a@b.jp>"}}, []QuirkKind{Quirk8Bit}},
		{"ISO-2022-JP", policy.Header{{Name: "Subject", Value: " \x1b$B:bL3\x1b(B"}}, []QuirkKind{QuirkJIS}},
		{"encoded LF", policy.Header{{Name: "Subject", Value: word("a\nBcc: x@y")}}, []QuirkKind{QuirkWordLine}},
		{"encoded NUL and @", policy.Header{{Name: "From", Value: word("a@mof.go.jp\x00") + "@evil.test"}}, []QuirkKind{QuirkWordNUL, QuirkWordAt}},
		{"encoded wide @", policy.Header{{Name: "Reply-To", Value: word("a＠mof.go.jp") + "<x@evil.test>"}}, []QuirkKind{QuirkWordAt}},
		{"bidi", policy.Header{{Name: "Subject", Value: word("a\u202eb")}}, []QuirkKind{QuirkBidi}},
		{"bidi beside other words", policy.Header{{Name: "Subject", Value: word("a") + " b" + word("\u202ec") + word("d") + " e"}}, []QuirkKind{QuirkBidi}},
		{"bidi in two words", policy.Header{{Name: "Subject", Value: " =?utf-8?B?4oA=?= =?utf-8?B?rmI=?="}}, []QuirkKind{QuirkBidi}},
		{"bidi in two words apart", policy.Header{{Name: "Subject", Value: " =?utf-8?B?4oA=?= x =?utf-8?B?rmI=?="}}, nil},
		{"bidi raw beside a word", policy.Header{{Name: "Subject", Value: word("a") + " \u202eb"}}, []QuirkKind{QuirkUTF8, QuirkBidi}},
		{"bidi raw", policy.Header{{Name: "Subject", Value: " a\u2066b"}}, []QuirkKind{QuirkUTF8, QuirkBidi}},
		{"mark of Hebrew", policy.Header{{Name: "Subject", Value: word("\u200fשלום")}}, nil},
		{"bidi nobody sees", policy.Header{{Name: "X-Note", Value: word("a\u202eb")}}, nil},
		{"folds", policy.Header{{Name: "To", Value: "\n a@b.jp,\n \n c@d.jp"}}, []QuirkKind{QuirkFirstFold, QuirkEmptyFold}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []QuirkKind
			for _, q := range Quirks(tt.in) {
				got = append(got, q.Kind)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuirksSayWhere(t *testing.T) {
	got := Quirks(policy.Header{{Name: "To", Value: " x"}, {Name: "From", Value: " a"}, {Name: "FROM ", Value: " b"}})
	want := []Quirk{{QuirkNameBlank, "from", 2}, {QuirkDuplicate, "from", 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuirksLimit(t *testing.T) {
	h := policy.Header{{Name: "From", Value: " a"}}
	for len(h) < MaxQuirks+1 {
		h = append(h, policy.Field{Name: "From", Value: " a"})
	}
	if n := len(Quirks(h)); n != MaxQuirks {
		t.Errorf("%d at the limit", n)
	}
	if n := len(Quirks(append(h, policy.Field{Name: "From", Value: " a\x00\r\xff"}))); n != MaxQuirks {
		t.Errorf("%d above", n)
	}
}

func FuzzQuirks(f *testing.F) {
	f.Add("From", " =?utf-8?Q?a=00=40?= <a@b>")
	f.Add("Fr\x00om ", "\n \n\xff\x1b$B")
	f.Fuzz(func(t *testing.T, name, value string) {
		h := policy.Header{{Name: name, Value: value}, {Name: "From", Value: value}, {Name: "Subject", Value: value}}
		for _, q := range Quirks(h) {
			if q.Kind == "" || len(q.Field) > maxQuirkName || q.At >= len(h) {
				t.Fatalf("%+v", q)
			}
		}
	})
}

func TestDecodeText(t *testing.T) {
	for _, tt := range []struct{ name, charset, in, want string }{
		{"UTF-8", "utf-8", "財務省", "財務省"},
		{"declared Shift_JIS", "Shift_JIS", "\x8d\xe0\x96\xb1", "財務"},
		{"declared ISO-2022-JP", "ISO-2022-JP", "\x1b$B:bL3\x1b(B", "財務"},
		{"undeclared Shift_JIS", "", "\x8d\xe0\x96\xb1", "財務"},
		{"undeclared EUC-JP", "", "\xba\xe2\xcc\xb3", "財務"},
		{"undeclared ISO-2022-JP", "", "\x1b$B:bL3\x1b(B", "財務"},
		{"wrongly declared", "utf-8", "\x8d\xe0\x96\xb1", "財務"},
		{"unknown charset", "x-nobody", "\xba\xe2\xcc\xb3", "財務"},
		{"a charset of 65 octets", strings.Repeat("x", maxCharset+1), "a", "a"},
		{"nothing that is valid", "", "\xff\xfe\xfd", "\xff\xfe\xfd"},
	} {
		if got := DecodeText(tt.charset, []byte(tt.in)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func BenchmarkQuirks(b *testing.B) {
	h := policy.Header{{Name: "From", Value: " =?utf-8?B?6LKh5YuZ55yB?= <a@b.jp>"}, {Name: "Subject", Value: " =?utf-8?B?6LKh5YuZ55yB?="}, {Name: "To", Value: " <c@d.jp>"}}
	for range 20 {
		h = append(h, policy.Field{Name: "Received", Value: " from a.example.jp (a.example.jp [192.0.2.1])\n\tby b.example.jp with ESMTPS id 123\n\tfor <c@d.jp>; Mon, 1 Jan 2024 00:00:00 +0900"})
	}
	b.ReportAllocs()
	for b.Loop() {
		Quirks(h)
	}
}

// TestGraphic looks at eight octets of which one is any, at every place.
func TestGraphic(t *testing.T) {
	for at := range 8 {
		for c := range 256 {
			for _, other := range []byte{' ', '~', 'a', byte(c)} {
				b := bytes.Repeat([]byte{other}, 8)
				b[at] = byte(c)
				if got, want := graphic(string(b)), ' ' <= c && c <= '~'; got != want {
					t.Errorf("%q: %v", b, got)
				}
			}
		}
	}
}
