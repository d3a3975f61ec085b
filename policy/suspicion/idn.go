package suspicion

import (
	"strings"
	"unicode"

	"sekimori/policy"
)

// idnSuspicious says why an internationalised name is one that honest people do not register: letters of scripts that nobody writes
// together (UTS #39, 5.2, moderately restrictive), all letters of another script that look like a known Latin name, characters that
// cannot be seen, or an A-label that is none. Japanese names in kanji, kana and Latin letters are ordinary. Shown is the name as a client
// shows it.
func (l *lists) idnSuspicious(d policy.Domain) (shown, why string, suspicious bool) {
	if !strings.Contains(string(d), "xn--") {
		return "", "", false
	}
	var labels []string
	for a := range strings.SplitSeq(string(d), ".") {
		u := a
		if strings.HasPrefix(a, "xn--") {
			u = unicodeLabel(a)
			if reason := l.oddLabel(a, u); reason != "" && why == "" {
				why = reason
			}
		}
		labels = append(labels, u)
	}
	return strings.Join(labels, "."), why, why != ""
}

// oddLabel judges one A-label and what it decodes to; "" when nothing is odd.
func (l *lists) oddLabel(a, u string) string {
	switch {
	case a == u && strings.HasSuffix(a, "-"):
		return "plain letters encoded"
	case a == u:
		return "not decodable"
	case !strings.ContainsFunc(u, func(r rune) bool { return r > unicode.MaxASCII }):
		return "plain letters encoded"
	}
	var has scripts
	for _, r := range u {
		if !unicode.IsPrint(r) {
			return "invisible character"
		}
		has |= scriptOf(r)
	}
	if !has.together() {
		return "mixed scripts"
	}
	if has&(scriptCyrillic|scriptGreek|scriptOther) != 0 && has&scriptLatin == 0 {
		if t, ok := l.names.bySkeleton[l.letters.skeleton(u)]; ok {
			return "looks like " + string(t.name)
		}
	}
	return ""
}

// scripts is a set of scripts, as far as mixing them matters here.
type scripts uint16

const (
	scriptLatin scripts = 1 << iota
	scriptHan
	scriptKana
	scriptHangul
	scriptBopomofo
	scriptCyrillic
	scriptGreek
	scriptCherokee
	scriptOther
)

func scriptOf(r rune) scripts {
	switch {
	case r <= unicode.MaxASCII && !unicode.IsLetter(r), r == 'ー', r == '・', unicode.In(r, unicode.Common, unicode.Inherited):
		return 0
	case unicode.Is(unicode.Latin, r):
		return scriptLatin
	case unicode.Is(unicode.Han, r):
		return scriptHan
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return scriptKana
	case unicode.Is(unicode.Hangul, r):
		return scriptHangul
	case unicode.Is(unicode.Bopomofo, r):
		return scriptBopomofo
	case unicode.Is(unicode.Cyrillic, r):
		return scriptCyrillic
	case unicode.Is(unicode.Greek, r):
		return scriptGreek
	case unicode.Is(unicode.Cherokee, r):
		return scriptCherokee
	}
	return scriptOther
}

// together reports whether a language writes these scripts in one word. Latin beside one script that does not look like it is
// taken as such.
func (s scripts) together() bool {
	if s&(s-1) == 0 {
		return true
	}
	for _, allowed := range []scripts{scriptLatin | scriptHan | scriptKana, scriptLatin | scriptHan | scriptHangul,
		scriptLatin | scriptHan | scriptBopomofo, scriptLatin | scriptOther} {
		if s&^allowed == 0 {
			return true
		}
	}
	return false
}
