package mail

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"sekimori/policy"
)

// show writes authors one a line as "source address", with the field where it is not the first.
func show(f From) []string {
	var out []string
	for _, a := range f.Authors {
		s := string(a.Source) + " " + a.Address.String()
		if a.Address.Local == "" {
			s = string(a.Source) + " @" + string(a.Address.Domain)
		}
		if a.Field != 1 {
			s += fmt.Sprintf(" (%d)", a.Field)
		}
		out = append(out, s)
	}
	return out
}

func fromHeader(values ...string) policy.Header {
	h := policy.Header{{Name: "Received", Value: " from x"}}
	for _, v := range values {
		h = append(h, policy.Field{Name: "From", Value: v})
	}
	return append(h, policy.Field{Name: "Subject", Value: " x"})
}

func b64(charset, text string) string {
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
}

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAuthors(t *testing.T) {
	const evil = "from x@evil.test"
	tests := []struct {
		name, value string
		want        []string
		problem     string
	}{
		// What ordinary mail looks like.
		{"bare", " x@evil.test", []string{evil}, ""},
		{"no blank after the colon", "x@evil.test", []string{evil}, ""},
		{"brackets", " <x@evil.test>", []string{evil}, ""},
		{"name", " Taro Yamada <x@evil.test>", []string{evil}, ""},
		{"quoted name", ` "Yamada, Taro" <x@evil.test>`, []string{evil}, ""},
		{"encoded name", " =?UTF-8?B?6LKh5YuZ55yB?= <x@evil.test>", []string{evil}, ""},
		{"encoded name without blank", " =?UTF-8?B?6LKh5YuZ55yB?=<x@evil.test>", []string{evil}, ""},
		{"folded", "\n =?ISO-2022-JP?B?GyRCOmJMMz5KGyhC?=\n\t<x@evil.test>", []string{evil}, ""},
		{"raw UTF-8 name", " 財務省 <x@evil.test>", []string{evil}, ""},
		{"comment", " x@evil.test (Taro Yamada)", []string{evil}, ""},
		{"comma in an unquoted name", " Yamada, Taro <x@evil.test>", []string{evil}, ""},
		{"colon in an unquoted name", " Info: Taro <x@evil.test>", []string{evil}, ""},
		{"square brackets in a name", " [ML:12] Taro <x@evil.test>", []string{evil}, ""},
		{"apostrophe", " O'Hara <x@evil.test>", []string{evil}, ""},
		{"name equal to the address", " x@evil.test <x@evil.test>", []string{evil}, ""},
		{"quoted name equal to the address", ` "X@Evil.test" <x@evil.test>`, []string{evil}, ""},
		{"mailboxes", " a@a.test, B <b@b.test>", []string{"from a@a.test", "from b@b.test"}, ""},
		{"the same twice", " x@evil.test, x@evil.test", []string{evil}, ""},
		{"carrier dots", " <a..b.@docomo.example>", []string{"from a..b.@docomo.example"}, ""},
		{"quoted local part", ` <"a b"@evil.test>`, []string{"from a b@evil.test"}, ""},
		{"bare quoted local part", ` "a b"@evil.test`, []string{"from a b@evil.test"}, ""},
		{"group", " Staff: a@a.test, B <b@b.test>;", []string{"from a@a.test", "from b@b.test"}, ""},
		{"empty list members", " ,, x@evil.test ,", []string{evil}, ""},
		{"UTF-8 address", " <太郎@財務省.jp>", []string{"from 太郎@xn--lhr645fq0o.jp"}, ""},
		{"single label", " root@localhost", []string{"from root@localhost"}, ""},
		{"handle in a name", ` "@taro at home" <x@evil.test>`, []string{evil}, ""},

		// Obsolete syntax.
		{"blanks and comments in the address", " taro (a) @ (b) mof . (c) go . jp", []string{"from taro@mof.go.jp"}, ""},
		{"comment cuts the domain", " <taro@mof.(x)go.jp>", []string{"from taro@mof.go.jp"}, ""},
		{"comment hides more domain", " <taro@mof.go.jp(x).evil.test>", []string{"from taro@mof.go.jp.evil.test", "reading taro@mof.go.jp"}, ""},
		{"route", " <@mof.go.jp:x@evil.test>", []string{evil, "reading @mof.go.jp"}, ""},
		{"route to the victim", " <@evil.test,@b.test:taro@mof.go.jp>", []string{"from taro@mof.go.jp", "reading @evil.test", "reading @b.test"}, ""},
		{"folds inside", " <taro\n @mof.go.jp\n >", []string{"from taro@mof.go.jp"}, ""},

		// A name that shows another address.
		{"quoted address", ` "taro@mof.go.jp" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"unquoted address", " taro@mof.go.jp <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"quoted address in brackets", ` "Taro <taro@mof.go.jp>" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"escaped quote", ` "a\" <taro@mof.go.jp>" <x@evil.test>`, []string{evil, "reading taro@mof.go.jp"}, ""},
		{"escaped @", ` "taro\@mof.go.jp" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"comment", " x@evil.test (taro@mof.go.jp)", []string{evil, "display taro@mof.go.jp"}, ""},
		{"comment with brackets", " (<taro@mof.go.jp>) x@evil.test", []string{evil, "display taro@mof.go.jp"}, ""},
		{"nested comment", " x@evil.test (a (taro@mof.go.jp) b)", []string{evil, "display taro@mof.go.jp"}, ""},
		{"domain after an @", ` "Ministry @mof.go.jp" <x@evil.test>`, []string{evil, "display Ministry@mof.go.jp"}, ""},
		{"domain alone after an @", ` "@mof.go.jp" <x@evil.test>`, []string{evil, "display @mof.go.jp"}, ""},
		{"blanks around the @", ` "taro @ mof.go.jp" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"put together from parts", ` taro "@mof.go" .jp <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"Q word", " =?utf-8?q?taro=40mof.go.jp?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"Q word with a bare @", " =?utf-8?q?taro@mof.go.jp?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"B word", " " + b64("utf-8", "taro@mof.go.jp") + " <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"word in quotes", ` "=?utf-8?q?taro=40mof.go.jp?=" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"address cut over words", " =?utf-8?q?taro=40mof?= =?utf-8?q?.go.jp?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"words that touch", " =?utf-8?q?taro=40mof?==?iso-8859-1?q?.go.jp?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"word with a comma", " =?utf-8?q?a,taro=40mof.go.jp?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"word with brackets", " =?utf-8?q?=3Ctaro=40mof.go.jp=3E?= <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"word with a quote", " =?utf-8?q?=22taro=40mof.go.jp=22?= <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"wide @", " 財務省 taro＠mof.go.jp <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"all wide", ` "ｔａｒｏ＠ｍｏｆ．ｇｏ．ｊｐ" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"small @", ` "taro﹫mof.go.jp" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"wide brackets", " ＜taro@mof.go.jp＞ <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"Japanese around", ` "差出人taro@mof.go.jp様" <x@evil.test>`, []string{evil, "display 差出人taro@mof.go.xn--jp-vb0e", "display 差出人taro@mof.go.jp"}, ""},
		{"Japanese brackets around", ` "財務省（taro@mof.go.jp）" <x@evil.test>`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"soft hyphen", ` "taro@mof.g` + "\u00ad" + `o.jp" <x@evil.test>`, []string{evil, "display taro@mof.go.jp", "display taro@mof.g"}, ""},
		{"invisible @ neighbours", " \"taro\u200b@\u200bmof.go.jp\" <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"right-to-left override", " \"\u202epj.og.fom@orat\u202c\" <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"percent", " <taro%mof.go.jp@evil.test>", []string{"from taro%mof.go.jp@evil.test", "display taro@mof.go.jp"}, ""},
		{"name of a group", ` "taro@mof.go.jp": x@evil.test;`, []string{"display taro@mof.go.jp", evil}, ""},
		{"ISO-2022-JP word", " " + b64("ISO-2022-JP", encode(t, japanese.ISO2022JP, "財務省＠ｍｏｆ.go.jp")) + " <x@evil.test>", []string{evil, "display 財務省@mof.go.jp"}, ""},
		{"Shift_JIS word", " " + b64("Shift_JIS", encode(t, japanese.ShiftJIS, "財務省 taro@mof.go.jp")) + " <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},
		{"raw ISO-2022-JP", " " + encode(t, japanese.ISO2022JP, "周財務省＠mof.go.jp") + " <x@evil.test>", []string{evil, "display 周財務省@mof.go.jp"}, ""},
		{"raw Shift_JIS", " " + encode(t, japanese.ShiftJIS, "表示 ｱｱ taro@mof.go.jp") + " <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"raw EUC-JP", " \"" + encode(t, japanese.EUCJP, "財務省 taro@mof.go.jp") + "\" <x@evil.test>", []string{evil, "display taro@mof.go.jp"}, ""},

		// A From that readers take apart in different ways.
		{"two mailboxes", " <taro@mof.go.jp>, <x@evil.test>", []string{"from taro@mof.go.jp", evil}, ""},
		{"semicolon", " taro@mof.go.jp; x@evil.test", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"two brackets", " <taro@mof.go.jp> <x@evil.test>", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"double brackets", " <<taro@mof.go.jp>x@evil.test>", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"brackets in brackets", " <taro@mof.go.jp<x@evil.test>>", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"comma in brackets", " <taro@mof.go.jp,x@evil.test>", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"missing bracket", " Taro <taro@mof.go.jp", []string{"reading taro@mof.go.jp"}, ProblemGrammar},
		{"unclosed quote", ` "taro@mof.go.jp <x@evil.test>`, []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"unclosed comment", " (taro@mof.go.jp <x@evil.test>", []string{"reading taro@mof.go.jp", "reading x@evil.test"}, ProblemGrammar},
		{"text after", " <x@evil.test> taro@mof.go.jp", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"quoted text after", ` <x@evil.test> "taro@mof.go.jp"`, []string{evil, "display taro@mof.go.jp"}, ""},
		{"two @", " taro@mof.go.jp@evil.test", []string{"reading taro@mof.go.jp", "reading mof.go.jp@evil.test"}, ProblemGrammar},
		{"two words", " Taro taro@mof.go.jp", []string{"reading taro@mof.go.jp"}, ProblemGrammar},
		{"quoted @ in the local part", ` "taro@mof.go.jp"@evil.test`, []string{"from taro@mof.go.jp@evil.test", "reading taro@mof.go.jp"}, ""},
		{"the same in brackets", ` <"taro@mof.go.jp"@evil.test>`, []string{"from taro@mof.go.jp@evil.test", "reading taro@mof.go.jp"}, ""},
		{"quoted address alone", ` "taro@mof.go.jp"`, []string{"reading taro@mof.go.jp"}, ProblemGrammar},
		{"address as name of a group", " taro@mof.go.jp: x@evil.test;", []string{"reading taro@mof.go.jp", evil}, ""},
		{"word in brackets", " <=?utf-8?q?taro=40mof.go.jp?=>", []string{"reading taro@mof.go.jp"}, ProblemGrammar},
		{"word alone", " =?utf-8?q?Taro_=3Ctaro=40mof.go.jp=3E?=", []string{"reading taro@mof.go.jp"}, ProblemGrammar},
		{"word as mailbox", " =?utf-8?q?taro=40mof.go.jp?=, x@evil.test", []string{"reading taro@mof.go.jp", evil}, ""},
		{"word in the local part", " =?utf-8?q?taro=40mof.go.jp=3E?=@evil.test", []string{"from =?utf-8?q?taro=40mof.go.jp=3E?=@evil.test", "reading taro@mof.go.jp"}, ""},
		{"NUL after decoding", " =?utf-8?q?taro=40mof.go.jp=00?= <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ProblemNUL},
		{"line end after decoding", " =?utf-8?q?taro=40mof.go.jp=0A?= <x@evil.test>", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"NUL in a word in the local part", " =?utf-8?q?taro=40mof.go.jp?==?utf-8?q?=00?=@evil.test",
			[]string{"from =?utf-8?q?taro=40mof.go.jp?==?utf-8?q?=00?=@evil.test", "reading taro@mof.go.jp"}, ProblemNUL},
		{"raw NUL", " <taro@mof.go.jp\x00.evil.test>", []string{"reading taro@mof.go.jp.evil.test", "reading taro@mof.go.jp"}, ProblemNUL},
		{"NUL in the local part", " <ta\x00ro@mof.go.jp>", []string{"reading taro@mof.go.jp", "reading ro@mof.go.jp"}, ProblemNUL},
		{"text that is never closed after", " <x@evil.test> (taro@mof.go.jp", []string{evil, "reading taro@mof.go.jp"}, ""},
		{"read first, then in the list", " taro@mof.go.jp <x@evil.test>, taro@mof.go.jp", []string{evil, "from taro@mof.go.jp"}, ""},
		{"@ that is half of a Shift_JIS character", " \"taro\x83@mof.go.jp\" <x@evil.test>", []string{evil, "display taro\ufffd@mof.go.jp"}, ""},
		{"address made of ISO-2022-JP halves", " <x@evil.test> \x1b$B<ta@e.f.jpa>\x1b(B", []string{evil}, ""},
		{"the same as mailbox", " \x1b$B<ta@e.f.jpa>\x1b(B, x@evil.test", []string{evil, "reading ta@e.f.jpa"}, ""},
		{"CR", " <taro@mof.go.jp\r@evil.test>", []string{"reading taro@mof.go.jp", "reading mof.go.jp@evil.test"}, ProblemGrammar},
		{"brackets behind an escape", " \x1b$B <taro@mof.go.jp> \x1b(B <x@evil.test>", []string{"from taro@mof.go.jp", "reading x@evil.test"}, ""},

		// Domains in other spellings.
		{"wide domain", " <taro@ｍｏｆ．ｇｏ．ｊｐ>", []string{"from taro@mof.go.jp"}, ""},
		{"ideographic stops", " taro@mof。go。jp", []string{"from taro@mof.go.jp"}, ""},
		{"wide @ in brackets", " <taro＠mof.go.jp>", []string{"display taro@mof.go.jp"}, ProblemNoAddress},
		{"invisible in the domain", " <taro@mof.go\u200b.jp>", []string{"from taro@mof.go.jp"}, ""},
		{"capitals", " <Taro@MOF.GO.JP>", []string{"from Taro@mof.go.jp"}, ""},

		// Nothing to be read.
		{"empty", "", nil, ProblemNoAddress},
		{"blank", " \n ", nil, ProblemNoAddress},
		{"null", " <>", nil, ProblemNoAddress},
		{"name only", " Taro", nil, ProblemNoAddress},
		{"empty group", " undisclosed:;", nil, ProblemNoAddress},
		{"only a comment", " (taro@mof.go.jp)", []string{"display taro@mof.go.jp"}, ProblemNoAddress},
		{"literal", " <taro@[192.0.2.1]>", []string{"from taro"}, ProblemDomain},
		{"bad domain", " <taro@mof..go.jp>", []string{"from taro"}, ProblemDomain},
		{"no domain", " <taro@>", nil, ProblemNoAddress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Authors(fromHeader(tt.value), 20)
			if diff := cmp.Diff(tt.want, show(got)); diff != "" {
				t.Errorf("From:%q (-want +got)\n%s", tt.value, diff)
			}
			if got.Problem != tt.problem {
				t.Errorf("From:%q problem %q, want %q", tt.value, got.Problem, tt.problem)
			}
			if got.Fields != 1 || got.Cut {
				t.Errorf("fields %d, cut %v", got.Fields, got.Cut)
			}
		})
	}
}

func TestAuthorsOfSeveralFields(t *testing.T) {
	h := policy.Header{
		{Name: "FROM", Value: " a@a.test"},
		{Name: "Fro", Value: " no@no.test"},
		{Name: "From-Line", Value: " no@no.test"},
		{Name: "From ", Value: " b@b.test"},
		{Name: "Fr\u00adom", Value: " c@c.test"},
		{Name: "\ufeffFrom", Value: " a@a.test"},
		{Name: "Ｆｒｏｍ", Value: " \"a@a.test\" <d@d.test>"},
		{Name: "X-From", Value: " no@no.test"},
		{Name: "Resent-From", Value: " no@no.test"},
		{Name: "from", Value: " "},
	}
	got := Authors(h, 20)
	want := []string{"from a@a.test", "from b@b.test (2)", "from c@c.test (3)", "from a@a.test (4)", "from d@d.test (5)", "display a@a.test (5)"}
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Error(diff)
	}
	if got.Fields != 6 || got.Problem != ProblemNoAddress {
		t.Errorf("fields %d, problem %q", got.Fields, got.Problem)
	}
	if got := Authors(policy.Header{{Name: "To", Value: " a@a.test"}}, 20); got.Fields != 0 || got.Problem != ProblemNoFrom || got.Authors != nil {
		t.Errorf("without From: %+v", got)
	}
}

func TestAuthorsLimit(t *testing.T) {
	h := fromHeader(` "d@d.test" a@a.test, b@b.test, c@c.test`, " e@e.test")
	tests := []struct {
		limit int
		cut   bool
		want  []string
	}{
		{5, false, []string{"reading d@d.test", "reading a@a.test", "from b@b.test", "from c@c.test", "from e@e.test (2)"}},
		{4, true, []string{"reading d@d.test", "from b@b.test", "from c@c.test", "from e@e.test (2)"}},
		{2, true, []string{"from b@b.test", "from c@c.test"}},
		{0, true, nil},
		{-1, true, nil},
	}
	for _, tt := range tests {
		got := Authors(h, tt.limit)
		if diff := cmp.Diff(tt.want, show(got)); diff != "" || got.Cut != tt.cut || got.Fields != 2 {
			t.Errorf("limit %d: cut %v, fields %d\n%s", tt.limit, got.Cut, got.Fields, diff)
		}
	}
}

// TestAuthorsKeepsTheStrongest: no number of shown addresses may crowd out an address that the grammar reads.
func TestAuthorsKeepsTheStrongest(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, ` "n%d@mof.go.jp"`, i)
	}
	got := Authors(fromHeader(b.String()+" <x@evil.test>, taro@mof.go.jp"), 3)
	found := map[string]bool{}
	for _, s := range show(got) {
		found[s] = true
	}
	if !found["from x@evil.test"] || !found["from taro@mof.go.jp"] || !got.Cut || len(got.Authors) != 3 {
		t.Errorf("%v, cut %v", show(got), got.Cut)
	}
}

