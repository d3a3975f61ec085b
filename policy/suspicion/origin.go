package suspicion

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// origin lists the indicators about Japanese text that was written elsewhere. They count as text, because each alone is what an honest
// colleague in China or Taiwan writes as well.
func origin() []Indicator {
	return []Indicator{
		{
			Name: "ja_text_foreign_origin", Family: policy.FamilyText, Points: 20,
			Definition: "Japanese text with one sign of another origin: Date in the zone +0800, a Chinese charset, an author under .cn, .icu or .top, or characters that only China writes so",
			Source:     "51 % of 837 Japanese phishing mails have +0800, 19.8 % an author under .cn; none of 62 honest Japanese mails",
			find:       func(r *reading) (string, bool) { return r.foreignOrigin(1) },
		},
		{
			Name: "ja_text_foreign_origin_several", Family: policy.FamilyText, Points: 30,
			Definition: "as ja_text_foreign_origin, with two signs or more",
			Source:     "as ja_text_foreign_origin",
			Replaces:   "ja_text_foreign_origin",
			find:       func(r *reading) (string, bool) { return r.foreignOrigin(2) },
		},
	}
}

// minKana is how many kana make a text Japanese.
const minKana = 5

// maxKanaText is how much of each text is looked at for kana and Chinese characters, in octets.
const maxKanaText = 16 << 10

// originReading is what the indicators about the origin share.
type originReading struct {
	looked   bool
	japanese bool
	signs    []string
}

// japanese reports whether the subject and the text hold kana.
func (r *reading) japanese() bool { return r.readOrigin().japanese }

func (r *reading) foreignOrigin(least int) (string, bool) {
	o := r.readOrigin()
	return strings.Join(o.signs, " "), len(o.signs) >= least
}

// readOrigin counts kana first: other text has no origin here.
func (r *reading) readOrigin() *originReading {
	o := &r.origin
	if o.looked {
		return o
	}
	o.looked = true
	t := r.readText()
	kana, chinese := countKana(t.subject), 0
	for _, s := range t.bodies {
		if len(s) > maxKanaText {
			s = s[:maxKanaText]
		}
		if kana < minKana {
			kana += countKana(s)
		}
	}
	if kana < minKana {
		return o
	}
	o.japanese = true
	if _, zone, ok := r.date(); ok && zone == "+0800" {
		o.signs = append(o.signs, zone)
	}
	if c := r.chineseCharset(); c != "" {
		o.signs = append(o.signs, c)
	}
	for _, d := range r.who().authors {
		if d.Under("cn") || d.Under("icu") || d.Under("top") {
			o.signs = append(o.signs, string(d))
			break
		}
	}
	first := ""
	for _, s := range append([]string{t.subject}, t.bodies...) {
		n, found := r.lists.chinese.count(s[:min(len(s), maxKanaText)])
		chinese += n
		if first == "" {
			first = found
		}
	}
	if chinese >= minChinese {
		o.signs = append(o.signs, first)
	}
	return o
}

// countKana counts hiragana and katakana, of which each has three octets that begin with U+3040 to U+30FF.
func countKana(s string) int {
	n := 0
	for i := 0; i+2 < len(s) && n < minKana; i++ {
		if s[i] < utf8.RuneSelf {
			i += asciiLength(s[i:]) - 1
			continue
		}
		if s[i] == 0xe3 && 0x81 <= s[i+1] && s[i+1] <= 0x83 {
			n++
			i += 2
		}
	}
	return n
}

// minChinese is how many Chinese characters are a sign: one may be part of the name of a person.
const minChinese = 2

// onlyChinese are common characters in forms that only Chinese text has.
const onlyChinese = "厅户们这说请还对时进问认证为东车发给过务财经产业电银总关开设费应该账码误邮询验执录陆达运单货仓库链阅读览议订购买卖顾"

// hanSet is a set of characters between U+4E00 and U+9FFF.
type hanSet [(0xa000 - 0x4e00) / 64]uint64

func newHanSet(s string) *hanSet {
	var h hanSet
	for _, r := range s {
		h[(r-0x4e00)/64] |= 1 << ((r - 0x4e00) % 64)
	}
	return &h
}

// has reports whether r, which lies between those, is one of the set.
func (h *hanSet) has(r rune) bool { return h[(r-0x4e00)/64]&(1<<((r-0x4e00)%64)) != 0 }

// count counts characters of the set up to minChinese, and returns the first. It reads octets: those from 0xe4 to 0xe9 begin a character of
// three, of which the first after U+3FFF and the last before U+A000 are seen.
func (h *hanSet) count(s string) (n int, first string) {
	for i := 0; i+2 < len(s); i++ {
		c := s[i]
		switch {
		case c < utf8.RuneSelf:
			i += asciiLength(s[i:]) - 1
			continue
		case c == 0xe3 && wideLead(s, i): // kana
			i += 2
			continue
		case c < 0xe4 || c > 0xe9:
			continue
		}
		r := rune(c&0x0f)<<12 | rune(s[i+1]&0x3f)<<6 | rune(s[i+2]&0x3f)
		if r >= 0x4e00 && h.has(r) {
			if n++; n == 1 {
				first = s[i : i+3]
			}
			if n >= minChinese {
				break
			}
		}
		i += 2
	}
	return n, first
}

// chineseCharset returns the Chinese charset that a text of the mail is declared in, "" for none.
func (r *reading) chineseCharset() string {
	if r.in.Content == nil {
		return ""
	}
	for i := range r.in.Content.Parts {
		p := &r.in.Content.Parts[i]
		if p.Charset == "" || !r.isBody(i) {
			continue
		}
		for _, c := range [...]string{"gb2312", "gbk", "gb18030", "hz-gb-2312", "big5", "x-gbk"} {
			if strings.EqualFold(p.Charset, c) {
				return c
			}
		}
	}
	return ""
}
