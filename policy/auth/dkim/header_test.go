package dkim

import (
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

func TestField(t *testing.T) {
	tests := []struct{ name, field, value, simple, relaxed string }{
		{"plain", "From", " a@b", "From: a@b", "from:a@b"},
		{"example of RFC 6376, 3.4.5", "A", " X", "A: X", "a:X"},
		{"example of RFC 6376, 3.4.5, folded", "B ", " Y\t\n\tZ  ", "B : Y\t\r\n\tZ  ", "b:Y Z"},
		{"no blank", "Subject", "x", "Subject:x", "subject:x"},
		{"empty", "Subject", "", "Subject:", "subject:"},
		{"blank", "Subject", " \n\t ", "Subject: \r\n\t ", "subject:"},
		{"CRLF", "X", " a\r\n b", "X: a\r\n b", "x:a b"},
		{"bare CR", "X", " a\r b\r", "X: a\r b\r", "x:a\r b\r"},
		{"LF without a blank", "X", "a\nb", "X:a\r\nb", "x:ab"},
		{"LF first", "X", "\n a", "X:\r\n a", "x:a"},
		{"octets above ASCII", "X", " \xe3\x80\x80\xa0 \xff", "X: \xe3\x80\x80\xa0 \xff", "x:\xe3\x80\x80\xa0 \xff"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for relaxed, want := range map[bool]string{false: tt.simple, true: tt.relaxed} {
				got := string(appendValue(appendName(nil, tt.field, relaxed), tt.value, relaxed))
				if got != want {
					t.Errorf("relaxed %v: %q, want %q", relaxed, got, want)
				}
				if plain := plainField(relaxed, policy.Field{Name: tt.field, Value: tt.value}); plain != want+"\r\n" {
					t.Errorf("the plain form gives %q, want %q", plain, want)
				}
			}
		})
	}
}

func TestPick(t *testing.T) {
	var h policy.Header
	for _, name := range []string{"DKIM-Signature", "Received", "To", "DKIM-Signature", "received", "From", "Tp", "RECEIVED"} {
		h = append(h, policy.Field{Name: name})
	}
	p := newPicker(h)
	for range 2 { // the second turn begins anew
		p.start(0)
		var got []int
		for _, name := range []string{"Received", "to", "received", "receiveD", "Received", "TO", "dkim-signature", "dkim-signature", "", "x"} {
			got = append(got, p.pick(name))
		}
		want := []int{7, 2, 4, 1, -1, -1, 3, -1, -1, -1}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// TestPickASCII sees that no letter outside ASCII passes for one inside: the Kelvin sign and the long s fold to k and s.
func TestPickASCII(t *testing.T) {
	p := newPicker(policy.Header{{Name: "\u212aey\u017f"}, {Name: "own"}})
	p.start(1)
	if i := p.pick("keyssss"); i >= 0 {
		t.Errorf("picked field %d", i)
	}
}

func TestInput(t *testing.T) {
	h := policy.Header{
		{Name: "DKIM-Signature", Value: " v=1; z=b=x|; b =  QUJD \n\t RA== ; bh=b=;h=from:to:x:from"},
		{Name: "From", Value: "  A <a@b> "},
		{Name: "To", Value: " b@c,\n\td@e"},
	}
	for relaxed, want := range map[bool]string{
		true:  "from:A <a@b>\r\nto:b@c, d@e\r\ndkim-signature:v=1; z=b=x|; b =; bh=b=;h=from:to:x:from",
		false: "From:  A <a@b> \r\nTo: b@c,\r\n\td@e\r\nDKIM-Signature: v=1; z=b=x|; b =; bh=b=;h=from:to:x:from",
	} {
		s := signature{value: h[0].Value, names: "from:to:x:from", relaxedHeader: relaxed}
		s.start = strings.Index(s.value, "=  Q") + 1
		s.end = strings.Index(s.value, "; bh")
		if got := string(s.input(nil, newPicker(h))); got != want {
			t.Errorf("relaxed %v: %q, want %q", relaxed, got, want)
		}
	}
}

// TestInputEnd has b= as the last tag, with white space behind it.
func TestInputEnd(t *testing.T) {
	h := policy.Header{{Name: "DKIM-Signature", Value: tags("-b", "b=QUJD") + "\n  "}, {Name: "From", Value: " a@b"}}
	h[0].Value = strings.Replace(h[0].Value, "b=QUJD;", "b=\n QUJD", 1)
	for _, c := range []string{"c=simple", "c=relaxed"} {
		var s signature
		if p := s.parse(strings.Replace(h[0].Value, "c=relaxed/relaxed", c, 1), noon); p.bad() {
			t.Fatal(p)
		}
		if got := string(s.input(nil, newPicker(h))); !strings.HasSuffix(got, " b=") {
			t.Errorf("%q", got)
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add("Subject ", " a\n\t b \r\n c\r")
	f.Add("x", "\n\n  ")
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, relaxed := range []bool{false, true} {
			if relaxed && strings.ToLower(name) != asciiLower(name) {
				continue // the plain form folds more than ASCII
			}
			want := plainField(relaxed, policy.Field{Name: name, Value: value})
			got := string(appendValue(appendName(nil, name, relaxed), value, relaxed)) + "\r\n"
			if got != want {
				t.Errorf("relaxed %v: %q, want %q", relaxed, got, want)
			}
		}
	})
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}
