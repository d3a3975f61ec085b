package autoreply

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sekimori/policy/mail"
)

// readSubject replaces the Subject by its folded text and finds whether it is that of a reply or a forward.
func (r *Reader) readSubject() {
	r.subject = subjectText(r.subject)
	r.kind, _, _ = cutPrefix(r.subject)
}

// subjectText decodes a Subject and folds it.
func subjectText(value string) string {
	if len(value) > MaxSubject {
		value = value[:MaxSubject]
	}
	return foldText(mail.DecodeWords(value))
}

// foldText returns s as words are compared: in Unicode NFKC, so that full width letters are plain ones, in small letters,
// without invisible characters, each white space a blank, none at the ends. Plain small text is not copied.
func foldText(s string) string {
	for range maxFolds {
		if plain(s) {
			break
		}
		before := s
		if s = trim(strings.ToLower(norm.NFKC.String(strings.Map(visible, s)))); s == before {
			return s
		}
	}
	return trim(strings.ToLower(s))
}

// maxFolds is how often a text is folded at most: a small letter can meet an accent, with which its capital is none. Two times are
// enough for what people write.
const maxFolds = 4

// plain reports whether folding could change nothing in s but its case.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// visible maps white space to a blank and drops what leaves no mark.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// saysAutoReply reports whether a folded Subject begins or ends as those of automatic replies do. The words must stand
// at the very beginning, behind nothing but tags in brackets, and must be ended by a colon, a closing bracket or the
// end: what people write about automatic replies, and what they answer to one, is not taken for one.
func saysAutoReply(text string) bool {
	for range MaxTags + 1 {
		tag, rest, ok := cutTag(text)
		if !ok {
			head, mark := cutHead(text)
			return named(head) || mark == ':' && namedBeforeColon(head) || namedFreely(text) || endsAutoReply(text)
		}
		if named(tag) {
			return true
		}
		text = rest
	}
	return false
}

// maxTag is the longest tag in brackets, in octets: 20 characters of Japanese, and a list's name.
const maxTag = 64

// cutTag cuts a tag in [] or 【】 off the beginning of text.
func cutTag(text string) (tag, rest string, ok bool) {
	open, shut := "[", "]"
	if strings.HasPrefix(text, "【") {
		open, shut = "【", "】"
	}
	if !strings.HasPrefix(text, open) {
		return "", text, false
	}
	inner := text[len(open):]
	n := strings.Index(inner[:min(len(inner), maxTag+len(shut))], shut)
	if n < 0 {
		return "", text, false
	}
	return trim(inner[:n]), trim(inner[n+len(shut):]), true
}

// cutHead returns text up to the first mark that can end the words of an automatic reply, and that mark; 0 is the end.
func cutHead(text string) (head string, mark rune) {
	for i, r := range text {
		switch r {
		case ':', ']', '】':
			return trim(text[:i]), r
		}
	}
	return text, 0
}

// named reports whether head is what a product puts before, or for, the subject of what it answers.
func named(head string) bool {
	switch head {
	case "automatic reply", "automatic response", "auto reply", "auto-reply", "autoreply", "autorespons", "autoresponse",
		"out of office", "out of office autoreply", "out of office reply",
		"automatische antwort", "abwesenheitsnotiz",
		"réponse automatique", "reponse automatique",
		"respuesta automática", "respuesta automatica",
		"risposta automatica", "fuori sede",
		"automatisch antwoord", "afwezig",
		"autosvar", "automatisk svar", "frånvaro",
		"resposta automática", "resposta automatica",
		"automatyczna odpowiedź", "automatyczna odpowiedz",
		"arpus biroja", "ārpus biroja", "atvalinājums", "atvalinajums",
		"автоответ",
		"自动回复", "자동 회신",
		"自動応答", "自動返信", "自動返答", "不在通知", "不在のお知らせ", "不在連絡", "休暇通知", "休暇中", "外出中":
		return true
	}
	return false
}

// namedBeforeColon are heads too short to mean anything without the colon.
func namedBeforeColon(head string) bool { return head == "auto" }

// namedFreely are words that a date may follow without any mark.
func namedFreely(text string) bool {
	return strings.HasPrefix(text, "arpus biroja ") || strings.HasPrefix(text, "ārpus biroja ")
}

// endsAutoReply reports whether text ends as the subjects of AOL, Domino and Japanese notices do. An answer to one ends
// so too, and is none.
func endsAutoReply(text string) bool {
	if kind, _, _ := cutPrefix(text); kind != KindNew {
		return false
	}
	s := strings.TrimRight(text, " .。")
	if strings.HasSuffix(s, "(automatic response)") {
		return true
	}
	if i := strings.LastIndex(s, "(returning "); i >= 0 && strings.IndexByte(s[i:], ')') == len(s)-i-1 {
		s = strings.TrimRight(s[:i], " .")
	}
	return strings.HasSuffix(s, " is out of the office") || strings.HasSuffix(s, "は不在です")
}