func TestMaxAuthors(t *testing.T) {
	list := func(n int) policy.Header {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d@a.test,", i)
		}
		return fromHeader(b.String())
	}
	if got := Authors(list(MaxAuthors), 1<<30); len(got.Authors) != MaxAuthors || got.Cut {
		t.Errorf("at the limit: %d, cut %v", len(got.Authors), got.Cut)
	}
	if got := Authors(list(MaxAuthors+1), 1<<30); len(got.Authors) != MaxAuthors || !got.Cut {
		t.Errorf("above the limit: %d, cut %v", len(got.Authors), got.Cut)
	}
}

func TestMaxFrom(t *testing.T) {
	pad := strings.Repeat(" ", MaxFrom-len("x@evil.test"))
	if got := Authors(fromHeader(pad+"x@evil.test"), 20); got.Problem != "" || len(got.Authors) != 1 {
		t.Errorf("at the limit: %v, %q", show(got), got.Problem)
	}
	if got := Authors(fromHeader(" "+pad+"x@evil.test"), 20); got.Problem != ProblemLong {
		t.Errorf("above the limit: %v, %q", show(got), got.Problem)
	}
}

func TestMaxSegments(t *testing.T) {
	// Each empty comment is one segment; the address in brackets is the last.
	if got := Authors(fromHeader(strings.Repeat("()", MaxSegments-1)+"<x@evil.test>"), 20); got.Problem != ProblemGrammar {
		t.Errorf("above the limit: %v, %q", show(got), got.Problem)
	} else if diff := cmp.Diff([]string{"reading x@evil.test"}, show(got)); diff != "" {
		t.Errorf("above the limit: %s", diff)
	}
	got := Authors(fromHeader(strings.Repeat("()", MaxSegments-2)+"<x@evil.test>"), 20)
	if diff := cmp.Diff([]string{"from x@evil.test"}, show(got)); diff != "" {
		t.Errorf("at the limit: %s", diff)
	}
}

