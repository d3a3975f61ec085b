package suspicion

import (
	"strings"
	"testing"
)

func TestWordTable(t *testing.T) {
	table := newWordTable("停止", "停電", "urgent", "expire")
	for in, want := range map[string][2]string{
		"":                     {},
		"本日停止します":              {"停止", ""},
		"停止と停電":                {"停止", "停電"},
		"停止、停止":                {"停止", ""},
		"URGENT: Expired":      {"urgent", "expire"},
		"urgen":                {},
		"\xe5\x81停止":           {"停止", ""},
		"\xe5停止":               {"停止", ""},
		"\xff\xe3urgent":       {"urgent", ""},
		"\xe5\x81\x9c\xe6\xad": {},
		"ｕｒｇｅｎｔ は別の文字 expire も見る": {"expire", ""},
	} {
		first, second := table.find(in)
		if got := [2]string{first, second}; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestSuspect holds the quick look at octets against a look at every character.
func TestSuspect(t *testing.T) {
	for r := rune(1); r <= 0x10ffff; r++ {
		if 0xd800 <= r && r <= 0xdfff {
			continue
		}
		s := "あいうえお" + string(r) + "か"
		if got := suspect(s) < len(s); got != disguising(r) {
			t.Fatalf("U+%04X: %v", r, got)
		}
	}
}

// TestFindEverywhere holds the quick look for words against one at every place, whatever stands before and behind them.
func TestFindEverywhere(t *testing.T) {
	words := []string{"停止", "至急", "urgent", "24時間以内", "ログイン"}
	table := newWordTable(words...)
	around := []string{"", "a", "u", "ur", "2", "停", "あ", "é", "😀", "\xff", "\xe5", "\xe5\x81", "\xc3", "24", "\n"}
	for _, before := range around {
		for _, between := range around {
			for _, behind := range around {
				for i, w := range words {
					for _, other := range []string{w, words[(i+1)%len(words)]} {
						s := before + w + between + other + behind
						first, second := table.find(s)
						want := other
						if other == w {
							want = ""
						}
						if broken := strings.HasSuffix(before, "\xe5") || strings.HasSuffix(before, "\xe5\x81") || strings.HasSuffix(before, "\xc3"); first != w && !broken {
							t.Errorf("%q: %q", s, first)
						}
						if broken := strings.HasSuffix(between, "\xe5") || strings.HasSuffix(between, "\xe5\x81"); second != want && !broken {
							t.Errorf("%q: %q, want %q", s, second, want)
						}
					}
				}
			}
		}
	}
}

// TestASCIILength looks for the first octet that is not ASCII at every place.
func TestASCIILength(t *testing.T) {
	for n := range 40 {
		s := strings.Repeat("a", n)
		if got := asciiLength(s); got != n {
			t.Errorf("%d of %d", got, n)
		}
		for _, c := range []string{"\x80", "\xff", "\x7f\x80", "あ"} {
			want := n + strings.Count(c, "\x7f")
			if got := asciiLength(s + c + s); got != want {
				t.Errorf("%q: %d, want %d", s+c+s, got, want)
			}
		}
	}
}
