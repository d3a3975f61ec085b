package dkim

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTagList(t *testing.T) {
	tests := []struct {
		name, list string
		want       string // name=value|... with the raw value of each
		err        error
	}{
		{"one", "a=b", "a=b", nil},
		{"last semicolon", "a=b;", "a=b", nil},
		{"white space after the last semicolon", "a=b; \n\t", "a=b", nil},
		{"white space around everything", " \n a\t=\n b c ;d = e ", "a=\n b c |d= e ", nil},
		{"empty value", "a=;b=", "a=|b=", nil},
		{"equals sign in a value", "a=b=c;d==", "a=b=c|d==", nil},
		{"names are case-sensitive", "a=1;A=2", "a=1|A=2", nil},
		{"digits and underscore in a name", "a1_=x", "a1_=x", nil},
		{"octets above ASCII", "a=\xe9\xff", "a=\xe9\xff", nil},

		{"nothing", "", "", errTagSyntax},
		{"white space only", " \n ", "", errTagSyntax},
		{"semicolon only", ";", "", errTagSyntax},
		{"no equals sign", "a", "", errTagSyntax},
		{"no equals sign at the end", "a=b;c", "", errTagSyntax},
		{"empty tag between", "a=b;;c=d", "", errTagSyntax},
		{"blank tag between", "a=b; ;c=d", "", errTagSyntax},
		{"two semicolons at the end", "a=b;;", "", errTagSyntax},
		{"no name", "=b", "", errTagSyntax},
		{"name with a blank", "a b=c", "", errTagSyntax},
		{"name begins with a digit", "1a=c", "", errTagSyntax},
		{"name begins with an underscore", "_a=c", "", errTagSyntax},
		{"name with a hyphen", "a-b=c", "", errTagSyntax},
		{"name above ASCII", "\xe9=c", "", errTagSyntax},
		{"NUL in a value", "a=b\x00c", "", errTagSyntax},
		{"CRLF folds", "a\r\n =\r\n\tb;\r\n", "a=\r\n\tb", nil},
		{"CR after a name", "a\r=b", "", errTagSyntax},
		{"CR before CRLF", "a=b\r\r\n c", "", errTagSyntax},
		{"CR in a value", "a=b\rc", "", errTagSyntax},
		{"CR at the end", "a=b;\r", "", errTagSyntax},
		{"DEL in a value", "a=b\x7fc", "", errTagSyntax},
		{"twice", "a=b;c=d;a=b", "", errTagDuplicate},
		{"an unknown one twice", "a=b;zz=1; zz=1", "", errTagDuplicate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l tagList
			err := l.parse(tt.list)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			var got []string
			for _, tag := range l.tags[:l.n] {
				raw := tt.list[tag.start:tag.end]
				got = append(got, tag.name+"="+raw)
				if strings.Trim(raw, " \t\r\n") != tag.value {
					t.Errorf("value %q of raw value %q", tag.value, raw)
				}
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("%q, want %q", s, tt.want)
			}
		})
	}
}

func TestTagListCount(t *testing.T) {
	for n, want := range map[int]error{MaxTags: nil, MaxTags + 1: errTagCount} {
		var specs []string
		for i := range n {
			specs = append(specs, fmt.Sprintf("x%d=", i))
		}
		for _, end := range []string{"", ";", " ; "} {
			var l tagList
			if err := l.parse(strings.Join(specs, ";") + end); !errors.Is(err, want) {
				t.Errorf("%d tags and %q: %v, want %v", n, end, err, want)
			}
		}
	}
}

func TestNumber(t *testing.T) {
	const largest = 1<<63 - 1
	for _, tt := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"0012", 12, true},
		{"1528637909", 1528637909, true},
		{"9223372036854775807", largest, true},
		{"9223372036854775808", largest, true},
		{"92233720368547758070", largest, true},
		{strings.Repeat("9", MaxDigits), largest, true},
		{strings.Repeat("0", MaxDigits-1) + "7", 7, true},
		{strings.Repeat("0", MaxDigits) + "7", 0, false},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1 2", 0, false},
		{"0x1", 0, false},
	} {
		got, ok := parseNumber(tt.text)
		// From 2⁶³ on the last digits do not count: the number is endless either way.
		if ok != tt.ok || ok && got != tt.want && !(tt.want == largest && got > largest-10) {
			t.Errorf("%q: %d, %v; want %d, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzTagList(f *testing.F) {
	f.Add("v=1; a=rsa-sha256; b=; z=b=x")
	f.Add(" a\n = \t;;")
	f.Add("a=1;a=1;")
	f.Fuzz(func(t *testing.T, list string) {
		var l tagList
		if l.parse(list) != nil {
			return
		}
		seen := map[string]bool{}
		for _, tag := range l.tags[:l.n] {
			if seen[tag.name] || strings.Contains(list[tag.start:tag.end], ";") || list[tag.start-1] != '=' ||
				tag.end < len(list) && list[tag.end] != ';' || trimSpace(list[tag.start:tag.end]) != tag.value {
				t.Errorf("%q: %+v", list, tag)
			}
			seen[tag.name] = true
		}
	})
}