func TestMaxLooks(t *testing.T) {
	at := strings.Repeat("a@a.test,", MaxLooks)
	if got := Authors(fromHeader(at), 20); len(got.Authors) != 1 || got.Cut {
		t.Errorf("at the limit: %v, cut %v", show(got), got.Cut)
	}
	if got := Authors(fromHeader(at, " b@b.test"), 20); len(got.Authors) != 1 || !got.Cut || got.Fields != 2 {
		t.Errorf("above the limit: %v, cut %v", show(got), got.Cut)
	}
}

func TestMaxLocal(t *testing.T) {
	for _, n := range []int{MaxLocal, MaxLocal + 1} {
		got := Authors(fromHeader("<"+strings.Repeat("a", n)+"@a.test> <x@evil.test>"), 20)
		if l := len(got.Authors[0].Address.Local); l != MaxLocal {
			t.Errorf("%d octets: %d kept", n, l)
		}
	}
}

func TestDomainTooLongToRead(t *testing.T) {
	got := Authors(fromHeader(` "taro@ｍof.go.jp`+strings.Repeat("\u00ad", MaxDomainInput)+`" <x@evil.test>`), 20)
	if got.Problem != ProblemDomain {
		t.Errorf("problem %q", got.Problem)
	}
}

// heavy are values that would be slow for a reader that looks twice at anything.
func heavy() map[string]policy.Header {
	big := 256 << 10
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf(` "t%d@mof.go.jp" =?utf-8?q?a=40b.test?= <x%d@evil.test>`, i, i)
	}
	one := func(s string) policy.Header { return fromHeader(strings.Repeat(s, big/len(s))) }
	return map[string]policy.Header{
		"fields":           fromHeader(many...),
		"deep_comments":    fromHeader(strings.Repeat("(", 10_000) + strings.Repeat(")", 10_000) + " <x@evil.test>"),
		"open_comments":    one("("),
		"open_angles":      one("<"),
		"angle_comments":   one("<(>"),
		"angle_quotes":     one(`<">`),
		"at_signs":         one("@"),
		"quoted_at_signs":  one(`"@`),
		"wide_at_signs":    one("a＠"),
		"wide_addresses":   one("a＠ａ．ａ "),
		"addresses":        one("a@a.jp "),
		"mailboxes":        one("a@a.jp,"),
		"shown_addresses":  one(`"a@a.jp" `),
		"words_open":       one("=?a?q? "),
		"words":            one("=?a?q?=40?="),
		"words_jis":        one("=?iso-2022-jp?q?=1B$B?= =?euc-jp?q?@?="),
		"word_starts":      one("=?"),
		"escapes":          one("\x1b$B"),
		"backslashes":      one(`"\`),
		"overrides":        one("\u202ea@b.c"),
		"A_labels":         one("a@xn--xn--a-.xn--b-"),
		"invisible":        one("a@b.c\u00ad"),
		"raw_8_bit":        one("\x81@a.b "),
		"comma_and_blanks": one(" ,"),
	}
}

// TestHeavyFrom only has to end: a reader whose work grows with the square of the input takes minutes here.
func TestHeavyFrom(t *testing.T) {
	for name, h := range heavy() {
		got := Authors(h, 20)
		if len(got.Authors) > 20 {
			t.Errorf("%s: %d authors", name, len(got.Authors))
		}
	}
}

func FuzzAuthors(f *testing.F) {
	for _, s := range []string{
		` "taro@mof.go.jp" <x@evil.test>`, " =?utf-8?q?taro=40mof.go.jp=00?= <x@evil>", " a:b@c,<@d:e@f>;", " <<a@b.c>", ` "\`, " (((a@b.c",
		" \u202ea@b.c\u202c＠ｍ。ｊ", " \x1b$B@\x1b(B", "\x81@a.b", "=?euc-jp?b?=40?=@=?", "\x00",
	} {
		f.Add(s, "a@b.c")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		const limit = 5
		got := Authors(policy.Header{{Name: "From", Value: a}, {Name: "from", Value: b}}, limit)
		if got.Fields != 2 || len(got.Authors) > limit || got.Cut && len(got.Authors) != limit {
			t.Fatalf("%+v", got)
		}
		if len(got.Authors) == 0 && got.Problem == "" {
			t.Fatalf("neither author nor problem in %q and %q", a, b)
		}
		seen := map[policy.Author]bool{}
		for _, x := range got.Authors {
			key := policy.Author{Address: x.Address, Field: x.Field}
			if seen[key] {
				t.Fatalf("%v twice", x)
			}
			seen[key] = true
			if x.Address.Domain == "" {
				if got.Problem == "" {
					t.Fatalf("%v without a problem", x)
				}
				continue
			}
			if _, err := policy.ParseDomain(string(x.Address.Domain)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkAuthors(b *testing.B) {
	others := []string{"Received", "DKIM-Signature", "MIME-Version", "Message-ID", "Date", "To", "Subject", "Content-Type", "X-Mailer", "Feedback-ID"}
	for _, bb := range []struct{ name, value string }{
		{"bare", " taro.yamada@mof.go.jp"},
		{"name", " Taro Yamada <taro.yamada@mof.go.jp>"},
		{"quoted", ` "Yamada, Taro" <taro.yamada@mof.go.jp>`},
		{"word_utf8", " =?UTF-8?B?6LKh5YuZ55yBIOWxseeUsOWkqumDjg==?= <taro.yamada@mof.go.jp>"},
		{"word_jis", " =?ISO-2022-JP?B?GyRCOmJMMz5KGyhC?= <taro.yamada@mof.go.jp>"},
		{"raw_utf8", " 財務省 <taro.yamada@mof.go.jp>"},
		{"spoof", ` "taro@mof.go.jp" <x@evil.test>`},
	} {
		h := fromHeader(bb.value)
		for _, n := range others {
			h = append(h, policy.Field{Name: n, Value: " x"})
		}
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Authors(h, 20)
			}
		})
	}
}

func BenchmarkHeavyFrom(b *testing.B) {
	for name, h := range heavy() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Authors(h, 20)
			}
		})
	}
}
