package suspicion

import "testing"

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
